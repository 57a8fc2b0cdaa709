"""What the notebooks teach, over seeds: how often a claim held, which are luck, what is refused,
going on; and (slow) a real notebook.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from benchmarks import taught
from benchmarks.notebook_runs import execute, replace_once, working_folder
from benchmarks.taught import held, lucky, main, run_unit, taught_table


def run(seed: int, **claims: bool) -> dict[str, Any]:
    return {"notebook": "03_search_methods", "seed": seed, "seconds": 1.0, "taught": claims}


def test_a_claim_may_fail_in_one_run_of_ten_and_not_in_two() -> None:
    runs = [run(seed, once=seed != 3, twice=seed not in (3, 7)) for seed in range(10)]
    assert lucky(runs) == [("03_search_methods", "twice")]
    assert held(runs)["03_search_methods", "once"][3] is False
    assert taught_table(runs).splitlines()[2:] == [
        "| 03: once | 9 of 10 | 3 |",
        "| 03: twice | 8 of 10 | 3, 7 |",
    ]


def test_the_exit_code_says_whether_something_is_luck(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[int] = []

    def made_up(unit: dict[str, Any]) -> dict[str, Any]:
        asked.append(unit["seed"])
        return {"seconds": 1.0, "taught": {"it rains": unit["seed"] != 1}}

    monkeypatch.setattr(taught, "run_unit", made_up)
    command = ["--notebooks", "03_search_methods", "--results", str(tmp_path / "taught.jsonl")]
    assert main([*command, "--seeds", "1"]) == 0
    assert main([*command, "--seeds", "2"]) == 1
    assert asked == [0, 1]  # seed 0 was in the file
    assert "| 03: it rains | 1 of 2 | 1 |" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--notebooks", "06_none"], "There is no notebook 06_none. Expected some of 01_tune"),
        (["--seeds", "0"], "--seeds must be"),
    ],
    ids=["notebook", "seeds"],
)
def test_mistakes_are_refused_at_once(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert message in capsys.readouterr().err


def test_a_text_that_stands_twice_is_not_replaced() -> None:
    cells = [nbformat.v4.new_code_cell("SEED = 0"), nbformat.v4.new_code_cell("SEED = 0")]
    with pytest.raises(ValueError, match="'SEED = 0' must stand in the code once. Received: 2"):
        replace_once(nbformat.v4.new_notebook(cells=cells), {"SEED = 0": "SEED = 1"})


def test_a_notebook_is_executed_in_the_folder() -> None:
    cell = nbformat.v4.new_code_cell("open('here', 'w').close(); print(6 * 7)")
    notebook = nbformat.v4.new_notebook(cells=[cell])
    with working_folder() as folder:
        assert execute(notebook, folder) > 0
        assert (folder / "here").exists()
    assert notebook.cells[0].outputs[0].text == "42\n"
    assert not folder.exists()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_real_notebook_tells_what_it_taught() -> None:
    result = run_unit({"notebook": "03_search_methods", "seed": 1})
    assert result["seconds"] > 0
    assert len(result["taught"]) >= 8
    json.dumps(result)
