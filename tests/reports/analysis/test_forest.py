"""The forest: it learns what is there, says how well, and says when it cannot."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest

from tests.reports.analysis.drawn import KNOBS, state_of
from tftune.reports.analysis.forest import Forest, features_of, forest_of, trust_in
from tftune.reports.analysis.samples import samples_of


def peak(values: dict[str, Any]) -> float:
    """Greatest at strong = 0.01."""
    return -((math.log10(values["strong"]) + 2) ** 2)


def test_it_ranks_trials_that_it_has_not_seen() -> None:
    forest = forest_of(state_of(120, peak))
    assert isinstance(forest, Forest) and forest.rank > 0.8
    assert "well: rank correlation 0.9" in trust_in(forest)


def test_noise_is_not_learnt() -> None:
    drawn = random.Random(0)
    forest = forest_of(state_of(60, lambda _: drawn.random()))
    assert isinstance(forest, Forest) and forest.rank < 0.4
    assert "Do not read much into the picture." in trust_in(forest)


@pytest.mark.parametrize("scale", [1e-9, 1e30])
def test_the_scale_of_the_scores_does_not_matter(scale: float) -> None:
    forest = forest_of(state_of(60, lambda values: scale * peak(values)))
    assert isinstance(forest, Forest) and forest.rank > 0.6
    assert (forest.predict(forest.samples.places) <= 0).all()


def test_a_knob_that_plays_no_part_lies_beside_its_range() -> None:
    samples = samples_of(state_of(20, peak))
    features = features_of(samples, samples.places)
    kinds = samples.places[:, samples.column("kind")]
    assert features.shape == (20, 6)  # three numbers, two choices, one conditional number
    assert (features[kinds == 1][:, -1] == -1).all() and (features[kinds == 0][:, -1] >= 0).all()
    assert (features[:, 3:5].sum(axis=1) == 1).all()


def test_the_effect_of_a_knob_is_that_of_the_formula() -> None:
    forest = forest_of(state_of(200, peak))
    assert isinstance(forest, Forest)
    column = forest.samples.column("strong")
    found = forest.effect([column], np.array([[0.1], [0.5], [0.9]])).mean(axis=0)
    assert found[1] > -0.3 and found[0] < -1.5 and found[2] < -1.5  # -2.56, 0, -2.56


@pytest.mark.parametrize(
    ("count", "reason"),
    [
        (0, "no trial has a score, and at least 10 are needed"),
        (1, "1 trial has a score, and at least 10 are needed"),
        (14, "14 trials have a score, and at least 15 are needed"),
    ],
)
def test_too_few_trials_are_said(count: int, reason: str) -> None:
    assert forest_of(state_of(count, peak)) == reason


def test_what_cannot_be_learnt_is_said() -> None:
    assert forest_of(state_of(20, lambda _: 0.5)) == "all scores are equal"
    constant = state_of(12, peak, knobs=KNOBS[:1], values=lambda _: {"strong": 0.1})
    assert forest_of(constant) == "no knob had more than one value"
