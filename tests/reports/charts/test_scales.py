"""From values to positions, and round ticks with labels that tell them apart."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tftune.reports.charts.chart import Axis
from tftune.reports.charts.scales import (
    linear_ticks,
    log_ticks,
    number_labels,
    number_text,
    scale_of,
)

from .examples import INF, NAN


def labels(axis: Axis, values: list[float], most: int = 6) -> list[str]:
    """The labels of an axis that shows these values."""
    scale = scale_of(axis, values, pad=0)
    assert scale is not None
    return [tick.text for tick in scale.ticks(most)]


def test_a_linear_scale_is_in_proportion_and_a_log_one_in_ratios() -> None:
    linear = scale_of(Axis("x"), [0, 10], pad=0)
    log = scale_of(Axis("x", scale="log"), [1, 100], pad=0)
    assert linear is not None and log is not None
    assert linear.positions([0, 2.5, 10, 20]).tolist() == [0, 0.25, 1, 2]
    assert log.positions([1, 10, 100]).tolist() == [0, 0.5, 1]


def test_what_has_no_position_has_none() -> None:
    log = scale_of(Axis("x", scale="log"), [1, 100])
    assert log is not None
    assert np.isnan(log.positions([0, -1, NAN, INF])).all()


def test_room_is_left_around_points_but_not_beside_bars() -> None:
    loose = scale_of(Axis("x"), [0, 100])
    tight = scale_of(Axis("x"), [], tight=[0, 100])
    both = scale_of(Axis("x"), [50, 110], tight=[0, 100])
    assert loose is not None and tight is not None and both is not None
    assert (loose.low, loose.high) == (-4, 104)
    assert (tight.low, tight.high) == (0, 100)
    assert (both.low, both.high) == (0, pytest.approx(114.4))


def test_ends_that_are_given_win_and_those_that_cannot_be_are_left() -> None:
    given = scale_of(Axis("x", low=0, high=1), [0.4, 7])
    impossible = scale_of(Axis("x", scale="log", low=-1, high=INF), [1, 10], pad=0)
    turned = scale_of(Axis("x", low=3, high=1), [2], pad=0)
    assert given is not None and impossible is not None and turned is not None
    assert (given.low, given.high) == (0, 1)
    assert (impossible.low, impossible.high) == pytest.approx((1, 10))
    assert turned.low < turned.high


def test_without_a_finite_value_there_is_no_scale() -> None:
    assert scale_of(Axis("x"), [NAN, INF]) is None
    assert scale_of(Axis("x", scale="log"), [0, -1]) is None
    assert scale_of(Axis("x", scale="category"), [0]) is None


@pytest.mark.parametrize(
    ("axis", "values", "expected"),
    [
        (Axis("x"), [0, 1], ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (Axis("x"), [-0.001, 0.0004], ["-0.0010", "-0.0005", "0.0000"]),
        (Axis("x"), [0, 1e-12], ["0", "2e-13", "4e-13", "6e-13", "8e-13", "1e-12"]),
        (Axis("x"), [1e9, 3e9], ["1.0e9", "1.5e9", "2.0e9", "2.5e9", "3.0e9"]),
        (Axis("x"), [0, 4e5], ["0", "100,000", "200,000", "300,000", "400,000"]),
        (Axis("x"), [0.9987, 0.9989], ["0.99870", "0.99875", "0.99880", "0.99885", "0.99890"]),
        (Axis("x", whole=True), [1, 3], ["1", "2", "3"]),
        (Axis("x", scale="log"), [1e-3, 1], ["0.001", "0.01", "0.1", "1"]),
        (Axis("x", scale="log"), [1e-5, 1], ["1e-5", "1e-4", "1e-3", "1e-2", "1e-1", "1"]),
        (Axis("x", scale="log"), [16, 256], ["20", "50", "100", "200"]),
        (Axis("x", scale="log"), [1e-9, 1e9], ["1e-8", "1e-4", "1", "1e4", "1e8"]),
    ],
    ids=lambda value: str(value)[:30],
)
def test_labels_are_those_a_person_would_write(
    axis: Axis, values: list[float], expected: list[str]
) -> None:
    assert labels(axis, values) == expected


def test_numbers_far_from_zero_and_close_together_are_told_apart() -> None:
    assert labels(Axis("x"), [1e9, 1e9 + 2], 4) == [
        "1,000,000,000",
        "1,000,000,001",
        "1,000,000,002",
    ]


def test_one_value_stands_in_the_middle_and_has_a_tick() -> None:
    for value in (0.0, 1e-12, 1e9, -3.0, 0.25):
        scale = scale_of(Axis("x"), [value])
        assert scale is not None
        assert scale.positions([value])[0] == pytest.approx(0.5)
        ticks = scale.ticks(6)
        assert len({tick.text for tick in ticks}) == len(ticks) >= 2
    lone = scale_of(Axis("x", whole=True), [7])
    assert lone is not None
    assert [tick.text for tick in lone.ticks(5)] == ["6", "7", "8"]


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_no_numbers_make_too_many_ticks_or_equal_labels(scale: str) -> None:
    generator = np.random.default_rng(0)
    for _ in range(300):
        ends = sorted(10.0 ** generator.uniform(-12, 12, 2))
        found = scale_of(Axis("x", scale=scale), ends)  # type: ignore[arg-type]
        assert found is not None
        for most in (2, 4, 7):
            ticks = found.ticks(most)
            assert len(ticks) <= most + 1
            assert len({tick.text for tick in ticks}) == len(ticks)
            assert all(0 <= round(tick.at, 6) <= 1 for tick in ticks)


def test_the_label_of_a_tick_is_its_value() -> None:
    generator = np.random.default_rng(1)
    for _ in range(200):
        low = float(generator.normal() * 10.0 ** generator.uniform(-8, 8))
        high = low + float(10.0 ** generator.uniform(-3, 8))
        found = scale_of(Axis("x"), [low, high])
        assert found is not None
        for tick in found.ticks(5):
            told = float(tick.text.replace(",", ""))
            assert told == pytest.approx(tick.value, rel=1e-9, abs=(high - low) * 1e-3)


@pytest.mark.parametrize("high", [1, 1.5, 2, 3, 7, 50])
@pytest.mark.parametrize("most", [2, 5, 20, 100])
def test_whole_numbers_get_ticks_however_few_they_are(high: float, most: int) -> None:
    found = linear_ticks(1, high, most, whole=True)
    assert found == sorted({float(round(value)) for value in found})
    assert 1 <= len(found) <= max(most, 2)


def test_ticks_of_extremes_do_not_fail() -> None:
    assert linear_ticks(-1e308, 1e308, 5)
    assert len(log_ticks(1e-300, 1e300, 5)) <= 6
    assert number_labels([]) == []
    assert number_labels([0.0]) == ["0"]


def test_a_number_in_a_sentence_is_short() -> None:
    assert [number_text(value) for value in (None, NAN, INF, -INF, 0, 1e-12, 0.1 + 0.2)] == [
        *("none", "none", "inf", "-inf", "0", "1e-12", "0.3"),
    ]
    assert number_text(math.pi * 1e5) == "314,200"
