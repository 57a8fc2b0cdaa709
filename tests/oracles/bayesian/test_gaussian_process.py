"""The Gaussian process against scikit-learn's and against finite differences."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from tftune.oracles.bayesian.gaussian_process import GaussianProcess


def data(count: int = 25) -> tuple[np.ndarray, np.ndarray]:
    """Two columns and a smooth function of them."""
    x = np.random.default_rng(0).random((count, 2))
    return x, np.sin(4 * x[:, 0]) + x[:, 1] ** 2


def test_other_results_with_the_same_lengths_are_a_fit_without_iterations() -> None:
    x, y = data()
    theta = np.log([0.4, 0.9, 0.01])
    fitted = GaussianProcess(np.array([0, 1])).fit(x, y, theta, iterations=0)
    process = GaussianProcess(np.array([0, 1])).condition(x, y, theta)
    queries = np.random.default_rng(1).random((40, 2))
    np.testing.assert_allclose(process.predict(queries), fitted.predict(queries), atol=1e-7)
    np.testing.assert_allclose(process.smoothed(), process.predict(x)[0], atol=1e-7)
    assert np.abs(process.smoothed() - y).max() > 1e-3  # noise is taken out


def test_predicts_as_scikit_learn_does() -> None:
    x, y = data()
    theta = np.log([0.4, 0.9, 0.01])
    process = GaussianProcess(np.array([0, 1])).fit(x, y, theta, iterations=0)
    kernel = ConstantKernel(process._scale) * (
        Matern([0.4, 0.9], nu=2.5) + WhiteKernel(0.01 + 1e-9)
    )
    witness = GaussianProcessRegressor(kernel, optimizer=None, alpha=0.0).fit(x, y)
    queries = np.random.default_rng(1).random((40, 2))
    mean, deviation = process.predict(queries)
    expected_mean, expected_deviation = witness.predict(queries, return_std=True)
    np.testing.assert_allclose(mean, expected_mean, atol=1e-8)
    noise = process._scale * (
        0.01 + 1e-9
    )  # scikit-learn's deviation counts the noise of a new result, ours does not
    np.testing.assert_allclose(deviation**2 + noise, expected_deviation**2, atol=1e-8)


@pytest.mark.parametrize("theta", [[-0.5, 0.3, -4.0], [0.5, -1.5, -1.0]])
def test_the_gradient_is_the_slope(theta: list[float]) -> None:
    x, y = data()
    process = GaussianProcess(np.array([0, 1])).fit(x, y, iterations=0)
    _, gradient = process._loss(np.array(theta))
    slope = approx_fprime(np.array(theta), lambda point: process._loss(point)[0], 1e-6)
    np.testing.assert_allclose(gradient, slope, rtol=1e-4, atol=1e-4)


def test_leaving_one_out_is_fitting_to_the_others() -> None:
    x, y = data(12)
    theta = np.log([0.4, 0.9, 0.01])
    predicted = GaussianProcess(np.array([0, 1])).fit(x, y, theta, iterations=0).leave_one_out()
    for out in range(12):
        others = np.arange(12) != out
        mean, _ = (
            GaussianProcess(np.array([0, 1]))
            .fit(x[others], y[others], theta, iterations=0)
            .predict(x[[out]])
        )
        assert predicted[out] == pytest.approx(mean[0], abs=1e-9)


def test_columns_of_one_knob_share_a_length() -> None:
    process = GaussianProcess(np.array([0, 2, 2, 2, 5]))
    assert len(process.theta) == 4  # three knobs and the noise
    x = np.random.default_rng(0).random((12, 5))
    process.fit(x, x[:, 0])
    assert process.predict(x)[0].shape == (12,)


def test_a_knob_without_effect_gets_a_longer_length() -> None:
    x = np.random.default_rng(0).random((40, 2))
    process = GaussianProcess(np.array([0, 1])).fit(x, np.sin(8 * x[:, 0]))
    assert process.theta[1] > process.theta[0] + math.log(3)


def test_equal_targets_and_equal_points_are_no_trouble() -> None:
    x = np.zeros((6, 2))
    process = GaussianProcess(np.array([0, 1])).fit(x, np.zeros(6))
    mean, deviation = process.predict(np.ones((2, 2)))
    assert np.isfinite(mean).all() and np.isfinite(deviation).all() and (deviation > 0).all()


def test_a_choice_among_many_does_not_take_their_square_of_memory() -> None:
    """All differences of 200 results in 1,000 columns would take 320 MB."""
    features = np.eye(1000)[np.arange(200) % 50] / math.sqrt(2)
    tracemalloc.start()
    try:
        GaussianProcess(np.zeros(1000, dtype=int)).fit(features, np.arange(200) % 7 - 3.0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 30e6
