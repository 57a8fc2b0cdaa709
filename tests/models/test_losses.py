"""The losses are what their formulas say, for each way in which labels are written."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
import pytest

from tftune.errors import UsageError
from tftune.models.losses import LABELS, make_loss

PREDICTED = np.array([[0.2, 0.3, 0.5], [0.7, 0.2, 0.1]], np.float32)
NUMBERS = np.array([2, 0])
ONE_HOT = np.eye(3, dtype=np.float32)[NUMBERS]
ARGUMENTS: dict[str, Any] = {
    "categorical": (ONE_HOT, PREDICTED),
    "sparse": (NUMBERS, PREDICTED),
    "binary": (np.array([[1.0], [0.0]], np.float32), np.array([[0.5], [0.3]], np.float32)),
}
CERTAIN = -(math.log(0.5) + math.log(0.7)) / 2  # in all three


@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize("name", ["cross_entropy", "kl_divergence"])
def test_cross_entropy_and_divergence_agree_where_labels_are_certain(
    name: str, labels: str
) -> None:
    assert float(make_loss(name, labels)(*ARGUMENTS[labels])) == pytest.approx(CERTAIN, abs=1e-5)


@pytest.mark.parametrize("labels", ["categorical", "sparse"])
def test_smoothing_mixes_the_labels_with_all_classes(labels: str) -> None:
    smoothed = 0.7 * ONE_HOT + 0.1
    by_hand = -(smoothed * np.log(PREDICTED)).sum(axis=1).mean()
    loss = make_loss("label_smoothing", labels, 0.3)
    assert float(loss(*ARGUMENTS[labels])) == pytest.approx(by_hand, abs=1e-5)


def test_smoothing_of_two_classes_moves_labels_towards_a_half() -> None:
    # 0.2 of each label is spread: 1 becomes 0.9, 0 becomes 0.1
    by_hand = -(math.log(0.5) + 0.1 * math.log(0.3) + 0.9 * math.log(0.7)) / 2
    loss = make_loss("label_smoothing", "binary", 0.2)
    assert float(loss(*ARGUMENTS["binary"])) == pytest.approx(by_hand, abs=1e-5)


def test_divergence_of_uncertain_labels_is_zero_where_they_are_met() -> None:
    for labels, exact in (("binary", [[0.3], [0.9]]), ("categorical", PREDICTED)):
        assert float(make_loss("kl_divergence", labels)(exact, exact)) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize("name", ["cross_entropy", "kl_divergence", "label_smoothing"])
def test_a_loss_comes_back_from_its_config(name: str, labels: str) -> None:
    loss = make_loss(name, labels, 0.25)
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert float(again(*ARGUMENTS[labels])) == float(loss(*ARGUMENTS[labels]))


def test_numbers_of_classes_may_stand_in_a_column() -> None:
    loss = make_loss("kl_divergence", "sparse")
    assert float(loss(NUMBERS[:, None], PREDICTED)) == float(loss(NUMBERS, PREDICTED))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("hinge",), "loss must be one of cross_entropy, kl_divergence.*Received: 'hinge'"),
        (("cross_entropy", "hot"), "labels must be one of categorical, binary, sparse"),
        (("label_smoothing", "binary", 1.0), "label_smoothing must be a number .*Received: 1.0"),
    ],
)
def test_what_is_impossible_is_refused(arguments: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make_loss(*arguments)
