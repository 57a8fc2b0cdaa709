"""What the 24 BBOB functions are made of: transformations of the search space, random rotations,
the penalty at the border.

Nikolaus Hansen, Steffen Finck, Raymond Ros and Anne Auger: "Real-Parameter Black-Box Optimization
Benchmarking 2009: Noiseless Functions Definitions", INRIA research report RR-6829, 2009 (updated
2010). Names follow the report. Points are rows: arrays of shape (n, D).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Array = np.ndarray


@dataclass(frozen=True)
class Function:
    """An instance of a function, shifted so that its least value is 0.

    Attributes:
        value: Maps points, shape (n, D), to values, shape (n,); at least 0 up to rounding.
        x_opt: Where the value is 0, shape (D,).
    """

    value: Callable[[Array], Array]
    x_opt: Array


def exponents(dimension: int) -> Array:
    """Returns (i - 1) / (D - 1) for i = 1 .. D; 0 in one dimension."""
    return np.arange(dimension) / max(1, dimension - 1)


def conditioning(alpha: float, dimension: int) -> Array:
    """Returns the diagonal of Lambda^alpha: alpha^((i - 1) / (2 (D - 1))).

    Example:
        >>> conditioning(100.0, 3).round(3).tolist()
        [1.0, 3.162, 10.0]
    """
    return alpha ** (0.5 * exponents(dimension))


def oscillate(x: Array) -> Array:
    """T_osz: makes a smooth function slightly bumpy, element by element; keeps the sign, and 0, 1
    and -1 as they are.
    """
    positive = x > 0
    x_hat = np.log(np.abs(x), where=x != 0, out=np.zeros_like(x, dtype=float))
    c1, c2 = np.where(positive, 10.0, 5.5), np.where(positive, 7.9, 3.1)
    return np.sign(x) * np.exp(x_hat + 0.049 * (np.sin(c1 * x_hat) + np.sin(c2 * x_hat)))


def asymmetric(x: Array, beta: float) -> Array:
    """T_asy^beta: stretches the positive side, later coordinates more; negative numbers stay."""
    positive = np.maximum(x, 0.0)
    return np.where(x > 0, positive ** (1.0 + beta * exponents(x.shape[-1]) * np.sqrt(positive)), x)


def penalty(x: Array) -> Array:
    """f_pen: the squared distance to the box [-5, 5]^D, shape (n,)."""
    return (np.maximum(0.0, np.abs(x) - 5.0) ** 2).sum(axis=-1)


def rotation(generator: np.random.Generator, dimension: int) -> Array:
    """Returns a random orthogonal matrix, evenly distributed."""
    q, r = np.linalg.qr(generator.standard_normal((dimension, dimension)))
    return q * np.sign(np.diag(r))


def optimum(generator: np.random.Generator, dimension: int, bound: float = 4.0) -> Array:
    """Returns x_opt, drawn evenly from [-bound, bound]^D."""
    return generator.uniform(-bound, bound, dimension)


def signs(generator: np.random.Generator, dimension: int) -> Array:
    """Returns a vector of -1 and 1, drawn evenly."""
    return generator.choice([-1.0, 1.0], dimension)
