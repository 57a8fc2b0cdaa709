"""A kernel density over the unit cube, for numbers and for choices without an order."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

_LEAST_BANDWIDTH = 1e-3


class KernelDensity:
    """Mean of one product kernel a point.

    A number has a normal kernel of width h = 1.06 s n^(-1 / (4 + d)) for n points in d coordinates
    with standard deviation s (Scott's normal reference rule), at least 0.001. A choice among c has
    the kernel of J. Aitchison and C. Aitken (Biometrika 63:413-420, 1976): 1 - h for the point's
    own choice, h / (c - 1) for each other one, h at most (c - 1) / c, where s is that of the
    choices' positions.

    Args:
        points: Shape (n, d), in the unit cube; a choice stands in the middle of its part of the
            interval.
        choices: Number of choices of each coordinate, shape (d,); 0 for a number.

    Example:
        >>> density = KernelDensity(np.array([[0.2], [0.4]]), np.array([0]))
        >>> near, far = density(np.array([[0.3], [0.9]]))
        >>> bool(near > 1 > far)
        True
    """

    def __init__(self, points: np.ndarray, choices: np.ndarray) -> None:
        count, dimension = points.shape
        self.points, self._choices, self._unordered = points, choices, choices > 0
        scale = np.where(self._unordered, choices, 1)
        widths = 1.06 * (points * scale).std(axis=0) * count ** (-1 / (4 + dimension))
        self.widths = np.clip(
            widths,
            _LEAST_BANDWIDTH,
            np.where(self._unordered, 1 - 1 / np.maximum(choices, 1), np.inf),
        )

    def __call__(self, places: np.ndarray) -> np.ndarray:
        """Returns the density at places of shape (m, d)."""
        ordered, unordered = ~self._unordered, self._unordered
        widths = self.widths[ordered]
        left, right = places[:, ordered] / widths, self.points[:, ordered] / widths
        squares = (left**2).sum(1)[:, None] + (right**2).sum(1)[None, :] - 2 * left @ right.T
        kernels = np.exp(-0.5 * np.maximum(squares, 0.0)) / np.prod(np.sqrt(2 * np.pi) * widths)
        if unordered.any():
            distance = places[:, None, unordered] - self.points[None, :, unordered]
            widths, choices = self.widths[unordered], self._choices[unordered]
            same = np.abs(distance) * choices < 0.5
            other = widths / np.maximum(choices - 1, 1)
            kernels = kernels * np.where(same, 1 - widths, other).prod(axis=2)
        return np.asarray(kernels.mean(axis=1))

    def draw(self, generator: np.random.Generator, count: int, widening: float = 1.0) -> np.ndarray:
        """Draws places, shape (count, d): around a random point each, numbers with wider kernels
        that are cut off at the ends.

        Args:
            generator: Of random numbers.
            count: How many.
            widening: Factor of the width of the normal kernels.
        """
        centres = self.points[generator.integers(len(self.points), size=count)]
        widths = self.widths * widening
        uniform = generator.random(centres.shape)
        low, high = ndtr(-centres / widths), ndtr((1 - centres) / widths)
        numbers = np.clip(centres + widths * ndtri(low + uniform * (high - low)), 0.0, 1.0)
        sizes = np.maximum(self._choices, 1)
        anywhere = (np.floor(generator.random(centres.shape) * sizes) + 0.5) / sizes
        # A new choice may be the old one: drawn so often that another one has probability h in all.
        moves = uniform * (1 - 1 / np.maximum(sizes, 2)) < self.widths
        return np.where(self._unordered, np.where(moves, anywhere, centres), numbers)
