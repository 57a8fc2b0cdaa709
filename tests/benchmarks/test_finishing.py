"""What each finishing step is worth: the table, and one search of each task."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.finishing import STEPS, main, report
from benchmarks.markdown import README

GAIN = {"status": "kept", "gain": 0.02}


def unit(seed: int, average: float | None) -> dict[str, Any]:
    worth = {"winner": 0.8, "average": average, "refit": None, "ensemble": 0.81, "finished": 0.82}
    steps = {"average": GAIN, "refit": {"status": "skipped", "gain": None}, "ensemble": GAIN}
    more = {"measure": "auc", "used": 0.5, "members": 2, "minutes": 3.0}
    return {"finish": "peptides", "seed": seed, "worth": worth, "steps": steps, **more}


def test_a_row_a_step_with_its_interval_and_verdict() -> None:
    text = report([unit(0, 0.81), unit(1, 0.83), unit(2, 0.82)])
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()[2:6]]
    assert [row[1] for row in rows] == [
        *("weight averaging alone", "refit on train and validation"),
        *("ensemble of the kept trials alone", "the finished model, as decided"),
    ]
    wanted = ["3 of 3", "+0.02", "+0.02", "-0.0048 to +0.0448", "noise"]
    assert rows[0] == ["peptides", "weight averaging alone", *wanted]
    assert rows[1][2:] == ["0 of 3", "-", "-", "-", "-"]
    assert rows[3][4:] == ["+0.02", "+0.02 to +0.02", "gains"]
    assert "auc of the search's winner 0.800, finished 0.820" in text


def test_the_readme_has_a_place_for_it() -> None:
    text = README.read_text()
    assert "<!-- begin:finishing -->" in text and "<!-- end:finishing -->" in text


def test_an_unknown_task_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--tasks", "beans,mice"])
    assert "Unknown task 'mice'" in capsys.readouterr().err


@pytest.mark.slow
def test_a_search_of_each_task_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = tmp_path / "finishing.jsonl"
    words = ["--beans", "sample", "--peptides", "sample", "--image-size", "16", "--seeds", "1"]
    words += ["--beans-trials", "2", "--beans-epochs", "2", "--share", "100"]
    words += ["--peptides-trials", "2", "--peptides-epochs", "2", "--results", str(results)]
    assert main(words) == 0
    found = [json.loads(line) for line in results.read_text().splitlines()]
    assert [each["finish"] for each in found] == ["beans", "peptides"]
    for each in found:
        assert all(each["worth"][step] is not None for step in ("winner", *STEPS))
    assert main(words) == 0 and len(results.read_text().splitlines()) == 2  # it goes on
    assert "as decided" in capsys.readouterr().out
