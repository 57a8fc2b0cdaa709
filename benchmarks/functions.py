"""Two classic test functions of Bayesian optimisation: Branin and Hartmann's in six dimensions."""

from __future__ import annotations

import numpy as np

BRANIN_BOUNDS = ((-5.0, 10.0), (0.0, 15.0))
BRANIN_MINIMUM = 0.39788735772973816  # at (-pi, 12.275), (pi, 2.275) and (3 pi, 2.475)
HARTMANN_MINIMUM = (
    -3.322368011415515
)  # near (0.20169, 0.15001, 0.476874, 0.275332, 0.311652, 0.6573)

_HEIGHTS = np.array([1.0, 1.2, 3.0, 3.2])
_WIDTHS = np.array(
    [
        [10.0, 3.0, 17.0, 3.5, 1.7, 8.0],
        [0.05, 10.0, 17.0, 0.1, 8.0, 14.0],
        [3.0, 3.5, 1.7, 10.0, 17.0, 8.0],
        [17.0, 8.0, 0.05, 10.0, 0.1, 14.0],
    ]
)
_CENTRES = 1e-4 * np.array(
    [
        [1312.0, 1696.0, 5569.0, 124.0, 8283.0, 5886.0],
        [2329.0, 4135.0, 8307.0, 3736.0, 1004.0, 9991.0],
        [2348.0, 1451.0, 3522.0, 2883.0, 3047.0, 6650.0],
        [4047.0, 8828.0, 8732.0, 5743.0, 1091.0, 381.0],
    ]
)


def branin(x: np.ndarray) -> np.ndarray:
    """F. H. Branin: "Widely convergent method for finding multiple solutions of simultaneous
    nonlinear equations", IBM J. R&D 16, 1972.

    Args:
        x: Points in [-5, 10] x [0, 15], shape (n, 2).

    Returns:
        Values, shape (n,); three equal minima.
    """
    x_1, x_2 = x[..., 0], x[..., 1]
    valley = x_2 - 5.1 / (4.0 * np.pi**2) * x_1**2 + 5.0 / np.pi * x_1 - 6.0
    return valley**2 + 10.0 * (1.0 - 1.0 / (8.0 * np.pi)) * np.cos(x_1) + 10.0


def hartmann_6(x: np.ndarray) -> np.ndarray:
    """J. K. Hartman: "Some experiments in global optimization", Naval Research Logistics Quarterly
    20, 1973, in six dimensions.

    Args:
        x: Points in [0, 1]^6, shape (n, 6).

    Returns:
        Values, shape (n,): minus the sum of four bumps.
    """
    distances = (_WIDTHS * (x[..., None, :] - _CENTRES) ** 2).sum(axis=-1)  # (n, 4)
    return -(_HEIGHTS * np.exp(-distances)).sum(axis=-1)
