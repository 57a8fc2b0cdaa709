"""The pipeline's batches: every row once an epoch, in an order of (seed, epoch) alone, the same by
either way of making them.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tftune.training import batches
from tftune.training.batches import shuffled_batches

X = np.arange(46, dtype="uint8").reshape(23, 2)
Y = np.arange(23, dtype="float32").reshape(23, 1)


def epochs(
    batch_size: int, seed: int | None, first: int = 0, last: int = 3
) -> list[list[tuple[np.ndarray, np.ndarray]]]:
    found = list(shuffled_batches((X, Y), batch_size, seed, first, last).as_numpy_iterator())
    steps = len(found) // (last - first)
    return [found[index * steps : (index + 1) * steps] for index in range(last - first)]


@pytest.fixture(params=["a whole epoch", "batch by batch"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(
        batches, "MAX_BYTES_OF_AN_EPOCH", 10**9 if request.param == "a whole epoch" else 0
    )
    return str(request.param)


@pytest.mark.parametrize(
    ("batch_size", "sizes"), [(5, [5, 5, 5, 5, 3]), (23, [23]), (1, [1] * 23), (22, [22, 1])]
)
def test_every_row_comes_once_an_epoch_with_its_label(
    way: str, batch_size: int, sizes: list[int]
) -> None:
    orders = []
    for epoch in epochs(batch_size, seed=3):
        assert [len(x) for x, _ in epoch] == [len(y) for _, y in epoch] == sizes
        labels = np.concatenate([y for _, y in epoch])[:, 0].astype(int)
        assert sorted(labels) == list(range(23))
        assert np.array_equal(np.concatenate([x for x, _ in epoch]), X[labels])
        orders.append(labels.tolist())
    assert len({tuple(order) for order in orders}) == 3 and orders[0] != sorted(orders[0])


def test_without_a_seed_the_rows_keep_their_order(way: str) -> None:
    for epoch in epochs(5, seed=None):
        assert np.array_equal(np.concatenate([x for x, _ in epoch]), X)


def test_an_epoch_is_the_same_wherever_the_training_begins(way: str) -> None:
    whole, later = epochs(5, seed=3), epochs(5, seed=3, first=2, last=3)
    for (x, y), (x_again, y_again) in zip(whole[2], later[0], strict=True):
        assert np.array_equal(x, x_again) and np.array_equal(y, y_again)


@pytest.mark.parametrize("batch_size", [5, 23])
def test_the_size_of_a_batch_is_as_known_to_the_graph_as_in_keras(
    way: str, batch_size: int
) -> None:
    """Where the last batch is a smaller one, the size is unknown; the witness is Keras' own."""
    seen: list[Any] = []

    class Noting(keras.Model):
        def train_step(self, data: Any) -> dict[str, Any]:
            seen.append([(part.shape.as_list(), part.dtype.name) for part in data])
            return {"loss": tf.zeros([])}

    model = Noting()
    model.compile()
    model.fit(X, Y, batch_size=batch_size, verbose=0)
    spec = shuffled_batches((X, Y), batch_size, 0, 0, 2).element_spec
    assert [(part.shape.as_list(), part.dtype.name) for part in spec] == seen[0]


@pytest.mark.parametrize("batch_size", [4, 23])
def test_both_ways_give_the_same_batches(monkeypatch: pytest.MonkeyPatch, batch_size: int) -> None:
    at_once = epochs(batch_size, seed=1)
    monkeypatch.setattr(batches, "MAX_BYTES_OF_AN_EPOCH", 0)
    for left, right in zip(at_once, epochs(batch_size, seed=1), strict=True):
        for (x, y), (other_x, other_y) in zip(left, right, strict=True):
            assert np.array_equal(x, other_x) and np.array_equal(y, other_y)


def test_nothing_tunes_the_pipeline_while_it_runs(way: str) -> None:
    """The thread that does so sleeps for longer and longer, and a training ends when it wakes: up
    to ten seconds later were seen.
    """
    assert shuffled_batches((X, Y), 5, 0, 0, 2).options().autotune.enabled is False
