"""Grid beside random search where one of two knobs matters little.

J. Bergstra, Y. Bengio: Random Search for Hyper-Parameter Optimization. JMLR 13:281-305, 2012,
figure 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tftune.cli.pictures.asked import oracle, plane, proposals
from tftune.cli.pictures.estimates import estimate, estimates
from tftune.reports.charts.chart import Axis, Band, Cells, Chart, Line, Points
from tftune.reports.views.view import Table, View
from tftune.support.seeding import derive, generator

TRIALS = (4, 9, 16, 25, 36, 49, 64)
TASKS = 200
SHOWN, PEAK = 9, (0.27, 0.6)  # trials in the plane, and where its optimum is
BEST, DEPTH, WIDTH, SMALL = 0.90, 0.30, 0.10, 0.02  # of the accuracy: its best, its hill
_CELLS = 30
_COLOURS = {"grid": "run-1", "random": "run-0"}

Array = np.ndarray[Any, Any]
Accuracy = Callable[[Array, Array, Array], Array]  # x, y, place of the optimum -> accuracy


def one_matters(x: Array, y: Array, peak: Array) -> Array:
    """Returns an accuracy that depends on x, and hardly on y.

    Example:
        >>> one_matters(np.array([0.27, 0.37]), np.array([0.6]), np.array([0.27, 0.6])).round(3)
        array([0.9  , 0.782])
    """
    hill = np.exp(-0.5 * ((x - peak[0]) / WIDTH) ** 2)
    return np.asarray(BEST - DEPTH * (1 - hill) - SMALL * (y - peak[1]) ** 2)


def both_matter(x: Array, y: Array, peak: Array) -> Array:
    """Returns an accuracy that depends on both alike, on a hill twice as wide."""
    square = (x - peak[0]) ** 2 + (y - peak[1]) ** 2
    return np.asarray(BEST - DEPTH * (1 - np.exp(-0.5 * square / (2 * WIDTH) ** 2)))


def grid_and_random(seed: int = 0) -> View:
    """Returns the picture.

    Args:
        seed: Of the random search and of where the optima are.
    """
    side = round(SHOWN**0.5)
    points = {"grid": _points("grid", 0, SHOWN), "random": _points("random", seed, SHOWN)}
    peaks = generator(seed, 0, "peaks").random((TASKS, 2))
    one, both = (_behind(accuracy, peaks, seed) for accuracy in (one_matters, both_matter))
    column = TRIALS.index(SHOWN)
    means = {name: estimate(rows[:, column]) for name, rows in one.items()}
    gain = estimate(one["random"][:, column] - one["grid"][:, column])
    even = estimate(both["random"][:, column] - both["grid"][:, column])
    needed = _trials_needed(one)
    return View(
        "grid-and-random",
        "Grid and random search: one knob matters, the other does not",
        "At the top, nine trials (squares) on the plane of two knobs; the colour is the accuracy. "
        "In the middle, the same trials seen along the knob that matters. At the bottom, how far "
        "the best trial is from the best accuracy there is, over many problems.",
        sentences=(
            "Formula: n trials of a grid over d knobs try n^(1/d) values of each knob; n random "
            "trials try n values of each.",
            f"Values tried: {SHOWN} trials of the grid try {side} values of the knob that matters, "
            f"{side} times each, since the other knob changes almost nothing. {SHOWN} random "
            f"trials try {len(set(points['random'][:, 0].tolist()))} values of it.",
            f"One matters: over {TASKS} problems, each with its optimum at another place, the "
            f"best of {SHOWN} trials falls short of the best accuracy by {means['grid'].told()} "
            f"with the grid and by {means['random'].told()} with random search (mean and 95 % "
            f"interval). Random minus grid is {gain.told()}: {_verdict(gain)}.",
            f"Trials needed: the grid needs {needed} trials to be as good as {SHOWN} random ones.",
            f"Both matter: where both knobs matter alike, random minus grid is {even.told()} with "
            f"{SHOWN} trials: {_verdict(even)}{_where_grid_wins(both)}. So random search is not "
            "cleverer than a grid. It wins because it wastes no trials on a knob that does not "
            "matter, and of ten knobs rarely more than a few matter.",
        ),
        charts=(
            *(_plane(name, at) for name, at in points.items()),
            *(_projected(name, at) for name, at in points.items()),
            _best_found("one-matters", "One of two knobs matters", one),
            _best_found("both-matter", "Both knobs matter alike", both),
        ),
        tables=(_table(one, both),),
    )


def _points(name: str, seed: int, trials: int) -> Array:
    side = round(trials**0.5)
    options = {"levels": side} if name == "grid" else {}
    asked = oracle(name, plane, seed, None if name == "grid" else trials, **options)
    told = proposals(asked, trials)
    return np.array([[values["x"], values["y"]] for values in told])


def _behind(accuracy: Accuracy, peaks: Array, seed: int) -> dict[str, Array]:
    """Returns how far the best trial falls short of the optimum: a row a problem, a column a number
    of trials.
    """
    grids = {trials: _points("grid", 0, trials) for trials in TRIALS}
    found: dict[str, list[list[float]]] = {"grid": [], "random": []}
    for number, peak in enumerate(peaks):
        drawn = _points("random", derive(seed, number, "random search"), TRIALS[-1])
        rows = {"grid": grids, "random": {trials: drawn[:trials] for trials in TRIALS}}
        for name, by_trials in rows.items():
            found[name].append(
                [
                    BEST - float(accuracy(at[:, 0], at[:, 1], peak).max())
                    for at in by_trials.values()
                ]
            )
    return {name: np.array(rows) for name, rows in found.items()}


def _trials_needed(regrets: dict[str, Array]) -> str:
    goal = regrets["random"][:, TRIALS.index(SHOWN)].mean()
    means = regrets["grid"].mean(axis=0)
    enough = [trials for trials, mean in zip(TRIALS, means, strict=True) if mean <= goal]
    return f"{enough[0]}" if enough else f"more than {TRIALS[-1]}"


def _where_grid_wins(regrets: dict[str, Array]) -> str:
    better = [
        trials
        for column, trials in enumerate(TRIALS)
        if estimate(regrets["random"][:, column] - regrets["grid"][:, column]).verdict == "higher"
    ]
    return f"; with {', '.join(map(str, better))} trials the grid is better" if better else ""


def _verdict(difference: Any) -> str:
    words = {"noise": "noise", "lower": "random is better", "higher": "the grid is better"}
    return words[difference.verdict]


def _plane(name: str, at: Array) -> Chart:
    edges = np.linspace(0, 1, _CELLS + 1)
    middles = (edges[1:] + edges[:-1]) / 2
    x, y = np.meshgrid(middles, middles)
    values = one_matters(x, y, np.array(PEAK))
    return Chart(
        f"{name}-plane",
        Axis("the knob that matters, share of its range", low=-0.03, high=1.03),
        Axis("the other knob", low=-0.03, high=1.03),
        (
            Cells(edges.tolist(), edges.tolist(), values.tolist(), "validation accuracy"),
            Points(at[:, 0].tolist(), at[:, 1].tolist(), colour="run-1"),
        ),
        title=f"{name.capitalize()}: {len(at)} trials",
    )


def _projected(name: str, at: Array) -> Chart:
    peak = np.array(PEAK)
    x = np.linspace(0, 1, 201)
    reached = one_matters(at[:, 0], at[:, 1], peak)
    best = int(reached.argmax())
    return Chart(
        f"{name}-projected",
        Axis("the knob that matters, share of its range", low=-0.03, high=1.03),
        Axis("validation accuracy", low=0.55, high=0.93),
        (
            Line(x.tolist(), one_matters(x, np.full_like(x, peak[1]), peak).tolist(), "accuracy"),
            Points(at[:, 0].tolist(), reached.tolist(), "trials", _COLOURS[name]),
            Points([float(at[best, 0])], [float(reached[best])], "best of them", "best"),
        ),
        title=f"{name.capitalize()}: {len(set(at[:, 0].tolist()))} values of the knob that matters",
        height=0.8,
    )


def _best_found(name: str, title: str, regrets: dict[str, Array]) -> Chart:
    marks: list[Band | Line] = []
    for method, rows in regrets.items():
        means, lows, highs = estimates(rows)
        colour = _COLOURS[method]
        marks += [
            Band(TRIALS, lows, highs, method, colour),
            Line(TRIALS, means, method, colour),
        ]
    return Chart(
        name,
        Axis("trials", low=TRIALS[0], high=TRIALS[-1], whole=True),
        Axis("accuracy short of the best there is", low=0),
        tuple(marks),
        title=f"{title}: mean of {TASKS} problems, 95 %",
    )


def _table(one: dict[str, Array], both: dict[str, Array]) -> Table:
    rows = []
    for column, trials in enumerate(TRIALS):
        cells = [str(trials), str(round(trials**0.5))]
        for regrets in (one, both):
            pair = regrets["grid"][:, column], regrets["random"][:, column]
            gain = estimate(pair[1] - pair[0])
            cells += [f"{pair[0].mean():.3f}", f"{pair[1].mean():.3f}", _verdict(gain)]
        rows.append(tuple(cells))
    header: tuple[str, ...] = ("trials", "values of a knob in the grid")
    for which in ("one matters", "both matter"):
        header += (f"{which}: grid", f"{which}: random", f"{which}: verdict")
    return Table(
        header,
        tuple(rows),
        (0, 1, 2, 3, 5, 6),
        title=f"How far the best trial falls short of the best accuracy: mean of {TASKS} problems",
    )
