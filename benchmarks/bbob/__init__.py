"""The 24 noiseless BBOB functions (RR-6829, see `transformations.py`), written from their formulas.

Random parts (x_opt, rotations, peaks) are drawn by NumPy's generator, so an instance is not one of
the COCO platform's; its value is the regret: f_opt = 0.

Example:
    >>> function = make(1, dimension=5, seed=0)
    >>> float(function.value(function.x_opt[None, :])[0])
    0.0
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.bbob import conditioned, multimodal, separable, weak
from benchmarks.bbob.transformations import Function

BOUND = 5.0  # the search space is [-5, 5]^D

FUNCTIONS: dict[int, Callable[[np.random.Generator, int], Function]] = {
    1: separable.sphere,
    2: separable.ellipsoidal,
    3: separable.rastrigin,
    4: separable.bueche_rastrigin,
    5: separable.linear_slope,
    6: conditioned.attractive_sector,
    7: conditioned.step_ellipsoidal,
    8: conditioned.rosenbrock,
    9: conditioned.rosenbrock_rotated,
    10: conditioned.ellipsoidal_rotated,
    11: conditioned.discus,
    12: conditioned.bent_cigar,
    13: conditioned.sharp_ridge,
    14: conditioned.different_powers,
    15: multimodal.rastrigin_rotated,
    16: multimodal.weierstrass,
    17: multimodal.schaffers,
    18: multimodal.schaffers_ill_conditioned,
    19: multimodal.griewank_rosenbrock,
    20: weak.schwefel,
    21: weak.gallagher,
    22: weak.gallagher_few,
    23: weak.katsuura,
    24: weak.lunacek,
}

GROUPS: dict[str, range] = {
    "separable": range(1, 6),
    "moderate": range(6, 10),
    "ill-conditioned": range(10, 15),
    "multi-modal": range(15, 20),
    "weak structure": range(20, 25),
}


def make(number: int, dimension: int, seed: int) -> Function:
    """Returns an instance of function f1 .. f24.

    Args:
        number: 1 to 24.
        dimension: D, at least 2.
        seed: Draws the instance.
    """
    return FUNCTIONS[number](np.random.default_rng([seed, number, dimension]), dimension)
