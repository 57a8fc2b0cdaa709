"""Generated peptides: the label follows moment, charge and length, and is worth learning."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from tftune.datasets.amino_acids import ALPHABET
from tftune.datasets.hemolytic_peptides import load
from tftune.datasets.sample_peptides import (
    CHARGE,
    HYDROPHOBICITY,
    LONGEST,
    SHORTEST,
    generate,
    hydrophobic_moment,
)


def area_under_curve(labels: np.ndarray, scores: np.ndarray) -> float:
    """The share of pairs of a positive and a negative that the score puts in order (Mann and
    Whitney).
    """
    positive, negative = scores[labels == 1][:, None], scores[labels == 0][None, :]
    return float(np.mean((positive > negative) + 0.5 * (positive == negative)))


def test_the_label_follows_moment_charge_and_length() -> None:
    x, labels = generate(0)
    sequences = [row[row > 0].astype(int) - 1 for row in x]
    assert (
        area_under_curve(labels, np.array([hydrophobic_moment(sequence) for sequence in sequences]))
        > 0.85
    )
    assert (
        0.65
        < area_under_curve(labels, np.array([CHARGE[sequence].mean() for sequence in sequences]))
        < 0.9
    )
    assert 0.5 < area_under_curve(labels, np.array([len(sequence) for sequence in sequences])) < 0.7


def test_letters_alone_do_not_tell_it_all() -> None:
    from sklearn.linear_model import LogisticRegression

    x, labels = generate(0)
    letters = np.stack([np.bincount(row, minlength=21)[1:] for row in x])
    half = len(x) // 2
    scores = (
        LogisticRegression(max_iter=2000)
        .fit(letters[:half], labels[:half])
        .decision_function(letters[half:])
    )
    assert 0.6 < area_under_curve(labels[half:], scores) < 0.9


def test_size_shape_and_values() -> None:
    x, labels = generate(7)
    lengths = (x > 0).sum(axis=1)
    assert x.dtype == np.uint8
    assert x.shape == (len(labels), LONGEST)
    assert 1400 < len(x) < 1700
    assert lengths.min() >= SHORTEST
    assert 0.3 < labels.mean() < 0.5
    assert set(np.unique(x)) == set(range(21))


def test_a_sample_is_a_function_of_its_seed() -> None:
    first, again, other = (generate(seed)[0] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert first.shape != other.shape or (first != other).any()


def test_the_scale_is_eisenbergs() -> None:
    scale = dict(zip(ALPHABET, HYDROPHOBICITY, strict=True))
    assert (scale["I"], scale["R"], scale["W"], scale["A"]) == (
        1.38,
        -2.53,
        0.81,
        0.62,
    )  # Eisenberg et al. 1984, table 1


def test_the_moment_of_one_residue_is_its_hydrophobicity() -> None:
    assert hydrophobic_moment(np.array([ALPHABET.index("I")])) == pytest.approx(1.38)


def test_the_loader_gives_the_sample_quickly_and_it_leaks_at_random(tmp_path: Path) -> None:
    started = time.process_time()  # of this process: other work on the machine does not count
    grouped = load("sample", cache=tmp_path)
    assert time.process_time() - started < 5
    assert grouped.facts["leak_rate"] == 0.0
    assert 0.2 < load("sample", "random", cache=tmp_path).facts["leak_rate"] < 0.5


@pytest.mark.slow
def test_a_cnn_learns_it(tmp_path: Path) -> None:
    import keras

    from tftune.models.rank_metrics import ExactAUC

    keras.utils.set_random_seed(0)
    dataset = load("sample", cache=tmp_path)
    model = keras.Sequential(
        [
            keras.layers.Embedding(21, 16),
            keras.layers.Conv1D(32, 7, activation="relu"),
            keras.layers.GlobalMaxPooling1D(),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy", metrics=[ExactAUC(name="auc")])
    model.fit(*dataset.train.load(), batch_size=16, epochs=20, verbose=0)
    assert model.evaluate(*dataset.test.load(), verbose=0, return_dict=True)["auc"] > 0.8
