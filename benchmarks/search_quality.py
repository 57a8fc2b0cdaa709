"""How good the search methods are: every oracle, beside exact random search, Optuna's TPE and
gp_minimize, on problems with known optima.

    python -m benchmarks.search_quality --results results.jsonl --jobs 2
    python -m benchmarks.search_quality --results results.jsonl --report

A run that is interrupted goes on when it is started again: the results file keeps what is done.
"""

from __future__ import annotations

import argparse
import functools
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import tables
from benchmarks.command import parser_of, run_command, show
from benchmarks.function_problems import BBOB_NAMES, FUNCTION_NAMES
from benchmarks.peers import PEERS
from benchmarks.quality_report import QualityReport
from benchmarks.searches import run_unit
from benchmarks.specs import parse, split
from benchmarks.units import Unit, read_results, results_of, run_missing
from tftune.errors import UsageError
from tftune.oracles import ORACLES

CHECKPOINTS = (20, 50, 100)
SLOW = "gp,forest,dngo,skopt-gp-minimize"


def arguments() -> argparse.ArgumentParser:
    """Returns the parser of the command line."""
    parser = parser_of("search_quality", __doc__)
    add = parser.add_argument
    add(
        "--methods",
        type=split,
        metavar="A,B",
        help="names of the registry (with options: gp:acquisition=EI) and peers; default: all",
    )
    add(
        "--problems",
        type=split,
        metavar="A,B",
        default=["tables", "functions", "bbob"],
        help="tables, functions, bbob, or single names",
    )
    add(
        "--tables",
        type=Path,
        metavar="DIR",
        default=tables.DEFAULT_FOLDER,
        help="folder of the tables; default: ../shared/data/hpo-tables",
    )
    add("--trials", type=int, default=100, help="trials of a search (default 100)")
    add(
        "--seeds",
        type=int,
        default=10,
        help="searches of a method on a problem, seeds 0, 1, .. (default 10)",
    )
    add("--seeds-slow", type=int, metavar="N", help="searches of a slow method (default: as many)")
    add(
        "--slow",
        type=split,
        metavar="A,B",
        default=split(SLOW),
        help=f"which methods are slow (default {SLOW})",
    )
    add("--jobs", type=int, default=1, help="processes (default 1)")
    add(
        "--redo",
        type=split,
        metavar="A,B",
        default=[],
        help="methods whose results in the file are computed again",
    )
    add("--report", action="store_true", help="only print the tables of what the results file has")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code: 1 if a search failed."""
    return run_command(arguments(), argv, run)


def run(options: argparse.Namespace) -> int:
    """Computes what is missing and prints the report."""
    methods = options.methods or [*ORACLES, *PEERS]
    check_methods(methods)
    problems = problem_names(options.problems, options.tables)
    units = list_units(methods, problems, options)
    if options.report:
        results = list(results_of(units, read_results(options.results)).values())
    else:
        compute = functools.partial(run_unit, tables=str(options.tables))
        redo = set(options.redo)
        results = run_missing(
            units, compute, options.results, options.jobs, redo=lambda unit: unit["method"] in redo
        )
    table_problems = [name for name in problems if name not in BBOB_NAMES + FUNCTION_NAMES]
    bbob_problems = [name for name in problems if name in BBOB_NAMES]
    checkpoints = [trials for trials in CHECKPOINTS if trials <= options.trials] or [options.trials]
    sections = QualityReport(
        results, methods, table_problems, bbob_problems, checkpoints
    ).sections()
    show(sections, options)
    left = len(units) - len(results)
    if left:
        print(f"{left} of {len(units)} searches have no result.", file=sys.stderr)
    return 1 if left and not options.report else 0


def check_methods(methods: Sequence[str]) -> None:
    """Checks that every method is known.

    Raises:
        UsageError: If one is not.
    """
    unknown = [
        method for method in methods if method not in PEERS and parse(method)[0] not in ORACLES
    ]
    if unknown:
        raise UsageError(
            f"There is no method {', '.join(unknown)}. Expected some of: "
            f"{', '.join([*ORACLES, *PEERS])}."
        )


def problem_names(words: Sequence[str], folder: Path) -> list[str]:
    """Returns the problems that are meant by group names and single names.

    Raises:
        UsageError: If a problem is unknown, or tables are meant and there are none.
    """
    found: list[str] = []
    known = tables.table_names(folder)
    for word in words:
        if word == "tables" and not known:
            raise UsageError(
                f"There are no tables. Expected files *.npz. Received: the folder {folder}. Pass "
                "--tables DIR or --problems bbob."
            )
        members = {
            "tables": known,
            "functions": list(FUNCTION_NAMES),
            "bbob": list(BBOB_NAMES),
        }.get(word, [word])
        found += [name for name in members if name not in found]
    unknown = [name for name in found if name not in [*known, *FUNCTION_NAMES, *BBOB_NAMES]]
    if unknown:
        raise UsageError(
            f"There is no problem {', '.join(unknown)}. Expected tables, functions, bbob or single "
            "names, such as branin."
        )
    return found


def list_units(methods: Sequence[str], problems: Sequence[str], options: Any) -> list[Unit]:
    """Returns all searches; first every method on every problem with seed 0, so that a short run
    tells something about all.
    """
    slow = options.seeds if options.seeds_slow is None else options.seeds_slow
    return [
        {"method": method, "problem": problem, "seed": seed, "trials": options.trials}
        for seed in range(options.seeds)
        for problem in problems
        for method in methods
        if seed < (slow if parse(method)[0] in options.slow else options.seeds)
    ]


if __name__ == "__main__":
    sys.exit(main())
