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


def test_groups_make_one_row_out_of_many_copies() -> None:
    few = paired_difference(
        "accuracy", "classification", LABELS, GOOD, GUESS, np.repeat(np.arange(5), 20)
    )
    many = paired_difference("accuracy", "classification", LABELS, GOOD, GUESS)
    assert few is not None and many is not None
    assert few.difference.value == many.difference.value


def test_a_measure_that_is_not_defined_compares_nothing() -> None:
    assert paired_difference("auc", "classification", [1, 1], [0.1, 0.2], [0.3, 0.4]) is None
