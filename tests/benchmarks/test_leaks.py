"""The table of leaks, from what `tftune check-data` tells."""

from __future__ import annotations

from benchmarks.leaks import ceilings_table, leaks_table

ROWS = {"train": 1000, "validation": 10, "test": 20}
FOUND = {
    "sequences": {
        "rows": {"all": 1030},
        "splits": {
            "random": {
                "rows": ROWS,
                "leak_rate": 0.5,
                "near_leak_rate": 0.625,
                "leak_rate_within_3": 0.75,
            }
        },
        "contradictions": {"inputs": 3, "rows": 1007},
        "ceiling": {"auc": 0.98, "accuracy": 0.93, "log_loss": 0.125},
    },
    "pictures": {
        "rows": ROWS,
        "exact": {"across": {"test": {"train": 0.0}}},
        "near": {"across": {"test": {"train": 0.25}}},
        "contradictions": {"inputs": 0, "rows": 0},
        "ceiling": {"auc": 1.0, "accuracy": 1.0, "log_loss": 0.0},
    },
}


def test_each_split_of_sequences_and_published_splits_have_a_row() -> None:
    assert leaks_table(FOUND).splitlines()[2:] == [
        "| sequences | random | 1,000, 10, 20 | 50.0 % | 62.5 % | 75.0 % |",
        "| pictures | as published | 1,000, 10, 20 | 0.0 % | 25.0 % alike | - |",
    ]


def test_what_contradicting_labels_allow() -> None:
    assert ceilings_table(FOUND).splitlines()[2:] == [
        "| sequences | 3 | 1,007 | 0.9800 | 0.9300 | 0.1250 |",
        "| pictures | 0 | 0 | 1.0000 | 1.0000 | 0.0000 |",
    ]
