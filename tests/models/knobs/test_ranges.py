"""A range that is none is told when the knob is declared, in the words of its call."""

from __future__ import annotations

from typing import Any

import keras_tuner
import pytest

from tftune.errors import UsageError
from tftune.models import knobs


@pytest.mark.parametrize(
    ("declare", "said"),
    [
        (lambda hp: knobs.learning_rate(hp, minimum=0.0), "'learning_rate' .* minimum must be .*"),
        (lambda hp: knobs.learning_rate(hp, minimum=0.1), "maximum must be a number of at least 0"),
        (lambda hp: knobs.l2(hp, maximum=float("inf")), "'l2' .*: maximum must be .*: inf"),
        (lambda hp: knobs.l1(hp, minimum=float("nan")), "'l1' .*: minimum must be .*: nan"),
        (lambda hp: knobs.dropout(hp, maximum=1.5), "'dropout' .*: maximum must be .* below 1"),
        (lambda hp: knobs.shift(hp, maximum=2.0), "'shift' .*: maximum must be .* below 1"),
        (lambda hp: knobs.shift(hp, maximum=float("nan")), "'shift' .*: maximum must be .*: nan"),
        (lambda hp: knobs.momentum(hp, maximum=1.0), "'momentum' .*: maximum must be .* below 1"),
        (lambda hp: knobs.schedule_warmup(hp, maximum=1), "'schedule_warmup' .* below 1"),
        (lambda hp: knobs.batch_size(hp, minimum=0), "'batch_size' .*: minimum must be an integer"),
        (lambda hp: knobs.nodes(hp, 64, 32, 32), "'nodes' .*: maximum .* at least 64"),
        (lambda hp: knobs.layers(hp, 1, 2.5, 2), "'layers' .*: maximum must be an integer"),
        (lambda hp: knobs.optimizer(hp, choices="adam"), "'optimizer' .* Received: 'adam'"),
        (lambda hp: knobs.loss(hp, choices=()), "'loss' .* needs names to choose among"),
        (lambda hp: knobs.activation(hp, choices=("rleu",)), "Did you mean 'relu'"),
        (lambda hp: knobs.optimizer(hp, choices=("sgd", "lion")), "Received: 'lion'"),
        (lambda hp: knobs.optimizer(hp, choices=("sgd",)), "default must be one of sgd"),
        (lambda hp: knobs.learning_rate_schedule(hp, choices=("constant", "x")), "'schedule'"),
    ],
)
def test_a_range_that_is_none_is_told_with_the_knob(declare: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        declare(keras_tuner.HyperParameters())
