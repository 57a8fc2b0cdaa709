"""ROC and precision-recall curves: by hand, as scikit-learn, and as published."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from tftune.reports.measures.classification import answers
from tftune.reports.measures.curves import (
    average_precision,
    curves,
    macro_area,
    pr_points,
    roc_area,
    roc_points,
)

RANDOM = np.random.default_rng(0)


def drawn(rows: int, share: float = 0.4, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Labels, and scores that know something of them; some are equal."""
    random = np.random.default_rng(seed)
    positive = random.random(rows) < share
    return positive, (random.normal(positive, 1.0).round(1))


def test_an_area_by_hand_counts_ties_half() -> None:
    positive = np.array([True, True, False, False])
    scores = np.array([0.9, 0.5, 0.5, 0.1])
    assert roc_area(positive, scores)["value"] == (2 + 0.5 + 1) / 4


def test_areas_are_those_of_scikit_learn() -> None:
    for seed in range(5):
        positive, scores = drawn(200, seed=seed)
        assert roc_area(positive, scores)["value"] == pytest.approx(
            metrics.roc_auc_score(positive, scores), abs=1e-6
        )
        assert average_precision(positive, scores) == pytest.approx(
            metrics.average_precision_score(positive, scores)
        )


def test_delongs_variance_is_that_of_the_pairs_counted_one_by_one() -> None:
    positive, scores = drawn(60)
    above, below = scores[positive], scores[~positive]
    pairs = (above[:, None] > below) + 0.5 * (above[:, None] == below)
    area = pairs.mean()
    variance = pairs.mean(axis=1).var(ddof=1) / len(above)
    variance += pairs.mean(axis=0).var(ddof=1) / len(below)
    half = 1.959964 * np.sqrt(variance) / (area * (1 - area))
    odds = np.log(area / (1 - area))
    ends = [1 / (1 + np.exp(-end)) for end in (odds - half, odds + half)]
    found = roc_area(positive, scores)
    assert [found["low"], found["high"]] == pytest.approx(ends, abs=1e-5)


def test_delongs_interval_covers_the_area_as_often_as_it_says() -> None:
    truth = 0.7602  # of two normal distributions one apart: the chance of N(1, 2) > 0
    inside = 0
    for seed in range(200):
        random = np.random.default_rng(seed)
        positive = np.repeat([True, False], [40, 60])
        found = roc_area(positive, random.normal(positive, 1.0))
        inside += found["low"] <= truth <= found["high"]
    assert 180 <= inside <= 198


def test_perfect_and_single_rows_still_have_an_interval() -> None:
    positive = np.array([True] * 5 + [False] * 7)
    perfect = roc_area(positive, positive.astype(float))
    assert perfect["value"] == perfect["high"] == 1.0 and 0.5 < perfect["low"] < 0.6  # of 5 rows
    single = roc_area(np.array([True, False, False]), np.array([0.5, 0.1, 0.9]))
    assert single["value"] == 0.5 and single["low"] < 0.1 and single["high"] > 0.9


def test_a_constant_prediction_is_worth_what_chance_is() -> None:
    found = answers([0, 1, 0, 1, 0], np.full((5, 1), 0.3))
    (line,) = curves(found)
    assert line["roc_auc"]["value"] == 0.5
    assert line["average_precision"]["value"] == 0.4
    assert line["roc"]["x"] == [0.0, 1.0] and line["roc"]["y"] == [0.0, 1.0]


def test_curves_are_bounded_keep_their_ends_and_lie_in_their_bands() -> None:
    positive, scores = drawn(3000)
    found = answers(positive.astype(int), scores[:, None] + RANDOM.normal(0, 1e-6, (3000, 1)))
    (line,) = curves(found)
    for name in ("roc", "pr"):
        curve = line[name]
        assert len(curve["x"]) == len(curve["y"]) <= 200
        assert len(curve["band_x"]) == len(curve["low"]) == len(curve["high"])
        assert (curve["x"][0], curve["x"][-1]) == (0.0, 1.0)
    middle = np.interp(line["roc"]["band_x"], line["roc"]["x"], line["roc"]["y"])
    # at 0 the curve rises straight up
    assert (middle >= np.array(line["roc"]["low"]) - 0.01)[1:].all()
    assert (middle <= np.array(line["roc"]["high"]) + 0.01)[1:].all()
    precision = line["average_precision"]
    assert precision["low"] < precision["value"] < precision["high"]
    x, y = roc_points(positive, scores)
    assert metrics.auc(x, y) == pytest.approx(metrics.roc_auc_score(positive, scores))
    recall, right = pr_points(positive, scores)
    assert (np.diff(recall) >= 0).all() and right[0] == 1.0


def test_several_classes_stand_one_against_the_rest() -> None:
    labels = RANDOM.integers(0, 3, 240)
    given = RANDOM.dirichlet(np.ones(3), 240) + 0.3 * np.eye(3)[labels]
    given /= given.sum(axis=1, keepdims=True)
    found = answers(labels, given, ["a", "b", "c"])
    lines = curves(found)
    for number, line in enumerate(lines):
        wanted = metrics.roc_auc_score(labels == number, given[:, number])
        assert line["roc_auc"]["value"] == pytest.approx(wanted, abs=1e-6)
    macro = macro_area(found)
    wanted = metrics.roc_auc_score(labels, given, multi_class="ovr", average="macro")
    assert macro["value"] == pytest.approx(wanted, abs=1e-6)
    widths = [line["roc_auc"]["high"] - line["roc_auc"]["low"] for line in lines]
    assert 0 < macro["high"] - macro["low"] < max(widths)  # a mean is better known


def test_the_interval_of_the_mean_of_areas_agrees_with_a_bootstrap() -> None:
    labels = RANDOM.integers(0, 3, 400)
    given = RANDOM.dirichlet(np.ones(3), 400) + 0.3 * np.eye(3)[labels]
    given /= given.sum(axis=1, keepdims=True)
    values = []
    for _ in range(200):
        rows = RANDOM.integers(0, 400, 400)
        values.append(metrics.roc_auc_score(labels[rows], given[rows], multi_class="ovr"))
    low, high = np.percentile(values, [2.5, 97.5])
    found = macro_area(answers(labels, given))
    assert found["high"] - found["low"] == pytest.approx(high - low, rel=0.2)


def test_a_class_that_is_absent_has_no_curve() -> None:
    found = answers([0, 1, 0, 1], np.full((4, 3), 1 / 3))
    lines = curves(found)
    assert lines[2]["roc"] is None and lines[2]["roc_auc"] is None
    assert macro_area(found)["value"] == 0.5
    only = answers([1, 1], [[0.2], [0.9]])
    assert curves(only)[0]["roc_auc"] is None and macro_area(only)["value"] is None


def test_many_classes_have_areas_and_few_have_curves() -> None:
    labels = np.arange(60) % 30
    given = RANDOM.dirichlet(np.ones(30), 60)
    lines = curves(answers(labels, given))
    assert len(lines) == 30 and all(line["roc_auc"] for line in lines)
    assert sum(line["roc"] is not None for line in lines) == 12
