"""Hostile files, made when they are wanted, and what a user sees of them."""
