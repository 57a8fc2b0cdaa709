"""The journal, the state folded from it and the listeners that follow, kept in step: the driver
writes here and nowhere else.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from tftune.journal.journal import Journal
from tftune.journal.listener import Listener
from tftune.journal.records import Record
from tftune.journal.state import SearchState
from tftune.support.clocks import SteadyClock
from tftune.support.refusals import told_as_refusal
from tftune.support.texts import as_text


class Recorder:
    """Appends records, folds them into a `SearchState` and tells the listeners.

    Args:
        journal: An open journal; the records it holds are folded in first.
        listeners: Told of each record, also, once, of those of earlier sessions.
    """

    def __init__(self, journal: Journal, listeners: Sequence[Listener] = ()) -> None:
        self.journal = journal
        self.listeners = list(listeners)
        self.state = SearchState()
        times = (record.get("time") for record in reversed(journal.records))
        last = next((each for each in times if isinstance(each, int | float)), 0.0)
        self._clock = SteadyClock(last)
        for record in journal.records:
            self.state.apply(record)
            self._tell({**record, "replayed": True})

    def write(self, kind: str, **fields: Any) -> Record:
        """Appends one record with the time of now."""
        record = {"kind": kind, **fields, "time": self._clock.now()}
        with told_as_refusal(self.journal.path):
            try:
                self.journal.append(record)
            except UnicodeEncodeError:  # a name of a file may be no text
                record = as_text(record)
                self.journal.append(record)
        self.state.apply(record)
        self._tell(record)
        return record

    def _tell(self, record: Record) -> None:
        for listener in list(self.listeners):
            self._call(listener, listener.on_record, record, self.state)

    def _call(self, listener: Listener, method: Callable[..., None], *arguments: Any) -> None:
        try:
            method(*arguments)
        except Exception as error:  # a full disk under TensorBoard must not cost the search
            self.listeners.remove(listener)
            if method != listener.close:
                with contextlib.suppress(Exception):
                    listener.close()
            warnings.warn(
                f"{type(listener).__name__} failed and is switched off: "
                f"{type(error).__name__}: {error}",
                stacklevel=5,
            )

    @property
    def shows_output(self) -> bool:
        """Whether any listener wants to hear what trials print."""
        return any(hasattr(listener, "on_output") for listener in self.listeners)

    def tell_output(self, trial_id: str, line: str) -> None:
        """Tells the listeners that want it a line that a trial has printed; it is no record."""
        for listener in list(self.listeners):
            if hasattr(listener, "on_output"):
                self._call(listener, listener.on_output, trial_id, line)

    def close(self) -> None:
        """Closes the listeners and the journal."""
        for listener in list(self.listeners):
            self._call(listener, listener.close)
        with told_as_refusal(self.journal.path):
            self.journal.close()
