"""Words of other tools, for search methods, schedulers and their options."""

from __future__ import annotations

import pytest

from tftune.errors import UsageError
from tftune.oracles import ORACLES
from tftune.oracles.other_words import OPTION_WORDS, SEARCH_WORDS
from tftune.schedulers import SCHEDULERS
from tftune.schedulers.other_words import SCHEDULER_WORDS
from tftune.search.plan import SearchPlan

SEARCHES = {
    "auto": ["bayesian", "bayes", "bo", "BayesianOptimization"],
    "tpe": ["optuna", "TPESampler", "hyperopt", "tpe.suggest"],
    "gp": ["skopt", "gp_minimize", "gaussian", "gaussian-process", "GP"],
    "gp-fast": ["gpfast", "fast_gp"],
    "forest": ["smac", "forest_minimize", "random_forest"],
    "random": ["random_search", "RandomSearch", "randomsearch", "RandomizedSearchCV", "Random"],
    "grid": ["gridsearch", "GridSearch", "GridSampler", "brute_force"],
    "cma-es": ["cma", "cmaes", "CmaEsSampler"],
    "evolution": ["genetic", "NSGAIISampler", "ga", "evolutionary"],
    "pso": ["particle_swarm"],
    "differential-evolution": ["DE"],
    "sobol": ["qmc", "QMCSampler", "quasi-random"],
    "lhs": ["latin_hypercube"],
    "nelder-mead": ["simplex"],
    "hyperband": ["HyperBand", "hyper_band"],
    "bohb": ["TuneBOHB"],
    "knob-by-knob": ["coordinate_descent"],
    "reinforce": ["rl"],
}
NO_SEARCHES = [
    ("pbt", "evolution"),
    ("PopulationBasedTraining", "hyperband"),
    ("population_based", "evolution"),
    ("asha", "--scheduler asha"),
    ("ASHAScheduler", "--scheduler asha"),
    ("sha", "--scheduler successive-halving"),
    ("successive_halving", "--scheduler successive-halving"),
    ("HalvingGridSearchCV", "--scheduler successive-halving"),
    ("median_stopping", "--scheduler median"),
    ("median_pruner", "--scheduler median"),
    ("MedianPruner", "--scheduler median"),
    ("simulated_annealing", "nelder-mead"),
    ("powell", "nelder-mead"),
    ("ray", "--workers ray"),
]
SCHEDULER_NAMES = {
    "median": ["MedianPruner", "median_stopping", "MedianStoppingRule"],
    "successive-halving": ["sha", "SuccessiveHalvingPruner"],
    "asha": ["ASHAScheduler", "AsyncHyperBandScheduler", "AHSA"],
    "none": ["NopPruner", "FIFOScheduler", "off"],
}


def pairs(names: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(word, name) for name, words in names.items() for word in words]


@pytest.mark.parametrize(("word", "name"), pairs(SEARCHES), ids=lambda each: each)
def test_a_word_of_another_tool_leads_to_our_search(word: str, name: str) -> None:
    with pytest.raises(UsageError, match=rf"Did you mean '{name}'\?"):
        SearchPlan(word, "val_loss")


@pytest.mark.parametrize(("word", "truth"), NO_SEARCHES)
def test_what_is_not_offered_is_told_with_the_nearest(word: str, truth: str) -> None:
    assert truth in ORACLES.suggestion(word)


@pytest.mark.parametrize(("word", "name"), pairs(SCHEDULER_NAMES))
def test_a_word_of_another_tool_leads_to_our_scheduler(word: str, name: str) -> None:
    with pytest.raises(UsageError, match=rf"Did you mean '{name}'\?"):
        SearchPlan("random", "val_loss", scheduler=word)


@pytest.mark.parametrize("word", ["hyperband", "pbt", "early_stopping", "random", "cosine"])
def test_what_is_no_scheduler_is_told(word: str) -> None:
    assert f" {word}: " in SCHEDULERS.suggestion(word)


def test_every_word_leads_to_a_name_that_there_is() -> None:
    assert SEARCH_WORDS.names <= set(ORACLES) and SCHEDULER_WORDS.names <= set(SCHEDULERS)
    for name in ORACLES:
        assert ORACLES.suggestion(name.upper()) == f" Did you mean {name!r}?"


@pytest.mark.parametrize(
    ("search", "option", "name"),
    [
        ("hyperband", "eta", "factor"),
        ("hyperband", "reduction_factor", "factor"),
        ("gp", "acq_func", "acquisition"),
        ("gp", "n_initial_points", "initial_points"),
        ("tpe", "n_startup_trials", "initial_points"),
        ("tpe", "n_ei_candidates", "candidates"),
        ("cma-es", "popsize", "population"),
        ("evolution", "popsize", "population_size"),
        ("gp", "aquisition", "acquisition"),
    ],
)
def test_an_option_of_another_tool_leads_to_ours(search: str, option: str, name: str) -> None:
    plan = SearchPlan(search, "val_loss", oracle_options={option: 3})
    with pytest.raises(UsageError, match=rf"Did you mean '{name}'\?"):
        plan.make_oracle(None)


def test_a_word_with_no_meaning_here_has_no_suggestion() -> None:
    assert ORACLES.suggestion("xyzzy") == ORACLES.suggestion("x" * 10_000) == ""
    assert OPTION_WORDS.suggestion("eta", ["levels"]) == ""
