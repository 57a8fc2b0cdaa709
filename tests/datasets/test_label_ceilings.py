"""Ceilings by hand, and against every answer that there is."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from tftune.datasets.label_ceilings import ceiling


def test_a_coin_among_sure_inputs_by_hand() -> None:
    groups, labels = np.array([0, 0, 0, 0, 1, 2]), np.array([1, 1, 1, 0, 1, 0])
    found = ceiling(groups, labels)
    assert (found.inputs, found.rows) == (1, 4)
    assert found.accuracy == pytest.approx(5 / 6)
    # positives 0.75, 0.75, 0.75, 1; others 0.75, 0: (3 * 1.5 + 2) / 8
    assert found.auc == pytest.approx(6.5 / 8)
    assert found.log_loss == pytest.approx(-(3 * np.log(0.75) + np.log(0.25)) / 6)


def test_without_contradictions_nothing_is_lost() -> None:
    found = ceiling(np.array([5, 5, 7]), np.array([1, 1, 0]))
    assert found.summary() == {"accuracy": 1.0, "auc": 1.0, "log_loss": 0.0}
    assert found.inputs == found.rows == 0


def test_no_answer_exceeds_the_ceiling() -> None:
    random = np.random.default_rng(0)
    groups, labels = random.integers(0, 3, 30), random.integers(0, 2, 30)
    found = ceiling(groups, labels)
    tried = [np.array(scores)[groups] for scores in product((0.05, 0.3, 0.8), repeat=3)]
    assert max(roc_auc_score(labels, scores) for scores in tried) == pytest.approx(found.auc)
    assert max(np.mean((scores > 0.5) == labels) for scores in tried) == pytest.approx(
        found.accuracy
    )
    shares = (np.bincount(groups, weights=labels) / np.bincount(groups))[groups]
    assert found.log_loss == pytest.approx(log_loss(labels, shares))
    assert min(log_loss(labels, scores) for scores in tried) >= found.log_loss


def test_of_several_classes_the_area_is_the_mean_of_each_against_the_rest() -> None:
    groups, labels = np.array([0, 0, 1, 2, 2]), np.array([0, 1, 1, 2, 2])
    found = ceiling(groups, labels)
    shares = np.array([[0.5, 0.5, 0], [0.5, 0.5, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]])
    assert found.auc == pytest.approx(
        np.mean([roc_auc_score(labels == one, shares[:, one]) for one in range(3)])
    )


def test_one_class_has_no_area() -> None:
    assert ceiling(np.array([0, 1]), np.array([1, 1])).summary()["auc"] is None


def test_of_several_classes_the_area_is_the_mean_over_each_against_the_others() -> None:
    random = np.random.default_rng(1)
    groups, labels = random.integers(0, 9, 60), random.integers(0, 4, 60)
    counts = np.zeros((9, 4))
    np.add.at(counts, (groups, labels), 1)
    shares = (counts / counts.sum(axis=1, keepdims=True))[groups]
    areas = [roc_auc_score(labels == one, shares[:, one]) for one in range(4)]
    found = ceiling(groups, labels)
    assert found.auc == pytest.approx(np.mean(areas))
    assert found.log_loss == pytest.approx(log_loss(labels, shares))
    assert found.accuracy == pytest.approx(counts.max(axis=1).sum() / 60)


def test_a_class_for_each_of_many_inputs_needs_no_table_of_all() -> None:
    numbers = np.arange(5000)  # a table would take 200 MB, several times
    assert ceiling(numbers, numbers).summary() == {"accuracy": 1.0, "auc": 1.0, "log_loss": 0.0}
