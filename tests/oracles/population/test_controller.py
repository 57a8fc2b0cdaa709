"""The controller of REINFORCE: gradient against finite differences, probabilities, and that it
climbs.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from tftune.oracles.population.controller import Controller


def controller(hidden: int = 3, spread: float = 8.0) -> Controller:
    """A small one whose policy is far from even."""
    made = Controller([2, 3, 4], np.random.default_rng(0), hidden=hidden)
    made.theta = made.theta * spread
    return made


@pytest.mark.parametrize("actions", [[(0, 1), (1, 2), (2, 0)], [(0, 0), (2, 3)], [(1, 1)], []])
@pytest.mark.parametrize(
    "advantage, entropy_weight", [(1.0, 0.0), (-0.4, 0.0), (0.0, 1.0), (0.7, 0.3)]
)
def test_gradient_is_that_of_finite_differences(
    actions: list[tuple[int, int]], advantage: float, entropy_weight: float
) -> None:
    made = controller()
    value, slope = made.gain(actions, advantage, entropy_weight)

    def at(theta: np.ndarray) -> float:
        made.theta = theta
        return made.gain(actions, advantage, entropy_weight)[0]

    theta = made.theta
    assert slope == pytest.approx(approx_fprime(theta, at, 1e-6), abs=1e-5)
    assert at(theta) == value


def test_probabilities_of_all_sequences_add_up_to_one() -> None:
    made, total = controller(), 0.0
    for actions in itertools.product(range(2), range(3), range(4)):
        total += float(np.exp(made.gain(list(enumerate(actions)), 1.0, 0.0)[0]))
    assert total == pytest.approx(1.0)


def test_a_decision_depends_on_those_before() -> None:
    made = controller()
    after = [made.steps([(0, action), (1, 0)])[1].probabilities for action in range(2)]
    assert np.abs(after[0] - after[1]).max() > 0.01


def test_the_entropy_of_an_even_policy() -> None:
    made = controller(spread=0.0)
    assert made.gain([(0, 0), (1, 0), (2, 0)], 0.0, 1.0)[0] == pytest.approx(
        np.log(2) + np.log(3) + np.log(4)
    )


def test_climbing_makes_rewarded_actions_likely_and_punished_ones_rare() -> None:
    liked, disliked = (
        Controller([2, 3], np.random.default_rng(0)),
        Controller([2, 3], np.random.default_rng(0)),
    )
    for _ in range(30):
        liked.climb(liked.gain([(0, 1), (1, 2)], 1.0, 0.0)[1], 0.02)
        disliked.climb(disliked.gain([(0, 1), (1, 2)], -1.0, 0.0)[1], 0.02)
    assert np.exp(liked.gain([(0, 1), (1, 2)], 1.0, 0.0)[0]) > 0.8
    assert np.exp(disliked.gain([(0, 1), (1, 2)], 1.0, 0.0)[0]) < 0.02
