"""Branin and Hartmann-6 at the points that the literature gives."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from benchmarks.functions import BRANIN_MINIMUM, HARTMANN_MINIMUM, branin, hartmann_6


def test_branin_has_three_minima() -> None:
    points = np.array([[-np.pi, 12.275], [np.pi, 2.275], [3 * np.pi, 2.475]])
    assert branin(points) == pytest.approx(np.full(3, BRANIN_MINIMUM), abs=1e-9)
    grid = np.stack(
        np.meshgrid(np.linspace(-5, 10, 151), np.linspace(0, 15, 151)), axis=-1
    ).reshape(-1, 2)
    assert branin(grid).min() >= BRANIN_MINIMUM
    assert branin(np.array([[0.0, 0.0]]))[0] == pytest.approx(36 + 10 * (1 - 1 / (8 * np.pi)) + 10)


def test_hartmann_has_its_minimum_at_the_tabled_place() -> None:
    place = np.array([0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573])
    assert hartmann_6(place[None, :])[0] == pytest.approx(-3.32237, abs=1e-5)
    found = minimize(
        lambda x: hartmann_6(x[None, :])[0],
        place,
        method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-14},
    )
    assert found.fun == pytest.approx(HARTMANN_MINIMUM, abs=1e-9)
    assert hartmann_6(np.random.default_rng(0).random((20000, 6))).min() >= HARTMANN_MINIMUM
