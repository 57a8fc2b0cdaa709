"""What a budget of epochs buys: methods that pause or stop trials, on tables of real learning
curves whose best configuration is known.

    python -m benchmarks.multi_fidelity --tables DIR --budget 1000 --seeds 50 --results runs.jsonl
    python -m benchmarks.multi_fidelity --results runs.jsonl --report --write-readme

A method proposes in the continuous space and gets the nearest configuration of the table that it
has not had, in the unit cube. A run that is interrupted goes on when it is started again.
"""

from __future__ import annotations

import argparse
import functools
import sys
from collections.abc import Mapping, Sequence
from string import ascii_uppercase
from typing import Any

import numpy as np

from benchmarks.command import parser_of, run_command, show
from benchmarks.curve_problems import DEFAULT_FOLDER, regret_after
from benchmarks.estimates import estimate, together
from benchmarks.markdown import number, table
from benchmarks.paused_searches import POOL, run_unit
from benchmarks.peer_runs import search_missing
from benchmarks.peers.curves import CURVE_PEERS, prepare
from benchmarks.search_options import (
    add_environments,
    add_jobs,
    add_redo,
    add_report,
    add_seeds,
    add_tables,
)
from benchmarks.specs import parse, split
from benchmarks.units import Unit
from tftune.errors import UsageError
from tftune.oracles import ORACLES
from tftune.schedulers import SCHEDULERS

METHODS = (
    *POOL,
    "filled-halving",
    "mobster",
    "hyperband",
    "bohb",
    "auto+none",
    "auto+successive-halving",
    "auto+asha",
    "auto+median",
    "auto+curve-fit",
    *CURVE_PEERS,
)
SLOW = ("auto", "optuna-gp", "syne-mobster", "syne-hypertune", "syne-dyhpo")
SHARES = (0.1, 0.3, 0.5, 1.0)  # of the budget, after which the regret is told


def arguments() -> argparse.ArgumentParser:
    """Returns the parser of the command line."""
    parser = parser_of("multi_fidelity", __doc__)
    add = parser.add_argument
    add(
        "--methods",
        type=split,
        metavar="A,B",
        default=list(METHODS),
        help="oracles with options (mobster:factor=4), with a scheduler (auto+asha), or of: "
        f"{', '.join(METHODS)}; default: those",
    )
    add_tables(parser, DEFAULT_FOLDER)
    add_environments(parser)
    add("--budget", type=int, default=1000, help="points of a search (default 1000)")
    add_seeds(parser, 50, "searches of a method on a table")
    add("--seeds-slow", type=int, metavar="N", default=3, help="of slow methods (default 3)")
    add_jobs(parser)
    add_redo(parser)
    add_report(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code: 1 if a search failed."""
    return run_command(arguments(), argv, run)


def run(options: argparse.Namespace) -> int:
    """Computes what is missing and prints the report."""
    check_methods(options.methods)
    names = sorted(path.stem for path in options.tables.glob("*.npz"))
    if not names:
        raise UsageError(
            f"There are no tables. Expected files *.npz. Received: the folder {options.tables}. "
            "Pass --tables DIR."
        )
    units = list_units(options, names)
    compute = functools.partial(run_unit, tables=str(options.tables))
    searches = search_missing(units, options, CURVE_PEERS, prepare, compute)
    sections = report(searches.results, options.methods, names, options.budget)
    sections["multi-fidelity"] = searches.told_with(sections["multi-fidelity"])
    show(sections, options, bool(searches.results))
    return searches.code


def check_methods(methods: Sequence[str]) -> None:
    """Checks that every method is known.

    Raises:
        UsageError: If one is not.
    """
    for method in methods:
        name, _, stopping = method.partition("+")
        known = parse(name)[0] in ORACLES and (not stopping or parse(stopping)[0] in SCHEDULERS)
        if method not in METHODS and not known:
            raise UsageError(
                f"There is no method {method}. Expected an oracle, an oracle+scheduler or one of: "
                f"{', '.join(METHODS)}."
            )


def list_units(options: argparse.Namespace, names: Sequence[str]) -> list[Unit]:
    """Returns all searches, every method on every table with seed 0 first."""
    return [
        {"method": method, "problem": name, "seed": seed, "budget": options.budget}
        for seed in range(options.seeds)
        for method in options.methods
        for name in names
        if not method.startswith(SLOW) or seed < options.seeds_slow
    ]


def report(
    results: Sequence[Mapping[str, Any]],
    methods: Sequence[str],
    names: Sequence[str],
    budget: int,
) -> dict[str, str]:
    """Returns the table of means and that of the single tables, by the names of their places."""
    points = [round(share * budget) for share in SHARES]
    means, singles = [], []
    for method in methods:
        own = [result for result in results if result["method"] == method]
        if not own:
            continue
        by_table = [
            [
                estimate([regret_after(result["curve"], spent) for result in own_of_table])
                for spent in points
            ]
            for name in names
            if (own_of_table := [result for result in own if result["problem"] == name])
        ]
        seeds = len({result["seed"] for result in own})
        found = [together(column) for column in zip(*by_table, strict=True)]
        cells = [f"{mean:.3f}" for mean, _ in found]
        error = found[-1][1]
        seconds = float(np.mean([result["seconds"] for result in own]))
        means.append([method, str(seeds), *cells, f"{error:.3f}", number(seconds, 2)])
        singles.append(
            [method, *(" / ".join(f"{mean:.2f}" for mean, _ in row[1:]) for row in by_table)]
        )
    header = ["method", "seeds", *(f"{spent} points" for spent in points)]
    labels = [label_of(number) for number in range(len(names))]
    legend = "\n".join(f"{label}: {name}" for label, name in zip(labels, names, strict=True))
    return {
        "multi-fidelity": table([*header, "standard error", "s a search"], means),
        "multi-fidelity-tables": table(["method", *labels], singles) + f"\n\n{legend}",
    }


def label_of(number: int) -> str:
    """Returns what a table is called in a header.

    Example:
        >>> label_of(0), label_of(25), label_of(26)
        ('A', 'Z', 'AA')
    """
    letter = ascii_uppercase[number % len(ascii_uppercase)]
    return letter * (1 + number // len(ascii_uppercase))


if __name__ == "__main__":
    sys.exit(main())
