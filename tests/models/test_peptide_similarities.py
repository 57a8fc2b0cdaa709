"""Six similarities, on pairs whose values can be counted."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from tftune.datasets.amino_acids import encode
from tftune.models.peptide_numbers import NUMBERS, padded
from tftune.models.peptide_similarities import KINDS, WIDTH, similarities, vectors

ENDS, ALL, NEAR, MOVED, NUMBER, TOGETHER = range(KINDS)


def compared(queries: list[str], bank: list[str], width: int = 45) -> np.ndarray:
    of_queries, of_bank = (vectors(padded(encode(each, width))) for each in (queries, bank))
    assert of_queries.shape == (len(queries), WIDTH)
    return np.asarray(similarities(of_queries, of_bank, tf.zeros(NUMBERS), tf.ones(NUMBERS)))


def test_each_is_1_of_equal_peptides_and_less_of_others() -> None:
    peptides = ["GLFDIVKK", "GLFDIVKR", "KWKLFKKIEKVGQNIRDGIIKAGPAVAVVGQATQIAK", "A"]
    found = compared(peptides, peptides)
    for kind in found:
        np.testing.assert_allclose(np.diag(kind), 1, atol=2e-3)
        np.testing.assert_allclose(kind, kind.T, atol=1e-4)
        assert kind[~np.eye(4, dtype=bool)].max() < 0.99


def test_one_exchange_of_eight_leaves_seven_eighths_of_the_ends() -> None:
    found = compared(["GLFDIVKK"], ["GLFDIVKR"])
    assert found[ENDS].item() == pytest.approx(7 / 8)
    assert found[MOVED].item() == pytest.approx(7 / 8)


@pytest.mark.parametrize(
    ("other", "expected"),
    [("AGLFDIVKK", 8 / 9), ("LFDIVKK", 7 / 8), ("AAAAAGLFDIVKK", 1 / 13), ("IVKK", 4 / 8)],
)
def test_moved_peptides_are_found_up_to_four_places(other: str, expected: float) -> None:
    assert compared(["GLFDIVKK"], [other])[MOVED].item() == pytest.approx(expected)
    assert compared([other], ["GLFDIVKK"])[MOVED].item() == pytest.approx(expected)


def test_neighbours_are_what_a_shuffled_peptide_lacks() -> None:
    found = compared(["KLKLKL"], ["LLLKKK"])
    # equal roots of 2 residues; of the pairs KL 3, LK 2 stand against LL 2, LK 1, KK 2
    assert found[NEAR].item() == pytest.approx((6 + np.sqrt(2)) / 11)
    assert found[NUMBER].item() > found[ENDS].item()


def test_the_last_is_the_mean_of_three() -> None:
    found = compared(["GLFDIVKK"], ["KWKLFKKI", "GLFD"])
    np.testing.assert_allclose(
        found[TOGETHER], (found[MOVED] + found[ALL] + found[NUMBER]) / 3, rtol=1e-5
    )


def test_peptides_without_residues_are_like_nothing() -> None:
    found = compared([""], ["GLFD", ""])
    assert np.isfinite(found).all() and found[ENDS].max() == 0
