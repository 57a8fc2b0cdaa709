"""Links within a run folder: a search neither overwrites nor removes what they lead to."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_program import small_program
from tests.faults.test_refused_files import RUN, WORDS, completed
from tftune.cli.program import main
from tftune.journal.run_folder import OWN_FOLDERS, RunFolder

FILES = ("summary.json", "trials.csv", "report.html", "best_model.keras", "predictions.npz")
UNFINISHED = (".writing-best_model.keras", ".writing-x")
NAMES = ("0000.npz", "0001.npz", "finish-0.npz", ".writing-0000.npz", "0000.log", "x.npy")


@pytest.fixture
def foreign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Somebody's folder with the names that a search would write and remove."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "foreign"
    (folder / "0000").mkdir(parents=True)
    for name in (*NAMES, "0000/events.out.tfevents.1.tftune.1.1", "events.out.tfevents.1.tftune.1"):
        (folder / name).write_text("theirs")
    return folder


def check_untouched(foreign: Path) -> None:
    files = [path for path in foreign.rglob("*") if path.is_file()]
    assert len(files) == len(NAMES) + 2 and {path.read_text() for path in files} == {"theirs"}
    assert not [path for path in foreign.rglob("*") if path.is_symlink()]


def search(*words: str, trouble: Any = None) -> int:
    return main(small_program(trouble), ["--search", "random", *WORDS, *words])


def test_links_in_place_of_files_are_replaced_and_not_followed(
    foreign: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFTUNE_REPORT", "1")
    RUN.mkdir(parents=True)
    target = foreign / "0000.npz"

    def plant(hp: Any) -> None:  # once the search has begun and swept
        for name in (*FILES, *UNFINISHED):
            (RUN / name).unlink(missing_ok=True)
            (RUN / name).symlink_to(target)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert search(trouble=plant) == 0
    check_untouched(foreign)
    assert not [name for name in FILES if (RUN / name).is_symlink()]
    for name in (*FILES, *UNFINISHED):
        (RUN / name).unlink(missing_ok=True)
        (RUN / name).symlink_to(target)
    assert search("--overwrite") == 0
    check_untouched(foreign)
    assert completed() == ["0000", "0001", "0002"] and not (RUN / UNFINISHED[1]).is_symlink()


def test_a_link_in_place_of_a_folder_is_refused(
    foreign: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert search("--max-trials", "1") == 0
    for name in OWN_FOLDERS[:-2]:
        path = RUN / name
        aside = path.with_name(f"{name}-aside")
        if path.exists():
            path.rename(aside)
        path.symlink_to(foreign)
        for words in (["--resume"], ["--overwrite"]):
            capsys.readouterr()
            assert search(*words) == 2
            assert f"{name} is a link. Expected a folder of its own" in capsys.readouterr().err
        RunFolder(RUN).remove_scratch()
        RunFolder(RUN).keep_checkpoints([])
        check_untouched(foreign)
        path.unlink()
        if aside.exists():
            aside.rename(path)
    assert search("--resume") == 0 and completed() == ["0000", "0001", "0002"]


@pytest.mark.parametrize("name", ["checkpoints", "tensorboard"])
def test_a_link_that_is_planted_in_mid_search_leads_nowhere(
    name: str, foreign: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def plant(hp: Any) -> None:
        path = RUN / name
        if path.is_dir() and not path.is_symlink() and (RUN / "checkpoints" / "0000.npz").exists():
            shutil.rmtree(path)
            path.symlink_to(foreign)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        code = search(trouble=plant)
    check_untouched(foreign)
    assert code == (2 if name == "checkpoints" else 0)
    assert "Traceback" not in capsys.readouterr().err
