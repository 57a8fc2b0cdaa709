"""What the form of a curve shows."""

from __future__ import annotations

import math
import random

import pytest

from tftune.reports.analysis.curve_signs import diverged, flat, improving, overfits, rough, slope_of


def points(values: list[float]) -> list[tuple[int, float]]:
    return list(enumerate(values, 1))


def test_a_slope_is_that_of_the_last_third() -> None:
    slope = slope_of(points([0.0] * 10 + [0.1 * step for step in range(1, 6)]))
    assert slope is not None and slope.epochs == 5
    assert slope.value == pytest.approx(0.1) and slope.low > 0
    assert slope_of(points([1.0, 2.0])) is None


def test_noise_without_a_trend_does_not_improve() -> None:
    drawn = random.Random(0)
    assert improving(points([0.8 + drawn.gauss(0, 0.01) for _ in range(30)]), "max") is False


@pytest.mark.parametrize("direction", ["max", "min"])
def test_few_epochs_must_all_be_better(direction: str) -> None:
    sign = 1 if direction == "max" else -1
    assert improving(points([sign * 0.1, sign * 0.2, sign * 0.3]), direction) is True
    assert improving(points([sign * 0.1, sign * 0.3, sign * 0.2]), direction) is False


def test_a_loss_that_went_away_diverged() -> None:
    assert diverged([0.7, 0.1, 5.0]) and diverged([math.inf])
    assert diverged([0.7, 0.1, 0.3]) == "" and diverged([]) == ""


def test_a_falling_loss_is_not_rough() -> None:
    assert rough(points([1 / epoch for epoch in range(1, 20)])) == ""
    drawn = random.Random(1)
    assert rough(points([1 + drawn.random() for _ in range(20)]))


def test_noise_is_no_overfitting() -> None:
    drawn = random.Random(2)
    training = points([1 / epoch for epoch in range(1, 21)])
    validation = points([0.5 + drawn.gauss(0, 0.02) for _ in range(20)])
    found = overfits(training, validation, "min")
    assert found is None or found.by > 2 * found.noise
    rising = points([0.5 + 0.02 * abs(epoch - 5) for epoch in range(20)])
    over = overfits(training, rising, "min")
    assert over is not None and over.epoch == 6


def test_a_curve_that_gets_better_is_not_flat() -> None:
    assert flat(points([0.1 * epoch for epoch in range(12)]), "max") == ""


def test_a_curve_that_only_creeps_has_come_to_rest() -> None:
    creeping = points([1 + 0.5**step for step in range(20)])
    assert improving(creeping, "min") is False
    assert flat(creeping, "min") == "training has all but stopped improving over the last 7 epochs"
