"""What RUN means on a command line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.subcommands.run_folders import played, write
from tests.reports.test_confirmation import CONFIRMED
from tests.reports.test_finish import FINISHED
from tests.reports.test_nested import POOLED, THREE
from tftune.cli.command import main
from tftune.cli.runs import folder_of, opened, opened_all
from tftune.errors import RunFolderError
from tftune.journal.records import encode_all


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
    with pytest.raises(
        RunFolderError, match="cannot be read: it is a folder, where a file is read"
    ):
        opened("a")
    for name, record in (("b", {"kind": "header"}), ("c", {"kind": "end", "trial_id": "0000"})):
        Path(name).mkdir()
        Path(name, "journal.jsonl").write_bytes(encode_all([record, {"kind": "memo"}]))
        with pytest.raises(RunFolderError, match=r"is not a journal|damaged"):
            opened(name)
    Path("d").mkdir()
    Path("d/journal.jsonl").write_text("")
    with pytest.raises(RunFolderError, match="is empty: the search had not begun"):
        opened("d")


PAIR = {
    "with": "mean",
    "measure": "accuracy",
    "difference": {"value": 0.1, "low": 0.0, "high": 0.2, "p": 0.1},
    "better": 0,
}
MODEL = {"name": "mean", "on": "", "seconds": 0.1, "metrics": {"accuracy": {"value": 0.5}}}
FOLLOWED: dict[str, dict[str, Any]] = {
    "confirmed": CONFIRMED,
    "finished": FINISHED,
    "nested": {"folds": 3, "metric": "accuracy", "results": THREE, "pooled": POOLED},
    "references": {
        "split": "test",
        "rows": 4,
        "groups": 4,
        "class_counts": [2, 2],
        "metric": "accuracy",
        "best": "mean",
        "notes": [],
        "comparison": PAIR,
        "models": [{**MODEL, "metrics": {"accuracy": {"value": 0.5, "low": None, "high": None}}}],
    },
}
GONE = object()


def spoilt(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yields a record with one field after another missing or nonsense, also of its first entry."""
    for name, value in record.items():
        for other in (GONE, "x", None, [{}]):
            changed = {**record, name: other}
            yield {key: each for key, each in changed.items() if each is not GONE}
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for entry in value[0]:
                rest = {key: each for key, each in value[0].items() if key != entry}
                yield {**record, name: [rest, *value[1:]]}
                yield {**record, name: [{**value[0], entry: "x"}, *value[1:]]}


@pytest.mark.parametrize("kind", FOLLOWED)
def test_what_followed_a_search_is_shown_or_its_journal_is_refused(
    kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever somebody has written by hand, with checksums that are right."""
    codes = []
    for record in [FOLLOWED[kind], *spoilt(FOLLOWED[kind])]:
        search = played(0.9, 0.875, 0.5)
        search.records.append({"kind": kind, **record, "time": search.time})
        write(search, Path("one"))
        codes.append(main(["show", "one"]))
        Path("one/journal.jsonl").unlink()
    capsys.readouterr()
    assert codes[0] == 0 and set(codes) == {0, 2}


def test_runs_of_one_name_are_told_apart_and_one_counts_once() -> None:
    for name in ("a/run", "b/run", "c"):
        write(played(0.5), Path(name))
    runs = opened_all(["a/run", "b/run", "c", "./c", "a/../c"])
    assert [run.name for run in runs] == ["a/run", "b/run", "c"]
