"""What a user passed reaches the trials as it is."""

from __future__ import annotations

import pickle
from collections import namedtuple
from pathlib import Path
from typing import Any

import cloudpickle
import keras
import numpy as np
import pytest
import tensorflow as tf

from tftune.errors import UsageError
from tftune.training.inputs import saved
from tftune.training.inputs.arrays import SharedArray, SharedStrings
from tftune.training.inputs.functions import DataFunction
from tftune.training.inputs.saved import SavedDataset
from tftune.training.inputs.transport import SharedPipeline, share, unshare

Pair = namedtuple("Pair", ["left", "right"])
ROWS = np.arange(20, dtype="float32")


@pytest.fixture(autouse=True)
def unseeded() -> None:
    """A seed for all of TensorFlow, set elsewhere, would be one of each shuffle."""
    tf.random.set_seed(None)


def travelled(value: Any, folder: Path) -> Any:
    """What comes out of a child's pipe."""
    shared = share(value, folder, "x")
    payload = cloudpickle.dumps(shared)
    return unshare(pickle.loads(payload))


def elements(dataset: Any) -> list[Any]:
    return [
        tf.nest.map_structure(lambda leaf: np.asarray(leaf).tolist(), element)
        for element in dataset.as_numpy_iterator()
    ]


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6).reshape(2, 3)[:, ::2],
        np.asfortranarray(np.eye(3)),
        np.array(["ab", "c"]),
        np.array(["ä", "", "longer"], dtype=object),
        np.array([b"\xff", b""], dtype=object),
        np.array([["a", "b"], ["c", "d"]], dtype=object),
        np.array([1, "mixed", None], dtype=object),
        np.float32(3) * np.ones(()),
        np.zeros((0, 3)),
    ],
)
def test_an_array_of_any_kind_arrives(array: np.ndarray, tmp_path: Path) -> None:
    back = travelled(array, tmp_path)
    assert back.tolist() == array.tolist() and back.dtype == array.dtype
    assert back.shape == array.shape


def test_what_is_a_file_already_is_not_written_again(tmp_path: Path) -> None:
    np.save(tmp_path / "own.npy", ROWS)
    mapped = np.load(tmp_path / "own.npy", mmap_mode="r")
    assert share(mapped, tmp_path / "data") == SharedArray(str(tmp_path / "own.npy"))
    assert isinstance(share(mapped[2:], tmp_path / "data"), SharedArray)
    assert len(list((tmp_path / "data").iterdir())) == 1


def test_structures_arrive(tmp_path: Path) -> None:
    given = {"pair": Pair(ROWS, [ROWS, None]), "name": "text", "number": 3}
    back = travelled(given, tmp_path)
    assert isinstance(back["pair"], Pair) and back["pair"].right[1] is None
    assert back["pair"].left.tolist() == ROWS.tolist() and back["name"] == "text"


def test_tensors_arrive_as_tensors(tmp_path: Path) -> None:
    ragged = tf.ragged.constant([[1, 2], [3]])
    sparse = tf.sparse.from_dense([[1, 0], [0, 2]])
    half = tf.constant([1.5, 2.5], tf.bfloat16)
    words = tf.constant(["a", "bc"])
    back = travelled([ragged, sparse, half, words, tf.Variable([1.0])], tmp_path)
    assert back[0].to_list() == [[1, 2], [3]]
    assert tf.sparse.to_dense(back[1]).numpy().tolist() == [[1, 0], [0, 2]]
    assert back[2].dtype == tf.bfloat16 and back[2].numpy().tolist() == [1.5, 2.5]
    assert back[3].numpy().tolist() == [b"a", b"bc"] and isinstance(back[4], tf.Tensor)


class Batches(keras.utils.PyDataset):
    """Batches of two rows."""

    def __init__(self, rows: np.ndarray, **options: Any) -> None:
        super().__init__(**options)
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows) // 2

    def __getitem__(self, index: int) -> Any:
        return self.rows[2 * index : 2 * index + 2], np.zeros(2)


def test_arrays_inside_objects_travel_beside_them(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    big = np.arange(100_000, dtype="float64")
    shared = share(Batches(big), tmp_path)
    assert len(shared.payload) < 20_000 and len(list(tmp_path.iterdir())) == 1
    back = travelled([Batches(big), pandas.DataFrame({"a": [1, 2], "b": ["x", "y"]})], tmp_path)
    assert back[0].rows[-1] == 99_999 and len(back[0]) == 50_000
    assert back[1]["b"].tolist() == ["x", "y"]


@pytest.mark.parametrize(
    "make",
    [
        lambda d: d.batch(6),
        lambda d: d.batch(5),
        lambda d: d.batch(20),
        lambda d: d.map(lambda row: {"a": row, "b": (row, tf.as_string(row))}).batch(7),
        lambda d: d.batch(6).map(lambda row: (row[:, None], tf.cast(row, tf.int64))),
        lambda d: d.map(lambda row: tf.fill([tf.cast(row, tf.int32) % 3 + 1], row)).padded_batch(4),
        lambda d: d.window(4).flat_map(lambda w: w.batch(4)),
        lambda d: d.shuffle(20, seed=1, reshuffle_each_iteration=False).batch(3),
        lambda d: d.batch(4).map(lambda row: tf.cast(row, tf.bfloat16)),
        lambda d: d.batch(4).cache().prefetch(1),
        lambda d: d.map(lambda row: row > 3).batch(4),
    ],
)
def test_a_dataset_that_repeats_is_written_down_once(make: Any, tmp_path: Path) -> None:
    dataset = make(tf.data.Dataset.from_tensor_slices(ROWS))
    shared = share(dataset, tmp_path)
    assert isinstance(shared, SavedDataset)
    back = unshare(pickle.loads(cloudpickle.dumps(shared)))
    assert elements(back) == elements(dataset) == elements(back)
    assert back.element_spec == dataset.element_spec
    assert int(back.cardinality()) == len(elements(dataset))


def test_a_generator_inside_a_dataset_is_read_in_this_process(tmp_path: Path) -> None:
    signature = tf.TensorSpec((), tf.int64)
    dataset = tf.data.Dataset.from_generator(lambda: iter(range(5)), output_signature=signature)
    assert elements(travelled(dataset.batch(2), tmp_path)) == [[0, 1], [2, 3], [4]]


@pytest.mark.parametrize(
    "make",
    [
        lambda d: d.shuffle(20).batch(5),
        lambda d: d.repeat().batch(5),
        lambda d: d.map(lambda row: row + tf.random.uniform(())).batch(5),
        lambda d: d.map(lambda row: tf.ragged.range(tf.cast(row, tf.int32))[None]),
    ],
)
def test_a_dataset_that_varies_travels_as_its_pipeline(make: Any, tmp_path: Path) -> None:
    dataset = make(tf.data.Dataset.from_tensor_slices(ROWS))
    shared = share(dataset, tmp_path)
    assert isinstance(shared, SharedPipeline)
    back = unshare(shared)
    assert back.element_spec == dataset.element_spec
    assert int(back.cardinality()) == int(dataset.cardinality())


def test_a_shuffle_without_a_seed_repeats_for_a_trial_and_differs_by_epoch(tmp_path: Path) -> None:
    dataset = tf.data.Dataset.from_tensor_slices(ROWS).shuffle(20).batch(20)
    shared = share(dataset, tmp_path)
    del dataset  # or TensorFlow finds its shuffle in this process
    first, again, other = (unshare(shared, seed) for seed in (1, 1, 2))
    orders = [elements(first)[0], elements(first)[0]]
    assert sorted(orders[0]) == ROWS.tolist() and orders[0] != orders[1]
    assert elements(other)[0] != orders[0]
    assert isinstance(again, tf.data.Dataset)


def test_python_code_that_varies_cannot_travel(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)

    def noisy(row: Any) -> Any:
        return tf.numpy_function(lambda value: value + draw.normal(), [row], tf.float64)

    dataset = tf.data.Dataset.from_tensor_slices(ROWS.astype("float64")).map(noisy).batch(4)
    with pytest.raises(UsageError, match=r"(?s)x, a tf.data.Dataset.*search\(lambda: .*workers=0"):
        share(dataset, tmp_path, "x")


def test_a_generator_cannot_travel(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"(?s)x is a generator.*search\(lambda: .*workers=0"):
        share((value for value in ROWS), tmp_path, "x")
    with pytest.raises(UsageError, match="x, a Batches, cannot be sent.*workers=0"):
        share(Batches(value for value in ROWS), tmp_path, "x")  # type: ignore[arg-type]


def test_functions_travel_with_the_arrays_they_close_over(tmp_path: Path) -> None:
    big = np.arange(100_000)
    shared = share(DataFunction(lambda: big), tmp_path)
    assert len(shared.payload) < 20_000
    assert travelled(DataFunction(lambda: big), tmp_path).make()[-1] == 99_999


def test_a_dataset_beyond_the_limits_leaves_nothing_behind(tmp_path: Path) -> None:
    dataset = tf.data.Dataset.from_tensor_slices(ROWS).batch(4)
    with pytest.raises(saved.TooMuch, match="more than"):
        saved.save_elements(
            saved.numpy_elements(dataset), dataset.element_spec, tmp_path, max_bytes=40
        )
    assert list(tmp_path.iterdir()) == []


def test_strings_are_one_file(tmp_path: Path) -> None:
    words = np.array(["x" * 5000, "", "y"] * 100, dtype=object)
    shared = SharedStrings.write(words, tmp_path)
    assert shared.load().tolist() == words.tolist()
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 600_000
