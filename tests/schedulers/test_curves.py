"""Curves from the journal: a continued training is one curve, whatever was reported."""

from __future__ import annotations

import pytest

from tftune.journal.state import SearchState, TrialRecord
from tftune.schedulers.curves import curves_of, place
from tftune.schedulers.values import leads

NAN = float("nan")


def record(
    number: int, epochs: dict[int, float], parent: str | None = None, first: int = 0
) -> TrialRecord:
    told = [(epoch, {"val_auc": value, "loss": 1.0}) for epoch, value in epochs.items()]
    return TrialRecord(f"{number:04d}", number, {}, first_epoch=first, parent=parent, epochs=told)


def state_of(*trials: TrialRecord) -> SearchState:
    state = SearchState(header={"objective": {"name": "val_auc", "direction": "max"}})
    state.trials = {trial.trial_id: trial for trial in trials}
    return state


def test_a_chain_of_continued_trials_is_one_curve() -> None:
    trials = (
        record(0, {1: 0.1}),
        record(1, {1: 0.2}),
        record(2, {2: 0.3, 3: 0.4}, "0000", 1),
        record(3, {4: 0.5}, "0002", 3),
    )
    assert curves_of(state_of(*trials)) == {"0001": [0.2], "0003": [0.1, 0.3, 0.4, 0.5]}


def test_a_trial_that_has_just_begun_has_the_epochs_it_continues() -> None:
    assert curves_of(state_of(record(0, {1: 0.1, 2: 0.2}), record(1, {}, "0000", 2))) == {
        "0001": [0.1, 0.2]
    }


def test_a_parent_that_ended_early_leaves_a_gap_without_values() -> None:
    curve = curves_of(state_of(record(0, {1: 0.1}), record(1, {4: 0.5}, "0000", 3)))["0001"]
    assert curve == pytest.approx([0.1, NAN, NAN, 0.5], nan_ok=True)


def test_an_epoch_without_the_objective_has_no_value() -> None:
    curve = [0.5]
    place(curve, 2, {"loss": 1.0}, "val_auc")
    assert curve == pytest.approx([0.5, NAN], nan_ok=True)


def test_an_epoch_that_comes_again_begins_the_curve_anew_from_there() -> None:
    curve = [0.1, 0.2, 0.3]
    place(curve, 1, {"val_auc": 0.9}, "val_auc")
    assert curve == [0.9]


def test_who_leads() -> None:
    curves = {"0": [0.5, NAN], "1": [0.4, 0.5], "2": [NAN], "3": []}
    assert [leads(name, curves, "max") for name in curves] == [True, True, False, False]
    assert [leads(name, curves, "min") for name in curves] == [False, True, False, False]
