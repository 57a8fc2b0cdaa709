"""How long tftune needs for the best validation AUC that KerasTuner's random search finds, on the
peptide CNN.

    python -m benchmarks.time_to_score --data ../shared/data/hemolysis --results scores.jsonl
    --write-readme

For each seed KerasTuner searches to its end; its best score is the target. Then tftune searches,
with each scheduler, until one of its trials ends with the target, or until it has taken as long as
KerasTuner in all. Each search is a process of its own, and time counts from the start of that
process.
"""

from __future__ import annotations

import argparse
import functools
import json
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.command import parser_of, run_command, show
from benchmarks.markdown import table
from benchmarks.processes import timed
from benchmarks.specs import parse, split
from benchmarks.throughput import save_data
from benchmarks.trainers.search_job import SearchJob
from benchmarks.units import Unit, run_missing
from tftune.cli.search_options import SCHEDULER
from tftune.errors import UsageError
from tftune.schedulers.make import make_scheduler
from tftune.support.checks import check_count

KERAS_TUNER, TFTUNE = "keras-tuner", "tftune"
SCRIPTS = {KERAS_TUNER: "search_keras_tuner", TFTUNE: "search_tftune"}
HEADER = [
    "tool",
    "seeds",
    "matched",
    "seconds, median (range)",
    "KerasTuner's all / these",
    "to its best / these",
    "trials",
    "best AUC, mean",
]
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
    add("--workers", type=int, default=2, metavar="N", help="child processes of tftune (default 2)")
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
    return 0 if len(results) == options.seeds * (1 + len(options.scheduler)) else 1


def search_all(seed: int, options: argparse.Namespace, run: Run) -> list[dict[str, Any]]:
    """Lets KerasTuner search and then tftune with each scheduler; without KerasTuner's result there
    is nothing to match.
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


def best_of(ends: Iterable[Sequence[Any]]) -> float:
    """Returns the best score; minus infinity if there is none.

    Example:
        >>> best_of([(10.0, 0.7), (20.0, None), (30.0, 0.8)]), best_of([])
        (0.8, -inf)
    """
    return max((score for _, score in ends if score is not None), default=-math.inf)


def seconds_to(target: float, ends: Iterable[Sequence[Any]]) -> float:
    """Returns the seconds at which the first trial ended that scored the target or more; infinity
    if there is none.

    Example:
        >>> seconds_to(0.7, [(10.0, 0.6), (20.0, 0.8), (30.0, 0.7)])
        20.0
        >>> seconds_to(0.9, [(10.0, None)])
        inf
    """
    return next((at for at, score in ends if score is not None and score >= target), math.inf)


@dataclass(frozen=True)
class Race:
    """One search against KerasTuner's with the same seed.

    Attributes:
        seconds: Until the target was reached, or the time limit.
        matched: Whether it was reached within the limit.
        whole: KerasTuner's seconds in all.
        first: KerasTuner's seconds to its best.
        trials: That had ended by then.
        best: Score of the best of them.
    """

    seconds: float
    matched: bool
    whole: float
    first: float
    trials: int
    best: float

    @classmethod
    def of(cls, result: Mapping[str, Any], reference: Mapping[str, Any]) -> Race:
        """Compares a result with KerasTuner's."""
        target, whole = best_of(reference["ends"]), reference["seconds"]
        reached = seconds_to(target, result["ends"])
        seconds = min(reached, whole)
        by_then = [end for end in result["ends"] if end[0] <= seconds]
        return cls(
            seconds,
            reached <= whole,
            whole,
            seconds_to(target, reference["ends"]),
            len(by_then),
            best_of(by_then),
        )


def score_table(results: Sequence[Mapping[str, Any]]) -> str:
    """Returns the table, KerasTuner first.

    A search that did not reach the target counts with its time limit. A number that depends on how
    long it would have gone on bears `>` or `<`: it is a bound.

    Example:
        >>> theirs = {"tool": "keras-tuner", "trials": 2, "seconds": 400.0, "seed": 0}
        >>> theirs["ends"] = [[200.0, 0.8], [399.0, 0.7]]
        >>> ours = {"tool": "tftune", "scheduler": "asha", "workers": 2, "seed": 0}
        >>> ours["ends"] = [[25.0, 0.75], [40.0, 0.81]]
        >>> print(score_table([theirs, ours]))  # doctest: +NORMALIZE_WHITESPACE
        | tool | seeds | matched | seconds, median (range)
          | KerasTuner's all / these | to its best / these | trials | best AUC, mean |
        |:--|--:|--:|--:|--:|--:|--:|--:|
        | KerasTuner RandomSearch, 2 trials | 1 | 1 of 1 | 200.0 (200.0-200.0)
          | 2.00 (2.00-2.00) | 1.00 (1.00-1.00) | 1 | 0.8000 |
        | tftune auto + asha, workers: 2 | 1 | 1 of 1 | 40.0 (40.0-40.0)
          | 10.00 (10.00-10.00) | 5.00 (5.00-5.00) | 2 | 0.8100 |
    """
    references = {result["seed"]: result for result in results if result["tool"] == KERAS_TUNER}
    races: dict[str, list[Race]] = {}
    for result in sorted(results, key=lambda result: result["tool"] != KERAS_TUNER):
        races.setdefault(title_of(result), []).append(Race.of(result, references[result["seed"]]))
    return table(HEADER, [row(title, found) for title, found in races.items()])


def title_of(result: Mapping[str, Any]) -> str:
    """Returns the name of a row."""
    if result["tool"] == KERAS_TUNER:
        return f"KerasTuner RandomSearch, {result['trials']} trials"
    return f"tftune auto + {result['scheduler']}, workers: {result['workers']}"


def row(title: str, races: Sequence[Race]) -> list[str]:
    """Returns the cells of one tool."""
    matched = [race.matched for race in races]
    cells = [title, str(len(races)), f"{sum(matched)} of {len(races)}"]
    cells.append(spread([race.seconds for race in races], matched, math.inf, 1))
    cells.append(spread([race.whole / race.seconds for race in races], matched, 0.0, 2))
    cells.append(spread([race.first / race.seconds for race in races], matched, 0.0, 2))
    best = [race.best for race in races if math.isfinite(race.best)]
    return [
        *cells,
        f"{statistics.median(race.trials for race in races):g}",
        f"{statistics.fmean(best):.4f}" if best else "-",
    ]


def spread(values: Sequence[float], known: Sequence[bool], extreme: float, digits: int) -> str:
    """Returns median and range; each is marked as a bound if it changes when the values that are
    not known become extreme.

    Example:
        >>> spread([50.0, 90.0, 70.0], [True, False, True], math.inf, 0)
        '70 (50->90)'
        >>> spread([2.0, 1.0], [True, False], 0.0, 1)
        '<1.5 (<1.0-2.0)'
    """
    at_worst = [
        value if is_known else extreme for value, is_known in zip(values, known, strict=True)
    ]
    sign = ">" if extreme == math.inf else "<"
    numbers = [(found(values), found(at_worst)) for found in (statistics.median, min, max)]
    median, least, most = (
        f"{sign if value != worst else ''}{value:.{digits}f}" for value, worst in numbers
    )
    return f"{median} ({least}-{most})"


if __name__ == "__main__":
    sys.exit(main())
