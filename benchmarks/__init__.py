"""Measurements of the search methods and the stopping rules; `benchmarks/README.md` tells the
commands and holds the results.
"""
