"""All cases, in the order of the table."""

from __future__ import annotations

from tests.differential import cases_data, cases_fit, cases_models, cases_optimizers

CASES = [*cases_models.CASES, *cases_optimizers.CASES, *cases_data.CASES, *cases_fit.CASES]
