"""R2, MAE and RMSE: by hand, and as scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from tftune.errors import UsageError
from tftune.reports.measures.regression import regression

RANDOM = np.random.default_rng(0)


def test_numbers_are_those_of_scikit_learn_and_have_intervals() -> None:
    truth = RANDOM.normal(size=300)
    guess = truth + RANDOM.normal(scale=0.5, size=300)
    found = regression(truth, guess[:, np.newaxis])["metrics"]
    assert found["r2"]["value"] == pytest.approx(metrics.r2_score(truth, guess), rel=1e-5)
    assert found["mae"]["value"] == pytest.approx(
        metrics.mean_absolute_error(truth, guess), rel=1e-5
    )
    assert found["rmse"]["value"] == pytest.approx(
        metrics.mean_squared_error(truth, guess) ** 0.5, rel=1e-5
    )
    for one in found.values():
        assert one["low"] < one["value"] < one["high"]
    assert found["rmse"]["low"] < 0.5 < found["rmse"]["high"]


def test_the_largest_residuals_come_first() -> None:
    found = regression([1.0, 2.0, 3.0], [1.5, 2.0, 0.0])
    assert found["residuals"][0] == {"row": 2, "target": 3.0, "predicted": 0.0, "residual": -3.0}
    assert [one["row"] for one in found["residuals"]] == [2, 0, 1]


def test_equal_targets_and_one_row_have_no_r2() -> None:
    assert regression([2.0, 2.0], [1.0, 2.0])["metrics"]["r2"]["value"] is None
    one = regression([2.0], [3.0])["metrics"]
    assert one["r2"]["value"] is None and one["mae"] == {"value": 1.0, "low": None, "high": None}


def test_rows_without_a_number_are_named_and_left_out() -> None:
    found = regression([1.0, 2.0, np.nan], [1.0, np.nan, 3.0])
    assert found["rows"] == 1 and found["left_out"] == {"rows": 2, "numbers": [1, 2]}
    assert "2 of 3 rows" in found["notes"][0]
    assert regression([np.nan], [1.0])["metrics"]["mae"]["value"] is None


def test_points_are_bounded_and_others_refused() -> None:
    found = regression(np.arange(1000.0), np.arange(1000.0))
    assert len(found["points"]["target"]) == 200 and found["metrics"]["r2"]["value"] == 1.0
    with pytest.raises(UsageError, match="Expected 2 targets. Received: 3"):
        regression([1, 2, 3], [1, 2])
