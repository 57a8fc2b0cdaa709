"""Who follows a search, record by record."""

from __future__ import annotations

from typing import Protocol

from tftune.journal.records import Record
from tftune.journal.state import SearchState


class Listener(Protocol):
    """Anything that follows a search: the live view, the TensorBoard log, a user's own."""

    def on_record(self, record: Record, state: SearchState) -> None:
        """Called after each record; records of earlier sessions come first, with
        `record["replayed"]` set to True.
        """

    def close(self) -> None:
        """Called once when the search ends, however it ends."""
