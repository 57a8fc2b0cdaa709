"""WHO PROPOSES THE NEXT TRIAL: one search method a file, each a `keras_tuner.Oracle`.

Example:
    >>> "random" in ORACLES, "hill-climbing" in ORACLES
    (True, False)
"""

from tftune.registry import Registry

ORACLES = Registry(
    "search method",
    {
        "auto": ("tftune.oracles.auto:AutoOracle", "our recommendation: Bayesian optimisation, three views of the losses"),
        "random": ("tftune.oracles.random_search:RandomOracle", "draws configurations at random, never one twice"),
        "grid": ("tftune.oracles.grid:GridOracle", "tries every combination of a grid once"),
        "sobol": ("tftune.oracles.sobol:SobolOracle", "low-discrepancy sequence (Sobol 1967; Joe & Kuo 2008)"),
        "halton": ("tftune.oracles.halton:HaltonOracle", "low-discrepancy sequence, a prime a knob (Halton 1960)"),
        "hammersley": ("tftune.oracles.hammersley:HammersleyOracle", "an evenly spaced column beside Halton's (Hammersley 1960)"),
        "lhs": ("tftune.oracles.latin_hypercube:LatinHypercubeOracle", "Latin hypercube sampling (McKay et al. 1979)"),
        "poisson-disk": ("tftune.oracles.poisson_disk:PoissonDiskOracle", "random points that keep their distance (Bridson 2007)"),
        "gp": ("tftune.oracles.gp:GaussianProcessOracle", "scikit-optimize's gp_minimize: Bayesian optimisation, Gaussian process"),
        "gp-fast": ("tftune.oracles.fast_gp:FastGaussianProcessOracle", "Bayesian optimisation, a cheap Gaussian process of our own"),
        "forest": ("tftune.oracles.forest:ForestOracle", "scikit-optimize's forest_minimize: extra trees (Geurts et al. 2006)"),
        "tpe": ("tftune.oracles.tpe:ParzenOracle", "tree-structured Parzen estimator, by Optuna (Bergstra et al. 2011)"),
        "dngo": ("tftune.oracles.dngo:DngoOracle", "Bayesian regression on a network's last layer (Snoek et al. 2015)"),
        "cma-es": ("tftune.oracles.cma_es:CovarianceOracle", "evolution strategy, by cmaes (Hansen & Ostermeier 2001)"),
        "evolution": ("tftune.oracles.evolution:EvolutionOracle", "a population of configurations; ageing by default (Real et al. 2019)"),
        "pso": ("tftune.oracles.particle_swarm:SwarmOracle", "particle swarm, by Nevergrad (Kennedy & Eberhart 1995)"),
        "differential-evolution": (
            "tftune.oracles.differential_evolution:DifferentialOracle",
            "differences of members, by Nevergrad (Storn & Price 1997)",
        ),
        "nelder-mead": ("tftune.oracles.nelder_mead:SimplexOracle", "a simplex that walks downhill (Nelder & Mead 1965)"),
        "coarse-to-fine": ("tftune.oracles.coarse_to_fine:CoarseToFineOracle", "a wide search, then narrower ones around the best"),
        "knob-by-knob": ("tftune.oracles.knob_by_knob:KnobByKnobOracle", "groups of knobs searched in turn, the best kept (Wright 2015)"),
        "reinforce": ("tftune.oracles.reinforce:ReinforceOracle", "a policy-gradient controller (Zoph & Le 2016; Williams 1992)"),
        "hyperband": ("tftune.oracles.hyperband:HyperbandOracle", "many short trainings, the best continued (Li et al. 2018)"),
        "bohb": ("tftune.oracles.bohb:BohbOracle", "Hyperband filled by a model, not at random (Falkner et al. 2018)"),
    },
)
