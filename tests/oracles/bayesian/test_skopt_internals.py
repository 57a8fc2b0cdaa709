"""What tftune relies on inside scikit-optimize, and what it does where that is gone."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import skopt

from tftune.errors import RunFolderError
from tftune.oracles.bayesian import skopt_internals, surrogate


def optimizer(design: str = "sobol", acquisition: str = "gp_hedge") -> Any:
    return surrogate.gaussian_process([skopt.space.Real(0.0, 1.0)], 0, acquisition, design, 2)


def fitted(acquisition: str = "gp_hedge") -> Any:
    made = optimizer(acquisition=acquisition)
    results: list[Any] = [0.4, 0.1, 0.2]
    if acquisition == "EIps":
        results = [[result, 0.5] for result in results]
    surrogate.tell(made, [[0.1], [0.5], [0.8]], results)
    return made


def test_the_private_names_are_there_and_mean_what_we_take_them_for() -> None:
    assert len(optimizer()._initial_samples) == 2 and optimizer("random")._initial_samples is None
    made = fitted()
    assert made.n_initial_points_ == 2 and made._n_initial_points == 2 - len(made.Xi)
    assert len(made.models) == 1 and made.space.__contains__(made._next_x)
    assert len(made.next_xs_) == len(made.gains_) == 3  # one each of EI, PI and LCB
    assert not hasattr(fitted("EI"), "gains_")
    made._tell([1.5], 0.3, fit=False)  # not checked
    with pytest.raises(ValueError, match="not within the bounds"):
        made.tell([1.5], 0.3, fit=False)


@pytest.mark.parametrize("acquisition", ["gp_hedge", pytest.param("EIps", marks=pytest.mark.slow)])
def test_a_packed_state_comes_back(acquisition: str) -> None:
    made = fitted(acquisition)
    state = json.loads(json.dumps(surrogate.pack(made)))
    again = optimizer(acquisition=acquisition)
    surrogate.unpack(again, state, made.Xi, made.yi)
    assert surrogate.pack(again) == state and again._n_initial_points == made._n_initial_points
    for one in (made, again):
        surrogate.tell(one, [[0.3]], [[0.3, 0.5] if acquisition == "EIps" else 0.3])
    assert made._next_x == again._next_x


class Public:
    """An optimiser without private names."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.models = [None]

    def tell(self, point: Any, result: Any, fit: bool) -> None:
        self.told.append((point, result, fit))


def test_without_the_private_names_the_public_ones_serve() -> None:
    public = Public()
    assert skopt_internals.initial_design(public) is None
    skopt_internals.tell(public, [0.5], 0.1, fit=True)
    skopt_internals.tell(public, [0.5], [0.1, float(np.log(3.0))], fit=False)
    (_, plain, _), (_, timed, fit) = public.told
    assert plain == 0.1 and timed == [0.1, pytest.approx(3.0)] and fit is False
    assert skopt_internals.fitted_state(public) is None  # then a search is replayed


@pytest.mark.slow
def test_a_state_of_another_version_is_refused() -> None:
    state = skopt_internals.fitted_state(fitted())
    assert state is not None
    with pytest.raises(RunFolderError, match=r"does not fit this version.*Expected version 0\.10"):
        skopt_internals.set_fitted_state(Public(), state)
