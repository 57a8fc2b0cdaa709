"""The benchmark of search quality at a tiny size: it runs, goes on where it ended, and reports what
it says.
"""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from benchmarks.function_problems import function_problem
from benchmarks.markdown import README
from benchmarks.quality_report import QualityReport
from benchmarks.search_quality import main
from benchmarks.searches import run_method
from benchmarks.tables import load_table
from tests.benchmarks import small_table
from tests.oracles.searching import OPTIONS
from tftune.errors import UsageError
from tftune.oracles import ORACLES


def arguments(folder: Path, *more: str) -> list[str]:
    small_table.write(folder)
    return [
        "--tables",
        str(folder),
        "--results",
        str(folder / "results.jsonl"),
        "--trials",
        "5",
        "--seeds",
        "2",
        *more,
    ]


@pytest.mark.parametrize("name", list(ORACLES))
def test_every_oracle_searches(name: str) -> None:
    short = ":".join(
        [
            name,
            *(
                f"{key}={value}"
                for key, value in OPTIONS.get(name, {}).items()
                if key == "initial_points"
            ),
        ]
    )
    try:
        regrets = run_method(short, function_problem("branin"), seed=1, trials=4)
    except UsageError as error:
        if "pip install" in str(error):
            pytest.skip(str(error))
        raise
    assert len(regrets) == 4
    assert all(0 <= regret < math.inf for regret in regrets)


def test_exact_random_is_what_random_search_gives_on_average(tmp_path: Path) -> None:
    small_table.write(tmp_path)
    problem = load_table(tmp_path / "small.npz")
    expected = run_method("exact-random", problem, seed=0, trials=5)
    sampled = np.mean(
        [np.minimum.accumulate(run_method("random", problem, seed, 5)) for seed in range(200)],
        axis=0,
    )
    assert sampled == pytest.approx(expected, abs=0.08)


def test_a_run_goes_on_and_reports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = arguments(
        tmp_path, "--methods", "random,exact-random", "--problems", "tables,branin,bbob-01"
    )
    assert main([*command, "--problems", "tables"]) == 0
    assert capsys.readouterr().err.count("of 4:") == 4
    with open(tmp_path / "results.jsonl", "a") as file:
        file.write('{"method": "random", "prob')  # a kill while a line is written
    assert main(command) == 0
    assert capsys.readouterr().err.count("of 8:") == 8  # the four of the table are known
    lines = (tmp_path / "results.jsonl").read_text().splitlines()
    assert len(lines) == 13
    assert set(json.loads(lines[0])) == {
        "method",
        "problem",
        "seed",
        "trials",
        "done",
        "seconds",
        "cpu_seconds",
        "curve",
    }
    readme = tmp_path / "README.md"
    shutil.copy(README, readme)
    assert main([*command, "--report", "--write-readme", str(readme)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "| exact-random | exact | " in out
    assert "| random | 2 | " in readme.read_text()


def test_redo_computes_again_and_the_last_result_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = arguments(tmp_path, "--methods", "random", "--problems", "branin")
    assert main(command) == 0
    first = capsys.readouterr().out
    path = tmp_path / "results.jsonl"
    spoilt = [{**json.loads(line), "curve": [[1, 99.0]]} for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps(line) + "\n" for line in spoilt))
    assert main([*command, "--report"]) == 0
    assert "| random | 2 | 99.0 |" in capsys.readouterr().out
    assert main([*command, "--redo", "random"]) == 0
    assert capsys.readouterr().out.splitlines()[:5] == first.splitlines()[:5]


def test_a_search_that_fails_is_told_and_the_others_are_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = arguments(
        tmp_path, "--methods", "random,grid:levels=none", "--problems", "branin", "--seeds", "1"
    )
    assert main(command) == 1
    out, err = capsys.readouterr()
    assert "FAILED: grid:levels=none branin 0 5" in err
    assert "1 of 2 searches have no result." in err
    assert "| random | 1 |" in out


def test_slow_methods_get_fewer_seeds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = arguments(
        tmp_path,
        "--methods",
        "random,halton",
        "--problems",
        "branin",
        "--seeds-slow",
        "1",
        "--slow",
        "halton",
    )
    assert main(command) == 0
    out = capsys.readouterr().out
    assert "| random | 2 |" in out
    assert "| halton | 1 |" in out


def test_wrong_names_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words, message in (
        (["--methods", "tea-leaves"], "There is no method tea-leaves. Expected some of: "),
        (
            ["--problems", "bbob-25"],
            "There is no problem bbob-25. Expected tables, functions, bbob or single names",
        ),
        (
            ["--tables", str(tmp_path / "absent"), "--problems", "tables"],
            "There are no tables. Expected files \\*.npz",
        ),
    ):
        with pytest.raises(SystemExit) as end:
            main(words)
        assert end.value.code == 2
        assert message.replace("\\", "") in capsys.readouterr().err.replace("\n", " ")


def result(method: str, problem: str, seed: int, curve: list[list[float]]) -> dict[str, object]:
    return {
        "method": method,
        "problem": problem,
        "seed": seed,
        "done": 20,
        "cpu_seconds": 0.2,
        "curve": curve,
    }


def test_means_and_errors_by_hand() -> None:
    results = [
        result("a", "t1", 0, [[1, 0.5], [15, 0.1]]),
        result("a", "t1", 1, [[1, 0.3]]),
        result("a", "t2", 0, [[1, 0.4]]),
        result("a", "t2", 1, [[1, 0.4]]),
        result("optuna-tpe", "t1", 0, [[1, 0.2]]),
        result("optuna-tpe", "t2", 0, [[1, 0.4]]),
        result("b", "t1", 0, [[1, 0.0]]),
    ]
    report = QualityReport(
        results, ["a", "b", "optuna-tpe"], ["t1", "t2"], [], [10, 20], ["optuna-tpe"]
    )
    assert report.mean_regret("a", "t1", 10) == pytest.approx((0.4, 0.1))
    assert report.tables_regret("a", 20) == pytest.approx((0.3, 0.05))
    assert report.tables_regret("b", 20) is None  # a table is missing
    lines = report.sections()["search-tables"].splitlines()
    assert lines[0].endswith("| of optuna-tpe, 10 | of optuna-tpe, 20 | ms a trial |")
    assert lines[2] == "| a | 2 | 0.400 ± 0.050 | 0.300 ± 0.050 | 1.3 | 1.0 | 10 |"
    assert lines[3] == "| optuna-tpe | 1 | 0.300 | 0.300 | 1 | 1 | 10 |"
    assert lines[4] == "| b | 0-1 | - | - | - | - | 10 |"


def test_bbob_is_a_geometric_mean_against_chance_and_bounded() -> None:
    results = [
        result("exact-random", "bbob-01", 0, [[1, 10.0]]),
        result("exact-random", "bbob-21", 0, [[1, 2.0]]),
        result("a", "bbob-01", 0, [[1, 40.0]]),
        result("a", "bbob-21", 0, [[1, 0.0]]),
    ]
    report = QualityReport(results, ["a", "exact-random"], [], ["bbob-01", "bbob-21"], [20])
    assert report.bbob_ratio("a", ["bbob-01"], 20)[0] == pytest.approx(4)
    assert report.bbob_ratio("a", ["bbob-01", "bbob-21"], 20)[0] == pytest.approx(
        (4 * 0.001) ** 0.5
    )
    assert report.bbob_ratio("exact-random", ["bbob-01", "bbob-21"], 20)[0] == pytest.approx(1)
