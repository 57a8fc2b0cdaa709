"""Calibration: bins and errors by hand, what few rows show, and the Brier score of scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics
from sklearn.calibration import calibration_curve

from tftune.reports.measures.calibration import brier, by_chance, calibration, expected_error
from tftune.reports.measures.classification import answers


def test_bins_and_their_error_are_those_counted_by_hand() -> None:
    found = answers([1, 1, 0, 1, 0], [[0.95], [0.92], [0.91], [0.15], [0.12]], ["no", "yes"])
    told = calibration(found)
    low, high = told["bins"]
    assert (low["from"], low["to"], low["rows"], low["frequency"]) == (0.1, 0.2, 2, 0.5)
    assert (high["rows"], high["frequency"]) == (3, pytest.approx(2 / 3, abs=1e-6))
    assert high["probability"] == pytest.approx((0.95 + 0.92 + 0.91) / 3, abs=1e-6)
    assert high["low"] < 2 / 3 < high["high"]
    by_hand = 2 / 5 * abs(0.135 - 0.5) + 3 / 5 * abs(2.78 / 3 - 2 / 3)
    assert told["expected_error"]["value"] == pytest.approx(by_hand, abs=1e-6)
    assert told["of"] == "probability of yes"


def test_a_true_model_shows_an_error_of_few_rows_alone() -> None:
    random = np.random.default_rng(0)
    told = random.random(50)
    mean = np.mean([expected_error(told, random.random(50) < told) for _ in range(400)])
    assert by_chance(told) == pytest.approx(mean, rel=0.1) and mean > 0.08
    many = random.random(20_000)
    assert by_chance(many) < 0.01


def test_the_error_of_a_model_that_is_too_sure_is_far_from_chance() -> None:
    random = np.random.default_rng(1)
    labels = (random.random(800) < 0.7).astype(int)
    told = calibration(answers(labels, np.full((800, 1), 0.99)))
    assert told["expected_error"]["low"] > 5 * told["by_chance"]


def test_several_classes_are_measured_by_their_confidence() -> None:
    found = answers([0, 1, 2], [[0.8, 0.1, 0.1], [0.2, 0.5, 0.3], [0.5, 0.3, 0.2]])
    told = calibration(found)
    assert told["of"] == "confidence" and [one["rows"] for one in told["bins"]] == [2, 1]
    assert [one["frequency"] for one in told["bins"]] == [0.5, 1.0]


def test_the_brier_score_is_that_of_scikit_learn_and_of_the_definition() -> None:
    random = np.random.default_rng(0)
    labels, told = random.integers(0, 2, 90), random.random(90)
    found = brier(answers(labels, told[:, np.newaxis]))
    assert found["value"] == pytest.approx(metrics.brier_score_loss(labels, told), rel=1e-5)
    assert found["low"] < found["value"] < found["high"]
    several = brier(answers([2], [[0.2, 0.3, 0.5]]))
    assert several["value"] == pytest.approx(0.04 + 0.09 + 0.25)


def test_no_row_one_row_and_certain_rows_are_answered() -> None:
    nothing = calibration(answers([0, 1], [[np.nan], [np.nan]]))
    assert nothing["bins"] == [] and nothing["expected_error"]["value"] is None
    one = calibration(answers([1], [[1.0]]))
    assert one["bins"][0]["to"] == 1.0 and one["expected_error"]["value"] == 0.0
    assert one["by_chance"] == 0.0 and one["brier"] == {"value": 0.0, "low": None, "high": None}


def test_bins_are_those_of_scikit_learn() -> None:
    random = np.random.default_rng(2)
    told = random.random(500)
    labels = (random.random(500) < told**2).astype(int)
    frequency, mean = calibration_curve(labels, told, n_bins=10)
    found = calibration(answers(labels, told))["bins"]
    assert [one["frequency"] for one in found] == pytest.approx(frequency.tolist(), abs=1e-6)
    assert [one["probability"] for one in found] == pytest.approx(mean.tolist(), abs=1e-6)


def test_the_interval_of_the_error_covers_what_so_many_rows_show_on_average() -> None:
    random = np.random.default_rng(0)
    covered = 0
    for seed in range(40):
        told = random.random(100)
        labels = (random.random(100) < told).astype(int)
        error = calibration(answers(labels, told[:, np.newaxis]), seed)["expected_error"]
        covered += error["low"] <= 0.0998 <= error["high"]  # the mean over 2,000 such samples
    assert covered >= 36  # unmoved percentiles: 33
