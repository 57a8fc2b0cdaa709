"""What the journal tells of the finish of a search: see `tftune.search.finish`.

Example:
    >>> state = FinishState()
    >>> state._on_finished({"kind": "finished", "members": [{"trial_id": "0001"}]})
    >>> state.members
    [{'trial_id': '0001'}]
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tftune.journal.records import Record


@dataclass
class FinishState:
    """The part of `SearchState` that a finish has written.

    Attributes:
        finishing: The record of what was planned to finish the model, or None.
        finishing_trained: Records of the trainings for it that have ended, by their keys.
        finished: The record of what finishing was worth, or None: there was none, or trials with a
            score have ended since.
    """

    finishing: Record | None = None
    finishing_trained: dict[str, Record] = field(default_factory=dict)
    finished: Record | None = None
    _tested: Record | None = None  # the finish whose model was evaluated last on the test split

    @property
    def members(self) -> list[dict[str, Any]]:
        """What the finished model consists of: of each member `trial_id`, `checkpoint`, the name of
        its file, and `weight`; empty where it is the best trial's own.
        """
        return [] if self.finished is None else list(self.finished["members"])

    @property
    def is_refitted(self) -> bool:
        """Whether what was trained on the validation rows, too, is in the finished model."""
        steps = () if self.finished is None else self.finished.get("steps", ())
        kept = any(each["step"] == "refit" and each["status"] == "kept" for each in steps)
        return kept and any(each["checkpoint"] != each["trial_id"] for each in self.members)

    @property
    def _made(self) -> Record | None:
        """The finish that has made the model, or None where it is the best trial's own."""
        return self.finished if self.members else None

    def _on_finishing(self, record: Record) -> None:
        self.finishing, self.finished = record, None

    def _on_finishing_trained(self, record: Record) -> None:
        self.finishing_trained[record["key"]] = record

    def _on_finished(self, record: Record) -> None:
        self.finished = record
