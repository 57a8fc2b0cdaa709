"""CONTRACTS AS TESTS: suites for whoever writes an oracle, a scheduler or an executor.

Each suite is a class of pytest tests; derive one in a test module of yours and say how your object
is made. pytest must be installed, which tftune itself does not need.
"""

from __future__ import annotations

import pytest

_SUITES = ("executors", "given", "oracles", "resuming", "schedulers")

# Failures then show both sides.
pytest.register_assert_rewrite(*(f"{__name__}.{suite}" for suite in _SUITES))
