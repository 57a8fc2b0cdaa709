"""Run folders made of records that nobody trained for, and the command run on them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.reports.conftest import PlayedSearch
from tftune.cli.command import main
from tftune.journal.journal import Journal
from tftune.journal.run_folder import RunFolder

HOSTILE = "<script>alert('x')</script> \u202e\x1b[31m\n\"'; rm -rf \u2066"


def played(*scores: float, finish: str | None = "done", **header: Any) -> PlayedSearch:
    """A search whose trials had these scores, one epoch each; None is a failure."""
    search = PlayedSearch([], {"expected_trials": len(scores), **header})
    for number, score in enumerate(scores):
        if score is None:
            search.failure(number)
        else:
            search.trial(number, [score])
    if finish:
        search.write("finish", reason=finish, wall_seconds=1.0)
    return search


def write(search: PlayedSearch, folder: Path) -> RunFolder:
    """Writes the journal of a played search."""
    found = RunFolder(folder)
    with Journal(found.journal) as journal:
        journal.extend(search.records)
    return found


def keep_rows(
    folder: RunFolder,
    trial_id: str,
    labels: Any,
    probabilities: Any,
    fingerprint: str = "rows",
    **more: Any,
) -> None:
    """Writes what the best model answered on the test rows."""
    np.savez(
        folder.path / "predictions.npz",
        probabilities=np.asarray(probabilities, "float32"),
        labels=np.asarray(labels),
        fingerprint=fingerprint,
        trial_id=trial_id,
        **more,
    )


class Command:
    """The command `tftune` in this process."""

    def __init__(self, capsys: Any) -> None:
        self._capsys = capsys

    def __call__(self, *words: object, code: int = 0) -> str:
        """Runs it, checks the exit code and returns stdout; stderr stands in `told`."""
        try:
            ended = main([str(word) for word in words])
        except SystemExit as end:
            ended = end.code
        captured = self._capsys.readouterr()
        self.told = captured.err
        assert ended == code, captured.err
        assert "Traceback" not in captured.err
        return captured.out

    def json(self, *words: object) -> Any:
        """Runs it with --json and returns the one document."""
        return json.loads(self(*words, "--json"), parse_constant=_refuse)


def _refuse(word: str) -> None:
    raise AssertionError(f"{word} is not JSON")


Make = Callable[..., RunFolder]
