"""`gp-fast` and `auto`: better than random, unharmed by outliers and failures, quick to resume."""

from __future__ import annotations

import math
from typing import Any

import keras_tuner
import numpy as np
import pytest

from tests.oracles.searching import make, search
from tftune.errors import UsageError
from tftune.oracles import ORACLES
from tftune.oracles.bayesian import warping
from tftune.oracles.sampling.random_search import RandomOracle
from tftune.space.search_space import public_values

NAMES = ("gp-fast", "auto")


def branin_space() -> Any:
    """The usual box of Branin's function."""
    hp = keras_tuner.HyperParameters()
    hp.Float("x", -5.0, 10.0)
    hp.Float("y", 0.0, 15.0)
    return hp


def branin(values: dict[str, Any]) -> float:
    """Least value 0.397887, three times."""
    x, y = values["x"], values["y"]
    curve = y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6
    return float(curve**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10)


def best_of(oracle: Any, function: Any) -> float:
    """Runs a search and returns the least value."""
    oracle.blas_threads = 1
    losses = []
    while (trial := oracle.create_trial("slot 0")).status == "RUNNING":
        loss = function(public_values(trial.hyperparameters.values))
        losses.append(loss)
        score = None if math.isnan(loss) else loss
        status = "failed" if score is None else "completed"
        oracle.end_from_record(
            {
                "trial_id": trial.trial_id,
                "status": status,
                "score": score,
                "best_epoch": 1,
                "metrics": {},
                "message": None,
            }
        )
    return float(np.nanmin(losses))


@pytest.mark.parametrize("name", NAMES)
def test_finds_a_minimum_of_branin(name: str) -> None:
    space = keras_tuner.Objective("score", "min")
    found = [
        best_of(ORACLES[name](space, 40, branin_space(), seed), branin) - 0.397887
        for seed in range(3)
    ]
    at_random = [
        best_of(RandomOracle(space, 40, branin_space(), seed), branin) - 0.397887
        for seed in range(3)
    ]
    assert np.mean(found) < 0.05 < np.mean(at_random)


@pytest.mark.parametrize("name", NAMES)
def test_failures_are_avoided(name: str) -> None:
    def half_fails(values: dict[str, Any]) -> float:
        return math.nan if values["x"] < 2.5 else branin(values)

    options = {"max_consecutive_failed_trials": None}
    oracle = ORACLES[name](keras_tuner.Objective("score", "min"), 40, branin_space(), 0, **options)
    assert best_of(oracle, half_fails) < 0.6
    late = [trial.status for trial in list(oracle.trials.values())[20:]]
    assert late.count("FAILED") <= 7  # at random half of the 20 fail


@pytest.mark.parametrize("name", NAMES)
def test_running_trials_are_believed_to_give_what_is_predicted(name: str) -> None:
    oracle = make(name, max_trials=30, initial_points=4)
    search(oracle, until=6)
    side_by_side = [oracle.create_trial(f"slot {slot}").hyperparameters.values for slot in range(4)]
    places = oracle.method.encoding.places([public_values(values) for values in side_by_side])
    distances = np.abs(places[:, None] - places[None]).sum(axis=2)
    assert distances[np.triu_indices(4, 1)].min() > 0.0


def test_resuming_from_the_memo_fits_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    first = make("gp-fast", max_trials=20, initial_points=3)
    search(first, until=10)
    events = first.get_state()["events"]
    second = make("gp-fast", max_trials=20, initial_points=3)
    monkeypatch.setattr(second.method, "_promising", None)
    second.restore(events, first.memo(), len(events))
    assert len(second.trials) == 10 and second.memo() == first.memo()


def test_only_so_many_results_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tftune.oracles.bayesian.fast_gp._MOST_OF_ONE", 10)
    oracle = make("gp-fast", max_trials=30, initial_points=20)
    search(oracle, until=20)
    _, losses = oracle.method._data()
    every = sorted(seen.loss for seen in oracle.observations)
    assert len(losses) == 10
    assert sorted(losses)[:5] == every[:5]  # the best half
    assert oracle.observations[19].loss in losses  # and the latest


def test_options_are_checked() -> None:
    with pytest.raises(
        UsageError,
        match=r"one of none, copula, logarithm, averaged, adaptive. Received: 'box'",
    ):
        make("gp-fast", warping="box")
    with pytest.raises(UsageError, match="initial_points must be an integer of at least 1"):
        make("auto", initial_points=0)
    assert make("gp-fast").method.options() == {"initial_points": 3, "warping": "none"}
    assert make("auto", initial_points=None).method.options() == {
        "initial_points": None,
        "warping": "averaged",
    }


def test_the_number_of_initial_points_lets_a_search_be_extended() -> None:
    short, long = (make("auto", max_trials=trials, initial_points=None) for trials in (3, 30))
    assert (
        short.method.initial_points == long.method.initial_points == 8
    )  # mixed() has seven tuned knobs
    assert make("auto", "finite", initial_points=None).method.initial_points == 4
    assert make("auto", "one_point", initial_points=None).method.initial_points == 3


def test_auto_trusts_the_view_that_predicts_best() -> None:
    """Of a plane the losses as they are; where a plane is an exponent and they span many
    magnitudes, a warped view.
    """
    trusted: dict[str, str] = {}
    for kind in ("plane", "steep"):
        oracle = make("auto", max_trials=40, initial_points=4)
        x = np.random.default_rng(0).random((30, len(oracle.method.encoding.knob_of_column)))
        plane = x[:, 0] + 0.5 * x[:, 1] - x[:, 2]
        views = oracle.method._fitted(x, plane if kind == "plane" else np.exp(10 * plane))
        trusted[kind] = tuple(warping.WARPINGS)[views.trusted]
    assert trusted["plane"] == "none" and trusted["steep"] != "none"


def test_warpings_keep_the_order_and_tame_outliers() -> None:
    losses = np.array([0.2, 0.1, 1e9, 0.3, 0.1])
    for warp in warping.WARPINGS.values():
        warped = warp(losses)
        assert (
            warped[1] == warped[4]
            and warped[1] < warped[0] < warped[3] < warped[2]
            or warp is warping.standard
        )
        assert np.isfinite(warp(np.ones(4))).all()
    assert np.ptp(warping.copula(losses)) < 3
    assert np.ptp(warping.copula(losses)[[0, 1, 3]]) > 0.5
