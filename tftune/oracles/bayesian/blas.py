"""How many threads linear algebra uses: the last bits of a fit depend on it."""

from __future__ import annotations

import contextlib
import functools
from typing import Any

from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]


def limited_threads(count: int | None) -> contextlib.AbstractContextManager[Any]:
    """Returns a context in which linear algebra uses `count` threads; for None, all it likes."""
    if count is None:
        return contextlib.nullcontext()
    return _controller().limit(limits=count, user_api="blas")  # type: ignore[no-any-return]


@functools.cache
def _controller() -> Any:
    """Looks for the libraries once, which takes some milliseconds: NumPy and SciPy, which this
    package imports, have loaded theirs.
    """
    return ThreadpoolController()
