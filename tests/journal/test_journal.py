"""The journal: what is written comes back, any prefix is readable, damage is named, two writers are
refused.
"""

from __future__ import annotations

import errno
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tftune.errors import RunFolderError
from tftune.journal.journal import DamagedJournalError, Journal, read
from tftune.journal.records import decode, encode


def records(count: int) -> list[dict[str, object]]:
    return [
        {
            "kind": "epoch",
            "trial_id": "0000",
            "epoch": number,
            "metrics": {"loss": 0.1 * number, "umlaut ä": 1.0},
        }
        for number in range(1, count + 1)
    ]


def write(path: Path, count: int) -> bytes:
    with Journal(path) as journal:
        journal.extend(records(count))
    return path.read_bytes()


def test_what_is_written_comes_back(tmp_path: Path) -> None:
    write(tmp_path / "run" / "journal.jsonl", 3)
    assert read(tmp_path / "run" / "journal.jsonl")[0] == records(3)


def test_non_finite_metrics_come_back_and_the_file_is_strict_json() -> None:
    line = encode(
        {
            "kind": "epoch",
            "metrics": {"a": math.nan, "b": math.inf, "c": -math.inf, "d": np.float32(0.5)},
        }
    )
    assert b"NaN" not in line and b"Infinity" not in line
    metrics = decode(line)["metrics"]
    assert math.isnan(metrics["a"]) and (metrics["b"], metrics["c"], metrics["d"]) == (
        math.inf,
        -math.inf,
        0.5,
    )


def test_numpy_values_become_plain() -> None:
    assert decode(
        encode(
            {
                "kind": "start",
                "values": {"units": np.int64(8), "name": np.str_("relu"), "on": np.bool_(True)},
            }
        )
    )["values"] == {
        "units": 8,
        "name": "relu",
        "on": True,
    }


def test_every_prefix_is_readable(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    whole = write(path, 4)
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        found, good = read(path)[:2]
        assert found == records(4)[: len(found)]
        assert good == sum(len(encode(record)) + 1 for record in found)
        assert len(found) == whole[:length].count(b"\n")


@pytest.mark.skipif(os.name == "nt", reason="there are no limits of a process")
def test_a_disk_that_takes_a_part_of_a_line_tells_why_and_keeps_none_of_it(tmp_path: Path) -> None:
    import resource

    path = tmp_path / "journal.jsonl"
    whole = write(path, 2)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Journal(path) as journal:
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 20, before[1]))
            with pytest.raises(OSError, match="File too large") as refused:
                journal.append(records(3)[2])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert refused.value.errno == errno.EFBIG and path.read_bytes() == whole
        journal.append(records(3)[2])
    assert read(path).records == records(3)


def test_opening_cuts_off_a_torn_line_and_goes_on_behind_it(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(write(path, 3)[:-5])
    with Journal(path) as journal:
        assert len(journal.records) == 2 and journal.torn_bytes > 0
        journal.append(records(3)[2])
    assert read(path)[:2] == (records(3), path.stat().st_size)


def test_a_damaged_last_line_that_is_whole_is_told_from_a_torn_one(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    whole = write(path, 2)
    path.write_bytes(whole[:-3] + b"x}\n")
    with pytest.warns(UserWarning, match=r"last line of .*, line 2, is whole but damaged"):
        found = read(path)
    assert found.records == records(1) and found.is_damaged
    with (
        pytest.warns(UserWarning, match=r"keeps it in journal\.jsonl\.damaged"),
        Journal(path) as it,
    ):
        it.append(records(2)[1])
        assert not it.torn_bytes
    assert path.read_bytes() == whole
    kept = path.with_name("journal.jsonl.damaged").read_bytes()
    assert kept.startswith(b'{"kind":"epoch"') and kept.endswith(b"x}\n")


def test_a_damaged_line_in_the_middle_is_named(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(write(path, 3).replace(b'"epoch":2', b'"epoch":7'))
    with pytest.raises(
        DamagedJournalError,
        match=r"line 2 of .*journal\.jsonl cannot be read: it is damaged.*Received.*start over "
        r"with --overwrite",
    ):
        Journal(path)


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    code = (
        f"from tftune.journal.journal import Journal\ntry: Journal({str(path)!r})\nexcept "
        "Exception as error: print(type(error).__name__, error)"
    )
    with Journal(path):
        answer = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
        )
    assert "RunFolderError Another process is running a search in" in answer.stdout
    Journal(path).close()  # the lock went with the writer


def test_a_second_writer_in_this_process_is_refused_too(tmp_path: Path) -> None:
    with (
        Journal(tmp_path / "journal.jsonl"),
        pytest.raises(RunFolderError, match="choose another run folder"),
    ):
        Journal(tmp_path / "journal.jsonl")


def test_kinds_that_are_left_out_are_checked_and_the_last_record_is_read(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    metrics = {"loss": 0.5}
    with Journal(path) as journal:
        journal.append({"kind": "session", "time": 0.0})
        for number in range(4):
            journal.append({"kind": "epoch", "epoch": number, "metrics": metrics, "time": 1.0})
    records, good = read(path, without=frozenset({"epoch"}))[:2]
    assert [record.get("epoch") for record in records] == [None, 3]
    assert good == path.stat().st_size == read(path)[1]
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]) + b"torn")
    assert [record.get("epoch") for record in read(path, frozenset({"epoch"}))[0]] == [None, 2]
    path.write_bytes(b"".join([*lines[:2], lines[2].replace(b"0.5", b"0.6"), *lines[3:]]))
    with pytest.raises(DamagedJournalError, match="line 3 of"):
        read(path, without=frozenset({"epoch"}))


def test_a_name_that_is_no_text_comes_back(tmp_path: Path) -> None:
    record = {"kind": "session", "path": "\udcffnot\\text", "time": 0.0}
    with Journal(tmp_path / "journal.jsonl") as journal:
        journal.append(record)
    assert read(tmp_path / "journal.jsonl").records == [record]
