"""Remedies: the knob or option of each exists, and those that the trials support come first."""

from __future__ import annotations

import dataclasses
import inspect
import random
from typing import Any

import pytest

from tests.reports.analysis.curves_of import Written
from tftune import beans, hemolysis
from tftune.reports.analysis.advice import advice_for
from tftune.reports.analysis.diagnosis import Diagnosis, diagnose
from tftune.reports.analysis.knob_evidence import Support
from tftune.reports.analysis.knob_kinds import KINDS, kind_of
from tftune.reports.analysis.remedies import REMEDIES
from tftune.reports.analysis.verdicts import Verdict
from tftune.reports.run_data import RunData
from tftune.training.settings import TrainingSettings


def knob(name: str, low: float, high: float) -> dict[str, Any]:
    return {"name": name, "kind": "Float", "min": low, "max": high, "sampling": "linear"}


def search(effect: float, best: float, trials: int = 40) -> RunData:
    """Trials that overfit, whose score depends on the dropout alone."""
    space = {"knobs": [knob("dropout", 0.0, 0.8), knob("width", 1, 9), knob("l2", 0, 1)]}
    written, drawn = Written(space=space), random.Random(0)
    for number in range(trials):
        rate = drawn.uniform(0.0, 0.8)
        score = 0.6 + effect * rate + drawn.gauss(0, 0.005)
        if number == 0:
            rate, score = best, 0.95
        values = {"dropout": rate, "width": drawn.uniform(1, 9), "l2": drawn.random()}
        curves = {"accuracy": [1.0] * 6, "val_accuracy": [score - 0.01] * 5 + [score]}
        written.trial(curves, values=values)
    return written.run()


def test_a_knob_that_the_trials_support_comes_first() -> None:
    run = search(effect=0.3, best=0.2)
    found = diagnose(run)
    assert found.verdict is Verdict.VARIANCE
    first = advice_for(run, found)[0]
    assert (first.knob, first.support) == ("dropout", Support.SUPPORTED)
    assert first.how == "dropout up (now 0.2)" and "importance" in first.evidence


def test_a_knob_that_the_trials_speak_against_comes_last() -> None:
    run = search(effect=-0.3, best=0.2)
    advice = advice_for(run, diagnose(run))
    assert (advice[-1].knob, advice[-1].support) == ("dropout", Support.CONTRADICTED)


def test_a_knob_at_the_end_of_its_range_is_to_be_widened() -> None:
    run = search(effect=0.3, best=0.8)
    told = next(each for each in advice_for(run, diagnose(run)) if each.knob == "dropout")
    assert "widen that" in told.evidence


def test_every_option_of_a_remedy_is_one_of_the_programs() -> None:
    known = {
        option.flag
        for program in (beans.PROGRAM, hemolysis.PROGRAM)
        for option in program.options().options
    }
    assert {flag for remedy in REMEDIES for flag in remedy.options} <= known
    fields = {field.name for field in dataclasses.fields(TrainingSettings)}
    assert {name for remedy in REMEDIES for name in remedy.arguments} <= fields


def test_every_knob_of_a_remedy_is_there_and_of_its_kind() -> None:
    from tftune.models import knobs

    for remedy in REMEDIES:
        assert set(remedy.kinds) <= set(KINDS)
        for name in remedy.knobs:
            assert inspect.isfunction(getattr(knobs, name)) and kind_of(name) in remedy.kinds


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("num_layers", "size"),
        ("hiddenUnits", "size"),
        ("units1", "size"),
        ("dense_dropout_0", "dropout"),
        ("weight_decay", "penalty"),
        ("use_bn", "normalization"),
        ("input_noise", "augmentation"),
        ("lr", "rate"),
        ("momentum", "optimizer"),
        ("something", ""),
    ],
)
def test_a_knob_is_known_by_what_people_call_it(name: str, kind: str) -> None:
    assert kind_of(name) == kind


def test_a_search_without_the_knob_is_told_what_brings_it() -> None:
    header = {"model": {"space": "core"}, "origin": {"options": {"data": "sample"}}}
    run = Written(**header).run()
    advice = advice_for(run, Diagnosis(Verdict.BIAS))
    larger = next(each for each in advice if each.remedy.name == "a larger network")
    assert larger.how == "--space full (units, filters, depth)"
    digits = advice_for(Written(**{**header, "task": "mnist"}).run(), Diagnosis(Verdict.BIAS))
    assert "--space full (layers, nodes)" in [each.how for each in digits]
    own = advice_for(Written().run(), Diagnosis(Verdict.BIAS))
    assert any("tftune.models.knobs.units(hp)" in each.how for each in own)


def test_a_fixed_knob_is_to_be_tuned() -> None:
    fixed = {"name": "l2", "kind": "Fixed", "default": 0.0}
    curves = {"accuracy": [1.0] * 4, "val_accuracy": [0.6] * 4}
    run = Written(space={"knobs": [fixed]}).trial(curves, values={"l2": 0.0}).run()
    told = [each.how for each in advice_for(run, diagnose(run))]
    assert "tune l2 instead of fixing it" in told
