"""Hostile files, opened as a user would: each is refused with one message, in a second, with little
memory, and nothing is left behind.

The whole: `pytest -m slow tests/hostile`. `python -m tests.hostile.test_hostile` prints a table.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.hostile import npz_files, pictures, tables
from tests.hostile.opened import Hostile, Warm, judged

CASES: list[Hostile] = [*npz_files.CASES, *tables.CASES, *pictures.CASES]


def main(wanted: str = "") -> None:
    with tempfile.TemporaryDirectory() as place:
        warm = Warm(Path(place) / "runs")
        bad = 0
        chosen = [case for case in CASES if wanted in case.name]
        for number, case in enumerate(chosen):
            folder = Path(place) / str(number)
            folder.mkdir()
            came, faults = judged(case, warm, folder)
            bad += bool(faults)
            figures = f"{came['code']} {came['seconds']:5.2f} s {came['megabytes']:6.0f} MB"
            print(
                f"{figures}  {case.name}  {'!! ' + '; '.join(faults) if faults else ''}", flush=True
            )
            if wanted:
                print("     ", came["err"][:600])
        print(f"{len(chosen)} cases, {bad} with faults")
        warm.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
