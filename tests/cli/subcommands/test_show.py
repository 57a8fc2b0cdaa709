"""`tftune show`: one run, one trial of it, in words and as JSON."""

from __future__ import annotations

import io
import json
import math
import sys
from pathlib import Path

import pytest

from tests.cli.subcommands.run_folders import HOSTILE, Command, played, write
from tests.reports.conftest import PlayedSearch
from tests.reports.test_confirmation import CONFIRMED
from tftune.cli.plan_words import plan_rows
from tftune.journal.journal import Journal
from tftune.reports.run_data import RunData

ORIGIN = {
    "command": "python -m tftune.beans --max-trials 9 --run-dir 'runs/a b' --overwrite",
    "options": {"seed": 0},
}
CONDITIONAL = [
    {"name": "optimizer", "kind": "Choice", "values": ["adam", "sgd"], "default": "adam"},
    {
        "name": "momentum",
        "kind": "Float",
        "min": 0.0,
        "max": 0.9,
        "step": None,
        "sampling": "linear",
        "default": 0.0,
        "conditions": [{"parent": "optimizer", "values": ["sgd"]}],
    },
    {"name": "units", "kind": "Fixed", "default": 8, "conditions": []},
]


def test_a_run_is_told_from_its_plan_to_the_command_that_repeats_it(tftune: Command) -> None:
    search = played(0.5, 0.9, None, expected_trials=3, origin=ORIGIN, search="tpe")
    search.write("test", trial_id="0001", metrics={"accuracy": 0.75})
    write(search, Path("runs/one"))
    output = tftune("show", "one")
    assert output.startswith(
        "one: finished; 3 of 3 trials (2 completed, 0 pruned, 1 failed) in 0:00:03; last record"
    )
    for words in (
        "objective  val_accuracy (max)",
        "method     tpe",
        "dropout              0 to 0.6, step 0.1  0",
        "optimizer            adam, sgd           adam",
        "begun: 3 trials in 0:00:03; done",
        "Best trials by val_accuracy (2 of 2 with a score)",
        "   1  0001            0.9",
        "Test split, trial 0001\n  accuracy  0.75\n",
        "runs/one/journal.jsonl  every record",
        "Repeat it with\n  python -m tftune.beans --max-trials 9 --run-dir runs/one-again\n",
    ):
        assert words in output, words
    assert "Resume" not in output and "At this moment" not in output
    assert "0001" in tftune("show", "one", "--trials", "1")
    assert "Best trials" not in tftune("show", "one", "--trials", "0")


def test_an_interrupted_run_that_was_moved_is_resumed_where_it_is(tftune: Command) -> None:
    search = played(0.5, finish="interrupted", expected_trials=9, origin=ORIGIN)
    write(search, Path("moved here"))
    output = tftune("show", "moved here")
    assert output.startswith("moved here: interrupted; 1 of 9 trials")
    command = "python -m tftune.beans --max-trials 9 --run-dir 'moved here' --resume"
    assert f"Resume it with\n  {command}\n" in output
    assert tftune.json("show", "moved here")["commands"]["resume"] == command


def test_a_script_that_ran_the_search_is_told_as_it_is(tftune: Command) -> None:
    write(played(0.5, origin={"script": "python 'my search.py'"}), Path("own"))
    output = tftune("show", "own")
    assert output.endswith("\nBegun, and resumed, by\n  python 'my search.py'\n")
    assert tftune.json("show", "own")["commands"] == {"script": "python 'my search.py'"}


def test_a_running_search_tells_where_it_stands(tftune: Command) -> None:
    search = played(0.5, finish=None, expected_trials=4, origin=ORIGIN)
    search.start(1, last_epoch=5)
    search.epoch(1, 1, 0.625)
    folder = write(search, Path("runs/busy"))
    with Journal(folder.journal):
        output = tftune("show", "busy")
        document = tftune.json("show", "busy")
    assert "busy: running; 1 of 4 trials" in output
    assert "At this moment\n  trial 0001  epoch 1/5  val_accuracy 0.625\n  about 0:00:07" in output
    assert "Resume" not in output
    assert document["outlook"]["running"] == [["0001", 1, 5, 0.625]]
    assert document["outlook"]["seconds_left"] == pytest.approx(7.0)  # two waiting, 3.5 s each


def test_a_search_without_results_and_one_that_is_not_ours_are_told(tftune: Command) -> None:
    write(played(None, finish="failures"), Path("failed"))
    output = tftune("show", "failed")
    assert "No trial has a score." in output
    assert "How it was begun is not recorded" in output
    tftune("show", "failed", "--trial", "best", code=3)
    assert "There is no best trial in 'failed': none has completed." in tftune.told
    write(played(), Path("none"))
    assert "0 of 0 trials" in tftune("show", "none")
    tftune("show", "none", "--trial", "0", code=2)
    assert "Expected one of none: no trial has begun." in tftune.told


def test_intervals_are_those_of_the_last_evaluation(tftune: Command) -> None:
    search = played(0.5)
    metrics = {"accuracy": 0.75, "pr_auc": 0.8, "loss": 1.0}
    search.write("test", trial_id="0000", metrics=metrics)
    measured = {
        "accuracy": {"value": 0.75, "low": 0.5, "high": 0.875},
        "average_precision": {"value": 0.81, "low": 0.75, "high": 0.85},
        "macro_f1": {"value": 0.7, "low": None, "high": None},
    }
    for trial, value in (("0000", measured), ("0009", {})):
        report = {"classes": ["no", "yes"], "metrics": value}
        search.write("evaluation", trial_id=trial, split="test", rows=8, report=report)
    other = {"metrics": {"accuracy": {"value": 0.75, "low": 0.7, "high": 0.8}}}
    search.write("evaluation", trial_id="0000", split="other", rows=8, report=other)
    search.write("evaluation", trial_id="0009", split="test", rows=8, report={}, again=True)
    write(search, Path("run"))
    output = tftune("show", "run")
    assert "Test split, trial 0000 (used 2 times: choosing by it makes it too good)\n" in output
    assert "accuracy  0.75 [0.5, 0.875]" in output
    assert "pr_auc    0.8 [0.75, 0.85]" in output
    assert "macro_f1  0.7\n" in output


def test_a_trial_is_told_with_its_knobs_its_curve_and_its_rank(tftune: Command) -> None:
    search = played(0.25, 0.9, space={"knobs": CONDITIONAL})
    values = {"optimizer": "adam", "momentum": 0.5, "units": 8, "tuner/epochs": 3}
    search.trial(2, [0.5, 0.75, 0.625], values=values)
    write(search, Path("run"))
    output = tftune("show", "run", "--trial", "2")
    for words in (
        "Trial 0002 of run: completed, val_accuracy 0.75 at epoch 2, rank 2 of 3\n",
        "3.5 s, 123 parameters\n",
        "momentum   0.5  (plays no part: only where optimizer is sgd)\n",
        "units      8  (fixed)\n",
        "Metrics at the best epoch\n  metric    validation\n  accuracy  0.75\n",
        "\nval_accuracy by epoch\n",
        "\nval_loss by epoch\n",
        "^ best epoch 2\n",
        "\u2812\u2812 val_accuracy (validation)   \u2802\u2802 accuracy (training)\n",
    ):
        assert words in output, words
    assert "tuner/" not in output and "\x1b" not in output
    assert all(len(line) <= 80 for line in output.splitlines())
    assert tftune("show", "run", "--trial", "best").startswith("Trial 0001 of run: completed")
    document = tftune.json("show", "run", "--trial", "0002")
    assert document["inactive"] == ["momentum"] and document["rank"] == 2
    assert [each["epoch"] for each in document["epochs"]] == [1, 2, 3]


def test_a_failed_trial_is_told_with_its_message_and_its_log(tftune: Command) -> None:
    search = played(0.5, finish=None)
    search.failure(1, "Traceback (most recent call last):\n  ...\nValueError: \x1b[31mbad\x1b[0m")
    folder = write(search, Path("run"))
    folder.logs.mkdir()
    lines = [f"line {number}\n" for number in range(30)]
    (folder.logs / "0001.log").write_bytes("".join(lines).encode() + b"\xff \x1b[2J end\n")
    output = tftune("show", "run", "--trial", "1")
    assert "Trial 0001 of run: failed after epoch 1\n" in output
    assert "Failure\n  Traceback (most recent call last):\n    ...\n  ValueError: bad\n" in output
    assert "The end of logs/0001.log\n  line 11\n" in output and " end\n" in output
    assert "\x1b" not in output
    assert math.nan not in tftune.json("show", "run", "--trial", "1")["epochs"][0]["metrics"]


def test_a_trial_that_was_tried_again_or_continued_is_told(tftune: Command) -> None:
    search = PlayedSearch([], {})
    search.start(0)
    search.epoch(0, 1, 0.5)
    search.write("session", resumed=True, plan="", expected_trials=2)
    search.start(0, attempt=2)
    search.epoch(0, 1, 0.5)
    search.write("retry", trial_id="0000", message="ValueError: unlucky")
    search.start(0, attempt=3)
    search.epoch(0, 1, 0.5)
    search.epoch(0, 2, 0.6)
    search.end(0, 0.6, 2)
    search.start(1, first_epoch=2, last_epoch=4, parent="0000")
    search.epoch(1, 3, 0.7)
    search.end(1, 0.7, 3)
    search.start(2, first_epoch=0, last_epoch=4, parent="0000")
    for epoch in (1, 2, 3, 4):
        search.epoch(2, epoch, 0.6)
    search.end(2, 0.6, 4)
    write(search, Path("run"))
    output = tftune("show", "run", "--trial", "0")
    assert "attempt 1: cut short after 1 epochs\n" in output
    assert "attempt 2: tried again after 1 epochs; ValueError: unlucky\n" in output
    assert "attempt 3: completed after 2 epochs\n" in output
    assert "continued by 0001, 0002\n" in output
    child = tftune("show", "run", "--trial", "1")
    assert "continues trial 0000 from epoch 2\n" in child
    ends = next(line for line in child.splitlines() if line.split() == ["1", "3"])
    assert ends  # the parent's epochs are drawn, too
    again = tftune("show", "run", "--trial", "2")
    why = "since the folder had no weights of it"
    assert f"continues trial 0000 from its first epoch, {why}\n" in again
    assert any(line.split() == ["1", "4"] for line in again.splitlines())


@pytest.mark.parametrize(
    ("name", "value"), [("TERM", "dumb"), ("NO_COLOR", "1"), ("", "")], ids=["dumb", "no", "ascii"]
)
def test_a_curve_is_ascii_where_it_must_be(
    tftune: Command, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    search = played()
    search.trial(0, [0.5, 0.75])
    write(search, Path("run"))
    if name:
        monkeypatch.setenv(name, value)
        output = tftune("show", "run", "--trial", "0")
    else:
        raw = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
        tftune("show", "run", "--trial", "0")
        output = raw.getvalue().decode("ascii")
    assert output.isascii() and "* val_accuracy (validation)   . accuracy" in output


def test_a_trial_without_epochs_and_wrong_words_are_told(tftune: Command) -> None:
    search = played(0.5)
    search.start(1)
    write(search, Path("run"))
    output = tftune("show", "run", "--trial", "1")
    assert output.startswith("Trial 0001 of run: running\n") and "by epoch" not in output
    for word in ("7", "-1", "", "\u00b2", "9" * 5000, "../0000", HOSTILE):
        tftune("show", "run", f"--trial={word}", code=2)
        assert "Expected one of 0000 to 0001, or best." in tftune.told
    tftune("show", "ruin", code=2)
    tftune("show", "run", "--trials", "-1", code=2)
    assert "expected an integer of at least 0. Received: '-1'" in tftune.told


def test_hostile_words_of_a_header_stay_text(tftune: Command) -> None:
    origin = {"command": f"python {HOSTILE}'"}
    data, versions = {HOSTILE: [HOSTILE] * 1000, "source": "x" * 100_000}, {"keras": HOSTILE}
    knobs = [{"name": HOSTILE, "kind": "Choice", "values": [HOSTILE] * 99, "default": HOSTILE}]
    search = PlayedSearch([], {"task": HOSTILE, "search": HOSTILE, "data": data})
    header = search.records[0]
    header.update(versions=versions, origin=origin, space={"knobs": knobs})
    search.trial(0, [0.5], values={HOSTILE: HOSTILE, "y" * 9999: 1})
    write(search, Path("run"))
    for words in (["run"], ["run", "--trial", "0"]):
        output = tftune("show", *words)
        assert "\x1b" not in output and "\u202e" not in output and len(output) < 20_000
        assert tftune.json("show", *words)


def test_data_are_told_without_what_is_counted_by_class() -> None:
    data = {
        "source": "sample",
        "class_rows": {"test": {"a": 1}},
        "names": ["a"],
        "split": "grouped",
    }
    rows = dict(plan_rows(RunData("a", PlayedSearch([], {"data": data}).state, [])))
    assert rows["data"] == "source=sample, names=['a'], split=grouped"


def test_a_confirmed_winner_is_told(tftune: Command) -> None:
    search = played(0.9, 0.875, 0.5)
    search.write("confirmed", **CONFIRMED)
    write(search, Path("runs/one"))
    output = tftune("show", "one")
    assert "Confirmed by 5 further trainings: trial 0001, not trial 0000" in output
    assert json.loads(tftune("show", "one", "--json"))["confirmed"] == CONFIRMED
