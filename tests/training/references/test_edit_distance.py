"""Edit distances by bits against the table that everybody knows."""

from __future__ import annotations

import numpy as np
import pytest

from tftune.training.references.edit_distance import LONGEST, Bank, lengths_of


def plain_distance(first: list[int], second: list[int]) -> int:
    """Wagner and Fischer's table, row by row."""
    row = list(range(len(second) + 1))
    for number, code in enumerate(first, start=1):
        before, row[0] = row[0], number
        for place, other in enumerate(second, start=1):
            before, row[place] = (
                row[place],
                min(row[place] + 1, row[place - 1] + 1, before + (code != other)),
            )
    return row[-1]


def padded(sequences: list[list[int]], width: int) -> np.ndarray:
    return np.array([[*each, *[0] * (width - len(each))] for each in sequences], np.uint8)


@pytest.mark.parametrize("width", [1, 12, 64])
def test_it_is_the_distance_of_the_table(width: int) -> None:
    random = np.random.default_rng(width)
    sequences = [random.integers(1, 5, random.integers(1, width + 1)).tolist() for _ in range(30)]
    bank = Bank(padded(sequences, width))
    for query in sequences[:10]:
        expected = [plain_distance(query, other) for other in sequences]
        assert bank.distances(np.array(query, np.uint8)).tolist() == expected


def test_empty_sequences_are_as_far_as_the_other_is_long() -> None:
    bank = Bank(padded([[], [1, 2]], 3))
    assert bank.distances(np.array([1, 2, 3], np.uint8)).tolist() == [3, 1]
    assert bank.distances(np.array([], np.uint8)).tolist() == [0, 2]


def test_only_the_first_64_residues_count() -> None:
    long = np.full((1, LONGEST + 10), 3, np.uint8)
    bank = Bank(long)
    assert bank.lengths.tolist() == [LONGEST]
    assert bank.distances(long[0]).tolist() == [0]


def test_padding_has_no_length() -> None:
    assert lengths_of(padded([[1], [2, 3, 4], []], 4)).tolist() == [1, 3, 0]
