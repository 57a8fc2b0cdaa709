"""Selection, crossover and mutation: probabilities, ends of ranges, kinds of knobs."""

from __future__ import annotations

import math

import keras_tuner
import numpy as np
import pytest

from tests.oracles.searching import mixed
from tftune.oracles.population.genetic_operators import (
    CROSSOVERS,
    MUTATIONS,
    Genome,
    blend,
    gaussian,
    one_point,
    rank,
    reset,
    roulette,
    tournament,
)
from tftune.oracles.population.genetic_operators import simulated_binary as sbx
from tftune.space.search_space import SearchSpace

DRAWS = 4000


def shares(select: object, losses: list[float], size: int = 0) -> list[float]:
    """How often each member is selected."""
    generator = np.random.default_rng(1)
    drawn = [select(np.array(losses), generator, size) for _ in range(DRAWS)]  # type: ignore[operator]
    return [drawn.count(member) / DRAWS for member in range(len(losses))]


@pytest.mark.parametrize(
    "select, size, expected",
    [
        (tournament, 1, [1 / 3, 1 / 3, 1 / 3]),
        (
            tournament,
            2,
            [1 / 9, 5 / 9, 3 / 9],
        ),  # the best is missed with (2/3)^2, the worst needs both draws
        (roulette, 0, [0, 10 / 13, 3 / 13]),
        (rank, 0, [1 / 6, 3 / 6, 2 / 6]),
    ],
)
def test_selection_has_the_textbook_probabilities(
    select: object, size: int, expected: list[float]
) -> None:
    assert shares(select, [10.0, 0.0, 7.0], size) == pytest.approx(
        expected, abs=0.03
    )  # about 4 standard errors


def test_equal_losses_are_selected_evenly() -> None:
    for select in (roulette, rank):
        assert shares(select, [2.0, 2.0]) == pytest.approx([0.5, 0.5], abs=0.03)


def test_roulette_survives_the_largest_losses() -> None:
    assert set(np.flatnonzero(shares(roulette, [1e100, -1e100, 1e100]))) == {1}


def genome(sizes: list[float], unordered: list[bool]) -> Genome:
    return Genome(np.array(sizes) != 1, np.array(unordered), np.array(sizes, dtype=float))


def test_the_genome_of_a_space() -> None:
    found = Genome.of(SearchSpace(mixed()))
    assert found.sizes.tolist() == [math.inf, 8, 3, 2, 6, math.inf, 2, 1]
    assert found.unordered.tolist() == [
        False,
        False,
        True,
        True,
        False,
        False,
        False,
        False,
    ]  # KerasTuner orders booleans of a Choice
    assert found.tuned.tolist() == [True] * 7 + [False]


def test_ordered_choices_are_ordered() -> None:
    hp = keras_tuner.HyperParameters()
    hp.Choice("units", [16, 32, 64])  # KerasTuner: numbers are ordered unless said otherwise
    hp.Choice("seed", [1, 2, 3], ordered=False)
    hp.Choice("kind", ["a", "b"])
    assert Genome.of(SearchSpace(hp)).unordered.tolist() == [False, True, True]


@pytest.mark.parametrize("name", CROSSOVERS)
def test_children_of_equal_parents_are_equal_to_them(name: str) -> None:
    parent = np.array([0.25, 0.9, 0.5])
    for seed in range(20):
        child = CROSSOVERS[name](
            parent,
            parent,
            genome([2, math.inf, 3], [True, False, False]),
            np.random.default_rng(seed),
        )
        assert child == pytest.approx(parent)


@pytest.mark.parametrize("name", CROSSOVERS)
def test_unordered_genes_come_from_one_of_the_parents_and_all_stay_in_the_cube(name: str) -> None:
    first, second = np.array([0.25, 0.05, 1 / 6]), np.array([0.75, 0.95, 5 / 6])
    seen = set()
    for seed in range(100):
        child = CROSSOVERS[name](
            first,
            second,
            genome([2, math.inf, 3], [True, False, True]),
            np.random.default_rng(seed),
        )
        assert child[0] in (0.25, 0.75) and child[2] in (1 / 6, 5 / 6)
        assert 0 <= child[1] <= 1
        seen.add((child[0], child[2]))
    assert len(seen) == (
        1 if name == "one-point" else 4
    )  # one point: the first gene of the first parent, the last of the second


def test_one_point_has_a_piece_of_both_parents() -> None:
    zeros, ones = np.zeros(4), np.ones(4)
    children = {
        tuple(one_point(zeros, ones, genome([9] * 4, [False] * 4), np.random.default_rng(seed)))
        for seed in range(50)
    }
    assert children == {(0, 1, 1, 1), (0, 0, 1, 1), (0, 0, 0, 1)}


def test_blend_is_even_over_the_widened_interval() -> None:
    generator, one = np.random.default_rng(0), genome([math.inf], [False])
    children = np.array(
        [blend(np.array([0.4]), np.array([0.6]), one, generator)[0] for _ in range(DRAWS)]
    )
    assert 0.3 <= children.min() < 0.301 and 0.699 < children.max() <= 0.7
    assert np.quantile(children, [0.25, 0.5, 0.75]) == pytest.approx([0.4, 0.5, 0.6], abs=0.01)


def test_simulated_binary_crossover_keeps_the_mean_and_stays_near_the_parents() -> None:
    generator, one = np.random.default_rng(0), genome([math.inf], [False])
    children = np.array(
        [sbx(np.array([0.45]), np.array([0.55]), one, generator)[0] for _ in range(DRAWS)]
    )
    assert children.mean() == pytest.approx(0.5, abs=0.01)
    inside = (np.abs(children - 0.5) < 0.05).mean()
    assert inside == pytest.approx(
        0.5, abs=0.03
    )  # beta <= 1 for u <= 1/2: half of the children lie between the parents


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutated_gene_has_another_value_and_the_others_stay(name: str) -> None:
    sizes = [3.0, 2.0, 5.0, math.inf, 1.0]
    whole = genome(sizes, [True, True, False, False, False])
    generator = np.random.default_rng(0)
    for _ in range(300):
        place = np.array(
            [
                (generator.integers(size) + 0.5) / size if size < 9 else generator.random()
                for size in sizes
            ]
        )
        chosen = (generator.random(5) < 0.5) & whole.tuned
        mutant = MUTATIONS[name](place, chosen, whole, generator)
        assert (mutant[~chosen] == place[~chosen]).all()
        assert (
            (np.abs(mutant - place)[chosen] > 1e-9).all()
            and (mutant >= 0).all()
            and (mutant <= 1).all()
        )
        for gene in (0, 1, 2):
            assert mutant[gene] * sizes[gene] % 1 == pytest.approx(0.5)


def test_reset_is_even_over_the_other_values() -> None:
    generator, three = np.random.default_rng(0), genome([3], [True])
    mutants = [
        round(reset(np.array([0.5]), np.array([True]), three, generator)[0] * 6)
        for _ in range(DRAWS)
    ]
    assert (
        mutants.count(1) / DRAWS == pytest.approx(0.5, abs=0.03)
        and mutants.count(1) + mutants.count(5) == DRAWS
    )


def test_gaussian_steps_have_the_standard_deviation_that_is_said() -> None:
    generator, interval = np.random.default_rng(0), genome([math.inf], [False])
    steps = [
        gaussian(np.array([0.5]), np.array([True]), interval, generator)[0] - 0.5
        for _ in range(DRAWS)
    ]
    assert np.std(steps) == pytest.approx(0.2, abs=0.02)
