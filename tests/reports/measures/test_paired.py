"""Two models on the same rows."""

from __future__ import annotations

import numpy as np
import pytest

from tftune.reports.measures.paired import paired_difference

LABELS = np.tile([0, 1], 50)
RANDOM = np.random.default_rng(0)
GOOD = np.clip(LABELS * 0.5 + RANDOM.random(100) * 0.5, 0, 1)
GUESS = RANDOM.random(100)


@pytest.mark.parametrize("name", ["auc", "average_precision", "accuracy", "macro_f1", "log_loss"])
def test_a_good_model_beats_a_guess(name: str) -> None:
    first = paired_difference(name, "classification", LABELS, GOOD, GUESS)
    second = paired_difference(name, "classification", LABELS, GUESS, GOOD)
    assert first is not None and second is not None
    assert (first.better, second.better) == (1, 2)
    assert first.difference.value == pytest.approx(-second.difference.value)
    assert first.mcnemar is not None and first.mcnemar.p < 0.01


def test_a_model_against_itself_is_noise() -> None:
    found = paired_difference("auc", "classification", LABELS, GUESS, GUESS)
    assert found is not None and found.better == 0
    assert (found.difference.low, found.difference.high) == (0, 0)


@pytest.mark.parametrize(("name", "value"), [("mae", -1.0), ("rmse", -1.0), ("mse", -1.0)])
def test_of_errors_less_is_better(name: str, value: float) -> None:
    truth = np.arange(30.0)
    found = paired_difference(name, "regression", truth, truth, truth + 1)
    assert found is not None and found.better == 1 and found.mcnemar is None
    assert found.difference.value == pytest.approx(value)


@pytest.mark.parametrize("name", ["auc", "accuracy", "log_loss"])
def test_groups_make_one_row_out_of_many_copies(name: str) -> None:
    once = paired_difference(name, "classification", LABELS, GOOD, GUESS)
    again = np.repeat(np.arange(100), 9)
    copies = (LABELS[again], GOOD[again], GUESS[again])
    grouped = paired_difference(name, "classification", *copies, again)
    alone = paired_difference(name, "classification", *copies)
    assert once is not None and grouped is not None and alone is not None
    assert grouped.difference.value == pytest.approx(once.difference.value, abs=1e-5)
    width, together, apart = (
        each.difference.high - each.difference.low for each in (once, grouped, alone)
    )
    assert together == pytest.approx(width, rel=0.2) and apart < 0.5 * width


@pytest.mark.parametrize("name", ["auc", "accuracy", "log_loss"])
def test_rows_that_one_model_has_not_answered_are_compared_by_neither(name: str) -> None:
    first, second, labels = GOOD.copy(), GUESS.copy(), LABELS.astype(float)
    first[:3], second[3:6], labels[6:9] = np.nan, np.inf, np.nan
    groups = np.arange(100) // 2
    found = paired_difference(name, "classification", labels, first, second, groups)
    rest = [each[9:] for each in (LABELS, GOOD, GUESS)]
    assert found == paired_difference(name, "classification", *rest, groups[9:])
    nothing = np.full(100, np.nan)
    assert paired_difference(name, "classification", LABELS, nothing, GUESS) is None


def test_targets_that_are_not_finite_are_compared_by_neither() -> None:
    truth = np.arange(30.0)
    first = np.where(truth < 3, np.nan, truth)
    found = paired_difference("mae", "regression", truth, first, truth + 1)
    assert found == paired_difference("mae", "regression", truth[3:], first[3:], truth[3:] + 1)


def test_rows_of_one_group_have_no_interval_and_favour_nobody() -> None:
    found = paired_difference("auc", "classification", LABELS, GOOD, GUESS, np.zeros(100))
    assert found is not None and found.better == 0 and found.difference.value > 0
    assert np.isnan([found.difference.low, found.difference.high]).all()


def test_a_measure_that_is_not_defined_compares_nothing() -> None:
    assert paired_difference("auc", "classification", [1, 1], [0.1, 0.2], [0.3, 0.4]) is None
