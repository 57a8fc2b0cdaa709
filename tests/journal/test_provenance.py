"""Where a search comes from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tftune.journal.provenance import script_command

ROOT = Path(__file__).resolve().parents[2]
PRINTED = "from tftune.journal.provenance import script_command\nprint(script_command())\n"


@pytest.mark.parametrize("way", ["script", "module", "package", "prompt"])
def test_the_command_is_that_which_was_typed(tmp_path: Path, way: str) -> None:
    (tmp_path / "my search.py").write_text(PRINTED)
    (tmp_path / "tuning").mkdir()
    (tmp_path / "tuning" / "__main__.py").write_text(PRINTED)
    words = {
        "script": ["my search.py", "--seed", "3"],
        "module": ["-m", "my search", "a b"],
        "package": ["-m", "tuning", "--seed", "3"],
        "prompt": ["-c", PRINTED],
    }[way]
    answer = subprocess.run(
        [sys.executable, *words],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{ROOT}:{tmp_path}"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert (
        answer
        == {
            "script": "python 'my search.py' --seed 3",
            "module": "python -m 'my search' 'a b'",
            "package": "python -m tuning --seed 3",
            "prompt": "None",
        }[way]
    )


def test_a_command_that_nobody_could_read_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["search.py", "x" * 3000])
    assert script_command() is None
