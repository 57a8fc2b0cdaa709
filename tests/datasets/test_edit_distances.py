"""Edit distances against the textbook's table, and clusters by hand."""

from __future__ import annotations

import tracemalloc
from itertools import combinations, product

import numpy as np
import pytest

from tftune.datasets.amino_acids import encode
from tftune.datasets.edit_distances import as_texts, close_pairs, clusters, nearest, text_clusters
from tftune.datasets.nearness import nearness


def levenshtein(first: str, second: str) -> int:
    """The table of the textbook, cell by cell."""
    above = list(range(len(second) + 1))
    for row, letter in enumerate(first, start=1):
        line = [row]
        for column, other in enumerate(second, start=1):
            replaced = above[column - 1] + (letter != other)
            line.append(min(above[column] + 1, line[-1] + 1, replaced))
        above = line
    return above[-1]


def families(count: int = 120, seed: int = 0) -> list[str]:
    """Peptides in families: each is a near copy of an earlier one or new; some stand twice."""
    random = np.random.default_rng(seed)
    letters = "ARNDCQEG"
    texts = ["GLFDIVKK"]
    while len(texts) < count:
        text = list(texts[random.integers(len(texts))])
        if random.random() < 0.3:
            text = list(random.choice(list(letters), size=random.integers(1, 14)))
        for _ in range(random.integers(0, 4)):
            place = int(random.integers(len(text) + 1))
            text[place : place + int(random.integers(2))] = random.choice(
                list(letters), size=random.integers(2)
            ).tolist()
        texts.append("".join(text) or "A")
    return texts


@pytest.mark.parametrize("most", [None, 0, 1, 3])
def test_the_nearest_is_that_of_the_textbooks_table(most: int | None) -> None:
    texts = families()
    some, seen = texts[:40], texts[40:]
    expected = [min(levenshtein(text, other) for other in seen) for text in some]
    if most is not None:
        expected = [min(distance, most + 1) for distance in expected]
    assert nearest(some, seen, most).tolist() == expected


@pytest.mark.parametrize("edits", [0, 1, 3])
def test_close_pairs_are_all_of_them_and_no_others(edits: int) -> None:
    texts = families(90, seed=1)
    expected = {
        (one, two)
        for one, two in combinations(range(len(texts)), 2)
        if levenshtein(texts[one], texts[two]) <= edits
    }
    found = list(close_pairs(texts, edits))
    assert set(found) == expected and len(found) == len(expected)


def test_more_texts_than_a_block_are_compared_with_each_other() -> None:
    texts = [f"{number:05b}".replace("0", "A").replace("1", "C") for number in range(700)]
    pairs = set(close_pairs(texts, 1))
    assert len(pairs) > 1000
    assert all(levenshtein(texts[one], texts[two]) <= 1 for one, two in pairs)
    assert (0, 1) in pairs and (511, 510) not in pairs and (510, 511) in pairs


def test_clusters_are_chains_and_their_borders_are_wide() -> None:
    texts = families(100, seed=2)
    found = text_clusters(texts, 2)
    borders = [
        levenshtein(texts[one], texts[two])
        for one, two in combinations(range(100), 2)
        if found[one] != found[two]
    ]
    assert min(borders) > 2 and len(set(found.tolist())) > 3
    for one in range(100):  # each has a neighbour in its cluster, or is alone
        others = [two for two in range(100) if two != one and found[two] == found[one]]
        assert not others or min(levenshtein(texts[one], texts[two]) for two in others) <= 2


def test_equal_rows_are_one_cluster_by_hand() -> None:
    rows = encode(["GLFDIVKK", "GLFDIVK", "WWWWWWWW", "GLFDIVKK", "GLFDI", "KWKWKWK"])
    assert clusters(rows, 1).tolist() == [0, 0, 1, 0, 2, 3]
    assert clusters(rows, 2).tolist() == [0, 0, 1, 0, 0, 2]
    assert clusters(rows[:1]).tolist() == [0]


def test_zeros_at_the_end_are_no_letters() -> None:
    narrow, wide = encode(["GL", "W"]), encode(["GL", "W"], width=9)
    assert as_texts(narrow) == as_texts(wide)
    found = nearness(wide, narrow)
    assert found.distances.tolist() == [0, 0] and found.groups.tolist() == [0, 1]


def test_nearness_counts_edits_and_equal_rows_share_a_group() -> None:
    train = encode(["GLFDIVKK", "KWKLFKKI"])
    found = nearness(encode(["GLFDIVK", "GLFDIVKK", "GLFDIVK", "AAAA"]), train)
    assert found.distances.tolist() == [1, 0, 1, 8]
    assert found.groups.tolist() == [0, 1, 0, 2]


def test_short_texts_are_clustered_without_room_for_all_their_pairs() -> None:
    texts = ["".join(letters) for letters in product("ARNDCQEGH", repeat=3)] + ["W" * 9]
    tracemalloc.start()
    try:
        numbers = text_clusters(texts)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert numbers.tolist() == [0] * 729 + [1]
    assert most < 16_000_000  # as tuples all 265,000 pairs take 27 MB


def test_clusters_are_numbered_by_first_appearance() -> None:
    texts = ["W" * 12, "A", "W" * 11, "GLFDIVKK", "AR", "GLFDIVKR"]
    assert text_clusters(texts, edits=1).tolist() == [0, 1, 0, 2, 1, 2]
