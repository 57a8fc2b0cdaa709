"""How long tftune needs for the best validation AUC that KerasTuner's random search finds, on the
peptide CNN.

    python -m benchmarks.time_to_score --data ../shared/data/hemolysis --results scores.jsonl
    --write-readme

For each seed KerasTuner searches to its end; its best score is the target. Then tftune searches,
with each scheduler, and Optuna in as many processes, until a trial ends with the target, or until
it has taken as long as KerasTuner in all. Each search is a process of its own, and time counts from
the start of that process.
"""

from __future__ import annotations

import argparse
import functools
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.command import parser_of, run_command, show
from benchmarks.processes import timed
from benchmarks.score_table import KERAS_TUNER, OPTUNA, TFTUNE, best_of, score_table
from benchmarks.specs import parse, split
from benchmarks.throughput import save_data
from benchmarks.trainers.search_job import SearchJob
from benchmarks.units import Unit, run_missing
from tftune.cli.search_options import SCHEDULER
from tftune.errors import UsageError
from tftune.schedulers.make import make_scheduler
from tftune.support.checks import check_count

SCRIPTS = {
    KERAS_TUNER: "search_keras_tuner",
    TFTUNE: "search_tftune",
    OPTUNA: "search_optuna",
}
Run = Callable[[Unit], dict[str, Any]]


def arguments() -> argparse.ArgumentParser:
    """Returns the parser of the command line."""
    parser = parser_of("time_to_score", __doc__)
    add = parser.add_argument
    add(
        "--data",
        default="../shared/data/hemolysis",
        metavar="SOURCE",
        help="as for python -m tftune.hemolysis; sample needs no files",
    )
    add(
        "--seeds",
        type=int,
        default=5,
        metavar="N",
        help="searches a tool, seeds 0, 1, .. (default 5)",
    )
    add(
        "--trials",
        type=int,
        default=50,
        metavar="N",
        help="trials of KerasTuner (default 50); tftune has none of its own to keep to",
    )
    add("--epochs", type=int, default=20, help="epochs a trial (default 20)")
    add(
        "--scheduler",
        type=split,
        default=[SCHEDULER],
        metavar="A,B",
        help=f"a row each, asha or asha:factor=4 (default {SCHEDULER})",
    )
    add(
        "--workers",
        type=int,
        default=2,
        metavar="N",
        help="child processes of tftune, processes of Optuna (default 2)",
    )
    add("--without-optuna", action="store_true", help="leave out Optuna")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code: 1 if a search failed."""
    return run_command(arguments(), argv, measure)


def check(options: argparse.Namespace) -> None:
    """Refuses what no search can be made of, before the first hour has gone by.

    Raises:
        UsageError: If a number is too small, or a scheduler or its option is unknown.
    """
    for name in ("seeds", "trials", "epochs", "workers"):
        check_count(f"--{name}", getattr(options, name), least=1)
    if not options.scheduler:
        raise UsageError(
            "--scheduler names no scheduler. Expected one or more. Received: nothing. Pass for "
            "example --scheduler asha."
        )
    for spec in options.scheduler:
        name, given = parse(spec)
        make_scheduler(name, "max", options.epochs, given)


def measure(options: argparse.Namespace) -> int:
    """Runs what is missing and prints the table."""
    check(options)
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch) / "data.npz"
        save_data(options.data, data)
        for seed in range(options.seeds):
            results += search_all(seed, options, functools.partial(run_unit, data=data))
    show({"time-to-score": score_table(results)}, options, complete=bool(results))
    tools = 2 + len(options.scheduler) - options.without_optuna
    return 0 if len(results) == options.seeds * tools else 1


def search_all(seed: int, options: argparse.Namespace, run: Run) -> list[dict[str, Any]]:
    """Lets KerasTuner search, then tftune with each scheduler, then Optuna; without KerasTuner's
    result there is nothing to match.
    """
    same = {"seed": seed, "epochs": options.epochs, "data": Path(options.data).name}
    found = run_missing(
        [{"tool": KERAS_TUNER, "trials": options.trials, **same}], run, options.results
    )
    if not found:
        return []
    goal = {
        "target": best_of(found[0]["ends"]),
        "limit": found[0]["seconds"],
    }  # in the key: another target is another search
    units = [
        {"tool": TFTUNE, "scheduler": name, "workers": options.workers, **same, **goal}
        for name in options.scheduler
    ]
    if not options.without_optuna:
        units.append({"tool": OPTUNA, "workers": options.workers, **same, **goal})
    return found + run_missing(units, run, options.results)


def run_unit(unit: Unit, data: Path) -> dict[str, Any]:
    """Makes one search.

    Returns:
        `seconds`, from the start of the process to its end, and `ends`: for each trial the seconds
        at its end and its score, or None.

    Raises:
        RuntimeError: If the process failed, or KerasTuner ended too few trials or none with a
            score.
    """
    fields = {
        name: unit[name]
        for name in ("seed", "trials", "epochs", "workers", "scheduler", "target", "limit")
        if name in unit
    }
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "data.npz").symlink_to(data.absolute())
        path = Path(folder) / "job.json"
        path.write_text(
            json.dumps(asdict(SearchJob(folder, [], began=time.time(), **fields))), encoding="utf-8"
        )
        told = timed(
            [sys.executable, "-m", f"benchmarks.trainers.{SCRIPTS[unit['tool']]}", str(path)]
        )
    ends = told["ends"]
    if unit["tool"] == KERAS_TUNER and (len(ends) < unit["trials"] or not told["scores"]):
        raise RuntimeError(
            f"KerasTuner ended {len(ends)} of {unit['trials']} trials, {len(told['scores'])} of "
            "them with a score."
        )
    return {"seconds": round(told["seconds"], 2), "ends": ends}


if __name__ == "__main__":
    sys.exit(main())
