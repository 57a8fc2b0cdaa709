"""What the driver's process is spared while trials run: signals in the middle of a step, and passes
over old objects.
"""

from __future__ import annotations

import contextlib
import gc
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

from tftune.execution.base import AbstractExecutor
from tftune.journal.recorder import Recorder


@contextlib.contextmanager
def signals_led_to(on_signal: Callable[[], None]) -> Iterator[None]:
    """Lets Ctrl-C and SIGTERM call a function instead of ending the process.

    Args:
        on_signal: Called in the main thread; Python lets no other handle signals, and in another
            one nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(number: int, frame: FrameType | None) -> None:
        on_signal()

    earlier = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def jobs_under_way(
    executor: AbstractExecutor, recorder: Recorder, on_signal: Callable[[], None]
) -> Iterator[None]:
    """Shows what jobs print, if it is wanted, and lets signals call a function; in the end no job
    is left running.

    Args:
        executor: Runs the jobs.
        recorder: Shows the output.
        on_signal: As for `signals_led_to`.
    """
    executor.on_output = recorder.tell_output if recorder.shows_output else None
    with signals_led_to(on_signal):
        try:
            yield
        finally:
            for key in executor.running:
                executor.kill(key)
            executor.on_output = None


@contextlib.contextmanager
def old_objects_left_alone() -> Iterator[None]:
    """Keeps what was there before from being searched for garbage again and again: a pass over
    TensorFlow's objects takes 0.3 s.
    """
    if gc.get_freeze_count():
        yield  # the user has done so, and unfreezing would undo it
        return
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
