"""Bayesian linear regression against closed forms, scikit-learn's BayesianRidge and scipy's normal
distribution.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from scipy.stats import multivariate_normal
from sklearn.linear_model import BayesianRidge

from tftune.oracles.bayesian.bayesian_regression import BayesianRegression


def data(
    count: int, width: int, seed: int = 0, noise: float = 0.1
) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    basis = generator.normal(size=(count, width))
    return basis, basis @ generator.normal(size=width) + noise * generator.normal(size=count)


@pytest.mark.parametrize("count, width", [(40, 5), (5, 12), (7, 7)])
def test_posterior_is_the_closed_form(count: int, width: int) -> None:
    basis, targets = data(count, width)
    alpha, beta = 0.5, 20.0
    found = BayesianRegression(basis, targets, alpha, beta)
    covariance = np.linalg.inv(alpha * np.eye(width) + beta * basis.T @ basis)
    assert found.weights == pytest.approx(beta * covariance @ basis.T @ targets)
    new = data(9, width, seed=1)[0]
    mean, deviation = found.predict(new)
    assert mean == pytest.approx(new @ found.weights)
    assert deviation**2 == pytest.approx(np.diag(new @ covariance @ new.T))


@pytest.mark.parametrize("count, width", [(40, 5), (5, 12)])
def test_evidence_is_the_density_of_the_targets(count: int, width: int) -> None:
    basis, targets = data(count, width)
    regression = BayesianRegression(basis, targets, 1.0, 1.0)
    for alpha, beta in ((0.5, 20.0), (3.0, 0.7)):
        covariance = basis @ basis.T / alpha + np.eye(count) / beta
        value, slope = regression.log_evidence(np.log([alpha, beta]))
        assert value == pytest.approx(multivariate_normal(cov=covariance).logpdf(targets))
        numeric = approx_fprime(
            np.log([alpha, beta]), lambda place: regression.log_evidence(place)[0], 1e-6
        )
        assert slope == pytest.approx(numeric, rel=1e-3, abs=1e-3)


def test_precisions_are_those_of_scikit_learn() -> None:
    basis, targets = data(300, 6, noise=0.3)
    found = BayesianRegression(basis, targets)
    witness = BayesianRidge(
        fit_intercept=False, alpha_1=0, alpha_2=0, lambda_1=0, lambda_2=0, tol=1e-10
    ).fit(basis, targets)
    assert found.beta == pytest.approx(
        witness.alpha_, rel=0.01
    )  # scikit-learn calls the noise's precision alpha
    assert found.alpha == pytest.approx(
        witness.lambda_, rel=0.1
    )  # our weak prior shows here, with six weights
    assert found.weights == pytest.approx(witness.coef_, rel=1e-3)
    new = data(9, 6, seed=1)[0]
    mean, deviation = witness.predict(new, return_std=True)
    assert found.predict(new)[0] == pytest.approx(mean, rel=1e-3)
    assert np.sqrt(found.predict(new)[1] ** 2 + 1 / found.beta) == pytest.approx(
        deviation, rel=0.01
    )


def test_the_least_data_are_enough() -> None:
    for targets in (np.array([0.0]), np.array([1.0]), np.zeros(3)):
        basis = np.ones((len(targets), 4))
        mean, deviation = BayesianRegression(basis, targets).predict(
            np.array([[1.0, 1.0, 1.0, 1.0], [1.0, -1.0, 0.0, 0.0]])
        )
        assert np.isfinite(mean).all() and np.isfinite(deviation).all() and (deviation > 0).all()
        assert (
            deviation[1] > 0.9 * deviation[0] / 2**0.5
        )  # nothing is known across the one direction seen
