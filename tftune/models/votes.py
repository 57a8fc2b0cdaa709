"""What the most similar peptides of a bank say: votes at several temperatures, the greatest
similarity, and the labels of the nearest (see `tftune.models.relatives` for the formula).
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

TEMPERATURES = (0.05, 0.12)
NEAREST = 3  # whose labels are told one by one
A_KIND = 2 * len(TEMPERATURES) + 1 + NEAREST  # numbers of a kind of similarity
NEVER = -9.0  # the similarity of what has no vote
_PRIOR, _WEIGHT = 0.2, 0.01  # the share of positives where nobody votes, and its weight


def votes_of(similarity: Any, means: Any, counts: Any, top: int) -> Any:
    """Returns the votes, shape `(queries, kinds * A_KIND)`.

    Args:
        similarity: Shape `(kinds, queries, peptides)`; `NEVER` for what has no vote.
        means: Mean label of each peptide, shape `(peptides,)`.
        counts: Rows of each, likewise.
        top: How many vote.
    """
    kinds = similarity.shape[0]
    voters = tf.minimum(top, tf.shape(means)[0])
    nearest, places = tf.math.top_k(similarity, voters)  # (kinds, queries, voters)
    means = tf.where(nearest > NEVER, tf.gather(means, places), _PRIOR)
    counts = tf.gather(counts, places)
    found = []
    for temperature in TEMPERATURES:
        weights = tf.exp((nearest - 1.0) / temperature) * tf.sqrt(counts)
        total = tf.reduce_sum(weights, axis=2) + _WEIGHT
        share = (tf.reduce_sum(weights * means, axis=2) + _PRIOR * _WEIGHT) / total
        found += [tf.math.log(share) - tf.math.log1p(-share), tf.math.log(total)]
    missing = [[0, 0], [0, 0], [0, tf.maximum(NEAREST - voters, 0)]]
    found.append(tf.pad(nearest, missing, constant_values=0.0)[:, :, 0])
    labels = tf.pad(means, missing, constant_values=_PRIOR)
    found += [labels[:, :, place] for place in range(NEAREST)]
    told = tf.transpose(tf.stack(found, axis=2), [1, 0, 2])  # (queries, kinds, A_KIND)
    return tf.reshape(told, (-1, kinds * A_KIND))
