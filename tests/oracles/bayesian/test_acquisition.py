"""Expected improvement against its definition, and the walk that maximises it."""

from __future__ import annotations

import keras_tuner
import numpy as np
import pytest
from scipy.stats import norm

from tftune.oracles.bayesian.acquisition import log_expected_improvement, most_promising
from tftune.oracles.core.encoding import Encoding
from tftune.space.search_space import SearchSpace


@pytest.mark.parametrize(
    ("mean", "deviation", "best"),
    [(0.0, 1.0, 0.0), (1.0, 0.5, 0.3), (-2.0, 0.1, 0.0), (3.0, 1.0, 0.0)],
)
def test_is_the_mean_of_the_improvement(mean: float, deviation: float, best: float) -> None:
    draws = np.random.default_rng(0).normal(mean, deviation, 4_000_000)
    improvement = np.maximum(best - draws, 0.0)
    found = float(
        np.exp(log_expected_improvement(np.array([mean]), np.array([deviation]), best))[0]
    )
    error = (
        6 * improvement.std() / np.sqrt(len(draws))
    )  # six standard deviations: a false alarm in 1e9
    assert abs(found - improvement.mean()) <= error


def test_agrees_with_the_formula_where_that_is_exact_and_falls_on_where_it_is_not() -> None:
    z = np.linspace(-8.0, 6.0, 200)
    exact = z * norm.cdf(z) + norm.pdf(z)
    found = log_expected_improvement(-z, np.ones_like(z), 0.0)
    np.testing.assert_allclose(np.exp(found)[z > -4], exact[z > -4], rtol=1e-9)
    hopeless = log_expected_improvement(np.array([20.0, 40.0, 60.0]), np.ones(3), 0.0)
    assert np.isfinite(hopeless).all() and (np.diff(hopeless) < 0).all()


def test_finds_the_top_of_a_hill() -> None:
    hp = keras_tuner.HyperParameters()
    hp.Float("a", 0.0, 1.0)
    hp.Float("b", 0.0, 1.0)
    hp.Choice("c", ["x", "y", "z"])
    space = SearchSpace(hp)
    target = space.to_unit({"a": 0.123, "b": 0.876, "c": "y"})
    places = most_promising(
        Encoding(space),
        lambda p: -np.abs(p - target).sum(axis=1),
        np.zeros((0, 3)),
        np.random.default_rng(0),
    )
    best = space.from_unit(places[0])
    assert (
        best["c"] == "y"
        and best["a"] == pytest.approx(0.123, abs=0.01)
        and best["b"] == pytest.approx(0.876, abs=0.01)
    )
    again = most_promising(
        Encoding(space),
        lambda p: -np.abs(p - target).sum(axis=1),
        np.zeros((0, 3)),
        np.random.default_rng(0),
    )
    np.testing.assert_array_equal(places, again)
