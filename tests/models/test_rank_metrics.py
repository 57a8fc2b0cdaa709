"""The metrics that sort: the numbers of scikit-learn, wherever Keras computes them."""

from __future__ import annotations

import copy
import subprocess
import sys
from pathlib import Path
from typing import Any

import cloudpickle
import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.metrics import average_precision_score, roc_auc_score

from tftune.models.knobs import fixed_values
from tftune.models.peptide_cnn import BASELINE, build_peptide_cnn
from tftune.models.rank_metrics import AveragePrecision, ExactAUC, save_for_plain_keras
from tftune.training.batches import feed_fast

RANDOM = np.random.default_rng(0)
LABELS = (RANDOM.random(3000) < 0.2).astype("float32")
NOISE = RANDOM.normal(size=3000) + LABELS
SCORES = {
    "spread": 1 / (1 + np.exp(-NOISE)),
    "crowded between two thresholds": 0.2 + 1e-4 * NOISE,  # as in a first epoch
    "few levels": np.round(NOISE) / 10,
    "all equal": np.full(3000, 0.5),
    "logits": 7 * NOISE - 3,
    "close to one": 1 - 1e-6 * np.exp(NOISE),
}
METRICS = {"auc": (ExactAUC, roc_auc_score), "ap": (AveragePrecision, average_precision_score)}


@pytest.mark.parametrize("scores", SCORES)
@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.quick("*-crowded*", "*-all equal", "*-few levels")
def test_values_are_those_of_scikit_learn(metric: str, scores: str) -> None:
    """In a graph, over several batches, with and without weights, after a reset, too."""
    kind, expected = METRICS[metric]
    measured, predictions = kind(), SCORES[scores].astype("float32")
    update = tf.function(measured.update_state, reduce_retracing=True)
    weights = RANDOM.integers(0, 4, 3000).astype("float32")
    for weight in (None, weights, weights[:, None]):
        measured.reset_state()
        for start in range(0, 3000, 700):  # the last batch is smaller
            rows = slice(start, start + 700)
            arguments = (LABELS[rows, None], predictions[rows, None])
            update(*arguments, None if weight is None else weight[rows])
        truth = expected(
            LABELS, predictions, sample_weight=None if weight is None else weight.reshape(-1)
        )
        assert float(measured.result()) == pytest.approx(truth, abs=1e-6)
        assert float(tf.function(measured.result)()) == float(measured.result())


def test_the_metric_of_keras_is_far_off_where_predictions_crowd() -> None:
    """Why these metrics are there; if it fails, Keras has learnt to do it."""
    keras_auc = keras.metrics.AUC()
    crowded = SCORES["crowded between two thresholds"]
    keras_auc.update_state(LABELS, crowded)
    assert abs(float(keras_auc.result()) - roc_auc_score(LABELS, crowded)) > 0.1


@pytest.mark.parametrize(
    ("labels", "scores", "auc", "precision"),
    [
        ([1, 1], [0.2, 0.3], np.nan, 1.0),
        ([0, 0], [0.2, 0.3], np.nan, 0.0),
        ([0, 1], [0.2, np.nan], np.nan, np.nan),
        ([], [], np.nan, 0.0),
        ([[0, 1], [1, 0]], [[0.1, 0.9], [0.4, 0.6]], 0.75, 5 / 6),  # columns as in Keras
        ([True, False], [0.3, 0.2], 1.0, 1.0),
        ([0.75, 0.25], [0.6, 0.4], 0.75, 0.6875),  # soft: three quarters of a positive above
    ],
)
def test_what_is_out_of_the_ordinary(
    labels: list[Any], scores: list[Any], auc: float, precision: float
) -> None:
    for kind, expected in ((ExactAUC, auc), (AveragePrecision, precision)):
        metric = kind()
        metric.update_state(np.array(labels), np.array(scores, "float32"))
        assert float(metric.result()) == pytest.approx(expected, nan_ok=True)


def test_room_grows_with_the_rows_and_no_further() -> None:
    metric = ExactAUC()
    for _ in range(3):
        metric.reset_state()
        for _ in range(5):
            metric.update_state(LABELS, SCORES["spread"])
    assert all(15_000 <= rows.shape[0] <= 30_000 for rows in (r.numpy() for r in metric._rows))
    assert float(metric.result()) == pytest.approx(roc_auc_score(LABELS, SCORES["spread"]))


def test_a_copy_has_rows_of_its_own() -> None:
    metric = ExactAUC(name="mine")
    metric.update_state([0, 1, 1], [0.2, 0.3, 0.1])
    other = copy.deepcopy(metric)
    other.update_state([1] * 2000, [0.9] * 2000)
    assert (other.name, float(metric.result())) == ("mine", 0.5)
    assert float(other.result()) == pytest.approx(2001 / 2002)


def test_float64_scores_are_told_apart() -> None:
    metric = AveragePrecision(dtype="float64")
    metric.update_state([0, 1], np.array([0.5, 0.5 + 1e-12]))
    assert float(metric.result()) == 1.0


WIDTH = 44


def peptides(rows: int) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(rows).integers(1, 21, (rows, WIDTH)).astype(np.uint8)
    return x, (np.sum(x == 9, axis=1, keepdims=True) > 2).astype(np.float32)


class Seen(keras.callbacks.Callback):
    """Keeps the true values of every epoch for a model that stands still while it trains."""

    def __init__(self, *data: tuple[np.ndarray, np.ndarray]) -> None:
        super().__init__()
        self.data, self.expected = data, []

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.expected += [
            score(y, self.model.predict_on_batch(x))
            for x, y in self.data
            for score in (roc_auc_score, average_precision_score)
        ]


@pytest.mark.parametrize("fast", [True, False], ids=["an epoch a call", "plain"])
@pytest.mark.slow
def test_every_number_of_a_search_on_peptides_is_exact(fast: bool) -> None:
    keras.utils.set_random_seed(0)
    (x, y), validation = peptides(300), peptides(90)
    model = build_peptide_cnn(fixed_values(**BASELINE), width=WIDTH)
    if fast:
        feed_fast(model, seed=0)
    last = model.layers[-1]
    last.kernel.assign(100 * last.kernel)  # or rounding decides who is ranked above whom
    model.optimizer.learning_rate = 1e-12  # then all predictions of an epoch are of one model
    seen = Seen((x, y), validation)
    for _ in range(2):  # another `fit` with the same graph
        seen.expected.clear()
        history = model.fit(
            x, y, batch_size=64, epochs=2, verbose=0, validation_data=validation, callbacks=[seen]
        ).history
        got = [
            history[name][epoch]
            for epoch in range(2)
            for name in ("auc", "pr_auc", "val_auc", "val_pr_auc")
        ]
        np.testing.assert_allclose(got, seen.expected, atol=1e-6)
    measured = model.evaluate(x, y, verbose=0, return_dict=True)
    np.testing.assert_allclose([measured["auc"], measured["pr_auc"]], seen.expected[:2], atol=1e-6)
    alone = model.test_on_batch(x, y, return_dict=True)  # nothing is left out any more
    assert float(alone["auc"]) == pytest.approx(measured["auc"], abs=1e-6)


def test_weighted_metrics_take_the_weights_of_rows_and_classes() -> None:
    x = RANDOM.normal(size=(90, 3)).astype("float32")
    y = (x[:, :1] > 0.4).astype("float32")
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, "sigmoid")])
    weights = RANDOM.random(90).astype("float32")
    model.compile(
        keras.optimizers.SGD(0.0), "binary_crossentropy", weighted_metrics=[ExactAUC(name="auc")]
    )
    history = model.fit(
        x, y, sample_weight=weights, verbose=0, validation_data=(x, y, weights)
    ).history
    truth = roc_auc_score(y, model.predict(x, verbose=0), sample_weight=weights)
    assert history["auc"] == history["val_auc"] == [pytest.approx(truth, abs=1e-6)]
    balanced = model.fit(x, y, class_weight={0: 1.0, 1: 3.0}, verbose=0).history["auc"]
    # a weight of a class does not change who is ranked above whom
    assert balanced == [pytest.approx(roc_auc_score(y, model.predict(x, verbose=0)), abs=1e-6)]


@pytest.mark.slow
def test_a_saved_model_loads_without_tftune_and_copies_stay_exact(tmp_path: Path) -> None:
    x, y = peptides(60)
    built = build_peptide_cnn(fixed_values(**BASELINE), width=WIDTH)
    own = keras.Sequential([keras.Input((WIDTH,)), keras.layers.Dense(1, "sigmoid")])
    own.compile("adam", "binary_crossentropy", metrics=["accuracy", ExactAUC(name="rank")])
    save_for_plain_keras(own)
    for name, model in (("built", built), ("own", own)):
        model.save(tmp_path / f"{name}.keras")
    code = (
        "import sys; sys.modules['tftune'] = None\n"
        "import keras, numpy\n"
        "for name in ('built', 'own'):\n"
        f"    model = keras.models.load_model(f'{tmp_path}/{{name}}.keras')\n"
        f"    values = model.evaluate(numpy.ones((4, {WIDTH})), numpy.eye(4)[:, :1], verbose=0,"
        " return_dict=True)\n"
        "    print(sorted(values))\n"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.splitlines()[-2:] == [
        "['accuracy', 'auc', 'loss', 'pr_auc']",
        "['accuracy', 'loss', 'rank']",
    ]
    expected = built.evaluate(x, y, verbose=0, return_dict=True)
    keras.saving.save_model(built, tmp_path / "exact.keras")
    for copied in (
        keras.models.load_model(tmp_path / "exact.keras"),
        cloudpickle.loads(cloudpickle.dumps(built)),
    ):
        assert copied.evaluate(x, y, verbose=0, return_dict=True) == pytest.approx(expected)


@pytest.mark.parametrize("names", [("a", "b", "c"), ("rank", "second")])
def test_each_saved_metric_stays_one_of_its_own(names: tuple[str, ...], tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=[ExactAUC(name=name) for name in names])
    save_for_plain_keras(model)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    x, y = np.ones((4, 2), "float32"), np.eye(4, dtype="float32")[:, :1]
    assert set(loaded.evaluate(x, y, verbose=0, return_dict=True)) == {"loss", *names}
