"""The interval over the rows of several folds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tftune.reports.measures.pooled import FoldAnswers, pooled_interval
from tftune.reports.measures.wilson import wilson


def answers(seed: int, rows: int = 200, copies: int = 1) -> FoldAnswers:
    chance = np.random.default_rng(seed)
    labels = np.repeat(chance.integers(0, 2, rows // copies), copies)
    noise = np.repeat(2 * chance.normal(size=rows // copies), copies)
    scores = 1 / (1 + np.exp(-(labels - 0.5) * 2 - noise))
    groups = np.arange(rows) // copies if copies > 1 else None
    return FoldAnswers.of(labels, scores[:, None], groups)


def test_accuracy_is_a_share_of_all_rows() -> None:
    folds = [answers(seed) for seed in range(3)]
    right = sum(int((each.found.predicted == each.found.labels).sum()) for each in folds)
    found = pooled_interval("val_accuracy", folds)
    assert found is not None and found["rows"] == 600 and found["method"] == "Wilson"
    assert [found["low"], found["high"]] == pytest.approx(wilson(right, 600), abs=1e-6)


@pytest.mark.parametrize("metric", ["accuracy", "auc", "pr_auc"])
def test_rows_that_are_equal_are_no_more_witnesses(metric: str) -> None:
    widths = []
    grouped = [answers(seed, 800, 16) for seed in range(2)]
    apart = [replace(each, units=np.arange(800)) for each in grouped]
    for folds in (apart, grouped):
        found = pooled_interval(metric, folds)
        assert found is not None and found["low"] < found["high"]
        widths.append(found["high"] - found["low"])
    assert widths[1] > 2 * widths[0]


def test_areas_are_drawn_fold_by_fold_whatever_the_scale_of_scores() -> None:
    """The second model's scores are all lower: pooled as they are, they would spoil the order."""
    folds = [answers(0), answers(1)]
    lower = folds[1].found.probabilities[:, 1:] / 100
    shifted = [folds[0], FoldAnswers.of(folds[1].found.labels, lower)]
    assert pooled_interval("auc", folds) == pooled_interval("auc", shifted)


def test_more_rows_give_a_narrower_interval() -> None:
    few, many = (pooled_interval("auc", [answers(7, rows)] * 2) for rows in (100, 1600))
    assert few is not None and many is not None
    assert few["high"] - few["low"] > 2 * (many["high"] - many["low"])


def test_what_has_no_interval_has_none() -> None:
    assert pooled_interval("loss", [answers(0)]) is None


def test_several_classes_are_taken_as_they_are() -> None:
    labels = np.arange(90) % 3
    sure = np.eye(3)[labels] * 0.8 + 0.1
    found = pooled_interval("accuracy", [FoldAnswers.of(labels, sure)])
    assert found is not None and found["high"] > 0.999 and found["low"] > 0.95


@pytest.mark.parametrize("metric", ["accuracy", "auc"])
def test_rows_without_label_or_answer_are_left_out(metric: str) -> None:
    whole = answers(3)
    labels, scores = whole.found.labels.copy(), whole.found.probabilities[:, 1:].copy()
    labels[:5], scores[5:10] = -1, np.nan
    found = pooled_interval(metric, [FoldAnswers.of(labels, scores)])
    rest = FoldAnswers.of(whole.found.labels[10:], whole.found.probabilities[10:, 1:])
    assert found == pooled_interval(metric, [rest]) and found is not None and found["rows"] == 190
    assert pooled_interval(metric, [whole, FoldAnswers.of([-1], [[0.5]])]) is None


def test_a_tie_is_the_first_class_as_everywhere() -> None:
    found = pooled_interval("accuracy", [FoldAnswers.of([0] * 9, [[0.5]] * 9)])
    assert found is not None and found["high"] == 1.0
