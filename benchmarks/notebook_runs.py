"""Notebooks, executed from top to bottom in a folder of their own: for the tests, the pages of the
documentation and `benchmarks.taught`.
"""

from __future__ import annotations

import hashlib
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import nbclient

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
LONGEST_SECONDS = 240  # a notebook may take, on two cores


@contextmanager
def working_folder() -> Iterator[Path]:
    """A folder to run a notebook in; the servers of TensorBoard that it starts are ended
    afterwards, and no others.
    """
    before = {name: os.environ.get(name) for name in ("TMPDIR", "PATH")}
    with tempfile.TemporaryDirectory(prefix="nb") as folder:  # a short name: sockets stand in it
        os.environ["TMPDIR"] = folder  # TensorBoard notes its servers there
        path = os.environ.get("PATH", os.defpath)  # where `tensorboard` is found
        os.environ["PATH"] = os.path.dirname(sys.executable) + os.pathsep + path
        try:
            yield Path(folder)
        finally:
            for note in Path(folder, ".tensorboard-info").glob("pid-*.info"):
                with suppress(ProcessLookupError):
                    os.kill(int(note.stem.removeprefix("pid-")), signal.SIGTERM)
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value


def execute(notebook: Any, folder: Path, seconds: float = LONGEST_SECONDS) -> float:
    """Executes a notebook in place; returns the seconds that it took.

    Args:
        notebook: Of version 4.
        folder: Where its kernel stands.
        seconds: The longest that a cell may take.

    Raises:
        nbclient.exceptions.CellExecutionError: If a cell raises.
    """
    started = time.monotonic()
    nbclient.NotebookClient(
        notebook,
        timeout=seconds,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    ).execute()
    return time.monotonic() - started


def fingerprint(notebook: Any) -> str:
    """Returns a number of what a notebook says, without what a command writes into all of them: a
    page or a result knows by it whether it is of this notebook or of an earlier one.
    """
    return _digest(c.source for c in notebook.cells if c["id"] not in ("first-cell", "links"))


def code_fingerprint(notebook: Any) -> str:
    """Returns a number of what a notebook computes: its code without the first cell. Other words
    change no result.

    Example:
        >>> import nbformat
        >>> cells = [
        ...     {"id": "a", "cell_type": kind, "source": kind} for kind in ("code", "markdown")
        ... ]
        >>> one, other = ({"cells": some} for some in (cells, cells[:1]))
        >>> code_fingerprint(nbformat.from_dict(one)) == code_fingerprint(nbformat.from_dict(other))
        True
    """
    cells = [cell for cell in notebook.cells if cell["cell_type"] == "code"]
    return _digest(cell.source for cell in cells if cell["id"] != "first-cell")


def _digest(sources: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(sources).encode()).hexdigest()[:16]


def replace_once(notebook: Any, replacements: Mapping[str, str]) -> None:
    """Puts other texts into the code of a notebook.

    Args:
        notebook: Is changed.
        replacements: From what stands there, once in all cells, to what shall stand there.

    Raises:
        ValueError: If a text is not there exactly once.

    Example:
        >>> import nbformat
        >>> cell = nbformat.v4.new_code_cell("SEED = 0")
        >>> notebook = nbformat.v4.new_notebook(cells=[cell])
        >>> replace_once(notebook, {"SEED = 0": "SEED = 7"})
        >>> notebook.cells[0].source
        'SEED = 7'
    """
    for before, after in replacements.items():
        cells = [c for c in notebook.cells if c.cell_type == "code" and before in c.source]
        found = sum(cell.source.count(before) for cell in cells)
        if found != 1:
            raise ValueError(f"{before!r} must stand in the code once. Received: {found} times.")
        cells[0].source = cells[0].source.replace(before, after)
