"""Searches on disks of a few kilobytes, and without a right to write: run as a script in a mount
namespace of its own, `unshare -m python -m tests.faults.full_disk PLACE WORKERS SIZE...`.

Each SIZE, in KiB, is a disk that a search meets; then the disk grows and the search is resumed.
What came of it is printed as JSON, a line each.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from tests.cli.test_program import small_program
from tftune.cli import command, program
from tftune.journal.journal import read

WORDS = ["--search", "random", "--epochs", "1", "--max-trials", "3", "--seed", "1"]


def mount(place: Path, options: str) -> None:
    place.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], check=True)


def remount(place: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(place)], check=True)


def run(main: Any, words: list[str]) -> tuple[int, str]:
    """Returns the exit code and what was told."""
    told = io.StringIO()
    with contextlib.redirect_stderr(told), contextlib.redirect_stdout(io.StringIO()):
        try:
            code = main(words)
        except SystemExit as error:
            code = int(error.code or 0)
    return code, told.getvalue()


def search(folder: Path, workers: str, *words: str) -> tuple[int, str]:
    given = [*WORDS, "--workers", workers, "--run-dir", str(folder), *words]
    return run(lambda arguments: program.main(small_program(), arguments), given)


def completed(folder: Path) -> Counter[str]:
    with contextlib.suppress(FileNotFoundError):
        records = read(folder / "journal.jsonl")[0]
        return Counter(each["trial_id"] for each in records if each.get("status") == "completed")
    return Counter()


def answer(**content: Any) -> None:
    print(json.dumps(content), flush=True)


def meet(place: Path, workers: str, size: int) -> None:
    """A search on a small disk, which then grows."""
    disk = place / f"disk-{size}"
    mount(disk, f"size={size}k")
    folder = disk / "run"
    code, told = search(folder, workers)
    before = completed(folder)
    remount(disk, "size=64m")
    words = ["--resume"] if (folder / "journal.jsonl").exists() else []
    code_again, told_again = search(folder, workers, *words)
    after = completed(folder)
    answer(
        size=size,
        codes=[code, code_again],
        told=[told, told_again],
        lost=sorted(before - after),
        twice=sorted(name for name, count in after.items() if count > 1),
        completed=[len(before), len(after)],
        left=[str(path) for path in folder.rglob(".writing-*")],
        files=sorted(path.name for path in folder.iterdir()),
    )


def read_only(place: Path, workers: str) -> None:
    """A finished run on a disk that becomes read-only."""
    disk = place / "read-only"
    mount(disk, "size=64m")
    folder, beside = disk / "run", place / "beside"
    beside.mkdir()
    code, told = search(folder, workers)
    answer(case="search", code=code, told=told)
    shutil.copytree(folder, beside / "other")
    os.chdir(beside)
    remount(disk, "ro")
    name = str(folder)
    for words in (
        *(["list", str(disk)], ["show", name], ["trials", name], ["compare", name, "other"]),
        *(["diagnose", name], ["report", name], ["export", name, "--csv", f"{name}/x.csv"]),
        *(["export", name, "--format", "keras", "--output", f"{name}/x.keras"], ["finish", name]),
    ):
        code, told = run(command.main, words)
        answer(case=words[0], code=code, told=told)
    for words in (["--resume", "--max-trials", "4"], ["--overwrite"]):
        code, told = search(folder, workers, *words)
        answer(case=words[0], code=code, told=told)
    remount(disk, "rw")
    code, told = search(folder, workers, "--resume", "--max-trials", "4")
    answer(case="writable again", code=code, told=told, completed=len(completed(folder)))


def without_scratch(place: Path, workers: str) -> None:
    """No shared memory, and a full place for temporary files: the system has others."""
    for name in ("/dev/shm", f"{place}/tmp"):
        mount(Path(name), "size=4k")
        (Path(name) / "filler").write_bytes(b"x" * 4096)
    os.environ["TMPDIR"] = f"{place}/tmp"
    code, told = search(place / "scratch" / "run", workers)
    answer(case="no scratch", code=code, told=told)


def main() -> None:
    """Meets everything."""
    place, workers, *sizes = sys.argv[1:]
    if workers != "0":
        without_scratch(Path(place), workers)
    for size in sizes:
        meet(Path(place), workers, int(size))
    read_only(Path(place), workers)


if __name__ == "__main__":
    main()
