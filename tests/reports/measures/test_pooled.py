"""The interval over the rows of several folds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tftune.reports.measures.pooled import Answers, pooled_interval
from tftune.reports.measures.wilson import wilson


def answers(seed: int, rows: int = 200, copies: int = 1) -> Answers:
    chance = np.random.default_rng(seed)
    labels = np.repeat(chance.integers(0, 2, rows // copies), copies)
    noise = np.repeat(2 * chance.normal(size=rows // copies), copies)
    scores = 1 / (1 + np.exp(-(labels - 0.5) * 2 - noise))
    groups = np.arange(rows) // copies if copies > 1 else None
    return Answers(labels, scores[:, None], groups)


def test_accuracy_is_a_share_of_all_rows() -> None:
    folds = [answers(seed) for seed in range(3)]
    right = sum(int(((each.probabilities[:, 0] > 0.5) == each.labels).sum()) for each in folds)
    found = pooled_interval("val_accuracy", folds)
    assert found is not None and found["rows"] == 600 and found["method"] == "Wilson"
    assert [found["low"], found["high"]] == pytest.approx(wilson(right, 600), abs=1e-6)


@pytest.mark.parametrize("metric", ["accuracy", "auc", "pr_auc"])
def test_rows_that_are_equal_are_no_more_witnesses(metric: str) -> None:
    widths = []
    grouped = [answers(seed, 800, 16) for seed in range(2)]
    for folds in ([replace(each, groups=None) for each in grouped], grouped):
        found = pooled_interval(metric, folds)
        assert found is not None and found["low"] < found["high"]
        widths.append(found["high"] - found["low"])
    assert widths[1] > 2 * widths[0]


def test_areas_are_drawn_fold_by_fold_whatever_the_scale_of_scores() -> None:
    """The second model's scores are all lower: pooled as they are, they would spoil the order."""
    folds = [answers(0), answers(1)]
    shifted = [folds[0], Answers(folds[1].labels, folds[1].probabilities / 100)]
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
    found = pooled_interval("accuracy", [Answers(labels, sure)])
    assert found is not None and found["high"] > 0.999 and found["low"] > 0.95
