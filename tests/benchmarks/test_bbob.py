"""The BBOB functions have their optimum where it should be, and the properties that the report
names.
"""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import bbob
from benchmarks.bbob.transformations import asymmetric, conditioning, oscillate, penalty, rotation

ALL = list(bbob.FUNCTIONS)
IN_ONE_CURVE = np.linspace(-4, 4, 801)


def at(function: bbob.Function, *points: np.ndarray) -> list[float]:
    return function.value(np.array(points)).tolist()


def rotation_of(number: int, seed: int, dimension: int = 5) -> np.ndarray:
    """The rotation R of a function that draws first x_opt and then R."""
    generator = np.random.default_rng([seed, number, dimension])
    generator.uniform(size=dimension)
    return rotation(generator, dimension)


@pytest.mark.parametrize("number", ALL)
@pytest.mark.parametrize("dimension", [2, 5])
def test_the_optimum_is_0_and_nothing_is_below_it(number: int, dimension: int) -> None:
    for seed in (0, 1):
        function = bbob.make(number, dimension, seed)
        assert function.x_opt.shape == (dimension,)
        assert np.abs(function.x_opt).max() <= 5
        assert function.value(function.x_opt[None, :])[0] == pytest.approx(0, abs=1e-9)
        generator = np.random.default_rng(seed)
        far, near = (
            generator.uniform(-5, 5, (2000, dimension)),
            function.x_opt + generator.normal(0, 1e-3, (200, dimension)),
        )
        assert function.value(far).min() > 0
        assert function.value(near).min() >= -1e-9
        assert function.value(far[:3]) == pytest.approx(
            [function.value(point[None, :])[0] for point in far[:3]]
        )


@pytest.mark.parametrize("number", ALL)
def test_the_instance_is_a_function_of_the_seed(number: int) -> None:
    points = np.random.default_rng(0).uniform(-5, 5, (50, 5))
    first, again, other = (bbob.make(number, 5, seed).value(points) for seed in (0, 0, 1))
    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()


def test_oscillate_keeps_sign_order_and_some_points() -> None:
    assert oscillate(np.array([0.0, 1.0, -1.0])).tolist() == [0, 1, -1]
    assert (np.diff(oscillate(IN_ONE_CURVE)) > 0).all()
    assert np.abs(oscillate(IN_ONE_CURVE) - IN_ONE_CURVE).max() > 0.05


def test_asymmetric_stretches_the_positive_side_of_later_coordinates() -> None:
    x = np.array([[-3.0, -3.0, -3.0], [4.0, 4.0, 4.0]])
    assert asymmetric(x, 0.5).tolist() == [[-3, -3, -3], [4, 4**1.5, 4**2]]


def test_conditioning_and_penalty() -> None:
    assert conditioning(100.0, 5)[[0, 2, 4]] == pytest.approx([1, 10**0.5, 10])
    assert penalty(np.array([[5.0, -5.0], [6.0, -7.0]])).tolist() == [0, 5]


def test_rotations_are_orthogonal() -> None:
    matrix = rotation(np.random.default_rng(0), 5)
    assert matrix @ matrix.T == pytest.approx(np.eye(5), abs=1e-12)
    assert not np.allclose(matrix, np.eye(5))


def test_the_sphere_is_symmetric() -> None:
    function, step = bbob.make(1, 5, 0), np.array([1.0, -2.0, 0.0, 0.5, 0.0])
    assert at(function, function.x_opt + step, function.x_opt - step) == pytest.approx([5.25, 5.25])


@pytest.mark.parametrize("number", [2, 10])
def test_the_ellipsoids_have_conditioning_10_to_the_6(number: int) -> None:
    function = bbob.make(number, 5, 3)
    axes = np.eye(5) if number == 2 else rotation_of(number, 3)  # R x = e_i where x is row i of R
    assert at(function, *(function.x_opt + axes)) == pytest.approx(
        [1, 10**1.5, 10**3, 10**4.5, 10**6], rel=1e-6
    )


def test_the_discus_has_one_steep_direction() -> None:
    function = bbob.make(11, 5, 3)
    assert at(function, *(function.x_opt + rotation_of(11, 3))) == pytest.approx(
        [1e6, 1, 1, 1, 1], rel=1e-6
    )


def test_different_powers_are_one_at_unit_distance() -> None:
    function, axes = bbob.make(14, 5, 3), rotation_of(14, 3)
    assert at(function, *(function.x_opt + axes)) == pytest.approx([1] * 5)
    assert at(function, *(function.x_opt + 0.01 * axes)) == pytest.approx(
        [1e-2, 1e-3, 1e-4, 1e-5, 1e-6]
    )


@pytest.mark.parametrize(("number", "first"), [(3, 1), (4, 1 + 99)])
def test_rastrigin_has_local_minima_at_whole_numbers(number: int, first: int) -> None:
    function = bbob.make(number, 5, 0)
    step = np.eye(5)[0]
    assert at(function, function.x_opt + step, function.x_opt - step) == pytest.approx([first, 1])
    assert at(function, function.x_opt - 0.6 * step)[0] > 10


def test_the_linear_slope_is_linear_inside_and_flat_beyond_its_corner() -> None:
    function = bbob.make(5, 5, 0)
    inside = np.linspace(0, 1, 5)[:, None] * function.x_opt
    values = function.value(inside)
    assert np.diff(values) == pytest.approx([np.diff(values)[0]] * 4)
    assert values[0] == pytest.approx(5 * sum(10 ** (i / 4) for i in range(5)))
    assert at(function, 2 * function.x_opt)[0] == pytest.approx(0, abs=1e-9)


def test_the_attractive_sector_is_steep_outside_one_orthant() -> None:
    function, generator = bbob.make(6, 5, 0), np.random.default_rng(0)
    values = function.value(function.x_opt + generator.normal(0, 0.1, (4000, 5)))
    assert np.quantile(values, 0.999) / np.quantile(values, 0.001) > 1e3


def test_the_step_ellipsoid_has_plateaus() -> None:
    function = bbob.make(7, 5, 0)
    # Two points a hair apart differ at most by the little term of z_1, which is 1e-5 |z_1|.
    points = np.random.default_rng(0).uniform(-5, 5, (500, 5))
    same = np.abs(function.value(points) - function.value(points + 1e-9)) < 1e-6
    assert same.mean() > 0.99
    assert len(set(np.round(function.value(points), 6))) > 400


@pytest.mark.parametrize("number", [8, 9])
def test_rosenbrock_has_the_values_of_the_formula(number: int) -> None:
    function = bbob.make(number, 5, 0)
    if number == 8:
        assert at(function, function.x_opt - 1)[0] == pytest.approx(4)  # z = 0
    else:
        assert at(function, np.zeros(5))[0] == pytest.approx(4 * (100 * 0.25**2 + 0.25))  # z = 1/2


def test_the_sharp_ridge_does_not_get_flat() -> None:
    function = bbob.make(13, 5, 0)
    direction = np.array([0.3, -0.5, 0.1, 0.7, 0.4])
    near, nearer = at(
        function, function.x_opt + 1e-4 * direction, function.x_opt + 1e-5 * direction
    )
    assert near / nearer == pytest.approx(10, rel=0.01)  # linear, not quadratic


def test_the_bent_cigar_is_a_thousand_times_as_flat_along_one_direction() -> None:
    function, matrix = bbob.make(12, 5, 0), rotation_of(12, 0)
    tiny = 1e-10  # where T_asy does nearly nothing, z = R R (x - x_opt)
    axes = matrix @ matrix
    values = at(function, *(function.x_opt + tiny * axes))
    assert np.array(values) / tiny**2 == pytest.approx([1, 1e6, 1e6, 1e6, 1e6], rel=0.05)


def test_the_second_schaffer_is_worse_conditioned() -> None:
    points = np.random.default_rng(0).normal(0, 1, (500, 5))
    values = {number: bbob.make(number, 5, 0) for number in (17, 18)}
    spread = {
        number: np.median(function.value(function.x_opt + points))
        for number, function in values.items()
    }
    assert spread[18] > 2 * spread[17]


def test_weierstrass_and_katsuura_are_rugged() -> None:
    for number in (16, 23):
        function = bbob.make(number, 5, 0)
        line = function.value(function.x_opt + np.linspace(0, 1, 2001)[:, None] * np.full(5, 0.5))
        turns = (np.diff(np.sign(np.diff(line))) != 0).sum()
        assert turns > 50


def test_griewank_rosenbrock_has_the_value_of_the_formula_at_the_origin() -> None:
    s = 100 * 0.25**2 + 0.25
    assert at(bbob.make(19, 5, 0), np.zeros(5))[0] == pytest.approx(
        10 * (s / 4000 - np.cos(s)) + 10
    )


def test_schwefel_has_its_optimum_at_the_tabled_place() -> None:
    function = bbob.make(20, 5, 0)
    assert np.abs(function.x_opt) == pytest.approx(np.full(5, 4.2096874633 / 2))
    assert at(function, 2.5 * function.x_opt)[0] > 100  # far outside: the penalty


@pytest.mark.parametrize("number", [21, 22])
def test_gallagher_is_flat_far_from_its_peaks_and_below_100(number: int) -> None:
    function = bbob.make(number, 5, 0)
    values = function.value(np.random.default_rng(0).uniform(-5, 5, (5000, 5)))
    assert 50 < np.median(values) < values.max() < 1.2 * 100


def test_lunacek_has_a_second_funnel() -> None:
    function = bbob.make(24, 5, 0)
    s = 1 - 1 / (2 * np.sqrt(25) - 8.2)
    wrong = function.x_opt / 1.25 * (-np.sqrt((2.5**2 - 1) / s)) / 2  # where x_hat = mu_1
    waves = 10 * 2 * 5  # the most that 10 (D - sum cos) adds
    assert 5 <= at(function, wrong)[0] <= 5 + waves
