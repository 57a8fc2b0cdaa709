"""WHO PROPOSES THE NEXT TRIAL: one search method a file, each a `keras_tuner.Oracle`.

Example:
    >>> "random" in ORACLES, "hill-climbing" in ORACLES
    (True, False)
"""

from tftune.oracles.other_words import SEARCH_WORDS
from tftune.support.registry import Registry

ORACLES = Registry(
    "search method",
    {
        "auto": (
            ".bayesian.auto:AutoOracle",
            "our recommendation: Bayesian optimisation, three views of the losses",
        ),
        "random": (
            ".sampling.random_search:RandomOracle",
            "draws configurations at random, never one twice",
        ),
        "grid": (".sampling.grid:GridOracle", "tries every combination of a grid once"),
        "sobol": (
            ".sampling.sobol:SobolOracle",
            "low-discrepancy sequence (Sobol 1967; Joe & Kuo 2008)",
        ),
        "halton": (
            ".sampling.halton:HaltonOracle",
            "low-discrepancy sequence, a prime a knob (Halton 1960)",
        ),
        "hammersley": (
            ".sampling.hammersley:HammersleyOracle",
            "an evenly spaced column beside Halton's (Hammersley 1960)",
        ),
        "lhs": (
            ".sampling.latin_hypercube:LatinHypercubeOracle",
            "Latin hypercube sampling (McKay et al. 1979)",
        ),
        "poisson-disk": (
            ".sampling.poisson_disk:PoissonDiskOracle",
            "random points that keep their distance (Bridson 2007)",
        ),
        "gp": (
            ".bayesian.gp:GaussianProcessOracle",
            "scikit-optimize's gp_minimize: Bayesian optimisation, Gaussian process",
        ),
        "gp-fast": (
            ".bayesian.fast_gp:FastGaussianProcessOracle",
            "Bayesian optimisation, a cheap Gaussian process of our own",
        ),
        "forest": (
            ".bayesian.forest:ForestOracle",
            "scikit-optimize's forest_minimize: extra trees (Geurts et al. 2006)",
        ),
        "tpe": (
            ".bayesian.tpe:ParzenOracle",
            "tree-structured Parzen estimator, by Optuna (Bergstra et al. 2011)",
        ),
        "dngo": (
            ".bayesian.dngo:DngoOracle",
            "Bayesian regression on a network's last layer (Snoek et al. 2015)",
        ),
        "cma-es": (
            ".population.cma_es:CovarianceOracle",
            "evolution strategy, by cmaes (Hansen & Ostermeier 2001)",
        ),
        "evolution": (
            ".population.evolution:EvolutionOracle",
            "a population of configurations; ageing by default (Real et al. 2019)",
        ),
        "pso": (
            ".population.particle_swarm:SwarmOracle",
            "particle swarm, by Nevergrad (Kennedy & Eberhart 1995)",
        ),
        "differential-evolution": (
            ".population.differential_evolution:DifferentialOracle",
            "differences of members, by Nevergrad (Storn & Price 1997)",
        ),
        "nelder-mead": (
            ".population.nelder_mead:SimplexOracle",
            "a simplex that walks downhill (Nelder & Mead 1965)",
        ),
        "coarse-to-fine": (
            ".strategies.coarse_to_fine:CoarseToFineOracle",
            "a wide search, then narrower ones around the best",
        ),
        "knob-by-knob": (
            ".strategies.knob_by_knob:KnobByKnobOracle",
            "groups of knobs searched in turn, the best kept (Wright 2015)",
        ),
        "reinforce": (
            ".population.reinforce:ReinforceOracle",
            "a policy-gradient controller (Zoph & Le 2016; Williams 1992)",
        ),
        "hyperband": (
            ".multifidelity.hyperband:HyperbandOracle",
            "many short trainings, the best continued (Li et al. 2018)",
        ),
        "bohb": (
            ".multifidelity.bohb:BohbOracle",
            "Hyperband filled by a model, not at random (Falkner et al. 2018)",
        ),
        "mobster": (
            ".multifidelity.mobster:MobsterOracle",
            "asynchronous halving filled by a Gaussian process (Klein et al. 2020)",
        ),
        "filled-halving": (
            ".multifidelity.filled_halving:FilledHalvingOracle",
            "one bracket for a budget of epochs, filled by a Gaussian process",
        ),
    },
    __name__,
    SEARCH_WORDS,
)
