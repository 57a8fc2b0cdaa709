"""The journal: an append-only, chained record of a search, one JSON object a line; the single
source of truth.

A line is a record (see `tftune.journal.records`) whose checksum covers the line before, too (see
`tftune.journal.chain`). A reader accepts every prefix of a journal: a torn last line is left out,
and so, with a warning, is a last line that is whole but damaged. Any other damage is an error that
names the line. `SearchState` (tftune.journal.state) folds the records into what a search knows.
"""

from __future__ import annotations

import math
import os
import time
import warnings
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple

from tftune.errors import RunFolderError
from tftune.journal.chain import Chain
from tftune.journal.folder_lock import FolderLock, open_to_read
from tftune.journal.records import Record, encode, parse
from tftune.support.files import write_atomically

SCHEMA = 4  # 1: version 0.1 (see `upgraded`); 2: fingerprints of arrays only; 3: lines not chained
_FIRST_CHAINED = 4
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
LONGEST_LINE = 2**27  # bytes; no record comes near it


class DamagedJournalError(RunFolderError):
    """Restore the journal from a copy or start over: a line before the last fails its checksum."""


class History(NamedTuple):
    """What a journal told.

    Attributes:
        records: Its records.
        good: Number of good bytes: less than the size of the file if its last line is torn or
            damaged.
        chain: Where the next line stands.
        is_damaged: Whether the last line was whole, with its line break, and damaged.
        version: Tells this state of the file from any other.
    """

    records: list[Record]
    good: int
    chain: Chain
    is_damaged: bool
    version: tuple[int, int, int]


def read(path: Path | str, without: frozenset[str] = frozenset()) -> History:
    """Reads a journal.

    Args:
        path: The file `journal.jsonl` of a run folder.
        without: Kinds of records that are checked and then left out, which is much faster: most
            lines are epochs. The last record is there in any case.

    Returns:
        What it tells.

    Raises:
        DamagedJournalError: If a line before the last is damaged, missing, doubled, inserted or in
            another place; the message names the line.
        RunFolderError: If it is no file, or a newer version of tftune wrote it.
    """
    with open_to_read(path) as file:
        version = _version(file)  # before reading: of what a search adds meanwhile nothing is known
        return _read(file, Path(path), without)._replace(version=version)


def _read(file: IO[bytes], path: Path, without: frozenset[str]) -> History:
    chain, records, good, left_out, is_damaged = Chain(), list[Record](), 0, b"", False
    beginnings = tuple(f'{{"kind":"{kind}",'.encode() for kind in without)
    number = 0
    while (line := file.readline(LONGEST_LINE)).endswith(b"\n"):
        number += 1
        try:
            text = chain.text_of(line[:-1])
        except ValueError as error:
            if file.read(1):
                raise _damaged(path, number, line, str(error)) from error
            is_damaged = True
            _warn_of_damage(path, number)
            break
        if line.startswith(beginnings):
            left_out = text
        else:
            records.append(_parsed(text, path, number))
            left_out = b""
        if number == 1:
            _check_schema(records[:1], path, chain)
        good += len(line)
    if len(line) == LONGEST_LINE:
        raise _damaged(path, number + 1, line, "it is too long")
    if left_out:
        records.append(_parsed(left_out, path, number))
    return History(records, good, chain, is_damaged, (0, 0, 0))


def _parsed(text: bytes, path: Path, number: int) -> Record:
    try:
        return parse(text)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged(path, number, text, "it holds no record") from error


def _damaged(path: Path, number: int, line: bytes, why: str) -> DamagedJournalError:
    return DamagedJournalError(
        f"The journal is damaged: line {number} of {path} cannot be read: {why}. Expected a line "
        f"that tftune wrote behind the line before. Received: {line[:60]!r}. Restore the file from "
        "a copy, or start over with --overwrite (overwrite=True)."
    )


def _warn_of_damage(path: Path, number: int) -> None:
    warnings.warn(
        f"The last line of {path}, line {number}, is whole but damaged: it fails its checksum. It "
        "is left out, and what it told is lost. A search that goes on there keeps it in "
        f"{path.name}.damaged.",
        stacklevel=4,
    )


def _version(file: IO[bytes]) -> tuple[int, int, int]:
    """Returns what tells this state of an open file from any other."""
    found = os.fstat(file.fileno())
    return found.st_ino, found.st_size, found.st_mtime_ns


def _check_schema(records: list[Record], path: Path, chain: Chain) -> None:
    schema = records[0].get("schema", 0) if records else 0
    if not isinstance(schema, int) or schema > SCHEMA:
        raise RunFolderError(
            f"The journal {path} was written by a newer version of tftune. Expected schema "
            f"{SCHEMA} or less. Received: schema {schema!r}. Upgrade with `pip install --upgrade "
            "tftune`, or choose another folder with --run-dir (project_name=)."
        )
    if schema >= _FIRST_CHAINED and not chain.has_begun:
        raise _damaged(path, 1, b"", "its checksum is of an older form than its schema")


class Journal:
    """The one writer of a journal; opening it locks out a second driver, and cuts off a last line
    that is torn or damaged.

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
        self._unsynced, self._synced = False, -math.inf
        self._lock = FolderLock(self.path)
        self._file = self._lock.file
        try:
            if known is None or known.version != _version(self._file):
                known = read(self.path)
            self.records, self._chain = known.records, known.chain.copy()
            self.torn_bytes = self._cut_off(known)
        except BaseException:
            self._lock.release()
            raise

    def _cut_off(self, known: History) -> int:
        """Cuts off what is torn, or damaged and then kept aside; returns the bytes of the torn."""
        size = os.fstat(self._file.fileno()).st_size
        bad = size - known.good
        if known.is_damaged:
            with open(self.path, "rb") as file:
                file.seek(known.good)
                write_atomically(self.path.with_name(f"{self.path.name}.damaged"), file.read())
        if bad:
            self._file.truncate(known.good)
        self._size = known.good
        return 0 if known.is_damaged else bad

    def append(self, record: Record) -> None:
        """Writes one record: it survives a kill of the process at once, and a crash of the machine
        after the next `sync`.

        Raises:
            RunFolderError: If the journal was removed or replaced, or the folder was taken by
                another process, meanwhile: it may then be another search's.
        """
        self._lock.check()
        chain = self._chain.copy()
        self._write(encode(record, chain) + b"\n")
        self._chain = chain
        self._unsynced = True
        self.sync(at_once=record["kind"] in _AT_ONCE)

    def _write(self, line: bytes) -> None:
        rest = line
        try:
            while rest:  # a disk that becomes full takes a part, and tells why at the next
                rest = rest[self._file.write(rest) :]
        except OSError:
            self._file.truncate(self._size)  # so that what is written next stands behind a line
            raise
        self._size += len(line)

    @property
    def in_place(self) -> bool:
        """Whether the folder still has this journal, and so is still ours to write in."""
        return self._lock.in_place

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
            self._lock.release()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
