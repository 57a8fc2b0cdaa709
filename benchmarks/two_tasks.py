"""The numbers of the two tasks: bean leaves by preset, hemolytic peptides by split and network,
each over seeds and beside the reference models on the same rows.

    python -m benchmarks.two_tasks --peptides FOLDER --results tasks.jsonl --write-readme

A row is a command that a reader can repeat; its search runs in a folder of its own below `--runs`,
and goes on there after an interruption. The test split is looked at once a run, by the run itself.
One run of `quick` takes 2 minutes on two cores, of `standard` half an hour, of `best` more than an
hour, and of the peptides some minutes, so all of it is a day's work: `--rows` and `--seeds` choose.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.command import parser_of, run_command, show
from benchmarks.markdown import table
from benchmarks.processes import ROOT
from benchmarks.specs import split
from benchmarks.units import Unit, read_results, results_of, run_missing
from tftune.errors import UsageError
from tftune.reports.measures.seeds import over_seeds
from tftune.support.checks import check_count

ROWS: dict[str, tuple[str, tuple[str, ...]]] = {
    **{
        f"leaves {preset}": ("beans", ("--preset", preset))
        for preset in ("quick", "standard", "best")
    },
    **{
        f"peptides {kind}": (
            "hemolysis",
            ("--model", "relatives", "--split", kind, "--max-trials", "10"),
        )
        for kind in ("random", "grouped", "clustered")
    },
}
MEASURES = {"beans": ("accuracy", "macro_f1"), "hemolysis": ("auc", "accuracy")}
NETWORK = "the network"


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code: 1 if a run failed."""
    parser = parser_of("two_tasks", __doc__)
    add = parser.add_argument
    add("--rows", type=split, metavar="A,B", help="such as 'leaves quick' (default all)")
    add("--seeds", type=int, default=5, metavar="N", help="seeds 0, 1, ... (default 5)")
    add("--peptides", type=Path, metavar="FOLDER", help="the peptides' files (default: download)")
    add("--runs", type=Path, default=Path("runs/two-tasks"), metavar="FOLDER", help="run folders")
    return run_command(parser, argv, measure)


def measure(options: argparse.Namespace) -> int:
    """Runs what is missing and prints the tables.

    Raises:
        UsageError: If there is no such row, or the number of seeds is below 1.
    """
    check_count("--seeds", options.seeds, least=1)
    wanted = options.rows or list(ROWS)
    if unknown := [name for name in wanted if name not in ROWS]:
        raise UsageError(
            f"There is no row {unknown[0]!r}. Expected some of {', '.join(ROWS)}. "
            "Pass for example --rows 'leaves quick,peptides grouped'."
        )
    run = functools.partial(run_unit, runs=options.runs.absolute(), peptides=options.peptides)
    units = [{"row": name, "seed": seed} for name in wanted for seed in range(options.seeds)]
    results = run_missing(units, run, options.results)
    shown = _of_every_row(options.results) or results
    tables = {f"two-tasks-{task}": tasks_table(shown, task) for task in MEASURES}
    show({name: text for name, text in tables.items() if text}, options, complete=bool(shown))
    return 0 if len(results) == len(units) else 1


def _of_every_row(path: Path | None) -> list[dict[str, Any]]:
    """Returns all that a results file holds, the last result of a row and seed."""
    held = read_results(path)
    units = [{"row": each["row"], "seed": each["seed"]} for each in held if each.get("row") in ROWS]
    return list(results_of(units, held).values())


def command_of(row: str, seed: int) -> list[str]:
    """Returns the words of a row's command behind `python -m`, without its folders.

    Example:
        >>> " ".join(command_of("leaves quick", 3))
        'tftune.beans --preset quick --seed 3'
    """
    task, arguments = ROWS[row]
    return [f"tftune.{task}", *arguments, "--seed", str(seed)]


def run_unit(unit: Unit, runs: Path, peptides: Path | None = None) -> dict[str, Any]:
    """Runs one command with one seed, or the rest of it.

    Args:
        unit: Row and seed.
        runs: Where the run folders are.
        peptides: The files of the peptides; None downloads them.

    Returns:
        `minutes`, `processor_minutes` of a run that was not interrupted, `best` (the best score in
        validation), `test` (metrics), and `references`: the metrics of each reference model on the
        test split.

    Raises:
        RuntimeError: If the command failed; the message quotes what it printed last.
    """
    folder = runs / f"{unit['row'].replace(' ', '-')}-{unit['seed']}"
    words = [sys.executable, "-m", *command_of(unit["row"], unit["seed"])]
    words += ["--run-dir", str(folder), "--json"]
    resumed = (folder / "journal.jsonl").exists()
    if resumed:
        words.append("--resume")
    if peptides is not None and ROWS[unit["row"]][0] == "hemolysis":
        words += ["--data", str(peptides.absolute())]
    environment = {"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ}
    before = _processor_minutes()
    ended = subprocess.run(
        words, capture_output=True, text=True, check=False, cwd=ROOT, env=environment
    )
    if ended.returncode:
        raise RuntimeError(f"{' '.join(words[1:])} failed.\n{ended.stderr[-2000:]}")
    spent = None if resumed else round(_processor_minutes() - before, 2)
    return {**told_by(json.loads(ended.stdout)), "processor_minutes": spent}


def _processor_minutes() -> float:
    """Returns what ended commands and their children have used of the processor."""
    used = os.times()
    return (used.children_user + used.children_system) / 60


def told_by(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what the tables need of a `summary.json`."""
    test = ((summary.get("references") or {}).get("test") or {}).get("models") or {}
    return {
        "minutes": round(summary["wall_seconds"] / 60, 2),
        "best": summary["best"]["score"],
        "test": summary["test"],
        "references": {
            name: {measure: found.get("value") for measure, found in measures.items()}
            for name, measures in test.items()
        },
    }


def tasks_table(results: Sequence[Mapping[str, Any]], task: str) -> str:
    """Returns a row for each network and reference model of one task, or "" without results."""
    lines = []
    for row in ROWS:
        runs = [each for each in results if each["row"] == row and ROWS[row][0] == task]
        if not runs:
            continue
        minutes = over_seeds([each["minutes"] for each in runs]).mean
        best = over_seeds([each["best"] for each in runs]).mean
        scores = [each["test"] for each in runs]
        spent = [each["processor_minutes"] for each in runs if each.get("processor_minutes")]
        used = f"{over_seeds(spent).mean:.1f}" if spent else "-"
        cells = [f"{best:.3f}", f"{minutes:.1f}", used]
        lines.append(_line(row, NETWORK, scores, task, *cells))
        models = dict.fromkeys(name for each in runs for name in each["references"])
        for model in models:
            scores = [each["references"][model] for each in runs if model in each["references"]]
            lines.append(_line(row, model, scores, task, "", "", ""))
    header = ["row", "model", "seeds", *MEASURES[task], "validation, the best"]
    header += ["minutes", "processor minutes"]
    return table(header, lines) if lines else ""


def _line(
    row: str, model: str, scores: Sequence[Mapping[str, Any]], task: str, *more: str
) -> list[str]:
    cells = [_cell([each.get(name) for each in scores]) for name in MEASURES[task]]
    return [row, model, str(len(scores)), *cells, *more]


def _cell(values: Sequence[float | None]) -> str:
    """Returns mean and interval over seeds, of a measure between 0 and 1.

    Example:
        >>> _cell([0.8, 0.9, 1.0]), _cell([0.8]), _cell([None])
        ('0.900 (0.652 to 1.000)', '0.800', '-')
    """
    known = [value for value in values if value is not None]
    if not known:
        return "-"
    spread = over_seeds(known)
    if spread.count < 2:
        return f"{spread.mean:.3f}"
    low, high = max(spread.low, 0.0), min(spread.high, 1.0)
    return f"{spread.mean:.3f} ({low:.3f} to {high:.3f})"


if __name__ == "__main__":
    sys.exit(main())
