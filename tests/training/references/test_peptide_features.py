"""What a forest sees of a peptide, counted by hand."""

from __future__ import annotations

import numpy as np

from tftune.datasets.amino_acids import ALPHABET, encode
from tftune.training.references.peptide_features import lengths_of, peptide_features


def test_shares_pairs_length_and_beginning() -> None:
    codes = encode(["AAC", "G"])
    first, second = peptide_features(codes)
    a, c, g = (ALPHABET.index(letter) for letter in "ACG")
    assert np.isclose(first[a], 2 / 3) and np.isclose(first[c], 1 / 3)
    pairs = first[20:420].reshape(20, 20)
    assert pairs[a, a] == 0.5 and pairs[a, c] == 0.5 and pairs.sum() == 1
    assert first[420] == 3 and second[420] == 1
    places = first[421:].reshape(3, 20)
    assert places.argmax(axis=1).tolist() == [a, a, c]
    assert second[421:].sum() == 1 and second[421:].argmax() == g
    assert second[20:420].sum() == 0


def test_very_narrow_tables_are_read() -> None:
    assert peptide_features(np.array([[1], [0]], np.uint8)).shape == (2, 481)


def test_padding_has_no_length() -> None:
    codes = np.array([[1, 0, 0, 0], [2, 3, 4, 0], [0, 0, 0, 0]], np.uint8)
    assert lengths_of(codes).tolist() == [1, 3, 0]
