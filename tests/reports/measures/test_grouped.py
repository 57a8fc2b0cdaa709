"""A bootstrap of groups: what belongs together is drawn together."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from tftune.reports.measures.grouped import (
    Ranking,
    grouped_bootstrap,
    grouped_draws,
    grouped_intervals,
    weighted_macro_f1,
    with_groups,
)

LABELS = np.array([0, 1, 0, 1, 1, 0, 0, 1])
SCORES = np.array([0.1, 0.9, 0.4, 0.4, 0.8, 0.4, 0.6, 0.2])


def test_weighted_areas_are_those_of_scikit_learn() -> None:
    weights = np.random.default_rng(0).integers(0, 4, (5, 8)).astype(float)
    area, precision = Ranking(LABELS == 1, SCORES).areas(weights)
    for row, given in enumerate(weights):
        assert area[row] == pytest.approx(roc_auc_score(LABELS, SCORES, sample_weight=given))
        expected = average_precision_score(LABELS, SCORES, sample_weight=given)
        assert precision[row] == pytest.approx(expected)


def test_the_weighted_mean_f1_is_that_of_scikit_learn() -> None:
    predicted = (SCORES > 0.5).astype(int)
    weights = np.array([[1, 1, 2, 0, 3, 1, 1, 1.0]])
    expected = f1_score(LABELS, predicted, average="macro", sample_weight=weights[0])
    assert weighted_macro_f1(LABELS, predicted, weights, 2)[0] == pytest.approx(expected)


def test_copies_of_rows_widen_nothing_when_they_are_grouped() -> None:
    """Each row four times: alone they look like four times the evidence, in groups they do not."""
    random = np.random.default_rng(1)
    labels = random.integers(0, 2, 100)
    scores = np.clip(0.3 * labels + random.random(100) * 0.7, 0, 1)
    told = np.column_stack([1 - scores, scores])
    often = np.repeat(np.arange(100), 4)
    once = grouped_intervals(labels, told, np.arange(100))
    grouped = grouped_intervals(labels[often], told[often], often)
    alone = grouped_intervals(labels[often], told[often], np.arange(400))
    for name in ("auc", "average_precision", "macro_f1"):
        width, wide, narrow = (found[name][1] - found[name][0] for found in (once, grouped, alone))
        assert wide == pytest.approx(width, rel=0.15), name
        assert narrow < 0.65 * width, name


def test_the_interval_of_groups_covers_the_truth() -> None:
    """20 groups of 5 equal values each: 95 % intervals of the mean hold in about 19 of 20 draws."""
    held = 0
    for seed in range(60):
        values = np.repeat(np.random.default_rng(seed).normal(size=20), 5)
        groups = np.repeat(np.arange(20), 5)
        low, high = grouped_bootstrap(lambda w, v=values: w @ v / w.sum(axis=1), groups, seed)
        held += low <= 0 <= high
    assert 51 <= held <= 60


def test_the_draws_of_two_models_are_of_the_same_rows() -> None:
    """Another model that orders the rows alike has the same area in each draw."""
    groups = np.array([0, 0, 1, 1, 2, 2, 3, 3])
    one, other = (
        grouped_draws(LABELS, np.column_stack([1 - scores, scores]), groups, seed=4)
        for scores in (SCORES, SCORES**3)
    )
    assert np.array_equal(one["auc"], other["auc"], equal_nan=True)
    assert len(np.unique(one["auc"])) > 3


def test_one_group_tells_nothing_of_others() -> None:
    groups, told = np.zeros(8, int), np.column_stack([1 - SCORES, SCORES])
    assert np.isnan(list(grouped_intervals(LABELS, told, groups).values())).all()
    mean = grouped_bootstrap(lambda weights: weights @ SCORES / weights.sum(axis=1), groups)
    assert np.isnan(mean).all()


def test_a_perfect_value_keeps_its_interval() -> None:
    perfect = {"auc": {"value": 1.0, "low": 0.8, "high": 1.0}}
    assert with_groups(perfect, {"auc": (1.0, 1.0)}) == perfect


def test_several_classes_have_a_mean_area() -> None:
    labels = np.array([0, 1, 2, 0, 1, 2])
    told = np.eye(3)[labels] * 0.5 + 1 / 6
    found = grouped_intervals(labels, told, np.arange(6))
    assert set(found) == {"auc", "macro_f1"} and found["auc"] == (1.0, 1.0)
