"""A journal that somebody made by hand, with checksums that are right, does not go on: it is
refused with one message, by the programs and by `Tuner`, and left as it is.
"""

from __future__ import annotations

import copy
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import pytest

import tftune
from tests.cli.test_program import small_program
from tftune.cli.program import main
from tftune.errors import RunFolderError
from tftune.journal.journal import read
from tftune.journal.records import encode_all

WORDS = ["--search", "random", "--epochs", "1", "--workers", "0", "--max-trials", "1"]
WORDS += ["--seed", "1", "--data", "sample"]
FORGED: dict[str, tuple[str, tuple[Any, ...], Any]] = {
    "space of nothing": ("header", ("space",), None),
    "knobs that are numbers": ("header", ("space", "knobs"), [1, 2]),
    "knob without a kind": ("header", ("space", "knobs", 0), {"name": "units"}),
    "objective that is a list": ("header", ("objective",), ["val_accuracy"]),
    "direction that there is not": ("header", ("objective", "direction"), "up"),
    "options that are a text": ("header", ("options",), "x"),
    "training that is a list": ("header", ("training",), [1]),
    "origin that is a text": ("header", ("origin",), "x"),
    "seed that is a text": ("header", ("seed",), "\x1b[2J"),
    "values of another kind": ("start", ("values",), {"units": [[]]}),
    "number that is a text": ("start", ("number",), "first"),
    "epoch that is a text": ("epoch", ("epoch",), "1"),
    "score that is a text": ("end", ("score",), "best"),
    "models that are a number": ("references", ("models",), 7),
    "metrics that are no intervals": ("references", ("models", 0, "metrics"), {"accuracy": 0}),
    "reason that is a list": ("finish", ("reason",), ["done"]),
}


def build(hp: Any) -> keras.Model:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(hp.Int("units", 1, 4))])
    model.compile("sgd", "mse")
    return model


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("forged") / "run"
    assert main(small_program(), [*WORDS, "--no-report", "--run-dir", str(folder)]) == 0
    yield folder


def forged(searched: Path, folder: Path, name: str) -> bytes:
    kind, place, value = FORGED[name]
    records = copy.deepcopy(read(searched / "journal.jsonl")[0])
    found = [each for each in records if each["kind"] == kind]
    if not found:  # the small program has none
        models = [{"name": "majority", "metrics": {}}]
        found = [{"kind": kind, "split": "test", "models": models, "notes": [], "time": 2e9}]
        records += found
    part: Any = found[0]
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = value
    shutil.copytree(searched, folder)
    (folder / "journal.jsonl").write_bytes(encode_all(records))
    return (folder / "journal.jsonl").read_bytes()


@pytest.mark.quick("space*", "metrics*", "score*")
@pytest.mark.parametrize("name", FORGED)
def test_a_program_refuses_to_go_on(
    name: str, searched: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    before = forged(searched, folder, name)
    capsys.readouterr()
    code = main(small_program(), [*WORDS, "--no-report", "--run-dir", str(folder), "--resume"])
    told = capsys.readouterr().err
    assert code in (0, 2) and "Traceback" not in told and "nobody expected" not in told, told
    assert "\x1b" not in told and len(told) < 4000
    if code:
        assert told.count("error: ") == 1
        assert (folder / "journal.jsonl").read_bytes() == before


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", ["pipe", "link"])
def test_a_journal_that_is_no_file_does_not_go_on(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder := tmp_path / "run").mkdir()
    if kind == "pipe":
        os.mkfifo(folder / "journal.jsonl")
    else:
        (folder / "journal.jsonl").symlink_to("/dev/zero")
    assert main(small_program(), [*WORDS, "--run-dir", str(folder), "--resume"]) == 2
    assert "journal.jsonl' cannot be read: it is a" in capsys.readouterr().err


def test_a_tuner_refuses_a_forged_journal(searched: Path, tmp_path: Path) -> None:
    before = forged(searched, tmp_path / "run", "score that is a text")
    with pytest.raises(RunFolderError, match="is not a journal of tftune.*'score'.*is a str"):
        tftune.Tuner(build, "random", objective="loss", directory=tmp_path, project_name="run")
    assert (tmp_path / "run" / "journal.jsonl").read_bytes() == before
