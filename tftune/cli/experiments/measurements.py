"""The measurements of an experiment: each is made once, kept at once, and read on resuming."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from typing import Any

from tftune.cli.options import OptionTable
from tftune.cli.terminal import tell
from tftune.datasets.cache import cache_root, files_digest
from tftune.errors import RunFolderError, TftuneError
from tftune.journal.journal import SCHEMA, Journal
from tftune.journal.provenance import versions
from tftune.journal.records import Record, decode_number
from tftune.journal.run_folder import ExperimentFolder
from tftune.support.files import expanded
from tftune.support.tensorflow_import import quiet_import
from tftune.support.texts import shown

Cell = Mapping[str, Any]  # what is measured: plain values that tell it from the others
Train = Callable[[argparse.Namespace, dict[str, Any]], Mapping[str, Any]]
_NOT_COMPARED = {"seeds", "workers", "run_dir", "resume", "overwrite", "json", "quiet"}
_NAMED_DATA = {"sample", "tfds", "download", "mnist", "digits"}  # no files of the user's
_TOLD_EVERY = 10.0  # seconds


class Measurements:
    """What an experiment has measured, in its run folder.

    Args:
        program: The `Program` that the experiment belongs to.
        name: Of the experiment.
        table: Its options.
        options: Their values.
        folder: The run folder.

    Attributes:
        records: Of all measurements, in the order in which they were made.

    Raises:
        RunFolderError: If the folder holds an experiment with other options, or on other data.
    """

    def __init__(
        self,
        program: Any,
        name: str,
        table: OptionTable,
        options: argparse.Namespace,
        folder: ExperimentFolder,
    ) -> None:
        self.program, self.options, self.folder = program, options, folder
        header = {
            "kind": "header",
            "schema": SCHEMA,
            "experiment": f"{program.task} {name}",
            "options": {
                option.name: str(getattr(options, option.name))
                for option in table.options
                if option.name not in _NOT_COMPARED
            },
            "data": _digest_of_files(getattr(options, "data", None)),
        }
        self._makes_folder = not folder.path.exists()
        self._journal = Journal(folder.journal)
        self._is_new = not self._journal.records
        try:
            if self._journal.records:
                _check_same(self._journal.records[0], header, folder)
            else:
                self._journal.append({**header, "time": time.time(), "versions": versions()})
        except BaseException:
            self._journal.close()
            raise
        self.records: list[Record] = [
            record for record in self._journal.records if record["kind"] == "measurement"
        ]
        self._known = {_key(record["what"], record["cell"]): record for record in self.records}

    @property
    def seeds(self) -> range:
        """The seeds, the first of them first."""
        return range(self.options.seed, self.options.seed + self.options.seeds)

    def say(self, message: str) -> None:
        """Tells what is being done, unless the user wants no progress."""
        if not self.options.quiet:
            tell(message)

    def measure(self, train: Train, cells: Sequence[Cell], what: str = "") -> list[dict[str, Any]]:
        """Returns a result for each cell; what is known already is not measured again.

        Args:
            train: A function at the top level of a module, called with the options and a cell;
                returns plain values.
            cells: What is measured; mappings of plain values.
            what: A few words for the progress; the name of the function by default.
        """
        name = train.__name__
        missing = [cell for cell in cells if _key(name, cell) not in self._known]
        started = told = time.monotonic()
        for number, (cell, result, seconds) in enumerate(self._made(train, missing), start=1):
            record = {
                "kind": "measurement",
                "what": name,
                "cell": dict(cell),
                "result": dict(result),
                "seconds": round(seconds, 3),
                "time": time.time(),
            }
            self._journal.append(record)
            self.records.append(record)
            self._known[_key(name, cell)] = record
            now = time.monotonic()
            if now - told >= _TOLD_EVERY or number == len(missing):
                told, left = now, (now - started) / number * (len(missing) - number)
                more = f", about {left:.0f} s to go" if number < len(missing) else ""
                self.say(f"{what or name.strip('_')}: {number} of {len(missing)}{more}")
        return [_decoded(self._known[_key(name, cell)]["result"]) for cell in cells]

    def _made(
        self, train: Train, cells: Sequence[Cell]
    ) -> Iterator[tuple[Cell, Mapping[str, Any], float]]:
        if self.options.workers > 1 and len(cells) > 1:
            yield from self._made_elsewhere(train, cells)
            return
        for cell in cells:
            yield cell, *_timed(train, self.options, dict(cell))

    def _made_elsewhere(
        self, train: Train, cells: Sequence[Cell]
    ) -> Iterator[tuple[Cell, Mapping[str, Any], float]]:
        workers = min(self.options.workers, len(cells))
        pool = ProcessPoolExecutor(
            workers, get_context("spawn"), _begin, (max(1, (os.cpu_count() or 1) // workers),)
        )
        asked: dict[Future[Any], Cell] = {}
        try:
            asked = {pool.submit(_timed, train, self.options, dict(cell)): cell for cell in cells}
            for future in as_completed(asked):
                yield asked[future], *future.result()
        except BrokenProcessPool as error:
            raise TftuneError(
                "A process that trained has ended by itself, perhaps for want of memory. What was "
                "measured is kept. Go on with --resume, and with fewer --workers."
            ) from error
        finally:
            for future in asked:
                future.cancel()
            pool.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> Measurements:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._journal.close()
        if kind is not None and self._is_new and not self.records:
            self._leave_nothing()

    def _leave_nothing(self) -> None:
        """Takes away what was begun where nothing was measured, for want of the data: the next call
        has other options, and nothing to resume.
        """
        with contextlib.suppress(OSError):
            if list(self.folder.path.iterdir()) == [self.folder.journal]:
                self.folder.journal.unlink()
                if self._makes_folder:
                    self.folder.path.rmdir()


def _begin(threads: int) -> None:
    """Prepares a process that trains."""
    threading.Thread(target=end_with_parent, daemon=True).start()
    with quiet_import():
        import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    sys.stdout = sys.stderr  # stdout is for results


def end_with_parent() -> None:
    """Ends this process when the one that made it has gone: of one that was killed, a pool does not
    hear, and would wait for ever.
    """
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _timed(
    train: Train, options: argparse.Namespace, cell: dict[str, Any]
) -> tuple[Mapping[str, Any], float]:
    logging.getLogger("tensorflow").setLevel("ERROR")  # which warns of the graphs of many models
    started = time.perf_counter()
    result = train(options, cell)
    return result, time.perf_counter() - started


def _key(name: str, cell: Cell) -> str:
    return f"{name} {sorted(cell.items())!r}"


def _decoded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _decoded(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_decoded(each) for each in value]
    return decode_number(value)


def _digest_of_files(data: Any) -> str | None:
    """Returns a digest of the data where they are files of the user's, which may change: of one
    file, or of all in a folder. None where they have a name, such as `sample`.
    """
    path = expanded(str(data))
    try:
        if data is None or str(data) in _NAMED_DATA or not path.exists():
            return None
    except OSError:  # a name that is too long: whoever loads the data says so
        return None
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    return files_digest(path if path.is_dir() else path.parent, files, cache_root())


def _check_same(old: Record, new: Record, folder: ExperimentFolder) -> None:
    """Refuses to go on with an experiment that is another one.

    Raises:
        RunFolderError: With every difference in words.
    """
    lines = [
        f"{name}: {shown(str(was))} in the folder, {shown(str(now))} now"
        for name, was, now in [
            ("experiment", old.get("experiment"), new["experiment"]),
            *(
                (name, old["options"].get(name, now), now)
                for name, now in new["options"].items()
                if old.get("experiment") == new["experiment"]
            ),
            ("content of the data", old.get("data", new["data"]), new["data"]),
        ]
        if was != now
    ]
    if lines:
        raise RunFolderError(
            f"{folder.path} holds another experiment:\n  " + "\n  ".join(lines) + "\nRepeat its "
            "options, choose another folder with --run-dir, or start over with --overwrite."
        )
