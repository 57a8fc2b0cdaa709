"""What the machine refuses is one message that says what to do."""

from __future__ import annotations

import errno
import os
import pickle
from pathlib import Path

import pytest

from tftune.errors import MachineError, UsageError, printable
from tftune.support.refusals import full_disk, is_refusal, refusal, told_as_refusal


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.ENOSPC, "room on its disk. Make room"),
        (errno.EDQUOT, "room on its disk. Make room"),
        (errno.EROFS, "a place that can be written. Allow it"),
        (errno.EACCES, "a place that can be written. Allow it"),
        (errno.ENAMETOOLONG, "a shorter name"),
        (errno.EMFILE, "to be allowed more open files"),
        (errno.EAGAIN, "room for another process"),
        (errno.EIO, "a disk that works"),
    ],
)
def test_each_refusal_says_what_was_expected(number: int, told: str) -> None:
    error = refusal(OSError(number, os.strerror(number)), "runs/a/summary.json")
    assert str(error).startswith(f"runs/a/summary.json: {os.strerror(number)}. Expected {told}")
    assert error.exit_code == 2 and str(error).endswith("what was done is kept.")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)  # a child sends it


def test_the_file_that_the_system_names_is_told_first(tmp_path: Path) -> None:
    missing = pytest.raises(MachineError, match=r"missing/file: No such file")
    with missing as raised, told_as_refusal("elsewhere"):
        (tmp_path / "missing" / "file").write_text("x")
    assert isinstance(raised.value.__cause__, FileNotFoundError)
    hostile = refusal(OSError(errno.ENAMETOOLONG, "too long", "\x1b[31m" + "x" * 5000))
    assert len(str(hostile)) < 700 and printable(str(hostile)) == str(hostile)


def test_faults_of_programs_come_through_as_they_are() -> None:
    for fault in (ValueError("x"), OSError("no number"), ConnectionRefusedError(111, "refused")):
        assert not is_refusal(fault)
        with pytest.raises(type(fault)) as raised, told_as_refusal("place"):
            raise fault
        assert raised.value is fault


def test_a_refusal_is_told_once() -> None:
    inner = refusal(OSError(errno.ENOSPC, "No space left on device"), "a")
    with pytest.raises(MachineError) as raised, told_as_refusal("b"):
        raise inner
    assert raised.value is inner and isinstance(inner, OSError)
    assert not isinstance(inner, UsageError)


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device", "runs/log.csv"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        OSError("Unable to write (file write failed: errno = 28, 'No space left on device')"),
        RuntimeError("RESOURCE_EXHAUSTED: events.out; No space left on device"),
    ],
)
def test_a_disk_that_is_full_under_somebody_elses_code_is_known(error: Exception) -> None:
    full = full_disk(error)
    assert full is not None and "Expected room on its disk. Make room" in str(full)
    assert str(full).startswith("runs/log.csv" if getattr(error, "filename", "") else "A callback")


def test_other_faults_of_somebody_elses_code_are_no_full_disk() -> None:
    for fault in (ValueError("no space"), PermissionError(errno.EACCES, "denied"), OSError("x")):
        assert full_disk(fault) is None
