"""The driver's end of the way to a child; reading never waits for the rest of a message.

A child may die, or be stopped, in the middle of a message while a process that it has forked holds
the pipe open: who waited for the rest would wait for ever.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import struct
import sys
from multiprocessing.connection import Connection
from typing import Any

_LENGTH = struct.Struct(">Q")
_AT_ONCE = 2**20  # bytes
WHOLE = sys.platform == "win32"  # its pipes keep messages apart by themselves


class Channel:
    """Reads what a child sends with `send`.

    Args:
        connection: The driver's end; `multiprocessing.connection.wait` tells when it is readable.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._held = bytearray()

    def send(self, message: Any) -> None:
        """Sends a message; none to a child that is gone, which shows when the driver reads."""
        with contextlib.suppress(OSError):
            self.connection.send(message)

    def receive(self) -> list[Any]:
        """Returns the messages that have arrived whole, after the connection was found readable.

        Raises:
            EOFError: If nobody holds the other end any more, or it was reset.
        """
        try:
            if WHOLE:
                return [pickle.loads(self.connection.recv_bytes())]
            chunk = os.read(self.connection.fileno(), _AT_ONCE)
        except OSError as error:
            raise EOFError from error
        if not chunk:
            raise EOFError
        self._held += chunk
        return [pickle.loads(message) for message in self._whole_messages()]

    def _whole_messages(self) -> list[bytes]:
        messages, start = [], 0
        while len(self._held) - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._held, start)
            end = start + _LENGTH.size + length
            if len(self._held) < end:
                break
            messages.append(bytes(self._held[start + _LENGTH.size : end]))
            start = end
        del self._held[:start]
        return messages

    def has_more(self) -> bool:
        """Whether anything can be read at once."""
        try:
            return bool(self.connection.poll(0))
        except OSError:
            return False

    def close(self) -> None:
        """Closes the driver's end."""
        self.connection.close()


def send(connection: Connection, message: bytes) -> None:
    """Sends a pickled message to the driver.

    Args:
        connection: The child's end.
        message: Pickled.

    Raises:
        OSError: If the driver is gone.
    """
    if WHOLE:
        connection.send_bytes(message)
        return
    rest = memoryview(_LENGTH.pack(len(message)) + message)
    while rest:
        rest = rest[os.write(connection.fileno(), rest) :]
