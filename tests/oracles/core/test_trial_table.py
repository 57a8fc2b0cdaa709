"""Ended trials as bytes: nothing that a trial says is lost, and an oracle that packs proposes what
one that does not proposes.
"""

from __future__ import annotations

import math
import pickle
from typing import Any

import keras_tuner
import pytest

from tftune.cli.method_options import method_arguments
from tftune.errors import UsageError
from tftune.oracles import ORACLES
from tftune.oracles.core.trial_table import TrialTable, new_trial
from tftune.space.search_space import CheckedHyperParameters


def space() -> CheckedHyperParameters:
    hp = CheckedHyperParameters()
    hp.Float("rate", 1e-4, 1e-1, sampling="log")
    hp.Choice("kind", ["a", "b"])
    hp.Boolean("flag")
    hp.Int("units", 1, 64)
    return hp


def trial(hyperparameters: Any, **values: Any) -> Any:
    made = new_trial(hyperparameters, "0007", "COMPLETED")
    made.hyperparameters.values.update(values)
    made.score, made.best_step, made.message = 0.1 + 0.2, 3, "said"
    for name, direction, numbers in (("val_auc", "max", [0.1, 0.3]), ("loss", "min", [math.inf])):
        made.metrics.register(name, direction=direction)
        for step, number in enumerate(numbers):
            made.metrics.metrics[name].update(number, step=step)
    return made


def test_a_settled_trial_says_all_it_said() -> None:
    table = TrialTable()
    table["0007"] = trial(space().twin(), rate=1 / 3, kind="b", flag=True, **{"tuner/epochs": 9})
    before = table["0007"].get_state()
    table.settle("0007")
    assert table["0007"] is not table["0007"]
    assert table["0007"].get_state() == before
    assert [type(value) for value in table["0007"].hyperparameters.values.values()] == [
        float,
        str,
        bool,
        int,
        int,
    ]
    assert pickle.loads(pickle.dumps(table))["0007"].get_state() == before


def test_two_shapes_of_values_do_not_mix() -> None:
    table, hp = TrialTable(), space()
    for number, values in enumerate(
        ({"rate": 0.5}, {"rate": 0.25, "tuner/epochs": 3}, {"rate": 0.125})
    ):
        table[str(number)] = new_trial(hp.twin(), str(number), "COMPLETED")
        table[str(number)].hyperparameters.values = values
        table.settle(str(number))
    assert [table[name].hyperparameters.values for name in table] == [
        {"rate": 0.5},
        {"rate": 0.25, "tuner/epochs": 3},
        {"rate": 0.125},
    ]


def test_a_trial_with_knobs_of_its_own_stays() -> None:
    table, hp = TrialTable(), space().twin()
    hp.Int("more", 1, 3)
    table["0000"] = new_trial(hp, "0000", "COMPLETED")
    table.settle("0000")
    assert table["0000"] is table["0000"]


@pytest.mark.parametrize(
    "name",
    ["random", "hyperband", "bohb", "evolution", "knob-by-knob", "coarse-to-fine", "auto"]
    + ["mobster", "filled-halving"],
)
def test_packing_changes_no_proposal(name: str) -> None:
    def search(autosave: bool) -> list[dict[str, Any]]:
        budget = {"max_epochs": 9} if "max_epochs" in method_arguments(name) else {}
        oracle = ORACLES[name](
            keras_tuner.Objective("loss", "min"),
            max_trials=24,
            hyperparameters=space(),
            seed=5,
            **budget,
        )
        oracle.autosave = autosave
        proposed: list[dict[str, Any]] = []
        while (found := oracle.create_trial("slot")).status == "RUNNING":
            values = found.hyperparameters.values
            proposed.append(dict(values))
            score = (
                None
                if len(proposed) % 7 == 3
                else math.log(values["rate"]) ** 2 + values["units"] / 64
            )
            status = "failed" if score is None else "completed"
            oracle.end_from_record(
                {
                    "trial_id": found.trial_id,
                    "status": status,
                    "score": score,
                    "best_epoch": 1,
                    "metrics": {},
                    "seconds": 1.0,
                }
            )
        assert [trial.score for trial in oracle.get_best_trials(3)] == sorted(
            trial.score for trial in oracle.get_best_trials(3)
        )
        return proposed

    kept = search(True)
    assert len(kept) > 10
    assert search(False) == kept


def test_an_oracle_without_a_record_of_its_own_says_so() -> None:
    oracle = ORACLES["random"]("val_auc", max_trials=2, hyperparameters=space(), seed=0)
    oracle.autosave = False
    assert oracle.get_state()["events"] == []  # nothing has happened
    oracle.create_trial("slot")
    with pytest.raises(
        UsageError,
        match="keeps no events, since autosave is False. Expected True from its first trial on",
    ):
        oracle.get_state()
