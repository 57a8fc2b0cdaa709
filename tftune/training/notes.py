"""Notes: what a training has to tell the user that is no failure, said once in a search.

A training runs in another process, and as often as there are trials. So it writes its notes into
its outcome, and the driver says each text that it has not said before. A text must therefore be the
same in every trial: it names no trial.

Example:
    >>> with collected_notes() as notes:
    ...     note("The rule is left out.")
    ...     note("The rule is left out.")
    >>> notes
    ['The rule is left out.']
"""

from __future__ import annotations

import contextlib
import sys
import warnings
from collections.abc import Iterable, Iterator
from contextvars import ContextVar

from tftune.journal.recorder import Recorder

WEIGHTS_GONE = (
    "The weights of a paused trial are gone, as they are once a search has ended. A configuration "
    "that goes on without them trains its first epochs again."
)
_collecting: ContextVar[list[str] | None] = ContextVar("notes", default=None)


@contextlib.contextmanager
def collected_notes() -> Iterator[list[str]]:
    """Collects the notes of what is called within."""
    notes: list[str] = []
    token = _collecting.set(notes)
    try:
        yield notes
    finally:
        _collecting.reset(token)


def note(text: str) -> None:
    """Takes a note for the user; without a trial around it, it is lost."""
    notes = _collecting.get()
    if notes is not None and text not in notes:
        notes.append(text)


class SaidOnce:
    """Says each note of a search once, also if the search is resumed: the journal remembers it.

    Args:
        recorder: Of the search.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        records = recorder.journal.records
        self._said = {record["text"] for record in records if record["kind"] == "note"}

    def say(self, notes: Iterable[str]) -> None:
        """Warns of the notes that are new."""
        for text in notes:
            if text not in self._said:
                self._said.add(text)
                self._recorder.write("note", text=text)
                warnings.warn(text, stacklevel=_level_of_the_user())


def _level_of_the_user() -> int:
    """Returns the `stacklevel` at which a warning of our caller points at the user's line."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("tftune."):
        level, frame = level + 1, frame.f_back
    return level
