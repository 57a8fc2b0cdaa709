"""A layer that looks the relatives of a peptide up among the peptides it was trained on.

The bank are the unique training sequences with mean labels and counts, kept as weights that are not
trained. A model with this layer therefore contains its training peptides when it is saved.

Similarity `s` of two peptides: the greatest number of equal residues over shifts -4 to 4 of the
first 40, divided by the longer length, 40 at most. The votes of the `top` most similar with mean
label `m` and count `c`, at temperature `T`:

    w = exp((s - 1) / T) sqrt(c),   p = (sum w m + 0.002) / (sum w + 0.01)
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

CONSIDERED = 40  # residues
SHIFTS = 4
TEMPERATURES = (0.05, 0.12)


def _first(codes: Any) -> Any:
    codes = ops.cast(codes, "int32")[:, :CONSIDERED]
    return ops.pad(codes, ((0, 0), (0, CONSIDERED - codes.shape[1])))


def shift_similarity(queries: Any, bank: Any) -> Any:
    """Returns the similarity of every query with every peptide of the bank.

    Args:
        queries: Codes, shape `(queries, width)`; 0 is padding.
        bank: Codes, shape `(peptides, width)`.

    Returns:
        Numbers from 0 to 1, shape `(queries, peptides)`.
    """
    queries, bank = _first(queries), _first(bank)
    one_hot = ops.one_hot(queries, 21)[:, :, 1:]  # padding equals nothing
    others = ops.pad(ops.one_hot(bank, 21)[:, :, 1:], ((0, 0), (SHIFTS, SHIFTS), (0, 0)))
    flat = ops.reshape(one_hot, (-1, CONSIDERED * 20))
    best = None
    for shift in range(2 * SHIFTS + 1):
        moved = ops.reshape(others[:, shift : shift + CONSIDERED], (-1, CONSIDERED * 20))
        equal = ops.matmul(flat, ops.transpose(moved))
        best = equal if best is None else ops.maximum(best, equal)
    lengths = [ops.sum(ops.cast(codes > 0, "float32"), axis=1) for codes in (queries, bank)]
    longer = ops.maximum(lengths[0][:, None], lengths[1][None, :])
    return best / ops.maximum(longer, 1.0)


@keras.saving.register_keras_serializable("tftune")
class Relatives(keras.layers.Layer):
    """Returns the log-odds of the relatives' votes and the greatest similarity.

    In training a query does not see itself: an equal sequence of the bank is left out.

    Args:
        size: Peptides in the bank.
        width: Positions of a sequence.
        top: Relatives that vote.
    """

    def __init__(self, size: int, width: int, top: int = 20, **options: Any) -> None:
        super().__init__(**options)
        self.size, self.width, self.top = size, width, top

    def build(self, _shape: Any) -> None:
        """Makes the weights of the bank, empty until `fill`."""
        weight = {"trainable": False, "initializer": "zeros"}
        self.sequences = self.add_weight(shape=(self.size, self.width), name="sequences", **weight)
        self.means = self.add_weight(shape=(self.size,), name="means", **weight)
        self.counts = self.add_weight(shape=(self.size,), name="counts", **weight)

    def fill(self, sequences: Any, means: Any, counts: Any) -> None:
        """Puts unique training sequences, their mean labels and counts into the bank."""
        for weight, value in (
            (self.sequences, sequences),
            (self.means, means),
            (self.counts, counts),
        ):
            weight.assign(value)

    def call(self, codes: Any, training: bool = False) -> Any:
        """Returns shape `(batch, 3)`: two log-odds, and the greatest similarity."""
        similarity = shift_similarity(codes, self.sequences)
        if training:
            bank = ops.cast(self.sequences, "int32")[None]
            same = ops.all(ops.cast(codes, "int32")[:, None] == bank, axis=2)
            similarity = ops.where(same, -9.0, similarity)
        nearest, rows = ops.top_k(similarity, min(self.top, self.size))
        means, counts = ops.take(self.means, rows), ops.take(self.counts, rows)
        found = []
        for temperature in TEMPERATURES:
            weights = ops.exp((nearest - 1) / temperature) * ops.sqrt(counts)
            share = (ops.sum(weights * means, 1) + 0.002) / (ops.sum(weights, 1) + 0.01)
            found.append(ops.log(share) - ops.log1p(-share))
        return ops.stack([*found, ops.maximum(nearest[:, 0], 0.0)], axis=1)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments; the bank itself is saved with the weights."""
        return super().get_config() | {"size": self.size, "width": self.width, "top": self.top}
