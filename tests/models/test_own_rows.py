"""Own rows are weighed against the network's answer."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from tftune.models.own_rows import LEAST, USUAL, OwnRows, fitted_concentration


def test_without_own_rows_the_answer_is_the_networks() -> None:
    answers = np.array([[0.1], [0.9]], "float32")
    np.testing.assert_allclose(OwnRows()([answers, np.zeros((2, 2))]), answers, rtol=1e-6)


def test_more_rows_count_more() -> None:
    rows = np.array([[1.0, 1.0], [12.0, 12.0]])
    found = np.asarray(OwnRows()([np.full((2, 1), 0.2, "float32"), rows]))[:, 0]
    assert found == pytest.approx([(0.8 + 1) / 5, (0.8 + 12) / 16])


def test_the_layer_keeps_its_name() -> None:
    again = OwnRows.from_config(OwnRows(name="hemolytic").get_config())
    assert again.name == "hemolytic"


def test_concentration_is_found_again_from_rows_drawn_by_it() -> None:
    random = np.random.default_rng(0)
    prior = random.uniform(0.1, 0.9, 4000)
    positives = random.binomial(5, random.beta(3 * prior, 3 * (1 - prior)))
    assert fitted_concentration(prior, positives, np.full(4000, 5.0)) == pytest.approx(3, rel=0.15)


def test_rows_that_always_agree_count_as_much_as_they_can() -> None:
    positives = np.repeat([0.0, 2.0], 50)
    found = fitted_concentration(np.full(100, 0.5), positives, np.full(100, 2.0))
    assert found == pytest.approx(LEAST, rel=0.01)


def test_sequences_that_occur_once_leave_the_usual_value() -> None:
    assert fitted_concentration(np.full(9, 0.5), np.ones(9), np.ones(9)) == USUAL


def test_it_adds_nothing_to_train() -> None:
    layer = OwnRows()
    layer.build()
    assert not layer.trainable_weights and isinstance(layer, keras.layers.Layer)
