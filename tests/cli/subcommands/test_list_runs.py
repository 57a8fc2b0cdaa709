"""`tftune list`: which runs it finds, what they are doing, and how quickly."""

from __future__ import annotations

import os
import platform
import shutil
import time
from pathlib import Path

import pytest

from tests.cli.subcommands.run_folders import HOSTILE, played, write
from tftune.journal.journal import Journal
from tftune.reports.overview import runs_below

OLD = Path(__file__).resolve().parents[2] / "journal" / "old"


def test_every_run_is_a_row_with_what_it_is_doing(tftune, tmp_path: Path) -> None:
    write(played(0.5, 0.9, None), Path("runs/done"))
    write(played(0.5, finish="interrupted", expected_trials=9), Path("runs/deep/er/stopped"))
    write(played(None, None, finish="failures"), Path("runs/failed"))
    killed = played(0.5, finish=None)
    killed.start(1)
    write(killed, Path("runs/killed"))
    elsewhere = played(0.5, finish=None)
    elsewhere.write("session", resumed=True, plan="", expected_trials=4, host="far away")
    write(elsewhere, Path("runs/elsewhere"))
    rows = {line.split()[0]: line for line in tftune("list").splitlines()}
    assert list(rows)[0] == "run"
    assert rows["done"].split()[1:11] == [
        *("beans", "random", "finished", "3/3", "0", "1", "0.9", "val_accuracy"),
        *rows["done"].split()[9:11],
    ]
    assert "interrupted     1/9" in rows["deep/er/stopped"]
    assert "failed" in rows["failed"] and "2/2" in rows["failed"]
    assert "interrupted" in rows["killed"] and "unknown" in rows["elsewhere"]
    assert rows["elsewhere:"].endswith("it was begun on another machine, far away")
    states = {run["name"]: run for run in tftune.json("list")["runs"]}
    assert states["killed"]["running"] == 1 and states["killed"]["reason"].endswith("killed")
    assert states["done"]["best"] == 0.9 and states["done"]["best_trial"] == "0001"
    assert states["failed"]["best"] is None


def test_a_run_at_work_is_running_and_is_not_hindered(tftune) -> None:
    search = played(0.5, finish=None, expected_trials=3)
    folder = write(search, Path("runs/busy"))
    with Journal(folder.journal) as journal:
        assert tftune.json("list")["runs"][0]["state"] == "running"
        journal.append({"kind": "finish", "reason": "done", "time": 5000.0})
        row = tftune.json("list")["runs"][0]
        assert (row["state"], row["reason"]) == ("running", "its best trial is evaluated")
    assert tftune.json("list")["runs"][0]["state"] == "finished"


def test_the_machine_of_the_last_session_counts(tftune) -> None:
    here = played(0.5, finish=None)
    here.write("session", resumed=True, plan="", expected_trials=4, host=platform.node())
    write(here, Path("runs/here"))
    assert tftune.json("list")["runs"][0]["state"] == "interrupted"


def test_the_test_score_and_the_age_are_told(tftune) -> None:
    search = played(0.5)
    search.time = time.time() - 7300
    search.write("test", trial_id="0000", metrics={"accuracy": 0.4, "loss": float("nan")})
    write(search, Path("runs/a"))
    assert tftune("list").splitlines()[1].split()[9:12] == ["0.4", "2", "h"]
    row = tftune.json("list")["runs"][0]
    assert row["test"] == {"accuracy": 0.4, "loss": None} and 7300 <= row["age"] < 7400
    other = played(0.5, objective={"name": "val_loss", "direction": "min"})
    other.write("test", trial_id="0000", metrics={"accuracy": 0.25})
    write(other, Path("runs/b"))
    assert "accuracy 0.25" in tftune("list")


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(b'{"kind":"header"}\n{"kind":"session"}\n\n', id="no-checksums"),
        pytest.param(b"\xff\xfe\x00binary\n\n\n", id="binary"),
        pytest.param(b"[" * 100_000 + b"\n" + b"x\n\n", id="deep"),
    ],
)
def test_a_damaged_journal_is_a_row_with_the_reason(tftune, damage: bytes) -> None:
    write(played(0.5), Path("runs/good"))
    Path("runs/bad").mkdir()
    Path("runs/bad/journal.jsonl").write_bytes(damage)
    output = tftune("list")
    assert "good" in output and "damaged" in output
    assert "bad: The journal is damaged: line 1 of" in output
    assert "journal is damaged: line 1" in tftune.json("list")["runs"][0]["reason"]


def test_a_journal_that_is_no_file_or_that_is_empty_is_a_row(tftune) -> None:
    Path("runs/folder/journal.jsonl").mkdir(parents=True)
    Path("runs/empty").mkdir()
    Path("runs/empty/journal.jsonl").write_bytes(b"")
    rows = {run["name"]: run for run in tftune.json("list")["runs"]}
    assert "it is a folder, where a file is read" in rows["folder"]["reason"]
    assert rows["empty"]["reason"] == "the search had not begun"
    assert "empty" in tftune("list")


def test_a_newer_journal_is_a_row_with_the_reason(tftune) -> None:
    write(played(0.5, schema=99), Path("runs/new"))
    assert "newer version of tftune" in tftune.json("list")["runs"][0]["reason"]


def test_a_folder_may_be_a_run_itself_or_be_moved(tftune) -> None:
    write(played(0.5), Path("runs/one"))
    assert tftune.json("list", "runs/one")["runs"][0]["name"] == "one"
    Path("runs/one").rename("elsewhere")
    shutil.rmtree("runs")
    assert [run["name"] for run in tftune.json("list")["runs"]] == ["elsewhere"]


def test_links_in_a_ring_and_what_a_search_writes_are_not_followed(tmp_path: Path) -> None:
    write(played(0.5), tmp_path / "a")
    write(played(0.5), tmp_path / "a" / "inner")
    write(played(0.5), tmp_path / "a" / "tensorboard" / "no")
    write(played(0.5), tmp_path / ".hidden")
    os.symlink(tmp_path, tmp_path / "a" / "ring", target_is_directory=True)
    found = [path.relative_to(tmp_path).as_posix() for path in runs_below(tmp_path)]
    assert found == ["a", "a/inner"]


def test_where_there_is_nothing_it_says_so(tftune, tmp_path: Path) -> None:
    assert tftune("list") == "" and "There are no runs in '.'" in tftune.told
    assert tftune.json("list")["runs"] == []
    tftune("list", "nowhere", code=2)
    assert tftune.told.startswith("error: 'nowhere' is not there. Expected a folder with runs")
    Path("file").write_text("")
    tftune("list", "file", code=2)
    assert "'file' is a file." in tftune.told
    tftune("list", "x" * 5000, code=2)
    tftune("list", "a\0b", code=2)


def test_hostile_names_stay_text_on_one_line(tftune) -> None:
    name = HOSTILE.replace("/", "_")
    write(played(0.5, task=HOSTILE, search="x" * 10_000), Path("runs") / name)
    output = tftune("list")
    assert len(output.splitlines()) == 2 and len(output) < 1000
    assert "\x1b" not in output and "\u202e" not in output and "<script>" in output
    assert tftune.json("list")["runs"][0]["task"] == HOSTILE


def test_the_old_journals_are_listed(tftune) -> None:
    runs = tftune.json("list", OLD)["runs"]
    assert len(runs) > 10 and all(run["best"] is not None for run in runs)
    assert {run["state"] for run in runs} == {"finished", "interrupted"}


def test_a_narrow_terminal_leaves_columns_out(tftune, monkeypatch) -> None:
    write(played(0.5), Path("runs/one"))
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "60")
    output = tftune("list")
    assert "(no room for task, method, pruned, failed, size)" in output
    assert all(len(line) < 200 for line in output.splitlines())
