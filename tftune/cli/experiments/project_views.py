"""What the lecture's assignment found, as views: before any search, best so far, differences."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from tftune.cli.experiments.claims import change
from tftune.reports.charts.chart import Axis, Band, Chart, Line, Mark, Points
from tftune.reports.measures.seeds import Spread, over_seeds
from tftune.reports.views.view import Table, View

Results = Sequence[Mapping[str, Any]]
KINDS = {False: "untuned, without batch norm", True: "untuned, with batch norm"}


def views_of(
    baselines: Mapping[bool, Results], searches: Mapping[str, Results], options: argparse.Namespace
) -> list[View]:
    """Returns all views.

    Args:
        baselines: The networks before any search, without and with batch normalisation, an entry a
            seed.
        searches: The searches by method, an entry a seed.
        options: Of the experiment: `max_trials`, `epochs`.
    """
    return [
        _batch_norm(baselines, options),
        _best_so_far(searches, options),
        _test(baselines, searches),
        _differences(baselines, searches),
        _winners(searches),
    ]


def _batch_norm(baselines: Mapping[bool, Results], options: argparse.Namespace) -> View:
    rows = [_score_row(name, baselines[kind]) for kind, name in KINDS.items()]
    found = [
        verdict_row(split, "batch norm", *(scores(baselines[kind], split) for kind in KINDS))
        for split in ("validation", "test")
    ]
    return View(
        "batch-norm",
        "Batch normalisation is added",
        "The network before any search: Adam, learning rate 1e-3, no dropout, no L2, "
        f"{options.epochs} epochs; it is judged at the epoch with the best validation accuracy.",
        tables=(
            _table_of_scores(rows, "Accuracy, mean over the seeds with its 95 % interval"),
            _table_of_differences(found, "With minus without batch normalisation, paired by seed"),
        ),
    )


def _best_so_far(searches: Mapping[str, Results], options: argparse.Namespace) -> View:
    marks: list[Mark] = []
    for place, (method, found) in enumerate(searches.items()):
        marks += _curve(method, [each["best_so_far"] for each in found], f"run-{place % 8}")
    rows = [
        (*_score_row(method, found), str(_trials(found)), _minutes(found))
        for method, found in searches.items()
    ]
    header = (
        *("method", "seeds", "validation", "95 % interval", "test", "95 % interval"),
        *("gap", "trials", "minutes"),
    )
    return View(
        "best-so-far",
        "Best so far",
        "Best validation accuracy after each trial, mean over the seeds with its 95 % interval. "
        f"Every search has {options.max_trials} trials of {options.epochs} epochs. The gap is "
        "validation minus test: what is chosen as the best of many looks better than it is.",
        charts=(
            Chart(
                "best-so-far",
                Axis("trials", whole=True),
                Axis("best validation accuracy so far"),
                tuple(marks),
                wide=True,
            ),
        ),
        tables=(
            Table(
                header,
                tuple(rows),
                numbers=(1, 2, 4, 6, 7, 8),
                title="Searches, mean over the seeds",
            ),
        ),
    )


def _curve(method: str, curves: Sequence[Sequence[float | None]], colour: str) -> Iterator[Mark]:
    """Yields the mean of best-so-far curves and its interval, from the first trial on at which all
    of them have a value.
    """
    longest = max(map(len, curves))
    held = [[*curve, *([curve[-1]] * (longest - len(curve)))] for curve in curves]
    points: list[tuple[int, Spread]] = []
    for trial, column in enumerate(zip(*held, strict=True), start=1):
        known = [value for value in column if value is not None]
        if len(known) == len(curves):
            points.append((trial, over_seeds(known)))
    trials = [trial for trial, _ in points]
    if len(curves) > 1:
        lows = [max(each.low, 0.0) for _, each in points]
        highs = [min(each.high, 1.0) for _, each in points]
        yield Band(trials, lows, highs, colour=colour)
    yield Line(trials, [each.mean for _, each in points], series=method, colour=colour)


def _test(baselines: Mapping[bool, Results], searches: Mapping[str, Results]) -> View:
    kinds = {**{name: baselines[kind] for kind, name in KINDS.items()}, **searches}
    names = list(kinds)[::-1]  # the first on top
    marks = []
    for place, split in enumerate(("validation", "test")):
        spreads = [over_seeds(scores(kinds[name], split)) for name in names]
        marks.append(
            Points(
                [each.mean for each in spreads],
                [row + 0.12 - 0.24 * place for row in range(len(names))],
                series=split,
                colour=f"run-{1 - place}",
                low=[max(each.low, 0.0) for each in spreads],
                high=[min(each.high, 1.0) for each in spreads],
            )
        )
    return View(
        "scores",
        "Accuracy on validation and test",
        "Mean over the seeds with its 95 % interval. The test split was used once for each "
        "winner, after the choice.",
        charts=(
            Chart(
                "scores",
                Axis("accuracy"),
                Axis("", scale="category", categories=tuple(names)),
                tuple(marks),
                wide=True,
            ),
        ),
    )


def _differences(baselines: Mapping[bool, Results], searches: Mapping[str, Results]) -> View:
    rows = []
    for split in ("validation", "test"):
        for first, second in combinations(searches, 2):
            pair = (scores(searches[first], split), scores(searches[second], split))
            rows.append(verdict_row(split, f"{second} minus {first}", *pair))
    tuned = [
        verdict_row(
            split, f"{method} minus untuned", scores(baselines[True], split), scores(found, split)
        )
        for split in ("validation", "test")
        for method, found in searches.items()
    ]
    told = [row for row in rows if row[0] == "test"]
    clear = sum(row[-1] in ("higher", "lower") for row in told)
    sentence = f"On the test split {clear} of {len(told)} differences between methods are clear."
    return View(
        "differences",
        "Differences",
        "Paired by seed, mean and 95 % interval (Student's t); noise where it contains 0. Of 20 "
        "comparisons without any difference one would be clear by chance.",
        (sentence,) if told else (),
        tables=(
            _table_of_differences(rows, "Between methods"),
            _table_of_differences(tuned, "What a search adds to batch normalisation alone"),
        ),
    )


def _winners(searches: Mapping[str, Results]) -> View:
    knobs = ("learning_rate", "dropout", "l2")
    rows = [
        (
            method,
            str(place),
            *(f"{float(each['values'][knob]):.3g}" for knob in knobs if knob in each["values"]),
            f"{each['validation']:.3f}",
            f"{each['test']:.3f}",
        )
        for method, found in searches.items()
        for place, each in enumerate(found, start=1)
    ]
    header = ("method", "search", "learning rate", "dropout", "l2", "validation", "test")
    return View(
        "winners",
        "The winners",
        "The best configuration of each search.",
        tables=(Table(header, tuple(rows), numbers=(1, 2, 3, 4, 5, 6)),),
    )


def scores(found: Results, split: str) -> list[float]:
    """Returns the accuracy on a split, an entry a seed."""
    return [float(each[split]) for each in found]


def verdict_row(
    split: str, name: str, first: Sequence[float], second: Sequence[float]
) -> tuple[str, ...]:
    """Returns a row of a table of differences.

    Example:
        >>> verdict_row("test", "b minus a", [0.5, 0.5, 0.5], [0.75, 0.75, 0.5])
        ('test', 'b minus a', '+0.167', '-0.192 to +0.525', 'noise')
        >>> verdict_row("test", "b minus a", [0.5], [0.75])
        ('test', 'b minus a', '+0.250', '', 'one seed')
    """
    spread = change(first, second)
    verdict = "higher" if spread.low > 0 else "lower" if spread.high < 0 else "noise"
    if not math.isfinite(spread.low):
        verdict = "one seed"
    return (split, name, f"{spread.mean:+.3f}", _interval(spread, sign="+"), verdict)


def _interval(spread: Spread, sign: str = "") -> str:
    if not math.isfinite(spread.low):
        return ""
    return f"{spread.low:{sign}.3f} to {spread.high:{sign}.3f}"


def _score_row(name: str, found: Results) -> tuple[str, ...]:
    validation, test = (over_seeds(scores(found, split)) for split in ("validation", "test"))
    return (
        *(name, str(validation.count)),
        *(f"{validation.mean:.3f}", _interval(validation), f"{test.mean:.3f}", _interval(test)),
        f"{validation.mean - test.mean:+.3f}",
    )


def _table_of_scores(rows: Sequence[tuple[str, ...]], title: str) -> Table:
    header = ("", "seeds", "validation", "95 % interval", "test", "95 % interval", "gap")
    return Table(header, tuple(rows), numbers=(1, 2, 4, 6), title=title)


def _table_of_differences(rows: Sequence[tuple[str, ...]], title: str) -> Table:
    return Table(
        ("split", "compared", "difference", "95 % interval", "verdict"),
        tuple(rows),
        numbers=(2,),
        title=title,
    )


def _trials(found: Results) -> int:
    return max(len(each["best_so_far"]) for each in found)


def _minutes(found: Results) -> str:
    return f"{sum(float(each['seconds']) for each in found) / len(found) / 60:.1f}"
