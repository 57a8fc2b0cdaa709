"""Makes a table of learning curves from the journal of a search.

    python -m benchmarks.make_curves RUN_FOLDER data/peptide_curves.csv.gz

A trial that another one continued stands there once, with all its epochs; failed and unfinished
trials are left out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.curves import write_curves
from tftune.errors import UsageError
from tftune.journal.journal import read
from tftune.journal.state import SearchState
from tftune.space.search_space import public_values


def curves_of_run(folder: Path) -> tuple[dict[str, list[float]], dict[str, dict[str, object]]]:
    """Returns curves and hyper-parameters by trial.

    Args:
        folder: With `journal.jsonl`.

    Raises:
        UsageError: If there is no journal, or no trial in it was completed.
    """
    path = folder / "journal.jsonl"
    if not path.is_file():
        raise UsageError(
            "There is no journal. Expected the folder of a run, with journal.jsonl. Received: "
            f"{folder}."
        )
    state = SearchState().apply_all(read(path)[0])
    whole: dict[str, list[float]] = {}
    for (
        name,
        trial,
    ) in state.trials.items():  # in the order of their start: a parent comes before its child
        own = [float(metrics[state.objective]) for _, metrics in trial.epochs]
        whole[name] = whole.get(trial.parent or "", [])[: trial.first_epoch] + own
    parents = {trial.parent for trial in state.trials.values() if trial.status == "completed"}
    kept = [
        name
        for name, trial in state.trials.items()
        if trial.status == "completed" and name not in parents
    ]
    if not kept:
        raise UsageError(
            f"No trial was completed. Expected at least one. Received: {len(state.trials)} trials "
            f"in {path}."
        )
    return {name: whole[name] for name in kept}, {
        name: dict(public_values(state.trials[name].values)) for name in kept
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.make_curves",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "folder", type=Path, metavar="RUN_FOLDER", help="a run folder, with journal.jsonl"
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="the table: .csv or .csv.gz")
    options = parser.parse_args(argv)
    try:
        curves, values = curves_of_run(options.folder)
    except UsageError as error:
        parser.error(str(error))
    write_curves(options.out, curves, values)
    lengths = sorted({len(curve) for curve in curves.values()})
    print(
        f"{len(curves)} curves of {lengths[0]} to {lengths[-1]} epochs, "
        f"{options.out.stat().st_size} bytes: {options.out}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
