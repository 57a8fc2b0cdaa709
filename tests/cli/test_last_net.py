"""No fault and no refusal of the machine ends a program or a subcommand with a traceback."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.subcommands.run_folders import played, write
from tftune.beans import PROGRAM as BEANS
from tftune.cli import command, program
from tftune.cli.last_net import caught, write_report
from tftune.errors import DataError
from tftune.journal.run_folder import RunFolder

REPORT = re.compile(r"The report is (?P<path>\S+); please send it to whoever keeps tftune\.")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """Of a search with two trials; the temporary files lie beside it."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    monkeypatch.chdir(tmp_path)
    return write(played(0.5, 0.75), tmp_path / "runs" / "one")


def told(capsys: pytest.CaptureFixture[str]) -> str:
    shown = capsys.readouterr()
    assert "Traceback" not in shown.err and shown.out == ""
    return shown.err


def fault(*_: Any, **__: Any) -> Any:
    return {}["kind"]


def full_disk(*_: Any, **__: Any) -> Any:
    raise OSError(28, "No space left on device")


SUBCOMMANDS = {
    "list": "list_runs",
    "show": "show",
    "trials": "trials",
    "compare": "compare",
    "diagnose": "diagnose",
    "report": "report",
    "predict": "predict",
    "evaluate": "evaluate",
    "export": "export",
    "finish": "finish",
}
WORDS = {
    "list": [],
    "compare": ["one", "one"],
    "predict": ["one", "x.jpg"],
    "export": ["one", "--csv", "x.csv"],
}


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_a_fault_in_a_subcommand_is_one_line_and_a_report(
    name: str, folder: RunFolder, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = command.SUBCOMMANDS[name]
    monkeypatch.setattr(
        command, "SUBCOMMANDS", {name: type(found)(found.add_arguments, fault)}, raising=True
    )
    monkeypatch.setattr(command, "parser_of", lambda *_: _parser(found))
    assert command.run_subcommand(name, WORDS.get(name, ["one"]), f"tftune {name}") == 1
    line, report = told(capsys).splitlines()
    assert line == "error: tftune failed in a way that nobody expected: KeyError: 'kind'"
    path = Path(REPORT.match(report)["path"])
    expected = "tmp" if name in ("list", "compare") else "runs/one/logs"
    assert path.resolve().parent == Path(expected).resolve()
    text = path.read_text()
    assert "Traceback" in text and "in fault" in text and f"python: {os.sys.version[:4]}" in text


def _parser(found: Any) -> Any:
    import argparse

    parser = argparse.ArgumentParser()
    found.add_arguments(parser)
    return parser


@pytest.mark.parametrize(("trouble", "code"), [(fault, 1), (full_disk, 2)])
def test_a_program_and_an_experiment_have_the_net_too(
    trouble: Any, code: int, folder: RunFolder, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "_run", trouble)
    words = ["--run-dir", str(folder.path), "--resume", "--data", "sample"]
    assert program.main(BEANS, words) == code
    message = told(capsys)
    if trouble is full_disk:
        assert message.startswith("error: The system: No space left on device. Expected room on")
        assert "Go on with:\n  python -m tftune.beans" in message and "--resume" in message
    else:
        assert REPORT.search(message) and len(message.splitlines()) == 2
    monkeypatch.setattr("tftune.cli.experiments.experiment._run", trouble)
    name = next(iter(program.EXPERIMENTS["hemolysis"]))
    from tftune.hemolysis import PROGRAM as HEMOLYSIS

    assert program.main(HEMOLYSIS, [name, "--run-dir", "runs/two"]) == code
    assert "error: " in told(capsys)


def test_a_fault_before_the_options_are_known_is_caught(
    folder: RunFolder, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program.Program, "options", fault)
    assert program.main(BEANS, []) == 1
    assert "KeyError: 'kind'" in told(capsys)
    monkeypatch.setattr(command, "run_subcommand", fault)
    assert command.main(["list"]) == 1
    assert "KeyError: 'kind'" in told(capsys)
    assert len(list(Path("tmp").iterdir())) == 2


def test_where_no_report_can_be_written_the_line_is_told(
    folder: RunFolder, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.gettempdir", full_disk)
    monkeypatch.setattr("tftune.cli.last_net.own_folder", full_disk)
    assert caught(fault, folder) == 1
    assert told(capsys).endswith("No report of it could be written: the disk may be full.\n")


def test_a_report_follows_no_link(folder: RunFolder, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    folder.logs.symlink_to(foreign)
    path = write_report(ValueError("x"), folder)
    assert path is not None and path.parent == tmp_path / "tmp" and not list(foreign.iterdir())


def test_a_hostile_message_is_printable(folder: RunFolder, capsys: Any) -> None:
    def hostile() -> int:
        raise RuntimeError("\x1b]0;owned\x07" + "x" * 100_000)

    assert caught(hostile, RunFolder("runs/\x1b[31mnone")) == 1
    message = told(capsys)
    assert "\x1b" not in message and len(message) < 2000


def test_an_error_of_ours_that_got_so_far_keeps_its_words_and_code(capsys: Any) -> None:
    def refuse() -> int:
        raise DataError("The table is empty. Expected a row.")

    assert caught(refuse) == DataError.exit_code
    assert told(capsys) == "error: The table is empty. Expected a row.\n"


def test_ctrl_c_anywhere_is_130(capsys: Any) -> None:
    def interrupted() -> int:
        raise KeyboardInterrupt

    assert caught(interrupted) == 130
    assert told(capsys) == "Interrupted.\n"
