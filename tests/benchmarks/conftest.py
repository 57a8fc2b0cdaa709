"""Linear algebra with one thread, as the benchmarks run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from threadpoolctl import threadpool_limits


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Two threads are slower where tests run side by side."""
    with threadpool_limits(1):
        yield
