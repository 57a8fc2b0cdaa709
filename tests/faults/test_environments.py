"""Real programs in odd surroundings: no home, no place for temporary files, closed streams, another
locale, a strict umask; and what they leave there when they are killed.
"""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from tftune.journal.journal import read
from tftune.testing.executors import wait_until

ROOT = Path(__file__).parents[2]
WORDS = "--search random --epochs 1 --max-trials 2 --workers 1 --seed 1 --data sample"
CLOSED = "<&- >&- 2>&-"

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.skipif(os.name == "nt", reason="there is no bash"),
]


def environment(place: Path, **changes: str | None) -> dict[str, str]:
    given: dict[str, str | None] = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "TFTUNE_CACHE": str(place / "cache"),
        "TMPDIR": str(place / "tmp"),
        **changes,
    }
    (place / "tmp").mkdir(exist_ok=True)
    return {name: value for name, value in given.items() if value is not None}


def run(
    place: Path, words: str, redirection: str = "", mask: str = "022", **changes: str | None
) -> Any:
    line = f"umask {mask}; exec '{sys.executable}' -m tests.faults.points {words} {redirection}"
    return subprocess.run(
        ["bash", "-c", line],
        cwd=place,
        env=environment(place, **changes),
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=900,
    )


def check_modes(folder: Path, mask: int) -> None:
    """All files and folders have the rights that the umask gives them."""
    for path in (folder, *folder.rglob("*")):
        expected = (0o777 if path.is_dir() else 0o666) & ~mask
        assert stat.S_IMODE(path.stat().st_mode) == expected, path


@pytest.mark.quick("all*")
@pytest.mark.parametrize(
    ("redirection", "mask", "changes"),
    [
        pytest.param(
            CLOSED, "077", {"HOME": "/missing", "LC_ALL": "C", "LANG": None}, id="all at once"
        ),
        pytest.param("", "022", {"HOME": None, "TMPDIR": "/missing"}, id="no home, no TMPDIR"),
        pytest.param(">/dev/full 2>/dev/full", "002", {"LC_ALL": "POSIX"}, id="full streams"),
        pytest.param("| head -1", "027", {"TMPDIR": "tmp/" + "x" * 60}, id="long TMPDIR"),
    ],
)
def test_a_search_needs_neither_home_nor_streams_nor_an_encoding(
    tmp_path: Path, redirection: str, mask: str, changes: dict[str, str | None]
) -> None:
    if str(changes.get("TMPDIR", "")).startswith("tmp/"):
        changes = {"TMPDIR": str(tmp_path / changes["TMPDIR"])}
        Path(changes["TMPDIR"]).mkdir(parents=True)
    ended = run(tmp_path, f"{WORDS} --run-dir gr\u00f6\u00dfe/lauf", redirection, mask, **changes)
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert "Traceback" not in ended.stderr and "Exception ignored" not in ended.stderr
    folder = tmp_path / "gr\u00f6\u00dfe" / "lauf"
    ends = [each for each in read(folder / "journal.jsonl")[0] if each["kind"] == "end"]
    assert [each["status"] for each in ends] == ["completed"] * 2
    assert json.loads((folder / "summary.json").read_text("utf-8"))["best"]
    for made in (folder, tmp_path / "cache"):
        check_modes(made, int(mask, 8))
    assert not list((tmp_path / "tmp").rglob("*tftune-*")), "temporary files stay"
    assert not (tmp_path / "~").exists()


def test_a_name_that_is_no_text_here_is_refused_soon(tmp_path: Path) -> None:
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ended = run(tmp_path, f"{WORDS} --run-dir gr\u00f6\u00dfe", **plain)
    assert ended.returncode == 2 and "Traceback" not in ended.stderr
    assert "The name of the run folder cannot be read in this locale" in ended.stderr


@pytest.mark.slow
def test_what_a_killed_search_leaves_is_swept_by_the_next_start(tmp_path: Path) -> None:
    line = [sys.executable, "-m", "tests.faults.points", *WORDS.split(), "--run-dir", "run"]
    given = environment(tmp_path, PAUSE="30")
    killed = subprocess.Popen(
        line, cwd=tmp_path, env=given, stderr=subprocess.DEVNULL, start_new_session=True
    )
    journal = tmp_path / "run" / "journal.jsonl"
    assert wait_until(lambda: journal.exists() and b'"start"' in journal.read_bytes(), 300)
    family = psutil.Process(killed.pid).children(recursive=True)
    time.sleep(1)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert list((tmp_path / "tmp").iterdir())  # such as the socket of the fork server
    assert wait_until(lambda: not any(each.is_running() for each in family), 30)
    ended = run(tmp_path, f"{WORDS} --run-dir run --resume")
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert list((tmp_path / "tmp").iterdir()) == []
