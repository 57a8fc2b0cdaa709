"""The rows that judge: their halves, the measure, and that a choice is judged on other rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tftune.errors import UsageError
from tftune.reports.measures.split_scores import split_scores
from tftune.search.finish.judging import Judge, quick_value, units_of


def judge(rows: int = 40, objective: str = "val_accuracy", groups: Any = None) -> Judge:
    units = np.arange(rows) if groups is None else groups
    return Judge("classification", np.arange(rows) % 2, 1, units, objective)


def test_groups_are_never_torn_apart() -> None:
    groups = np.repeat(np.arange(20), 2)
    first, second = judge(groups=groups).halves
    assert not set(groups[first]) & set(groups[second])
    assert sorted([*first, *second]) == list(range(40))


def test_equal_inputs_belong_together_and_what_hangs_together_by_them() -> None:
    inputs = [np.array([[1], [2], [1], [3], [4]])]
    assert units_of(None, inputs, 5).tolist() == [0, 1, 0, 2, 3]
    assert units_of(["a", "b", "b", "c", "a"], inputs, 5).tolist() == [0, 0, 0, 1, 0]


def test_a_row_is_the_same_only_if_all_its_inputs_are() -> None:
    inputs = [np.array([[1], [1], [1]]), np.array([[1], [2], [1]])]
    assert units_of(None, inputs, 3).tolist() == [0, 1, 0]


def test_each_half_is_answered_by_the_choice_on_the_other() -> None:
    told = judge()

    def choose(rows: Any) -> Any:
        mark = float(rows[0] in told.halves[0])
        return lambda judged: np.full((len(judged), 1), mark)

    found = told.cross_fitted(choose)
    assert (found[told.halves[0]] == 0).all() and (found[told.halves[1]] == 1).all()


def test_a_gain_is_positive_also_where_the_measure_is_a_loss() -> None:
    told = judge(objective="val_loss")
    truth = told.labels.reshape(-1, 1)
    good, bad = np.where(truth, 0.9, 0.1), np.full((40, 1), 0.5)
    found = told.gain(bad, good)
    assert told.measure == "log_loss" and found is not None
    assert found.gain == pytest.approx(found.before - found.after) and found.low > 0
    back = told.gain(good, bad)
    assert back is not None and back.gain == pytest.approx(-found.gain) and back.high < 0


def test_scores_of_two_scales_in_two_halves_are_not_ranked_together() -> None:
    """Both halves are ordered as by the one model, and only the numbers of one are smaller."""
    told = judge(objective="val_auc")
    random = np.random.default_rng(0)
    one = (0.3 * told.labels + random.uniform(0, 0.5, 40)).reshape(-1, 1)
    two = one.copy()
    two[told.halves[1]] /= 10
    found = told.gain(two, one)
    assert told.measure == "auc" and found is not None
    assert found.gain == pytest.approx(0.0) == found.before - found.after


def test_some_of_the_rows_may_judge() -> None:
    told = judge()
    found = told.gain(np.full((40, 1), 0.4), np.full((40, 1), 0.6), told.halves[1])
    assert found is not None and found.rows == 20 and found.gain == pytest.approx(0.0)


@pytest.mark.parametrize("classes", [2, 3])
def test_the_quick_values_are_those_of_the_reports(classes: int) -> None:
    random = np.random.default_rng(classes)
    labels = random.integers(classes, size=60)
    told = random.dirichlet(np.ones(classes), size=60).round(1)  # ties, also of the classes
    told = told[:, 1:] if classes == 2 else told
    for rows in (slice(None), labels > 0):  # also where a class has no row
        known = split_scores("classification", labels[rows], told[rows])
        for name, each in known.items():
            value = quick_value(name, "classification", labels[rows], told[rows])
            expected = 0.5 if each["value"] is None else each["value"]
            assert value == pytest.approx(expected, abs=1e-5), name


def test_the_quick_values_of_numbers() -> None:
    labels, told = np.array([1.0, 2.0, 4.0]), np.array([[1.0], [1.0], [2.0]])
    known = split_scores("regression", labels, told)
    for name in ("mae", "mse", "rmse"):
        assert quick_value(name, "regression", labels, told) == pytest.approx(
            known[name]["value"], abs=1e-5
        )


def test_answers_that_are_no_numbers_are_the_worst() -> None:
    nothing = np.full((2, 1), np.nan)
    assert quick_value("accuracy", "classification", [0, 1], nothing) == -np.inf
    assert quick_value("mse", "regression", [0, 1], nothing) == np.inf


def test_one_group_cannot_be_halved() -> None:
    with pytest.raises(UsageError, match="different groups"):
        judge(groups=np.zeros(40, int))
