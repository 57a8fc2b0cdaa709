"""The saved peptide model takes sequences of letters and answers nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tftune.datasets.amino_acids import ALPHABET, encode
from tftune.errors import UsageError
from tftune.models.knobs import fixed_values
from tftune.models.peptide_cnn import PeptideCNN

WIDTH = 24
SEQUENCES = ["GLFDIVKKVVGALG", "K", ALPHABET, "W" * WIDTH]


@pytest.fixture(scope="module")
def coded() -> Any:
    return PeptideCNN(WIDTH).build(fixed_values(dropout=0.2, learning_rate=1e-3))


@pytest.fixture(scope="module")
def raw(coded: Any) -> Any:
    return PeptideCNN(WIDTH).for_raw_input(coded, ["harmless", "hemolytic"])


def ask(model: Any, sequences: list[str]) -> np.ndarray:
    return np.asarray(model.predict(tf.constant(sequences), verbose=0)["probability"])


def test_letters_are_the_numbers_of_training(coded: Any, raw: Any) -> None:
    wanted = coded.predict(encode(SEQUENCES, WIDTH), verbose=0)
    np.testing.assert_allclose(ask(raw, SEQUENCES), wanted, atol=1e-6)
    small = [sequence.lower() for sequence in SEQUENCES]
    np.testing.assert_allclose(ask(raw, small), wanted, atol=1e-6)
    objects = raw.predict(np.array(SEQUENCES, dtype=object), verbose=0)
    np.testing.assert_allclose(objects["probability"], wanted, atol=1e-6)


def test_a_column_of_sequences_is_taken_too(coded: Any) -> None:
    model = PeptideCNN(WIDTH).for_raw_input(coded)
    answer = model.predict(tf.constant(SEQUENCES)[:, None], verbose=0)
    wanted = coded.predict(encode(SEQUENCES, WIDTH), verbose=0)
    np.testing.assert_allclose(answer["probability"], wanted, atol=1e-6)


def test_what_is_no_sequence_of_the_twenty_gets_no_number(raw: Any) -> None:
    wrong = ["", "GLX", "GLB", "G L", "GLF-NH2", "GLF\n", "glFD", "é", "G\0L", "A" * (WIDTH + 1)]
    answer = raw.predict(tf.constant([*wrong, "GLFD"]), verbose=0)
    assert np.isnan(answer["probability"][:-1]).all()
    assert set(answer["top_class"][:-1]) == {b""}
    assert 0 < answer["probability"][-1, 0] < 1


def test_the_class_follows_the_threshold_inside(raw: Any) -> None:
    answer = raw.predict(tf.constant([*ALPHABET]), verbose=0)
    names = np.where(answer["probability"][:, 0] >= 0.5, b"hemolytic", b"harmless")
    assert answer["top_class"].tolist() == names.tolist()
    assert raw.get_layer("threshold").bin_boundaries == [0.5]


def test_evaluate_tells_the_loss_and_accuracy(coded: Any, raw: Any) -> None:
    y = np.array([[0], [1], [0], [1]], dtype="float32")
    wanted = coded.evaluate(encode(SEQUENCES, WIDTH), y, verbose=0, return_dict=True)
    got = raw.evaluate(tf.constant(SEQUENCES), y, verbose=0, return_dict=True)
    assert got["loss"] == pytest.approx(wanted["loss"], rel=1e-5)
    assert got["probability_accuracy"] == pytest.approx(wanted["accuracy"])


def test_two_different_names_are_wanted(coded: Any) -> None:
    with pytest.raises(UsageError, match="tells 2 classes apart"):
        PeptideCNN(WIDTH).for_raw_input(coded, ["one"])
