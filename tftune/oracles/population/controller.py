"""The controller of `reinforce`: a recurrent network that takes one decision after the other, its
gradient written by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

Array = np.ndarray
Decision = tuple[int, int]  # (which decision, which of its actions)

# first weights are even in -0.08 to 0.08, as Zoph & Le's, so that all actions are about equally
# likely
_SCALE = 0.08


class Step(NamedTuple):
    """What one step of the network computed; `probabilities` belong to the actions of the step's
    decision.
    """

    decision: int
    source: tuple[
        str, int
        # the vector that came in: ("start", 0), or the embedding of an earlier decision and the row
        # of its action
    ]
    before: Array  # input and last output, side by side
    gates: Array  # input, forget and output gate and candidate
    last_cell: Array
    cell: Array
    output: Array
    probabilities: Array


class Controller:
    """An LSTM (S. Hochreiter, J. Schmidhuber 1997) with one layer; P(actions) = prod_t P(a_t | a_1,
    ..., a_(t-1)).

    The embedding of the last action goes in, a softmax over the next decision's actions comes out;
    every decision has an embedding and a softmax of its own. Decisions may be left out, such as
    knobs that are not active.

    Args:
        sizes: Number of actions of each decision.
        generator: The source of the first weights.
        hidden: Units of the LSTM and length of an embedding.

    Example:
        >>> controller = Controller([2, 3], np.random.default_rng(0))
        >>> [step.probabilities.round(1).tolist() for step in controller.steps([(0, 1), (1, 2)])]
        [[0.5, 0.5], [0.3, 0.3, 0.3]]
    """

    def __init__(
        self, sizes: Sequence[int], generator: np.random.Generator, hidden: int = 32
    ) -> None:
        self.sizes, self.hidden = list(sizes), hidden
        shapes: dict[str, tuple[int, ...]] = {
            "start": (hidden,),
            "cell": (2 * hidden, 4 * hidden),
            "bias": (4 * hidden,),
        }
        for decision, size in enumerate(self.sizes):
            shapes |= {
                f"embedding {decision}": (size, hidden),
                f"head {decision}": (hidden, size),
                f"offset {decision}": (size,),
            }
        ends = np.cumsum([int(np.prod(shape)) for shape in shapes.values()])
        self._places = {
            name: (slice(end - int(np.prod(shape)), end), shape)
            for (name, shape), end in zip(shapes.items(), ends, strict=True)
        }
        self.theta: Array = generator.uniform(-_SCALE, _SCALE, int(ends[-1]))
        self._mean, self._square, self._updates = (
            np.zeros_like(self.theta),
            np.zeros_like(self.theta),
            0,
        )

    def part(self, vector: Array, name: str) -> Array:
        """Returns a view of a named part of `theta`, or of its gradient."""
        place, shape = self._places[name]
        return vector[place].reshape(shape)

    def step(self, decision: int, last: Step | None = None, action: int = 0) -> Step:
        """Returns the probabilities of the next decision's actions.

        Args:
            decision: Which decision is next.
            last: The step before; None at the beginning.
            action: What was chosen at that step.
        """
        hidden, theta = self.hidden, self.theta
        source = ("start", 0) if last is None else (f"embedding {last.decision}", action)
        entry = self.part(theta, "start") if last is None else self.part(theta, source[0])[action]
        last_cell, last_output = (
            (np.zeros(hidden), np.zeros(hidden)) if last is None else (last.cell, last.output)
        )
        before = np.concatenate([entry, last_output])
        sums = before @ self.part(theta, "cell") + self.part(theta, "bias")
        gates = np.concatenate(
            [1.0 / (1.0 + np.exp(-sums[: 3 * hidden])), np.tanh(sums[3 * hidden :])]
        )
        let_in, keep, let_out, candidate = gates.reshape(4, hidden)
        cell = keep * last_cell + let_in * candidate
        output = let_out * np.tanh(cell)
        scores = output @ self.part(theta, f"head {decision}") + self.part(
            theta, f"offset {decision}"
        )
        powers = np.exp(scores - scores.max())
        return Step(decision, source, before, gates, last_cell, cell, output, powers / powers.sum())

    def steps(self, actions: Sequence[Decision]) -> list[Step]:
        """Returns the steps in which these actions are taken."""
        result: list[Step] = []
        for place, (decision, _) in enumerate(actions):
            result.append(
                self.step(
                    decision, result[-1] if result else None, actions[place - 1][1] if place else 0
                )
            )
        return result

    def gain(
        self, actions: Sequence[Decision], advantage: float, entropy_weight: float
    ) -> tuple[float, Array]:
        """Returns advantage * log P(actions) + entropy_weight * (sum of the entropies of the
        steps), and its gradient by `theta`.

        REINFORCE (R. J. Williams: Simple Statistical Gradient-Following Algorithms for
        Connectionist Reinforcement Learning, 1992): the advantage, a reward less a baseline, is a
        constant here.
        """
        steps, slope, value = self.steps(actions), np.zeros_like(self.theta), 0.0
        by_output, by_cell = np.zeros(self.hidden), np.zeros(self.hidden)
        for step, (decision, action) in zip(reversed(steps), reversed(actions), strict=True):
            logarithms = np.log(np.maximum(step.probabilities, 1e-300))
            entropy = -float(step.probabilities @ logarithms)
            value += advantage * float(logarithms[action]) + entropy_weight * entropy
            by_score = -advantage * step.probabilities - entropy_weight * step.probabilities * (
                logarithms + entropy
            )
            by_score[action] += advantage
            self.part(slope, f"head {decision}")[:] += np.outer(step.output, by_score)
            self.part(slope, f"offset {decision}")[:] += by_score
            by_output = by_output + self.part(self.theta, f"head {decision}") @ by_score
            by_output, by_cell = self._back(step, by_output, by_cell, slope)
        return value, slope

    def _back(
        self, step: Step, by_output: Array, by_cell: Array, slope: Array
    ) -> tuple[Array, Array]:
        """Adds one step's share to the gradient; returns the derivatives by the output and the cell
        of the step before.
        """
        let_in, keep, let_out, candidate = step.gates.reshape(4, self.hidden)
        squashed = np.tanh(step.cell)
        by_cell = by_cell + by_output * let_out * (1.0 - squashed**2)
        by_gates = np.concatenate(
            [by_cell * candidate, by_cell * step.last_cell, by_output * squashed, by_cell * let_in]
        )
        curves = np.concatenate(
            [
                step.gates[: 3 * self.hidden] * (1.0 - step.gates[: 3 * self.hidden]),
                1.0 - candidate**2,
            ]
        )
        by_sums = by_gates * curves
        self.part(slope, "cell")[:] += np.outer(step.before, by_sums)
        self.part(slope, "bias")[:] += by_sums
        by_before = self.part(self.theta, "cell") @ by_sums
        name, row = step.source
        entry = self.part(slope, name) if name == "start" else self.part(slope, name)[row]
        entry += by_before[: self.hidden]
        return by_before[self.hidden :], by_cell * keep

    def climb(self, slope: Array, rate: float) -> None:
        """Moves `theta` up a gradient by one step of Adam (D. P. Kingma, J. Ba, ICLR 2015)."""
        self._updates += 1
        self._mean += 0.1 * (slope - self._mean)
        self._square += 0.001 * (slope * slope - self._square)
        mean, square = (
            self._mean / (1.0 - 0.9**self._updates),
            self._square / (1.0 - 0.999**self._updates),
        )
        self.theta = self.theta + rate * mean / (np.sqrt(square) + 1e-8)
