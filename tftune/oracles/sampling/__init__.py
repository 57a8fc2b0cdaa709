"""Methods that look at no results: random search, grids, low-discrepancy sequences."""
