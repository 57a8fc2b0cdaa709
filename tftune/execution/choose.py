"""Which executor runs the trials, and how many of them at a time."""

from __future__ import annotations

from pathlib import Path

from tftune.execution.base import AbstractExecutor
from tftune.execution.machine import core_count, gpus


def open_executor(
    workers: int | None,
    threads: int = 1,
    logs: Path | None = None,
    memory: float | None = None,
    ray: str | None = None,
    gpu_share: float | None = None,
) -> AbstractExecutor:
    """Returns child processes for `workers` of at least 1, this very process for 0, or a Ray
    cluster.

    Args:
        workers: Jobs at a time; with Ray, None is what the cluster has room for.
        threads: Threads for one TensorFlow operation in a child.
        logs: Folder for what children print.
        memory: Gigabytes that a child may use, or None.
        ray: "local" starts a Ray on this machine; an address, or "auto", joins a cluster; None uses
            none.
        gpu_share: Part of a GPU for a job, with Ray; None is a whole one if this machine has any.

    Example:
        >>> open_executor(0).slots
        1
    """
    if ray is not None:
        from tftune.execution.ray_cluster import RayExecutor

        share = gpu_share if gpu_share is not None else float(bool(gpus()))
        return RayExecutor(workers, threads, None if ray == "local" else ray, share, logs, memory)
    if workers:
        from tftune.execution.processes import ProcessExecutor  # --help must not wait for it

        return ProcessExecutor(workers, threads, logs, memory, gpus())
    from tftune.execution.inline import InlineExecutor

    return InlineExecutor()


def prepare(workers: int | str | None) -> None:
    """Lets the child processes that a search will need begin to import TensorFlow now.

    Args:
        workers: As for the search: 0 and "ray" need none.
    """
    if workers not in (0, "ray"):
        from tftune.execution.fork_server import start_fork_server

        start_fork_server()


def default_workers(gpu_share: float = 1.0) -> int:
    """Returns one a core; on a machine with GPUs, as many as fit on them.

    Example:
        >>> default_workers() >= 1
        True
    """
    if found := gpus():
        return len(found) * max(1, int(1.0 / gpu_share + 1e-9))
    return core_count()
