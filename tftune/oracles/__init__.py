"""WHO PROPOSES THE NEXT TRIAL: one search method a file, each a `keras_tuner.Oracle`.

Example:
    >>> "random" in ORACLES, "hill-climbing" in ORACLES
    (True, False)
"""

from tftune.support.registry import Registry

ORACLES = Registry(
    "search method",
    {
        "auto": (
            "tftune.oracles.bayesian.auto:AutoOracle",
            "our recommendation: Bayesian optimisation, three views of the losses",
        ),
        "random": (
            "tftune.oracles.sampling.random_search:RandomOracle",
            "draws configurations at random, never one twice",
        ),
        "grid": (
            "tftune.oracles.sampling.grid:GridOracle",
            "tries every combination of a grid once",
        ),
        "sobol": (
            "tftune.oracles.sampling.sobol:SobolOracle",
            "low-discrepancy sequence (Sobol 1967; Joe & Kuo 2008)",
        ),
        "halton": (
            "tftune.oracles.sampling.halton:HaltonOracle",
            "low-discrepancy sequence, a prime a knob (Halton 1960)",
        ),
        "hammersley": (
            "tftune.oracles.sampling.hammersley:HammersleyOracle",
            "an evenly spaced column beside Halton's (Hammersley 1960)",
        ),
        "lhs": (
            "tftune.oracles.sampling.latin_hypercube:LatinHypercubeOracle",
            "Latin hypercube sampling (McKay et al. 1979)",
        ),
        "poisson-disk": (
            "tftune.oracles.sampling.poisson_disk:PoissonDiskOracle",
            "random points that keep their distance (Bridson 2007)",
        ),
        "gp": (
            "tftune.oracles.bayesian.gp:GaussianProcessOracle",
            "scikit-optimize's gp_minimize: Bayesian optimisation, Gaussian process",
        ),
        "gp-fast": (
            "tftune.oracles.bayesian.fast_gp:FastGaussianProcessOracle",
            "Bayesian optimisation, a cheap Gaussian process of our own",
        ),
        "forest": (
            "tftune.oracles.bayesian.forest:ForestOracle",
            "scikit-optimize's forest_minimize: extra trees (Geurts et al. 2006)",
        ),
        "tpe": (
            "tftune.oracles.bayesian.tpe:ParzenOracle",
            "tree-structured Parzen estimator, by Optuna (Bergstra et al. 2011)",
        ),
        "dngo": (
            "tftune.oracles.bayesian.dngo:DngoOracle",
            "Bayesian regression on a network's last layer (Snoek et al. 2015)",
        ),
        "cma-es": (
            "tftune.oracles.population.cma_es:CovarianceOracle",
            "evolution strategy, by cmaes (Hansen & Ostermeier 2001)",
        ),
        "evolution": (
            "tftune.oracles.population.evolution:EvolutionOracle",
            "a population of configurations; ageing by default (Real et al. 2019)",
        ),
        "pso": (
            "tftune.oracles.population.particle_swarm:SwarmOracle",
            "particle swarm, by Nevergrad (Kennedy & Eberhart 1995)",
        ),
        "differential-evolution": (
            "tftune.oracles.population.differential_evolution:DifferentialOracle",
            "differences of members, by Nevergrad (Storn & Price 1997)",
        ),
        "nelder-mead": (
            "tftune.oracles.population.nelder_mead:SimplexOracle",
            "a simplex that walks downhill (Nelder & Mead 1965)",
        ),
        "coarse-to-fine": (
            "tftune.oracles.strategies.coarse_to_fine:CoarseToFineOracle",
            "a wide search, then narrower ones around the best",
        ),
        "knob-by-knob": (
            "tftune.oracles.strategies.knob_by_knob:KnobByKnobOracle",
            "groups of knobs searched in turn, the best kept (Wright 2015)",
        ),
        "reinforce": (
            "tftune.oracles.population.reinforce:ReinforceOracle",
            "a policy-gradient controller (Zoph & Le 2016; Williams 1992)",
        ),
        "hyperband": (
            "tftune.oracles.multifidelity.hyperband:HyperbandOracle",
            "many short trainings, the best continued (Li et al. 2018)",
        ),
        "bohb": (
            "tftune.oracles.multifidelity.bohb:BohbOracle",
            "Hyperband filled by a model, not at random (Falkner et al. 2018)",
        ),
    },
)
