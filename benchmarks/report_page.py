"""What a report of many trials costs: the time to write it, its size, the time until a browser has
opened it from the disk.

    python -m benchmarks.report_page --write-readme
"""

from __future__ import annotations

import argparse
import json
import math
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.browser import opened, resize
from benchmarks.command import parser_of, run_command, show
from benchmarks.markdown import number, table
from tftune.journal import journal
from tftune.journal.records import Record
from tftune.journal.run_folder import RunFolder
from tftune.support.checks import check_count

SECONDS, BYTES = 2, 1_500_000  # the aims
_KNOBS = (
    {"name": "batch_normalization", "kind": "Boolean", "default": False},
    {"name": "dropout", "kind": "Float", "min": 0.0, "max": 0.5, "sampling": "linear"},
    {"name": "l2", "kind": "Float", "min": 1e-6, "max": 1e-2, "sampling": "log"},
    {"name": "learning_rate", "kind": "Float", "min": 1e-4, "max": 1e-2, "sampling": "log"},
    {"name": "optimizer", "kind": "Choice", "values": ["adam", "sgd", "rmsprop"]},
    {"name": "units", "kind": "Int", "min": 8, "max": 128, "sampling": "linear"},
)


def records(trials: int, epochs: int, seed: int = 0) -> Iterator[Record]:
    """Gives the records of a search that nobody made: six knobs, of which two matter; a tenth of
    the trials fails, and half are pruned.
    """
    chance, clock = random.Random(seed), 1e9
    yield {
        "kind": "header",
        "schema": 3,
        "task": "benchmark",
        "search": "random",
        "scheduler": "median",
        "seed": seed,
        "objective": {"name": "val_auc", "direction": "max"},
        "space": {"knobs": [_declared(knob) for knob in _KNOBS]},
        "data": {"source": "none", "train": 600, "validation": 200, "test": 200, "leak_rate": 0.0},
        "training": {"epochs": epochs},
        "versions": {},
        "time": clock,
    }
    yield {"kind": "session", "resumed": False, "plan": "", "time": clock}
    for each in range(trials):
        trial_id, began = f"{each:04d}", clock
        values = {str(knob["name"]): _drawn(knob, chance) for knob in _KNOBS}
        start = {"trial_id": trial_id, "number": each, "values": values, "attempt": 1}
        start |= {"first_epoch": 0, "last_epoch": epochs, "parent": None}
        yield {"kind": "start", **start, "time": clock}
        worth = 0.9 - 0.1 * abs(math.log10(values["learning_rate"]) + 3) - 0.2 * values["dropout"]
        fate = chance.choices(["completed", "pruned", "failed"], [4, 5, 1])[0]
        curve = []
        for epoch in range(1, (epochs if fate == "completed" else max(epochs // 4, 1)) + 1):
            score = round(worth - 0.4 / epoch + chance.gauss(0, 0.01), 4)
            told = {"loss": 1.2 - score, "val_loss": 1.25 - score, "val_auc": score}
            curve.append(score)
            clock += 0.5
            yield {
                "kind": "epoch",
                "trial_id": trial_id,
                "epoch": epoch,
                "metrics": told,
                "time": clock,
            }
        best = None if fate == "failed" else max(curve)
        yield {
            "kind": "end",
            "trial_id": trial_id,
            "status": fate,
            "score": best,
            "best_epoch": None if best is None else curve.index(best) + 1,
            "metrics": {} if best is None else {"val_auc": best},
            "message": "ValueError: no" if best is None else None,
            "seconds": clock - began,
            "parameters": 60_929,
            "time": clock,
        }
    yield {"kind": "finish", "reason": "done", "wall_seconds": clock - 1e9, "time": clock}


def _declared(knob: dict[str, Any]) -> dict[str, Any]:
    """Returns a knob as a journal declares it."""
    more = {"ordered": False} if knob["kind"] == "Choice" else {}
    more |= {"Int": {"step": 1}, "Float": {"step": None}}.get(knob["kind"], {})
    first = knob.get("min", (knob.get("values") or [False])[0])
    return {"default": first, "conditions": [], **more, **knob}


def _drawn(knob: dict[str, Any], chance: random.Random) -> Any:
    if knob["kind"] == "Boolean":
        return chance.random() < 0.5
    if knob["kind"] == "Choice":
        return chance.choice(knob["values"])
    low, high = knob["min"], knob["max"]
    if knob["sampling"] == "log":
        return math.exp(chance.uniform(math.log(low), math.log(high)))
    return chance.randint(low, high) if knob["kind"] == "Int" else chance.uniform(low, high)


def write_run(path: Path, trials: int, epochs: int) -> RunFolder:
    """Writes a run folder of such a search."""
    folder = RunFolder(path)
    with journal.Journal(folder.journal) as opened_journal:
        opened_journal.extend(records(trials, epochs))
    return folder


def measured(trials: int, epochs: int, rounds: int) -> dict[str, list[float]]:
    """Returns seconds of writing, bytes, and seconds until the page was whole and until something
    of it was seen, each a number a round.
    """
    from tftune.reports.page.page import write_report

    found: dict[str, list[float]] = {"write": [], "bytes": [], "whole": [], "seen": []}
    with tempfile.TemporaryDirectory() as scratch, opened() as browser:
        folder = write_run(Path(scratch) / "run", trials, epochs)
        resize(browser, 1400)
        for _ in range(rounds):
            began = time.perf_counter()
            path = write_report([folder], folder.report)
            found["write"].append(time.perf_counter() - began)
            found["bytes"].append(path.stat().st_size)
            browser.get("about:blank")
            browser.get(path.absolute().as_uri())
            whole, seen = browser.execute_async_script(_TIMES)
            found["whole"].append(whole / 1000)
            found["seen"].append(seen / 1000)
    return found


_TIMES = """
const done = arguments[0];
const tell = () => {
  const [page] = performance.getEntriesByType("navigation");
  const seen = performance.getEntriesByName("first-contentful-paint")[0];
  if (page.loadEventEnd && seen) done([page.loadEventEnd, seen.startTime]);
  else setTimeout(tell, 20);
};
tell();
"""


def rows(found: dict[str, list[float]], trials: int) -> str:
    """Returns the table.

    Example:
        >>> found = {"write": [1.0, 1.5, 1.25], "bytes": [5e5], "whole": [0.5], "seen": [0.25]}
        >>> print(rows(found, 1000).splitlines()[2])
        | writing the report of 1,000 trials | 1.25 s (1.00 to 1.50) | - |
    """

    def told(name: str, unit: str = "s") -> str:
        median = number(statistics.median(found[name]))
        return f"{median} {unit} ({number(min(found[name]))} to {number(max(found[name]))})"

    size = f"{statistics.median(found['bytes']) / 1e6:.2f} MB"
    return table(
        ["what", "measured (median, range)", "aim"],
        [
            [f"writing the report of {trials:,} trials", told("write"), "-"],
            ["its size", size, f"<= {BYTES / 1e6} MB"],
            ["opened from the disk: something is seen", told("seen"), f"< {SECONDS} s"],
            ["opened from the disk: loaded, script run", told("whole"), f"< {SECONDS} s"],
        ],
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    parser = parser_of("report_page", __doc__)
    parser.add_argument("--trials", type=int, default=1000, metavar="N", help="default 1000")
    parser.add_argument("--epochs", type=int, default=20, metavar="N", help="default 20")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="default 5")
    return run_command(parser, argv, measure)


def measure(options: argparse.Namespace) -> int:
    """Measures and prints the table."""
    for name in ("trials", "epochs", "rounds"):
        check_count(name, getattr(options, name), least=1)
    found = measured(options.trials, options.epochs, options.rounds)
    if options.results:
        options.results.write_text(json.dumps(found) + "\n", encoding="utf-8")
    show({"report-page": rows(found, options.trials)}, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
