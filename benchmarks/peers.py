"""Other people's methods and chance itself, run on the same problems as ours: exact random search,
Optuna's TPE, gp_minimize.

A search returns the losses in the order of its trials; exact random search returns the regret that
is expected after each trial.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.expectation import expected_best
from benchmarks.problems import Dimension, Problem
from tftune.space.search_space import Values
from tftune.support.seeding import derive, generator

EXACT_RANDOM = "exact-random"
_SAMPLE = 2**15  # points of a function; the best of 100 draws then rests on the 330 best of them
LEAST_REGRET = 1e-8  # below, a regret counts as this: the final target of BBOB


def exact_random(problem: Problem, seed: int, trials: int) -> list[float]:
    """Returns the expected regret of the best of 1, 2, .. trials random draws.

    Of a table the expectation is exact, without replacement. Of a function it rests on a sample of
    32,768 points; of a BBOB function it is the geometric mean, as that benchmark is reported in.
    """
    if problem.table is not None:
        return (
            (expected_best(problem.table, min(trials, problem.table.size)) - problem.best)
            / problem.scale
        ).tolist()
    low, high = (
        np.array([getattr(dimension, side) for dimension in problem.dimensions])
        for side in ("low", "high")
    )
    unit = generator(seed, 0, f"sample of {problem.name}").random((_SAMPLE, len(low)))
    regrets = (
        np.concatenate(
            [problem.points(part) for part in np.array_split(low + unit * (high - low), 16)]
        )
        - problem.best
    )  # type: ignore[misc]
    if problem.name.startswith("bbob"):
        return np.exp(
            expected_best(np.log(np.maximum(regrets, LEAST_REGRET)), trials, replacement=True)
        ).tolist()
    return expected_best(regrets, trials, replacement=True).tolist()


def optuna_tpe(problem: Problem, seed: int, trials: int) -> list[float]:
    """Optuna's TPESampler with its default settings; an ordinal hyper-parameter is an integer, its
    position.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
        losses = []
        for _ in range(trials):
            trial = study.ask()
            losses.append(
                problem.loss(
                    {
                        dimension.name: _optuna_value(trial, dimension)
                        for dimension in problem.dimensions
                    }
                )
            )
            study.tell(trial, losses[-1])
    return losses


def gp_minimize(problem: Problem, seed: int, trials: int) -> list[float]:
    """scikit-optimize's `gp_minimize` with its default settings; an ordinal hyper-parameter is an
    integer, its position.
    """
    from skopt import gp_minimize as minimize

    def loss(point: list[Any]) -> float:
        return problem.loss(_values_of(problem, point))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of points that it repeats
        result = minimize(loss, skopt_dimensions(problem), n_calls=trials, random_state=seed)
    return [float(value) for value in result.func_vals]


PEERS: dict[str, Callable[[Problem, int, int], list[float]]] = {
    EXACT_RANDOM: exact_random,
    "optuna-tpe": optuna_tpe,
    "skopt-gp-minimize": gp_minimize,
}


def skopt_dimensions(problem: Problem) -> list[Any]:
    """Returns the search space for scikit-optimize."""
    from skopt import space

    found: list[Any] = []
    for dimension in problem.dimensions:
        if not dimension.choices:
            found.append(space.Real(dimension.low, dimension.high))
        elif dimension.ordered:
            found.append(space.Integer(0, len(dimension.choices) - 1))
        else:
            found.append(space.Categorical(list(dimension.choices)))
    return found


def peer_seed(seed: int, name: str) -> int:
    """Returns a seed for a peer, so that two methods do not share their first points by chance."""
    return derive(seed, 0, name)


def _values_of(problem: Problem, point: list[Any]) -> Values:
    pairs = zip(problem.dimensions, point, strict=True)
    return {
        dimension.name: dimension.choices[int(value)] if dimension.ordered else value
        for dimension, value in pairs
    }


def _optuna_value(trial: Any, dimension: Dimension) -> Any:
    if not dimension.choices:
        return trial.suggest_float(dimension.name, dimension.low, dimension.high)
    if dimension.ordered:
        return dimension.choices[trial.suggest_int(dimension.name, 0, len(dimension.choices) - 1)]
    return trial.suggest_categorical(dimension.name, list(dimension.choices))
