"""Ages, sizes and the speed of a list of runs."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.cli.subcommands.run_folders import played, write
from tests.reports.conftest import PlayedSearch
from tftune.reports.overview import age, folder_size, overview, size
from tftune.reports.run_data import read_run


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "0 s"), (59.9, "59 s"), (60, "1 min"), (86_399, "23 h"), (86_400 * 400, "400 d")],
)
def test_an_age_is_told_in_its_largest_unit(seconds: float, words: str) -> None:
    assert age(seconds) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_600, "1.0 MB"), (25e9, "25 GB")]
    + [(25e12, "25.0 TB")],
)
def test_a_size_is_told_in_its_largest_unit(count: float, words: str) -> None:
    assert size(count) == words


def test_sizes_count_all_files_and_what_is_gone_counts_nothing(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "file").write_bytes(b"12345")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert 5 <= folder_size(tmp_path) < 5 + 500  # the link itself
    assert folder_size(tmp_path / "gone") == 0


def test_an_overview_is_what_the_whole_journal_tells(tmp_path: Path) -> None:
    search = played(0.5, 0.75, None)
    search.pruned(3, [0.25])
    folder = write(search, tmp_path / "run")
    found, state = overview(folder), read_run(folder).state
    assert {"completed": found.completed, "pruned": found.pruned, "failed": found.failed} == (
        state.counts()
    )
    best = state.best()
    assert best is not None and (found.best, found.best_trial) == (best.score, best.trial_id)
    assert found.last == search.time


def test_epochs_cost_next_to_nothing(tmp_path: Path) -> None:
    """100 runs of 100 trials are to take about a second: a run 10 ms, here with 20 epochs each."""
    search = PlayedSearch([], {})
    for number in range(100):
        search.trial(number, [0.5] * 20)
    folder = write(search, tmp_path / "run")
    start = time.process_time()
    for _ in range(10):
        overview(folder)
    assert (time.process_time() - start) / 10 < 0.05  # it takes 0.01 s; machines differ
