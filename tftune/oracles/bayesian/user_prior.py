"""Where a user expects good configurations: around the start configurations.

C. Hvarfner, D. Stoll, A. Souza, M. Lindauer, F. Hutter, L. Nardi: piBO: Augmenting acquisition
functions with user beliefs for Bayesian optimization, ICLR 2022.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tftune.oracles.bayesian.warping import rank_agreement
from tftune.oracles.core.encoding import Encoding
from tftune.space.search_space import Value

Array = np.ndarray

_SPREAD = 0.2  # standard deviation of an ordered knob around a start, as a share of its range
_ELSEWHERE = 0.1  # density of what is infinitely far in one knob; that of a start is 1
_STRENGTH = 8.0  # beta of the paper: the prior has the weight beta / n after n results


class UserPrior:
    """A density that is 1 at the start configurations and falls off around them.

    pi(x) = max_i prod_j (e + (1 - e) exp(-d_ij^2 / 2 s^2)), with e = 0.1, s = 0.2 and d_ij the
    distance of x and start i in knob j, 0 to 1 (of a choice without order, 1 if it is another one);
    only the knobs that a start names count. After n results the logarithm of the expected
    improvement gains 8 / n log pi(x), times the trust in the prior: how well the density ranks the
    results, 0 where it does no better than chance. So a prior that is wrong is soon ignored.

    Args:
        starts: Configurations; nothing is expected of a knob that a start does not name.
        encoding: Of the space.

    Example:
        >>> import keras_tuner
        >>> from tftune.space.search_space import SearchSpace
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("rate", 0.0, 1.0), hp.Float("drop", 0.0, 1.0)
        >>> prior = UserPrior([{"rate": 0.5}], Encoding(SearchSpace(hp)))
        >>> prior.log_density(np.array([[0.5, 0.1], [0.7, 0.1], [0.0, 0.9]])).round(2).tolist()
        [0.0, -0.44, -1.97]
    """

    def __init__(self, starts: Sequence[Mapping[str, Value]], encoding: Encoding) -> None:
        self._encoding = encoding
        self._places = encoding.places(starts)
        self._named = np.array(
            [[knob.name in start for knob in encoding.space.knobs] for start in starts], dtype=bool
        ).reshape(self._places.shape)
        # of two knobs of one name, that which the start has
        self._named &= encoding.tuned & encoding.active(encoding.snap(self._places))

    def __bool__(self) -> bool:
        """Whether anything is expected."""
        return bool(self._named.any())

    def log_density(self, places: Array) -> Array:
        """Returns log pi at snapped places, shape (n,)."""
        gaps = places[:, None, :] - self._places[None, :, :]  # (n, starts, knobs)
        unordered = self._encoding.unordered
        gaps = np.where(unordered & (np.abs(gaps) > 1e-9), 1.0, np.where(unordered, 0.0, gaps))
        near = np.exp(-0.5 * (gaps / _SPREAD) ** 2)
        logarithms = np.log(_ELSEWHERE + (1.0 - _ELSEWHERE) * near)
        return np.asarray((logarithms * self._named).sum(axis=2).max(axis=1))

    def weight(self, places: Array, losses: Array) -> float:
        """Returns the weight of log pi, given results: 8 / n times the trust in it; 0 while there
        are fewer than two.

        Args:
            places: Of the results, snapped, shape (n, n_knobs).
            losses: Lower is better, shape (n,).
        """
        if len(losses) < 2:
            return 0.0
        trust = rank_agreement(-self.log_density(places), losses)
        return _STRENGTH / len(losses) * max(0.0, trust)

    def draw(self, draws: np.random.Generator) -> Array:
        """Returns a place near a start, shape (n_knobs,); knobs that it does not name are uniform.

        Args:
            draws: The source of random numbers.
        """
        row = int(draws.integers(len(self._places)))
        place = np.asarray(draws.random(self._places.shape[1]))
        moved = self._places[row] + draws.normal(0.0, _SPREAD, len(place))
        moved = np.where((moved < 0) | (moved > 1), 2 * self._places[row] - moved, moved)
        same = draws.random(len(place)) >= _ELSEWHERE
        moved = np.where(self._encoding.unordered, self._places[row], np.clip(moved, 0.0, 1.0))
        return np.where(self._named[row] & same, moved, place)
