"""Places in a README are found, filled and filled again."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.markdown import README, fill, number
from tftune.errors import UsageError

PLACES = [
    "search-tables",
    "search-each-table",
    "search-functions",
    "search-bbob",
    "stopping-rules",
    "curve-fit-calibration",
    "proposing-cost",
    "throughput",
]


def test_a_place_is_filled_again(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text(
        "before\n<!-- begin:a -->\n<!-- end:a -->\nafter\n<!-- begin:b -->\n<!-- end:b -->\n"
    )
    fill(path, "a", "old")
    fill(path, "a", "new\n")
    assert (
        path.read_text()
        == "before\n<!-- begin:a -->\n\nnew\n\n<!-- end:a -->\nafter\n<!-- begin:b -->\n<!-- end:b "
        "-->\n"
    )
    with pytest.raises(
        UsageError, match="README.md has no place for c. Expected the lines <!-- begin:c -->"
    ):
        fill(path, "c", "text")


def test_the_readme_has_all_places(tmp_path: Path) -> None:
    copy = tmp_path / "README.md"
    copy.write_text(README.read_text())
    for name in PLACES:
        fill(copy, name, f"content of {name}")
    assert copy.read_text().count("content of ") == len(PLACES)


def test_numbers_have_significant_digits() -> None:
    assert [number(value) for value in (0.0, 0.00012345, 1.0, 12345.6, 1e-7, float("nan"))] == [
        "0",
        "0.000123",
        "1.00",
        "12346",
        "1.0e-07",
        "-",
    ]
