"""The names that options of the model-based methods can have, and how many trials come before the
model. Imports nothing, for `--help` reads it.
"""

from __future__ import annotations

DESIGNS = ("random", "sobol", "halton", "hammersley", "lhs", "grid")
GP_ACQUISITIONS = ("gp_hedge", "EI", "PI", "LCB", "EIps")
FOREST_ACQUISITIONS = ("EI", "LCB", "PI", "EIps")

_INITIAL_POINTS = 10


def initial_points_for(max_trials: int | None) -> int:
    """Returns how many results a model is first fitted to, unless the user says: 10, as in
    scikit-optimize and Optuna, or half of the trials where that is less.

    Example:
        >>> initial_points_for(None), initial_points_for(100), initial_points_for(8)
        (10, 10, 4)
    """
    return _INITIAL_POINTS if max_trials is None else min(_INITIAL_POINTS, max(1, max_trials // 2))
