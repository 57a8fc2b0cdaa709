"""WHAT PREDICTIONS ARE WORTH: scores, curves, calibration, and their intervals."""
