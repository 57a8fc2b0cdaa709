"""Votes of three peptides, computed by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import tensorflow as tf

from tftune.models.votes import A_KIND, NEVER, TEMPERATURES, votes_of

MEANS, COUNTS = tf.constant([1.0, 0.0, 0.5]), tf.constant([1.0, 4.0, 1.0])


def votes(similarity: list[float], top: int = 20) -> list[float]:
    found = votes_of(tf.constant([[similarity]]), MEANS, COUNTS, top)
    assert found.shape == (1, A_KIND)
    return [float(number) for number in found[0]]


def test_votes_are_the_formula_of_the_module() -> None:
    found = votes([1.0, 0.9, 0.8])
    for place, temperature in enumerate(TEMPERATURES):
        weights = [
            math.exp(-gap / temperature) * root for gap, root in ((0, 1), (0.1, 2), (0.2, 1))
        ]
        total = sum(weights) + 0.01
        share = (weights[0] + 0.5 * weights[2] + 0.002) / total
        assert found[2 * place] == pytest.approx(math.log(share / (1 - share)), rel=1e-4)
        assert found[2 * place + 1] == pytest.approx(math.log(total), rel=1e-4)
    assert found[4:] == pytest.approx([1.0, 1.0, 0.0, 0.5])


def test_only_the_most_similar_vote() -> None:
    assert votes([1.0, 0.9, 0.8], top=1)[0] == pytest.approx(math.log(1.002 / 0.008), rel=1e-4)


def test_who_may_not_vote_tells_nothing() -> None:
    found = votes([NEVER, NEVER, NEVER])
    assert found[0] == pytest.approx(math.log(0.2 / 0.8), rel=1e-4)
    np.testing.assert_allclose(found[5:], [0.2, 0.2, 0.2])


def test_nobody_to_ask_is_the_prior() -> None:
    nobody = votes_of(tf.zeros((1, 2, 0)), tf.zeros(0), tf.zeros(0), 20)
    assert nobody.shape == (2, A_KIND)
    assert float(nobody[0, 0]) == pytest.approx(math.log(0.2 / 0.8), rel=1e-4)
