"""A search on its way: which weights are kept while it runs."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tftune.journal.run_folder import RunFolder
from tftune.journal.state import SearchState
from tftune.search.plan import SearchPlan
from tftune.search.tasks import TrialTasks


def start(number: int, parent: str | None = None) -> dict[str, Any]:
    common = {"first_epoch": 0, "last_epoch": 2, "attempt": 1, "values": {}, "time": 0.0}
    return {
        "kind": "start",
        "trial_id": f"{number:04d}",
        "number": number,
        "parent": parent,
        **common,
    }


def end(number: int, score: float) -> dict[str, Any]:
    common = {
        "status": "completed",
        "best_epoch": 1,
        "metrics": {},
        "message": None,
        "seconds": 1.0,
        "parameters": 3,
        "time": 1.0,
    }
    return {"kind": "end", "trial_id": f"{number:04d}", "score": score, **common}


def kept(
    folder: RunFolder, records: list[dict[str, Any]], untold: set[str], needed: set[str]
) -> list[str]:
    """The trials whose weights are left of seven when a trial has ended."""
    folder.checkpoints.mkdir(parents=True, exist_ok=True)
    for number in range(7):
        folder.checkpoint(f"{number:04d}").touch()
    header = {"kind": "header", "objective": {"name": "val_auc", "direction": "max"}}
    state = SearchState().apply_all([header, *records])
    oracle: Any = SimpleNamespace(needed_checkpoints=lambda: needed)
    TrialTasks(oracle, state, folder, SearchPlan()).trial_has_ended(untold)
    return sorted(path.stem for path in folder.checkpoints.iterdir())


def test_the_best_the_running_and_what_may_be_continued_keep_their_weights(tmp_path: Path) -> None:
    """A child may have written its weights while its end waits in the pipe: the end of another
    trial must not remove them.
    """
    folder = RunFolder(tmp_path / "run")
    records = [
        *(start(number) for number in range(5)),
        *(end(number, 0.1 * number) for number in range(4)),
        start(5, parent="0001"),
    ]
    assert kept(folder, records, set(), set()) == [
        "0001",
        "0003",
        "0004",
        "0005",
    ]  # best 3, running 4 and 5, parent 1
    assert kept(folder, records, {"0000"}, {"0002"}) == [
        "0000",
        "0001",
        "0002",
        "0003",
        "0004",
        "0005",
    ]
