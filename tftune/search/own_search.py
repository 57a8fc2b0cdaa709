"""A search whose trials a subclass of `Tuner` runs itself: its plan, and what makes its tasks."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tftune.errors import UsageError
from tftune.search.plan import SearchPlan
from tftune.training.inputs.fingerprint import fingerprint

if TYPE_CHECKING:
    from tftune.search.hooks import TrialHooks


def accepted_options(
    tuner: TrialHooks, arguments: tuple[Any, ...], options: Mapping[str, Any]
) -> dict[str, Any]:
    """Returns the keyword arguments for `run_trial`: all, but `verbose` only if it is taken there.

    Args:
        tuner: Whose `run_trial` it is.
        arguments: Positional arguments of `search`.
        options: Keyword arguments of `search`.

    Raises:
        UsageError: If `run_trial` cannot be called so.
    """
    signature = inspect.signature(tuner.run_trial)
    kinds = [parameter.kind for parameter in signature.parameters.values()]
    takes = "verbose" in signature.parameters or inspect.Parameter.VAR_KEYWORD in kinds
    kept = {name: value for name, value in options.items() if name != "verbose" or takes}
    try:
        signature.bind(None, *arguments, **kept)
    except TypeError as error:
        raise UsageError(
            f"search() was not given what {type(tuner).__name__}.run_trial takes: {error}. "
            f"Expected arguments for run_trial{signature} after the trial. Received: "
            f"{len(arguments)} by position, by keyword {sorted(options) or 'none'}. Correct the "
            "call, or add **kwargs to run_trial."
        ) from None
    return kept


def plan_of_own_trials(
    tuner: TrialHooks, arguments: tuple[Any, ...], options: Mapping[str, Any]
) -> SearchPlan:
    """Returns the plan with what a call of `search` adds.

    Args:
        tuner: Runs the trials.
        arguments: Positional arguments of `search`.
        options: Keyword arguments of `search`, of any names; `epochs` is an epoch's number as
            everywhere if it is a whole number.
    """
    epochs = options.get("epochs")
    whole = isinstance(epochs, int | np.integer) and not isinstance(epochs, bool) and epochs > 0
    planned = int(epochs) if whole else tuner.oracle.planned_epochs or 1  # type: ignore[arg-type]
    given = {name: value for name, value in options.items() if name not in ("verbose", "epochs")}
    data = tuner.plan.data or {
        "source": "run_trial",
        "fingerprint": fingerprint(arguments, dict(sorted(given.items()))),
        "train": None,
        "validation": None,
        "test": None,
    }
    return tuner.plan.at(planned, data)
