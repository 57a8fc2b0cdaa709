"""WHAT IS REMEMBERED: records, the state folded from them, the run folder, where numbers come from."""
