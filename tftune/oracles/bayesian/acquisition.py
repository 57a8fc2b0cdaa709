"""How promising a configuration is, given what a model predicts of it, and where the most promising
one is.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import erfcx, log_ndtr

from tftune.oracles.core.encoding import Encoding
from tftune.oracles.core.view import SearchView
from tftune.space.search_space import Values

Array = np.ndarray

_LOOKED_AT = 100  # places, the most promising first, until one is found that was not tried
_ROUNDS = (0.2, 0.1, 0.05, 0.02, 0.01, 0.003)  # spread of the moves, from coarse to fine


def log_expected_improvement(mean: Array, deviation: Array, best: float) -> Array:
    """Returns log E[max(best - y, 0)] of y normal, for minimisation, accurate also where the
    improvement is hopeless.

    EI = s (z Phi(z) + phi(z)), z = (best - mean) / s (Jones, Schonlau, Welch 1998); the logarithm
    after Ament et al. 2023.

    Args:
        mean: Predicted means, shape (n,).
        deviation: Predicted standard deviations, above 0, shape (n,).
        best: The value to improve on.

    Example:
        >>> logarithm = log_expected_improvement(np.array([0.0]), np.array([1.0]), 0.0)
        >>> np.exp(logarithm).round(4).tolist()
        [0.3989]
    """
    z = (best - mean) / deviation
    log_density = -0.5 * z**2 - 0.5 * np.log(2 * np.pi)
    easy = np.maximum(z, -1.0)
    near = np.log(easy * np.exp(log_ndtr(easy)) + np.exp(-0.5 * easy**2) / np.sqrt(2 * np.pi))
    tail = np.minimum(z, -1.0)
    ratio = np.maximum(
        1.0 + tail * np.sqrt(np.pi / 2) * erfcx(-tail / np.sqrt(2)), 1e-300
    )  # 1 + z Phi(z) / phi(z)
    return np.asarray(np.log(deviation) + np.where(z > -1.0, near, log_density + np.log(ratio)))


def most_promising(
    encoding: Encoding,
    score: Callable[[Array], Array],
    centres: Array,
    generator: np.random.Generator,
    draws: int = 500,
    keep: int = 12,
) -> Array:
    """Returns places in the order of their score, best first: random ones and the ends of walks
    from the best of them.

    Args:
        encoding: Of the space.
        score: Takes places, shape (n, n_knobs), and returns how promising they are, shape (n,).
        centres: Places where good configurations are known, shape (m, n_knobs).
        generator: The source of random numbers.
        draws: Random places.
        keep: Walks.
    """
    knobs = len(encoding.space.knobs)
    share = min(1.0, 1.5 / max(1, int(encoding.tuned.sum())))
    near = (
        [
            encoding.mutate(np.repeat(centres, 10, axis=0), spread, share, generator)
            for spread in (0.3, 0.1)
        ]
        if len(centres)
        else []
    )
    places = encoding.snap(np.vstack([generator.random((draws, knobs)), *near]))
    scores = score(places)
    for spread in _ROUNDS:
        best = places[np.argsort(-scores, kind="stable")[:keep]]
        moved = encoding.snap(
            encoding.mutate(np.repeat(best, 10, axis=0), spread, share, generator)
        )
        places, scores = np.vstack([places, moved]), np.concatenate([scores, score(moved)])
    return places[np.argsort(-scores, kind="stable")]


def first_untried(view: SearchView, places: Array, trial_number: int) -> Values | None:
    """Returns the configuration at the first of some places that was not tried, or one beside the
    first; None if there is none left.

    Args:
        view: What was tried.
        places: The most promising first, shape (n, n_knobs).
        trial_number: Of the trial that gets it.
    """
    for place in places[:_LOOKED_AT]:
        values = view.space.from_unit(place)
        if values not in view.tried:
            return values
    return view.untried(view.space.from_unit(places[0]), trial_number)
