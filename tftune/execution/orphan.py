"""The fork server ends with its driver, also while it imports TensorFlow: by itself it would hear of
that only afterwards, which takes many seconds on a busy machine.

Imported before everything else, so it needs nothing but the standard library.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator

VARIABLE = "TFTUNE_FORK_SERVER_OF"  # tells the fork server who has started it
LOOK_SECONDS = 0.5


@contextlib.contextmanager
def driver_told() -> Iterator[None]:
    """Tells a process that is started meanwhile that this one is its driver.

    Example:
        >>> with driver_told():
        ...     int(os.environ[VARIABLE]) == os.getpid()
        True
        >>> VARIABLE in os.environ
        False
    """
    os.environ[VARIABLE] = str(os.getpid())
    try:
        yield
    finally:
        os.environ.pop(VARIABLE, None)


@contextlib.contextmanager
def ended_with_driver() -> Iterator[None]:
    """Ends this process if its driver ends meanwhile, or has ended before."""
    driver = int(os.environ.pop(VARIABLE, 0)) or os.getppid()
    is_over = threading.Event()

    def look() -> None:
        while os.getppid() == driver:
            if is_over.wait(LOOK_SECONDS):
                return
        os._exit(1)

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield
    finally:
        is_over.set()
        looking.join()  # a process that forks has no other thread
