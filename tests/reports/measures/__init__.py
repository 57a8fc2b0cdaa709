"""Tests of what the winner is worth."""
