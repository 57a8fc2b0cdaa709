"""The data of a run once more, and data it has not seen."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tftune import beans, hemolysis, mnist
from tftune.cli.data_again import (
    foreign_rows,
    hypermodel_of,
    options_of,
    own_data,
    program_of,
    rows_of_file,
    writable,
)
from tftune.datasets import hemolytic_peptides
from tftune.errors import DataError, RunFolderError, UsageError
from tftune.journal.run_folder import RunFolder

ORIGIN = {"command": "", "options": {"data": "sample", "split": "grouped", "seed": 3}}
PEPTIDES: dict[str, Any] = {"task": "hemolysis", "origin": ORIGIN, "model": {"width": 6}}
LEAVES: dict[str, Any] = {
    "task": "beans",
    "data": {"class_names": ["bad", "good"]},
    "model": {"image_size": 16},
}


def test_only_a_program_of_ours_loads_its_data_again() -> None:
    assert program_of(PEPTIDES) is hemolysis.PROGRAM
    assert program_of({"task": "beans", "origin": ORIGIN}) is beans.PROGRAM
    for header in ({"task": "hemolysis"}, {"task": "cli.program", "origin": ORIGIN}, {}):
        assert program_of(header) is None
    assert "tftune.cli.program" in sys.modules  # and is no program


def test_options_are_those_of_then_in_their_own_types() -> None:
    options = options_of(hemolysis.PROGRAM, PEPTIDES)
    assert (options.data, options.split, options.seed) == ("sample", "grouped", 3)
    assert options.space == "core"
    assert options_of(hemolysis.PROGRAM, {**PEPTIDES, "model": {"space": "full"}}).space == "full"
    wrong = {**PEPTIDES, "origin": {"options": {"split": "by moon"}}}
    with pytest.raises(UsageError, match="cannot be loaded again: --split 'by moon'"):
        options_of(hemolysis.PROGRAM, wrong)


def test_own_data_have_the_fingerprint_of_the_search() -> None:
    wanted = hemolytic_peptides.load("sample", seed=3).fingerprint
    header = {**PEPTIDES, "data": {"fingerprint": wanted}}
    assert own_data(hemolysis.PROGRAM, header).fingerprint == wanted
    with pytest.raises(DataError, match="Expected the fingerprint 000. Received: [0-9a-f]{64}"):
        own_data(hemolysis.PROGRAM, {**PEPTIDES, "data": {"fingerprint": "000"}})
    gone = {"options": {**ORIGIN["options"], "data": "/nowhere/peptides"}}
    with pytest.raises(DataError, match="If they are elsewhere now, say where"):
        own_data(hemolysis.PROGRAM, {**header, "origin": gone})


def test_a_folder_that_cannot_be_written_in_is_said(tmp_path: Path) -> None:
    with (
        pytest.raises(
            RunFolderError, match=r"Cannot write in .*: Read-only file system\. Expected"
        ),
        writable(RunFolder(tmp_path)),
    ):
        raise OSError(30, "Read-only file system")


def test_several_inputs_stand_in_a_file_by_their_names(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, x_image=np.zeros((2, 3)), x_age=np.ones(2), y=np.ones(2))
    rows = rows_of_file(path)
    assert set(rows.x) == {"image", "age"} and rows.split == "other" and len(rows.y) == 2
    np.savez(path, x=np.zeros((2, 3)), y=np.ones(2))
    assert rows_of_file(path).x.shape == (2, 3)


def test_peptides_get_the_width_of_the_model(tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text("sequence,label\nAR,1\nKKK,0\n")
    rows = foreign_rows(PEPTIDES, table)
    assert rows.x.tolist() == [[1, 2, 0, 0, 0, 0], [12, 12, 12, 0, 0, 0]]
    assert rows.y.tolist() == [[1.0], [0.0]] and rows.source == str(table)
    with pytest.raises(DataError, match=r"There is no .*b\.csv"):
        foreign_rows(PEPTIDES, tmp_path / "b.csv")


def picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (20, 30), "green").save(path)


def test_leaves_have_the_class_of_their_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("bad/1.png", "good/deep/2.png", "good/3.png", "other/4.png"):
        picture(tmp_path / "all" / name)
    rows = foreign_rows(LEAVES, tmp_path / "all")
    assert rows.x.shape == (3, 16, 16, 3) and rows.x.dtype == np.uint8
    assert rows.names == ("bad/1.png", "good/3.png", "good/deep/2.png")
    assert rows.y.argmax(axis=1).tolist() == [0, 1, 1]
    assert "1 images lie in no folder of a class" in capsys.readouterr().err
    assert len(foreign_rows(LEAVES, tmp_path / "all" / "good").x) == 2  # of one class
    with pytest.raises(DataError, match="no images of the classes .* bad, good"):
        foreign_rows(LEAVES, tmp_path / "all" / "other")


def test_of_a_folder_with_splits_one_is_read(tmp_path: Path) -> None:
    for name in ("train/bad/1.png", "test/bad/2.png", "test/good/3.png", "val/good/4.png"):
        picture(tmp_path / name)
    assert foreign_rows(LEAVES, tmp_path).names == ("test/bad/2.png", "test/good/3.png")
    assert foreign_rows(LEAVES, tmp_path, "validation").names == ("val/good/4.png",)


def test_a_model_is_made_without_its_data() -> None:
    header = {**PEPTIDES, "data": {}, "model": {"width": 7, "space": "full"}}
    model = hypermodel_of(hemolysis.PROGRAM, header)
    assert (model.width, model.space) == (7, "full")
    leaves = {**LEAVES, "origin": {"options": {"image_size": 16, "seed": 0}}}
    assert hypermodel_of(beans.PROGRAM, leaves).classes == 2
    with pytest.raises(KeyError):
        hypermodel_of(hemolysis.PROGRAM, {"origin": ORIGIN})


DIGITS: dict[str, Any] = {
    "task": "mnist",
    "origin": {"options": {"data": "digits", "seed": 0}},
    "data": {"class_names": ["0", "1", "2"], "height": 4, "width": 6, "channels": 1},
    "model": {"height": 4, "width": 6, "channels": 1, "space": "core"},
}


def test_digits_are_read_in_the_layout_of_mnist_and_as_pictures(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    x = np.arange(48).reshape(2, 4, 6)
    np.savez(path, x_test=x, y_test=[2, 0])
    rows = foreign_rows(DIGITS, path)
    assert rows.x.shape == (2, 4, 6, 1) and rows.x.dtype == np.uint8
    assert rows.y.tolist() == [[0, 0, 1], [1, 0, 0]]
    np.savez(path, x=x, y=[3, 0])
    with pytest.raises(DataError, match="labels below 3. Received: .* labels up to 3"):
        foreign_rows(DIGITS, path)
    picture(tmp_path / "all" / "2" / "1.png")
    rows = foreign_rows(DIGITS, tmp_path / "all")
    assert rows.x.shape == (1, 4, 6, 1) and set(rows.x.ravel()) == {75}  # the grey of green
    assert rows.y.tolist() == [[0, 0, 1]]
    model = hypermodel_of(mnist.PROGRAM, DIGITS)
    assert (model.height, model.width, model.channels, model.classes) == (4, 6, 1, 3)


def test_digits_without_labels_are_arrays_or_pictures(tmp_path: Path) -> None:
    from tftune.datasets.unlabelled_digits import digit_rows

    shape = {"shape": [4, 6, 1], "dtype": "uint8"}
    np.save(tmp_path / "many.npy", np.full((3, 4, 6), 0.5))
    np.save(tmp_path / "one.npy", np.full((4, 6), 7))
    np.save(tmp_path / "whole.npy", np.full((2, 4, 6, 1), 7))
    np.save(tmp_path / "other.npy", np.zeros((2, 5, 5)))
    picture(tmp_path / "1.png")
    names = ("many.npy", "one.npy", "whole.npy", "other.npy", "1.png", "none.png")
    found = digit_rows([str(tmp_path / name) for name in names], shape, b"")
    rows = list(found.rows)
    assert found.count == len(rows) == 9
    kinds = [None if row.refused else int(row.value.max()) for row in rows]
    assert kinds == [128, 128, 128, 7, 7, 7, None, 75, None]
    assert all(row.value.shape == (4, 6, 1) for row in rows if not row.refused)
    assert "expected rows of shape (4, 6, 1)" in str(rows[6].refused)
