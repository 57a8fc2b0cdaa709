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
from tftune.training.batches import feed_fast, shuffled_batches

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


@pytest.mark.parametrize("batch_size", [5, 23, 1])
def test_rows_can_be_shuffled_within_their_batches(way: str, batch_size: int) -> None:
    made = shuffled_batches((X, Y), batch_size, 3, 0, 2, within_batches=True)
    labels = [y[:, 0].astype(int) for _, y in made.as_numpy_iterator()]
    half = len(labels) // 2
    in_order = [list(range(23))[start : start + batch_size] for start in range(0, 23, batch_size)]
    assert [sorted(batch) for batch in labels] == in_order * 2
    if batch_size > 1:
        first, second = np.concatenate(labels[:half]), np.concatenate(labels[half:])
        assert first.tolist() != second.tolist() and first.tolist() != sorted(first)


def test_a_list_of_no_columns_and_an_empty_range_of_epochs(way: str) -> None:
    empty = np.zeros((23, 0), "float32")
    parts = list(shuffled_batches((empty, Y), 5, 0, 0, 1).as_numpy_iterator())
    assert [x.shape for x, _ in parts] == [(5, 0)] * 4 + [(3, 0)]
    assert list(shuffled_batches((X, Y), 5, 0, 2, 2)) == []


class Noted(keras.callbacks.Callback):
    """Keeps which rows each batch had."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[int]] = []

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.rows.append([])

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.rows[-1] += self.model.seen.numpy().tolist()


class Seen(keras.Model):
    """Says which rows it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = tf.Variable(np.zeros(0, "float32"), shape=(None,), trainable=False)

    def train_step(self, data: Any) -> dict[str, Any]:
        inputs = keras.tree.flatten(data)
        self.seen.assign(tf.cast(inputs[1][:, 0], "float32"))
        return {"loss": tf.zeros([])}


def rows_of_epochs(**options: Any) -> list[list[int]]:
    keras.utils.set_random_seed(0)
    model, noted = Seen(), Noted()
    model.compile()
    feed_fast(model, seed=5)
    model.fit(
        **{"x": X, "y": Y, "batch_size": 5, "epochs": 3, "verbose": 0} | options,
        callbacks=[noted],
    )
    return noted.rows


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"x": {"one": X, "two": X}},
        {"x": tf.constant(X), "sample_weight": Y[:, 0]},
        {"class_weight": {0: 2.0}},
        {"shuffle": "batch"},
    ],
    ids=["arrays", "dict", "weights", "classes", "batch"],
)
def test_each_epoch_has_its_order_and_a_continued_training_goes_on_with_it(
    options: dict[str, Any],
) -> None:
    whole = rows_of_epochs(**options)
    assert all(len(rows) == 23 for rows in whole)
    assert len({tuple(rows) for rows in whole}) == 3
    assert rows_of_epochs(**options) == whole
    assert rows_of_epochs(**options, initial_epoch=2) == whole[2:]


def test_arguments_may_come_by_position_and_wrong_ones_get_the_words_of_keras() -> None:
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    feed_fast(model, seed=0)
    assert len(model.fit(X, Y, 5, 2, 0).history["loss"]) == 2
    with pytest.raises(TypeError, match="unexpected keyword argument 'epoch'"):
        model.fit(X, Y, epoch=2)
    with pytest.raises(ValueError, match="Data cardinality is ambiguous"):
        model.fit(X, Y[:5], verbose=0)
    with pytest.raises(ValueError, match="not sufficient to split it"):
        model.fit(X[:1], Y[:1], validation_split=0.5, verbose=0)
    assert model.fit(X, Y, epochs=1, initial_epoch=1, verbose=0).history == {}


def test_a_model_with_a_fit_of_its_own_keeps_it() -> None:
    class OwnFit(keras.Sequential):
        def fit(self, *arguments: Any, **options: Any) -> str:
            return f"own {type(arguments[0]).__name__}"

    class OwnEvaluate(keras.Sequential):
        def evaluate(self, x: Any = None, **options: Any) -> dict[str, float]:
            return {"kind": float(isinstance(x, np.ndarray))}

    own, instance = OwnFit(), keras.Sequential()
    instance.fit = lambda *arguments, **options: "set"
    for model in (own, instance):
        model.compile()
        feed_fast(model, seed=0)
    assert own.fit(X) == "own ndarray" and instance.fit(X) == "set"
    asked = OwnEvaluate([keras.layers.Dense(1)])
    asked.compile("sgd", "mse")
    feed_fast(asked, seed=0)
    history = asked.fit(X, Y, validation_data=(X, Y), verbose=0).history
    assert history["val_kind"] == [1.0]


def test_validation_is_in_batches_of_the_size_of_training() -> None:
    """A model whose input has a fixed number of rows takes no other."""
    model = keras.Sequential([keras.Input(batch_shape=(4, 2)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    feed_fast(model, seed=0)
    x, y = X[:20], Y[:20]
    history = model.fit(x, y, batch_size=4, validation_data=(x, y), epochs=1, verbose=0).history
    assert np.isfinite(history["val_loss"]).all()


def test_a_limit_on_a_validation_is_kept() -> None:
    x = np.random.default_rng(0).normal(size=(320, 4)).astype("float32")
    y = (x.sum(axis=1) > 0).astype("float32")
    told = {"batch_size": 32, "epochs": 2, "shuffle": False, "verbose": 0}
    seen = []
    for fast in (False, True):
        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, "sigmoid")])
        model.compile("sgd", "binary_crossentropy")
        if fast:
            feed_fast(model, 0)
        history = model.fit(x, y, validation_split=0.5, validation_steps=2, **told).history
        seen.append(history["val_loss"])
    assert seen[1] == pytest.approx(seen[0], rel=1e-6)
