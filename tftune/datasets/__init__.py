"""Where data come from: each dataset module has `load(...) -> Dataset` (see
`tftune.datasets.base`).
"""
