"""Where the user expects good configurations: density, draws, and that a wrong one fades."""

from __future__ import annotations

import math
from typing import Any

import keras_tuner
import numpy as np
import pytest

from tests.oracles.searching import conditional, make
from tftune.errors import UsageError
from tftune.oracles.bayesian.user_prior import UserPrior
from tftune.oracles.core.encoding import Encoding
from tftune.space.search_space import SearchSpace


def prior_of(*starts: dict[str, Any]) -> UserPrior:
    hp = keras_tuner.HyperParameters()
    hp.Float("rate", 0.0, 1.0)
    hp.Choice("kind", ["a", "b", "c"], ordered=False)
    return UserPrior(starts, Encoding(SearchSpace(hp)))


def test_the_density_falls_off_and_stays_above_nothing() -> None:
    prior = prior_of({"rate": 0.5, "kind": "b"})
    places = np.array([[0.5, 0.5], [0.7, 0.5], [0.5, 5 / 6], [0.5, 1 / 6]])
    found = prior.log_density(places)
    near, other = math.log(0.1 + 0.9 * math.exp(-0.5)), math.log(0.1 + 0.9 * math.exp(-12.5))
    np.testing.assert_allclose(found, [0.0, near, other, other])  # no choice is nearer than another


def test_of_several_starts_the_nearest_counts_and_unnamed_knobs_do_not() -> None:
    prior = prior_of({"rate": 0.1}, {"rate": 0.9})
    places = np.array([[0.1, 0.5], [0.9, 1 / 6], [0.5, 0.5]])
    assert prior.log_density(places).round(2).tolist() == [0.0, 0.0, -1.51]


def test_of_two_knobs_of_one_name_only_that_of_the_start_counts() -> None:
    encoding = Encoding(SearchSpace(conditional()))
    prior = UserPrior([{"model": "mlp", "size": 1.0}], encoding)
    others = [{"model": "cnn", "size": size, "pool": True} for size in (8, 32)]
    small, large = prior.log_density(encoding.places(others))
    assert small == large


def test_draws_lie_near_a_start() -> None:
    prior, draws = prior_of({"rate": 0.5, "kind": "b"}), np.random.default_rng(0)
    drawn = np.array([prior.draw(draws) for _ in range(400)])
    assert (drawn >= 0).all() and (drawn <= 1).all()
    assert np.mean(np.abs(drawn[:, 0] - 0.5) < 0.3) > 0.8
    assert np.mean((drawn[:, 1] * 3).astype(int) == 1) > 0.85


def test_a_prior_that_ranks_the_results_wrong_has_no_weight() -> None:
    prior = prior_of({"rate": 0.0})
    places = np.column_stack([np.linspace(0, 1, 9), np.full(9, 0.5)])
    assert prior.weight(places, losses=1 - places[:, 0]) == 0.0
    right = [prior.weight(places[:n], losses=places[:n, 0]) for n in (4, 8)]
    assert right == pytest.approx([2.0, 1.0])  # 8 / n, for the ranks agree


def test_a_search_around_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="around_start has nothing to search around"):
        make("auto", around_start=True)
    with pytest.raises(UsageError, match="around_start must be"):
        make("gp-fast", around_start=1)
