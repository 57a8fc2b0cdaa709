"""Notes of trainings: collected, said once in a search, remembered by its journal."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from tftune.journal.journal import Journal
from tftune.journal.recorder import Recorder
from tftune.training.notes import SaidOnce, collected_notes, note


def test_notes_belong_to_the_innermost_trial() -> None:
    note("lost")
    with collected_notes() as outer:
        note("one")
        with collected_notes() as inner:
            note("two")
            note("two")
        note("three")
    assert (outer, inner) == (["one", "three"], ["two"])


def test_a_text_is_said_once_also_after_a_restart(tmp_path: Path) -> None:
    for session, new in enumerate([["a", "b"], ["c"]]):
        recorder = Recorder(Journal(tmp_path / "journal.jsonl"))
        said = SaidOnce(recorder)
        with pytest.warns(UserWarning, match="^[abc]$") as heard:
            said.say(["a", "b", "a", *new])
        assert [str(warning.message) for warning in heard] == new
        assert all(warning.filename == __file__ for warning in heard), session
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            said.say(["a", "b"])
        recorder.close()
