"""Effects of one knob and of two, of searches whose formula is known."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.reports.analysis.drawn import state_of
from tftune.journal.state import SearchState
from tftune.reports.analysis.dependence import effect_of, map_of, means_of
from tftune.reports.analysis.forest import Forest, forest_of


def score(values: dict[str, Any]) -> float:
    """Greatest at strong = 0.01 and kind = b."""
    return -((math.log10(values["strong"]) + 2) ** 2) + 3.0 * (values["kind"] == "b")


@pytest.fixture(scope="module")
def forest() -> Forest:
    """Of 150 trials."""
    found = forest_of(state_of(150, score))
    assert isinstance(found, Forest)
    return found


def test_a_number_has_its_best_value_in_the_middle(forest: Forest) -> None:
    effect = effect_of(forest, "strong")
    assert len(effect.x) == 13 and effect.x[0] >= 1e-4 and effect.x[-1] <= 1.0
    best = effect.x[effect.middle.index(max(effect.middle))]
    assert 0.002 < best < 0.05
    inside = zip(effect.low, effect.middle, effect.high, strict=True)
    assert all(low <= middle <= high for low, middle, high in inside)


def test_a_choice_has_a_point_each(forest: Forest) -> None:
    effect = effect_of(forest, "kind")
    assert effect.x == (0.0, 1.0) and effect.low[1] > effect.high[0]
    assert effect.middle[1] - effect.middle[0] == pytest.approx(3.0, abs=0.6)


def test_whole_numbers_of_few_values_are_themselves(forest: Forest) -> None:
    assert effect_of(forest, "idle").x == pytest.approx(range(1, 10))


def test_a_conditional_knob_is_known_from_the_trials_that_had_it(forest: Forest) -> None:
    had = sum("depth" in trial.values for trial in forest.samples.trials)
    assert effect_of(forest, "depth").trials == had < 150


def test_a_map_has_a_cell_for_each_pair(forest: Forest) -> None:
    drawn = map_of(forest, "strong", "kind")
    assert drawn is not None and drawn.trials == 150
    across, up = drawn.edges
    assert len(across) == 15 and across[0] == 1e-4 and across[-1] == 1.0
    assert up == (-0.5, 0.5, 1.5) and [len(row) for row in drawn.values] == [14, 14]
    assert max(drawn.values[1]) > max(drawn.values[0]) + 2
    whole = map_of(forest, "idle", "weak")
    assert whole is not None and whole.edges[0] == tuple(place + 0.5 for place in range(10))


def test_means_are_those_of_the_trials() -> None:
    knobs = [
        {"name": "one", "kind": "Choice", "values": ["a", "b"]},
        {"name": "two", "kind": "Boolean"},
    ]
    state: SearchState = state_of(
        12,
        lambda values: (values["one"] == "b") + 0.25 * values["two"],
        knobs=knobs,
        values=lambda number: {"one": "ab"[number % 2], "two": number % 3 == 0},
    )
    found = forest_of(state)
    assert isinstance(found, Forest)
    means = means_of(found, "one", "two").means
    assert means == {(0, 1): (0.25, 2), (1, 0): (1.0, 4), (0, 0): (0.0, 4), (1, 1): (1.25, 2)}
