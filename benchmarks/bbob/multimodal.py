"""BBOB functions 15 to 19: many optima with a global structure. Equations as in RR-6829 (see
`transformations.py`); f_opt = 0.
"""

from __future__ import annotations

import numpy as np

from benchmarks.bbob.separable import rastrigin_sum
from benchmarks.bbob.transformations import (
    Array,
    Function,
    asymmetric,
    conditioning,
    optimum,
    oscillate,
    penalty,
    rotation,
)


def rastrigin_rotated(generator: np.random.Generator, dimension: int) -> Function:
    """f15: Rastrigin's sum of z = R Lambda^10 Q T_asy^0.2(T_osz(R (x - x_opt)))."""
    x_opt, r, q = (
        optimum(generator, dimension),
        rotation(generator, dimension),
        rotation(generator, dimension),
    )
    matrix = r @ np.diag(conditioning(10.0, dimension)) @ q
    return Function(
        lambda x: rastrigin_sum(asymmetric(oscillate((x - x_opt) @ r.T), 0.2) @ matrix.T), x_opt
    )


def weierstrass(generator: np.random.Generator, dimension: int) -> Function:
    """f16: 10 (1/D sum_i sum_k 2^-k cos(2 pi 3^k (z_i + 1/2)) - f_0)^3 + 10/D f_pen, k = 0 .. 11, z
    = R Lambda^(1/100) Q T_osz(..).
    """
    x_opt, r, q = (
        optimum(generator, dimension),
        rotation(generator, dimension),
        rotation(generator, dimension),
    )
    matrix = r @ np.diag(conditioning(0.01, dimension)) @ q
    k = np.arange(12)
    f_0 = (0.5**k * np.cos(np.pi * 3.0**k)).sum()

    def value(x: Array) -> Array:
        z = oscillate((x - x_opt) @ r.T) @ matrix.T
        waves = sum(
            0.5**power * np.cos(2.0 * np.pi * 3.0**power * (z + 0.5)) for power in range(12)
        )
        return 10.0 * (np.asarray(waves).mean(axis=-1) - f_0) ** 3 + 10.0 / dimension * penalty(x)

    return Function(value, x_opt)


def schaffers(generator: np.random.Generator, dimension: int, alpha: float = 10.0) -> Function:
    """f17: (mean of sqrt(s_i) (1 + sin^2(50 s_i^(1/5))))^2 + 10 f_pen, s_i = sqrt(z_i^2 +
    z_(i+1)^2), z = Lambda^10 Q T_asy^0.5(R ..).
    """
    x_opt, r, q = (
        optimum(generator, dimension),
        rotation(generator, dimension),
        rotation(generator, dimension),
    )
    matrix = np.diag(conditioning(alpha, dimension)) @ q

    def value(x: Array) -> Array:
        z = asymmetric((x - x_opt) @ r.T, 0.5) @ matrix.T
        s = np.hypot(z[..., :-1], z[..., 1:])
        return (np.sqrt(s) * (1.0 + np.sin(50.0 * s**0.2) ** 2)).mean(
            axis=-1
        ) ** 2 + 10.0 * penalty(x)

    return Function(value, x_opt)


def schaffers_ill_conditioned(generator: np.random.Generator, dimension: int) -> Function:
    """f18: f17 with Lambda^1000."""
    return schaffers(generator, dimension, alpha=1000.0)


def griewank_rosenbrock(generator: np.random.Generator, dimension: int) -> Function:
    """f19: 10 mean(s_i / 4000 - cos s_i) + 10, s_i the terms of Rosenbrock's sum of z = max(1,
    sqrt(D) / 8) R x + 1/2.
    """
    r, scale = rotation(generator, dimension), max(1.0, np.sqrt(dimension) / 8.0)
    x_opt = r.T @ np.full(dimension, 0.5 / scale)  # where z = 1

    def value(x: Array) -> Array:
        z = scale * (x @ r.T) + 0.5
        s = 100.0 * (z[..., :-1] ** 2 - z[..., 1:]) ** 2 + (z[..., :-1] - 1.0) ** 2
        return 10.0 * (s / 4000.0 - np.cos(s)).mean(axis=-1) + 10.0

    return Function(value, x_opt)
