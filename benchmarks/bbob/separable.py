"""BBOB functions 1 to 5: separable. Equations as in RR-6829; f_opt = 0."""

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
    signs,
)


def rastrigin_sum(z: Array) -> Array:
    """Returns 10 (D - sum cos(2 pi z_i)) + |z|^2, which is 0 at 0 and has a local minimum near
    every whole number.
    """
    return 10.0 * (z.shape[-1] - np.cos(2.0 * np.pi * z).sum(axis=-1)) + (z**2).sum(axis=-1)


def sphere(generator: np.random.Generator, dimension: int) -> Function:
    """f1: |z|^2."""
    x_opt = optimum(generator, dimension)
    return Function(lambda x: ((x - x_opt) ** 2).sum(axis=-1), x_opt)


def ellipsoidal(generator: np.random.Generator, dimension: int) -> Function:
    """f2: sum 10^(6 (i - 1) / (D - 1)) z_i^2 with z = T_osz(x - x_opt)."""
    x_opt = optimum(generator, dimension)
    weights = 10.0 ** (6.0 * exponents(dimension))
    return Function(lambda x: (weights * oscillate(x - x_opt) ** 2).sum(axis=-1), x_opt)


def rastrigin(generator: np.random.Generator, dimension: int) -> Function:
    """f3: Rastrigin's sum of z = Lambda^10 T_asy^0.2(T_osz(x - x_opt))."""
    x_opt = optimum(generator, dimension)
    scale = conditioning(10.0, dimension)
    return Function(lambda x: rastrigin_sum(scale * asymmetric(oscillate(x - x_opt), 0.2)), x_opt)


def bueche_rastrigin(generator: np.random.Generator, dimension: int) -> Function:
    """f4: Rastrigin's sum + 100 f_pen; z_i = s_i T_osz(x_i - x_opt_i), s_i ten times larger for odd
    i where positive.
    """
    x_opt = optimum(generator, dimension)
    scale = conditioning(10.0, dimension)  # 10^((i - 1) / (2 (D - 1)))
    odd = np.arange(1, dimension + 1) % 2 == 1

    def value(x: Array) -> Array:
        z = oscillate(x - x_opt)
        z = np.where((z > 0) & odd, 10.0, 1.0) * scale * z
        return rastrigin_sum(z) + 100.0 * penalty(x)

    return Function(value, x_opt)


def linear_slope(generator: np.random.Generator, dimension: int) -> Function:
    """f5: sum 5 |s_i| - s_i z_i; the optimum is a corner of the box, beyond it nothing changes."""
    x_opt = 5.0 * signs(generator, dimension)
    s = np.sign(x_opt) * 10.0 ** exponents(dimension)

    def value(x: Array) -> Array:
        z = np.where(x_opt * x < 25.0, x, x_opt)
        return (5.0 * np.abs(s) - s * z).sum(axis=-1)

    return Function(value, x_opt)
