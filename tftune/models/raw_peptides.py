"""Sequences of letters to the numbers that the peptide classifier takes, by layers of Keras.

A row is a text, in capitals or all in small letters. What the model does not know is not answered:
letters that are no amino acid, spaces and endings among them; an empty text; more residues than the
model's width; small letters among capitals, which mean D-amino acids (so in DBAASP).

`keras.layers.TextVectorization` splits a text into characters and looks each up: 0 is "no more
letters", 1 any other character, then come the capitals and the small letters in the order of
`ALPHABET`. One position more than the width is looked at, so that a longer text is seen.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import ops

from tftune.datasets.amino_acids import ALPHABET
from tftune.models.raw_input import answering_model

LETTERS = len(ALPHABET)
OTHER = 1  # of TextVectorization: what is not in the vocabulary


def peptide_model(model: keras.Model, class_names: Sequence[str] | None = None) -> keras.Model:
    """Returns a model of sequences, shape (n,) or (n, 1), around one of coded sequences.

    Args:
        model: The trained classifier: integers (batch, width), 0 = padding, 1 to 20 = amino acids.
        class_names: Of the labels 0 and 1. None: "0" and "1".

    Raises:
        UsageError: If there are not two different names.
    """
    width = int(model.input_shape[-1])
    inputs = keras.Input((1,), dtype="string", name="sequence")
    letters = keras.layers.TextVectorization(
        standardize=None,
        split="character",
        output_sequence_length=width + 1,
        vocabulary=[*ALPHABET, *ALPHABET.lower()],
        name="letters",
    )(inputs)  # (batch, width + 1)
    capital = ops.logical_and(letters > OTHER, letters <= OTHER + LETTERS)
    small = letters > OTHER + LETTERS
    codes = ops.where(capital, letters - OTHER, ops.where(small, letters - OTHER - LETTERS, 0))
    has_other = ops.any(ops.equal(letters, OTHER), axis=-1)
    mixed = ops.logical_and(ops.any(capital, axis=-1), ops.any(small, axis=-1))
    fits = ops.logical_and(letters[:, 0] > 0, letters[:, width] < OTHER)  # neither empty nor longer
    answerable = ops.logical_and(fits, ops.logical_not(ops.logical_or(has_other, mixed)))
    # Keras 3.8 does not know the width of what was split
    codes = ops.reshape(codes[:, :width], (-1, width))
    return answering_model(inputs, codes, answerable, model, class_names)
