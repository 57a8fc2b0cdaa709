"""From a name, or from an object of one's own, to an oracle."""

from __future__ import annotations

from typing import Any

import keras_tuner
import pytest

from tests.oracles.searching import finite, search
from tftune.errors import UsageError
from tftune.oracles.core.bound import BoundOracle
from tftune.oracles.core.make import make_oracle
from tftune.oracles.core.method import SearchMethod, Signal
from tftune.oracles.core.oracle import Oracle
from tftune.oracles.sampling.grid import GridMethod
from tftune.space.search_space import Values

OBJECTIVE = keras_tuner.Objective("score", "min")


class CornersMethod(SearchMethod):
    """Tries the lower and the upper end of every knob."""

    def __init__(self, upper: bool = True) -> None:
        self.upper = upper

    def propose(self, trial_number: int) -> Values | Signal:
        if trial_number > self.upper:
            return Signal.EXHAUSTED
        place = 0.0 if trial_number == 0 else 1.0
        return self.view.space.from_unit([place] * len(self.view.space.knobs))


class CornersOracle(BoundOracle[CornersMethod], max_trials=None):
    """The ends of every knob as an oracle."""


ENDS = [
    {"layers": 1, "activation": "relu", "norm": False},
    {"layers": 3, "activation": "tanh", "norm": True},
]


def test_a_method_of_ones_own_is_used_by_hand_or_bound() -> None:
    by_hand = Oracle(CornersMethod(), OBJECTIVE, hyperparameters=finite(), seed=0)
    bound = CornersOracle(OBJECTIVE, None, finite(), 0)
    assert search(by_hand) == search(bound) == ENDS
    assert len(search(CornersOracle(OBJECTIVE, None, finite(), 0, upper=False))) == 1
    assert by_hand.kind is CornersMethod and bound.kind is CornersOracle
    assert bound.max_trials is None and by_hand.max_trials == 10
    assert by_hand.all_options() == bound.all_options() == {"upper": True}
    for made in (by_hand, bound):
        assert make_oracle(made, None, None, 0, None, {}) is made


def test_unknown_options_are_refused_in_one_way() -> None:
    with pytest.raises(
        UsageError, match=r"CornersOracle has no option 'uper'. Did you mean 'upper'"
    ):
        CornersOracle(OBJECTIVE, uper=False)
    with pytest.raises(UsageError, match=r"search method grid has no option 'levls'. Did you mean"):
        make_oracle("grid", OBJECTIVE, None, 0, finite(), {"levls": 2})


@pytest.mark.parametrize("method", [CornersMethod, 1])
def test_what_is_no_method_is_refused(method: Any) -> None:
    with pytest.raises(UsageError, match="method must be a SearchMethod, made. Received"):
        Oracle(method, OBJECTIVE)


def test_a_method_serves_one_search() -> None:
    method = GridMethod(levels=2)
    Oracle(method, OBJECTIVE, hyperparameters=finite())
    with pytest.raises(UsageError, match="a GridMethod that serves one already. Make a new one"):
        Oracle(method, OBJECTIVE, hyperparameters=finite())


def test_a_method_that_proposes_nothing_says_what_is_missing() -> None:
    oracle = Oracle(SearchMethod(), OBJECTIVE, hyperparameters=finite())
    with pytest.raises(NotImplementedError, match=r"SearchMethod must define propose"):
        oracle.create_trial("slot 0")


def test_a_saved_state_of_version_0_1_is_read() -> None:
    """Its events called a trial's id `trial`, and the best epoch of an end `epoch`."""
    first = CornersOracle(OBJECTIVE, None, finite(), 0)
    search(first)
    state = first.get_state()
    old = {"trial_id": "trial", "best_epoch": "epoch"}
    state["events"] = [
        {old.get(key, key): value for key, value in event.items()} for event in state["events"]
    ]
    assert {"trial", "epoch"} <= set(state["events"][-1])
    again = CornersOracle(OBJECTIVE, None, finite(), 0)
    again.set_state(state)
    assert again.end_order == ["0000", "0001"]
    assert [trial.score for trial in again.trials.values()] == [
        trial.score for trial in first.trials.values()
    ]


@pytest.mark.parametrize("name", ["auto", "random", "reinforce"])
def test_a_space_that_only_the_trials_declare_is_no_exhausted_one(name: str) -> None:
    assert make_oracle(name, OBJECTIVE, 3, 0, None, {}).create_trial("slot 0").status == "RUNNING"
