"""Replacement schemes: every population by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tftune.oracles.population.replacement import REPLACEMENTS, elitism, full, losers

LOSSES = [0.9, 0.1, 0.8, 0.7, 0.6, 0.5, 0.4]


def members(name: str, count: int, size: int = 3, elites: int = 1, rounds: int = 2) -> list[int]:
    return REPLACEMENTS[name](LOSSES[:count], size, elites, rounds, np.random.default_rng(0))


@pytest.mark.parametrize("name", REPLACEMENTS)
def test_the_first_results_found_the_population(name: str) -> None:
    assert [members(name, count) for count in range(4)] == [[], [0], [0, 1], [0, 1, 2]]


def test_aging_kills_the_oldest_even_if_it_is_the_best() -> None:
    assert [members("aging", count) for count in (4, 5, 7)] == [[1, 2, 3], [2, 3, 4], [4, 5, 6]]


def test_full_replacement_waits_for_the_whole_generation() -> None:
    assert [members("full", count) for count in (4, 5, 6, 7)] == [
        [0, 1, 2],
        [0, 1, 2],
        [3, 4, 5],
        [3, 4, 5],
    ]
    assert full(LOSSES, 2, 1, 1, np.random.default_rng(0)) == [4, 5]


def test_elitism_keeps_the_best_of_the_generation_before() -> None:
    assert [members("elitism", count) for count in (4, 5, 6, 7)] == [
        [0, 1, 2],
        [1, 3, 4],
        [1, 3, 4],
        [1, 5, 6],
    ]
    assert elitism(LOSSES, 3, 2, 1, np.random.default_rng(0)) == [
        1,
        5,
        6,
    ]  # one newcomer a generation


def test_the_loser_of_a_tournament_goes_and_the_past_stays_as_it_was() -> None:
    assert losers(LOSSES[:4], 3, 0, 60, np.random.default_rng(0)) == [3, 1, 2]
    assert losers(LOSSES, 3, 0, 60, np.random.default_rng(0)) == [
        5,
        1,
        6,
    ]  # 0, 2, 3 and 4 were the worst in turn
    draws = [
        (np.random.default_rng(0).random((count, 2)) * 3).astype(int).tolist() for count in (2, 4)
    ]
    assert (
        draws[1][:2] == draws[0]
    )  # what a newcomer replaced does not depend on how many came after it
