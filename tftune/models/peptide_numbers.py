"""What a peptide is in numbers: composition, physico-chemical means, and the vectors by which two
peptides are compared. All of it is computed by TensorFlow, so that it is part of a saved model.

Scales of the amino acids: hydropathy by J. Kyte and R. F. Doolittle, *J. Mol. Biol.* 157 (1982);
hydrophobicity and its moment by D. Eisenberg et al., *Nature* 299 (1982), consensus values;
volumes by A. A. Zamyatnin, *Prog. Biophys. Mol. Biol.* 24 (1972); helix propensities by C. N. Pace
and J. M. Scholtz, *Biophys. J.* 75 (1998); strand propensities by P. Y. Chou and G. D. Fasman,
*Adv. Enzymol.* 47 (1978); interface energies by W. C. Wimley and S. H. White, *Nat. Struct. Biol.*
3 (1996).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import tensorflow as tf

from tftune.datasets.amino_acids import ALPHABET

LETTERS = len(ALPHABET)
CONSIDERED = 40  # residues that are compared at shifts
_WINDOWS = (11, 18)  # residues, of which the greatest moment counts
_TURNS = (100.0, 160.0)  # degrees a residue: a helix, a strand

_SCALES = {
    "hydropathy": "1.8 -4.5 -3.5 -3.5 2.5 -3.5 -3.5 -0.4 -3.2 4.5 3.8 -3.9 1.9 2.8 -1.6 -0.8 -0.7 "
    "-0.9 -1.3 4.2",
    "hydrophobicity": "0.62 -2.53 -0.78 -0.90 0.29 -0.85 -0.74 0.48 -0.40 1.38 1.06 -1.50 0.64 "
    "1.19 0.12 -0.18 -0.05 0.81 0.26 1.08",
    "charge": "0 1 0 -1 0 0 -1 0 0.1 0 0 1 0 0 0 0 0 0 0 0",
    "volume": "0.886 1.734 1.141 1.111 1.085 1.438 1.384 0.601 1.532 1.667 1.667 1.686 1.629 1.899 "
    "1.127 0.890 1.161 2.278 1.936 1.400",
    "helix": "0 0.21 0.65 0.69 0.68 0.39 0.40 1 0.61 0.41 0.21 0.26 0.24 0.54 3.16 0.5 0.66 0.49 "
    "0.53 0.61",
    "strand": "0.83 0.93 0.89 0.54 1.19 1.10 0.37 0.75 0.87 1.60 1.30 0.74 1.05 1.38 0.55 0.75 "
    "1.19 1.37 1.47 1.70",
    "interface": "-0.17 -0.81 -0.42 -1.23 0.24 -0.58 -2.02 -0.01 -0.17 0.31 0.56 -0.99 0.23 1.13 "
    "-0.45 -0.13 -0.14 1.85 0.94 -0.07",
    "aromatic": "0 0 0 0 0 0 0 0 0 0 0 0 0 1 0 0 0 1 1 0",
    "aliphatic": "0 0 0 0 0 0 0 0 0 1 1 0 0 0 0 0 0 0 0 1",
    "polar": "0 0 1 0 0 1 0 0 0 0 0 0 0 0 0 1 1 0 0 0",
    "small": "1 0 0 0 0 0 0 1 0 0 0 0 0 0 0 1 0 0 0 0",
}
SCALES = np.array([[float(each) for each in row.split()] for row in _SCALES.values()], "float32")
_CHARGE, _HYDROPHOBIC = list(_SCALES).index("charge"), list(_SCALES).index("hydrophobicity")
# means of the scales; length (2), charge, its square, charge a residue; means of the two scales of
# the first and the last five and of their half (6); moments (2), the greatest in windows (4); run
NUMBERS = len(_SCALES) + 18


def padded(codes: Any) -> Any:
    """Returns codes as int32, filled with 0 to at least 40 columns; what is no code becomes 0."""
    codes = tf.cast(codes, tf.int32)
    codes = tf.where((codes < 0) | (codes > LETTERS), 0, codes)
    return tf.pad(codes, [[0, 0], [0, max(CONSIDERED - codes.shape[1], 0)]])


def one_hot(codes: Any) -> Any:
    """Returns shape `(rows, width, 20)`; padding has no 1."""
    return tf.one_hot(codes - 1, LETTERS)


def lengths(codes: Any) -> Any:
    """Returns the residues of each row, shape `(rows, 1)`, float32, at least 1."""
    found = tf.reduce_sum(tf.cast(codes > 0, tf.float32), axis=1, keepdims=True)
    return tf.maximum(found, 1.0)


def last_residues(codes: Any, count: int) -> Any:
    """Returns the last residues of each row, at the right of `count` columns.

    Example:
        >>> last_residues(tf.constant([[7, 8, 9, 0], [5, 0, 0, 0]]), 2).numpy().tolist()
        [[8, 9], [0, 5]]
    """
    length = tf.reduce_sum(tf.cast(codes > 0, tf.int32), axis=1, keepdims=True)
    places = length - count + tf.range(count)[None, :]
    found = tf.gather(codes, tf.maximum(places, 0), batch_dims=1)
    return tf.where(places >= 0, found, 0)


def composition(codes: Any) -> Any:
    """Returns the share of each amino acid, shape `(rows, 20)`.

    Args:
        codes: As `padded` returns them.
    """
    return tf.reduce_sum(one_hot(codes), axis=1) / lengths(codes)


def physical_numbers(codes: Any) -> Any:
    """Returns the physico-chemical numbers of each row, shape `(rows, NUMBERS)`.

    Args:
        codes: As `padded` returns them.
    """
    length, there = lengths(codes), tf.cast(codes > 0, tf.float32)
    table = tf.constant(np.vstack([np.zeros((1, len(SCALES)), "float32"), SCALES.T]))
    values = tf.gather(table, codes)  # (rows, width, scales)
    charge, hydrophobic = values[..., _CHARGE], values[..., _HYDROPHOBIC]
    total = tf.reduce_sum(charge, axis=1, keepdims=True)
    found = [tf.reduce_sum(values, axis=1) / length]
    found += [tf.math.log(length), length / 50.0, total, total**2 / 10.0, total / length]
    ends = [tf.gather(table, each) for each in (codes[:, :5], last_residues(codes, 5))]
    found += [
        tf.reduce_sum(each[..., scale], 1, keepdims=True) / tf.minimum(length, 5.0)
        for scale in (_CHARGE, _HYDROPHOBIC)
        for each in ends
    ]
    half = there * tf.cast(
        tf.range(codes.shape[1])[None, :] < tf.cast(length / 2, tf.int32), "float32"
    )
    found += [
        tf.reduce_sum(half * each, 1, keepdims=True) / tf.maximum(length / 2, 1.0)
        for each in (charge, hydrophobic)
    ]
    for turn in _TURNS:
        whole, *windows = _moments(hydrophobic, length, turn)
        found += [whole, *windows]
    found.append(_longest_run(hydrophobic, there) / length)
    return tf.concat(found, axis=1)


def _moments(hydrophobic: Any, length: Any, turn: float) -> list[Any]:
    """Returns the moment a residue, and the greatest of a window of each width."""
    angles = np.arange(hydrophobic.shape[1]) * math.radians(turn)
    waves = [hydrophobic * tf.constant(wave(angles), "float32") for wave in (np.cos, np.sin)]
    found = [tf.sqrt(sum(tf.reduce_sum(wave, 1, keepdims=True) ** 2 for wave in waves)) / length]
    for width in _WINDOWS:
        sums = [tf.cumsum(tf.pad(wave, [[0, 0], [width, 0]]), axis=1) for wave in waves]
        squares = sum((each[:, width:] - each[:, :-width]) ** 2 for each in sums)
        found.append(tf.sqrt(tf.reduce_max(squares, 1, keepdims=True)) / width)
    return found


def _longest_run(hydrophobic: Any, there: Any) -> Any:
    """Returns the most hydrophobic residues in a row, 5 at most."""
    run = still = tf.cast(hydrophobic > 0.5, tf.float32) * there
    longest = tf.reduce_max(run, axis=1, keepdims=True)
    for _ in range(4):
        still = still[:, 1:] * run[:, : still.shape[1] - 1]
        longest += tf.reduce_max(still, axis=1, keepdims=True)
    return longest
