"""Who made something that outlives its process: told so that another process knows, later, whether
the owner still lives.

Example:
    >>> lives(this_process()), lives({**this_process(), "started": -1.0})
    (True, False)
"""

from __future__ import annotations

import contextlib
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def this_process() -> dict[str, Any]:
    """Returns what tells this process from any other: its machine, number, and beginning."""
    number = os.getpid()
    return {
        "host": platform.node(),
        "machine": _machine(),
        "pid": number,
        "started": _started(number),
    }


def is_of_this_machine(told: Mapping[str, Any]) -> bool:
    """Whether a process can be seen from here, if it lives.

    Args:
        told: What `this_process` returned there.
    """
    return bool(told.get("machine") == _machine())


def lives(told: Mapping[str, Any]) -> bool:
    """Whether a process of this machine still runs; a number that was given anew is another one.

    Args:
        told: What `this_process` returned there.
    """
    import psutil

    number, started = told.get("pid"), told.get("started")
    if not isinstance(number, int):  # psutil takes None for this very process
        return False
    try:
        process = psutil.Process(number)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return bool(abs(_started(process.pid) - float(started or 0.0)) < 1.0)
    except psutil.AccessDenied:  # another user's, which is more than nobody's
        return True
    except (psutil.Error, OSError, TypeError, ValueError, OverflowError):
        return False


def _started(number: int) -> float:
    """Returns when a process began: on Linux since the machine did, which no clock that is set anew
    changes.
    """
    with contextlib.suppress(OSError, ValueError, IndexError):
        told = Path(f"/proc/{number}/stat").read_text(errors="replace")
        return float(told.rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
    import psutil

    return float(psutil.Process(number).create_time())


def _machine() -> str:
    """Returns what processes have in common that see each other's numbers: containers do not."""
    parts = [platform.node()]
    try:
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
        parts.append(os.readlink("/proc/self/ns/pid"))
    except OSError:  # another system than Linux: machines may be called alike
        import uuid

        parts.append(f"{uuid.getnode():012x}")
    return " ".join(parts)
