"""Environment variables that no option reads, and where a wrong value came from."""

from __future__ import annotations

import argparse

import pytest

from tftune.beans import PROGRAM as BEANS
from tftune.cli import variables
from tftune.cli.program import main
from tftune.cli.variables import ELSEWHERE, origin, unknown_variables, warning_of
from tftune.hemolysis import PROGRAM as HEMOLYSIS
from tftune.mnist import PROGRAM as MNIST
from tftune.reports.analysis.energy import WATTS_VARIABLE
from tftune.support.limits import LIMITS


def variables_of(which) -> set[str]:
    return {name for option in which.options().options for name in option.variables}


@pytest.mark.parametrize(
    ("variable", "nearest"),
    [
        ("TFTUNE_MAXTRIALS", "TFTUNE_MAX_TRIALS"),
        ("TFTUNE_TRIALS", "TFTUNE_MAX_TRIALS"),
        ("TFTUNE_SEEDS", "TFTUNE_SEED"),
        ("tftune_epochs", "TFTUNE_EPOCHS"),
        ("TF_TUNE_WORKERS", "TFTUNE_WORKERS"),
        ("TFTUNE_RUNDIR", "TFTUNE_RUN_DIR"),
        ("TFTUNE_XYZZY", ""),
    ],
)
def test_a_misspelt_variable_is_found_with_what_was_meant(variable: str, nearest: str) -> None:
    assert unknown_variables({variable: "3", "PATH": "/"}, variables_of(BEANS)) == {
        variable: nearest
    }


def test_variables_of_every_program_are_known() -> None:
    others = {"TFTUNE_CACHE", WATTS_VARIABLE, *(limit.variable for limit in LIMITS)}
    programs = (BEANS, HEMOLYSIS, MNIST)
    every = dict.fromkeys(others.union(*map(variables_of, programs)), "1")
    for which in programs:
        assert unknown_variables(every, variables_of(which)) == {}
    assert set(every) >= ELSEWHERE


def test_the_warning_is_one_short_printable_line() -> None:
    found = {f"TFTUNE_{number}\x1b[2J" + "X" * 5000: "" for number in range(100)}
    line = warning_of(found)
    assert len(line) < 500 and "\x1b" not in line and line.endswith("95 more")
    assert warning_of({}) == ""


def stopped(options: argparse.Namespace):
    raise KeyboardInterrupt


def test_a_program_warns_once(monkeypatch: pytest.MonkeyPatch, tmp_path, capsys) -> None:
    import dataclasses

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(variables, "_warned", set())
    monkeypatch.setenv("TFTUNE_MAXTRIALS", "3")
    for told in (1, 0):
        main(dataclasses.replace(BEANS, load=stopped), [])
        assert capsys.readouterr().err.count("TFTUNE_MAXTRIALS (did you mean ") == told


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("TFTUNE_SEARCH_OPTION", "no=1", "has no option 'no'"),
        ("TFTUNE_WARM_START", "no such place", "is not a run folder"),
        ("TFTUNE_DATA", "no/such/place", "Unknown source"),
        ("TFTUNE_GPU_SHARE", "3", "gpu_share must be"),
    ],
)
def test_an_error_names_the_variables(
    monkeypatch: pytest.MonkeyPatch, tmp_path, capsys, variable: str, value: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(variable, value)
    monkeypatch.delenv("TFTUNE_REPORT", raising=False)  # of the whole suite
    monkeypatch.delenv("TFTUNE_REFERENCES", raising=False)
    monkeypatch.delenv("TFDS_DATA_DIR", raising=False)  # of who runs the suite
    assert main(BEANS, []) in (2, 4)
    told = capsys.readouterr().err
    assert said in told
    assert told.splitlines()[-1] == origin({variable: value})


def test_two_variables_that_contradict_are_named(monkeypatch, capsys) -> None:
    monkeypatch.setenv("TFTUNE_RESUME", "1")
    monkeypatch.setenv("TFTUNE_OVERWRITE", "1")
    with pytest.raises(SystemExit):
        main(BEANS, [])
    assert "set by the environment: TFTUNE_RESUME=1 TFTUNE_OVERWRITE=1" in capsys.readouterr().err


def test_an_origin_is_quoted_and_short() -> None:
    assert origin({"TFTUNE_DATA": "my data"}) == "set by the environment: TFTUNE_DATA='my data'"
    assert len(origin({"TFTUNE_DATA": "\x1b" + "x" * 10_000})) < 120
    assert origin({}) == ""
