"""What this machine offers to trials: its cores and its GPUs."""

from __future__ import annotations

import glob
import os


def cores() -> list[int]:
    """Returns the numbers of the cores that this process may use; none where no system call tells.

    Example:
        >>> len(set(cores())) == len(cores())
        True
    """
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def core_count() -> int:
    """Returns how many cores this process may use, at least 1."""
    return len(cores()) or os.cpu_count() or 1


def gpus() -> list[str]:
    """Returns the GPUs that TensorFlow may use, as CUDA_VISIBLE_DEVICES names them."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        names = (word.strip() for word in visible.split(","))
        return [name for name in names if name not in ("", "-1")]
    return [path.removeprefix("/dev/nvidia") for path in sorted(glob.glob("/dev/nvidia[0-9]*"))]
