"""Keeps pytest from importing the script, which needs version 0.1.0."""

collect_ignore = ["make.py"]
