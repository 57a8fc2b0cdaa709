"""How many threads linear algebra uses: the last bits of a fit depend on it."""

from __future__ import annotations

import contextlib
from typing import Any

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]


def limited_threads(count: int | None) -> contextlib.AbstractContextManager[Any]:
    """Returns a context in which linear algebra uses `count` threads; for None, all it likes."""
    return contextlib.nullcontext() if count is None else threadpool_limits(count, user_api="blas")
