"""The table of the best trials and trials.csv."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from rich.console import Console

from tftune.reports.summary import write_summary
from tftune.reports.tables import (
    best_trials,
    best_trials_table,
    knob_names,
    plain_table,
    print_best_trials,
    write_trials_csv,
)


def test_the_best_come_first_and_failures_not_at_all(play) -> None:
    search = play()
    search.trial(0, [0.5])
    search.failure(1)
    search.trial(2, [0.9, 0.8])
    search.start(3)
    header, rows = best_trials(search.state)
    assert header == [
        "rank",
        "trial",
        "val_accuracy",
        "best_epoch",
        "seconds",
        "batch_normalization",
        "dropout",
        "optimizer",
        "units",
    ]
    assert rows == [
        ["1", "0002", "0.9", "1", "3.5", "True", "0.2", "adam", "16"],
        ["2", "0000", "0.5", "1", "3.5", "True", "0", "adam", "16"],
    ]
    assert best_trials(search.state, count=1)[1] == rows[:1]


def test_the_smallest_comes_first_when_the_objective_is_a_loss(play) -> None:
    search = play(objective={"name": "val_loss", "direction": "min"})
    search.trial(0, [0.5])
    search.trial(1, [0.3])
    assert [row[1] for row in best_trials(search.state)[1]] == ["0001", "0000"]


def test_fixed_knobs_have_no_column_but_stand_in_the_csv(play, tmp_path: Path) -> None:
    fixed = {"name": "loss", "kind": "Fixed", "default": "mse", "conditions": []}
    search = play(space={"knobs": [{**fixed, "name": "units", "kind": "Int"}, fixed]})
    search.trial(0, [0.5], values={"units": 8, "loss": "mse"})
    assert best_trials(search.state)[0][5:] == ["units"]
    assert best_trials(search.state, folded=True)[1][0][-1] == "units=8"
    write_trials_csv(search.state, tmp_path / "trials.csv")
    assert "loss" in (tmp_path / "trials.csv").read_text().splitlines()[0]


def test_conditional_knobs_are_empty_where_they_do_not_apply(play) -> None:
    search = play()
    search.trial(0, [0.5], values={"optimizer": "adam"})
    search.trial(1, [0.4], values={"optimizer": "sgd", "momentum": 0.9, "tuner/epochs": 2})
    assert knob_names(search.state) == ["optimizer", "momentum"]
    assert [row[-1] for row in best_trials(search.state)[1]] == ["", "0.9"]


def test_plain_text_is_aligned_and_free_of_escape_codes(play) -> None:
    search = play()
    search.trial(0, [0.5])
    search.trial(10, [0.25])
    search.start(11)
    search.end(11, 0.125, epoch=1, status="pruned")
    stream = io.StringIO()
    print_best_trials(search.state, stream)
    lines = stream.getvalue().splitlines()
    assert "\x1b" not in stream.getvalue()
    assert lines[0].startswith("rank  trial          val_accuracy  best_epoch")
    assert lines[3].startswith("   3  0011 (pruned)         0.125           1")
    assert (
        len(
            {
                line.index(word) + len(word)
                for line, word in zip(lines, ["units", "16", "16", "16"], strict=True)
            }
        )
        == 1
    )


def test_nothing_is_printed_without_a_score(play) -> None:
    search = play()
    search.failure(0)
    stream = io.StringIO()
    print_best_trials(search.state, stream)
    assert stream.getvalue() == ""


def test_knobs_share_a_column_on_a_narrow_terminal(play, monkeypatch) -> None:
    search = play()
    search.trial(0, [0.5])
    monkeypatch.setenv("COLUMNS", "72")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    print_best_trials(search.state, stream)
    assert "values" in stream.getvalue()
    assert "optimizer=adam" in stream.getvalue()


def test_markup_in_names_is_shown_as_it_is(play) -> None:
    search = play()
    search.trial(0, [0.5], values={"[red]units": "[bold]"})
    console = Console(file=io.StringIO(), width=200)
    console.print(best_trials_table(search.state))
    assert "[red]units" in console.file.getvalue()
    assert "[bold]" in console.file.getvalue()


def test_csv_has_one_row_a_trial_in_the_order_of_their_start(play, tmp_path: Path) -> None:
    search = play()
    search.trial(0, [0.1 + 0.2], values={"units": 16, "score": 3, "tuner/epochs": 3})
    search.failure(1, message='ValueError: a "quoted" comma, and\na second line')
    search.start(2)
    path = tmp_path / "trials.csv"
    write_trials_csv(search.state, path)
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[:6] == [
        "trial_id",
        "status",
        "score",
        "best_epoch",
        "seconds",
        "parameters",
    ]
    assert list(rows[0])[6:] == [
        "units",
        "values/score",
        "batch_normalization",
        "dropout",
        "optimizer",
        "message",
    ]
    assert [row["status"] for row in rows] == ["completed", "failed", "running"]
    assert float(rows[0]["score"]) == 0.1 + 0.2  # all digits
    assert (rows[0]["values/score"], rows[1]["values/score"]) == ("3", "")
    assert (rows[1]["score"], rows[1]["best_epoch"]) == ("", "")
    assert rows[1]["message"] == 'ValueError: a "quoted" comma, and\na second line'


def test_plain_table_of_a_header_alone() -> None:
    assert plain_table(["rank", "trial"], []) == "rank  trial"


def test_a_stopped_trial_has_its_status_and_what_it_reached(play, tmp_path: Path) -> None:
    search = play()
    search.trial(0, [0.5])
    search.pruned(1, [0.25, 0.125])
    write_trials_csv(search.state, tmp_path / "trials.csv")
    with open(tmp_path / "trials.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["trial_id"], row["status"], row["score"], row["best_epoch"]) for row in rows] == [
        ("0000", "completed", "0.5", "1"),
        ("0001", "pruned", "0.25", "1"),
    ]
    assert [row[1] for row in best_trials(search.state)[1]] == ["0000", "0001 (pruned)"]


def test_a_narrow_terminal_gets_a_list_and_no_broken_words(play, monkeypatch) -> None:
    class Narrow(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "40")
    search = play()
    search.trial(0, [0.5])
    stream = Narrow()
    print_best_trials(search.state, stream)
    assert stream.getvalue().splitlines() == [
        "Best trials by val_accuracy (max)",
        "1. trial 0000: 0.5",
        "   batch_normalization=True",
        "   dropout=0",
        "   optimizer=adam",
        "   units=16",
    ]


def test_tables_and_files_hold_nothing_raw_or_endless(play, tmp_path) -> None:
    search = play()
    bad = "\x1b[31mred\x07\u202e"
    search.start(0, {"name" + bad: bad + "x" * 5000})
    search.end(0, 0.5, 1)
    search.start(1, {"units": 1})
    search.end(1, None, status="failed", message=bad + "x" * 3_000_000)
    search.state.header["data"]["source"] = "sam\u202eple"
    header, rows = best_trials(search.state)
    assert all(len(cell) <= 80 for row in (header, *rows) for cell in row)
    write_trials_csv(search.state, tmp_path / "trials.csv")
    write_summary(search.state, tmp_path / "summary.json")
    for name in ("trials.csv", "summary.json"):
        text = (tmp_path / name).read_text()
        assert not any(sign in text for sign in "\x1b\x07\u202e") and len(text) < 30_000
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["data"]["source"] == "sam\u202eple"  # as it was given
