"""What a search loses by having several workers: at equal trials, a worker proposes without the
results of the trials that the others have under way.

    python -m benchmarks.many_workers --results workers.jsonl
    python -m benchmarks.many_workers --results workers.jsonl --report --write-readme

Trainings take random times, so that results come in another order than trials began. Methods are
oracles and those of other libraries (see `benchmarks/peers`), which hear of trials under way by
being asked again before they are told. A run that is interrupted goes on when it is started again.
"""

from __future__ import annotations

import argparse
import functools
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks import tables
from benchmarks.command import parser_of, run_command, show
from benchmarks.estimates import Estimate, cell, estimate, ratio, together
from benchmarks.markdown import table
from benchmarks.peer_runs import search_missing
from benchmarks.peers.registry import PEERS, prepare
from benchmarks.problems import Problem
from benchmarks.search_options import (
    add_environments,
    add_jobs,
    add_redo,
    add_report,
    add_seeds,
    add_tables,
    add_trials,
)
from benchmarks.searches import make_problem, open_peer
from benchmarks.specs import parse, split
from benchmarks.units import Unit
from benchmarks.worker_searches import (
    Asked,
    AskedOracle,
    durations,
    search_in_time,
    search_with_lag,
)
from tftune.errors import UsageError
from tftune.oracles import ORACLES

WORKERS = (1, 2, 4, 8, 16)
METHODS = ("auto", "tpe", "optuna-gp")
LAGS = (4, 8, 16)  # of `reproducible`


def arguments() -> argparse.ArgumentParser:
    """Returns the parser of the command line."""
    parser = parser_of("many_workers", __doc__)
    add = parser.add_argument
    add(
        "--methods",
        type=split,
        metavar="A,B",
        default=list(METHODS),
        help=f"names of the registry, or of: {', '.join(PEERS)}; default: {', '.join(METHODS)}",
    )
    add_environments(parser)
    add_tables(parser, tables.DEFAULT_FOLDER)
    add_trials(parser, 100)
    add_seeds(parser, 10, "searches a cell and table")
    add_jobs(parser)
    add_redo(parser)
    add_report(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code: 1 if a search failed."""
    return run_command(arguments(), argv, run)


def run(options: argparse.Namespace) -> int:
    """Computes what is missing and prints the report."""
    unknown = [each for each in options.methods if parse(each)[0] not in [*ORACLES, *PEERS]]
    names = tables.table_names(options.tables)
    if unknown or not names:
        what = f"method {', '.join(unknown)}" if unknown else f"table in {options.tables}"
        raise UsageError(
            f"There is no {what}. Expected methods of {', '.join([*ORACLES, *PEERS])}, and files "
            "*.npz. Pass --methods auto or --tables DIR."
        )
    units = list_units(options, names)
    compute = functools.partial(run_unit, folder=str(options.tables))
    searches = search_missing(units, options, PEERS, prepare, compute)
    sections = report(searches.results, options.methods, names)
    sections["many-workers"] = searches.told_with(sections["many-workers"])
    show(sections, options, bool(searches.results))
    return searches.code


def list_units(options: argparse.Namespace, names: Sequence[str]) -> list[Unit]:
    """Returns all searches, every cell on every table with seed 0 first."""
    return [
        {
            "method": method,
            "problem": name,
            "seed": seed,
            "trials": options.trials,
            "workers": workers,
            "lag": lag,
        }
        for seed in range(options.seeds)
        for method in options.methods
        for workers, lag in [*((each, 0) for each in WORKERS), *((0, lag) for lag in LAGS)]
        for name in names
    ]


def run_unit(unit: Unit, folder: str, pythons: Mapping[str, str]) -> dict[str, Any]:
    """Runs one search.

    Returns:
        `regrets`: the least one after a fifth, after half and after all of the trials; `seconds` of
        the processor.
    """
    problem, trials = make_problem(unit["problem"], unit["seed"], folder), unit["trials"]
    given = (unit["method"], problem, unit["seed"], trials)
    began = time.process_time()
    if unit["method"] in pythons:
        with open_peer(unit["method"], pythons[unit["method"]], *given[1:]) as peer:
            losses = _losses(peer, problem, unit)
    else:
        losses = _losses(AskedOracle(*given), problem, unit)
    seconds = time.process_time() - began
    least = np.minimum.accumulate([problem.regret(loss) for loss in losses])
    moments = [max(1, round(share * trials)) for share in (0.2, 0.5, 1.0)]
    regrets = [round(float(least[min(moment, len(least)) - 1]), 6) for moment in moments]
    return {"regrets": regrets, "seconds": round(seconds, 3)}


def _losses(asked: Asked, problem: Problem, unit: Unit) -> list[float]:
    if unit["lag"]:
        return search_with_lag(asked, problem.loss, unit["lag"], unit["trials"])
    lasts = durations(unit["seed"], unit["trials"])
    return search_in_time(asked, problem.loss, unit["workers"], lasts)


def report(
    results: Sequence[Mapping[str, Any]], methods: Sequence[str], names: Sequence[str]
) -> dict[str, str]:
    """Returns the table: a row a method and number of workers, with the ratio to one worker."""
    rows = []
    for method in methods:
        alone = _means(results, names, method, 1, 0)
        for workers, lag in [*((each, 0) for each in WORKERS), *((0, lag) for lag in LAGS)]:
            found = _means(results, names, method, workers, lag)
            if not found or not alone:
                continue
            what = f"any, reproducible={lag}" if lag else str(workers)
            to_one = "1" if found == alone else cell(ratio(found[-1], alone[-1]), 2)
            searches = sum(_is_of(each, method, workers, lag) for each in results)
            rows.append([method, what, str(searches), *map(cell, found), to_one])
    header = ["method", "workers", "searches", "20 % of the trials", "50 %", "100 %", "to one"]
    return {"many-workers": table(header, rows)}


def _means(
    results: Sequence[Mapping[str, Any]],
    names: Sequence[str],
    method: str,
    workers: int,
    lag: int,
) -> list[Estimate]:
    """Returns the regret after each share of the trials, the mean over the tables; nothing if a
    table has no search.
    """
    by_table = [
        [
            each["regrets"]
            for each in results
            if each["problem"] == name and _is_of(each, method, workers, lag)
        ]
        for name in names
    ]
    if not all(by_table):
        return []
    estimates = [[estimate(column) for column in zip(*own, strict=True)] for own in by_table]
    return [together(column) for column in zip(*estimates, strict=True)]


def _is_of(result: Mapping[str, Any], method: str, workers: int, lag: int) -> bool:
    return (result["method"], result["workers"], result["lag"]) == (method, workers, lag)


if __name__ == "__main__":
    sys.exit(main())
