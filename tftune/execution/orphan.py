"""The fork server ends with its driver, also while it imports TensorFlow.

By itself it would hear of that only afterwards, which takes many seconds on a busy machine. Linux
ends it; elsewhere a thread looks, which must wait while the import of a library holds the
interpreter.

Imported before everything else, so it needs nothing but the standard library.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import threading
from collections.abc import Iterator

VARIABLE = "TFTUNE_FORK_SERVER_OF"  # tells the fork server who has started it
LOOK_SECONDS = 0.5
_MAIN = " main"  # follows the process if its main thread has: Linux looks at threads
_PDEATHSIG = 1  # PR_SET_PDEATHSIG


@contextlib.contextmanager
def driver_told() -> Iterator[None]:
    """Tells a process that is started meanwhile that this one is its driver.

    Example:
        >>> with driver_told():
        ...     os.environ[VARIABLE].split()[0] == str(os.getpid())
        True
        >>> VARIABLE in os.environ
        False
    """
    is_main = threading.current_thread() is threading.main_thread()
    os.environ[VARIABLE] = f"{os.getpid()}{_MAIN if is_main else ''}"
    try:
        yield
    finally:
        os.environ.pop(VARIABLE, None)


@contextlib.contextmanager
def ended_with_driver() -> Iterator[None]:
    """Ends this process if its driver ends meanwhile, or has ended before."""
    told = os.environ.pop(VARIABLE, "")
    driver = int(told.removesuffix(_MAIN)) if told else os.getppid()
    is_over = threading.Event()

    def look() -> None:
        while os.getppid() == driver:
            if is_over.wait(LOOK_SECONDS):
                return
        os._exit(1)

    if told.endswith(_MAIN):
        _let_system_end(signal.SIGKILL)  # before the first look: it may have ended already
    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield
    finally:
        is_over.set()
        looking.join()  # a process that forks has no other thread
        _let_system_end(0)


def _let_system_end(number: int) -> None:
    """Has Linux send a signal when the thread that has started this process ends; 0 is none."""
    with contextlib.suppress(AttributeError, OSError):  # another system
        ctypes.CDLL(None).prctl(_PDEATHSIG, number, 0, 0, 0)
