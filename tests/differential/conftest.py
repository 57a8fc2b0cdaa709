"""The child process that the trials of all cases share, and the kernels that it uses."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tftune.support.tensorflow_import import VARIABLE

# Those of a child, for plain trainings in this process, too: others round otherwise. It has no
# effect where other tests have imported TensorFlow before, which costs the seventh digit.
os.environ.setdefault(VARIABLE, "1")


@pytest.fixture(scope="session")
def child() -> Iterator[object]:
    """An executor with one child process, which stays for the next case."""
    from tftune.execution.processes import ProcessExecutor

    executor = ProcessExecutor(1)
    yield executor
    executor.close()
