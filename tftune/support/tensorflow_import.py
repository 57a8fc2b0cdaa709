"""What is said before TensorFlow is imported: which kernels it uses, and that it keeps quiet."""

from __future__ import annotations

import contextlib
import os
import platform
import sys
from collections.abc import Iterator

from tftune.errors import MachineError

_NO_MEMORY = ("failed to map segment", "annot allocate memory", "out of memory")
VARIABLE = "TF_ENABLE_ONEDNN_OPTS"


def prefer_fast_kernels() -> None:
    """Lets a process use oneDNN's convolutions and matrix products, unless the user's environment
    says otherwise.

    By itself TensorFlow uses them only on processors with instructions for neural networks (AVX512
    VNNI), but they are quicker on any x86 processor with AVX2. They add floats in another order.
    TensorFlow reads the variable once, when it is imported; call this before.

    Example:
        >>> prefer_fast_kernels()
        >>> os.environ.get("TF_ENABLE_ONEDNN_OPTS", "1") in ("0", "1")
        True
    """
    if platform.machine().lower() in ("x86_64", "amd64"):
        os.environ.setdefault(VARIABLE, "1")


@contextlib.contextmanager
def quiet_import() -> Iterator[None]:
    """Sends what native code writes to stderr nowhere; Python's own exceptions still come through.

    TensorFlow's start-up lines are meant, which no setting silences whole.

    Example:
        >>> with quiet_import():
        ...     import json  # in real use: import tensorflow
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    saved, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    except (ImportError, MemoryError) as error:
        if isinstance(error, MemoryError) or any(word in str(error) for word in _NO_MEMORY):
            raise MachineError(
                f"TensorFlow cannot be loaded: {error or 'no memory is left'}. Expected memory for "
                "it, 2 GB or more. End other processes or raise the limit (ulimit -v), then go on: "
                "what was done is kept."
            ) from error
        raise
    finally:
        sys.stderr.flush()
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)
