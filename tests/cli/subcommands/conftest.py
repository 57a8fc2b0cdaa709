"""The command in an empty folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.subcommands.run_folders import Command


@pytest.fixture
def tftune(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch) -> Command:
    """The command `tftune`, in an empty folder, with nothing that changes how it shows things."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "TERM", "COLUMNS", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return Command(capsys)
