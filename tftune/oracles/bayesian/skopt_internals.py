"""Private names of scikit-optimize: all that tftune uses stand here. Written for version 0.10.2.

Each function says what happens where a name is gone. `test_skopt_internals.py` says what is relied
on; `test_gp.py` and `test_forest.py` compare every proposal with `gp_minimize` and
`forest_minimize`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import skopt

from tftune.errors import RunFolderError


def initial_design(optimizer: Any) -> list[list[Any]] | None:
    """Returns the points that an optimiser has drawn to begin with; None if it draws one after the
    other, and where the name is gone: then it is asked, and may repeat points while trials run.
    """
    return getattr(optimizer, "_initial_samples", None)


def tell(optimizer: Any, point: Sequence[Any], result: Any, fit: bool) -> None:
    """Tells an optimiser a result without its checks, which refuse a point that rounding has put
    outside the space; where the name is gone, with them.

    Args:
        optimizer: Of scikit-optimize.
        point: A point of its space.
        result: The loss; of an acquisition "per second" the loss and the logarithm of seconds.
        fit: Whether the model is fitted.
    """
    if hasattr(optimizer, "_tell"):
        optimizer._tell(point, result, fit=fit)
        return
    if isinstance(result, list):
        result = [result[0], math.exp(result[1])]  # the public way takes the logarithm itself
    optimizer.tell(point, result, fit=fit)


def fitted_state(optimizer: Any) -> dict[str, Any] | None:
    """Returns what a fit has left behind, as JSON can hold it; None where a name is gone: then a
    search is resumed by fitting again.
    """
    fitted = bool(getattr(optimizer, "models", ()))
    if fitted and not (hasattr(optimizer, "_next_x") and hasattr(optimizer, "next_xs_")):
        return None
    gains = getattr(optimizer, "gains_", None)
    state: dict[str, Any] = {
        "gains": None if gains is None else gains.tolist(),
        "next": None,
        "candidates": None,
    }
    if fitted:
        state["next"] = [x.item() if hasattr(x, "item") else x for x in optimizer._next_x]
        state["candidates"] = [np.asarray(x).tolist() for x in optimizer.next_xs_]
    return state


def set_fitted_state(optimizer: Any, state: Mapping[str, Any]) -> None:
    """Brings an optimiser that was told everything into a state of `fitted_state`, without fitting.

    Raises:
        RunFolderError: If this version of scikit-optimize keeps its state otherwise.
    """
    known = hasattr(optimizer, "models") and (
        state["gains"] is None or hasattr(optimizer, "gains_")
    )
    if not known:
        raise RunFolderError(
            "The state of the search does not fit this version of scikit-optimize. Expected "
            f"version 0.10.2. Received: {skopt.__version__}. Install that version to go on, or "
            "start over."
        )
    if state["gains"] is not None:
        optimizer.gains_ = np.array(state["gains"])
    if state["next"] is not None:
        optimizer._next_x = list(state["next"])
        optimizer.next_xs_ = [np.array(x) for x in state["candidates"]]
        optimizer.models = [None]  # only their number is looked at; the next result fits a new one
