"""`tftune diagnose`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.subcommands.run_folders import Command, played, write
from tests.cli.subcommands.small_runs import whole_peptides  # noqa: F401
from tests.reports.analysis.curves_of import Written, approaching
from tftune.cli.subcommands import diagnose as command
from tftune.journal.journal import Journal
from tftune.journal.run_folder import RunFolder


@pytest.fixture
def overfitted(tmp_path: Path) -> RunFolder:
    curves = {"accuracy": approaching(0.5, 0.99), "val_accuracy": approaching(0.5, 0.8)}
    folder = RunFolder(tmp_path / "run")
    with Journal(folder.journal) as journal:
        journal.extend(Written(task="own").trial(curves).records)
    return folder


def test_the_journal_is_enough(tftune: Command, overfitted: RunFolder) -> None:
    text = tftune("diagnose", overfitted.path)
    assert text.startswith("Trial 0000: high variance.") and "Against high variance" in text
    content = tftune.json("diagnose", overfitted.path, "--target", "0.9")
    assert content["target"]["value"] == 0.9 and content["verdict"] == "high variance"


def test_a_run_of_ones_own_is_told_how_to_measure(tftune: Command, overfitted: RunFolder) -> None:
    tftune("diagnose", overfitted.path, "--learning-curve", code=2)
    assert "learning_curve(x, y" in tftune.told


def test_a_search_without_a_score_has_no_diagnosis(tftune: Command, tmp_path: Path) -> None:
    folder = write(played(None), tmp_path / "run")
    tftune("diagnose", folder.path, code=3)
    assert "no trial has a score" in tftune.told
    tftune("diagnose", folder.path, "--target", "much", code=2)


def test_the_defaults_are_those_of_the_function() -> None:
    from tftune.search import training_sizes

    assert (command._SIZES, command._REPEATS) == (training_sizes.SHARES, training_sizes.REPEATS)


@pytest.mark.slow
def test_a_run_of_a_program_is_trained_again(
    tftune: Command,
    whole_peptides: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    folder = Path(shutil.copytree(whole_peptides, tmp_path / "run"))
    options = ("--learning-curve", "--sizes", "0.2,0.4", "--repeats", "2", "--epochs", "1")
    content = tftune.json("diagnose", folder, *options)
    assert len(content["learning_curve"]["points"]) == 4
    assert "4/4: 490 rows" in tftune.told
