"""All cases, in the order of the table."""

from __future__ import annotations

from tests.differential import (
    cases_callbacks,
    cases_compiling,
    cases_data,
    cases_fit,
    cases_layers,
    cases_models,
    cases_optimizers,
)

CASES = [
    *cases_models.CASES,
    *cases_layers.CASES,
    *cases_optimizers.CASES,
    *cases_compiling.CASES,
    *cases_data.CASES,
    *cases_fit.CASES,
    *cases_callbacks.CASES,
]
