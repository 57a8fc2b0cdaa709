"""Searches that meet what goes wrong on real machines."""
