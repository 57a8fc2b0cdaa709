"""What a sequence's own training rows say, weighed against what the network says of it.

With a Beta prior of mean `p`, the network's probability, and concentration `k`, a sequence of which
`a` of `n` rows were positive has the probability

    (k p + a) / (k + n)

(A. Gelman et al., *Bayesian Data Analysis*, 3rd edition, 2013, section 2.4). Of a sequence that
stands in no training row, n = 0, this is `p`.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

USUAL = 4.0  # rows that the network's answer counts for, where the data do not tell
LEAST, MOST = 0.05, 50.0
_MARGIN = 0.02  # a vote that is surer than this tells nothing of what is left to chance


@keras.saving.register_keras_serializable("tftune")
class OwnRows(keras.layers.Layer):
    """Weighs the network's probabilities, shape `(batch, 1)`, against `(batch, 2)` positive and all
    rows of each sequence.

    Example:
        >>> layer = OwnRows()
        >>> layer([np.array([[0.5], [0.5]]), np.array([[0.0, 0.0], [4.0, 4.0]])]).numpy().tolist()
        [[0.5], [0.75]]
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "dtype": "float32"})

    def build(self, shape: Any = None) -> None:
        """Makes the weight of the concentration, which is not trained."""
        initializer = keras.initializers.Constant(USUAL)
        self.concentration = self.add_weight(
            shape=(), name="concentration", initializer=initializer, trainable=False
        )
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Returns the probabilities, shape `(batch, 1)`."""
        probability, rows = inputs
        positives, count = rows[:, :1], rows[:, 1:]
        return (self.concentration * probability + positives) / (self.concentration + count)

    def get_config(self) -> dict[str, Any]:
        """Returns name and type; the concentration is saved with the weights."""
        return dict(super().get_config())

    def compute_output_shape(self, shapes: Any) -> Any:
        """Returns the shape of the probabilities."""
        return shapes[0]


def fitted_concentration(
    prior: NDArray[Any], positives: NDArray[Any], counts: NDArray[Any]
) -> float:
    """Returns the concentration under which the rows of sequences that occur twice or more are the
    likeliest, from 0.05 to 50; 4 where there are none.

    Args:
        prior: Probability of each sequence by others alone, shape `(sequences,)`.
        positives: Positive rows of each.
        counts: All rows of each.

    Example:
        >>> twice = np.full(40, 2.0)
        >>> fitted_concentration(np.full(40, 0.5), np.repeat([0.0, 2.0], 20), twice) < 1
        True
        >>> fitted_concentration(np.full(40, 0.5), np.ones(40), twice) > 10
        True
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import betaln

    several = counts > 1
    if not several.any():
        return USUAL
    mean = np.clip(np.asarray(prior, np.float64)[several], _MARGIN, 1 - _MARGIN)
    hits = np.asarray(positives, np.float64)[several]
    misses = np.asarray(counts, np.float64)[several] - hits

    def loss(logarithm: float) -> float:
        one, other = np.exp(logarithm) * mean, np.exp(logarithm) * (1 - mean)
        return -float(np.sum(betaln(one + hits, other + misses) - betaln(one, other)))

    found = minimize_scalar(loss, bounds=(np.log(LEAST), np.log(MOST)), method="bounded")
    return float(np.exp(found.x))
