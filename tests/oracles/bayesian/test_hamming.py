"""The fast Hamming kernel against scikit-optimize's own, to the last bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from skopt.learning.gaussian_process.kernels import ConstantKernel, HammingKernel, Matern

from tftune.oracles.bayesian.hamming import FastHammingKernel, make_fast

CHOICES = [["relu", "tanh"], [1, 2, 4], [True, False], [0.1, 0.2, 0.5], ["a", 1, True, None]]


def rows(count: int, dimensions: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    found = np.empty((count, dimensions), dtype=object)
    for axis in range(dimensions):
        choices = CHOICES[axis % len(CHOICES)]
        found[:, axis] = [choices[random.integers(len(choices))] for _ in range(count)]
    return found


def same(left: Any, right: Any) -> bool:
    return (
        left.shape == right.shape
        and left.dtype == right.dtype
        and left.tobytes() == right.tobytes()
    )


@pytest.mark.parametrize("dimensions", [1, 2, 5, 7, 8, 9, 17])
@pytest.mark.parametrize("numeric", [False, True])
def test_kernel_and_gradient_are_the_original_ones_to_the_last_bit(
    dimensions: int, numeric: bool
) -> None:
    left, right = rows(23, dimensions, 0), rows(11, dimensions, 1)
    if numeric:
        left, right = (
            np.vectorize(lambda value: len(str(value)))(side).astype(float)
            for side in (left, right)
        )
    scale = np.exp(np.random.default_rng(2).normal(size=dimensions))
    original, fast = HammingKernel(scale), FastHammingKernel(scale)
    assert same(fast(left, right), original(left, right))
    for _ in range(2):  # the second time it knows where the rows differ
        assert same(fast(left), original(left))
        for mine, theirs in zip(
            fast(left, eval_gradient=True), original(left, eval_gradient=True), strict=True
        ):
            assert same(mine, theirs)
    assert same(fast(right), original(right))  # other rows than those that it knows
    assert same(
        clone(fast).clone_with_theta(fast.theta * 0.5)(left),
        original.clone_with_theta(original.theta * 0.5)(left),
    )


def test_a_single_length_scale_and_wrong_shapes_are_the_originals() -> None:
    assert same(FastHammingKernel(0.7)(rows(9, 3, 0)), HammingKernel(0.7)(rows(9, 3, 0)))
    with pytest.raises(ValueError, match="Expected X to have 2 features, got 3"):
        FastHammingKernel([1.0, 2.0])(rows(4, 3, 0))
    with pytest.raises(ValueError, match="gradient can be evaluated only when Y != X"):
        FastHammingKernel([1.0, 2.0])(rows(4, 2, 0), rows(4, 2, 0), eval_gradient=True)


def test_every_hamming_kernel_in_a_sum_or_product_is_replaced_and_no_other() -> None:
    made = make_fast(ConstantKernel(2.0) * HammingKernel([1.0, 2.0], (0.1, 10.0)) + Matern(nu=1.5))
    assert type(made.k1.k2) is FastHammingKernel and type(made.k2) is Matern
    assert made.k1.k2.length_scale == [1.0, 2.0] and made.k1.k2.length_scale_bounds == (0.1, 10.0)
    assert isinstance(make_fast(HammingKernel([1.0, 2.0])), FastHammingKernel)
