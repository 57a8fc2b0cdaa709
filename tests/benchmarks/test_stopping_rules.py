"""Curves are made, read and told again; what the rules save and cost is right on curves checked by
hand.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks import make_curves
from benchmarks.calibration import predict_last
from benchmarks.curves import CurveTable, noise, read_curves, write_curves
from benchmarks.markdown import README
from benchmarks.replay import judge, replay
from benchmarks.stopping_rules import main
from tftune.errors import UsageError
from tftune.journal.journal import Journal
from tftune.schedulers import SCHEDULERS


class StopsAt:
    """Stops the named trials at their epochs and notes what it was asked."""

    def __init__(self, stops: Mapping[str, int]) -> None:
        self.stops, self.asked, self.ends = stops, [], []

    def should_stop(self, trial_id: str, step: int, curves: Mapping[str, Sequence[float]]) -> bool:
        self.asked.append((trial_id, step))
        assert len(curves[trial_id]) == step
        return step >= self.stops.get(trial_id, 99)

    def on_end(self, trial_id: str, status: str) -> None:
        self.ends.append((trial_id, status))


CURVES = {"a": (0.5, 0.6, 0.7), "b": (0.6, 0.6, 0.9), "c": (0.8, 0.7, 0.7)}


def test_two_trials_run_side_by_side_and_the_next_one_fills_the_slot() -> None:
    rule = StopsAt({"b": 1, "a": 3})
    told = replay(rule, CURVES, ["a", "b", "c"], slots=2)
    assert rule.asked == [("a", 1), ("b", 1), ("a", 2), ("c", 1), ("a", 3), ("c", 2), ("c", 3)]
    assert rule.ends == [("b", "pruned"), ("a", "completed"), ("c", "completed")]
    assert told.pruned == ["b"]
    judged = judge(told, CURVES)
    assert judged["saved"] == pytest.approx(2 / 9)
    assert judged["regret"] == pytest.approx(0.1)  # c is chosen with 0.8; b would have reached 0.9
    assert judged["pruned"] == pytest.approx(1 / 3)


def test_a_stopped_trial_may_be_chosen_and_counts_with_its_whole_curve() -> None:
    told = replay(StopsAt({"b": 1}), CURVES, ["a", "b"], slots=1)
    assert judge(told, CURVES)["regret"] == pytest.approx(0.2)  # a is chosen with 0.7
    told = replay(StopsAt({"c": 1}), CURVES, ["a", "c"], slots=1)
    assert judge(told, CURVES)["regret"] == 0


def test_a_loss_is_mirrored_and_nan_is_no_value() -> None:
    curves = {"a": (0.5, 0.4), "b": (math.nan, 0.1), "c": (math.nan, math.nan)}
    judged = judge(replay(StopsAt({"b": 1}), curves, ["a", "b", "c"]), curves, "min")
    assert judged["regret"] == pytest.approx(0.3)


def test_tables_of_curves_keep_everything(tmp_path: Path) -> None:
    curves = {"0000": [0.5, 0.61234], "0001": [0.5], "0002": [0.5, math.nan]}
    values = {
        "0000": {"rate": 0.0012345678, "norm": True},
        "0001": {"rate": 0.1},
        "0002": {"rate": 0.2, "norm": False},
    }
    for name in ("curves.csv", "curves.csv.gz"):
        write_curves(tmp_path / name, curves, values)
        found = read_curves(tmp_path / name)
        assert found.curves["0000"] == (0.5, 0.6123)
        assert found.curves["0001"] == (0.5,)
        assert math.isnan(found.curves["0002"][1])
        assert found.values["0000"] == {"rate": "0.001235", "norm": "True"}
        assert found.epochs == 2


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no table of curves"):
        read_curves(tmp_path / "absent.csv")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UsageError, match="other.csv is no table of curves.*Received: 1 rows"):
        read_curves(tmp_path / "other.csv")


def test_the_noise_is_that_of_good_trials_without_their_slope() -> None:
    generator = np.random.default_rng(0)
    rising = 0.7 + 0.01 * np.arange(8)
    curves = {f"good {i}": tuple(rising + generator.normal(0, 0.02, 8)) for i in range(200)}
    curves |= {f"bad {i}": (0.5,) * 8 for i in range(200)}
    assert noise(CurveTable(curves, {})) == pytest.approx(0.02, rel=0.1)
    assert noise(CurveTable({"a": (0.1, 0.2, 0.3, 0.4, 0.5)}, {})) == pytest.approx(0, abs=1e-12)


def write_journal(folder: Path) -> None:
    """A trial, one that continues it, a failed one, and one whose first attempt was lost."""
    with Journal(folder / "journal.jsonl") as journal:
        journal.append(
            {"kind": "header", "objective": {"name": "val_auc", "direction": "max"}, "time": 0.0}
        )

        def start(trial: str, first: int = 0, parent: str | None = None, attempt: int = 1) -> None:
            values = {"units": 8, "tuner/epochs": 2}
            fields = {
                "first_epoch": first,
                "last_epoch": first + 2,
                "parent": parent,
                "attempt": attempt,
                "time": 1.0,
            }
            journal.append(
                {
                    "kind": "start",
                    "trial_id": trial,
                    "number": int(trial),
                    "values": values,
                    **fields,
                }
            )

        def epochs(trial: str, first: int, *scores: float) -> None:
            for epoch, score in enumerate(scores, start=first + 1):
                journal.append(
                    {
                        "kind": "epoch",
                        "trial_id": trial,
                        "epoch": epoch,
                        "metrics": {"val_auc": score},
                        "seconds": 1.0,
                        "time": 1.0,
                    }
                )

        def end(trial: str, status: str = "completed") -> None:
            fields = {
                "score": 0.5,
                "epoch": 1,
                "metrics": {},
                "message": None,
                "seconds": 1.0,
                "parameters": 1,
                "time": 2.0,
            }
            journal.append({"kind": "end", "trial_id": trial, "status": status, **fields})

        for trial, scores, status in (
            ("0000", (0.5, 0.6), "completed"),
            ("0001", (0.4,), "failed"),
        ):
            start(trial)
            epochs(trial, 0, *scores)
            end(trial, status)
        start("0002", first=2, parent="0000")
        epochs("0002", 2, 0.7, 0.8)
        end("0002")
        start("0003")
        epochs("0003", 0, 0.1)
        start("0003", attempt=2)
        epochs("0003", 0, 0.3, 0.35)
        end("0003")


def test_a_journal_becomes_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_journal(tmp_path)
    assert make_curves.main([str(tmp_path), str(tmp_path / "curves.csv.gz")]) == 0
    assert capsys.readouterr().out.startswith("2 curves of 2 to 4 epochs, ")
    found = read_curves(tmp_path / "curves.csv.gz")
    assert found.curves == {"0002": (0.5, 0.6, 0.7, 0.8), "0003": (0.3, 0.35)}
    assert found.values["0002"] == {"units": "8"}


def test_a_folder_without_a_journal_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        make_curves.main([str(tmp_path), str(tmp_path / "curves.csv")])
    assert "There is no journal. Expected the folder of a run" in capsys.readouterr().err


class Line:
    """Predicts the last value seen, within as much as the probability says."""

    def predict(self, curve: Sequence[float], at_epoch: int) -> tuple[float, float]:
        return curve[-1], 0.1

    def predict_interval(
        self, curve: Sequence[float], at_epoch: int, probability: float
    ) -> tuple[float, float]:
        return curve[-1] - 0.3 * probability, curve[-1] + 0.3 * probability


def test_predictions_see_only_the_beginning() -> None:
    found = predict_last(Line(), [0.1, 0.2, 0.3, 0.4], 0.5)
    assert found == pytest.approx(
        {
            "error": -0.2,
            "inside 0.5": 0.0,
            "inside 0.9": 1.0,
            "width": 0.54,
            "last_value_error": -0.2,
        }
    )


def test_every_rule_runs_and_the_readme_is_filled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    generator = np.random.default_rng(1)
    curves = {}
    for number in range(12):
        top, rate = generator.uniform(0.5, 0.85), generator.uniform(0.1, 0.8)
        curves[f"{number:04d}"] = (
            0.5
            + (top - 0.5) * (1 - np.exp(-rate * np.arange(1, 9)))
            + generator.normal(0, 0.005, 8)
        )
    path, readme = tmp_path / "curves.csv.gz", tmp_path / "README.md"
    write_curves(path, curves, {name: {} for name in curves})
    shutil.copy(README, readme)
    command = [
        "--curves",
        str(path),
        "--replays",
        "2",
        "--trials",
        "10",
        "--calibration-curves",
        "3",
    ]
    command += ["--results", str(tmp_path / "results.jsonl"), "--write-readme", str(readme)]
    assert main(command) == 0
    out, err = capsys.readouterr()
    assert err.count(f"of {2 * len(SCHEDULERS)}:") == 2 * len(SCHEDULERS)
    assert "| none | 2 | 0.0 % | 0.0000 | 0.0000 | 100 % | 100 % |" in out
    assert (
        "12 curves of at most 8 epochs; 10 trials a replay, 2 at a time; the noise is 0.00"
        in readme.read_text()
    )
    assert main(command) == 0
    assert capsys.readouterr() == (out, "")  # nothing is computed again


def test_an_unknown_rule_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_curves(tmp_path / "curves.csv", {"0000": [0.5] * 6}, {"0000": {}})
    with pytest.raises(SystemExit):
        main(["--curves", str(tmp_path / "curves.csv"), "--rules", "coin"])
    assert "There is no rule coin. Expected some of: none" in capsys.readouterr().err.replace(
        "\n", " "
    )
