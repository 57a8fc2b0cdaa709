"""Which of TensorFlow's implementations of an operation a process uses."""

from __future__ import annotations

import os
import platform

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
