"""A search on its way: which weights are kept while it runs."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras_tuner

from tftune.journal.run_folder import RunFolder
from tftune.journal.state import SearchState
from tftune.search.plan import SearchPlan
from tftune.search.run_settings import RunSettings
from tftune.search.tasks import TrialTasks
from tftune.space.search_space import SearchSpace


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
    folder: RunFolder,
    records: list[dict[str, Any]],
    untold: set[str],
    needed: set[str],
    plan: SearchPlan | None = None,
) -> list[str]:
    """The trials whose weights are left of seven when a trial has ended."""
    folder.checkpoints.mkdir(parents=True, exist_ok=True)
    for number in range(7):
        folder.checkpoint(f"{number:04d}").touch()
    header = {"kind": "header", "objective": {"name": "val_auc", "direction": "max"}}
    state = SearchState().apply_all([header, *records])
    oracle: Any = SimpleNamespace(needed_checkpoints=lambda: needed, expected_trials=lambda: None)
    TrialTasks(oracle, state, folder, plan or SearchPlan()).trial_has_ended(untold)
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


def test_who_may_be_confirmed_keeps_its_weights(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    records = [*map(start, range(5)), *(end(number, 0.1 * number) for number in range(5))]
    plan = SearchPlan(run=RunSettings(workers=0, confirm=2))
    assert kept(folder, records, set(), set(), plan) == ["0003", "0004"]
    assert kept(folder, records, set(), set()) == ["0004"]


def test_what_is_confirmed_or_finished_outlives_trials_that_fail(tmp_path: Path) -> None:
    """The search goes on, without either, and its next trial has no score."""
    folder = RunFolder(tmp_path / "run")
    records: list[dict[str, Any]] = [
        *map(start, range(5)),
        *(end(number, 0.1 * number) for number in range(5)),
        {"kind": "confirmed", "trial_id": "0001", "time": 2.0},
        {"kind": "finished", "members": [{"checkpoint": "0002"}], "share": 1.0, "time": 2.0},
        start(5),
    ]
    failed = {**end(5, 0.0), "score": None, "status": "failed"}
    assert kept(folder, [*records, failed], set(), set()) == ["0001", "0002", "0004"]
    assert kept(folder, [*records, end(5, 0.3)], set(), set()) == ["0004"]


def test_the_repeats_of_a_round_share_a_seed_and_a_cut(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    space = SearchSpace(keras_tuner.HyperParameters()).config()
    header = {"kind": "header", "objective": {"name": "val_auc", "direction": "max"}}
    records = [header | {"space": space}, start(0), start(1, parent="0000")]
    state = SearchState().apply_all(records)
    oracle: Any = SimpleNamespace(seed=3)
    tasks = TrialTasks(oracle, state, folder, SearchPlan(split_seed=5), can_cut=True)
    first, second = (tasks.repeat_of(state.trials[f"000{number}"], 0) for number in (0, 1))
    later = tasks.repeat_of(state.trials["0000"], 1)
    same = ("seed", "stream", "cut")
    assert [getattr(first, name) == getattr(second, name) for name in same] == [True] * 3
    assert first.seed != later.seed and first.cut != later.cut
    assert second.parent_checkpoint is None and second.first_epoch == 0  # trained whole
    assert first.checkpoint is not None and later.checkpoint is None  # the weights are gone
    other = TrialTasks(oracle, state, folder, SearchPlan(), can_cut=True)
    again = other.repeat_of(state.trials["0000"], 0)
    assert again.seed == first.seed and again.cut != first.cut  # cut by another seed
    assert (
        TrialTasks(oracle, state, folder, SearchPlan()).repeat_of(state.trials["0000"], 0).cut
        is None
    )


def test_what_the_result_is_made_of_keeps_its_weights(tmp_path: Path) -> None:
    """Trials that are added later and fail leave the confirmed and the finished model as it is."""
    folder = RunFolder(tmp_path / "run")
    members = [{"checkpoint": name} for name in ("finish-0001-finished", "0000")]
    finished = {"kind": "finished", "trial_id": "0001", "members": members}
    failed = {**end(2, 0.0), "status": "failed", "score": None}
    records = [*map(start, range(3)), end(0, 0.1), end(1, 0.9), finished, failed]
    folder.checkpoints.mkdir(parents=True)
    folder.checkpoint("finish-0001-finished").touch()
    folder.checkpoint("finish-0001-4-base").touch()
    assert kept(folder, records, set(), set()) == ["0000", "0001", "finish-0001-finished"]
    confirmed = {"kind": "confirmed", "trial_id": "0000"}
    records = [*map(start, range(3)), end(0, 0.1), end(1, 0.9), confirmed, failed]
    assert kept(folder, records, set(), set()) == ["0000", "0001"]
