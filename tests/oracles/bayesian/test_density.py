"""The kernel density: integrates to one, and draws what it describes."""

from __future__ import annotations

import numpy as np
import pytest

from tftune.oracles.bayesian.density import KernelDensity

POINTS = np.array(
    [[0.25, 0.5 / 3], [0.5, 0.5 / 3], [0.75, 2.5 / 3]]
)  # a number, a choice among three
CHOICES = np.array([0, 3])


def test_widths_by_hand() -> None:
    density = KernelDensity(POINTS, CHOICES)
    shrink = 1.06 * 3 ** (-1 / 6)
    assert density.widths[0] == pytest.approx(shrink * np.sqrt(2 / 3) * 0.25)
    assert density.widths[1] == pytest.approx(min(shrink * np.std([0.5, 0.5, 2.5]), 2 / 3))
    assert KernelDensity(np.full((4, 1), 0.5), np.array([0])).widths.tolist() == [1e-3]


def test_integrates_to_one() -> None:
    density = KernelDensity(POINTS, CHOICES)
    grid = np.linspace(-2, 3, 5001)
    total = sum(
        density(np.column_stack([grid, np.full(5001, (choice + 0.5) / 3)])).sum()
        * (grid[1] - grid[0])
        for choice in range(3)
    )
    assert total == pytest.approx(1.0, abs=1e-6)


def test_a_product_kernel_by_hand() -> None:
    density = KernelDensity(POINTS[:1].repeat(2, axis=0) + [[-0.1, 0.0], [0.1, 0.0]], CHOICES)
    h = density.widths[0]
    normal = np.exp(-0.5 * (0.1 / h) ** 2) / (np.sqrt(2 * np.pi) * h)
    assert density(np.array([[0.25, 0.5 / 3]]))[0] == pytest.approx(normal * (1 - 1e-3))
    assert density(np.array([[0.25, 0.5]]))[0] == pytest.approx(normal * 1e-3 / 2)


def test_draws_follow_the_density() -> None:
    density = KernelDensity(POINTS, CHOICES)
    drawn = density.draw(np.random.default_rng(0), 20_000)
    assert drawn.min() >= 0 and drawn.max() <= 1
    h = density.widths[1]
    expected = [(2 / 3) * (1 - h) + (1 / 3) * h / 2, h / 2, (1 / 3) * (1 - h) + (2 / 3) * h / 2]
    shares = [np.isclose(drawn[:, 1], (choice + 0.5) / 3).mean() for choice in range(3)]
    np.testing.assert_allclose(shares, expected, atol=0.015)
    assert drawn[:, 0].mean() == pytest.approx(0.5, abs=0.01)
    wide = density.draw(np.random.default_rng(0), 20_000, widening=3.0)
    assert wide[:, 0].std() > drawn[:, 0].std()
