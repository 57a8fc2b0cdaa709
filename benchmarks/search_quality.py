"""How good the search methods are: every oracle, beside exact random search and the methods of
other libraries, each library in an environment of its own, on problems with known optima.

    python -m benchmarks.search_quality --results results.jsonl --jobs 2
    python -m benchmarks.search_quality --results noisy.jsonl --jobs 2 --noisy
    python -m benchmarks.search_quality --results results.jsonl --report

With --noisy every trial on a table sees one random seed, and what counts is what the configuration
that a search hands over is worth on average. A run that is interrupted goes on when it is started
again: the results file keeps what is done.
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
from benchmarks.exact_random import EXACT_RANDOM
from benchmarks.function_problems import BBOB_NAMES, FUNCTION_NAMES
from benchmarks.noisy_quality import noisy_sections, run_noisy_unit
from benchmarks.noisy_tables import load_noisy_table
from benchmarks.peer_runs import Searches, search_missing
from benchmarks.peers.registry import NOISY_ONLY, PEERS, prepare
from benchmarks.quality_report import QualityReport
from benchmarks.search_options import (
    add_environments,
    add_jobs,
    add_redo,
    add_report,
    add_seeds,
    add_tables,
    add_trials,
)
from benchmarks.searches import check_methods, run_unit
from benchmarks.specs import parse, split
from benchmarks.units import Unit
from tftune.errors import UsageError
from tftune.oracles import ORACLES

CHECKPOINTS = (20, 50, 100)
SLOW = "gp,forest,dngo,skopt-gp-minimize,optuna-gp,optuna-auto,smac3,smac3-repeating,hebo,vizier"


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
        help="tables, functions, bbob, or single names; default: all three, with --noisy tables",
    )
    add("--noisy", action="store_true", help="trials that see one seed of a table")
    add_environments(parser)
    add_tables(parser, tables.DEFAULT_FOLDER)
    add_trials(parser, 100)
    add_seeds(parser, 10, "searches of a method on a problem")
    add("--seeds-slow", type=int, metavar="N", help="searches of a slow method (default: as many)")
    add(
        "--slow",
        type=split,
        metavar="A,B",
        default=split(SLOW),
        help=f"which methods are slow (default {SLOW})",
    )
    add_jobs(parser)
    add_redo(parser)
    add_report(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code: 1 if a search failed."""
    return run_command(arguments(), argv, run)


def run(options: argparse.Namespace) -> int:
    """Computes what is missing and prints the report."""
    others = [*PEERS] if options.noisy else [EXACT_RANDOM, *PEERS]
    usual = [name for name in others if options.noisy or name not in NOISY_ONLY]
    methods = options.methods or [*ORACLES, *usual]
    check_methods(methods, others)
    words = options.problems or (["tables"] if options.noisy else ["tables", "functions", "bbob"])
    problems = problem_names(words, options.tables)
    if options.noisy:
        check_noisy(problems, options.tables)
    units = list_units(methods, problems, options)
    function = run_noisy_unit if options.noisy else run_unit
    compute = functools.partial(function, tables=str(options.tables))
    searches = search_missing(units, options, PEERS, prepare, compute)
    show(sections_of(searches, methods, problems, options), options)
    return searches.code


def sections_of(
    searches: Searches,
    methods: Sequence[str],
    problems: Sequence[str],
    options: argparse.Namespace,
) -> dict[str, str]:
    """Returns the tables by the name of their place; below the first, who was left out and why."""
    tables = [name for name in problems if name not in BBOB_NAMES + FUNCTION_NAMES]
    bbob = [name for name in problems if name in BBOB_NAMES]
    checkpoints = [trials for trials in CHECKPOINTS if trials <= options.trials] or [options.trials]
    results = searches.results
    if options.noisy:
        sections = noisy_sections(results, options.tables, methods, tables, checkpoints, PEERS)
    else:
        sections = QualityReport(results, methods, tables, bbob, checkpoints, PEERS).sections()
    first = next(iter(sections), None)
    return {
        name: searches.told_with(text) if name == first else text for name, text in sections.items()
    }


def check_noisy(problems: Sequence[str], folder: Path) -> None:
    """Checks that all problems are tables with several seeds.

    Raises:
        UsageError: If one is not.
    """
    functions = [name for name in problems if name in BBOB_NAMES + FUNCTION_NAMES]
    if functions:
        raise UsageError(
            f"{functions[0]} has no noise. Expected tables with --noisy. Received: "
            f"{', '.join(functions)}. Leave out --noisy or these problems."
        )
    for name in problems:
        load_noisy_table(folder / f"{name}.npz")


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
    key = "noisy" if options.noisy else "method"
    slow = options.seeds if options.seeds_slow is None else options.seeds_slow
    return [
        {key: method, "problem": problem, "seed": seed, "trials": options.trials}
        for seed in range(options.seeds)
        for problem in problems
        for method in methods
        if seed < (slow if parse(method)[0] in options.slow else options.seeds)
    ]


if __name__ == "__main__":
    sys.exit(main())
