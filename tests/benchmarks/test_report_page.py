"""The search of the report's benchmark, and what is said where there is no browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.browser import missing, opened
from benchmarks.report_page import write_run
from tftune.errors import UsageError
from tftune.reports.run_data import read_run


def test_its_search_has_trials_of_every_fate(tmp_path: Path) -> None:
    run = read_run(write_run(tmp_path / "run", trials=40, epochs=4))
    counts = run.state.counts()
    assert sum(counts.values()) == 40 and all(counts.values())
    best = run.state.best()
    assert best is not None and best.score == max(m["val_auc"] for _, m in best.epochs)


def test_a_missing_browser_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert missing() == "there is no browser (chromium) and no driver (chromium-driver)"
    with pytest.raises(UsageError, match="Install Debian's chromium and chromium-driver"), opened():
        pass
