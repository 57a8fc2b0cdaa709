"""What lies in a run folder is ours, and so cleared, or not ours, and so left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tftune.errors import RunFolderError
from tftune.journal.journal import Journal
from tftune.journal.owner_file import NAME
from tftune.journal.run_folder import ExperimentFolder, RunFolder


@pytest.mark.parametrize("kind", [RunFolder, ExperimentFolder])
def test_a_cleared_folder_is_usable_also_after_a_damaged_journal(
    kind: type[RunFolder], tmp_path: Path
) -> None:
    folder = kind(tmp_path / "run")
    with Journal(folder.journal) as journal:
        journal.append({"kind": "session", "time": 0.0})
    content = folder.journal.read_bytes()
    folder.journal.write_bytes(content[:-5] + b"x" + content[-4:])
    with pytest.warns(UserWarning, match="keeps it in .*jsonl.damaged"):
        Journal(folder.journal).close()
    folder.clear()
    folder.check_usable()
    assert list(folder.path.iterdir()) == []


def test_an_owner_file_that_a_kill_left_is_nobody_elses_but_other_files_are(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    (tmp_path / NAME).write_text("{}")
    folder.check_usable()
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(RunFolderError, match="no journal.jsonl.*Received one with: thesis.tex"):
        folder.check_usable()
