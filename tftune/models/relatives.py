"""A layer that looks the relatives of a peptide up among the peptides that a model was trained on.

The bank are the different training sequences, with the sum of their labels and how often they
stand in the training rows. They are weights that are not trained: **a saved model with this layer
contains its training peptides.**

For each of six similarities `s` (see `tftune.models.peptide_similarities`) the `top` most similar
others vote, with mean label `m` and count `c`, at two temperatures `T`:

    w = exp((s - 1) / T) sqrt(c),   p = (sum w m + 0.002) / (sum w + 0.01).

Told are log(p / (1 - p)) and log(sum w + 0.01), the greatest similarity and the mean labels of the
three nearest; then the composition and the physico-chemical numbers; all standardised by the
bank's, within 4 standard deviations. A peptide of the bank is never a relative of itself, in
training or later: what its own rows say is told apart, and only when the model is used.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tftune.errors import UsageError
from tftune.models.peptide_numbers import (
    CONSIDERED,
    LETTERS,
    NUMBERS,
    composition,
    padded,
    physical_numbers,
)
from tftune.models.peptide_similarities import KINDS, WIDTH, similarities, vectors
from tftune.models.votes import A_KIND, NEVER, votes_of
from tftune.support.checks import check_count

INPUTS = KINDS * A_KIND + LETTERS + NUMBERS  # numbers that are told of a peptide
LIMIT = 4.0  # standard deviations
# or each graph that calls it would be optimised with all of it, which takes seconds
_NO_INLINE = {"_noinline": True}
_CHUNK = 256  # rows that are compared at a time
_NO_KEY = np.iinfo(np.int64).max  # a key of no sequence
_MOST_BANKS = 16  # of which what they tell is kept in this process
_computed_before: OrderedDict[str, NDArray[np.float32]] = OrderedDict()


def keys_of(codes: Any) -> Any:
    """Returns a number for each row, equal for equal sequences, shape `(rows,)`, int64."""
    random = np.random.default_rng(20_261_128)
    factors = random.integers(-(2**62), 2**62, codes.shape[1], dtype=np.int64)
    return tf.reduce_sum(tf.cast(codes, tf.int64) * factors, axis=1)


@keras.saving.register_keras_serializable("tftune")
class Relatives(keras.layers.Layer):
    """Tells what the relatives of a peptide say, and what its own rows said.

    It takes codes, shape `(batch, width)`, and returns `(batch, INPUTS)` numbers, and `(batch, 2)`:
    the hemolytic rows of that very sequence in the bank and all its rows, both 0 in training.

    Args:
        capacity: The most peptides that the bank can hold.
        width: Positions of a sequence.
        top: Relatives that vote.

    Raises:
        UsageError: If one of them is no count.
    """

    def __init__(self, capacity: int, width: int, top: int = 20, **options: Any) -> None:
        super().__init__(**{**options, "dtype": "float32"})
        for name, count in (("capacity", capacity), ("width", width), ("top", top)):
            check_count(name, count, least=1)
        self.capacity, self.width, self.top = capacity, width, top
        self._function: Any = None

    def build(self, shape: Any = None) -> None:
        """Makes the weights of the bank, empty until `fill`."""
        fixed = {"trainable": False, "initializer": "zeros"}
        self.sequences = self.add_weight(
            shape=(self.capacity, self.width), name="sequences", dtype="uint8", **fixed
        )
        self.positives = self.add_weight(shape=(self.capacity,), name="positives", **fixed)
        self.counts = self.add_weight(shape=(self.capacity,), name="counts", **fixed)
        self.means = self.add_weight(shape=(INPUTS,), name="means", **fixed)
        self.scales = self.add_weight(shape=(INPUTS,), name="scales", **fixed)
        # what follows from the bank or was computed before; none of it is saved
        self._stamp = _state(np.zeros(2), tf.int64)  # of the bank whose vectors they are
        self._vectors = _state(np.zeros((0, WIDTH)), tf.float32)
        self._known_keys = _state([_NO_KEY], tf.int64)
        self._known = _state(np.zeros((1, INPUTS + 2)), tf.float32)
        self.built = True

    def fill(self, codes: Any, positives: Any, counts: Any) -> NDArray[np.float32]:
        """Puts different training sequences into the bank, in place of what it held, and lets the
        layer look up what it tells of them instead of computing it.

        Args:
            codes: Shape `(rows, width)`, each row once.
            positives: Of each the sum of its labels, shape `(rows,)`.
            counts: Of each its rows, above 0.

        Returns:
            The share of positives among the relatives of each, shape `(rows,)`.

        Raises:
            UsageError: If there are more than it can hold, or none.
        """
        rows = len(codes)
        if not 0 < rows <= self.capacity:
            raise UsageError(
                "The bank holds the different training sequences. Expected 1 to "
                f"{self.capacity:,}. Received: {rows:,}. Make the model with a larger capacity."
            )
        for weight, values in (
            (self.sequences, codes),
            (self.positives, positives),
            (self.counts, counts),
        ):
            whole = np.zeros(weight.shape, weight.dtype)
            whole[:rows] = values
            weight.assign(whole)
        self.forget()
        # one of the similarities needs the spread of the bank's own numbers
        chunks = [codes[start : start + _CHUNK] for start in range(0, rows, _CHUNK)]
        physical = np.concatenate([physical_numbers(_whole(chunk)).numpy() for chunk in chunks])
        self._standardise(np.pad(physical, [(0, 0), (INPUTS - NUMBERS, 0)]))
        told = self._remember(codes)
        self._standardise(told[:, :INPUTS])
        odds: NDArray[np.float32] = told[:, A_KIND + 2]  # all letters, the higher temperature
        share: NDArray[np.float32] = (1.0 / (1.0 + np.exp(-odds))).astype(np.float32)
        return share

    def _standardise(self, numbers: NDArray[np.float32]) -> None:
        deviations = numbers.std(axis=0)
        self.means.assign(numbers.mean(axis=0))
        self.scales.assign(np.where(deviations > 1e-6, 1.0 / np.maximum(deviations, 1e-6), 0.0))

    def remember(self, codes: Any) -> None:
        """Lets the layer look up what it tells of further peptides instead of computing it, until
        the bank is filled again or `forget` is called.

        Args:
            codes: Shape `(rows, width)`.
        """
        self._remember(codes)

    def _remember(self, codes: Any) -> NDArray[np.float32]:
        codes = np.asarray(codes)
        keys = keys_of(_whole(codes)).numpy()
        told = self.compute_all(codes)
        keys, first = np.unique(np.append(keys, self._known_keys.numpy()), return_index=True)
        self._known.assign(np.concatenate([told, self._known.numpy()])[first])
        self._known_keys.assign(keys)
        return told

    def compute_all(self, codes: NDArray[Any]) -> NDArray[np.float32]:
        """Returns what `compute` tells of many peptides, from memory where this process has
        computed the same before: many trials of a search have one bank.

        Args:
            codes: Shape `(rows, width)`.
        """
        bank = [
            weight.numpy().tobytes() for weight in (self.sequences, self.positives, self.counts)
        ]
        digest = hashlib.sha256(
            b"".join([*bank, str(self.top).encode(), codes.tobytes()])
        ).hexdigest()
        if digest not in _computed_before:
            chunks = [codes[start : start + _CHUNK] for start in range(0, len(codes), _CHUNK)]
            _computed_before[digest] = np.concatenate(
                [self._traced()(_whole(each)) for each in chunks]
            )
            while len(_computed_before) > _MOST_BANKS:
                _computed_before.popitem(last=False)
        _computed_before.move_to_end(digest)
        return _computed_before[digest]

    def forget(self) -> None:
        """Forgets all that is not saved, as long as it is not computed anew."""
        self._known_keys.assign([_NO_KEY])
        self._known.assign(np.zeros((1, INPUTS + 2), np.float32))
        self.release()

    def release(self) -> None:
        """Gives the room of the bank's vectors back (15 kB a peptide), until something is to be
        computed.
        """
        self._stamp.assign([0, 0])
        self._vectors.assign(np.zeros((0, WIDTH), np.float32))

    def call(self, codes: Any, training: bool = False) -> tuple[Any, Any]:
        """Returns the numbers, and the positive and all rows of each peptide's own."""
        codes = padded(codes)
        keys = keys_of(codes)
        last = tf.shape(self._known_keys)[0] - 1
        place = tf.minimum(tf.cast(tf.searchsorted(self._known_keys, keys), tf.int32), last)
        known = tf.reduce_all(tf.gather(self._known_keys, place) == keys)
        compute = self._traced()
        told = tf.cond(known, lambda: tf.gather(self._known, place), lambda: compute(codes))
        told = tf.stop_gradient(tf.ensure_shape(told, (None, INPUTS + 2)))
        numbers = (told[:, :INPUTS] - self.means) * self.scales
        own = tf.zeros_like(told[:, INPUTS:]) if training else told[:, INPUTS:]
        return tf.clip_by_value(numbers, -LIMIT, LIMIT), own

    def _traced(self) -> Any:
        """Returns `compute` as a function of TensorFlow's, made once: the graphs of training, of
        validation and of predictions call it.
        """
        if self._function is None:
            signature = tf.TensorSpec((None, max(self.width, CONSIDERED)), tf.int32)
            options = {"input_signature": [signature], "experimental_attributes": _NO_INLINE}
            self._function = tf.function(self.compute, **options)
        return self._function

    def compute(self, codes: Any) -> Any:
        """Returns what is told of peptides before it is standardised, then their own rows, shape
        `(rows, INPUTS + 2)`.

        Args:
            codes: As `padded` returns them.
        """
        rows = tf.reduce_sum(tf.cast(self.counts > 0, tf.int32))
        bank, counts = padded(self.sequences[:rows]), self.counts[:rows]
        keys = keys_of(bank)
        stamp = tf.stack([tf.reduce_sum(keys), tf.cast(rows, tf.int64)])
        as_before = tf.reduce_all(stamp == self._stamp)
        tf.cond(as_before, lambda: False, lambda: self._read_bank(bank, stamp))
        means, scales = self.means[-NUMBERS:], self.scales[-NUMBERS:]
        queries = vectors(codes)
        similarity = similarities(queries, self._vectors, means, scales)
        own = keys_of(codes)[:, None] == keys[None, :]
        similarity = tf.where(own, NEVER, similarity)
        positives = self.positives[:rows]
        votes = votes_of(similarity, positives / counts, counts, self.top)
        sums = tf.matmul(tf.cast(own, tf.float32), tf.stack([positives, counts], axis=1))
        return tf.concat([votes, composition(codes), queries[:, -NUMBERS:], sums], axis=1)

    def _read_bank(self, bank: Any, stamp: Any) -> bool:
        rows, width = tf.shape(bank)[0], bank.shape[1]
        chunks = tf.reshape(tf.pad(bank, [[0, -rows % _CHUNK], [0, 0]]), (-1, _CHUNK, width))
        signature = tf.TensorSpec((_CHUNK, WIDTH), tf.float32)
        found = tf.map_fn(vectors, chunks, fn_output_signature=signature)
        self._vectors.assign(tf.reshape(found, (-1, WIDTH))[:rows])
        self._stamp.assign(stamp)
        return True

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments; the bank itself is saved with the weights."""
        config = {"capacity": self.capacity, "width": self.width, "top": self.top}
        return {**super().get_config(), **config}


def is_traced_before(part: Any, name: str) -> bool:
    """Returns whether an attribute of an object is the traced function of a layer of this file."""
    return isinstance(part, Relatives) and name == "_function"


def _state(value: Any, kind: Any) -> tf.Variable:
    """Returns a variable of any length that is no weight."""
    value = tf.constant(value, kind)
    shape = tf.TensorShape([None, *value.shape[1:]])
    with tf.init_scope():
        return tf.Variable(value, shape=shape, trainable=False)


def _whole(codes: Any) -> Any:
    return padded(tf.convert_to_tensor(np.asarray(codes)))
