"""How many trials an hour each tool trains: the same configurations of the peptide CNN, for the
same epochs, one tool after the other.

    python -m benchmarks.throughput --data ../shared/data/hemolysis --results throughput.jsonl
    --write-readme

Each run is a process of its own, timed from its start to its end, as a person waits for it. The
tools take turns, so that a machine that is slower for a while is slower for all of them. What a
tool needs and what is not installed is left out, and said.
"""

from __future__ import annotations

import argparse
import functools
import importlib.util
import json
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.command import parser_of, run_command, show
from benchmarks.markdown import table
from benchmarks.processes import timed
from benchmarks.specs import split
from benchmarks.trainers.job import Job
from benchmarks.units import Unit, run_missing
from tftune.errors import UsageError


@dataclass(frozen=True)
class Tool:
    """One row of the table: what it is called, its script, its workers, and the packages that it
    needs.
    """

    title: str
    script: str
    workers: int
    packages: tuple[str, ...] = ("tensorflow",)


TOOLS = {
    "bound": Tool("2 pinned processes that only call `fit`", "bare_fit", 2),
    "tftune-2": Tool("tftune, 2 workers", "tftune_script", 2),
    "tftune-1": Tool("tftune, 1 worker", "tftune_script", 1),
    "keras-tuner": Tool("KerasTuner", "keras_tuner_script", 1, ("keras_tuner",)),
    "optuna-2": Tool("Optuna, 2 processes", "optuna_script", 2, ("optuna",)),
    "ray-tune-2": Tool(
        "Ray Tune, 2 at a time",
        "ray_tune_script",
        2,
        ("ray", "pandas", "pyarrow", "pydantic"),  # the last one since Ray 2.60
    ),
}
REFERENCE, BOUND = "keras-tuner", "bound"


def arguments() -> argparse.ArgumentParser:
    """Returns the parser of the command line."""
    parser = parser_of("throughput", __doc__)
    add = parser.add_argument
    add(
        "--data",
        default="../shared/data/hemolysis",
        metavar="SOURCE",
        help="as for python -m tftune.hemolysis; sample needs no files",
    )
    add(
        "--tools",
        type=split,
        default=list(TOOLS),
        metavar="A,B",
        help=f"some of {', '.join(TOOLS)}; default: all",
    )
    add("--configurations", type=int, default=12, metavar="N", help="trials a run (default 12)")
    add("--epochs", type=int, default=20, help="epochs a trial (default 20)")
    add("--rounds", type=int, default=3, help="runs a tool; the median counts (default 3)")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code: 1 if a run failed."""
    return run_command(arguments(), argv, measure)


def measure(options: argparse.Namespace) -> int:
    """Runs what is missing and prints the table."""
    unknown = sorted(set(options.tools) - set(TOOLS))
    if unknown:
        raise UsageError(
            f"There is no tool {', '.join(unknown)}. Expected some of: {', '.join(TOOLS)}."
        )
    tools = [name for name in options.tools if _are_installed(TOOLS[name].packages)]
    for name in sorted(set(options.tools) - set(tools)):
        print(
            f"{name} is left out: it needs {' and '.join(TOOLS[name].packages)}.", file=sys.stderr
        )
    same = {
        "configurations": options.configurations,
        "epochs": options.epochs,
        "data": Path(options.data).name,
    }
    units = [
        {"tool": tool, "round": turn, **same} for turn in range(options.rounds) for tool in tools
    ]
    with tempfile.TemporaryDirectory() as scratch:
        save_data(options.data, Path(scratch) / "data.npz")
        results = run_missing(
            units, functools.partial(run_unit, scratch=Path(scratch)), options.results
        )
    show({"throughput": throughput_table(results)}, options, complete=bool(results))
    return 0 if len(results) == len(units) else 1


def _are_installed(packages: Sequence[str]) -> bool:
    """Tells without importing any: Ray notes at its import how this process is to be known to a
    cluster.
    """
    return all(importlib.util.find_spec(package) is not None for package in packages)


def save_data(source: str, path: Path) -> None:
    """Writes the training and validation rows of the peptides."""
    from tftune.datasets import hemolytic_peptides

    dataset = hemolytic_peptides.load(source, "grouped", 0)
    (x, y), (x_validation, y_validation) = dataset.train.load(), dataset.validation.load()
    np.savez(path, x=x, y=y, x_validation=x_validation, y_validation=y_validation)


def draw_configurations(count: int) -> list[dict[str, Any]]:
    """Returns random configurations of the core space, the same every time."""
    import keras_tuner

    from tftune.models.peptide_cnn import declare_peptide_knobs
    from tftune.space.search_space import SearchSpace
    from tftune.support.seeding import generator

    hyperparameters = keras_tuner.HyperParameters()
    declare_peptide_knobs(hyperparameters)
    space = SearchSpace(hyperparameters)
    return [space.sample(generator(0, trial, "throughput")) for trial in range(count)]


def run_unit(unit: Unit, scratch: Path) -> dict[str, Any]:
    """Runs one tool once.

    Returns:
        `seconds`, from the start of the process to its end, and `scores`, the best validation AUC
        of each training.

    Raises:
        RuntimeError: If the tool failed or did not train all configurations.
    """
    tool = TOOLS[unit["tool"]]
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        (Path(folder) / "data.npz").symlink_to(scratch / "data.npz")
        job = Job(folder, draw_configurations(unit["configurations"]), unit["epochs"], tool.workers)
        path = Path(folder) / "job.json"
        path.write_text(json.dumps(asdict(job)), encoding="utf-8")
        told = timed([sys.executable, "-m", f"benchmarks.trainers.{tool.script}", str(path)])
    scores = told.get("scores", [])
    if len(scores) != unit["configurations"]:
        raise RuntimeError(
            f"{unit['tool']} trained {len(scores)} of {unit['configurations']} configurations."
        )
    return {"seconds": round(told["seconds"], 2), "scores": scores}


def throughput_table(results: Sequence[Mapping[str, Any]]) -> str:
    """Returns the table, the fastest tool first.

    Example:
        >>> common = {"configurations": 12, "scores": [0.5]}
        >>> peer = {"tool": "keras-tuner", "seconds": 120.0, **common}
        >>> bound = {"tool": "bound", "seconds": 40.0, **common}
        >>> print(throughput_table([peer, bound]))  # doctest: +NORMALIZE_WHITESPACE
        | tool | runs | seconds, median (range) | trials an hour
          | of KerasTuner's | of the bound | best AUC, mean |
        |:--|--:|--:|--:|--:|--:|--:|
        | 2 pinned processes that only call `fit` | 1 | 40.0 (40.0-40.0) | 1080
          | 3.00 | 1.00 | 0.500 |
        | KerasTuner | 1 | 120.0 (120.0-120.0) | 360 | 1.00 | 0.33 | 0.500 |
    """
    times: dict[str, list[float]] = {}
    scores: dict[str, list[float]] = {}
    for result in results:
        times.setdefault(result["tool"], []).append(result["seconds"])
        scores.setdefault(result["tool"], []).extend(result["scores"])
    medians = {tool: statistics.median(seconds) for tool, seconds in times.items()}
    header = [
        "tool",
        "runs",
        "seconds, median (range)",
        "trials an hour",
        "of KerasTuner's",
        "of the bound",
        "best AUC, mean",
    ]
    rows = []
    for tool in sorted(medians, key=lambda name: medians[name]):
        seconds = times[tool]
        cells = [
            TOOLS[tool].title,
            str(len(seconds)),
            f"{medians[tool]:.1f} ({min(seconds):.1f}-{max(seconds):.1f})",
        ]
        cells.append(f"{3600.0 * results[0]['configurations'] / medians[tool]:.0f}")
        cells += [
            f"{medians[other] / medians[tool]:.2f}" if other in medians else "-"
            for other in (REFERENCE, BOUND)
        ]
        rows.append([*cells, f"{statistics.fmean(scores[tool]):.3f}"])
    return table(header, rows)


if __name__ == "__main__":
    sys.exit(main())
