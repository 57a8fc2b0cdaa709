"""Curve fitting: predictions against curves whose end is known, decisions against the obvious."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
import pytest

from tftune.errors import UsageError
from tftune.schedulers.curve_fit import CurveFitScheduler
from tftune.schedulers.curve_shapes import FAMILIES, shapes
from tftune.schedulers.extrapolation import Extrapolation

from .simulation import EPOCHS, plans, run_all

FAMILY_EXAMPLES = {  # of the paper, with parameters that give a curve of accuracies over 20 epochs
    "pow3": lambda t: 0.9 - 0.4 * t**-0.8,
    "pow4": lambda t: 0.9 - (0.5 * t + 1.0) ** -1.2,
    "hill3": lambda t: 0.9 * t**1.2 / (1.5**1.2 + t**1.2),
    "mmf": lambda t: 0.9 - (0.9 - 0.4) / (1 + (0.4 * t) ** 1.5),
    "log power": lambda t: 0.9 / (1 + (t / math.e**0.5) ** -1.2),
    "weibull": lambda t: 0.9 - (0.9 - 0.3) * np.exp(-((0.3 * t) ** 0.9)),
    "janoschek": lambda t: 0.9 - (0.9 - 0.3) * np.exp(-0.3 * t**0.9),
    "exp4": lambda t: 0.9 - np.exp(-0.5 * t**0.8 - 0.5),
    "ilog2": lambda t: 0.95 - 0.3 / np.log(t + 1),
    "vapor pressure": lambda t: np.exp(-0.15 - 0.6 / t + 0.01 * np.log(t)),
    "log log linear": lambda t: np.log(0.2 * np.log(t) + 1.7),
}
T = np.arange(1.0, 21.0)


def rule(direction: str = "max", max_epochs: int | None = 20, **options: Any) -> CurveFitScheduler:
    return CurveFitScheduler(direction, max_epochs, **options)


@pytest.mark.parametrize("family", FAMILY_EXAMPLES)
def test_each_family_of_the_paper_is_foretold_from_half_of_it(family: str) -> None:
    curve = FAMILY_EXAMPLES[family](T) + np.random.default_rng(0).normal(0.0, 0.002, 20)
    mean, deviation = rule().predict(curve[:10].tolist(), 20)
    assert abs(mean - curve[-1]) < 2 * deviation
    assert deviation < 0.5 * np.ptp(curve)


@pytest.mark.parametrize("seed", range(3))
def test_ninety_per_cent_intervals_cover_about_ninety_per_cent(seed: int) -> None:
    """Over all families and noises; both a false certainty and a useless width fail."""
    generator, inside, widths = np.random.default_rng(seed), [], []
    for family in FAMILY_EXAMPLES.values():
        for noise in (0.002, 0.01, 0.03):
            for known in (5, 10, 15):
                curve = family(T) + generator.normal(0.0, noise, 20)
                mean, deviation = rule().predict(curve[:known].tolist(), 20)
                inside.append(abs(curve[-1] - mean) < 1.645 * deviation)
                widths.append(deviation / np.ptp(curve))
    assert 0.85 <= np.mean(inside) <= 1.0
    assert np.median(widths) < 0.4


def test_intervals_cover_their_share_and_lie_within_wider_ones() -> None:
    generator, inside = np.random.default_rng(7), {0.5: [], 0.9: []}
    for family in FAMILY_EXAMPLES.values():
        for known in (5, 8, 12, 16):
            curve = family(T) + generator.normal(0.0, 0.02, 20)
            ends = {
                share: rule().predict_interval(curve[:known].tolist(), 20, share)
                for share in inside
            }
            assert ends[0.9][0] < ends[0.5][0] < ends[0.5][1] < ends[0.9][1]
            for share, (low, high) in ends.items():
                inside[share].append(low <= curve[-1] <= high)
    assert 0.35 <= np.mean(inside[0.5]) <= 0.75 and 0.8 <= np.mean(inside[0.9]) <= 1.0


def test_an_interval_of_a_loss_is_that_of_the_score_turned_round() -> None:
    curve = [0.5, 0.6, 0.66, 0.7, 0.71]
    low, high = rule().predict_interval(curve, 20)
    assert rule("min").predict_interval([-value for value in curve], 20) == pytest.approx(
        (-high, -low)
    )


def test_an_impossible_probability_is_refused() -> None:
    with pytest.raises(UsageError, match=r"(?s)probability.*1\.0"):
        rule().predict_interval([0.5, 0.6], 20, 1.0)


def test_uncertainty_grows_with_distance_and_shrinks_with_knowledge() -> None:
    curve = (
        FAMILY_EXAMPLES["weibull"](T) + np.random.default_rng(1).normal(0.0, 0.005, 20)
    ).tolist()
    by_distance = [rule().predict(curve[:8], epoch)[1] for epoch in (9, 12, 16, 20)]
    by_knowledge = [rule().predict(curve[:known], 20)[1] for known in (3, 8, 16)]
    assert by_distance == sorted(by_distance) and by_knowledge == sorted(by_knowledge, reverse=True)


def test_a_flat_noisy_curve_is_not_foretold_with_false_certainty() -> None:
    noisy = (0.7 + np.random.default_rng(2).normal(0.0, 0.01, 10)).tolist()
    mean, deviation = rule().predict(noisy, 20)
    assert abs(mean - 0.7) < 0.02 and deviation >= 0.01
    assert rule().predict([0.8] * 10, 20)[1] >= 0.001  # a network that is stuck may yet come loose


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_losses_of_any_size_are_foretold_alike(scale: float) -> None:
    loss = 0.3 + 2.0 * np.exp(-0.3 * T) + np.random.default_rng(3).normal(0.0, 0.01, 20)
    mean, deviation = rule("min").predict((scale * loss[:10]).tolist(), 20)
    one = rule("min").predict(loss[:10].tolist(), 20)
    assert mean == pytest.approx(scale * one[0]) and deviation == pytest.approx(scale * one[1])
    assert abs(mean / scale - loss[-1]) < 2 * deviation / scale < 1.0


def test_epochs_without_a_value_are_passed_over() -> None:
    curve = FAMILY_EXAMPLES["weibull"](T).tolist()
    whole = rule().predict(curve[:10], 20)
    holes = rule().predict([*curve[:4], math.nan, math.inf, *curve[6:10]], 20)
    assert holes[0] == pytest.approx(whole[0], abs=whole[1])


def test_the_best_yet_to_come_is_no_worse_than_the_best_so_far() -> None:
    peaked = [0.5, 0.7, 0.9, 0.6, 0.6, 0.6, 0.6]
    mean, deviation = rule().predict_best(peaked)
    assert mean >= 0.9 and deviation >= 0.0
    mean, _ = rule("min").predict_best([-value for value in peaked])
    assert mean <= -0.9


def test_the_drawn_best_agrees_with_the_closed_form_for_one_epoch() -> None:
    curve = FAMILY_EXAMPLES["pow3"](T[:9]).tolist()
    fit = Extrapolation(curve, 10)
    draws = fit.draw_best(np.random.default_rng(0), 20000)
    mean, deviation = fit.at(10)
    assert draws.mean() == pytest.approx(
        mean, abs=0.05 * deviation
    ) and draws.std() == pytest.approx(deviation, rel=0.05)


def test_the_evidence_is_that_of_the_gaussian_it_claims_to_be() -> None:
    """Against SciPy's density of y under a + b g + drift + noise, for all components."""
    from scipy.stats import multivariate_normal

    from tftune.schedulers import extrapolation as module

    fit = Extrapolation([0.5, 0.62, 0.68, 0.7, 0.73], 8)
    times, logs = fit.times * fit.pieces, []
    priors = shapes(8)[1]
    for kind, scale, prior in module.DRIFTS:
        noise = np.eye(5) + module.drift_covariance(kind, scale, times, times)
        for deviation in module.AMPLITUDE_DEVIATIONS:
            g = fit.known_basis[:, 40]
            for sigma in module.SIGMAS[:, 0]:
                covariance = (
                    sigma**2 * noise + module.OFFSET_DEVIATION**2 + deviation**2 * np.outer(g, g)
                )
                logs.append(
                    multivariate_normal(np.zeros(5), covariance).logpdf(fit.values)
                    + prior
                    + np.log(priors[40])
                )
    ours, expected = np.log(fit.weights[..., 40].ravel()), np.asarray(logs)
    np.testing.assert_allclose(ours - ours[0], expected - expected[0], atol=1e-6)


def test_a_hopeless_trial_is_stopped_and_a_rising_one_is_not() -> None:
    best = (0.95 - 0.4 * np.exp(-0.5 * T)).tolist()
    flat = [0.6, 0.61, 0.605, 0.61, 0.6, 0.608]
    slow = (0.97 - 0.5 * np.exp(-0.2 * T)).tolist()
    curves = {"0": best, "1": flat, "2": slow[:6]}
    assert rule().should_stop("1", 6, curves) and not rule().should_stop("2", 6, curves)
    assert not rule(threshold=0.0001).should_stop("2", 6, curves)


def test_warm_up_interval_and_the_last_epoch() -> None:
    curves = {"0": [0.99] * 20, "1": [0.5, 0.51] * 10}
    asked = rule(warmup_epochs=4, interval=5)
    assert [
        step
        for step in range(1, 21)
        if asked.should_stop("1", step, {**curves, "1": curves["1"][:step]})
    ] == [9, 14, 19]


def test_only_a_better_trial_can_stop_one() -> None:
    assert not rule().should_stop("0", 6, {"0": [0.6, 0.5, 0.5, 0.5, 0.5, 0.5]})
    assert not rule().should_stop("0", 6, {"0": [0.6, 0.5, 0.5, 0.5, 0.5, 0.5], "1": [0.55] * 20})


def test_a_search_saves_epochs_and_keeps_its_best() -> None:
    planned = plans(20)
    seen = run_all(CurveFitScheduler("max", EPOCHS), planned)
    assert sum(map(len, seen.values())) < 0.8 * 20 * EPOCHS
    assert max(map(max, seen.values())) >= max(map(max, planned.values())) - 0.01


def test_a_question_takes_little_time() -> None:
    """Measured 10 ms on one busy core; the limit leaves room for a slow machine."""
    curves = {"0": [0.99] * 100, "1": (0.9 - 0.4 * np.exp(-0.1 * np.arange(60))).tolist()}
    asked = rule(max_epochs=100)
    asked.should_stop("1", 60, curves)  # the shapes are computed once
    started = time.process_time()
    for _ in range(5):
        asked.should_stop("1", 60, curves)
    assert (time.process_time() - started) / 5 < 0.5


@pytest.mark.parametrize("horizon", [2, 3, 20, 1000])
def test_shapes_are_finite_for_any_horizon(horizon: int) -> None:
    values, weights = shapes(horizon)
    assert np.isfinite(values).all() and len(values) == horizon
    assert np.ptp(values, axis=0) == pytest.approx(1.0)
    assert weights.sum() == pytest.approx(1.0) and len(FAMILIES) == 7


@pytest.mark.parametrize(("curve", "epoch"), [([], 5), ([math.nan], 5), ([0.5, 0.6], 2)])
def test_nothing_to_foretell_is_an_error(curve: list[float], epoch: int) -> None:
    with pytest.raises(
        UsageError,
        match="A curve is foretold from its values to an epoch beyond them. .* Received: epoch",
    ):
        rule().predict(curve, epoch)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threshold": 0}, "threshold must be a number above 0 and below 1. Received: 0"),
        ({"threshold": 1.0}, "threshold must be a number above 0 and below 1"),
        ({"threshold": math.nan}, "threshold must be a number above 0 and below 1"),
        ({"warmup_epochs": 0}, "warmup_epochs must be an integer of at least 1"),
        ({"interval": 0}, "interval must be an integer of at least 1"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        rule(**options)


def test_the_last_epoch_must_be_known_when_it_is_asked() -> None:
    unknown = rule(max_epochs=None)
    assert unknown.predict([0.5, 0.6, 0.7], 10)[0] > 0.6
    with pytest.raises(
        UsageError,
        match="The scheduler curve-fit foretells the last epoch. Expected max_epochs. Received: "
        "None",
    ):
        unknown.should_stop("0", 5, {"0": [0.5] * 5})
