"""What models of the score learn from: which trials, as which numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.reports.analysis.drawn import KNOBS, state_of
from tftune.reports.analysis.knobs import TunedKnob
from tftune.reports.analysis.samples import (
    least_trials,
    remembered,
    samples_of,
    unit_place,
    value_at,
)

LOG = TunedKnob("rate", "log", 1e-4, 1.0)
CHOICE = TunedKnob("kind", "category", choices=("a", "b", "c"))


def test_places_are_on_the_scale_of_the_knob() -> None:
    assert unit_place(LOG, 0.01) == pytest.approx(0.5)
    assert unit_place(TunedKnob("x", "linear", 10.0, 20.0), 12) == pytest.approx(0.2)
    assert unit_place(CHOICE, "c") == 2.0
    assert math.isnan(unit_place(LOG, None)) and math.isnan(unit_place(CHOICE, "d"))
    assert value_at(LOG, 0.5) == pytest.approx(0.01) and value_at(LOG, 1.0) == 1.0


def test_a_knob_that_played_no_part_has_no_place() -> None:
    state = state_of(20, lambda values: values["weak"])
    samples = samples_of(state)
    kinds, depths = (samples.places[:, samples.column(name)] for name in ("kind", "depth"))
    assert (np.isnan(depths) == (kinds == 1)).all() and 0 < np.isnan(depths).sum() < 20


def test_constant_knobs_are_named_and_left_out() -> None:
    state = state_of(
        9, lambda values: values["weak"], values=lambda number: {"strong": 0.1, "weak": number / 9}
    )
    samples = samples_of(state)
    assert [knob.name for knob in samples.knobs] == ["weak"]
    assert set(samples.constant) == {knob["name"] for knob in KNOBS} - {"weak"}


def test_failed_and_unfinished_trials_are_left_out_and_pruned_ones_count() -> None:
    fates = ["completed", "pruned", "completed"]
    scores: dict[int, Any] = {0: 0.5, 1: 0.25, 2: None}
    state = state_of(
        3,
        lambda values: scores[values["idle"]],
        values=lambda number: {"idle": number},
        status=fates.__getitem__,
    )
    samples = samples_of(state)
    assert samples.scores.tolist() == [0.5, 0.25] and len(samples) == 2


def test_one_absurd_score_does_not_hide_the_others() -> None:
    scores = [0.5, 0.6, 0.7, 0.8, 0.9, -1e9]
    state = state_of(
        6, lambda values: scores[values["idle"]], values=lambda number: {"idle": number}
    )
    assert samples_of(state).scores.tolist() == [0.5, 0.6, 0.7, 0.8, 0.9, 0.5]


def test_of_trials_that_continue_each_other_the_last_counts() -> None:
    state = state_of(3, lambda values: values["weak"])
    start = {"kind": "start", "trial_id": "0003", "number": 3, "attempt": 1, "values": {"weak": 1}}
    state.apply({**start, "first_epoch": 2, "last_epoch": 4, "parent": "0001", "time": 9.0})
    end = {"kind": "end", "trial_id": "0003", "status": "completed", "score": 0.9, "metrics": {}}
    rest = {"best_epoch": 3, "message": None, "seconds": 1.0, "parameters": 3, "time": 10.0}
    state.apply({**end, **rest})
    assert [trial.trial_id for trial in samples_of(state).trials] == ["0000", "0002", "0003"]


def test_it_is_computed_once_until_there_are_further_records() -> None:
    calls = []
    once = remembered(lambda state: calls.append(state) or len(calls))
    state = state_of(2, lambda _: 0.5)
    assert once(state) == once(state) == 1
    state.apply({"kind": "note", "time": 99.0})
    assert once(state) == 2


def test_more_knobs_want_more_trials() -> None:
    assert [least_trials(knobs) for knobs in (1, 3, 4, 10)] == [10, 10, 12, 30]
