"""Numbers of a peptide that can be checked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tftune.datasets.amino_acids import ALPHABET, encode
from tftune.models import peptide_numbers
from tftune.models.peptide_numbers import (
    NUMBERS,
    SCALES,
    composition,
    last_residues,
    padded,
    physical_numbers,
)


def numbers(*sequences: str, width: int = 50) -> np.ndarray:
    return np.asarray(physical_numbers(padded(encode(list(sequences), width))))


def test_each_scale_has_a_value_for_each_amino_acid() -> None:
    assert SCALES.shape == (11, 20) and numbers("A").shape == (1, NUMBERS)


def test_scales_stand_in_the_order_of_the_alphabet() -> None:
    names = list(peptide_numbers._SCALES)
    charge = dict(zip(ALPHABET, SCALES[names.index("charge")], strict=True))
    assert {letter for letter in ALPHABET if charge[letter] == 1} == {"K", "R"}
    assert {letter for letter in ALPHABET if charge[letter] == -1} == {"D", "E"}
    volume = SCALES[names.index("volume")]
    assert ALPHABET[volume.argmax()] == "W" and ALPHABET[volume.argmin()] == "G"
    aromatic = SCALES[names.index("aromatic")]
    assert {letter for letter, one in zip(ALPHABET, aromatic, strict=True) if one} == set("FWY")


def test_length_and_charge_are_told() -> None:
    found = numbers("KKKKD")[0]
    assert found[11:16] == pytest.approx([np.log(5), 0.1, 3.0, 0.9, 0.6], rel=1e-5)


def test_padding_counts_for_nothing() -> None:
    for one, other in ((60, 40), (190, 50)):
        np.testing.assert_allclose(
            numbers("GLFDIVKK", width=one), numbers("GLFDIVKK", width=other), atol=1e-5
        )


def test_a_helix_that_turns_its_side_has_a_large_moment() -> None:
    turned, straight = numbers("LKKLLKKLLKKLLK", "LLLLLLLKKKKKKK")
    helix = 22  # the moment at 100 degrees
    assert turned[helix] > 3 * straight[helix]


def test_no_residues_are_finite_numbers() -> None:
    empty = padded(np.zeros((2, 3), np.uint8))
    assert empty.shape == (2, 40)
    assert np.isfinite(physical_numbers(empty)).all() and not np.any(composition(empty))


def test_composition_are_shares() -> None:
    shares = np.asarray(composition(padded(encode(["AAR"], 5))))[0]
    assert shares[:2] == pytest.approx([2 / 3, 1 / 3]) and shares.sum() == pytest.approx(1)


def test_last_residues_stand_at_the_right() -> None:
    codes = np.array([[1, 2, 3, 0], [4, 0, 0, 0]], "int32")
    np.testing.assert_array_equal(last_residues(codes, 2), [[2, 3], [0, 4]])
