"""The alphabet of the peptide files."""

from __future__ import annotations

import numpy as np
import pytest

from tftune.datasets.amino_acids import ALPHABET, decode, encode, unknown_letter
from tftune.errors import DataError

# Copied by hand from `stoi` of src/components/lib/tf-models.js, ur-whitelab/peptide-dashboard,
# commit b02d011.
PUBLISHED = {
    "A": 1,
    "R": 2,
    "N": 3,
    "D": 4,
    "C": 5,
    "Q": 6,
    "E": 7,
    "G": 8,
    "H": 9,
    "I": 10,
    "L": 11,
    "K": 12,
    "M": 13,
    "F": 14,
    "P": 15,
    "S": 16,
    "T": 17,
    "W": 18,
    "Y": 19,
    "V": 20,
}


def test_the_numbers_are_the_repositorys_own() -> None:
    assert {letter: int(encode([letter])[0, 0]) for letter in ALPHABET} == PUBLISHED


def test_encode_and_decode_are_inverse() -> None:
    random = np.random.default_rng(0)
    sequences = ["".join(random.choice(list(ALPHABET), size)) for size in (1, 5, 77, 190)]
    encoded = encode(sequences)
    assert encoded.dtype == np.uint8
    assert encoded.shape == (4, 190)
    assert decode(encoded) == sequences


def test_padding() -> None:
    assert encode(["ARN"], width=5).tolist() == [[1, 2, 3, 0, 0]]
    assert decode(np.array([[1, 0, 2, 0]])) == ["A-R"]
    assert encode([]).shape == (0, 0)


@pytest.mark.parametrize("sequence", ["GLXD", "G-L", "G L", "B", "ı", "ß", "1", "gLFD"])
def test_unknown_letters_are_named(sequence: str) -> None:
    assert unknown_letter(sequence) is not None
    with pytest.raises(
        DataError, match=f"is no amino acid. Expected letters of {ALPHABET}. Received: '{sequence}'"
    ):
        encode([sequence])


def test_a_sequence_that_is_too_long_is_refused() -> None:
    with pytest.raises(DataError, match="longer than the 3 columns. Received: 'ARND', 4 letters"):
        encode(["ARND"], width=3)
