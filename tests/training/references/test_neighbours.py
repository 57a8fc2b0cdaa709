"""The labels of the nearest sequences, weighted by similarity."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tftune.training.references import neighbours
from tftune.training.references.neighbours import EditNeighbours

CODES = np.array([[1, 2, 3, 4], [1, 2, 3, 5], [6, 7, 8, 9]], np.uint8)


def test_nearer_sequences_weigh_more() -> None:
    model = EditNeighbours(neighbours=2).fit(CODES, np.array([1, 0, 0]))
    # the query is equal to the first (s = 1) and one of four away from the second (s = 0.75)
    weight = math.exp(-0.25 / 0.1)
    assert model.predict_proba(CODES[:1])[0, 1] == pytest.approx(1 / (1 + weight))


def test_equal_sequences_have_the_mean_of_their_labels() -> None:
    model = EditNeighbours(neighbours=1).fit(CODES[[0, 0, 0, 2]], np.array([1, 1, 0, 0]))
    assert model.predict_proba(CODES[[0, 2]])[:, 1].tolist() == pytest.approx([2 / 3, 0])


def test_fewer_sequences_than_neighbours_all_count() -> None:
    model = EditNeighbours(neighbours=20).fit(CODES, np.array([0, 1, 2]))
    told = model.predict_proba(CODES)
    assert told.shape == (3, 3) and told.sum(axis=1).tolist() == pytest.approx([1, 1, 1])


def test_too_many_pairs_are_fewer_sequences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "MOST_PAIRS", 6)
    model = EditNeighbours(neighbours=1, seed=1).fit(CODES, np.array([0, 1, 1]))
    assert len(model._kept(3)) == 2 and len(model._kept(1)) == 3
