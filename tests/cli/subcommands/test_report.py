"""`tftune report`: where it writes, what it says, what it refuses."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import pytest

from tests.reports.conftest import PlayedSearch
from tests.reports.page.stand_ins import written
from tftune.cli.command import main
from tftune.journal.folder_lock import FolderLock
from tftune.journal.run_folder import RunFolder


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """A run in `runs/`, beneath the current directory."""
    monkeypatch.chdir(tmp_path)
    search = PlayedSearch([], {})
    search.trial(0, [0.5, 0.75])
    return written(search, Path("runs/leaves"))


def test_one_run_has_its_report_in_its_folder(run: RunFolder, capsys) -> None:
    assert main(["report", "leaves"]) == 0
    assert capsys.readouterr() == ("runs/leaves/report.html\n", "")
    assert run.report.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert main(["report", "leaves", "runs/leaves"]) == 0  # the same one
    assert capsys.readouterr().out == "runs/leaves/report.html\n"


def test_several_runs_have_theirs_in_this_folder(run: RunFolder, capsys) -> None:
    written(PlayedSearch([], {}), Path("runs/others"))
    assert main(["report", "leaves", "others"]) == 0
    assert capsys.readouterr().out == "report.html\n"
    text = Path("report.html").read_text(encoding="utf-8")
    assert "<title>leaves, others: report</title>" in text and not run.report.exists()


def test_it_is_written_where_it_was_asked_for(run: RunFolder, capsys) -> None:
    assert main(["report", "leaves", "--output", "new/page.html"]) == 0
    assert capsys.readouterr().out == "new/page.html\n" and Path("new/page.html").exists()


def test_a_running_search_keeps_its_folder_to_itself(run: RunFolder, capsys) -> None:
    with FolderLock(run.journal):
        assert main(["report", "leaves"]) == 0
    told = capsys.readouterr()
    assert told.out == "leaves-report.html\n" and Path("leaves-report.html").exists()
    assert "a search is at work in runs/leaves" in told.err and not run.report.exists()


def test_a_folder_that_cannot_be_written_is_said(run: RunFolder, capsys) -> None:
    run.report.mkdir()
    assert main(["report", "leaves"]) == 0
    told = capsys.readouterr()
    assert told.out == "leaves-report.html\n"
    assert "runs/leaves/report.html cannot be written (Is a directory)" in told.err


def test_a_name_that_looks_like_an_option_stays_a_file(run: RunFolder, capsys) -> None:
    run.report.mkdir()
    run.path.rename("runs/-x")
    assert main(["report", "./runs/-x"]) == 0
    assert Path(capsys.readouterr().out.strip()).name == "-x-report.html"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["leafs"], "'leafs' is not a run folder"),
        (["leaves", "--output", "runs"], "cannot be written to 'runs': Is a directory"),
    ],
)
def test_what_is_wrong_is_said_in_one_message(
    run: RunFolder, capsys, arguments: list[str], message: str
) -> None:
    assert main(["report", *arguments]) == 2
    told = capsys.readouterr()
    assert told.out == "" and message in told.err


def test_too_many_runs_are_refused(run: RunFolder, capsys) -> None:
    names = [f"run-{number}" for number in range(9)]
    for name in names:
        written(PlayedSearch([], {}), Path("runs") / name)
    assert main(["report", *names]) == 2
    assert "1 to 8 runs" in capsys.readouterr().err


def test_a_damaged_journal_is_said(run: RunFolder, capsys) -> None:
    lines = run.journal.read_bytes().splitlines(keepends=True)
    run.journal.write_bytes(b"".join([lines[0], b"{}\n", *lines[2:]]))
    assert main(["report", "leaves"]) == 2
    assert "The journal is damaged" in capsys.readouterr().err


@pytest.mark.parametrize("opens", [True, False])
def test_the_browser_is_given_the_address_of_the_file(
    run: RunFolder, capsys, monkeypatch: pytest.MonkeyPatch, opens: bool
) -> None:
    opened: list[str] = []

    def open_page(address: str) -> bool:
        opened.append(address)
        return opens

    monkeypatch.setattr(webbrowser, "open", open_page)
    assert main(["report", "leaves", "--open"]) == 0
    assert opened == [run.report.absolute().as_uri()]
    assert ("there is no browser here" in capsys.readouterr().err) != opens
