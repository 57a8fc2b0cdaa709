"""Duplicates, leaks and contradictions of hand-made data, from every kind of source."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.datasets.test_picture_hashes import scenes
from tftune.datasets.checkable import of_arrays, read
from tftune.datasets.data_check import check
from tftune.datasets.labelled import Labelled
from tftune.datasets.split_check import split_check
from tftune.errors import DataError


@pytest.fixture(scope="module")
def leaves() -> np.ndarray:
    return scenes(12, 80, seed=1)


@pytest.fixture
def photographs(leaves: np.ndarray, tmp_path: Path) -> Path:
    """Train and test, no validation; a copy and a re-encoded, resized one cross the border."""
    for row, pixels in enumerate(leaves):
        split = "train" if row < 8 else "test"
        place = tmp_path / "photographs" / split / ("rust" if row % 2 else "healthy")
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(place / f"{row}.png")
    test = tmp_path / "photographs/test"
    Image.fromarray(leaves[0]).save(test / "healthy/copy.png")
    Image.fromarray(leaves[1]).resize((60, 60)).save(test / "healthy/small.jpg", quality=60)
    (test / "notes.txt").write_text("none")
    return tmp_path / "photographs"


def test_copies_in_a_folder_of_pictures_are_found(photographs: Path) -> None:
    found = check(read(str(photographs)))
    json.dumps(found, allow_nan=False)
    assert found["kind"] == "pictures" and found["rows"] == {"train": 8, "test": 6}
    assert found["classes"]["test"] == {"healthy": 4, "rust": 2}
    assert found["exact"]["rows"] == 1 and found["near"]["pairs"] == 1
    assert found["exact"]["across"]["test"]["train"] == round(1 / 6, 6)
    assert found["near"]["across"]["test"]["train"] == round(2 / 6, 6)
    pair = {"train/rust/1.png", "test/healthy/small.jpg"}
    assert [set(names) for names in found["near"]["examples"]] == [pair]
    assert {"train/healthy/0.png", "test/healthy/copy.png"} == set(found["exact"]["examples"][0])
    assert found["contradictions"]["inputs"] == 0 and found["contradictions"]["near_pairs"] == 1
    assert found["remarks"] == ["1 file is no picture, and left out."]


def test_an_archive_and_its_folder_tell_the_same(photographs: Path, tmp_path: Path) -> None:
    archive = tmp_path / "photographs.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        for path in sorted(photographs.rglob("*.*")):
            opened.write(path, path.relative_to(photographs.parent))
    of_folder, of_archive = check(read(str(photographs))), check(read(str(archive)))
    assert of_folder["near"]["across"] == of_archive["near"]["across"]
    assert of_folder["classes"] == of_archive["classes"]


def test_a_folder_without_splits_or_classes_is_one_part(leaves: np.ndarray, tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        Image.fromarray(leaves[0]).save(tmp_path / name)
    found = check(read(str(tmp_path)))
    assert found["rows"] == {"all": 2} and found["exact"]["rows"] == 1
    assert found["classes"] == {"all": {"without a class": 2}}
    (tmp_path / "cats").mkdir()
    Image.fromarray(leaves[0]).save(tmp_path / "cats/c.png")
    found = check(read(str(tmp_path)))
    assert found["contradictions"]["inputs"] == 1  # with and without a class


def test_one_picture_in_two_classes_has_a_ceiling(leaves: np.ndarray, tmp_path: Path) -> None:
    for row, kind in ((0, "a"), (0, "b"), (1, "a"), (2, "b")):
        (tmp_path / kind).mkdir(exist_ok=True)
        Image.fromarray(leaves[row]).save(tmp_path / kind / f"{row}.png")
    found = check(read(str(tmp_path)))
    assert found["contradictions"]["inputs"] == 1 and found["contradictions"]["rows"] == 2
    assert found["contradictions"]["examples"] == [{"a": "a/0.png", "b": "b/0.png"}]
    assert found["ceiling"]["accuracy"] == 0.75 and found["ceiling"]["auc"] == 0.875


def test_peptides_of_a_table_are_sequences(tmp_path: Path) -> None:
    lines = ("GLFDIVKK,1", "GLFDIVKK,0", "GLFDIVK,0", "WWWWWWWW,1", "WWWWWWWW,1", "AAAA,0")
    (tmp_path / "peptides.csv").write_text("sequence,label\n" + "\n".join(lines))
    data = read(str(tmp_path / "peptides.csv"))
    found = check(data)
    assert found["inputs"] == 4 and found["exact"]["rows"] == 2
    assert found["near"]["pairs"] == 1
    assert found["near"]["examples"] == [["row 0, GLFDIVKK", "row 2, GLFDIVK"]]
    assert found["contradictions"]["inputs"] == 1
    assert found["contradictions"]["near_pairs"] == 0  # one of the two is not sure itself
    assert found["ceiling"]["accuracy"] == round(5 / 6, 6)


def test_each_kind_of_split_tells_what_it_leaks() -> None:
    table = split_check(read("sample"))
    assert list(table) == ["grouped", "clustered", "random"]
    assert table["clustered"]["leak_rate_within_3"] == table["grouped"]["leak_rate"] == 0.0
    assert 0.2 < table["random"]["leak_rate"] <= table["random"]["near_leak_rate"] < 0.6
    assert all(sum(one["rows"].values()) == 1533 for one in table.values())


def saved(folder: Path, **arrays: Any) -> str:
    np.savez(folder / "data.npz", **arrays)
    return str(folder / "data.npz")


def test_arrays_with_x_and_y_are_rows_and_targets_have_an_r2(tmp_path: Path) -> None:
    x = np.array([[1.0, 2], [1, 2], [3, 4], [5, 6]])
    found = check(read(saved(tmp_path, x=x, y=[0, 1, 1, 0])))
    assert found["kind"] == "rows" and found["near"] is None
    assert found["contradictions"]["inputs"] == 1 and found["ceiling"]["accuracy"] == 0.75
    targets = np.array([0.0, 1.0, 2.5, 3.5])
    found = check(read(saved(tmp_path, x=x, y=targets)))
    assert found["classes"] == {} and found["contradictions"]["examples"] == [
        {"0": "all row 0", "1": "all row 1"}
    ]
    best = np.array([0.5, 0.5, 2.5, 3.5])
    left = np.square(targets - best).sum() / np.square(targets - targets.mean()).sum()
    assert found["ceiling"] == {"r2": pytest.approx(1 - left, abs=1e-6)}


@pytest.mark.parametrize("labels", [["no", "yes", "no"], [0.0, 1.0, 0.0], [[1, 0], [0, 1], [1, 0]]])
def test_labels_of_any_usual_form_are_classes(tmp_path: Path, labels: Any) -> None:
    found = check(read(saved(tmp_path, x=np.eye(3), y=np.array(labels))))
    assert list(found["classes"]["all"].values()) == [2, 1]
    assert found["majority"] == round(2 / 3, 6)


def test_split_arrays_of_pictures_are_compared_across(leaves: np.ndarray) -> None:
    grey = leaves[..., 0].astype(np.float32) / 255
    arrays = {"x_train": grey[:8], "y_train": np.arange(8) % 2}
    arrays |= {"x_test": grey[[0, 9]] * 0.9, "y_test": np.array([[0], [1]])}
    arrays["y_train"] = arrays["y_train"][:, np.newaxis]
    found = check(of_arrays("hand", arrays))
    assert found["kind"] == "pictures" and found["rows"] == {"train": 8, "test": 2}
    assert found["exact"]["across"]["test"]["train"] == 0.0
    assert found["near"]["across"]["test"]["train"] == 0.5
    assert found["near"]["examples"] == [["train row 0", "test row 0"]]


def test_texts_and_codes_are_sequences_if_it_is_said(tmp_path: Path) -> None:
    texts = np.array(["GLFD", "GLF", "WWWW"])
    assert check(read(saved(tmp_path, x=texts, y=[1, 0, 1])))["near"]["pairs"] == 1
    codes = np.array([[1, 2, 3], [1, 2, 0], [200, 7, 7]])
    assert check(read(saved(tmp_path, x=codes, y=[1, 0, 1])))["near"] is None
    found = check(read(saved(tmp_path, x=codes, y=[1, 0, 1]), "sequences"))
    assert found["near"]["pairs"] == 1 and found["contradictions"]["near_pairs"] == 1


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"a": [1]}, "has no inputs with labels.*Received: a. Write it"),
        ({"x": [[1], [2]], "y": [1]}, "Expected 2 labels.*Received: int64 of shape"),
        ({"x": [[1], [2]], "y": [0.5, np.nan]}, "not finite.*Received: nan in row 1"),
        ({"x_train": [[1]], "y_train": [1], "x_test": [[1, 2]], "y_test": [1]}, "differ in shape"),
        ({"x": np.zeros((0, 2)), "y": []}, "or there are none"),
        ({"x": [[1j]], "y": [1]}, "of a kind that is not read.*complex"),
    ],
)
def test_unfit_arrays_are_refused(tmp_path: Path, arrays: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(saved(tmp_path, **{name: np.array(value) for name, value in arrays.items()}))


def test_what_is_no_source_is_refused_with_all_that_are(tmp_path: Path) -> None:
    (tmp_path / "table.xlsx").write_bytes(b"PK")
    (tmp_path / "empty").mkdir()
    for name, message in (
        ("gone", "There is no such file or folder. Expected download, sample, tfds"),
        ("table.xlsx", "It is of another kind. Expected"),
        ("empty", "holds no pictures, and nothing else"),
    ):
        with pytest.raises(DataError, match=message):
            read(str(tmp_path / name))
    (tmp_path / "bad.npz").write_bytes(b"no archive")
    with pytest.raises(DataError, match="it is no .npz file"):
        read(str(tmp_path / "bad.npz"))


def test_a_damaged_picture_is_named(photographs: Path) -> None:
    file = io.BytesIO(b"<html>")
    (photographs / "train/rust/bad.jpg").write_bytes(file.getvalue())
    with pytest.raises(DataError, match="bad.jpg: it begins like a web page"):
        read(str(photographs))


def test_twins_count_in_both_directions_and_within_a_split_not_at_all() -> None:
    inputs = np.array([0, 1, 1, 0, 2, 3])  # the first is in both parts
    parts = np.array([0, 0, 0, 1, 1, 1])
    labels = np.zeros(6, np.int64)
    data = Labelled("hand", "rows", inputs, labels, ("a",), parts, ("train", "test"), "abcdef")
    found = check(data)["exact"]
    assert found["rows"] == 2
    assert found["across"] == {
        "train": {"test": round(1 / 3, 6)},
        "test": {"train": round(1 / 3, 6)},
    }
    assert found["examples"][0] == ["a", "d"]  # what crosses a border comes first


@pytest.mark.parametrize(("parts", "rows"), [([0, 0, 0, 1], "ad"), ([0, 0, 0, 0], "ab")])
def test_an_example_of_a_leak_shows_both_sides_of_the_border(parts: list[int], rows: str) -> None:
    given = (np.zeros(4, np.int64), ("no",), np.array(parts), ("train", "test"), "abcd")
    equal = Labelled("hand", "rows", np.zeros(4, np.int64), *given)
    assert check(equal)["exact"]["examples"] == [list(rows)]
    near = Labelled("hand", "sequences", np.array([0, 1, 0, 1]), *given, texts=("GLFD", "GLF"))
    assert check(near)["near"]["examples"] == [list(rows)]


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        (np.zeros((4, 0)), r"does not fit its inputs.*shape \(4, 0\)"),
        (np.array([[1, 1, 0]] * 4), r"several columns.*Received: \[1, 1, 0\] in row 0. Give one"),
        (np.array([[1.0, 0], [0.2, 0.7], [0, 1], [1, 0]]), r"\[0.2, 0.7\] in row 1"),
        (np.full((4, 2), np.nan), r"\[nan, nan\] in row 0"),
        (np.array([["a", "b"]] * 4), r"\['a', 'b'\] in row 0"),
    ],
    ids=["no column", "several labels", "targets", "NaN", "texts"],
)
def test_columns_that_are_no_classes_are_refused(labels: np.ndarray, told: str) -> None:
    with pytest.raises(DataError, match=told):
        of_arrays("hand", {"x": np.arange(4), "y": labels})


def test_splits_whose_labels_have_other_columns_are_refused() -> None:
    arrays = {"x_train": np.zeros((2, 3)), "y_train": np.array([0, 1])}
    arrays |= {"x_test": np.ones((2, 3)), "y_test": np.eye(2)}
    with pytest.raises(DataError, match=r"differ in shape.*\(2,\), \(2, 2\). Write them alike"):
        of_arrays("hand", arrays)


def test_bytes_are_read_as_text_of_any_language() -> None:
    x = np.array(["bl\u00e9".encode(), b"rice", b"rice"])
    y = np.array(["gr\u00fcn".encode(), b"red", b"red"])
    data = of_arrays("hand", {"x": x, "y": y})
    assert list(data.texts) == ["bl\u00e9", "rice"] and data.classes == ("gr\u00fcn", "red")


def test_pictures_without_a_number_are_refused() -> None:
    x = np.full((3, 8, 8), np.nan)
    with pytest.raises(DataError, match="not finite"):
        of_arrays("hand", {"x": x, "y": np.array([0, 1, 0])})
