"""SMALL TOOLS without a word of tuning: checks of arguments, files, registries, random streams,
signatures.
"""
