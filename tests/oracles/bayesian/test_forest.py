"""The forest oracle against scikit-optimize's own forest_minimize, to the last bit."""

from __future__ import annotations

import warnings
from typing import Any

import keras_tuner
import pytest
import skopt

from tests.oracles.searching import Records, end, make
from tftune.errors import UsageError
from tftune.oracles.bayesian.forest import ForestOracle

from .test_gp import PROBLEMS

EXPECTED_SECONDS = 20.0


def propose(
    problem: str, seed: int, calls: int, direction: str = "min", **options: Any
) -> list[list[Any]]:
    """Runs the oracle one trial at a time on a problem and returns its points."""
    function, space, _ = PROBLEMS[problem]
    oracle = ForestOracle(
        keras_tuner.Objective("score", direction),
        calls,
        space(),
        seed,
        **{"initial_points": 10, **options},
    )
    while (trial := oracle.create_trial("slot 0")).status == "RUNNING":
        loss = function(list(trial.hyperparameters.values.values()))
        oracle.set_trial_seconds(trial.trial_id, EXPECTED_SECONDS * (1 + loss))
        end(oracle, trial, -loss if direction == "max" else loss)
    return [list(trial.hyperparameters.values.values()) for trial in oracle.trials.values()]


def minimize(
    problem: str, seed: int, calls: int, timed: bool = False, **options: Any
) -> list[list[Any]]:
    """Runs forest_minimize on the same problem; returns its points, NumPy's scalars made plain."""
    function, _, dimensions = PROBLEMS[problem]

    def called(point: list[Any]) -> Any:
        loss = function([x.item() if hasattr(x, "item") else x for x in point])
        return (loss, EXPECTED_SECONDS * (1 + loss)) if timed else loss

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = skopt.forest_minimize(
            called, dimensions(), n_calls=calls, random_state=seed, **options
        )
    return [[x.item() if hasattr(x, "item") else x for x in point] for point in result.x_iters]


@pytest.mark.parametrize(("problem", "seed"), [("branin", 0), ("training", 7), ("everything", 0)])
def test_proposes_the_points_of_forest_minimize(problem: str, seed: int) -> None:
    expected = minimize(problem, seed, 14)
    assert propose(problem, seed, 14, direction="max" if seed else "min") == expected
    assert (
        len({tuple(point) for point in expected}) == 14
    )  # no repeat, which the oracle would replace


@pytest.mark.parametrize("acquisition", ["LCB", "PI", "EIps"])
@pytest.mark.quick("EI*")
def test_every_acquisition_function_is_that_of_forest_minimize(acquisition: str) -> None:
    expected = minimize(
        "everything", 3, 7, acquisition == "EIps", acq_func=acquisition, n_initial_points=4
    )
    assert propose("everything", 3, 7, acquisition=acquisition, initial_points=4) == expected


def test_the_design_is_that_of_forest_minimize() -> None:
    expected = minimize("everything", 3, 6, initial_point_generator="hammersly", n_initial_points=5)
    assert propose("everything", 3, 6, initial_design="hammersley", initial_points=5) == expected


def test_resuming_from_a_memo_fits_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    first, records = make("forest", initial_points=3), Records()
    for _ in range(5):
        trial = first.create_trial("slot 0")
        records.start(trial)
        records.end(first, trial)
    second = make("forest", initial_points=3)
    with monkeypatch.context() as patch:
        patch.setattr("skopt.learning.ExtraTreesRegressor.fit", lambda *_: pytest.fail("fitted"))
        second.restore(records.events, records.memo, records.position)
        proposed = second.create_trial("slot 0").hyperparameters.values
    assert proposed == first.create_trial("slot 0").hyperparameters.values


def test_unknown_acquisition_is_refused() -> None:
    with pytest.raises(
        UsageError, match="acquisition must be one of EI, LCB, PI, EIps. Received: 'gp_hedge'"
    ):
        ForestOracle("val_loss", acquisition="gp_hedge")
    with pytest.raises(
        UsageError, match="candidates must be an integer of at least 1. Received: 0"
    ):
        ForestOracle("val_loss", candidates=0)
