"""What costs time and memory beside the training: start-up, the driver, many trials, feeding.

    python -m benchmarks.overheads --results overheads.jsonl --write-readme

Every probe is a process of its own. The probes take turns, so that a machine that is slower for a
while is slower for all of them.
"""

from __future__ import annotations

import argparse
import functools
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.command import parser_of, run_command, show
from benchmarks.many_trials import LEAST_TRIALS
from benchmarks.overheads_table import ITEMS, Row, overheads_table
from benchmarks.processes import follow, timed
from benchmarks.specs import split
from benchmarks.units import Unit, run_missing
from tftune.errors import UsageError
from tftune.journal.run_folder import RunFolder
from tftune.support.checks import check_count
from tftune.support.tensorflow_import import VARIABLE

_SMALL = ["--data", "sample", "--max-trials", "2", "--epochs", "1"]
SEARCH = ["-m", "tftune.hemolysis", *_SMALL, "--search", "random", "--workers", "1", "--quiet"]
SAMPLED = {"first-trial", "memory", "feeding"}  # items that read sample data
Probe = Callable[[Unit], Mapping[str, Any]]


def _python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def _first_trial(unit: Unit) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        return follow(_python(*SEARCH, "--run-dir", str(run)), records=RunFolder(run).journal)


def _trials(unit: Unit, module: str) -> dict[str, Any]:
    return timed(_python("-m", f"benchmarks.{module}", "--trials", str(unit["trials"])))


def _feeding(unit: Unit, model: str) -> dict[str, Any]:
    return timed(
        _python("-m", "benchmarks.feeding", model), **{VARIABLE: "1"}
    )  # the kernels of a trial


PROBES: dict[str, Probe] = {
    "python": lambda unit: timed(_python("-c", "pass")),
    "import-tftune": lambda unit: timed(_python("-c", "import tftune")),
    "import-keras-tuner": lambda unit: timed(_python("-c", "import keras_tuner")),
    "help": lambda unit: timed(_python("-m", "tftune.hemolysis", "--help")),
    "import-tensorflow": lambda unit: timed(_python("-c", "import tensorflow")),
    "tensorflow-memory": lambda unit: follow(
        _python("-c", "import tensorflow, time; time.sleep(0.2)")
    ),  # so that a look falls into its end
    "first-trial": _first_trial,
    "many-trials": functools.partial(_trials, module="many_trials"),
    "real-trials": functools.partial(_trials, module="real_trials"),
    "leaf-feeding": functools.partial(_feeding, model="leaf-cnn"),
    "peptide-feeding": functools.partial(_feeding, model="peptide-cnn"),
    "saved-dataset": lambda unit: timed(_python("-m", "benchmarks.saved_dataset")),
}


ONCE = {"real-trials"}  # some minutes, and a bound rather than a time


def arguments() -> argparse.ArgumentParser:
    """Returns the parser of the command line."""
    parser = parser_of("overheads", __doc__)
    add = parser.add_argument
    add(
        "--only",
        type=split,
        default=list(ITEMS),
        metavar="A,B",
        help=f"some of {', '.join(ITEMS)}; default: all",
    )
    add("--rounds", type=int, default=3, help="runs of each probe; the median counts (default 3)")
    add(
        "--trials-many",
        type=int,
        default=10_000,
        metavar="N",
        help="trials of the search that trains nothing (default 10000)",
    )
    add(
        "--trials-real",
        type=int,
        default=1000,
        metavar="N",
        help="trials of the search that trains small models (default 1000)",
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code: 1 if a probe failed."""
    return run_command(arguments(), argv, measure)


def measure(options: argparse.Namespace) -> int:
    """Runs what is missing and prints the table."""
    unknown = sorted(set(options.only) - set(ITEMS))
    if unknown or not options.only:
        what = f"has no item {', '.join(unknown)}" if unknown else "is empty"
        raise UsageError(f"--only {what}. Expected some of: {', '.join(ITEMS)}.")
    check_count("rounds", options.rounds, least=1)
    check_count("trials_many", options.trials_many, least=LEAST_TRIALS)
    check_count("trials_real", options.trials_real, least=LEAST_TRIALS)
    rows = [row for item in ITEMS if item in options.only for row in ITEMS[item]]
    units = units_of(
        rows,
        options.rounds,
        {"many-trials": options.trials_many, "real-trials": options.trials_real},
    )
    if SAMPLED & set(options.only):
        prepare_samples()
    results = run_missing(units, run_unit, options.results)
    show({"overheads": overheads_table(rows, results)}, options, complete=bool(results))
    return 0 if len(results) == len(units) else 1


def units_of(rows: Sequence[Row], rounds: int, trials: Mapping[str, int]) -> list[Unit]:
    """Returns the runs that some rows need: each probe once a round, in turns; a long one only
    once.

    Example:
        >>> [unit["probe"] for unit in units_of(ITEMS["help"], 2, {})]
        ['python', 'help', 'python', 'help']
    """
    needed = {
        figure.probe
        for row in rows
        for figure in (row.figure, *(beside for _, beside in row.beside))
    }
    return [
        {"probe": probe, "round": turn, **({"trials": trials[probe]} if probe in trials else {})}
        for turn in range(rounds)
        for probe in PROBES
        if probe in needed and (turn == 0 or probe not in ONCE)
    ]


def prepare_samples() -> None:
    """Generates the sample data, which otherwise the first run alone would have to do."""
    from tftune.datasets import bean_leaves, hemolytic_peptides

    bean_leaves.load("sample", image_size=64)
    hemolytic_peptides.load("sample", "grouped", 0)


def run_unit(unit: Unit) -> dict[str, float]:
    """Runs one probe once and returns what it measured.

    Raises:
        RuntimeError: If a command failed.
    """
    return {key: round(float(value), 6) for key, value in PROBES[unit["probe"]](unit).items()}


if __name__ == "__main__":
    sys.exit(main())
