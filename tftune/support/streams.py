"""Standard streams that may be closed, broken or of another encoding: writing to them never fails.

Example:
    >>> import io
    >>> stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    >>> steady = SteadyStream(stream)
    >>> steady.write("caf\\xe9\\n")
    5
    >>> steady.flush()
    >>> stream.buffer.getvalue()
    b'caf\\\\xe9\\n'
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from typing import Any


class SteadyStream:
    """A stream whose reader may go away, as in `| head`, without ending the work.

    Args:
        stream: What is written to; it answers all other questions. None for nothing.

    Attributes:
        gone: Whether nobody reads any more.
    """

    def __init__(self, stream: Any) -> None:
        self._stream, self.gone = stream, stream is None

    def write(self, text: str) -> int:
        """Writes a text; characters that the encoding lacks are spelt."""
        if not self.gone:
            try:
                self._stream.write(text)
            except UnicodeEncodeError:
                encoding = getattr(self._stream, "encoding", None) or "ascii"
                spelt = text.encode(encoding, "backslashreplace").decode(encoding)
                self._attempt(self._stream.write, spelt)
            except (OSError, ValueError):
                self._let_go()
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Writes several texts."""
        self.write("".join(lines))

    def flush(self) -> None:
        """Writes what is still held back."""
        if not self.gone:
            self._attempt(self._stream.flush)

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        try:
            return not self.gone and bool(self._stream.isatty())
        except ValueError:  # closed
            return False

    def _attempt(self, write: Any, *texts: str) -> None:
        try:
            write(*texts)
        except (OSError, ValueError):
            self._let_go()

    def _let_go(self) -> None:
        """Leads what is held back, and what others write to the same descriptor, to nowhere: the
        interpreter would fail at its end.
        """
        self.gone = True
        with contextlib.suppress(OSError, ValueError, AttributeError):
            number = self._stream.fileno()
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, number)
            os.close(nowhere)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def open_standard_descriptors() -> None:
    """Opens those of the first three descriptors that are closed, to nowhere.

    The next file that is opened would get their number, and what a library prints would be written
    into it: a journal, for example.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)  # the least number that is free
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            os.set_inheritable(number, True)


@contextlib.contextmanager
def steady_streams() -> Iterator[None]:
    """Lets stdout and stderr fail silently, whatever they are."""
    open_standard_descriptors()
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = own = SteadyStream(before[0]), SteadyStream(before[1])
    try:
        yield
    finally:
        for stream in own:
            stream.flush()
        if (sys.stdout, sys.stderr) == own:
            sys.stdout, sys.stderr = before


@contextlib.contextmanager
def silent(library: str) -> Iterator[None]:
    """Keeps a library from logging and everybody from warning inside, whatever the settings are
    outside.

    Args:
        library: Name of its logger, such as `optuna`.
    """
    logger = logging.getLogger(library)
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
