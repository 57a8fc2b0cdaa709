"""Every optimizer of the knob builds, carries the learning rate and takes a step."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from tftune.errors import UsageError
from tftune.models.knobs import fixed_values
from tftune.models.leaf_cnn import build_leaf_cnn
from tftune.models.optimizers import OPTIMIZERS, SETTINGS, make_optimizer
from tftune.models.peptide_cnn import build_peptide_cnn

KINDS = {
    "sgd": "SGD",
    "rmsprop": "RMSprop",
    "adam": "Adam",
    "adamw": "AdamW",
    "adagrad": "Adagrad",
    "nadam": "Nadam",
    "adadelta": "Adadelta",
    "adamax": "Adamax",
}


def test_the_eight_optimizers_are_offered() -> None:
    assert {name: type(make_optimizer(name, 0.01)).__name__ for name in OPTIMIZERS} == KINDS


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizer_steps_downhill(name: str) -> None:
    weights = keras.Variable([1.0, -1.0])
    optimizer = make_optimizer(name, 10.0 if name == "adadelta" else 0.1)
    for _ in range(50):
        optimizer.apply(
            [2 * keras.ops.convert_to_tensor(weights)], [weights]
        )  # gradient of sum(weights ** 2)
    assert int(optimizer.iterations) == 50
    assert float(keras.ops.sum(weights**2)) < 0.5 * 2.0


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_peptide_model_takes_a_step_with_the_optimizer_of_the_knob(name: str) -> None:
    model = build_peptide_cnn(
        fixed_values(optimizer=name, learning_rate=0.01, units=32, depth=1), width=44, space="full"
    )
    model.run_eagerly = True  # one step needs no graph
    before = [weights.copy() for weights in model.get_weights()]
    x = np.random.default_rng(0).integers(0, 21, (8, 44)).astype(np.uint8)
    loss = model.train_on_batch(x, np.ones((8, 1), np.float32), return_dict=True)["loss"]
    assert np.isfinite(loss)
    assert int(model.optimizer.iterations) == 1
    assert any(
        not np.array_equal(old, new) for old, new in zip(before, model.get_weights(), strict=True)
    )


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_leaf_model_is_built_with_the_optimizer_of_the_knob(name: str) -> None:
    model = build_leaf_cnn(
        fixed_values(optimizer=name, learning_rate=0.02), image_size=16, space="full"
    )
    assert type(model.optimizer).__name__ == KINDS[name]
    assert float(model.optimizer.learning_rate) == pytest.approx(0.02)


def test_sgd_has_momentum() -> None:
    assert make_optimizer("sgd", 0.1).momentum == 0.9


def test_unknown_optimizer_is_refused() -> None:
    with pytest.raises(
        UsageError, match="optimizer must be one of sgd, rmsprop, adam.*Received: 'lion'"
    ):
        make_optimizer("lion", 0.1)


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan")])
def test_impossible_learning_rate_is_refused(rate: float) -> None:
    with pytest.raises(
        UsageError, match=f"learning_rate must be a number above 0. Received: {rate}"
    ):
        make_optimizer("adam", rate)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_each_setting_reaches_the_optimizers_that_have_it(name: str) -> None:
    values = {"momentum": 0.5, "nesterov": False, "beta_1": 0.7, "beta_2": 0.9}
    values |= {"epsilon": 1e-3, "weight_decay": 1e-2, "ema_momentum": 0.8}
    own = {setting: values[setting] for setting in SETTINGS if name in SETTINGS[setting]}
    optimizer = make_optimizer(name, 0.1, **own)
    assert {setting: getattr(optimizer, setting) for setting in own} == own
    assert optimizer.use_ema
    for setting in set(values) - set(own):
        with pytest.raises(UsageError, match=f"optimizer {name!r} has no {setting}. Expected only"):
            make_optimizer(name, 0.1, **{setting: values[setting]})


def test_a_setting_of_none_leaves_what_the_optimizer_has() -> None:
    optimizer = make_optimizer("sgd", 0.1, momentum=None, nesterov=None, beta_1=None)
    assert (optimizer.momentum, optimizer.nesterov) == (0.9, True)
    assert make_optimizer("sgd", 0.1, momentum=0.0, nesterov=False).momentum == 0.0


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(UsageError, match="setting must be one of momentum, nesterov.*'momentm'"):
        make_optimizer("sgd", 0.1, momentm=0.9)
