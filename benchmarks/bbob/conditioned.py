"""BBOB functions 6 to 14: 6-9 of low or moderate, 10-14 of high conditioning and one optimum.
Equations as in RR-6829; f_opt = 0.
"""

from __future__ import annotations

import numpy as np

from benchmarks.bbob.transformations import (
    Array,
    Function,
    asymmetric,
    conditioning,
    exponents,
    optimum,
    oscillate,
    penalty,
    rotation,
)


def rosenbrock_sum(z: Array) -> Array:
    """Returns sum 100 (z_i^2 - z_(i+1))^2 + (z_i - 1)^2, which is 0 at (1, .., 1)."""
    return (100.0 * (z[..., :-1] ** 2 - z[..., 1:]) ** 2 + (z[..., :-1] - 1.0) ** 2).sum(axis=-1)


def attractive_sector(generator: np.random.Generator, dimension: int) -> Function:
    """f6: T_osz(sum (s_i z_i)^2)^0.9 with z = Q Lambda^10 R (x - x_opt), s_i = 100 where z_i
    x_opt_i > 0, else 1.
    """
    x_opt, r, q = (
        optimum(generator, dimension),
        rotation(generator, dimension),
        rotation(generator, dimension),
    )
    matrix = q @ np.diag(conditioning(10.0, dimension)) @ r

    def value(x: Array) -> Array:
        z = (x - x_opt) @ matrix.T
        s = np.where(z * x_opt > 0, 100.0, 1.0)
        return oscillate(((s * z) ** 2).sum(axis=-1)) ** 0.9

    return Function(value, x_opt)


def step_ellipsoidal(generator: np.random.Generator, dimension: int) -> Function:
    """f7: 0.1 max(|z_hat_1| / 10^4, sum 10^(2 (i - 1) / (D - 1)) z_i^2) + f_pen; z_hat is rounded,
    so there are plateaus.
    """
    x_opt, r, q = (
        optimum(generator, dimension),
        rotation(generator, dimension),
        rotation(generator, dimension),
    )
    scale, weights = conditioning(10.0, dimension), 10.0 ** (2.0 * exponents(dimension))

    def value(x: Array) -> Array:
        z_hat = scale * ((x - x_opt) @ r.T)
        rounded = np.where(
            np.abs(z_hat) > 0.5, np.floor(0.5 + z_hat), np.floor(0.5 + 10.0 * z_hat) / 10.0
        )
        z = rounded @ q.T
        return 0.1 * np.maximum(
            np.abs(z_hat[..., 0]) / 1e4, (weights * z**2).sum(axis=-1)
        ) + penalty(x)

    return Function(value, x_opt)


def rosenbrock(generator: np.random.Generator, dimension: int) -> Function:
    """f8: Rosenbrock's sum of z = max(1, sqrt(D) / 8) (x - x_opt) + 1, x_opt in [-3, 3]^D."""
    x_opt = optimum(generator, dimension, bound=3.0)
    scale = max(1.0, np.sqrt(dimension) / 8.0)
    return Function(lambda x: rosenbrock_sum(scale * (x - x_opt) + 1.0), x_opt)


def rosenbrock_rotated(generator: np.random.Generator, dimension: int) -> Function:
    """f9: Rosenbrock's sum of z = max(1, sqrt(D) / 8) R x + 1/2."""
    r, scale = rotation(generator, dimension), max(1.0, np.sqrt(dimension) / 8.0)
    x_opt = r.T @ np.full(dimension, 0.5 / scale)  # where z = 1
    return Function(lambda x: rosenbrock_sum(scale * (x @ r.T) + 0.5), x_opt)


def ellipsoidal_rotated(generator: np.random.Generator, dimension: int) -> Function:
    """f10: f2 with z = T_osz(R (x - x_opt)): conditioning 10^6."""
    x_opt, r = optimum(generator, dimension), rotation(generator, dimension)
    weights = 10.0 ** (6.0 * exponents(dimension))
    return Function(lambda x: (weights * oscillate((x - x_opt) @ r.T) ** 2).sum(axis=-1), x_opt)


def discus(generator: np.random.Generator, dimension: int) -> Function:
    """f11: 10^6 z_1^2 + sum of the other z_i^2, z = T_osz(R (x - x_opt)): one direction is a
    thousand times as steep.
    """
    x_opt, r = optimum(generator, dimension), rotation(generator, dimension)
    weights = np.where(np.arange(dimension) == 0, 1e6, 1.0)
    return Function(lambda x: (weights * oscillate((x - x_opt) @ r.T) ** 2).sum(axis=-1), x_opt)


def bent_cigar(generator: np.random.Generator, dimension: int) -> Function:
    """f12: z_1^2 + 10^6 sum of the other z_i^2, z = R T_asy^0.5(R (x - x_opt)): a smooth but narrow
    bent ridge.
    """
    x_opt, r = optimum(generator, dimension), rotation(generator, dimension)
    weights = np.where(np.arange(dimension) == 0, 1.0, 1e6)
    return Function(
        lambda x: (weights * (asymmetric((x - x_opt) @ r.T, 0.5) @ r.T) ** 2).sum(axis=-1), x_opt
    )


def sharp_ridge(generator: np.random.Generator, dimension: int) -> Function:
    """f13: z_1^2 + 100 sqrt(sum of the other z_i^2), z = Q Lambda^10 R (x - x_opt)."""
    x_opt, r, q = (
        optimum(generator, dimension),
        rotation(generator, dimension),
        rotation(generator, dimension),
    )
    matrix = q @ np.diag(conditioning(10.0, dimension)) @ r

    def value(x: Array) -> Array:
        z = (x - x_opt) @ matrix.T
        return z[..., 0] ** 2 + 100.0 * np.sqrt((z[..., 1:] ** 2).sum(axis=-1))

    return Function(value, x_opt)


def different_powers(generator: np.random.Generator, dimension: int) -> Function:
    """f14: sqrt(sum |z_i|^(2 + 4 (i - 1) / (D - 1))), z = R (x - x_opt)."""
    x_opt, r = optimum(generator, dimension), rotation(generator, dimension)
    powers = 2.0 + 4.0 * exponents(dimension)
    return Function(lambda x: np.sqrt((np.abs((x - x_opt) @ r.T) ** powers).sum(axis=-1)), x_opt)
