"""Methods that keep what they computed of results: a space that grows, or comes after the results
of an earlier search, is learnt anew.
"""

from __future__ import annotations

from typing import Any

import keras_tuner
import pytest

from tests.oracles.searching import OPTIONS, end
from tftune.oracles import ORACLES
from tftune.space.search_space import public_values

ENDED = {"status": "completed", "seconds": 1.0}
EARLIER = [{"values": {"a": k / 9, "b": k / 20}, "score": float(k), **ENDED} for k in range(9)]


def space_of(*names: str) -> Any:
    hp = keras_tuner.HyperParameters()
    for name in names:
        hp.Float(name, 0.0, 1.0)
    return hp


@pytest.mark.parametrize("name", ["auto", "gp-fast", "mobster", "filled-halving", "bohb"])
@pytest.mark.parametrize("late", [False, True])
def test_places_follow_the_space(name: str, late: bool) -> None:
    """A knob comes with trial 8, or both knobs after the earlier results."""
    given = {"warm_start": EARLIER} if late else {}
    space = space_of() if late else space_of("a")
    objective = keras_tuner.Objective("score", "min")
    options = {**OPTIONS[name], **given}
    oracle = ORACLES[name](objective, hyperparameters=space, seed=0, max_trials=16, **options)
    if late:
        oracle.update_space(space_of("a", "b"))
    for number in range(16):
        trial = oracle.create_trial("slot 0")
        if trial.status != "RUNNING":
            break
        if number == 8 and not late:
            oracle.update_space(space_of("a", "b"))
        end(oracle, trial, float(5 * number % 7))
    assert len(oracle.trials) > 9
    last = public_values(list(oracle.trials.values())[-1].hyperparameters.values)
    assert set(last) == {"a", "b"}
