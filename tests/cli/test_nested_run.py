"""`--nested K`: after the search, without the test split, resumable, and refused where it would not
be unbiased.
"""

from __future__ import annotations

import contextlib
import json
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.cli.test_program import QUICK, folder, small_dataset, small_program
from tftune.cli import nested_run
from tftune.cli.command import main as command
from tftune.cli.program import main
from tftune.errors import UsageError
from tftune.journal.journal import read

__all__ = ["folder"]  # a fixture
RUN = Path("runs/points-auto")


def test_a_search_that_has_ended_gets_its_folds(folder: Path, capsys: Any) -> None:
    assert main(small_program(), [*QUICK, "--no-report", "--no-references"]) == 0
    capsys.readouterr()
    again = [*QUICK, "--no-references", "--nested", "2", "--resume"]
    assert main(small_program(), again) == 0
    out, err = capsys.readouterr()
    assert "2 further searches like this one follow it, each on 1 of 2 parts" in err
    assert "They cost about 2 times the search, and no model comes of them." in err
    assert err.index("further searches") < err.index("points: search auto")
    assert (
        "nested evaluation: 2 searches to go, about 0:0" in err
        and "fold 2 of 2 done: accuracy" in err
    )
    assert "Nested evaluation of the whole procedure, 2 searches of 2 trials: accuracy" in out
    told = json.loads((RUN / "summary.json").read_text(encoding="utf-8"))["nested"]
    assert told["done"] == 2 and [each["test"] for each in told["results"]] == [40, 40]
    assert [each["validation"] for each in told["results"]] == [20, 20]
    assert told["pooled"]["rows"] == 80
    # the main search's test split was used once, and no fold has seen it
    kinds = [record["kind"] for record in read(RUN / "journal.jsonl")[0]]
    assert kinds.count("test") == 1 and kinds.count("start") == 2
    assert kinds.index("test") < kinds.index("nested")
    assert "measured by nested evaluation" in (RUN / "report.html").read_text(encoding="utf-8")
    assert command(["show", str(RUN)]) == 0
    shown = capsys.readouterr().out
    assert "Nested evaluation of the whole procedure" in shown and "a run folder a fold" in shown
    assert command(["show", str(RUN), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["nested"]["mean"] == told["mean"]
    assert command(["list"]) == 0
    assert "nested" not in capsys.readouterr().out  # the folds are no runs of their own there


@pytest.mark.slow
def test_search_and_folds_in_one_command(folder: Path, capsys: Any) -> None:
    quick = [*QUICK, "--no-report", "--no-references"]
    assert main(small_program(), [*quick, "--nested", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["nested"]["done"] == 2
    written = [path.read_bytes() for path in sorted(RUN.glob("nested/*/journal.jsonl"))]
    assert main(small_program(), [*quick, "--nested", "2", "--resume", "--quiet"]) == 0
    assert [path.read_bytes() for path in sorted(RUN.glob("nested/*/journal.jsonl"))] == written
    assert "further searches" not in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(small_program(), [*quick, "--nested", "1"])
    assert main(small_program(), [*quick, "--nested", "3", "--resume"]) == 2
    assert "folds: 2 in the folder, 3 now" in capsys.readouterr().err


@pytest.mark.slow
def test_an_interruption_names_the_command_that_goes_on(
    folder: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tftune.search import nested

    real = nested._evaluated

    def once(tuner: Any, x: Any, y: Any) -> Any:
        if tuner.folder.path.name == "2":
            raise KeyboardInterrupt
        return real(tuner, x, y)

    monkeypatch.setattr(nested, "_evaluated", once)
    assert main(small_program(), [*QUICK, "--nested", "2"]) == 130
    err = capsys.readouterr().err
    monkeypatch.undo()
    monkeypatch.chdir(folder)
    line = err.strip().splitlines()[-1]
    assert "--nested 2" in line and "--resume" in line
    assert command(["show", str(RUN)]) == 0
    assert "only 1 of 2 folds are done" in capsys.readouterr().out
    assert main(small_program(), shlex.split(line)[3:]) == 0
    told = json.loads((RUN / "summary.json").read_text(encoding="utf-8"))["nested"]
    assert told["done"] == 2


def test_more_folds_than_rows_are_refused_before_the_search(folder: Path, capsys: Any) -> None:
    assert main(small_program(), [*QUICK, "--nested", "81"]) == 2
    assert "needs at least 81 rows" in capsys.readouterr().err and not RUN.exists()


def test_earlier_runs_have_seen_all_rows() -> None:
    plan = SimpleNamespace(warm_start=())
    learnt = {"options": {"warm_start": [{"runs/earlier": 3}]}}
    check = nested_run.check_nested
    check(SimpleNamespace(nested=2), plan, {"options": {}})  # type: ignore[arg-type]
    check(SimpleNamespace(nested=0), plan, learnt)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="earlier runs have seen all rows"):
        check(SimpleNamespace(nested=2), plan, learnt)  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_search_that_learns_from_earlier_ones_is_refused(folder: Path, capsys: Any) -> None:
    assert main(small_program(), [*QUICK, "--run-dir", "earlier"]) == 0
    more = [*QUICK, "--warm-start", "earlier"]
    assert main(small_program(), [*more, "--nested", "2"]) == 2
    assert "Expected a search without --warm-start" in capsys.readouterr().err
    assert main(small_program(), more) == 0
    assert main(small_program(), [*QUICK, "--nested", "2", "--resume"]) == 2


@pytest.mark.slow
@pytest.mark.parametrize("more", [["--folds", "2"], ["--confirm", "2"], ["--split-seed", "5"]])
def test_it_goes_with_other_options(more: list[str], folder: Path, capsys: Any) -> None:
    assert main(small_program(), [*QUICK, "--nested", "2", *more]) == 0
    told = json.loads((RUN / "summary.json").read_text(encoding="utf-8"))["nested"]
    assert told["done"] == 2 and told["mean"] is not None
    header = read(RUN / "nested" / "1" / "journal.jsonl")[0][0]
    main_header = read(RUN / "journal.jsonl")[0][0]
    assert header["training"] == main_header["training"]
    assert header["seed"] != main_header["seed"]
    kinds = [record["kind"] for record in read(RUN / "nested" / "1" / "journal.jsonl")[0]]
    assert ("confirmed" in kinds) == ("--confirm" in more)


def test_clusters_are_cut_by_the_rule_of_the_split() -> None:
    dataset = small_dataset(SimpleNamespace(data="sample"))
    assert nested_run._cutting(dataset) == {
        "groups": None,
        "validation_share": 0.5,
        "largest_share": None,
    }
    grouped = nested_run._cutting(replace(dataset, grouped=True))
    assert len(grouped["groups"]) == 80 and grouped["largest_share"] is None
    assert nested_run._cutting(replace(dataset, clustered=3))["largest_share"] == 0.25
    assert np.isfinite(grouped["groups"]).all()


def test_the_cost_is_told_without_the_start_up_lines_of_tensorflow(
    monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    entered: list[bool] = []

    @contextlib.contextmanager
    def quiet() -> Iterator[None]:
        entered.append(True)
        yield

    monkeypatch.setattr(nested_run, "quiet_import", quiet)
    options = SimpleNamespace(nested=2, seed=0, split_seed=None, quiet=False)
    nested_run.announce_nested(options, small_dataset(SimpleNamespace(data="sample")))  # type: ignore[arg-type]
    assert entered and "2 further searches" in capsys.readouterr().err
