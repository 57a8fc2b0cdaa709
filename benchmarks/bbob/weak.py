"""BBOB functions 20 to 24: many optima with a weak global structure. Equations as in RR-6829 (see
`transformations.py`); f_opt = 0.
"""

from __future__ import annotations

import numpy as np

from benchmarks.bbob.transformations import (
    Array,
    Function,
    conditioning,
    optimum,
    oscillate,
    penalty,
    rotation,
    signs,
)


def schwefel(generator: np.random.Generator, dimension: int) -> Function:
    """f20: 4.189828872724339 - mean(z_i sin sqrt|z_i|) / 100 + 100 f_pen(z / 100); the best optima
    lie near the corners.
    """
    plus_minus = signs(generator, dimension)
    x_opt = 4.2096874633 / 2.0 * plus_minus
    centre, scale = 2.0 * np.abs(x_opt), conditioning(10.0, dimension)

    def value(x: Array) -> Array:
        x_hat = 2.0 * plus_minus * x
        z_hat = x_hat.copy()
        z_hat[..., 1:] += 0.25 * (x_hat[..., :-1] - centre[:-1])
        z = 100.0 * (scale * (z_hat - centre) + centre)
        return (
            4.189828872724339
            - (z * np.sin(np.sqrt(np.abs(z)))).mean(axis=-1) / 100.0
            + 100.0 * penalty(z / 100.0)
        )

    return Function(value, x_opt)


def gallagher(
    generator: np.random.Generator,
    dimension: int,
    peaks: int = 101,
    alpha_1: float = 1000.0,
    bounds: tuple[float, float] = (4.0, 5.0),
) -> Function:
    """f21: T_osz(10 - max_i w_i exp(-(x - y_i)^T R^T C_i R (x - y_i) / (2 D)))^2 + f_pen, 101 peaks
    of random place and shape.

    Args:
        generator: Draws the instance.
        dimension: D.
        peaks: Their number; w_1 = 10 at the optimum y_1, the others rise evenly from 1.1 to 9.1.
        alpha_1: Conditioning of the highest peak; the others' are 1000^(2 j / (peaks - 2)), j = 0
            .. peaks - 2, in random order.
        bounds: Of y_1 and of the other y_i.
    """
    r = rotation(generator, dimension)
    y = generator.uniform(-bounds[1], bounds[1], (peaks, dimension))
    y[0] = optimum(generator, dimension, bounds[0])
    heights = np.append(10.0, 1.1 + 8.0 * np.arange(peaks - 1) / (peaks - 2))
    alphas = np.append(alpha_1, 1000.0 ** (2.0 * generator.permutation(peaks - 1) / (peaks - 2)))
    shapes = [
        generator.permutation(conditioning(alpha, dimension)) / alpha**0.25 for alpha in alphas
    ]

    def value(x: Array) -> Array:
        highest = np.zeros(x.shape[:-1])
        for centre, height, shape in zip(y, heights, shapes, strict=True):
            distance = (shape * ((x - centre) @ r.T) ** 2).sum(axis=-1)
            highest = np.maximum(highest, height * np.exp(-distance / (2.0 * dimension)))
        return oscillate(10.0 - highest) ** 2 + penalty(x)

    return Function(value, y[0])


def gallagher_few(generator: np.random.Generator, dimension: int) -> Function:
    """f22: f21 with 21 peaks, the highest one of conditioning 1000^2."""
    return gallagher(generator, dimension, peaks=21, alpha_1=1000.0**2, bounds=(3.92, 4.9))


def katsuura(generator: np.random.Generator, dimension: int) -> Function:
    """f23: 10/D^2 prod_i (1 + i sum_j |2^j z_i - [2^j z_i]| / 2^j)^(10 / D^1.2) - 10/D^2 + f_pen, j
    = 1 .. 32, z = Q Lambda^100 R (..).
    """
    x_opt, r, q = (
        optimum(generator, dimension),
        rotation(generator, dimension),
        rotation(generator, dimension),
    )
    matrix = q @ np.diag(conditioning(100.0, dimension)) @ r

    def value(x: Array) -> Array:
        z = (x - x_opt) @ matrix.T
        rough = sum(np.abs(2.0**j * z - np.round(2.0**j * z)) / 2.0**j for j in range(1, 33))
        product = (
            (1.0 + np.arange(1, dimension + 1) * np.asarray(rough)) ** (10.0 / dimension**1.2)
        ).prod(axis=-1)
        return 10.0 / dimension**2 * (product - 1.0) + penalty(x)

    return Function(value, x_opt)


def lunacek(generator: np.random.Generator, dimension: int) -> Function:
    """f24: min(|x_hat - mu_0|^2, D + s |x_hat - mu_1|^2) + 10 (D - sum cos(2 pi z_i)) + 10^4 f_pen:
    two funnels, the wider one is wrong.
    """
    mu_0 = 2.5
    plus_minus = signs(generator, dimension)
    x_opt, r, q = (
        mu_0 / 2.0 * plus_minus,
        rotation(generator, dimension),
        rotation(generator, dimension),
    )
    matrix = q @ np.diag(conditioning(100.0, dimension)) @ r
    s = 1.0 - 1.0 / (2.0 * np.sqrt(dimension + 20.0) - 8.2)
    mu_1 = -np.sqrt((mu_0**2 - 1.0) / s)

    def value(x: Array) -> Array:
        x_hat = 2.0 * plus_minus * x
        z = (x_hat - mu_0) @ matrix.T
        right, wrong = (
            ((x_hat - mu_0) ** 2).sum(axis=-1),
            dimension + s * ((x_hat - mu_1) ** 2).sum(axis=-1),
        )
        return (
            np.minimum(right, wrong)
            + 10.0 * (dimension - np.cos(2.0 * np.pi * z).sum(axis=-1))
            + 1e4 * penalty(x)
        )

    return Function(value, x_opt)
