"""`tftune predict`, and `predict` as the first word of a program, on runs that the programs made of
small data.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

import tftune
from tftune import beans, hemolysis
from tftune.cli.command import main
from tftune.cli.predictor import Predictor
from tftune.cli.program import Program
from tftune.cli.program import main as program_main
from tftune.cli.subcommands.predict import _print_csv, progressing
from tftune.cli.task_words import newest_run
from tftune.datasets.amino_acids import ALPHABET, encode
from tftune.datasets.base import SPLITS, prepare
from tftune.errors import RunFolderError
from tftune.journal.journal import Journal
from tftune.journal.run_folder import RunFolder

SIZE, WIDTH = 16, 20
CLASSES = ("angular_leaf_spot", "bean_rust", "healthy")
QUICK = ["--max-trials", "1", "--epochs", "1", "--workers", "0", "--quiet"]
Printed = pytest.CaptureFixture[str]


def leaves(options: Any) -> Any:
    generator = np.random.default_rng(0)
    x = generator.integers(0, 256, (12, SIZE, SIZE, 3)).astype("uint8")
    y = np.eye(3, dtype="float32")[np.arange(12) % 3]
    return prepare("leaves", "made", ["l"], lambda: (dict.fromkeys(SPLITS, (x, y)), {}), CLASSES)


def peptides(options: Any) -> Any:
    generator = np.random.default_rng(0)
    words = ["".join(generator.choice([*ALPHABET], 12)) for _ in range(12)]
    x, y = encode(words, WIDTH), (np.arange(12) % 2).astype("float32")[:, None]
    splits = dict.fromkeys(SPLITS, (x, y))
    facts = {"width": WIDTH, "leak_rate": 0.0}
    return prepare("peptides", "made", ["p"], lambda: (splits, facts), ("harmless", "hemolytic"))


def small(program: Program, load: Any) -> Program:
    return dataclasses.replace(program, load=load)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with `runs/leaves`, `runs/peptides` and, of an own search, `runs/own`."""
    folder = tmp_path_factory.mktemp("predict")
    before = os.getcwd()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TFTUNE_CACHE", str(folder / "cache"))
        patch.chdir(folder)
        for program, load, name in (
            (beans.PROGRAM, leaves, "leaves"),
            (hemolysis.PROGRAM, peptides, "peptides"),
        ):
            size = ["--image-size", str(SIZE)] if name == "leaves" else []
            arguments = [*QUICK, *size, "--run-dir", f"runs/{name}"]
            assert program_main(small(program, load), arguments) == 0
        own_search()
    os.chdir(before)
    yield folder


def own_search() -> None:
    def build(hp: Any) -> Any:
        hp.Float("rate", 0.01, 0.1)
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, activation="softmax")])
        model.compile("sgd", "sparse_categorical_crossentropy")
        return model

    x, y = np.eye(2, dtype="float32").repeat(6, axis=0), np.arange(12) % 3
    tuner = tftune.Tuner(
        build,
        objective="val_loss",
        max_trials=1,
        workers=0,
        directory="runs",
        project_name="own",
    )
    tuner.search(x, y, validation_data=(x, y), epochs=1, verbose=0)
    tuner.evaluate_best(x, y)


@pytest.fixture
def here(runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory of a test: a copy of nothing but the runs."""
    shutil.copytree(runs / "runs", tmp_path / "runs")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def picture(path: Path, number: int, size: tuple[int, int] = (40, 30), mode: str = "RGB") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(number).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).convert(mode).save(path)
    return path


def answered(capsys: Printed, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
    assert main(["predict", *arguments, "--json"]) == code
    return list(json.loads(capsys.readouterr().out)["predictions"])


@pytest.mark.slow
def test_images_are_answered_as_in_training(here: Path, capsys: Printed) -> None:
    paths = [
        picture(here / "a.png", 1),
        picture(here / "deep" / "er" / "b.jpg", 2, mode="L"),
        picture(here / "deep" / "c.png", 3, mode="RGBA"),
    ]
    entries = answered(capsys, "leaves", "a.png", "deep")
    assert [entry["input"] for entry in entries] == ["a.png", "deep/c.png", "deep/er/b.jpg"]
    from tftune.datasets.images import decode

    order = [paths[0], paths[2], paths[1]]
    pixels = np.stack([decode(path.name, path.read_bytes(), SIZE) for path in order])
    wanted = tftune.load_run("runs/leaves").predict(pixels)
    got = [[entry["probabilities"][name] for name in CLASSES] for entry in entries]
    np.testing.assert_allclose(got, wanted, atol=1e-5)
    assert [entry["class"] for entry in entries] == [CLASSES[row.argmax()] for row in wanted]


def test_what_is_refused_is_named_and_the_others_are_answered(here: Path, capsys: Printed) -> None:
    good = picture(here / "good.png", 1)
    (here / "torn.png").write_bytes(good.read_bytes()[:300])
    (here / "empty.jpg").touch()
    (here / "page.jpg").write_text("<html>")
    (here / "nothing").mkdir()
    (here / "hole.jpg").symlink_to(here / "gone.jpg")
    words = ["torn.png", "empty.jpg", "good.png", "page.jpg", "nothing", "gone.png", "hole.jpg"]
    assert main(["predict", "leaves", *words, "--json"]) == 2
    printed = capsys.readouterr()
    reasons = {
        entry["input"]: entry["error"]
        for entry in json.loads(printed.out)["predictions"]
        if "error" in entry
    }
    assert set(reasons) == set(words) - {"good.png"}
    assert reasons["empty.jpg"] == "the file is empty"
    assert reasons["page.jpg"] == "it begins like a web page"
    assert reasons["gone.png"] == "there is no such file"
    assert "no image below it" in reasons["nothing"]
    assert all(f"refused: {name}: {reason}" in printed.err for name, reason in reasons.items())


def test_sequences_are_answered_as_in_training(here: Path, capsys: Printed) -> None:
    entries = answered(capsys, "peptides", "GLFDIVKK", "kwk")
    wanted = tftune.load_run("runs/peptides").predict(encode(["GLFDIVKK", "KWK"], WIDTH))[:, 0]
    got = [entry["probabilities"]["hemolytic"] for entry in entries]
    np.testing.assert_allclose(got, wanted, atol=1e-6)
    assert [entry["class"] for entry in entries] == [
        "hemolytic" if value >= 0.5 else "harmless" for value in wanted
    ]


def test_files_of_sequences_are_read_without_labels(here: Path, capsys: Printed) -> None:
    (here / "a.fasta").write_text(">p1 of a frog\nGLFD\nIVKK\n>p2\nGLX\n")
    (here / "b.csv").write_text("name;Sequence;label\nx;KWKK;1\ny;;0\n")
    (here / "c.txt").write_text("# a list\nKWK\n\nGIGKFLHS\n")
    np.savez(here / "d.npz", encode(["AAA"]))
    entries = answered(capsys, "peptides", "a.fasta", "b.csv", "c.txt", "d.npz", "e.csv", code=2)
    told = [(entry["input"], entry.get("sequence"), "error" in entry) for entry in entries]
    assert told == [
        ("a.fasta:p1", "GLFDIVKK", False),
        ("a.fasta:p2", "GLX", True),
        ("b.csv:2", "KWKK", False),
        ("b.csv:3", "", True),
        ("c.txt:2", "KWK", False),
        ("c.txt:4", "GIGKFLHS", False),
        ("d.npz[0]", "AAA", False),
        ("e.csv", None, True),
    ]


def test_sequences_that_the_model_does_not_know_are_refused(here: Path, capsys: Printed) -> None:
    words = ["GLX", "A" * (WIDTH + 1), "glFD", "GLF-NH2"]
    errors = [entry["error"] for entry in answered(capsys, "peptides", *words, code=2)]
    assert "'X' is no amino acid" in errors[0]
    assert (
        errors[1] == f"the sequence has {WIDTH + 1} residues, and the model takes at most {WIDTH}"
    )
    assert "small letter" in errors[2]
    assert "an ending" in errors[3]


@pytest.mark.parametrize("run", ["leaves", "peptides", "own"])
def test_words_of_any_kind_are_refused_and_never_a_traceback(
    here: Path, capsys: Printed, run: str
) -> None:
    words = ["", "nowhere", "x" * 10_000, "a\n<script>", "\u202e.fasta", "~", "."]
    entries = answered(capsys, run, *words, code=2)
    assert [entry for entry in entries if "error" not in entry] == []
    assert len(entries) >= len(words)


@pytest.mark.slow
def test_the_standard_input_is_read(
    here: Path, capsys: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b">p\nKWK\n")))
    assert [entry["input"] for entry in answered(capsys, "peptides", "-")] == ["stdin:p"]
    content = picture(here / "a.png", 1).read_bytes()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))
    from_stdin, from_file = answered(capsys, "leaves", "-", "a.png")
    assert from_stdin["probabilities"] == from_file["probabilities"]


def test_csv_has_a_column_a_class_and_the_table_the_top(here: Path, capsys: Printed) -> None:
    picture(here / "a.png", 1)
    assert main(["predict", "leaves", "a.png", "b.png", "--csv"]) == 2
    good, bad = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert sum(float(good[f"probability_{name}"]) for name in CLASSES) == pytest.approx(1, abs=1e-5)
    assert good["probability"] == good[f"probability_{good['class']}"]
    assert bad["error"] == "there is no such file" and bad["class"] == ""
    assert main(["predict", "leaves", "a.png", "--top", "2"]) == 0
    header, row = capsys.readouterr().out.splitlines()
    assert header.split() == ["input", "class", "probability", "class", "probability"]
    assert row.split()[:2] == ["a.png", good["class"]]


def test_a_class_that_is_named_to_deceive_stays_visible_in_csv(capsys: Printed) -> None:
    name = "\x1b[31mred\u202e"
    _print_csv([{"input": "a", "class": name, "probability": 1.0, "probabilities": {name: 1.0}}])
    assert all(line.isprintable() for line in capsys.readouterr().out.splitlines())


def test_an_own_search_takes_arrays(here: Path, capsys: Printed) -> None:
    x = np.array([[0.0, 1.0], [2.0, 0.5]], dtype="float32")
    np.save(here / "x.npy", x)
    np.savez(here / "x.npz", x=x, other=x)
    np.save(here / "wide.npy", np.zeros((2, 3)))
    (here / "torn.npy").write_bytes(b"no array")
    words = ["x.npy", "x.npz", "wide.npy", "torn.npy"]
    entries = answered(capsys, "own", *words, code=2)
    wanted = tftune.load_run("runs/own").predict(x)
    got = [[*entry["probabilities"].values()] for entry in entries[:4]]
    np.testing.assert_allclose(got, [*wanted, *wanted], atol=1e-6)
    assert [entry["input"] for entry in entries[:2]] == ["x.npy[0]", "x.npy[1]"]
    assert "expected rows of shape (2,)" in entries[4]["error"]
    assert "no whole .npy" in entries[5]["error"]


def test_a_search_that_was_interrupted_answers_by_its_best_trial(
    here: Path, capsys: Printed
) -> None:
    (wanted,) = answered(capsys, "peptides", "KWKK")
    (here / "runs" / "peptides" / "best_model.keras").unlink()
    assert main(["predict", "peptides", "KWKK", "--json"]) == 0
    printed = capsys.readouterr()
    (got,) = json.loads(printed.out)["predictions"]
    assert got["probability"] == pytest.approx(wanted["probability"], abs=1e-6)
    assert "the best trial so far answers, 0000 (val_auc" in printed.err


def test_a_better_trial_that_a_running_search_has_found_meanwhile_answers(
    here: Path, capsys: Printed
) -> None:
    (wanted,) = answered(capsys, "peptides", "KWKK")
    folder = RunFolder(here / "runs" / "peptides")
    folder.best_model.unlink()
    predictor = Predictor(folder)
    with Journal(folder.journal) as opened:
        records = {record["kind"]: record for record in opened.records if "trial_id" in record}
        score = {"score": 1.0 + records["end"]["score"]}
        for record in (records["start"] | {"number": 9}, records["end"] | score):
            opened.append(record | {"trial_id": "0009"})
    folder.checkpoint("0000").rename(folder.checkpoint("0009"))  # as a search keeps but the best
    (answer,) = predictor.answers(["KWKK"])
    assert predictor.trial_id == "0009" and "the best trial so far answers, 0009" in (
        capsys.readouterr().err
    )
    assert max(answer.probabilities.values()) == pytest.approx(wanted["probability"], abs=1e-6)


def test_a_torn_model_file_gives_way_to_the_kept_weights(here: Path, capsys: Printed) -> None:
    (here / "runs" / "peptides" / "best_model.keras").write_bytes(b"torn")
    assert main(["predict", "peptides", "KWKK"]) == 0
    printed = capsys.readouterr()
    assert "best_model.keras cannot be loaded" in printed.err
    assert printed.out.splitlines()[1].startswith("KWKK")


def test_a_program_takes_its_newest_finished_run(here: Path, capsys: Printed) -> None:
    assert program_main(hemolysis.PROGRAM, ["predict", "KWKK", "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["run"] == "runs/peptides"
    assert printed.err.startswith("run: runs/peptides\n")
    arguments = ["predict", "--run-dir", "runs/peptides", "KWKK"]
    assert program_main(hemolysis.PROGRAM, arguments) == 0
    assert "run:" not in capsys.readouterr().err
    assert newest_run("beans") == Path("runs/leaves")
    with pytest.raises(RunFolderError, match="no finished run of mnist below"):
        newest_run("mnist")


def test_the_help_of_a_program_names_its_words(capsys: Printed) -> None:
    with pytest.raises(SystemExit) as left:
        program_main(beans.PROGRAM, ["predict", "--help"])
    told = capsys.readouterr().out
    assert left.value.code == 0 and "newest finished run of beans" in told
    assert "the exit code is then 2" in told
    with pytest.raises(SystemExit):
        program_main(beans.PROGRAM, ["--help"])
    assert "python -m tftune.beans predict ..." in capsys.readouterr().out


def test_a_bar_is_drawn_only_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    entries = [{"input": str(number)} for number in range(3)]
    assert list(progressing(iter(entries), 3)) == entries
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert list(progressing(iter(entries), 3)) == entries
    assert "3/3" in capsys.readouterr().err
