"""Starting Ray on this machine, for loopback only, or joining a cluster that runs."""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import shutil
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tftune.errors import UsageError
from tftune.execution.ray_internals import (
    LOOPBACK,
    init_on_loopback,
    keep_token_private,
    loopback_only,
    not_kept_to_this_machine,
)
from tftune.support.temporary import make_folder

# bytes; on one machine arrays travel as files, so that Ray's object store stays nearly empty
PRIVATE_STORE = 100 * 2**20
REACH_SECONDS = 5.0


class RaySession:
    """A connection to Ray, and Ray itself if it was started here.

    A process has at most one connection: where the program has called `ray.init` already, that one
    is used and left open.

    Args:
        address: None starts Ray on this machine; `auto` joins the cluster that runs here;
            `HOST:PORT` joins the one whose head node listens there. This machine must be a node of
            the cluster that it joins.
        cpus: Processors of a Ray that is started here.

    Raises:
        UsageError: If Ray is not installed or the cluster cannot be reached.
    """

    def __init__(self, address: str | None, cpus: int) -> None:
        self.ray = import_ray()
        self._folder: str | None = None
        self._ours = not self.ray.is_initialized()
        if not self._ours:
            self._check_same(address)
        elif address is None:
            self._start(cpus)
        else:
            self._join(address)

    def _check_same(self, address: str | None) -> None:
        joined = self.ray.get_runtime_context().gcs_address
        if address not in (None, "auto", joined):
            raise UsageError(
                f"This process is connected to another Ray cluster. Expected {address!r}. "
                f"Received: {joined!r}. "
                "Call ray.shutdown() first, or pass address='auto' to use that cluster."
            )

    def _start(self, cpus: int) -> None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        # Ray's sockets need short paths, which macOS's own folder for temporary files is not
        place = Path("/tmp") if os.path.isdir("/tmp") else None
        self._folder = str(make_folder("ray-", place))
        try:
            init_on_loopback(
                self._init_privately,
                os.path.join(self._folder, "r"),  # Ray opens its own to everybody
                address="local",
                num_cpus=cpus,
                include_dashboard=False,
                object_store_memory=PRIVATE_STORE,
            )
            addresses = {node["NodeManagerAddress"] for node in self.ray.nodes()}
            if addresses != {LOOPBACK}:  # another version may choose addresses in another way
                raise not_kept_to_this_machine(sorted(addresses))
        except BaseException:
            self.close()
            raise

    def _join(self, address: str) -> None:
        stays = address != "auto" and _reach(address)
        try:
            with loopback_only() if stays else contextlib.nullcontext():
                self._init(address=address)
        except Exception as error:
            self.close()
            raise UsageError(
                f"The Ray cluster at {address!r} could not be joined: {type(error).__name__}: "
                f"{error}. Expected one that runs, of the same "
                "versions of Ray and Python, with this machine as one of its nodes. Start it with "
                "`ray start --head`, add this machine "
                "with `ray start --address=HOST:PORT`, set RAY_AUTH_MODE=token before Python "
                "starts if the cluster wants a "
                "token, or leave the address out to start Ray here."
            ) from error

    def _init(self, **options: Any) -> None:
        with _own_signals():
            self.ray.init(log_to_driver=False, logging_level=logging.ERROR, **options)

    def _init_privately(self, **options: Any) -> None:
        """Starts Ray so that nobody else can read its token, nor what its processes write."""
        before = os.umask(0o077)
        try:
            self._init(**options)
        finally:
            os.umask(before)
        keep_token_private()

    def close(self) -> None:
        """Leaves the cluster, and ends Ray if it was started here; a connection that the program
        has made stays.
        """
        if self._ours:
            self._ours = False
            self.ray.shutdown()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def import_ray() -> Any:
    """Returns the module `ray`.

    Raises:
        UsageError: If it is not installed.
    """
    try:
        return importlib.import_module("ray")
    except ModuleNotFoundError as error:
        if error.name != "ray":
            raise  # Ray is there, something it needs is not
        raise UsageError(
            "Trials on a cluster need the library Ray. Expected it to be installed. Received: "
            f"{error}. "
            "Install it: pip install 'tftune[ray]'"
        ) from None


@contextlib.contextmanager
def _own_signals() -> Iterator[None]:
    """Keeps the program's handler of SIGTERM, which `ray.init` replaces."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if before is not None:
            signal.signal(signal.SIGTERM, before)


def _reach(address: str) -> bool:
    """Looks whether anything listens at HOST:PORT, since Ray itself would try for a long time;
    tells whether it is on loopback.
    """
    host, _, port = address.rpartition(":")
    if not host or "/" in host or not port.isdigit() or not 0 < int(port) < 2**16:
        raise UsageError(
            f"The address of a Ray cluster must be 'auto' or HOST:PORT. Received: {address!r}. "
            "Pass for example '10.0.0.1:6379'."
        )
    local = host in (LOOPBACK, "localhost", "::1")
    if _listens(host, int(port)):
        return local
    if local and _listens(_node_address(), int(port)):
        return False  # Ray replaces a loopback address by the machine's own
    raise UsageError(
        f"No Ray cluster answers at {address!r}. Expected the head node's address and port, within "
        f"{REACH_SECONDS:g} s. Received: no "
        "connection. Look at `ray status` on the head node, or leave the address out to start Ray "
        "here."
    )


def _listens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=REACH_SECONDS).close()
    except OSError:
        return False
    return True


def _node_address() -> str:
    return str(importlib.import_module("ray.util").get_node_ip_address())


def capacity(nodes: list[dict[str, Any]], threads: int, gpu_share: float) -> int:
    """Returns how many jobs fit on the nodes that live.

    Args:
        nodes: What `ray.nodes()` returns.
        threads: Processors of a job.
        gpu_share: GPUs of a job; a part of one, or a whole number.

    Example:
        >>> living = {"Alive": True, "Resources": {"CPU": 8.0, "GPU": 1.0}}
        >>> dead = {"Alive": False, "Resources": {"CPU": 8.0}}
        >>> capacity([living, dead], 2, 0.5)
        2
    """
    fits = 0
    for node in nodes:
        if node["Alive"]:
            jobs = int(node["Resources"].get("CPU", 0)) // threads
            fits += (
                min(jobs, _by_gpu(int(node["Resources"].get("GPU", 0)), gpu_share))
                if gpu_share
                else jobs
            )
    return fits


def _by_gpu(gpus: int, share: float) -> int:
    return gpus * int(1 / share + 1e-9) if share < 1 else gpus // int(share)


def scratch_folder(token: str) -> Path:
    """Returns the folder that holds a search's files on a node that is not the driver's."""
    return Path(tempfile.gettempdir()) / f"tftune-{token}"
