"""How alike two peptides are, six ways at once: every query with every peptide of a bank.

| number | two peptides are alike if | formula |
|---|---|---|
| 0 | their ends agree place by place | cosine of the one-hot first 30 and last 30 residues |
| 1 | residues, pairs, ends agree | cosine of root counts, of pairs 1 to 4 apart, too, and ends |
| 2 | residues and neighbours agree | cosine of root counts and root counts of neighbours |
| 3 | they agree when moved | most equal of the first 40, shifts -4 to 4 / longer length |
| 4 | their numbers agree | 1 - distance / 8 of composition, length, physico-chemical numbers |
| 5 | 3, 1 and 4 agree | the mean of the three |
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from tftune.models.peptide_numbers import (
    CONSIDERED,
    LETTERS,
    NUMBERS,
    composition,
    last_residues,
    lengths,
    one_hot,
    physical_numbers,
)

KINDS = 6
END = 30  # residues at either end that are compared place by place
GAPS = (1, 2, 3, 4)  # between the residues of a pair
SHIFTS = 4
_ENDS, _NEAR = 2 * END * LETTERS, LETTERS + LETTERS**2
_FAR = (len(GAPS) - 1) * LETTERS**2
_PLACES, _OTHERS = CONSIDERED * LETTERS, LETTERS + 2
WIDTH = _ENDS + _NEAR + _FAR + _PLACES + _OTHERS + NUMBERS  # of a peptide's vector


def vectors(codes: Any) -> Any:
    """Returns what similarities are computed of, shape `(rows, WIDTH)`: the ends, root counts of
    residues and neighbours, of pairs farther apart, the first 40 residues, composition, length and
    its logarithm, and the physico-chemical numbers.

    Args:
        codes: Of at least 40 columns, shape `(rows, width)`, int32; 0 is padding.
    """
    letters, rows = one_hot(codes), tf.shape(codes)[0]
    ends = tf.concat([letters[:, :END], one_hot(last_residues(codes, END))], axis=1)
    pairs = [
        tf.reshape(tf.matmul(letters[:, :-gap], letters[:, gap:], transpose_a=True), (rows, -1))
        for gap in GAPS
    ]
    length = lengths(codes)
    parts = [
        tf.reshape(ends, (rows, _ENDS)),
        tf.sqrt(tf.concat([tf.reduce_sum(letters, axis=1), *pairs], axis=1)),
        tf.reshape(letters[:, :CONSIDERED], (rows, _PLACES)),
        composition(codes) / 0.08,
        length,
        tf.math.log(length) / 0.4,
        physical_numbers(codes),
    ]
    return tf.ensure_shape(tf.concat(parts, axis=1), (None, WIDTH))


def similarities(queries: Any, bank: Any, means: Any, scales: Any) -> Any:
    """Returns the similarities of every query with every peptide of a bank.

    Args:
        queries: As `vectors` returns them, shape `(queries, WIDTH)`.
        bank: Likewise, shape `(peptides, WIDTH)`.
        means: Of the physico-chemical numbers in the bank.
        scales: One over their standard deviations there.

    Returns:
        Numbers of at most 1, shape `(6, queries, peptides)`.
    """
    sizes = [_ENDS, _NEAR, _FAR, _PLACES, LETTERS, 1, 1, NUMBERS]
    of_queries, of_bank = tf.split(queries, sizes, axis=1), tf.split(bank, sizes, axis=1)
    products = [_products(of_queries[part], of_bank[part]) for part in range(3)]
    squares = [[_squares(side[part]) for part in range(3)] for side in (of_queries, of_bank)]

    def cosine(*parts: int) -> Any:
        first, second = (tf.add_n([side[part] for part in parts]) for side in squares)
        norms = tf.sqrt(first)[:, None] * tf.sqrt(second)[None, :]
        return tf.add_n([products[part] for part in parts]) / tf.maximum(norms, 1e-6)

    longer = tf.maximum(of_queries[5], tf.transpose(of_bank[5]))
    moved = _most_equal(of_queries[3], of_bank[3]) / tf.minimum(longer, float(CONSIDERED))
    everything = cosine(0, 1, 2)
    numbers = (
        1.0 - _distances(*(_numbers(side, means, scales) for side in (of_queries, of_bank))) / 8
    )
    together = (moved + everything + numbers) / 3.0
    return tf.stack([cosine(0), everything, cosine(1), moved, numbers, together])


def _products(queries: Any, bank: Any) -> Any:
    return tf.matmul(queries, bank, transpose_b=True)


def _squares(rows: Any) -> Any:
    return tf.reduce_sum(rows**2, axis=1)


def _most_equal(queries: Any, bank: Any) -> Any:
    """Returns the most equal residues at any shift."""
    pad = tf.pad(queries, [[0, 0], [SHIFTS * LETTERS, SHIFTS * LETTERS]])
    best = _products(queries, bank)
    for start in range(0, (2 * SHIFTS + 1) * LETTERS, LETTERS):
        best = tf.maximum(best, _products(pad[:, start : start + _PLACES], bank))
    return best


def _numbers(parts: Any, means: Any, scales: Any) -> Any:
    return tf.concat([parts[4], parts[6], (parts[7] - means) * scales / 2.0], axis=1)


def _distances(queries: Any, bank: Any) -> Any:
    squares = _squares(queries)[:, None] + _squares(bank)[None, :]
    return tf.sqrt(tf.maximum(squares - 2.0 * _products(queries, bank), 0.0))
