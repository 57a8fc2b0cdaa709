"""ONE TRIAL from values to learning curve."""
