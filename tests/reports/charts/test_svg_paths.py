"""Paths: short, without drift, and no farther from the points than the eye would see."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tftune.reports.charts.svg_paths import band_path, line_path, runs, simplified


def ends(path: str) -> list[tuple[float, float]]:
    """The points of a path of `M` and `l` with relative steps."""
    numbers = [float(each) for each in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", path)]
    pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
    points = [pairs[0]]
    for dx, dy in pairs[1:]:
        points.append((points[-1][0] + dx, points[-1][1] + dy))
    return points


@pytest.mark.parametrize("count", [2, 20, 500, 5000])
def test_a_path_ends_where_the_line_does_however_many_steps_it_has(count: int) -> None:
    generator = np.random.default_rng(0)
    x, y = np.linspace(0, 400, count), np.cumsum(generator.normal(size=count))
    points = ends(line_path(x, y))
    assert points[0] == pytest.approx((x[0], y[0]), abs=0.051)
    assert points[-1] == pytest.approx((x[-1], y[-1]), abs=0.051)


def test_no_point_that_was_left_out_lies_far_from_the_line() -> None:
    generator = np.random.default_rng(1)
    x, y = np.linspace(0, 400, 300), 50 + 20 * np.cumsum(generator.normal(size=300)) / 10
    kept = ends(line_path(x, y))
    assert len(kept) < 300
    on_line = np.interp(x, [point[0] for point in kept], [point[1] for point in kept])
    # vertical distances: longer than those across the line, by its slope
    steepest = float(np.abs(np.diff(y) / np.diff(x)).max())
    assert np.abs(on_line - y).max() <= 0.4 * np.hypot(1, steepest)


def test_a_straight_line_of_a_thousand_points_is_two() -> None:
    x = np.linspace(0, 400, 1000)
    assert line_path(x, x / 2) == "M0,0l400,200"


def test_very_many_points_keep_the_extremes_of_each_column() -> None:
    generator = np.random.default_rng(2)
    y = generator.uniform(0, 100, 100_000)
    y[50_000] = 900
    points = ends(line_path(np.linspace(0, 400, 100_000), y))
    assert len(points) < 1700
    assert max(point[1] for point in points) == pytest.approx(900, abs=0.2)


def test_stairs_leave_out_the_points_at_which_nothing_changes() -> None:
    x, y = np.arange(6.0), np.array([1, 1, 2, 2, 2, 2.0])
    assert line_path(x, y, steps=True) == "M0,1h2v1h3"


def test_a_band_breaks_where_one_of_its_edges_does() -> None:
    x = np.arange(5.0) * 10
    low = np.array([0, 0, np.nan, 0, 0.0])
    high = np.array([5, 5, 5, 5, np.inf])
    path = band_path(x, low, high)
    assert path == "M0,5l10,0 0-5-10,0zM30,5l0-5z"


def test_runs_are_the_stretches_without_a_gap() -> None:
    y = np.array([np.nan, 1, 2, np.inf, 3.0])
    assert list(runs(np.arange(5.0), y)) == [[(10, 10), (20, 20)], [(40, 30)]]
    assert list(runs(np.arange(2.0), np.array([np.nan, np.nan]))) == []


def test_points_at_one_place_are_kept_but_once() -> None:
    assert simplified([(5, 5)] * 9) == [(5, 5), (5, 5)]
