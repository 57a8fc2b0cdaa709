"""What a source is, by what it holds and not by its name."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from tests.search.foreign.sources import database, journal_file, project
from tftune.errors import UsageError
from tftune.search.foreign.reading import is_foreign, read_foreign

TRIAL = {"values": {"units": 8}}


def test_each_kind_is_known_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "table.db").write_text("units,score\n8,0.5\n")
    sources = [
        (tmp_path / "table.db", "table"),
        (database(tmp_path / "study.csv"), "Optuna study 'one'"),
        (journal_file(tmp_path / "journal.json"), "Optuna study 'one'"),
        (project(tmp_path / "x.csv", [TRIAL]), "KerasTuner project"),
    ]
    for source, kind in sources:
        assert is_foreign(source) and read_foreign(source).kind == kind
    assert is_foreign("sqlite:///a.db")
    (tmp_path / "empty").mkdir()
    assert not is_foreign(tmp_path / "empty")
    assert not is_foreign(tmp_path / "absent") and not is_foreign("a" * 5000)


class Trap:
    """What a pickle could do."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (open, ("trapped", "w"))  # would make a file


def test_a_pickle_is_never_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("trials.p").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(UsageError, match="is a pickle, which could run any code"):
        read_foreign("trials.p")
    assert not Path("trapped").exists()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", "", "is empty. Expected an Optuna storage, a KerasTuner project folder, or a"),
        ("a.json", '{"x": 1}\n', "is JSON, but no journal of Optuna"),
        ("a.json", "[1, 2", "is JSON, but no journal of Optuna"),
        ("journal.jsonl", '{"kind": "header"}', "is the journal of a run. Expected its folder"),
        ("a.csv", "a\0b\n", "is an empty table|cannot be read as a table"),
        ("a.csv", "caf\udce9", "cannot be read as a table of trials"),
    ],
)
def test_another_file_is_one_error(tmp_path: Path, name: str, content: str, said: str) -> None:
    (tmp_path / name).write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(UsageError, match=said):
        read_foreign(tmp_path / name)


def test_what_is_not_there_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no '.*absent.csv'. Expected"):
        read_foreign(tmp_path / "absent.csv")
    with pytest.raises(UsageError, match="is no KerasTuner project: it has no oracle.json"):
        read_foreign(tmp_path)
    with pytest.raises(UsageError, match="cannot be read: File name too long"):
        read_foreign("a" * 5000)
