"""What the journal tells of measurements of the winner: on the test split, by folds, beside
reference models.

Example:
    >>> state = MeasuredState()
    >>> state._on_evaluation({"kind": "evaluation", "split": "test", "again": True})
    >>> state.test_uses
    1
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tftune.journal.records import Record


@dataclass
class MeasuredState:
    """The part of `SearchState` that tells what was measured.

    Attributes:
        test: The record of the evaluation on the test split, or None.
        evaluations: Records of what was measured on the rows of a split, in order.
        references: Of each split the last record of what the reference models are worth there.
        nested: The last record of the nested evaluation, which has all folds that are done, or
            None.
        test_uses: How often the test split was used: choosing by it makes its value too good.
    """

    test: Record | None = None
    evaluations: list[Record] = field(default_factory=list)
    references: dict[str, Record] = field(default_factory=dict)
    nested: Record | None = None
    test_uses: int = 0

    def _on_evaluation(self, record: Record) -> None:
        self.evaluations.append(record)
        self.test_uses += record["split"] == "test" and bool(record.get("again"))

    def _on_nested(self, record: Record) -> None:
        self.nested = record

    def _on_references(self, record: Record) -> None:
        self.references[record["split"]] = record
