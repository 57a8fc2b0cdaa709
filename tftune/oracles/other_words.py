"""What other tools call the search methods, so that their word leads to our name, or to the truth.

Words of KerasTuner, Optuna, scikit-optimize, Hyperopt, Ray Tune, scikit-learn, SciPy, SMAC, NNI,
Nevergrad, Ax and sweeps of Weights & Biases.
"""

from __future__ import annotations

from tftune.support.other_words import OtherWords

_SCHEDULER = "stops trials, and is given by --scheduler {0} (scheduler={0!r})"

SEARCH_WORDS = OtherWords(
    {
        "auto": "automatic default best recommended bayesian bayes bo bayesopt "
        "bayesianoptimization "
        "bayesian-optimisation bayesian-search smbo sequential-model-based hebo turbo vizier",
        "random": "rand rs random-search randomsearch randomized-search randomizedsearchcv uniform "
        "montecarlo mc basic-variant-generator dummy-minimize rand.suggest sampling",
        "grid": "gs grid-search gridsearch gridsearchcv exhaustive brute-force full-factorial "
        "parameter-grid factorial",
        "sobol": "qmc quasi-random quasirandom quasi-monte-carlo low-discrepancy lds "
        "sobol-sequence",
        "halton": "halton-sequence van-der-corput",
        "lhs": "latin latin-hypercube latinhypercube latin-hypercube-sampling lhd maximin",
        "poisson-disk": "poisson poisson-disc blue-noise bridson",
        "gp": "skopt scikit-optimize scikitoptimize gp-minimize gpminimize gaussian-process "
        "gaussian gaussianprocess gpei ei kriging bayessearchcv spearmint gpyopt",
        "gp-fast": "fast-gp fastgp botorch ax gpytorch",
        "forest": "forest-minimize random-forest randomforest rf extra-trees et smac smac3 "
        "smac4hpo "
        "gbrt gbrt-minimize gradient-boosted-trees trees",
        "tpe": "optuna hyperopt parzen tree-parzen tree-structured-parzen-estimator tpe.suggest "
        "hyperopt-search optuna-search motpe",
        "dngo": "neural neural-network bayesian-neural-network bnn bohamiann deep-networks",
        "cma-es": "cma cmaes sep-cma-es cmaesm evolution-strategy es covariance-matrix-adaptation "
        "bipop ipop pycma",
        "evolution": "ga genetic genetic-algorithm genetic-search evolutionary evo ea nsga nsga2 "
        "nsgaii nsga-ii nsga3 nsgaiii deap tpot regularized-evolution aging-evolution",
        "pso": "particle-swarm particleswarm swarm particle-swarm-optimization",
        "differential-evolution": "de diffevo differential",
        "nelder-mead": "simplex downhill-simplex neldermead amoeba fmin",
        "coarse-to-fine": "zoom zooming iterative-refinement successive-refinement narrowing",
        "knob-by-knob": "coordinate coordinate-descent coordinate-search one-at-a-time oat ofat "
        "one-by-one greedy manual",
        "reinforce": "rl reinforcement reinforcement-learning nas policy-gradient ppo controller",
        "hyperband": "hb async-hyperband asynchronous-hyperband",
        "bohb": "tunebohb hyperband-for-bohb hpbandster bo-hb dehb mfes",
        "mobster": "syne-tune synetune model-based-asha asha-bo dyhpo freeze-thaw ifbo",
        "filled-halving": "model-based-halving model-halving bo-halving",
    },
    {
        "pbt pb2 population-based population-based-training population_based pbt-tuner": (
            "population-based training, which changes the knobs of a running trial, is not "
            "offered; "
            "the nearest are --search evolution (a population of whole trials) and --search "
            "hyperband (trials that are continued)"
        ),
        "asha async-successive-halving asynchronous-successive-halving": _SCHEDULER.format("asha"),
        "sha successive-halving successivehalving halving halving-grid-search "
        "halving-random-search halvinggridsearchcv halvingrandomsearchcv": _SCHEDULER.format(
            "successive-halving"
        ),
        "median median-stopping median-stopping-rule median-pruner": _SCHEDULER.format("median"),
        "curve-fit extrapolation learning-curve": _SCHEDULER.format("curve-fit"),
        "threshold threshold-pruner": _SCHEDULER.format("threshold"),
        "anneal annealing simulated-annealing dual-annealing basin-hopping anneal.suggest": (
            "annealing is not offered; the nearest are --search nelder-mead and --search cma-es"
        ),
        "bfgs lbfgs l-bfgs-b powell gradient gradient-descent hypergradient adam": (
            "a search by gradients is not offered, since a trained score has none; the nearest are "
            "--search nelder-mead and --search auto"
        ),
        "hill-climbing local local-search tabu-search tabu": (
            "hill climbing is not offered; the nearest are --search knob-by-knob and --search "
            "nelder-mead"
        ),
        "none no off manual-search": "a search needs a method; --search random is the simplest",
        "ray raytune ray-tune": (
            "Ray runs trials and does not propose them: --workers ray (workers='ray') beside any "
            "search method"
        ),
        "keras-tuner kerastuner kt": (
            "KerasTuner's tuners are called random, grid, auto (its BayesianOptimization) and "
            "hyperband here"
        ),
        "nevergrad ng": "of Nevergrad there are pso and differential-evolution",
        "sklearn scikit-learn": "a model of scikit-learn is no Keras model; see tftune.scikit",
    },
    ends=(
        "oracle",
        "sampler",
        "suggest",
        "tuner",
        "search",
        "searchcv",
        "optimizer",
        "optimiser",
        "optimization",
        "optimisation",
        "algorithm",
        "method",
        "minimize",
        "scheduler",
        "pruner",
        "sampling",
        "sequence",
    ),
)

OPTION_WORDS = OtherWords(
    {
        "initial_points": "num_initial_points n_initial_points n_initial n_startup_trials "
        "n_random_starts random_starts startup_trials init_points initial warmup n_init",
        "acquisition": "acq acq_func acquisition_function utility_kind",
        "initial_design": "initial_point_generator init_design design sampling",
        "factor": "eta reduction_factor",
        "max_epochs": "max_t max_resource max_budget epochs",
        "iterations": "hyperband_iterations num_iterations repetitions",
        "candidates": "n_ei_candidates n_candidates num_candidates n_points",
        "population": "popsize pop_size population_size num_particles swarm_size particles",
        "population_size": "population popsize pop_size",
        "sigma": "sigma0 step_size initial_step",
        "levels": "grid_levels n_levels resolution points",
        "stages": "rounds n_stages",
        "inner": "search oracle method",
    }
)
