"""The data of a search as its trials, its journal and its reports have them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tftune.journal.provenance import summarize_arrays
from tftune.training.inputs.call import FitCall
from tftune.training.inputs.summary import summarize

SCHEMA_OF_INPUTS = 3  # of journals since which the fingerprint covers inputs of every kind


def summary_of(
    call: FitCall, header: Mapping[str, Any], groups: np.ndarray | None = None
) -> dict[str, Any]:
    """Returns what is told of the data; as an older journal tells it, to resume its search.

    Args:
        call: The arguments of `search`.
        header: Of the search in the folder; empty for a new one.
        groups: Of the folds.
    """
    if header and header.get("schema", 0) < SCHEMA_OF_INPUTS:
        summary = summarize_arrays(call.arguments, dict(call.options), groups)
    else:
        summary = summarize(call, groups)
    classes = getattr(call.x, "class_names", None)
    return summary | ({"class_names": list(classes)} if classes else {})


def sorted_arguments(call: FitCall) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Returns the positional and the keyword arguments of `fit`, callbacks among them."""
    options = dict(call.options)
    if call.callbacks is not None:
        options["callbacks"] = call.callbacks
    if call.verbose == 2:
        options["verbose"] = 2
    return call.arguments, options
