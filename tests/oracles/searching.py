"""Every oracle by name, with options for tests; as a script it prints the trials of each."""

from __future__ import annotations

import importlib.util
import json
from typing import Any

import keras_tuner

from tftune.oracles import ORACLES
from tftune.testing.searching import (
    SPACES,
    Records,
    all_values,
    bowl,
    conditional,
    end,
    fail,
    finite,
    fresh_values,
    mixed,
    one_point,
    search,
)

__all__ = [
    "INSTALLED",
    "OPTIONS",
    "REQUIRED",
    "SPACES",
    "Records",
    "all_values",
    "bowl",
    "conditional",
    "end",
    "fail",
    "finite",
    "fresh_values",
    "make",
    "make_named",
    "mixed",
    "one_point",
    "prune",
    "search",
]

OPTIONS: dict[str, dict[str, Any]] = {
    "gp": {"initial_points": 3},
    "gp-fast": {"initial_points": 3},
    "auto": {"initial_points": 3},
    "dngo": {"initial_points": 3},
    "forest": {"initial_points": 3, "candidates": 300},
    "hyperband": {"max_epochs": 4, "factor": 2},
    "bohb": {"max_epochs": 4, "factor": 2, "least_points": 2},
    "mobster": {"max_epochs": 4, "initial_points": 3, "factor": 3},
    "filled-halving": {"max_epochs": 4, "initial_points": 2},
    "tpe": {"initial_points": 3},
    "cma-es": {"population": 4},
    "pso": {"population": 3},
    "differential-evolution": {"population": 4},
    "hammersley": {"points": 6},
    "lhs": {"points": 6},
    "poisson-disk": {"points": 6},
    "coarse-to-fine": {"trials_per_stage": 2},
}

REQUIRED = {
    "tpe": "optuna",
    "cma-es": "cmaes",
    "pso": "nevergrad",
    "differential-evolution": "nevergrad",
}  # libraries of extras
INSTALLED = [
    name for name in ORACLES if name not in REQUIRED or importlib.util.find_spec(REQUIRED[name])
]


def prune(oracle: Any, trial: Any, score: float) -> None:
    """Ends a trial that a scheduler stopped, as the driver does."""
    fields = {"status": "pruned", "score": score, "best_epoch": 1, "metrics": {"score": score}}
    oracle.end_from_record({"trial_id": trial.trial_id, **fields, "message": None, "seconds": 1.0})


def make(
    name: str,
    space: str = "mixed",
    seed: int = 0,
    max_trials: int | None = 6,
    direction: str = "min",
    **options: Any,
) -> Any:
    """Returns an oracle over one of the spaces, with options that keep its search short."""
    return make_named(
        name,
        max_trials,
        objective=keras_tuner.Objective("score", direction),
        hyperparameters=SPACES[space](),
        seed=seed,
        **options,
    )


def make_named(name: str, max_trials: int | None, **arguments: Any) -> Any:
    """Returns an oracle with options that keep its search short, or as long as a space wants."""
    whole = {"max_epochs": 8} if max_trials is None and name in ("hyperband", "bohb") else {}
    options = {**OPTIONS.get(name, {}), **whole, **arguments}
    oracle = ORACLES[name](max_trials=max_trials, **options)
    if name in ("gp", "forest"):
        oracle.blas_threads = 1  # faster where tests run side by side
    return oracle


if __name__ == "__main__":
    print(json.dumps({name: search(make(name)) for name in INSTALLED}))
