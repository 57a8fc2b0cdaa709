"""The network asks its training rows and no others, whichever way they were cut."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest

from tftune.datasets import hemolytic_peptides
from tftune.datasets.amino_acids import decode
from tftune.errors import UsageError
from tftune.models.knobs import fixed_values
from tftune.models.peptide_relatives import BASELINE, PeptideRelatives, build_peptide_relatives
from tftune.training.folds import fold_data, select_fold
from tftune.training.fresh_cut import cut_anew

WIDTH = 14


def peptides(count: int = 60, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Peptides of 4 to 14 residues of which every third stands twice, with both labels."""
    random = np.random.default_rng(seed)
    x = random.integers(1, 21, (count, WIDTH)).astype(np.uint8)
    x[np.arange(WIDTH) >= random.integers(4, WIDTH + 1, count)[:, None]] = 0
    x = np.concatenate([x, x[::3]])
    y = np.arange(len(x)) % 2
    return x, y.astype(np.float32)[:, None]


def sequences(x: Any) -> set[bytes]:
    return {row.tobytes() for row in np.asarray(x, np.uint8)}


def bank(model: Any) -> set[bytes]:
    layer = model.get_layer("relatives")
    return sequences(np.asarray(layer.sequences)[np.asarray(layer.counts) > 0])


def trained(x: np.ndarray, y: np.ndarray, epochs: int = 1, **options: Any) -> Any:
    hypermodel, hp = PeptideRelatives(WIDTH, 200), fixed_values(**BASELINE)
    model = hypermodel.build(hp)
    hypermodel.fit(hp, model, x, y, epochs=epochs, verbose=0, **options)
    return model


def prepared(x: np.ndarray, y: np.ndarray, **options: Any) -> Any:
    """Returns a model as it is when its training begins."""
    hypermodel, hp = PeptideRelatives(WIDTH, 200), fixed_values(**BASELINE)
    model = hypermodel.build(hp)
    hypermodel.prepare_fit(hp, model, (x, y), options)
    return model


@pytest.fixture(scope="module")
def model() -> Any:
    return trained(*peptides(), epochs=2)


def test_knobs_are_those_of_the_other_peptide_network() -> None:
    hp = keras_tuner.HyperParameters()
    PeptideRelatives().declare_hyperparameters(hp)
    assert sorted(hp.values) == sorted(BASELINE)
    hp = keras_tuner.HyperParameters()
    PeptideRelatives(space="full").declare_hyperparameters(hp)
    assert {*BASELINE, "units", "layers", "weight_decay", "schedule", "batch_size"} <= {*hp.values}


@pytest.mark.parametrize("name", ["width", "capacity"])
def test_sizes_that_are_no_count_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match=name):
        PeptideRelatives(**{name: 0})


@pytest.mark.quick("values0")
@pytest.mark.parametrize(
    "values", [{"batch_normalization": True}, {"units": 33, "layers": 3}, {"dropout": 0.0}]
)
@pytest.mark.slow
def test_knobs_reach_the_network(values: dict[str, Any]) -> None:
    built = build_peptide_relatives(fixed_values(**(BASELINE | values)), WIDTH, 10)
    kinds = [type(layer).__name__ for layer in built.layers]
    assert ("BatchNormalization" in kinds) == bool(values.get("batch_normalization"))
    assert kinds.count("Dense") == values.get("layers", 2) + 1
    assert ("Dropout" in kinds) == ("dropout" not in values)


def test_bank_holds_each_training_sequence_once_with_its_rows(model: Any) -> None:
    x, y = peptides()
    assert bank(model) == sequences(x)
    layer = model.get_layer("relatives")
    counts = np.asarray(layer.counts)
    assert (counts > 0).sum() == 60 and counts.sum() == len(x) and counts.max() == 2
    assert float(np.asarray(layer.positives).sum()) == y.sum()


def test_the_bank_never_holds_rows_that_validate() -> None:
    (x, y), (held, labels) = peptides(), peptides(20, seed=1)
    assert bank(prepared(x, y, validation_data=(held, labels))) == sequences(x)


def test_the_bank_leaves_out_what_validation_split_takes() -> None:
    x, y = peptides()
    model = prepared(x[:60], y[:60], validation_split=0.25)
    assert bank(model) == sequences(x[:45])


def test_labels_of_validation_change_nothing_that_is_asked() -> None:
    (x, y), (held, labels) = peptides(), peptides(20, seed=1)
    hypermodel, hp = PeptideRelatives(WIDTH, 200), fixed_values(**BASELINE)
    model, made = hypermodel.build(hp), []
    for each in (labels, 1 - labels):
        hypermodel.prepare_fit(hp, model, (x, y), {"validation_data": (held, each)})
        asked = [*model.get_layer("relatives").weights, *model.get_layer("hemolytic").weights]
        made.append([np.array(weight) for weight in asked])
    assert len(made[0]) == 6  # sequences, positives, counts, means, scales, concentration
    for first, second in zip(*made, strict=True):
        np.testing.assert_array_equal(first, second)


def test_each_fold_has_the_bank_of_its_own_training_rows() -> None:
    (x, y), held = peptides(), peptides(20, seed=1)
    groups = np.unique(np.concatenate([x, held[0]]), axis=0, return_inverse=True)[1].reshape(-1)
    arguments, options, folds = fold_data((x, y), {"validation_data": held}, 3, 0, groups)
    hypermodel, hp = PeptideRelatives(WIDTH, 200), fixed_values(**BASELINE)
    model = hypermodel.build(hp)
    for fold in range(3):
        (inside, labels), rest = select_fold(arguments, options, folds, fold)
        hypermodel.prepare_fit(hp, model, (inside, labels), rest)
        found = bank(model)
        assert found == sequences(inside)
        assert not found & sequences(rest["validation_data"][0])


def test_a_fit_on_another_cut_fills_the_bank_anew() -> None:
    (x, y), held = peptides(), peptides(20, seed=1)
    hypermodel, hp = PeptideRelatives(WIDTH, 200), fixed_values(**BASELINE)
    model = hypermodel.build(hp)
    groups = np.unique(np.concatenate([x, held[0]]), axis=0, return_inverse=True)[1].reshape(-1)
    for seed in range(2):
        (inside, labels), rest = cut_anew((x, y), {"validation_data": held}, seed, groups)
        hypermodel.prepare_fit(hp, model, (inside, labels), rest)
        assert bank(model) == sequences(inside)
        assert not bank(model) & sequences(rest["validation_data"][0])


@pytest.mark.quick("grouped")
@pytest.mark.parametrize("kind", ["grouped", "clustered", "random"])
def test_no_split_of_the_sample_brings_held_sequences_in(kind: str, tmp_path: Path) -> None:
    data = hemolytic_peptides.load("sample", kind, 0, cache=tmp_path)
    hypermodel = PeptideRelatives(data.facts["width"], data.facts["sequences"])
    hp = fixed_values(**BASELINE)
    model = hypermodel.build(hp)
    _, options = hypermodel.prepare_fit(
        hp, model, data.train.load(), {"validation_data": data.validation.load()}
    )
    train = sequences(data.train.load()[0])
    assert bank(model) == train == sequences(options["x"])
    for split in (data.validation, data.test):
        held = sequences(split.load()[0])
        # by chance a random split has the same sequence on both sides
        assert bank(model) & held == (train & held if kind == "random" else set())


def test_a_training_peptide_is_answered_without_itself_and_by_its_rows(model: Any) -> None:
    """Its relatives are others; then its own rows are weighed in."""
    x, _ = peptides()
    layer = model.get_layer("relatives")
    others = keras.Model(model.inputs, model.get_layer("by_others").output)
    prior, answer = (made.predict(x[:3], verbose=0)[:, 0] for made in (others, model))
    told = np.asarray(layer(x[:3])[1])
    k = float(model.get_layer("hemolytic").concentration.numpy())
    np.testing.assert_allclose(answer, (k * prior + told[:, 0]) / (k + told[:, 1]), rtol=1e-4)
    assert told[:, 1].tolist() == [2, 1, 1]


def test_saved_model_answers_the_same(model: Any, tmp_path: Path) -> None:
    held = peptides(20, seed=1)[0]
    model.save(tmp_path / "coded.keras")
    again = keras.models.load_model(tmp_path / "coded.keras")
    np.testing.assert_allclose(again(held), model(held), atol=1e-5)


@pytest.mark.slow
def test_saved_model_answers_the_same_in_a_fresh_process(model: Any, tmp_path: Path) -> None:
    held = peptides(20, seed=1)[0]
    raw = PeptideRelatives(WIDTH, 200).for_raw_input(model, ["no", "yes"])
    raw.save(tmp_path / "raw.keras")
    model.save(tmp_path / "coded.keras")
    np.save(tmp_path / "held.npy", held)
    texts = [*decode(held), "", "GLXK", "A" * (WIDTH + 1), "GLfD"]
    code = f"""
import numpy as np, keras, tensorflow as tf
import tftune.models.peptide_relatives
model = keras.models.load_model("coded.keras")
raw = keras.models.load_model("raw.keras").predict(tf.constant({texts!r}), verbose=0)
np.savez("found", coded=model.predict(np.load("held.npy"), verbose=0), raw=raw["probability"])
"""
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    found = np.load(tmp_path / "found.npz")
    np.testing.assert_allclose(found["coded"], model.predict(held, verbose=0), atol=1e-5)
    np.testing.assert_allclose(found["raw"][: len(held)], found["coded"], atol=1e-5)
    assert np.isnan(found["raw"][len(held) :]).all()


def test_more_sequences_than_the_bank_holds_are_refused() -> None:
    hypermodel, hp = PeptideRelatives(WIDTH, 59), fixed_values(**BASELINE)
    with pytest.raises(UsageError, match="Expected 1 to 59. Received: 60."):
        hypermodel.fit(hp, hypermodel.build(hp), *peptides(), verbose=0)


def test_the_rate_rises_and_falls_to_zero(model: Any) -> None:
    # one step an epoch: after the second of two it is half of the cosine
    assert 0 < float(model.optimizer.learning_rate.numpy()) < 3e-3
    assert PeptideRelatives(space="full").default_schedule is None
