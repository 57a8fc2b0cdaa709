"""Journals that somebody made by hand, with checksums that are right."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.subcommands.run_folders import played, write
from tests.hostile.run_folders import RECORDS
from tftune.errors import RunFolderError
from tftune.journal.readable import check_journal, check_order, read_checked, within
from tftune.journal.records import encode_all
from tftune.journal.run_folder import RunFolder


def test_an_honest_journal_is_read(tmp_path: Path) -> None:
    records, state = read_checked(write(played(0.5, 0.75), tmp_path / "run"))
    assert len(records) == 9 and state.counts()["completed"] == 2


@pytest.mark.parametrize(
    "name",
    [
        "id that leads away",
        "id of nothing",
        "parent that leads away",
        "number beyond all numbers",
        "second header",
        "header that is not the first",
        "epochs of a trial that ended",
        "an end without a beginning",
        "two ends of one trial",
        "finished members that lead away",
        "kind that is a list",
    ],
)
def test_what_no_search_writes_is_refused(name: str, tmp_path: Path) -> None:
    records = RECORDS[name]([dict(each) for each in played(0.5, 0.9).records])
    folder = RunFolder(tmp_path)
    folder.journal.write_bytes(encode_all(records))
    with pytest.raises(RunFolderError, match="is not a journal of tftune|holds no record"):
        read_checked(folder)


@pytest.mark.timeout(20)
def test_a_journal_that_is_no_file_of_the_folder_is_refused(tmp_path: Path) -> None:
    import os

    elsewhere = write(played(0.5), tmp_path / "elsewhere").journal
    for number, target in enumerate((elsewhere, Path("/dev/zero"))):
        folder = RunFolder(tmp_path / f"link{number}")
        folder.path.mkdir()
        folder.journal.symlink_to(target)
        with pytest.raises(RunFolderError, match="a link that leads out of the run folder"):
            check_journal(folder)
    folder = RunFolder(tmp_path / "pipe")
    folder.path.mkdir()
    os.mkfifo(folder.journal)
    with pytest.raises(RunFolderError, match="it is a pipe, where a file is read"):
        check_journal(folder)


def test_a_run_folder_may_itself_be_a_link(tmp_path: Path) -> None:
    folder = write(played(0.5), tmp_path / "real")
    (tmp_path / "link").symlink_to("real")
    linked = RunFolder(tmp_path / "link")
    check_journal(linked)
    assert within(linked, linked.checkpoint("0000")).name == "0000.npz"
    with pytest.raises(RunFolderError, match="leads out of the run folder"):
        within(folder, folder.path / "../other")


def test_a_trial_that_is_tried_again_is_in_order() -> None:
    start = {"kind": "start", "trial_id": "0000"}
    epoch, end = {**start, "kind": "epoch"}, {**start, "kind": "end"}
    check_order([{"kind": "header"}, start, epoch, start, epoch, end, start, epoch, end])
    with pytest.raises(ValueError, match="record 4, epoch, is of a trial that is not in training"):
        check_order([{"kind": "header"}, start, end, epoch])
