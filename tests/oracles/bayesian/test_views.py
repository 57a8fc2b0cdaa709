"""Several views of the losses: how they are weighed, and what running trials change."""

from __future__ import annotations

import numpy as np

from tftune.oracles.bayesian.acquisition import log_expected_improvement
from tftune.oracles.bayesian.gaussian_process import GaussianProcess
from tftune.oracles.bayesian.views import Views
from tftune.oracles.bayesian.warping import WARPINGS

KNOBS = np.array([0, 1])
X = np.random.default_rng(0).random((25, 2))
PLACES = np.random.default_rng(1).random((40, 2))
PLANE = X[:, 0] + 0.5 * X[:, 1]


def views_of(losses: np.ndarray, names: tuple[str, ...] = tuple(WARPINGS)) -> Views:
    return Views.fitted(names, KNOBS, X, losses)


def test_one_view_promises_its_expected_improvement() -> None:
    views = views_of(PLANE, ("none",))
    process = GaussianProcess(KNOBS).fit(X, WARPINGS["none"](PLANE))
    best = float(process.predict(X)[0].min())
    alone = log_expected_improvement(*process.predict(PLACES), best)
    np.testing.assert_allclose(views.log_improvement(PLACES), alone, rtol=1e-6, atol=1e-8)
    assert views.weights == [1.0]


def test_the_promise_is_the_weighted_mean_and_the_weights_sum_to_one() -> None:
    views = views_of(PLANE)
    singles = [views_of(PLANE, (name,)).log_improvement(PLACES) for name in WARPINGS]
    mean = sum(weight * each for weight, each in zip(views.weights, singles, strict=True))
    np.testing.assert_allclose(views.log_improvement(PLACES), mean, rtol=1e-9)
    assert abs(sum(views.weights) - 1) < 1e-12 and sum(each > 0 for each in views.weights) > 1


def test_a_view_that_ranks_badly_is_left_out() -> None:
    losses = np.exp(25 * PLANE)  # as they are, only the few worst differ
    weights = dict(zip(WARPINGS, views_of(losses).weights, strict=True))
    assert weights["none"] == 0.0 < weights["copula"]


def test_what_runs_promises_less_and_changes_no_prediction() -> None:
    views = views_of(PLANE)
    spot = np.array([[0.02, 0.02]])
    before, expected = views.log_improvement(spot), views.expected(spot)
    views.believe(spot)
    assert views.log_improvement(spot)[0] < before[0] - 0.05
    assert views.expected(spot) == expected
    assert expected is not None and expected.low < expected.mean < expected.high
    assert abs(expected.mean - 0.03) < 0.05


def test_lengths_and_weights_bring_the_views_back() -> None:
    views = views_of(PLANE)
    again = Views(tuple(WARPINGS), KNOBS, X, PLANE, views.thetas, views.weights)
    found, expected = (each.log_improvement(PLACES) for each in (again, views))
    assert found.tolist() == expected.tolist()
