"""Names that a file can have and a text cannot, and the reverse: a search needs none of them to be
readable, and no terminal obeys them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.subcommands.run_folders import Command, played, write
from tests.hostile.pictures import whole_folder
from tftune.cli import command
from tftune.cli.converters import place, source
from tftune.errors import printable
from tftune.journal.journal import Journal, read
from tftune.journal.recorder import Recorder
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
