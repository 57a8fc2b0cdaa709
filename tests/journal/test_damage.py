"""Damage of every kind to the journal of a search of 20 trials: what is read is then a beginning of
the search, or an error names the line; nothing is accepted that the search did not write.

The long version, of every byte, bit, line and pair of lines: `pytest -m slow tests/journal`.
"""

from __future__ import annotations

import itertools
import random
import re
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import keras_tuner
import pytest

from tests.search.stand_ins import Tasks
from tftune.execution.inline import InlineExecutor
from tftune.journal.journal import DamagedJournalError, Journal, read
from tftune.journal.recorder import Recorder
from tftune.journal.records import Record
from tftune.journal.state import SearchState
from tftune.oracles.sampling.random_search import RandomOracle
from tftune.schedulers.base import NoScheduler
from tftune.search.driver import Driver
from tftune.search.run_settings import RunSettings
from tftune.training.task import Outcome

TRIALS = 20


def train(report: Any, name: str) -> Outcome:
    """Reports two epochs of a trial with a metric that is no number."""
    metrics = {"val_auc": 0.5 + int(name) / 100, "loss": float("nan")}
    for epoch in (1, 2):
        report({"epoch": epoch, "metrics": metrics, "seconds": 0.1})
    return Outcome("completed", metrics["val_auc"], 2, metrics, seconds=0.2)


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("search") / "journal.jsonl"
    space = keras_tuner.HyperParameters()
    space.Float("rate", 0.0, 1.0)
    objective = keras_tuner.Objective("val_auc", "max")
    oracle = RandomOracle(objective, max_trials=TRIALS, hyperparameters=space, seed=0)
    oracle._set_project_dir(None, None)
    recorder = Recorder(Journal(path))
    recorder.write("header", schema=4, objective={"name": "val_auc", "direction": "max"})
    recorder.write("session", host="ä machine")
    tasks, settings = Tasks(), RunSettings(workers=1)
    scheduler = NoScheduler("max")
    Driver(oracle, scheduler, InlineExecutor(), recorder, tasks, 2, settings, train).run()
    recorder.write("finish", reason="done", wall_seconds=1.0)
    recorder.close()
    assert len(recorder.state.trials) == TRIALS
    return path.read_bytes()


class Damage:
    """Reads what was done to a journal, and counts what became of it."""

    def __init__(self, whole: bytes, folder: Path) -> None:
        self.path = folder / "journal.jsonl"
        self.path.write_bytes(whole)
        self.records = read(self.path).records
        self._kinds = frozenset(record["kind"] for record in self.records)
        self.recovered = self.refused = 0

    def check(self, content: bytes, line: int | None = None) -> None:
        """Expects a beginning of the search, or an error that names the line (None: any line)."""
        self.path.unlink()  # a file system may wait for the disk where a file is written anew
        self.path.write_bytes(content)
        try:
            read_quietly(self.path, self._kinds)  # only its checksums: most damage is found here
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always")
                found = read(self.path)
        except DamagedJournalError as error:
            named = re.search(r"line (\d+) of", str(error))
            assert named is not None and line in (None, int(named[1]))
            self.refused += 1
            return
        self._expect_beginning(found.records)
        assert found.good < len(content) or content.endswith(b"\n") or not content
        assert len(told) == found.is_damaged
        self.recovered += 1

    def _expect_beginning(self, found: list[Record]) -> None:
        assert repr(found) == repr(self.records[: len(found)])  # NaN equals NaN in words
        state = SearchState().apply_all(found)
        ended = [record for record in found if record["kind"] == "end"]
        assert sum(state.counts().values()) == len(ended)


def read_quietly(path: Path, without: frozenset[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        read(path, without)


@pytest.fixture
def damage(journal: bytes, tmp_path: Path) -> Damage:
    return Damage(journal, tmp_path)


def some(values: Iterable[Any], count: int | None) -> list[Any]:
    """Returns a sample, or all if `count` is None."""
    found = list(values)
    return found if count is None else random.Random(0).sample(found, count)


def check_cuts(damage: Damage, journal: bytes, count: int | None) -> None:
    for length in some(range(len(journal)), count):
        damage.check(journal[:length])
    assert not damage.refused


def check_bits(damage: Damage, journal: bytes, count: int | None) -> None:
    """A flipped bit is found in its line; in the last line, or the line break before it, it may
    cost what stands from there on.
    """
    last = journal.rindex(b"\n", 0, -1)
    for place, bit in some(itertools.product(range(len(journal)), range(8)), count):
        content = bytearray(journal)
        content[place] ^= 1 << bit
        before = damage.recovered
        damage.check(bytes(content), journal.count(b"\n", 0, place) + 1)
        assert damage.recovered == before or place >= last


def lines_changed(lines: list[bytes]) -> Iterator[list[bytes]]:
    """Yields the journal with each line removed (but the last), doubled, and put in elsewhere."""
    for place, line in enumerate(lines):
        if place < len(lines) - 1:
            yield lines[:place] + lines[place + 1 :]
        yield [*lines[:place], line, *lines[place:]]
        yield [*lines[:place], lines[(place * 7) % len(lines)], *lines[place:]]
        yield [*lines[:place], b"\n", *lines[place:]]
        yield [*lines[:place], line[:-1], *lines[place + 1 :], b"\n"]


def swapped(lines: list[bytes], first: int, second: int) -> list[bytes]:
    lines = [*lines]
    lines[first], lines[second] = lines[second], lines[first]
    return lines


def check_lines(damage: Damage, journal: bytes, count: int | None) -> None:
    lines = journal.splitlines(keepends=True)
    for changed in some(lines_changed(lines), count):
        damage.check(b"".join(changed))
    for first, second in some(itertools.combinations(range(len(lines)), 2), count):
        damage.check(b"".join(swapped(lines, first, second)), first + 1)
    assert damage.refused > 0.9 * (damage.refused + damage.recovered)


def test_a_sample_of_cuts(damage: Damage, journal: bytes) -> None:
    check_cuts(damage, journal, 60)
    assert damage.recovered == 60


def test_a_sample_of_flipped_bits(damage: Damage, journal: bytes) -> None:
    check_bits(damage, journal, 300)
    assert damage.refused > 250


def test_a_sample_of_lines_removed_doubled_moved_and_swapped(
    damage: Damage, journal: bytes
) -> None:
    check_lines(damage, journal, 100)


def test_the_last_line_removed_or_damaged_leaves_the_search_before_it(
    damage: Damage, journal: bytes, tmp_path: Path
) -> None:
    last = journal.rindex(b"\n", 0, -1) + 1
    damage.check(journal[:last])
    damage.check(journal[:last] + b"x" * 20 + b"\n")
    damage.check(journal + journal[last:])  # doubled
    damage.check(journal + b"\0" * 4096)  # as a crash of the machine leaves it
    assert (damage.recovered, damage.refused) == (4, 0)


def test_lines_of_another_search_of_the_same_place_are_refused(
    damage: Damage, journal: bytes, tmp_path: Path
) -> None:
    """Each of their checksums is right where it was written."""
    with Journal(tmp_path / "other" / "journal.jsonl") as other:
        other.extend([{**record, "time": 0.0} for record in damage.records])
    foreign = other.path.read_bytes().splitlines(keepends=True)
    lines, step = journal.splitlines(keepends=True), 7
    for place in range(1, len(lines) - 1, step):
        damage.check(b"".join([*lines[:place], *foreign[place:]]), place + 1)
    assert damage.refused == len(range(1, len(lines) - 1, step))


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("check", [check_cuts, check_bits, check_lines])
def test_every_byte_bit_line_and_pair(damage: Damage, journal: bytes, check: Any) -> None:
    check(damage, journal, None)
    counts = {"recovered": damage.recovered, "refused": damage.refused}
    print(f"{check.__name__}: {counts}, 0 silent")
    assert sum(counts.values()) >= len(journal) or check is check_lines
