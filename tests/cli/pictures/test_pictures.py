"""The pictures: each is computed, says its formula and its numbers, and has what a chart needs."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import numpy as np
import pytest

from tftune.cli.pictures import PICTURES
from tftune.cli.pictures.bias_and_variance import NOISE, parts
from tftune.cli.pictures.evolution import SIZE, Life
from tftune.cli.pictures.gaussian_process import axis, steps
from tftune.cli.pictures.halving import EPOCHS, FACTOR, halved, hyperband
from tftune.cli.pictures.log_scale import shares, slide
from tftune.cli.pictures.real_curves import real_curves
from tftune.cli.pictures.star_discrepancy import star_discrepancy
from tftune.cli.pictures.stopped import run_through
from tftune.oracles.multifidelity.brackets import plan_brackets
from tftune.reports.charts.chart import Bars, Chart, Line, Points
from tftune.reports.charts.standalone import svg_file
from tftune.reports.views.view import View
from tftune.schedulers.base import NoScheduler
from tftune.schedulers.median import MedianScheduler

QUICK = ("bias-and-variance",)


def check(view: View) -> None:
    """What every picture promises."""
    assert view.can_be_drawn and view.title and view.how_to_read.endswith(".")
    assert view.sentences[0].startswith("Formula: ") and view.charts
    assert not any("nan" in text.split() for text in view.sentences)
    assert not any("{" in text for text in view.sentences)  # a number that was not filled in
    names = [chart.name for chart in view.charts]
    assert len(set(names)) == len(names)
    for chart in view.charts:
        assert isinstance(chart, Chart) and chart.title and chart.x.label
        assert chart.y.label or chart.y.scale == "category"
        assert any(
            np.isfinite(np.asarray(mark.x if isinstance(mark, Line | Points) else mark.left)).any()
            for mark in chart.marks
            if isinstance(mark, Line | Points | Bars)
        )
        ElementTree.fromstring(svg_file(chart))  # well-formed
    for table in view.tables:
        assert table.title and all(len(row) == len(table.header) for row in table.rows)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in QUICK else pytest.mark.slow, id=name)
        for name in PICTURES
    ],
)
def test_a_picture_has_formula_numbers_titles_and_units(name: str) -> None:
    view = PICTURES[name](seed=1)
    assert view.name == name
    check(view)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_picture_and_another_another() -> None:
    first = PICTURES["log-scale"](seed=3)
    assert first == PICTURES["log-scale"](seed=3)
    assert first != PICTURES["log-scale"](seed=4)


def test_the_star_discrepancy_of_a_lattice_is_that_of_the_textbook() -> None:
    middles = (np.arange(5) + 0.5) / 5  # of one dimension: 1 / (2 n), and the box has side 1 above
    points = np.column_stack([middles, np.zeros(5)])
    # a box of no height holds all points that are left of it: sup of share - 0
    assert star_discrepancy(points) == pytest.approx(1.0)
    assert star_discrepancy(np.array([[0.5, 0.5]])) == 0.75
    assert star_discrepancy(np.array([[0.0, 0.0]])) == 1.0


@pytest.mark.parametrize("count", [1, 3, 17])
def test_the_star_discrepancy_is_the_largest_over_all_boxes(count: int) -> None:
    points = np.random.default_rng(count).random((count, 2))
    sides = [np.append(points[:, column], 1.0) for column in (0, 1)]
    largest = 0.0
    for a in sides[0]:
        for b in sides[1]:
            fewer = ((points[:, 0] < a) & (points[:, 1] < b)).mean()
            more = ((points[:, 0] <= a) & (points[:, 1] <= b)).mean()
            largest = max(largest, a * b - fewer, more - a * b)
    assert star_discrepancy(points) == pytest.approx(largest)


def test_a_slide_that_says_np_exp_of_two_numbers_fails_and_the_right_line_does_not() -> None:
    told = slide()
    assert told["np.exp(10, r), r a number"].startswith("TypeError")
    assert "22026.47" in told["np.exp(10, r), r the array [-3, -1]"]
    assert told["10 ** r, r = -3"] == "0.001"


def test_shares_are_counted_by_hand() -> None:
    assert shares([1e-3, 2e-3, 0.5], (1e-4, 1e-2, 1.0)) == pytest.approx([2 / 3, 1 / 3])


def test_a_bracket_keeps_the_better_half_at_each_rung() -> None:
    bracket = plan_brackets(4, 2)[0]  # 4 until epoch 1, 2 until 2, 1 until 4
    assert [rung.size for rung in bracket.rungs] == [4, 2, 1]
    curves = [[0.9, 0.9, 0.9, 0.9], [0.8, 0.95, 0.95, 0.95], [0.7, 1, 1, 1], [0.1, 0.1, 0.1, 1]]
    assert halved(curves, [0, 1, 2, 3], bracket) == 1  # 2 and 3 are gone after epoch 1


def test_the_packaged_curves_are_the_first_of_those_in_the_repository() -> None:
    from benchmarks.curves import default_path, read_curves

    whole = read_curves(default_path()).curves
    assert [tuple(curve) for curve in real_curves()] == list(whole.values())[:108]


def test_trials_are_stopped_as_the_scheduler_says() -> None:
    curves = real_curves()[:12]
    whole = run_through(NoScheduler("max", 20), curves)
    assert all(each.epochs == 20 and not each.pruned for each in whole)
    told = run_through(MedianScheduler("max", 20), curves)
    assert not any(each.pruned for each in told[:5])  # it waits for five completed trials
    assert sum(each.epochs for each in run_through(NoScheduler("max"), curves, epochs=50)) == 60


def test_bias_variance_and_noise_sum_up_to_the_measured_error() -> None:
    for degree in (1, 5, 9):
        found = parts(degree, 0)
        assert found.gap.low - 0.01 <= 0 <= found.gap.high + 0.01
    assert parts(1, 0).bias > 10 * parts(1, 0).variance
    assert parts(11, 0).variance > 10 * parts(11, 0).bias
    assert parts(11, 0).train.mean < NOISE**2 < parts(11, 0).validation.mean


@pytest.mark.slow
def test_hyperband_follows_the_curves_that_its_plan_says() -> None:
    curves = [curve[:EPOCHS] for curve in real_curves()]
    plan = plan_brackets(EPOCHS, FACTOR)
    for bracket, trained in zip(plan, hyperband(curves, 0), strict=True):
        assert len(trained) == bracket.rungs[0].size
        for rung in bracket.rungs:
            assert sum(epochs >= rung.epochs for epochs in trained.values()) == rung.size
        winner = halved(curves, list(trained), bracket)
        assert trained[winner] == EPOCHS


@pytest.mark.slow
def test_the_next_trial_is_where_the_expected_improvement_is_greatest() -> None:
    for step in steps(0, 9):
        top = float(axis()[step.improvement.argmax()])
        assert abs(math.log10(step.chosen / top)) < 0.1
        assert (step.deviation > 0).all() and (step.improvement >= 0).all()


@pytest.mark.slow
def test_an_ageing_population_is_the_last_ten_trials() -> None:
    life = Life("aging", 0)
    assert life.members[-1] == list(range(len(life.losses) - SIZE, len(life.losses)))
    assert {last - first for first, last in life.lives()[:-SIZE]} == {SIZE - 1}
