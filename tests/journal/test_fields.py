"""Fields of records are what every journal so far has, and nonsense is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.subcommands.run_folders import played
from tftune.journal.fields import check_fields
from tftune.journal.journal import read
from tftune.journal.readable import check_order

OLD = sorted((Path(__file__).parent / "old").rglob("*.jsonl"))


def test_old_journals_are_as_told() -> None:
    assert len(OLD) > 30
    for path in OLD:
        records = read(path)[0]
        check_fields(records)
        check_order(records)


@pytest.mark.parametrize(
    ("kind", "change", "error"),
    [
        ("start", {"values": None}, "field 'values' of a record 'start' is a NoneType"),
        ("end", {"message": 1}, "field 'message' of a record 'end' is a int"),
        ("end", {"status": "lost"}, "'lost' is not a valid TrialStatus"),
        ("epoch", {"metrics": {"loss": "x"}}, "a metric of a record 'epoch' is a str"),
        ("finish", {"time": "now"}, "the time of a record 'finish' is no number"),
    ],
)
def test_nonsense_is_named(kind: str, change: dict, error: str) -> None:
    records = [
        {**record, **change} if record["kind"] == kind else record for record in played(0.5).records
    ]
    with pytest.raises((TypeError, ValueError), match=error):
        check_fields(records)


def test_a_field_that_is_missing_is_an_error() -> None:
    with pytest.raises(KeyError):
        check_fields([{"kind": "end", "trial_id": "0000", "metrics": {}}])
