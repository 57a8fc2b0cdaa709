"""The loader of the bean leaves, from TFDS and from folders."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
import types
from pathlib import Path

import numpy as np
import pytest

from tests.datasets.conftest import frame
from tftune.datasets import bean_leaves, prepared_beans
from tftune.datasets.bean_leaves import CLASSES, load
from tftune.errors import DataError, UsageError


def check_splits(dataset: bean_leaves.Dataset, size: int) -> None:
    for split, count in (("train", 6), ("validation", 3), ("test", 3)):
        x, y = getattr(dataset, split).load()
        assert (x.shape, x.dtype, y.shape, y.dtype) == (
            (count, size, size, 3),
            np.uint8,
            (count, 3),
            np.float32,
        )
        assert y.sum(axis=0).tolist() == [count / 3] * 3
    assert dataset.classes == CLASSES == ("angular_leaf_spot", "bean_rust", "healthy")


def test_prepared_beans_are_read_by_argument_or_variable(
    prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_argument = load(data_dir=prepared, image_size=32, cache=tmp_path / "cache")
    check_splits(by_argument, 32)
    monkeypatch.setenv("TFDS_DATA_DIR", str(prepared))
    assert load(image_size=32, cache=tmp_path / "cache") == by_argument
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "elsewhere"))
    assert load(data_dir=prepared, image_size=32, cache=tmp_path / "cache") == by_argument
    for deeper in (prepared / "beans", prepared / "beans" / "0.1.0"):
        assert (
            load(data_dir=deeper, image_size=32, cache=tmp_path / "cache").fingerprint
            == by_argument.fingerprint
        )


def test_a_prepared_folder_given_as_source_is_read_too(prepared: Path, tmp_path: Path) -> None:
    assert (
        load(prepared, cache=tmp_path / "cache").fingerprint
        == load(data_dir=prepared, cache=tmp_path / "cache").fingerprint
    )


def test_the_newest_whole_version_is_taken(prepared: Path) -> None:
    beans = prepared / "beans"
    for name in ("0.0.9", "0.10.0", "0.2.0", "0.11.0.incompleteABC"):
        shutil.copytree(beans / "0.1.0", beans / name)
    assert prepared_beans.find(prepared) == beans / "0.10.0"


def test_another_dataset_of_tfds_is_not_taken_for_beans(prepared: Path) -> None:
    info = prepared / "beans" / "0.1.0" / "dataset_info.json"
    for content in ('{"name": "mnist"}', "cut o", "[]"):
        info.write_text(content)
        assert prepared_beans.find(prepared) is None


def test_sizes_are_kept_apart(prepared: Path, tmp_path: Path) -> None:
    small, large = (
        load(data_dir=prepared, image_size=size, cache=tmp_path / "cache") for size in (16, 48)
    )
    check_splits(small, 16)
    check_splits(large, 48)
    assert small.fingerprint != large.fingerprint


def test_the_second_load_decodes_nothing(
    prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load(data_dir=prepared, cache=tmp_path / "cache")
    monkeypatch.setattr(
        bean_leaves, "decode_all", lambda images, size: pytest.fail("decoded again")
    )
    assert load(data_dir=prepared, cache=tmp_path / "cache") == first


def test_a_damaged_cache_entry_is_built_again(prepared: Path, tmp_path: Path) -> None:
    first = load(data_dir=prepared, cache=tmp_path / "cache")
    expected = np.array(first.train.load()[0])
    first.train.x.write_bytes(first.train.x.read_bytes()[:-100])
    again = load(data_dir=prepared, cache=tmp_path / "cache")
    assert again == first
    np.testing.assert_array_equal(again.train.load()[0], expected)


def test_equal_pixels_in_train_and_test_are_counted(photographs: Path, tmp_path: Path) -> None:
    shutil.copy(photographs / "train/healthy/0.png", photographs / "test/healthy/copy.png")
    facts = load(photographs, cache=tmp_path / "cache").facts
    assert (facts["image_size"], facts["leak_rate"], facts["validation_leak_rate"]) == (64, 0.25, 0)
    assert facts["near_leak_rate"] >= 0.25


def test_loading_imports_no_tensorflow(prepared: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from tftune.datasets.bean_leaves import load; "
        f"load(data_dir={str(prepared)!r}, cache={str(tmp_path)!r}); load('sample', image_size=16, "
        f"cache={str(tmp_path)!r}); "
        "print([name for name in sys.modules if name.split('.')[0] in ('tensorflow', 'keras', "
        "'tensorflow_datasets')])"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        == "[]"
    )


def test_offline_is_said_at_once_with_the_ways_out(tmp_path: Path) -> None:
    started = time.monotonic()
    pattern = (
        r"looked for .*nowhere.*dataset_info\.json, and they cannot be downloaded: "
        r".*--data-dir .*TFDS_DATA_DIR; --data sample .*FOLDER"
    )
    with pytest.raises(DataError, match=pattern):
        load(data_dir=tmp_path / "nowhere", cache=tmp_path / "cache")
    assert time.monotonic() - started < 5
    assert list(tmp_path.iterdir()) == []


def fake_tfds(monkeypatch: pytest.MonkeyPatch, prepare: object) -> None:
    """An online TFDS whose builder calls `prepare(data_dir)`."""

    def builder(name: str, data_dir: str) -> types.SimpleNamespace:
        return types.SimpleNamespace(download_and_prepare=lambda: prepare(Path(data_dir)))

    monkeypatch.setitem(sys.modules, "tensorflow_datasets", types.SimpleNamespace(builder=builder))
    monkeypatch.setattr(prepared_beans, "reachable", lambda url: None)


def test_a_download_is_prepared_once_into_the_data_dir(
    prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def prepare(data_dir: Path) -> None:
        calls.append(data_dir)
        print("Downloading and preparing")
        (data_dir / "downloads").mkdir()
        shutil.copytree(prepared / "beans", data_dir / "beans")

    fake_tfds(monkeypatch, prepare)
    target = tmp_path / "new"
    dataset = load(data_dir=target, cache=tmp_path / "cache")
    check_splits(dataset, 64)
    assert load(data_dir=target, cache=tmp_path / "cache") == dataset
    assert len(calls) == 1
    assert [path.name for path in target.iterdir()] == ["beans"]


def test_a_failed_download_leaves_nothing_and_stdout_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(data_dir: Path) -> None:
        print("Downloading and preparing")
        (data_dir / "beans").mkdir()
        raise ConnectionError("reset by peer")

    fake_tfds(monkeypatch, fail)
    with pytest.raises(
        DataError, match="TFDS could not prepare them: ConnectionError: reset by peer. Ways out: "
    ):
        load(data_dir=tmp_path / "new", cache=tmp_path / "cache")
    assert list((tmp_path / "new").iterdir()) == []
    assert capsys.readouterr().out == ""  # with --json, stdout is the summary and nothing else


def test_tfds_that_prepares_nothing_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_tfds(monkeypatch, lambda data_dir: None)
    with pytest.raises(DataError, match="TFDS ended without preparing them"):
        load(data_dir=tmp_path, cache=tmp_path / "cache")


def test_a_data_dir_that_cannot_be_made_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_tfds(monkeypatch, lambda data_dir: None)
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="and cannot write there: .*Ways out"):
        load(data_dir=tmp_path / "file" / "deeper", cache=tmp_path / "cache")


def test_a_missing_split_of_the_prepared_data_is_named(prepared: Path, tmp_path: Path) -> None:
    (prepared / "beans/0.1.0/beans-test.tfrecord-00000-of-00001").unlink()
    with pytest.raises(DataError, match="lack split 'test': expected 1 file.*Received: 0 file"):
        load(data_dir=prepared, cache=tmp_path / "cache")


def test_another_file_format_is_named(prepared: Path, tmp_path: Path) -> None:
    info = prepared / "beans/0.1.0/dataset_info.json"
    info.write_text(json.dumps(json.loads(info.read_text()) | {"fileFormat": "array_record"}))
    with pytest.raises(DataError, match="tfrecord.*Received: .*'array_record'"):
        load(data_dir=prepared, cache=tmp_path / "cache")


def sealed(path: Path, content: bytes) -> None:
    """Writes records whose contents were changed, with checksums that are right again."""
    frames, place = [], 0
    while place < len(content):
        length = int.from_bytes(content[place : place + 8], "little")
        frames.append(frame(content[place + 12 : place + 12 + length]))
        place += length + 16
    path.write_bytes(b"".join(frames))


def test_a_record_without_an_image_is_named(prepared: Path, tmp_path: Path) -> None:
    path = prepared / "beans/0.1.0/beans-test.tfrecord-00000-of-00001"
    sealed(path, path.read_bytes().replace(b"image", b"photo"))
    with pytest.raises(DataError, match="Record 0 of .*beans-test.* has no image or no label"):
        load(data_dir=prepared, cache=tmp_path / "cache")


def test_a_record_with_a_damaged_image_is_named(prepared: Path, tmp_path: Path) -> None:
    path = prepared / "beans/0.1.0/beans-validation.tfrecord-00000-of-00001"
    damaged = path.read_bytes().replace(b"JFIF", b"XXXX")
    sealed(path, damaged.replace(b"\xff\xd8\xff", b"\x00\x00\x00"))
    with pytest.raises(DataError, match="Cannot read the image .*beans-validation.*, record 0"):
        load(data_dir=prepared, cache=tmp_path / "cache")
    assert not (tmp_path / "cache" / "bean_leaves").exists()


def test_a_folder_of_photographs_is_read(photographs: Path, tmp_path: Path) -> None:
    (photographs / "train" / "healthy" / ".hidden.jpg").write_text("no image")
    (photographs / "train" / "healthy" / "notes.txt").write_text("no image")
    (photographs / ".cache").mkdir()
    dataset = load(photographs, image_size=32, cache=tmp_path / "cache")
    check_splits(dataset, 32)
    assert dataset.source == str(photographs)


def test_a_changed_photograph_is_read_again(photographs: Path, tmp_path: Path) -> None:
    first = load(photographs, cache=tmp_path / "cache").fingerprint
    shutil.copy(photographs / "train/healthy/0.png", photographs / "train/healthy/1.png")
    assert load(photographs, cache=tmp_path / "cache").fingerprint != first


def test_an_unreadable_image_is_named(photographs: Path, tmp_path: Path) -> None:
    broken = photographs / "validation" / "bean_rust" / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 no more")
    started = time.monotonic()
    with pytest.raises(DataError, match=rf"Cannot read the image {broken}"):
        load(photographs, cache=tmp_path / "cache")
    assert time.monotonic() - started < 5
    assert not (tmp_path / "cache" / "bean_leaves").exists()


def test_a_photograph_that_vanishes_is_named(photographs: Path, tmp_path: Path) -> None:
    (photographs / "test" / "healthy" / "gone.jpg").symlink_to(tmp_path / "nothing")
    (photographs / "test" / "healthy" / "folder.jpg").mkdir()
    assert len(load(photographs, cache=tmp_path / "cache").test) == 3  # neither is a file
    from tftune.datasets.image_folder import read_image

    with pytest.raises(DataError, match="Cannot read the image .*gone.jpg: there is no such file"):
        read_image(photographs / "test" / "healthy" / "gone.jpg")


@pytest.mark.parametrize(
    ("gone", "message"),
    [
        (
            "validation",
            "has no split 'validation'. Expected SPLIT/CLASS/image.jpg .*Received: test, train.",
        ),
        (
            "test/bean_rust",
            "test has no images of class 'bean_rust'. .*Received: angular_leaf_spot, healthy.",
        ),
        ("train/healthy/*", "train has no images of class 'healthy'"),
    ],
)
def test_what_a_folder_lacks_is_named(
    photographs: Path, tmp_path: Path, gone: str, message: str
) -> None:
    for path in photographs.glob(gone):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(DataError, match=message):
        load(photographs, cache=tmp_path / "cache")


def test_an_unknown_class_is_named(photographs: Path, tmp_path: Path) -> None:
    (photographs / "train" / "mosaic").mkdir()
    with pytest.raises(
        DataError,
        match="train has the unknown class 'mosaic'. .*angular_leaf_spot, bean_rust, healthy",
    ):
        load(photographs, cache=tmp_path / "cache")


@pytest.mark.parametrize("source", ["beans", "missing/folder", ""])
def test_an_unknown_source_is_refused(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    with pytest.raises(DataError, match="Unknown source of bean leaves|has no split 'train'"):
        load(source, cache=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_impossible_sizes_and_seeds_are_refused() -> None:
    with pytest.raises(
        UsageError, match="image_size must be an integer from 16 to 512 pixels. Received: 8"
    ):
        load("sample", image_size=8)
    with pytest.raises(UsageError, match="seed must be an integer"):
        load("sample", seed=-1)
