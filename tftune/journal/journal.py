"""The journal: an append-only, checksummed record of a search, one JSON object a line; the single
source of truth.

A line is a record (see `tftune.journal.records`). A reader accepts every prefix of a journal: a
torn last line is cut off, and said; a damaged line before the last is an error that names it.
`SearchState` (tftune.journal.state) folds the records into what a search knows.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

from tftune.errors import RunFolderError
from tftune.journal.folder_lock import is_still, open_locked, unlock
from tftune.journal.records import Record, check, decode, encode

SCHEMA = 3  # 1: version 0.1 (see `upgraded`); 2: fingerprints of arrays only
_AT_ONCE = {
    "header",
    "session",
    "confirmed",
    "finishing",
    "finished",
    "test",
    "evaluation",
    "finish",
}  # others are forced to the disk in groups
SYNC_SECONDS = 0.2  # at most so long does a record wait for its group while others come


class DamagedJournalError(RunFolderError):
    """Restore the journal from a copy or start over: a line before the last fails its checksum."""


History = tuple[list[Record], int]  # the records of a journal, and the number of good bytes


def read(path: Path | str, without: frozenset[str] = frozenset()) -> History:
    """Reads a journal.

    Args:
        path: The file `journal.jsonl` of a run folder.
        without: Kinds of records that are checked and then left out, which is much faster: most
            lines are epochs. The last two records are there in any case.

    Returns:
        The records, and the number of good bytes: less than the size of the file if its last line
        is torn.

    Raises:
        DamagedJournalError: If a line before the last is damaged; the message names the line.
        RunFolderError: If a newer version of tftune wrote it.
    """
    data = Path(path).read_bytes()
    records: list[Record] = []
    good = 0
    beginnings = tuple(f'{{"kind":"{kind}",'.encode() for kind in without)
    lines = data.split(b"\n")
    for number, line in enumerate(lines, start=1):
        if number == len(lines):  # after the last line break: empty, or torn in the writing
            break
        try:
            if number < len(lines) - 2 and line.startswith(beginnings):  # the last may be torn
                check(line)
            else:
                records.append(decode(line.decode()))
        except (ValueError, KeyError, AttributeError) as error:
            if good + len(line) + 1 == len(data):
                break  # the last line: torn
            raise DamagedJournalError(
                f"The journal is damaged: line {number} of {path} fails its checksum. Expected a "
                "line written by tftune. "
                f"Received: {line[:60]!r}. Restore the file from a copy, or start over with "
                "--overwrite (overwrite=True)."
            ) from error
        good += len(line) + 1
    _check_schema(records, path)
    return records, good


def _check_schema(records: list[Record], path: Path | str) -> None:
    schema = records[0].get("schema", SCHEMA) if records else SCHEMA
    if not isinstance(schema, int) or schema > SCHEMA:
        raise RunFolderError(
            f"The journal {path} was written by a newer version of tftune. Expected schema "
            f"{SCHEMA} or less. Received: schema {schema!r}. Upgrade with `pip install --upgrade "
            "tftune`, or choose another folder with --run-dir (project_name=)."
        )


class Journal:
    """The one writer of a journal; opening it cuts off a torn last line and locks out a second
    driver.

    Args:
        path: The file `journal.jsonl`; made, with its folder, if it is absent.
        known: What `read` told of it before; it is read again only if it has changed since.

    Raises:
        RunFolderError: If another process is writing to it.

    Example:
        >>> import tempfile
        >>> with Journal(Path(tempfile.mkdtemp()) / "journal.jsonl") as journal:
        ...     journal.append({"kind": "session", "time": 0.0})
        ...     [record["kind"] for record in read(journal.path)[0]]
        ['session']
    """

    def __init__(self, path: Path | str, known: History | None = None) -> None:
        self.path = Path(path)
        self._place = self.path.absolute()  # a trial in this process may change the directory
        self._unsynced, self._synced = False, -math.inf
        self._file = open_locked(self.path)
        try:
            size = self.path.stat().st_size
            self.records, good = known if known and known[1] == size else read(self.path)
            self.torn_bytes = size - good
            if self.torn_bytes:
                self._file.truncate(good)
        except BaseException:
            unlock(self._file)
            raise

    def append(self, record: Record) -> None:
        """Writes one record: it survives a kill of the process at once, and a crash of the machine
        after the next `sync`.

        Raises:
            RunFolderError: If the journal was removed or replaced meanwhile: the folder may then be
                another search's.
        """
        if not self.in_place:
            raise RunFolderError(
                f"The run folder {self.path.parent} was removed, moved or replaced while a search "
                f"was writing in it. Expected {self.path.name} to stay in its place. Resume what "
                "was moved where it is now, or start again."
            )
        line = (encode(record) + "\n").encode()
        if self._file.write(line) != len(line):
            raise OSError(
                f"The journal {self.path} could not be written whole: the disk may be full."
            )
        self._unsynced = True
        self.sync(at_once=record["kind"] in _AT_ONCE)

    @property
    def in_place(self) -> bool:
        """Whether the folder still has this journal, and so is still ours to write in."""
        return is_still(self._file, self._place)

    def sync(self, at_once: bool = False) -> None:
        """Forces what was written to the disk, in groups: not again within 0.2 s of the last time,
        unless at once.
        """
        if self._unsynced and (at_once or time.monotonic() - self._synced >= SYNC_SECONDS):
            os.fsync(self._file.fileno())
            self._unsynced, self._synced = False, time.monotonic()

    def extend(self, records: Iterable[Record]) -> None:
        """Appends several records in order."""
        for record in records:
            self.append(record)

    def close(self) -> None:
        """Closes the file and gives up the lock; may be called twice."""
        try:
            if not self._file.closed:
                self.sync(at_once=True)
        finally:
            unlock(self._file)

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
