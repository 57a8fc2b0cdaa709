"""The score by distance: shares by hand, intervals that know which rows belong together."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tftune.datasets.nearness import Nearness
from tftune.reports.measures.by_distance import by_distance
from tftune.reports.measures.classification import answers
from tftune.reports.measures.evaluation import classification_report


def some_rows(rows: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows whose scores are the better the nearer they are."""
    random = np.random.default_rng(seed)
    labels, distances = random.integers(0, 2, rows), random.integers(0, 13, rows)
    scores = 1 / (1 + np.exp(-(4 - distances / 3) * (labels - 0.5) + random.normal(size=rows)))
    return labels, scores, distances


def test_each_distance_has_the_score_of_its_rows() -> None:
    labels, scores, distances = some_rows()
    table = by_distance(answers(labels, scores), distances, np.arange(400))
    ends = [(one["from"], one["to"]) for one in table]
    assert ends == [(0, 0), (1, 1), (2, 2), (3, 3), (4, 5), (6, 8), (9, None), (0, None)]
    assert sum(one["rows"] for one in table[:-1]) == table[-1]["rows"] == 400
    for one in table:
        high = 99 if one["to"] is None else one["to"]
        inside = (distances >= one["from"]) & (distances <= high)
        right = (scores[inside] > 0.5) == labels[inside]
        assert one["accuracy"]["value"] == pytest.approx(right.mean(), abs=1e-5)
        area = roc_auc_score(labels[inside], scores[inside])
        assert one["auc"]["value"] == pytest.approx(area, abs=1e-5)
        assert one["auc"]["low"] < one["auc"]["value"] <= one["auc"]["high"]
        assert one["class_rows"] == np.bincount(labels[inside], minlength=2).tolist()


def test_rows_of_one_input_do_not_make_an_interval_narrower() -> None:
    labels, scores, distances = some_rows(100)
    once = by_distance(answers(labels, scores), distances, np.arange(100))[-1]
    again = np.repeat(np.arange(100), 9)
    found = answers(labels[again], scores[again])
    grouped = by_distance(found, distances[again], again)[-1]
    alone = by_distance(found, distances[again], np.arange(900))[-1]

    def width(one: dict, name: str) -> float:
        return one[name]["high"] - one[name]["low"]

    for name in ("accuracy", "auc"):
        assert width(grouped, name) == pytest.approx(width(once, name), rel=0.15)
        assert width(alone, name) < 0.5 * width(once, name)
    assert grouped["inputs"] == 100 and grouped["rows"] == 900


def test_ties_count_half_and_few_inputs_have_no_interval_of_an_area() -> None:
    found = answers([0, 1, 1, 0], [0.4, 0.4, 0.9, 0.1])
    one = by_distance(found, np.zeros(4, int), np.arange(4))[0]
    assert one["auc"] == {"value": 0.875, "low": None, "high": None}


def test_where_all_rows_are_right_the_interval_is_not_empty() -> None:
    labels = np.repeat([0, 1], 10)
    one = by_distance(answers(labels, labels * 0.8 + 0.1), np.zeros(20, int), np.arange(20))[0]
    for name in ("accuracy", "auc"):
        assert one[name]["value"] == one[name]["high"] == 1.0 and 0.6 < one[name]["low"] < 0.9


def test_one_class_or_one_input_has_no_area_and_three_classes_have_none() -> None:
    table = by_distance(answers([1, 1], [0.9, 0.2]), np.array([0, 5]), np.array([0, 0]))
    assert all(one["auc"]["value"] is None for one in table)
    assert table[0]["accuracy"]["value"] == 1.0
    three = by_distance(answers([0, 2], np.eye(3)[[0, 1]]), np.array([0, 1]), np.arange(2))
    assert [one["auc"] for one in three] == [None, None, None]


def test_rows_without_a_prediction_are_left_out_of_their_distance() -> None:
    labels, scores = [0, 1, 1], [0.1, float("nan"), 0.9]
    nearness = Nearness(np.array([0, 1, 2]), np.arange(3))
    report = classification_report(labels, scores, nearness=nearness)
    assert [(one["from"], one["rows"]) for one in report["by_distance"]] == [(0, 1), (2, 1), (0, 2)]
    json.dumps(report, allow_nan=False)
    assert "by_distance" not in classification_report(labels, scores)
