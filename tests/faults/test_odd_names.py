"""Names that a file can have and a text cannot, and the reverse: a search needs none of them to be
readable, and no terminal obeys them.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.subcommands.run_folders import Command, played, write
from tests.hostile.pictures import whole_folder
from tftune.cli import command
from tftune.cli.converters import place, source
from tftune.cli.subcommands.predict import _standard_input
from tftune.cli.task_words import newest_run
from tftune.errors import DataError, printable
from tftune.journal.journal import Journal, read
from tftune.journal.recorder import Recorder
from tftune.journal.records import encode_all
from tftune.reports.page.page import write_report
from tftune.support.files import write_atomically

NO_TEXT = "a\udcff"  # a byte of a file's name that UTF-8 does not have
OBEYED = "a\x1b[2J\x1b]0;own\x07"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every name is a text")


@pytest.mark.parametrize(
    "fields",
    [
        {"data": {"source": f"{NO_TEXT}.csv", "class_names": [NO_TEXT]}},
        {"origin": {"command": ["python", NO_TEXT], "values": (NO_TEXT, 1, None)}},
        {NO_TEXT: 0.5, "deep": [{"in": {NO_TEXT: [NO_TEXT]}}]},
    ],
    ids=["source", "command", "key"],
)
def test_a_record_holds_a_name_that_is_no_text(tmp_path: Path, fields: dict[str, Any]) -> None:
    path = tmp_path / "journal.jsonl"
    recorder = Recorder(Journal(path))
    recorder.write("session", **fields)
    written = recorder.write("memo")
    recorder.close()
    records = read(path)[0]
    assert len(records) == 2 and records[1] == written
    assert "a\\udcff" in json.dumps(records[0]["data"] if "data" in fields else records[0])[
        :500
    ].replace("\\\\", "\\")


def test_files_hold_a_name_that_is_no_text(tmp_path: Path) -> None:
    write_atomically(tmp_path / "summary.json", json.dumps([NO_TEXT], ensure_ascii=False))
    assert json.loads((tmp_path / "summary.json").read_bytes()) == [NO_TEXT]
    write(played(0.5), tmp_path / NO_TEXT)
    write_report([tmp_path / NO_TEXT], tmp_path / "report.html")
    assert "a\\udcff" in (tmp_path / "report.html").read_text("utf-8")


@pytest.mark.parametrize("name", [NO_TEXT, OBEYED])
@pytest.mark.parametrize(
    "words",
    [
        ("show", "{}"),
        ("list", "."),
        ("trials", "{}"),
        ("diagnose", "{}"),
        ("report", "{}"),
        ("export", "{}", "--csv", "{}.csv"),
        ("report", "{}", "--output", "{}.html"),
    ],
    ids=" ".join,
)
def test_runs_of_such_names_are_looked_at(
    tmp_path: Path,
    name: str,
    words: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    write(played(0.5, 0.6), Path(name))
    run = Command(capsys)
    out = run(*(word.replace("{}", name) for word in words))
    assert printable(out + run.told) == out + run.told


def test_photographs_of_such_names_are_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = whole_folder(tmp_path)
    (root / "a" / f"{NO_TEXT}.png").write_bytes(b"no picture")
    assert command.main(["check-data", str(root)]) == 4
    assert "a\\udcff.png: it is no image" in capsys.readouterr().err


@pytest.mark.parametrize("convert", [place, source])
def test_a_name_that_no_file_can_have_is_refused(convert: Any) -> None:
    with pytest.raises(Exception, match=r"expected a path. Received: 'a\\x00b'"):
        convert("a\0b")


def test_a_table_tells_an_objective_that_a_terminal_would_obey(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("trials.csv").write_text("units,score\n1,2\n")
    words = ("import", "trials.csv", "--objective", OBEYED, "--csv", f"{OBEYED}.csv")
    out = Command(capsys)(*words)
    assert "objective a" in out and printable(out) == out


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", ["pipe", "deep", "endless"])
def test_the_newest_run_is_looked_for_among_hostile_ones(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(played(0.5, task="beans"), Path("runs/good"))
    journal = Path("runs/evil/journal.jsonl")
    journal.parent.mkdir()
    if kind == "pipe":
        os.mkfifo(journal)
    elif kind == "deep":
        journal.write_text("[" * 100_000 + "\n")
    else:
        journal.symlink_to("/dev/zero")
    assert newest_run("beans") == Path("runs/good")


@pytest.mark.timeout(60)
def test_a_standard_input_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFTUNE_MAX_IMAGE", "1000")
    with open("/dev/zero") as endless:
        monkeypatch.setattr("sys.stdin", endless)
        with pytest.raises(DataError, match="standard input: it has 1,001 bytes"):
            _standard_input()
    monkeypatch.setattr("sys.stdin", None)  # closed
    assert _standard_input() == b""


@pytest.mark.parametrize(
    ("kind", "place", "value"),
    [
        ("header", ("origin",), "x" * 1000),
        ("header", ("model",), [None]),
        ("header", ("space", "knobs"), [{"name": "units", "kind": "Int", "min": [], "max": 1}]),
    ],
)
def test_a_diagnosis_of_a_forged_journal_is_refused(
    kind: str, place: tuple[str, ...], value: Any, tmp_path: Path, capsys: Any
) -> None:
    records = [dict(each) for each in played(0.5, 0.6).records]
    part: Any = next(each for each in records if each["kind"] == kind)
    for key in place[:-1]:
        part[key] = dict(part[key])
        part = part[key]
    part[place[-1]] = value
    (tmp_path / "journal.jsonl").write_bytes(encode_all(records))
    assert command.main(["diagnose", str(tmp_path)]) == 2
    assert "is not a journal of tftune" in capsys.readouterr().err
