"""The reader of .tfrecord files, against TensorFlow's own writer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.datasets.conftest import example, frame
from tftune.datasets.tfrecords import parse_example, read_examples
from tftune.errors import DataError


def test_reads_what_tensorflow_writes(tmp_path: Path) -> None:
    import tensorflow as tf

    path = tmp_path / "some.tfrecord"
    expected = [{"image": bytes([row]) * (row * 1000), "label": row * 50} for row in range(1, 6)]
    with tf.io.TFRecordWriter(str(path)) as writer:
        for row in expected:
            features = {
                "image": tf.train.Feature(
                    bytes_list=tf.train.BytesList(value=[row["image"], b"second"])
                ),
                "label": tf.train.Feature(int64_list=tf.train.Int64List(value=[row["label"], 9])),
                "weight": tf.train.Feature(float_list=tf.train.FloatList(value=[0.5])),
                "nothing": tf.train.Feature(),
                "empty": tf.train.Feature(int64_list=tf.train.Int64List(value=[])),
            }
            writer.write(
                tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()
            )
    assert list(read_examples(path)) == expected


def test_skips_fields_of_other_kinds() -> None:
    label = bytes.fromhex("0a10 0a0e 0a05 6c6162656c 1205 1a03 0a01 02")
    unknown = bytes.fromhex(
        "4801 510000000000000000 5d00000000"
    )  # field 9 a varint, 10 of 64 bits, 11 of 32 bits
    assert parse_example(unknown + label) == {"label": 2}


def test_an_integer_that_is_not_packed_is_read() -> None:
    assert parse_example(bytes.fromhex("0a0f 0a0d 0a05 6c6162656c 1204 1a02 0802")) == {"label": 2}


def test_an_empty_file_has_no_examples(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    assert list(read_examples(tmp_path / "empty")) == []


@pytest.mark.parametrize("kept", [5, 12, 300, -1])
def test_a_cut_off_file_is_named(prepared: Path, kept: int) -> None:
    path = prepared / "beans/0.1.0/beans-test.tfrecord-00000-of-00001"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(DataError, match="beans-test.*is cut off or damaged at record"):
        list(read_examples(path))


@pytest.mark.parametrize(
    "content", [b"\x0a\x05ab", b"\x0b", b"\xff", b"\xff" * 99, b"\x0a\x04\x0a\x02\x0a\x09"]
)
def test_what_is_no_example_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "other").write_bytes(frame(content))
    with pytest.raises(DataError, match=r"Record 0 of .*other is not a tf\.train\.Example"):
        list(read_examples(tmp_path / "other"))


def test_a_giant_length_is_not_allocated(tmp_path: Path) -> None:
    (tmp_path / "giant").write_bytes(b"\xff" * 64)
    with pytest.raises(DataError, match="giant is cut off or damaged at record 0"):
        list(read_examples(tmp_path / "giant"))


@pytest.mark.parametrize("changed", [8, 20, -1])
def test_a_wrong_checksum_is_refused(tmp_path: Path, changed: int) -> None:
    content = bytearray(frame(example(b"picture", 1)) + frame(example(b"other", 2)))
    content[changed] ^= 1
    (tmp_path / "damaged").write_bytes(content)
    with pytest.raises(DataError, match="damaged is cut off or damaged at record"):
        list(read_examples(tmp_path / "damaged"))


@pytest.mark.parametrize(("count", "received"), [(1, "more"), (3, "2"), (0, "more")])
def test_a_record_too_many_or_too_few_is_refused(tmp_path: Path, count: int, received: str) -> None:
    (tmp_path / "some").write_bytes(frame(example(b"picture", 1)) * 2)
    assert len(list(read_examples(tmp_path / "some", 2))) == 2
    with pytest.raises(DataError, match=f"Expected {count} records. Received: {received}"):
        list(read_examples(tmp_path / "some", count))


def test_an_endless_number_ends(tmp_path: Path) -> None:
    (tmp_path / "endless").write_bytes(frame(b"\x80" * 1_000_000))
    with pytest.raises(DataError, match="a number of more than 64 bits"):
        list(read_examples(tmp_path / "endless"))
