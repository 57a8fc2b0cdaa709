"""The simplex search of Nelder & Mead (1965), asked and told point by point, begun anew when the
simplex has collapsed.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

import numpy as np

from tftune.oracles.core.bound import BoundOracle
from tftune.oracles.population.population import PopulationMethod
from tftune.support.checks import check_number
from tftune.support.seeding import derive

_COLLAPSED = 1e-3  # a share of a knob's range

# Points whose losses are needed next, and points that may be needed after them.
Moves = Generator[tuple[Sequence[np.ndarray], Sequence[np.ndarray]], list[float], None]


class SimplexMethod(PopulationMethod):
    """Lets a simplex of n + 1 points walk downhill by reflecting, expanding, contracting and
    shrinking it.

    With the worst point x_w and the mean m of the others, the reflected point is m + rho (m - x_w).
    If it is the best so far the expanded one, m + chi (m - x_w), is tried too; if it is no better
    than the second worst a contracted one, m +- psi (m - x_w), on the side of the better of the
    two; if that fails the simplex shrinks towards its best point by sigma. rho = 1, chi = 2, psi =
    1/2, sigma = 1/2; ties as in J. Lagarias, J. Reeds, M. Wright, P. Wright, SIAM Journal on
    Optimization 9(1):112-147, 1998, and so in SciPy.

    J. Nelder, R. Mead: A simplex method for function minimization, The Computer Journal
    7(4):308-313, 1965.

    It works in the unit cube, see `PopulationMethod`; points outside are moved to its side. The
    first simplex has a vertex at the best configuration known, such as one of an earlier search, or
    at a random one, and the others `size` away along each coordinate. When it has collapsed a new
    one starts at random. With parallel slots, the n + 1 first points and those of a shrink run side
    by side; beside a single point run those that may be needed after it, then random ones, the best
    of which is where the next simplex starts.

    A local method: it suits a few knobs that are numbers.

    Args:
        size: Edge of a first simplex, a share of every knob's range, above 0 and at most 1; at
            least one step where a knob has steps. Defaults to 0.3.

    Raises:
        UsageError: If a number is outside its range.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("rate", 1e-4, 1e-1, sampling="log"), hp.Float("dropout", 0.0, 0.5)
        >>> oracle = SimplexOracle("val_loss", max_trials=30, hyperparameters=hp, seed=0)
        >>> print(oracle.plan())
        at most 30 trials; the space has infinitely many configurations
        a simplex of 3 configurations, begun anew when it has collapsed
    """

    def __init__(
        self,
        size: float = 0.3,
    ) -> None:
        check_number("size", size, 0, 1, above=True, example=0.3)
        self.size = float(size)

    def new_engine(self, coordinates: int, seed: int) -> SimplexEngine:
        """Returns the simplex."""
        sizes = [self.view.space.knobs[index].size for index in self.coordinates]
        steps = np.array([1 / size if size else 0.0 for size in sizes])
        return SimplexEngine(np.maximum(self.size, steps), np.maximum(_COLLAPSED, steps / 4), seed)

    def plan(self) -> str:
        """Returns the size of the search and of the simplex."""
        size = len(self.coordinates) + 1
        told = f"a simplex of {size} configurations, begun anew when it has collapsed"
        short = "the trials are its corners, and it does not move"
        return f"{super().plan()}\n{self.unless_short(size, told, short)}"


class SimplexEngine:
    """Nelder & Mead's moves, asked and told one point at a time, one simplex after another.

    Args:
        edges: Edge of a first simplex along each coordinate.
        tolerance: A simplex no longer than this along each coordinate has collapsed.
        seed: Of starting points and of points for idle slots.
    """

    def __init__(self, edges: np.ndarray, tolerance: np.ndarray, seed: int) -> None:
        self._edges, self._tolerance, self._seed = edges, tolerance, seed
        self._known: dict[bytes, float] = {}
        self._handed_out: set[bytes] = set()
        self._scouts: list[tuple[float, np.ndarray]] = []
        self._drawn = 0
        self._start: np.ndarray | None = None
        self._moves: Moves | None = None
        self._answers: list[list[float]] = []  # what the moves of this simplex were told
        self._needed: Sequence[np.ndarray] = ()
        self._perhaps: Sequence[np.ndarray] = ()

    def ask(self) -> tuple[Any, np.ndarray]:
        """Returns a point that is needed next, or may be needed after it, or a random one."""
        if self._moves is None:
            self._begin()
        for point in (*self._needed, *self._perhaps):
            key = point.tobytes()
            if key not in self._handed_out and key not in self._known:
                self._handed_out.add(key)
                return (False, point), point
        scout = self._random()
        return (True, scout), scout

    def tell(self, ticket: Any, loss: float) -> None:
        """Takes a loss and makes all moves that it decides."""
        is_scout, point = ticket
        if is_scout:
            self.tell_other(point, loss)
            return
        self._known[point.tobytes()] = loss
        self._advance()

    def tell_other(self, point: np.ndarray, loss: float) -> None:
        """Takes a result of others; the best of them is where the next simplex starts."""
        self._scouts.append((loss, np.asarray(point, dtype=float)))

    def _random(self) -> np.ndarray:
        self._drawn += 1
        return np.random.default_rng(derive(self._seed, self._drawn, "point")).random(
            len(self._edges)
        )

    def _begin(self) -> None:
        loss, start = min(self._scouts, key=lambda scout: scout[0], default=(None, None))
        self._start = self._random() if start is None else start
        self._known = {} if loss is None else {self._start.tobytes(): loss}
        self._scouts, self._handed_out, self._answers = [], set(), []
        self._moves = simplex_moves(first_simplex(self._start, self._edges), self._tolerance)
        self._needed, self._perhaps = next(self._moves)

    def _advance(self) -> None:
        while self._moves is not None and all(
            point.tobytes() in self._known for point in self._needed
        ):
            self._answers.append([self._known[point.tobytes()] for point in self._needed])
            try:
                self._needed, self._perhaps = self._moves.send(self._answers[-1])
            except StopIteration:
                self._moves = None

    def __getstate__(self) -> dict[str, Any]:
        return {
            **self.__dict__,
            "_moves": self._moves is not None,
        }  # a generator cannot be pickled, but repeated

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if state["_moves"] and self._start is not None:
            self._moves = simplex_moves(first_simplex(self._start, self._edges), self._tolerance)
            next(self._moves)
            for losses in self._answers:
                self._moves.send(losses)
        else:
            self._moves = None


def first_simplex(start: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Returns a point and one more along each coordinate, to the inside of the unit cube.

    Example:
        >>> first_simplex(np.array([0.5, 0.9]), np.array([0.25, 0.25])).tolist()
        [[0.5, 0.9], [0.75, 0.9], [0.5, 0.65]]
    """
    signed = np.where(start + edges <= 1.0, edges, -edges)
    return np.asarray(np.clip(np.vstack([start, start + np.diag(signed)]), 0.0, 1.0))


def simplex_moves(simplex: np.ndarray, tolerance: np.ndarray | float) -> Moves:
    """Yields the points of Nelder & Mead's method and takes their losses, until the simplex has
    collapsed.

    Args:
        simplex: The first points, shape (n + 1, n), inside the unit cube.
        tolerance: A simplex no longer than this along each coordinate has collapsed.

    Yields:
        Points whose losses are to be sent, and points that may be asked for after them.

    Example:
        >>> moves = simplex_moves(np.array([[0.0], [0.5]]), 1e-3)
        >>> _ = next(moves)
        >>> moves.send([3.0, 2.0])  # reflected; then expanded, or contracted on either side
        ([array([1.])], [array([1.]), array([0.75]), array([0.25])])
    """
    simplex = simplex.copy()
    losses = np.array((yield list(simplex.copy()), []))
    while True:
        order = np.argsort(losses, kind="stable")
        simplex, losses = simplex[order], losses[order]
        if (np.ptp(simplex, axis=0) <= tolerance).all():
            return
        mean, worst = simplex[:-1].mean(axis=0), simplex[-1]
        reflected, expanded, outside, inside = (
            np.clip((1 + far) * mean - far * worst, 0.0, 1.0) for far in (1.0, 2.0, 0.5, -0.5)
        )
        (loss,) = yield [reflected], [expanded, outside, inside]
        if loss < losses[0]:
            (further,) = yield [expanded], []
            simplex[-1], losses[-1] = (expanded, further) if further < loss else (reflected, loss)
        elif loss < losses[-2]:
            simplex[-1], losses[-1] = reflected, loss
        else:
            contracted, bound = (outside, loss) if loss < losses[-1] else (inside, losses[-1])
            (nearer,) = yield [contracted], []
            if nearer < bound or (nearer == bound and contracted is outside):
                simplex[-1], losses[-1] = contracted, nearer
            else:
                simplex[1:] = simplex[0] + 0.5 * (simplex[1:] - simplex[0])
                losses[1:] = yield list(simplex[1:].copy()), []


class SimplexOracle(BoundOracle[SimplexMethod]):
    """The simplex search of Nelder & Mead as an oracle."""
