"""The network of DNGO: its gradient against finite differences, its training, its shapes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from tftune.oracles.bayesian.basis_network import BasisNetwork


def data(count: int = 30, inputs: int = 3) -> tuple[np.ndarray, np.ndarray]:
    features = np.random.default_rng(0).uniform(-1, 1, (count, inputs))
    return features, np.sin(3 * features[:, 0]) + features[:, 1] * features[:, 2]


def network(inputs: int = 3, **options: tuple[int, ...]) -> BasisNetwork:
    return BasisNetwork(inputs, np.random.default_rng(1), **options)


@pytest.mark.parametrize("hidden", [(4,), (4, 3), (5, 4, 3)])
def test_gradient_is_that_of_finite_differences(hidden: tuple[int, ...]) -> None:
    features, targets = data()
    small = network(hidden=hidden)
    small.theta += 0.1  # biases too
    _, slope = small.loss(small.theta, features, targets, 0.3)
    numeric = approx_fprime(
        small.theta, lambda theta: small.loss(theta, features, targets, 0.3)[0], 1e-6
    )
    assert slope == pytest.approx(numeric, abs=1e-5)


def test_the_loss_by_hand() -> None:
    """One hidden unit: f(x) = 2 tanh(0.5 x + 0.1) - 1."""
    tiny = network(1, hidden=(1,))
    theta = np.array([0.5, 0.1, 2.0, -1.0])
    value, _ = tiny.loss(theta, np.array([[1.0]]), np.array([0.2]), 0.01)
    assert value == pytest.approx(
        0.5 * (2 * np.tanh(0.6) - 1.2) ** 2 + 0.005 * (0.25 + 4.0)
    )  # biases go free


def test_training_fits_and_decay_shrinks() -> None:
    features, targets = data()
    fitted = network().fit(features, targets)
    assert np.mean((fitted.predict(features) - targets) ** 2) < 0.05 * np.var(targets)
    shrunk = network().fit(features, targets, decay=1.0)
    assert np.linalg.norm(shrunk.theta) < 0.5 * np.linalg.norm(fitted.theta)
    assert fitted.theta.dtype == float


def test_the_prediction_is_linear_in_the_basis() -> None:
    features, targets = data()
    fitted = network().fit(features, targets, epochs=20)
    basis = fitted.basis(features)
    assert basis.shape == (30, 50) and (np.abs(basis) < 1).all()
    assert basis @ fitted.theta[-51:-1] + fitted.theta[-1] == pytest.approx(
        fitted.predict(features)
    )


def test_same_generator_same_network() -> None:
    features, targets = data()
    assert (network().fit(features, targets).theta == network().fit(features, targets).theta).all()
    assert (BasisNetwork(3, np.random.default_rng(2)).theta != network().theta).any()
