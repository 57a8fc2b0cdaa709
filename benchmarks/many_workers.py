"""What a search loses by having several workers: at equal trials, a worker proposes without the
results of the trials that the others have under way.

    python -m benchmarks.many_workers --results workers.jsonl
    python -m benchmarks.many_workers --results workers.jsonl --report --write-readme

Trainings take random times, so that results come in another order than trials began. Methods are
oracles and those of other libraries (see `benchmarks/rivals`), which hear of trials under way by
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
from benchmarks.markdown import table
from benchmarks.problems import Problem
from benchmarks.rivals.registry import RIVALS, prepare
from benchmarks.search_options import (
    add_environments,
    add_jobs,
    add_report,
    add_seeds,
    add_tables,
    add_trials,
)
from benchmarks.searches import make_problem, open_rival
from benchmarks.specs import parse, split
from benchmarks.units import Unit, read_results, results_of, run_missing
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
        help=f"names of the registry, or of: {', '.join(RIVALS)}; default: {', '.join(METHODS)}",
    )
    add_environments(parser)
    add_tables(parser, tables.DEFAULT_FOLDER)
    add_trials(parser, 100)
    add_seeds(parser, 10, "searches a cell and table")
    add_jobs(parser)
    add_report(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code: 1 if a search failed."""
    return run_command(arguments(), argv, run)


def run(options: argparse.Namespace) -> int:
    """Computes what is missing and prints the report."""
    unknown = [each for each in options.methods if parse(each)[0] not in [*ORACLES, *RIVALS]]
    names = tables.table_names(options.tables)
    if unknown or not names:
        what = f"method {', '.join(unknown)}" if unknown else f"table in {options.tables}"
        raise UsageError(
            f"There is no {what}. Expected methods of {', '.join([*ORACLES, *RIVALS])}, and files "
            "*.npz. Pass --methods auto or --tables DIR."
        )
    pythons: dict[str, str] = {}
    if not options.report:
        rivals = [each for each in options.methods if each in RIVALS]
        pythons, left_out = prepare(rivals, options.environments)
        options.methods = [each for each in options.methods if each not in left_out]
    units = list_units(options, names)
    if options.report:
        results = list(results_of(units, read_results(options.results)).values())
    else:
        compute = functools.partial(run_unit, folder=str(options.tables), pythons=pythons)
        results = run_missing(units, compute, options.results, options.jobs)
    show(report(results, options.methods), options, bool(results))
    return 1 if len(results) < len(units) and not options.report else 0


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
        with open_rival(unit["method"], pythons[unit["method"]], *given[1:]) as rival:
            losses = _losses(rival, problem, unit)
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


def report(results: Sequence[Mapping[str, Any]], methods: Sequence[str]) -> dict[str, str]:
    """Returns the table: a row a method and number of workers, with the ratio to one worker."""
    rows = []
    for method in methods:
        alone = _mean(results, method, 1, 0)
        for workers, lag in [*((each, 0) for each in WORKERS), *((0, lag) for lag in LAGS)]:
            found = _mean(results, method, workers, lag)
            if found is None or alone is None:
                continue
            what = f"any, reproducible={lag}" if lag else str(workers)
            means, errors, searches = found
            ratio = means[-1] / alone[0][-1] if alone[0][-1] else float("nan")
            cells = [f"{mean:.4f} ± {error:.4f}" for mean, error in zip(means, errors, strict=True)]
            rows.append([method, what, str(searches), *cells, f"{ratio:.2f}"])
    header = ["method", "workers", "searches", "20 % of the trials", "50 %", "100 %", "to one"]
    return {"many-workers": table(header, rows)}


def _mean(
    results: Sequence[Mapping[str, Any]], method: str, workers: int, lag: int
) -> tuple[np.ndarray, np.ndarray, int] | None:
    """Returns the mean regrets over tables and seeds, their standard errors and how many."""
    own = [
        each["regrets"]
        for each in results
        if (each["method"], each["workers"], each["lag"]) == (method, workers, lag)
    ]
    if not own:
        return None
    regrets = np.array(own)
    return regrets.mean(axis=0), regrets.std(axis=0) / np.sqrt(len(own)), len(own)


if __name__ == "__main__":
    sys.exit(main())
