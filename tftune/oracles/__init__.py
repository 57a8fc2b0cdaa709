"""WHO PROPOSES THE NEXT TRIAL: one search method a file, each a `keras_tuner.Oracle`.

Example:
    >>> sorted(ORACLES)
    ['gp', 'grid', 'hyperband', 'random']
"""

from tftune.registry import Registry

ORACLES = Registry(
    "search method",
    {
        "random": ("tftune.oracles.random_search:RandomOracle", "draws configurations at random, never one twice"),
        "grid": ("tftune.oracles.grid:GridOracle", "tries every combination of a grid once"),
        "hyperband": ("tftune.oracles.hyperband:HyperbandOracle", "many short trainings, the best continued (Li et al. 2018)"),
        "gp": ("tftune.oracles.gp:GaussianProcessOracle", "scikit-optimize's gp_minimize: Bayesian optimisation, Gaussian process"),
    },
)
