"""Folders of photographs as people have them, read through the loader."""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.datasets.conftest import image_bytes
from tftune.datasets.bean_leaves import CLASSES, Dataset, load
from tftune.datasets.image_files import open_files
from tftune.datasets.image_folder import list_images
from tftune.errors import DataError

SPLITS = ("train", "validation", "test")


def fill(
    root: Path, splits: Sequence[str] = SPLITS, classes: Sequence[str] = CLASSES, each: int = 2
) -> Path:
    for split in splits:
        for name in classes:
            folder = root / split / name
            folder.mkdir(parents=True)
            for number in range(each):
                key = f"{split}{name}{number}".encode()
                content = image_bytes(int.from_bytes(key, "big") % 2**32)
                (folder / f"{number}.jpg").write_bytes(content)
    return root


def load_silently(root: Path, **options: object) -> Dataset:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return load(root, image_size=16, cache=root.parent / "cache", **options)


def sizes(dataset: Dataset) -> list[int]:
    return [len(getattr(dataset, split)) for split in SPLITS]


def test_what_systems_leave_behind_is_passed_over(tmp_path: Path) -> None:
    root = fill(tmp_path / "My Drive ✓")
    for name in ("train/.DS_Store", "train/healthy/Thumbs.db", "train/healthy/._0.jpg"):
        (root / name).write_bytes(b"x")
    for name in ("train/__MACOSX/healthy", "train/.ipynb_checkpoints", "@eaDir"):
        (root / name).mkdir(parents=True)
        (root / name / "0.jpg").write_bytes(b"x")
    dataset = load_silently(root)
    assert sizes(dataset) == [6, 6, 6]
    assert "left_out" not in dataset.facts


@pytest.mark.parametrize("form", ["WEBP", "TIFF", "BMP", "GIF", "PNG"])
def test_every_usual_suffix_is_read_in_capitals_too(tmp_path: Path, form: str) -> None:
    root = fill(tmp_path / "a")
    for suffix in (form.lower(), form):
        (root / f"train/healthy/more.{suffix}").write_bytes(image_bytes(9, form))
    (root / "train/healthy/x.tif").write_bytes(image_bytes(5, "TIFF"))
    (root / "train/healthy/deeper").mkdir()
    (root / "train/healthy/deeper/x.jpg").write_bytes(image_bytes(7))  # of the class, as in Keras
    assert sizes(load_silently(root)) == [10, 6, 6]


def test_what_is_left_out_is_counted_and_named(tmp_path: Path) -> None:
    root = fill(tmp_path / "a")
    for number in range(5):
        (root / f"train/healthy/{number}.heic").write_bytes(b"x")
    (root / "notes").write_text("")
    (root / "test/lost.jpg").write_bytes(image_bytes(1))
    (root / "extra/healthy").mkdir(parents=True)
    (root / "extra/healthy/0.png").write_bytes(image_bytes(2, "PNG"))
    (root / "test/healthy/gone.jpg").symlink_to(tmp_path / "nothing")
    with pytest.warns(UserWarning, match="left out") as told:
        dataset = load(root, image_size=16, cache=tmp_path / "cache")
    (message,) = [str(warning.message) for warning in told]
    for part in (
        "6 files were left out, since only .jpg,",
        "5 .heic (train/healthy/0.heic, train/healthy/1.heic, train/healthy/2.heic and 2 more)",
        "1 without an ending (notes)",
        "1 file was left out, since a link leads nowhere: test/healthy/gone.jpg",
        "2 images were left out, since only those in SPLIT/CLASS/ are read: extra/healthy/0.png, ",
    ):
        assert part in message
    assert dataset.facts["left_out"] == 9
    assert Path(told[0].filename).name == Path(__file__).name
    with pytest.warns(UserWarning, match="6 files were left out"):  # from the cache, too
        assert load(root, image_size=16, cache=tmp_path / "cache") == dataset


def test_all_bad_images_of_all_splits_stand_in_one_message(tmp_path: Path) -> None:
    root = fill(tmp_path / "a")
    bad = [root / f"{split}/healthy/bad{n}.jpg" for split in SPLITS for n in range(4)]
    for path in bad:
        path.write_bytes(b"<html>404</html>")
    bad[0].write_bytes(b"")
    bad[1].write_bytes(image_bytes(1)[:-300])
    bad[2].write_bytes(b"\0\0\0\x18ftypheic")
    with pytest.raises(DataError, match=r"; nor 11 more of 30 images") as refusal:
        load(root, image_size=16, cache=tmp_path / "cache")
    message = str(refusal.value)
    assert all(f"{path}: " in message for path in bad)
    assert message.count("it begins like a web page") == 9
    for reason in ("the file is empty", "truncated", "it is a HEIC, AVIF or video file"):
        assert reason in message
    assert "BytesIO" not in message


@pytest.mark.parametrize("inside", ["", "beans/", "download/beans/"])
def test_a_folder_in_a_folder_and_an_archive_are_the_same_data(tmp_path: Path, inside: str) -> None:
    plain = load_silently(fill(tmp_path / "plain"))
    fill(tmp_path / "a" / inside)
    (tmp_path / "a" / "__MACOSX").mkdir()
    archive = Path(shutil.make_archive(str(tmp_path / "b"), "zip", tmp_path / "a"))
    for source in (tmp_path / "a", archive):
        assert load_silently(source).fingerprint == plain.fingerprint


def test_a_damaged_archive_is_named(tmp_path: Path) -> None:
    for content in (b"", b"PK\x03\x04 no more"):
        (tmp_path / "a.zip").write_bytes(content)
        with pytest.raises(DataError, match="a.zip: it is neither a folder nor a whole .zip"):
            load(tmp_path / "a.zip", cache=tmp_path / "cache")
    with pytest.raises(DataError, match=r"no folder .*b\.zip, and no \.zip archive"):
        load(tmp_path / "b.zip", cache=tmp_path / "cache")


@pytest.mark.parametrize("names", [("train", "val", "test"), ("Training", "valid", "TEST")])
def test_splits_may_have_their_other_names(tmp_path: Path, names: tuple[str, ...]) -> None:
    assert sizes(load_silently(fill(tmp_path / "a", names, each=1))) == [3, 3, 3]


def test_a_split_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    root = fill(tmp_path / "a", ("train", "val", "validation", "test"))
    with pytest.raises(DataError, match="has the split 'validation' more than once"):
        load(root, cache=tmp_path / "cache")


def test_a_folder_without_splits_is_split_by_the_seed_and_says_so(tmp_path: Path) -> None:
    root = fill(tmp_path / "a", ("",), each=20)
    said = r"no splits, so .* by the seed {}: 48 train, 6 validation, 6 test"
    with pytest.warns(UserWarning, match=said.format(0)):
        first = load(root, image_size=16, cache=tmp_path / "cache")
    with pytest.warns(UserWarning, match=said.format(1)):
        other = load(root, image_size=16, seed=1, cache=tmp_path / "cache")
    assert (first.facts["split_by_seed"], other.facts["split_by_seed"]) == (0, 1)
    assert first.fingerprint != other.fingerprint
    assert first.facts["leak_rate"] == 0.0
    for split, count in (("train", 16), ("validation", 2), ("test", 2)):
        assert getattr(first, split).load()[1].sum(axis=0).tolist() == [count] * 3
    listing = list_images(open_files(root))
    names = [name for split in SPLITS for name, _ in listing.images[split]]
    assert len(set(names)) == len(names) == 60


def test_too_few_images_to_split_are_refused(tmp_path: Path) -> None:
    root = fill(tmp_path / "a", ("",), each=2)
    with pytest.raises(DataError, match="too few images of class 'angular_leaf_spot'.*Received: 2"):
        load(root, cache=tmp_path / "cache")


@pytest.mark.parametrize("classes", [("cat", "dog"), (*CLASSES, "mosaic"), ("1", "2", "3", "4")])
def test_other_classes_are_read(tmp_path: Path, classes: tuple[str, ...]) -> None:
    dataset = load_silently(fill(tmp_path / "a", classes=classes, each=1))
    assert dataset.classes == tuple(sorted(classes))
    x, y = dataset.train.load()
    assert y.shape == (len(classes), len(classes))
    assert np.array_equal(y, np.eye(len(classes)))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (("train/healthy", "train/Healthy"), "train has the unknown class 'Healthy', which .*Did"),
        (("test/healthy", "test/rust"), "test has the unknown class 'rust', which the other"),
        (("test/healthy", "lost"), "test has no images of class 'healthy'"),
    ],
)
def test_classes_that_differ_between_splits_are_refused(
    tmp_path: Path, changed: tuple[str, str], message: str
) -> None:
    root = fill(tmp_path / "a")
    (root / changed[0]).rename(root / changed[1])
    with pytest.raises(DataError, match=message):
        load(root, cache=tmp_path / "cache")


def test_a_folder_of_one_class_or_none_is_refused(tmp_path: Path) -> None:
    one = fill(tmp_path / "one", classes=("healthy",))
    with pytest.raises(DataError, match="fewer than two classes.*Received: one class, 'healthy'"):
        load(one, cache=tmp_path / "cache")
    flat = tmp_path / "flat"
    flat.mkdir()
    (flat / "1.jpg").write_bytes(image_bytes(1))
    with pytest.raises(DataError, match="fewer than two classes.*Received: no folder with images"):
        load(flat, cache=tmp_path / "cache")


def test_links_in_circles_end(tmp_path: Path) -> None:
    root = fill(tmp_path / "a")
    (root / "train" / "healthy" / "again").symlink_to(root)
    assert sizes(load_silently(root)) == [6, 6, 6]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every name is a text")
@pytest.mark.parametrize("place", ["", "train/"])
def test_a_class_whose_name_is_no_text_is_refused(tmp_path: Path, place: str) -> None:
    splits = ("train", "validation", "test") if place else ("",)
    for split in splits:
        for name in ("a", os.fsdecode(b"b\xff")):
            (folder := tmp_path / split / name).mkdir(parents=True)
            for number in range(3):
                (folder / f"{number}.png").touch()
    with pytest.raises(DataError, match=r"class whose name is no text.*'b\\udcff'. Rename"):
        list_images(open_files(tmp_path))
