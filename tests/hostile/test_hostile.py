"""Hostile files, opened as a user would: each is refused with one message, in a second of the
processor, with 200 MB above the idle process, and nothing is left behind.

The whole: `pytest -n0 -m slow tests/hostile/test_hostile.py`. As a table, all or those of a name:
`python -m tests.hostile.test_hostile [NAME]`.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hostile import foreign, models, npz_files, pictures, records, run_folders, tables
from tests.hostile.opened import Hostile, Warm, judged

GROUPS = (npz_files, tables, pictures, records, run_folders, models, foreign)
CASES: list[Hostile] = [case for group in GROUPS for case in group.CASES]
SAMPLE = (
    "npz rows: object array",
    "npz rows: elements of no bytes",
    "npz archive: bomb beside small arrays",
    "npz archive: encrypted",
    "table to check: a million columns",
    "table to check: pipe",
    "table to check: 10 GB of nothing",
    "picture: png header of 178,956,970 x 1",
    "picture: png of 13,000 x 13,000",
    "picture: 10 GB of nothing",
    "records: endless number",
    "records: a record too many",
    "records: wrong checksum of a content",
    "journal: id that leads away",
    "journal: second header",
    "journal: number beyond all numbers",
    "journal: link that leads away",
    "import: pipe",
)


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    found = Warm(tmp_path_factory.mktemp("runs"))
    yield found
    found.close()


def test_there_are_many_and_each_has_a_name_of_its_own() -> None:
    names = [case.name for case in CASES]
    assert len({*names}) == len(names) >= 300
    assert {*SAMPLE} <= {*names}


def test_a_sample_is_refused_or_harmless(tmp_path: Path) -> None:
    """In one process that imports neither TensorFlow nor Keras."""
    light = Warm(tmp_path / "runs", "light")
    faults = {}
    for number, case in enumerate(case for case in CASES if case.name in SAMPLE):
        (folder := tmp_path / str(number)).mkdir()
        faults[case.name] = judged(case, light, folder)[1]
    light.close()
    assert not {name: found for name, found in faults.items() if found}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_hostile_file_is_refused_or_harmless(case: Hostile, warm: Warm, tmp_path: Path) -> None:
    came, faults = judged(case, warm, tmp_path)
    assert not faults, came


def main(wanted: str = "") -> None:
    """Prints what came of each hostile file.

    Args:
        wanted: A part of the names.
    """
    with tempfile.TemporaryDirectory() as place:
        warm = Warm(Path(place) / "runs")
        bad = 0
        chosen = [case for case in CASES if wanted in case.name]
        for number, case in enumerate(chosen):
            (folder := Path(place) / str(number)).mkdir()
            came, faults = judged(case, warm, folder)
            bad += bool(faults)
            figures = f"{came['code']} {came['seconds']:5.2f} s {came['megabytes']:6.0f} MB"
            told = f"!! {'; '.join(faults)}" if faults else ""
            print(figures, case.name, told, came["err"][:600] if wanted else "", flush=True)
        print(f"{len(chosen)} cases, {bad} with faults")
        warm.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
