"""The measurement of costs at a tiny size."""

from __future__ import annotations

import importlib.util
import itertools
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.contenders import LIBRARIES, make_contender
from benchmarks.markdown import README
from benchmarks.proposing_cost import cost_table, main, measure

NEEDS = {
    "optuna": "optuna",
    "nevergrad": "nevergrad",
    "skopt": "skopt",
    "keras_tuner": "keras_tuner",
}


@pytest.mark.parametrize("name", list(LIBRARIES))
def test_every_library_proposes(name: str) -> None:
    pytest.importorskip(NEEDS[name.split()[0]])
    costs = measure(name, [2, 4], proposals=2, limit=30)
    assert set(costs) == {"2", "4"}
    assert all(cost["milliseconds"] > 0 and not cost["told_at_once"] for cost in costs.values())


def test_results_are_told_at_once_beyond_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = itertools.count()
    monkeypatch.setattr(
        "benchmarks.proposing_cost.time", SimpleNamespace(process_time=lambda: next(ticks))
    )  # each look at it is a second
    costs = measure("random", [1, 50, 60], proposals=1, limit=10)
    assert [cost["told_at_once"] for cost in costs.values()] == [False, True, True]
    assert list(measure("random", [1, 50], proposals=1, limit=2)) == [
        "1"
    ]  # twice the limit is over
    if importlib.util.find_spec("optuna"):
        assert list(measure("optuna TPESampler", [1, 50], proposals=1, limit=10)) == ["1"]


@pytest.mark.parametrize(
    "name", ["random", "skopt gp_minimize", "keras_tuner BayesianOptimization"]
)
def test_told_results_are_known_to_the_method(name: str) -> None:
    contender = make_contender(name, 40, told=12)
    if name == "random":
        assert len(contender.oracle.observations) == 12
    elif name == "skopt gp_minimize":
        assert len(contender.optimizer.Xi) == 12
        assert contender.optimizer.models
    else:
        assert len(contender.oracle.trials) == 12


def test_a_method_that_ends_is_measured_until_then() -> None:
    costs = measure("grid:levels=2", [0, 70], proposals=1, limit=10)  # 64 configurations
    assert list(costs) == ["0"]


def test_the_table_tells_what_was_not_reached() -> None:
    result = {
        "method": "m",
        "sizes": [10, 50, 150],
        "costs": {"10": {"milliseconds": 1.26, "told_at_once": False}},
    }
    result["costs"]["50"] = {"milliseconds": 31.5, "told_at_once": True}
    assert cost_table([result]).splitlines()[2] == "| m | 1.3 | 32* | - |"


def test_the_command_fills_the_readme(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    readme = tmp_path / "README.md"
    shutil.copy(README, readme)
    command = [
        "--methods",
        "random,halton",
        "--sizes",
        "2,4",
        "--large-size",
        "6",
        "--proposals",
        "1",
        "--write-readme",
        str(readme),
    ]
    assert main(command) == 0
    assert "| method | 2 trials | 4 trials | 6 trials |" in capsys.readouterr().out
    assert "| halton | " in readme.read_text()
    with pytest.raises(SystemExit):
        main(["--methods", "tea-leaves"])
    assert "There is no method tea-leaves. Expected some of: " in capsys.readouterr().err
