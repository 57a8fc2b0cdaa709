"""WHAT IS REMEMBERED: records, the state folded from them, run folder, provenance."""
