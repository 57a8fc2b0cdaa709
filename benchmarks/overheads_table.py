"""What the table of overheads shows: a row a figure, with its aim and what it is compared with."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.many_trials import block_of
from benchmarks.markdown import number, table


@dataclass(frozen=True)
class Figure:
    """One number of a probe's result, and how it is shown.

    Attributes:
        probe: Of `PROBES` in `overheads.py`.
        key: In its result.
        unit: Behind the number.
        factor: Before it is shown.
    """

    probe: str
    key: str = "seconds"
    unit: str = "s"
    factor: float = 1.0


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        what: Its name; `{trials}` and `{block}` stand for the numbers of trials.
        figure: What is measured.
        aim: In the figure's unit; empty for none.
        beside: Names and figures of what it is to be compared with.
    """

    what: str
    figure: Figure
    aim: str = ""
    beside: tuple[tuple[str, Figure], ...] = ()


def _feeding_row(what: str, probe: str) -> Row:
    alone = ("the pipeline without a model", Figure(probe, "alone", "% of the step", 100.0))
    return Row(
        f"feeding the {what}, share of a step",
        Figure(probe, "share", "%", 100.0),
        "< 5",
        (alone, ("a step", Figure(probe, "step_ms", "ms"))),
    )


_MEMORY = ("`import tensorflow`", Figure("tensorflow-memory", "main_mb", "MB"))
_TENSORFLOW = ("`import tensorflow`", Figure("import-tensorflow"))
ITEMS: dict[str, tuple[Row, ...]] = {
    "import": (
        Row(
            "`import tftune`",
            Figure("import-tftune"),
            "< 0.15",
            (
                ("`python -c pass`", Figure("python")),
                ("`import keras_tuner`", Figure("import-keras-tuner")),
            ),
        ),
    ),
    "help": (
        Row(
            "`python -m tftune.hemolysis --help`",
            Figure("help"),
            "< 0.3",
            (("`python -c pass`", Figure("python")),),
        ),
    ),
    "first-trial": (
        Row(
            "first trial started after the command",
            Figure("first-trial", "start"),
            beside=(_TENSORFLOW,),
        ),
        Row(
            "its first epoch done after the command",
            Figure("first-trial", "epoch"),
            beside=(_TENSORFLOW,),
        ),
    ),
    "memory": (
        Row("peak memory of the driver", Figure("first-trial", "main_mb", "MB"), beside=(_MEMORY,)),
        Row("peak memory of a child", Figure("first-trial", "child_mb", "MB"), beside=(_MEMORY,)),
    ),
    "many-trials": (
        Row(
            "{trials} trials: processor time a trial",
            Figure("many-trials", "processor_ms", "ms"),
            "< 1",
        ),
        Row(
            "{trials} trials: wall-clock a trial, durable journal",
            Figure("many-trials", "wall_ms", "ms"),
            "< 1",
        ),
        Row(
            "{trials} trials: last {block} / first {block}, processor time",
            Figure("many-trials", "slowdown", ""),
            "<= 1.2",
        ),
        Row(
            "{trials} trials: growth of the driver's memory a trial",
            Figure("many-trials", "growth_kb", "kB"),
            "< 1",
        ),
    ),
    "real-trials": (
        Row(
            "{trials} trained trials: drift of the driver's memory",
            Figure("real-trials", "drift_mb", "MB"),
            "< 50",
            (("in all", Figure("real-trials", "main_mb", "MB")),),
        ),
    ),
    "feeding": (
        _feeding_row("leaf CNN", "leaf-feeding"),
        _feeding_row("peptide CNN", "peptide-feeding"),
        Row(
            "a batch of a `tf.data.Dataset` that was written down, share of one behind `cache()`",
            Figure("saved-dataset", "ratio", "%", 100.0),
            "<= 100",
            (("`Dataset.cache()`", Figure("saved-dataset", "cached", "us")),),
        ),
    ),
}


def overheads_table(rows: Iterable[Row], results: Sequence[Mapping[str, Any]]) -> str:
    """Returns the table; what could not be measured is shown as "-".

    Example:
        >>> seconds = {"help": [0.25, 0.2, 0.5], "python": [0.025]}
        >>> results = [
        ...     {"probe": probe, "round": turn, "seconds": each}
        ...     for probe, measured in seconds.items()
        ...     for turn, each in enumerate(measured)
        ... ]
        >>> print(overheads_table(ITEMS["help"], results))  # doctest: +NORMALIZE_WHITESPACE
        | what | measured (median, range) | aim | beside |
        |:--|--:|--:|--:|
        | `python -m tftune.hemolysis --help` | 0.250 s (0.200 to 0.500) | < 0.3 s
          | `python -c pass` 0.0250 s |
    """
    trials = {result["probe"]: result["trials"] for result in results if "trials" in result}
    lines = []
    for row in rows:
        count = trials.get(row.figure.probe, 0)
        names = {"trials": f"{count:,}", "block": f"{block_of(count):,}"}
        beside = "; ".join(f"{name} {_shown(figure, results)}" for name, figure in row.beside)
        aim = f"{row.aim} {row.figure.unit}".strip() if row.aim else "-"
        lines.append(
            [row.what.format(**names), _shown(row.figure, results, spread=True), aim, beside or "-"]
        )
    return table(["what", "measured (median, range)", "aim", "beside"], lines)


def _shown(figure: Figure, results: Sequence[Mapping[str, Any]], spread: bool = False) -> str:
    values = [
        figure.factor * result[figure.key] for result in results if result["probe"] == figure.probe
    ]
    if not values:
        return "-"
    median = f"{number(statistics.median(values))} {figure.unit}".strip()
    return f"{median} ({number(min(values))} to {number(max(values))})" if spread else median
