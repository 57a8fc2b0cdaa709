"""Encoding must agree with the space, configuration by configuration."""

from __future__ import annotations

import keras_tuner
import numpy as np
import pytest

from tests.oracles.searching import SPACES
from tftune.oracles.core.encoding import Encoding
from tftune.space.search_space import SearchSpace


def integers() -> keras_tuner.HyperParameters:
    """Integers without a step on every scale, and a knob under two conditions."""
    hp = keras_tuner.HyperParameters()
    hp.Int("linear", -3, 9)
    hp.Int("logarithmic", 1, 200, sampling="log")
    hp.Int("reverse", 1, 50, sampling="reverse_log")
    hp.Choice("kind", ["a", "b", "c"])
    with hp.conditional_scope("kind", ["b", "c"]):
        hp.Choice("width", [8, 16, 32])
        with hp.conditional_scope("width", [16, 32]):
            hp.Float("rate", 0.0, 1.0)
    return hp


@pytest.mark.parametrize("name", [*SPACES, "integers"])
def test_snapping_many_places_is_snapping_each(name: str) -> None:
    space = SearchSpace(integers() if name == "integers" else SPACES[name]())
    places = np.random.default_rng(0).random((300, len(space.knobs)))
    expected = [space.to_unit(space.from_unit(place)) for place in places]
    np.testing.assert_allclose(Encoding(space).snap(places), expected, atol=1e-12)
    np.testing.assert_allclose(
        Encoding(space).places([space.from_unit(place) for place in places]), expected, atol=1e-12
    )


def test_the_ends_belong_to_the_space() -> None:
    space = SearchSpace(integers())
    ends = np.array([[0.0] * len(space.knobs), [1.0] * len(space.knobs)])
    np.testing.assert_allclose(
        Encoding(space).snap(ends),
        [space.to_unit(space.from_unit(place)) for place in ends],
        atol=1e-12,
    )


def test_features_by_hand() -> None:
    hp = keras_tuner.HyperParameters()
    hp.Choice("units", [8, 16, 64])  # numbers are ordered: 0, 1/2, 1
    hp.Choice("optimizer", ["sgd", "adam"])  # names are not
    hp.Fixed("classes", 3)  # tells nothing
    hp.Float("rate", 1e-4, 1e-2, sampling="log")
    encoding = Encoding(SearchSpace(hp))
    features = encoding.features(
        encoding.places(
            [{"units": 16, "optimizer": "adam", "rate": 1e-3}, {"units": 64, "rate": 1e-4}]
        )
    )
    np.testing.assert_allclose(
        features, [[0.5, 0, 0.5**0.5, 0.5], [1.0, 0.5**0.5, 0, 0.0]], atol=1e-12
    )
    assert encoding.knob_of_column.tolist() == [0, 1, 1, 3]
    assert ((features[0, 1:3] - features[1, 1:3]) ** 2).sum() == pytest.approx(
        1.0
    )  # two choices have the distance 1


def test_mutations_move_at_least_one_tuned_knob_and_stay_inside() -> None:
    space = SearchSpace(SPACES["mixed"]())
    encoding = Encoding(space)
    places = encoding.snap(np.random.default_rng(1).random((400, len(space.knobs))))
    moved = encoding.mutate(places, 0.001, 0.3, np.random.default_rng(2))
    assert moved.min() >= 0.0 and moved.max() <= 1.0
    changed = encoding.snap(moved) != places
    assert not changed[:, [knob.name for knob in space.knobs].index("classes")].any()
    units = [knob.name for knob in space.knobs].index("units")
    ends = np.tile(places[0], (200, 1))
    ends[:, units] = np.repeat([0.5 / 8, 7.5 / 8], 100)  # the first and the last of eight values
    at_ends = encoding.snap(encoding.mutate(ends, 0.001, 1.0, np.random.default_rng(3)))
    assert (
        at_ends[:, units] != ends[:, units]
    ).all()  # a stepped knob never ends where it began, nor at the ends of its range
    assert changed.any(axis=1).mean() > 0.8  # an unordered knob may draw the same choice again


def test_a_space_without_tuned_knobs_has_no_columns() -> None:
    encoding = Encoding(SearchSpace(SPACES["one_point"]()))
    assert encoding.features(np.zeros((2, 3))).shape == (2, 0)
    assert not encoding.tuned.any()
