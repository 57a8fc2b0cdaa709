"""Losses that are warped for a Gaussian process, and turned back."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tftune.oracles.bayesian.warping import WARPINGS, unwarped

LOSSES = np.array([0.3, 0.1, 50.0, 0.2, 0.2, -7.0])


@pytest.mark.parametrize("name", WARPINGS)
@pytest.mark.parametrize("losses", [LOSSES, np.array([2.0, 2.0]), np.array([-3.0])])
def test_what_was_warped_is_turned_back(name: str, losses: np.ndarray) -> None:
    assert unwarped(name, losses, WARPINGS[name](losses)) == pytest.approx(losses)


@pytest.mark.parametrize("name", WARPINGS)
def test_turning_back_keeps_the_order(name: str) -> None:
    found = unwarped(name, LOSSES, np.linspace(-4.0, 4.0, 81))
    assert (np.diff(found) > 0).all() and found[0] < -7.0 and found[-1] > 50.0


def test_ranks_are_turned_back_by_interpolation() -> None:
    """Of three losses the ranks' quantiles are -0.967, 0, 0.967."""
    losses = np.array([1.0, 2.0, 5.0])
    end = 0.9674215661
    half = unwarped("copula", losses, np.array([-end / 2, 0.0, end / 2, 2 * end, -2 * end]))
    assert half == pytest.approx([1.5, 2.0, 3.5, 8.0, 0.0], abs=1e-9)


def test_no_loss_lies_below_the_end_of_a_logarithm() -> None:
    """Least 1, median 3: 1 - (3 - 1) / 20."""
    low, high = unwarped("logarithm", np.array([1.0, 3.0, 9.0]), np.array([-1e3, 1e6]))
    assert low == pytest.approx(0.9) and math.isinf(high)


def test_the_least_of_losses_have_a_logarithm() -> None:
    losses = np.array([0.0, 5e-324, 0.0, 1e-323])
    warped = WARPINGS["logarithm"](losses)
    assert np.isfinite(warped).all()
    assert np.isfinite(unwarped("logarithm", losses, warped)).all()
