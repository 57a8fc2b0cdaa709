"""What every search method shares: the oracle, its trials, its memory, what it knows."""
