"""Which executor runs the trials, and how many of them at a time."""

from __future__ import annotations

import glob
import os
from pathlib import Path

from tftune.execution.base import AbstractExecutor
from tftune.execution.inline import InlineExecutor
from tftune.execution.processes import ProcessExecutor


def open_executor(workers: int, threads: int = 1, logs: Path | None = None) -> AbstractExecutor:
    """Returns child processes for `workers` of at least 1, and this very process for 0.

    Example:
        >>> open_executor(0).slots
        1
    """
    return ProcessExecutor(workers, threads, logs) if workers else InlineExecutor()


def default_workers() -> int:
    """One a core, or one in all on a machine with a GPU."""
    if glob.glob("/dev/nvidia[0-9]*") and os.environ.get("CUDA_VISIBLE_DEVICES") not in ("", "-1"):
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
