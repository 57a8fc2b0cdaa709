"""The time to a score: what is read from the ends of trials, the table, what is refused, going on;
and (slow) real searches.
"""

from __future__ import annotations

import json
import math
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from benchmarks import time_to_score
from benchmarks.score_table import Race, score_table, seconds_to, title_of
from benchmarks.throughput import save_data
from benchmarks.time_to_score import main, run_unit
from benchmarks.trainers.search_job import SearchJob
from benchmarks.trainers.stop_at_target import StopAtTarget
from tftune.journal.state import SearchState

KERAS_TUNER = {
    "tool": "keras-tuner",
    "seed": 0,
    "trials": 3,
    "seconds": 300.0,
    "ends": [[90.0, 0.7], [180.0, 0.8], [290.0, 0.8]],
}
MARKERS = "<!-- begin:time-to-score -->\n<!-- end:time-to-score -->\n"


def ours(*ends: tuple[float, float | None], seed: int = 0) -> dict[str, Any]:
    return {
        "tool": "tftune",
        "scheduler": "asha",
        "workers": 2,
        "seed": seed,
        "ends": [list(end) for end in ends],
    }


def cells(text: str, line: int) -> list[str]:
    return [cell.strip() for cell in text.splitlines()[line].strip("|").split("|")]


def test_the_first_trial_that_is_good_enough_counts() -> None:
    ends = [(10.0, None), (20.0, 0.79), (30.0, 0.8), (40.0, 0.9)]
    assert seconds_to(0.8, ends) == 30.0
    assert seconds_to(0.81, ends) == 40.0
    assert seconds_to(0.91, ends) == math.inf
    assert Race.of(ours(*ends), KERAS_TUNER) == Race(30.0, True, 300.0, 180.0, 3, 0.8)


def test_what_comes_after_the_limit_is_no_match() -> None:
    race = Race.of(ours((100.0, 0.75), (300.5, 0.9)), KERAS_TUNER)
    assert race == Race(300.0, False, 300.0, 180.0, 1, 0.75)


def test_the_table_compares_each_seed_with_its_own_target() -> None:
    second = {
        **KERAS_TUNER,
        "seed": 1,
        "seconds": 200.0,
        "ends": [[60.0, 0.9], [120.0, 0.6], [180.0, 0.7]],
    }
    text = score_table(
        [KERAS_TUNER, ours((30.0, 0.8)), second, ours((25.0, 0.85), (50.0, 0.9), seed=1)]
    )
    reference = [
        "KerasTuner RandomSearch, 3 trials",
        "2",
        "2 of 2",
        "120.0 (60.0-180.0)",
        "2.50 (1.67-3.33)",
        "1.00 (1.00-1.00)",
    ]
    assert cells(text, 2) == [*reference, "1.5", "0.8500"]
    assert cells(text, 3)[2:] == [
        "2 of 2",
        "40.0 (30.0-50.0)",
        "7.00 (4.00-10.00)",
        "3.60 (1.20-6.00)",
        "1.5",
        "0.8500",
    ]


def test_searches_that_did_not_reach_the_target_make_bounds() -> None:
    references = [{**KERAS_TUNER, "seed": seed} for seed in range(3)]
    text = score_table(
        [*references, ours((30.0, 0.8)), ours((20.0, 0.9), seed=1), ours((30.0, 0.7), seed=2)]
    )
    assert cells(text, 3)[2:] == [
        "2 of 3",
        "30.0 (20.0->300.0)",
        "10.00 (<1.00-15.00)",
        "6.00 (<0.60-9.00)",
        "1",
        "0.8000",
    ]
    text = score_table([references[0], ours()])
    assert cells(text, 3)[2:] == [
        "0 of 1",
        ">300.0 (>300.0->300.0)",
        "<1.00 (<1.00-<1.00)",
        "<0.60 (<0.60-<0.60)",
        "0",
        "-",
    ]


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["--seeds", "0"], "--seeds must be an integer of at least 1. Received: 0."),
        (["--trials", "0"], "--trials must be an integer of at least 1. Received: 0."),
        (["--workers", "-1"], "--workers must be an integer of at least 1. Received: -1."),
        (["--scheduler", "asha,dice"], "Unknown scheduler 'dice'. Expected one of: none, median"),
        (["--scheduler", "asha:size=3"], "The scheduler 'asha' has no option 'size'."),
        (["--scheduler", ","], "--scheduler names no scheduler."),
        (["--data", "nowhere"], "Unknown source of peptides."),
    ],
)
def test_wrong_options_are_refused_at_once(
    command: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(command)
    assert message in capsys.readouterr().err


class Processes:
    """Stands in for the searches: KerasTuner finds 0.8 after 200 of 400 s, tftune after 40 s; notes
    the jobs.
    """

    def __init__(self) -> None:
        self.jobs: list[tuple[str, SearchJob]] = []

    def __call__(self, command: Sequence[str]) -> dict[str, Any]:
        job = SearchJob.read(command[-1])
        assert (Path(job.folder) / "data.npz").exists()
        tool = command[-2].rpartition("_")[2]
        self.jobs.append((tool, job))
        ends = [[40.0, 0.8]] if tool == "tftune" else [[200.0, 0.8], [399.0, 0.7]][: job.trials]
        return {"seconds": 400.0, "scores": [score for _, score in ends], "ends": ends}


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> Processes:
    """The searches, replaced."""
    replaced = Processes()
    monkeypatch.setattr(time_to_score, "timed", replaced)
    monkeypatch.setattr(time_to_score, "save_data", lambda source, path: path.touch())
    return replaced


def test_tftune_gets_the_target_and_the_time_of_kerastuner(
    processes: Processes, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        main(
            [
                "--seeds",
                "2",
                "--trials",
                "2",
                "--epochs",
                "7",
                "--scheduler",
                "none,asha:factor=4",
                "--workers",
                "3",
            ]
        )
        == 0
    )
    told = [(tool, job.seed, job.scheduler, job.target, job.limit) for tool, job in processes.jobs]
    first = [
        ("tuner", 0, "none", math.inf, math.inf),
        ("tftune", 0, "none", 0.8, 400.0),
        ("tftune", 0, "asha:factor=4", 0.8, 400.0),
        ("optuna", 0, "none", 0.8, 400.0),
    ]
    assert told == [*first, *((tool, 1, *rest) for tool, _, *rest in first)]
    assert {job.epochs for _, job in processes.jobs} == {7}
    assert [job.workers for tool, job in processes.jobs if tool == "tftune"] == [3] * 4
    shown = capsys.readouterr().out
    assert cells(shown, 3)[:5] == [
        "tftune auto + none, workers: 3",
        "2",
        "2 of 2",
        "40.0 (40.0-40.0)",
        "10.00 (10.00-10.00)",
    ]
    assert cells(shown, 4)[0] == "tftune auto + asha:factor=4, workers: 3"
    assert cells(shown, 5)[0] == "Optuna TPE + MedianPruner, processes: 3"


def test_an_interrupted_run_goes_on(
    processes: Processes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    readme, results = tmp_path / "README.md", tmp_path / "results.jsonl"
    readme.write_text(MARKERS, encoding="utf-8")
    command = [
        "--without-optuna",
        "--seeds",
        "2",
        "--trials",
        "2",
        "--results",
        str(results),
        "--write-readme",
        str(readme),
    ]
    assert main(command) == 0
    shown, lines = capsys.readouterr().out, results.read_text().splitlines()
    assert len(processes.jobs) == len(lines) == 4
    results.write_text("\n".join(lines[:3]) + "\n" + lines[3][:20])
    assert main(command) == 0
    assert [(tool, job.seed) for tool, job in processes.jobs[4:]] == [("tftune", 1)]
    assert capsys.readouterr().out == shown and shown.strip() in readme.read_text()


def test_another_target_is_another_search(processes: Processes, tmp_path: Path) -> None:
    results = tmp_path / "results.jsonl"
    command = ["--seeds", "1", "--trials", "2", "--results", str(results), "--without-optuna"]
    assert main(command) == 0
    lines = [json.loads(line) for line in results.read_text().splitlines()]
    lines[0]["ends"] = [[100.0, 0.85], [399.0, 0.7]]
    results.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert main(command) == 0
    assert [(tool, job.target) for tool, job in processes.jobs] == [
        ("tuner", math.inf),
        ("tftune", 0.8),
        ("tftune", 0.85),
    ]


def test_without_a_target_there_is_no_race(
    processes: Processes, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--seeds", "1", "--trials", "3"]) == 1  # the replaced KerasTuner ends two
    out, err = capsys.readouterr()
    assert (
        "FAILED: keras-tuner 3 0 20 hemolysis: KerasTuner ended 2 of 3 trials, 2 of them with a "
        "score." in err
    )
    assert [tool for tool, _ in processes.jobs] == ["tuner"] and len(out.splitlines()) == 2


def test_the_search_is_interrupted_by_the_first_trial_with_the_target(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    raised: list[int] = []
    monkeypatch.setattr(signal, "raise_signal", raised.append)
    stop = StopAtTarget(0.8)
    stop.on_record({"kind": "epoch", "time": 1.0, "metrics": {"val_auc": 0.9}}, SearchState())
    for at, status, score in ((2.0, "pruned", 0.79), (3.0, "failed", 0.9), (4.0, "failed", None)):
        stop.on_record({"kind": "end", "time": at, "status": status, "score": score}, SearchState())
    assert not raised and not stop.reached
    stop.on_record({"kind": "end", "time": 5.0, "status": "pruned", "score": 0.8}, SearchState())
    assert raised == [signal.SIGINT] and stop.reached
    assert stop.ends == [(2.0, 0.79), (3.0, None), (4.0, None), (5.0, 0.8)]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_both_tools_search_for_real(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    readme, results = tmp_path / "README.md", tmp_path / "results.jsonl"
    readme.write_text(MARKERS, encoding="utf-8")
    command = [
        "--data",
        "sample",
        "--trials",
        "2",
        "--epochs",
        "1",
        "--seeds",
        "1",
        "--results",
        str(results),
    ]
    assert main([*command, "--write-readme", str(readme)]) == 0
    shown = capsys.readouterr().out
    reference, searched = (json.loads(line) for line in results.read_text().splitlines())
    assert [cells(shown, line)[:2] for line in (2, 3)] == [
        [title_of(result), "1"] for result in (reference, searched)
    ]
    times = [at for at, _ in reference["ends"]]
    assert len(times) == 2 and 0 < times[0] < times[1] < reference["seconds"] == searched["limit"]
    assert searched["target"] == max(score for _, score in reference["ends"])
    assert all(0 < score <= 1 for _, score in [*reference["ends"], *searched["ends"]])
    assert shown.strip() in readme.read_text()


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("tool", [{"tool": "tftune", "scheduler": "asha"}, {"tool": "optuna"}])
def test_a_search_ends_with_the_target_and_another_with_the_time(
    tool: dict[str, str], tmp_path: Path
) -> None:
    save_data("sample", tmp_path / "data.npz")
    unit = {**tool, "workers": 2, "seed": 0, "epochs": 1}
    found = run_unit({**unit, "target": 0.0, "limit": 600.0}, tmp_path / "data.npz")
    assert 1 <= len(found["ends"]) <= 2  # another may end while the search stops
    assert found["ends"][0][0] < found["seconds"] < 300
    found = run_unit(
        {**unit, "target": 1.5, "limit": 30.0}, tmp_path / "data.npz"
    )  # no AUC is so large
    assert 30.0 < found["seconds"] < 300
    assert not Race.of(
        {**unit, **found}, {**KERAS_TUNER, "ends": [[20.0, 1.5]], "seconds": 30.0}
    ).matched
