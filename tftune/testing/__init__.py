"""CONTRACT SUITES for whoever writes a search method, a scheduler or an executor; needs pytest.

Our own tests apply them to every entry of the registries.
"""

import pytest

_SUITES = ("executors", "given", "oracles", "resuming", "schedulers")

pytest.register_assert_rewrite(*(f"{__name__}.{suite}" for suite in _SUITES))
