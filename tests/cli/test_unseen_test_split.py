"""No choice of a program can see the test split: it is opened once, when all is chosen, and other
test rows change nothing but the numbers that are told of them.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cli.test_program import small_dataset, small_program
from tftune.cli.program import main
from tftune.journal.journal import read

WAYS = {
    "plain": (),
    "confirmed": ("--confirm", "3,2"),
    "reshuffled": ("--reshuffle",),
    "folds": ("--folds", "2"),
    "halving": ("--search", "random", "--scheduler", "asha"),
    "repeated": ("--repeats", "2"),
    "finished": ("--finish", "100"),
    "nested": ("--nested", "2"),
}
SIZE = ("--epochs", "2", "--workers", "0", "--max-trials", "4", "--no-report")
ABOUT_TEST = ("test", "evaluation", "references")
# what two runs of one search cannot share
OWN = (
    *("time", "crc", "seconds", "wall_seconds", "phases", "session", "sessions", "pid", "usage"),
    *("origin", "versions", "machine", "command", "folder", "created", "budget", "training"),
)


class WatchedSplit:
    """A test split that tells how far the journal was whenever somebody opened it."""

    def __init__(self, split: Any, journal: Path, poisoned: bool) -> None:
        self._split, self._journal, self._poisoned = split, journal, poisoned
        self.finished_before: list[bool] = []

    def __len__(self) -> int:
        return len(self._split)

    def load(self) -> tuple[Any, Any]:
        records = read(self._journal)[0] if self._journal.exists() else []
        self.finished_before.append(any(record["kind"] == "finish" for record in records))
        x, y = self._split.load()
        return (255 - np.asarray(x), 1 - y) if self._poisoned else (x, y)


def searched(folder: Path, way: str, poisoned: bool) -> tuple[WatchedSplit, list[dict[str, Any]]]:
    """Runs the program, and returns its test split and what the journal says of all else."""
    journal = folder / "journal.jsonl"
    splits: list[WatchedSplit] = []

    def load(options: Any) -> Any:
        dataset = small_dataset(options)
        splits.append(WatchedSplit(dataset.test, journal, poisoned))
        return dataclasses.replace(dataset, test=splits[0])

    program = dataclasses.replace(small_program(), load=load)
    assert main(program, [*SIZE, *WAYS[way], "--run-dir", str(folder)]) == 0
    records = [record for record in read(journal)[0] if record["kind"] not in ABOUT_TEST]
    return splits[0], [shared(record) for record in records]


def shared(value: Any) -> Any:
    """Returns a record without times and places, at any depth."""
    if isinstance(value, dict):
        return {key: shared(each) for key, each in value.items() if key not in OWN}
    return [shared(each) for each in value] if isinstance(value, list) else value


@pytest.mark.quick("confirmed")
@pytest.mark.parametrize("way", WAYS)
def test_the_test_split_is_opened_when_all_is_chosen_and_changes_no_choice(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFTUNE_REFERENCES", "0")
    split, records = searched(tmp_path / "true" / "run", way, poisoned=False)
    assert split.finished_before and all(split.finished_before)
    assert {"trial", "finish"} & {record["kind"] for record in records}
    other, others = searched(tmp_path / "false" / "run", way, poisoned=True)
    assert all(other.finished_before)
    assert others == records
    told = [
        next(record for record in read(split._journal)[0] if record["kind"] == "test")["metrics"]
        for split in (split, other)
    ]
    assert told[0] != told[1]  # else the poison would have been none
