"""One TensorBoard event file, written record by record without TensorFlow.

TensorBoard's own `EventFileWriter` imports TensorFlow wherever it is installed and starts a thread
for each file. The format needs neither: a record is its length, a checksum, the bytes of an `Event`
and another checksum.

Example:
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with EventFile(folder) as file:
    ...     file.scalar("epoch_loss", 0.5, step=1, wall_time=0.0)
    >>> [tag for tag, _ in tags(folder)]
    ['epoch_loss']
"""

from __future__ import annotations

import itertools
import math
import os
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from tftune.support.files import own_folder

_LENGTH = struct.Struct("<Q")
_CHECKSUM = struct.Struct("<I")  # CRC-32C, masked
OWN_FILES = "events.out.tfevents.*.tftune.*"
EVALUATION = ".evaluation"  # ending of a file that is written when a trial has been evaluated
_serial = itertools.count()  # tells apart two files that one process opens within one second


class EventFile:
    """Writes one event file; each record reaches the operating system at once, so a kill of the
    process loses none.

    Args:
        folder: The folder of the TensorBoard run; made if it is absent.
        ending: Of the file's name, to find it again.
    """

    def __init__(self, folder: Path, ending: str = "") -> None:
        from tensorboard.compat.proto import event_pb2
        from tensorboard.summary.writer.record_writer import RecordWriter

        own_folder(folder)
        name = f"events.out.tfevents.{int(time.time()):010d}.tftune.{os.getpid()}.{next(_serial)}"
        self.path = folder / f"{name}{ending}"
        # closed by close()
        self._writer: Any = RecordWriter(open(self.path, "xb", buffering=0))  # noqa: SIM115
        self._event = event_pb2.Event
        self._writer.write(
            self._event(wall_time=time.time(), file_version="brain.Event:2").SerializeToString()
        )

    def scalar(self, tag: str, value: float, step: int, wall_time: float) -> None:
        """Writes one point of a curve; a value that is not finite is left out."""
        from tensorboard.plugins.scalar.summary_v2 import scalar_pb

        if math.isfinite(value):
            self.summary(scalar_pb(tag, value), step, wall_time)

    def summary(self, summary: Any, step: int, wall_time: float) -> None:
        """Writes any `Summary` message."""
        self._writer.write(
            self._event(wall_time=wall_time, step=step, summary=summary).SerializeToString()
        )

    def close(self) -> None:
        """Closes the file; may be called twice."""
        self._writer.close()

    def __enter__(self) -> EventFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def tags(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yields the tag and the plug-in's content of each value in a run's own event files; leaves a
    file at a torn or damaged record.

    Args:
        folder: The folder of the TensorBoard run; those within it are other runs.
    """
    from tensorboard.compat.proto import event_pb2

    for path in sorted(folder.glob(OWN_FILES)):
        for record in _records(path.read_bytes()):
            for value in event_pb2.Event.FromString(record).summary.value:
                yield value.tag, value.metadata.plugin_data.content


def last_tags(path: Path, count: int) -> list[tuple[str, bytes]]:
    """Returns tags and contents, as `tags` does, of the last records of a file, without looking at
    those before: checksums in Python are slow. Nothing if the file is torn or its end damaged.

    Args:
        path: The file.
        count: How many records.
    """
    from tensorboard.compat.proto import event_pb2

    data = path.read_bytes()
    starts, position = [], 0
    while position + _LENGTH.size <= len(data):
        starts.append(position)
        (length,) = _LENGTH.unpack_from(data, position)
        position += _LENGTH.size + length + 2 * _CHECKSUM.size
    if position != len(data) or len(starts) < count:
        return []
    last = [
        (value.tag, value.metadata.plugin_data.content)
        for record in _records(data[starts[-count] :])
        for value in event_pb2.Event.FromString(record).summary.value
    ]
    return last if len(last) == count else []


def _records(data: bytes) -> Iterator[bytes]:
    from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

    position = 0
    while position + _LENGTH.size <= len(data):
        (length,) = _LENGTH.unpack_from(data, position)
        start = position + _LENGTH.size + _CHECKSUM.size
        record = data[start : start + length]
        position = start + length + _CHECKSUM.size
        if position > len(data) or _CHECKSUM.unpack_from(data, start + length) != (
            masked_crc32c(record),
        ):
            return
        yield record
