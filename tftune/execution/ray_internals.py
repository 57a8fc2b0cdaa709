"""What Ray does not promise and a Ray of our own relies on; it stands here and nowhere else.

Tried with Ray 2.60. What only saves time or keeps order is left out where another version lacks it;
what keeps Ray to this machine has no substitute: without it nothing is started, and the error says
so. `tests/execution/test_ray_internals.py` guards each.
"""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tftune.errors import UsageError

LOOPBACK = "127.0.0.1"
# at Ray's 15 a trial stood still beside two busy processes: minutes for an epoch
NICENESS = "RAY_worker_niceness"


@contextlib.contextmanager
def loopback_only() -> Iterator[None]:
    """Lets Ray keep a loopback address, as it does on macOS and Windows; on Linux it would listen
    on all interfaces.

    Raises:
        UsageError: If this version of Ray has no such switch.
    """
    try:
        constants: Any = importlib.import_module("ray._private.ray_constants")
        before = constants.ENABLE_RAY_CLUSTER
    except (ImportError, AttributeError) as error:
        raise not_kept_to_this_machine(error) from error
    constants.ENABLE_RAY_CLUSTER = False
    try:
        yield
    finally:
        constants.ENABLE_RAY_CLUSTER = before


def init_on_loopback(init: Callable[..., Any], folder: str, **options: Any) -> None:
    """Starts Ray at 127.0.0.1, its sockets and logs below a folder.

    Where this version of Ray does not let the folder be chosen, it uses its own.

    Args:
        init: `ray.init`.
        folder: An absolute path, short enough for sockets.
        **options: Of `ray.init`.

    Raises:
        UsageError: If this version of Ray does not let the address be chosen.
    """
    os.environ.setdefault(NICENESS, "0")
    private = {"_node_ip_address": LOOPBACK, "_temp_dir": folder}
    while True:
        try:
            with loopback_only():
                init(**options, **private)
            return
        except (RuntimeError, TypeError) as error:
            unknown = [name for name in private if name in str(error)]
            if "keyword argument" not in str(error) or not unknown:
                raise
            if "_node_ip_address" in unknown:
                raise not_kept_to_this_machine(error) from error
            private = {name: value for name, value in private.items() if name not in unknown}


def keep_token_private() -> None:
    """Lets nobody but its owner read the token that Ray made, or that an earlier Ray has left: who
    has it can run code on the cluster.
    """
    path = Path(os.environ.get("RAY_AUTH_TOKEN_PATH") or Path("~/.ray/auth_token").expanduser())
    with contextlib.suppress(OSError):
        if path.stat().st_mode & 0o077 and not path.is_symlink():
            path.chmod(0o600)


def not_kept_to_this_machine(received: object) -> UsageError:
    """Returns the error that says so.

    Args:
        received: What was met instead.
    """
    return UsageError(
        "This version of Ray cannot be kept to this machine. Expected to listen at "
        f"{LOOPBACK}. Received: {received}. Start a cluster yourself with `ray start --head`, and "
        "pass address='auto'."
    )
