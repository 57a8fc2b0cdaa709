"""What RUN means on a command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.subcommands.run_folders import played, write
from tftune.cli.runs import folder_of, opened, opened_all
from tftune.errors import RunFolderError
from tftune.journal.records import encode


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_folder_counts_before_a_name_in_runs() -> None:
    write(played(0.5), Path("runs/one"))
    assert folder_of("one").path == Path("runs/one")
    write(played(0.5), Path("one"))
    assert folder_of("one").path == Path("one")
    assert folder_of(str(Path("runs/one").absolute())).path.is_absolute()


def test_a_name_that_is_nearly_right_is_suggested() -> None:
    write(played(0.5), Path("runs/beans-auto"))
    with pytest.raises(RunFolderError, match="Did you mean 'beans-auto'"):
        folder_of("bean-auto")
    with pytest.raises(RunFolderError, match="there is no journal.jsonl in it. Expected"):
        folder_of("/")
    for word in ("x" * 5000, "a\0b", ""):
        with pytest.raises(RunFolderError, match="is not a run folder"):
            folder_of(word)


def test_a_journal_that_cannot_be_read_is_told() -> None:
    Path("a/journal.jsonl").mkdir(parents=True)
    with pytest.raises(RunFolderError, match="cannot be read: Is a directory"):
        opened("a")
    for name, record in (("b", {"kind": "header"}), ("c", {"kind": "end", "trial_id": "0000"})):
        Path(name).mkdir()
        lines = [encode(record), encode({"kind": "memo"}), ""]
        Path(name, "journal.jsonl").write_text("\n".join(lines))
        with pytest.raises(RunFolderError, match=r"is not a journal|damaged"):
            opened(name)
    Path("d").mkdir()
    Path("d/journal.jsonl").write_text("")
    with pytest.raises(RunFolderError, match="is empty: the search had not begun"):
        opened("d")


def test_runs_of_one_name_are_told_apart_and_one_counts_once() -> None:
    for name in ("a/run", "b/run", "c"):
        write(played(0.5), Path(name))
    runs = opened_all(["a/run", "b/run", "c", "./c", "a/../c"])
    assert [run.name for run in runs] == ["a/run", "b/run", "c"]
