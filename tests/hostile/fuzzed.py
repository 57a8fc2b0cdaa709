"""Readers that are given any bytes at all, what good bytes look like, and which errors are answers.

Whatever else is raised is a fault.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from tests.cli.subcommands.run_folders import played
from tests.datasets.conftest import example, frame, image_bytes
from tests.reports.conftest import KNOBS
from tftune.cli import assignments
from tftune.datasets.digit_arrays import read_layout
from tftune.datasets.images import decode
from tftune.datasets.peptide_files import read_npz
from tftune.datasets.peptide_tables import read_text
from tftune.datasets.tfrecords import read_examples
from tftune.datasets.unlabelled import array_rows
from tftune.datasets.unlabelled_peptides import sequence_rows
from tftune.errors import LONGEST, DataError, RunFolderError, TftuneError, UsageError, printable
from tftune.journal import journal
from tftune.journal.chain import Chain
from tftune.journal.records import encode, encode_all
from tftune.search.load_run import load_run
from tftune.training.checkpoints import load_checkpoint

Read = Callable[[bytes, Path], object]


@dataclass(frozen=True)
class Fuzzed:
    """A reader.

    Attributes:
        read: Takes the bytes, and a folder for files.
        answers: Errors that it may raise.
        good: Bytes that it reads, to be changed.
        words: What means something to it.
    """

    read: Read
    answers: tuple[type[Exception], ...]
    good: Callable[[], list[bytes]]
    words: tuple[bytes, ...] = ()


def attempt(fuzzed: Fuzzed, content: bytes, folder: Path) -> None:
    """Lets a reader read; its answer must be a value, or an error with a short, plain message."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fuzzed.read(content, folder)
    except fuzzed.answers as error:
        check_words(error)


def check_words(error: Exception) -> None:
    """Expects a short, plain message of an error of ours."""
    if isinstance(error, TftuneError):
        text = str(error)
        assert 0 < len(text) <= LONGEST and printable(text) == text, text


def _file(name: str, read: Callable[[Path], object]) -> Read:
    def written(content: bytes, folder: Path) -> object:
        (folder / name).write_bytes(content)
        return read(folder / name)

    return written


def _rows(path: Path, reader: Any, shape: Any) -> list[object]:
    found = list(reader([str(path)], shape, b"").rows)
    for row in found:
        assert (row.refused is None) == (row.value is not None), row
    return found


def _journal(path: Path) -> None:
    records, good = journal.read(path)[:2]
    assert 0 <= good <= path.stat().st_size and all(isinstance(each, dict) for each in records)
    again = load_run(path.parent)
    _ = again.table(), again.state.counts(), again.get_best_hyperparameters(2)


def _sealed(content: bytes, folder: Path) -> None:
    """Reads a journal whose lines were made by hand and sealed: each is JSON, or left out."""
    lines, chain = [], Chain()
    for line in content.split(b"\n"):
        try:
            record = json.loads(line)
            lines.append(encode(record, chain))
        except (ValueError, RecursionError, TypeError):
            continue
    path = folder / "journal.jsonl"
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    _journal(path)


def _framed(content: bytes, folder: Path) -> None:
    """Reads a record with right checksums."""
    (folder / "framed").write_bytes(frame(content))
    list(read_examples(folder / "framed"))


def _fix(content: bytes, folder: Path) -> None:
    text = content.decode("utf-8", "surrogateescape")
    for piece in assignments.configurations(text):
        values = assignments.configuration(piece, KNOBS)
        assert all(math.isfinite(each) for each in values.values() if isinstance(each, float))
    assignments.joined(assignments.pairs(text), KNOBS)


def _option(content: bytes, folder: Path) -> None:
    text = content.decode("utf-8", "surrogateescape")
    for name, value in assignments.split(text).items():
        for kind in ("int", "float | None", "bool | int", "str", "Any", "Literal['a', 'b']"):
            try:
                assignments.option_value(f"Option {name!r}", value, kind)
            except UsageError as error:  # of this kind it is none; it may be of the next
                check_words(error)


def _program(content: bytes, folder: Path) -> None:
    from tftune import hemolysis

    words = content.decode("utf-8", "surrogateescape").split("\n")
    try:
        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            hemolysis.PROGRAM.options().parse(words, {})
    except SystemExit as end:
        assert end.code in (0, 2)


@cache
def _npz() -> list[bytes]:
    arrays: list[dict[str, Any]] = [
        {"arr_0": np.ones((3, 4), np.uint8)},
        {"x": np.ones((2, 6), np.float32), "y": np.arange(2)},
        {
            **{f"x_{part}": np.full((4, 8, 8), 7, np.uint8) for part in ("train", "test")},
            **{f"y_{part}": np.arange(4) % 2 for part in ("train", "test")},
        },
        {
            **{name: np.frombuffer(b"{}", np.uint8) for name in ("facts", "model")},
            "best/0": np.ones(3, np.float32),
        },
    ]
    found = []
    for each in arrays:
        for save in (np.savez, np.savez_compressed):
            stream = io.BytesIO()
            save(stream, **each)
            found.append(stream.getvalue())
    return found


@cache
def _records() -> list[dict[str, Any]]:
    return list(played(0.5, 0.75, task="own").records)


TABLES = [
    b"sequence,label\nGLFDIVKK,1\nAAAA,0\n",
    b'sep=;\nname;seq;class\n"a ""b""";GLFD;yes\r\nc;AAA;no\r\n',
    "\ufeffsequence\tlabel\nGLFD\t1,0\n".encode("utf-16"),
    b"sequence|label\rGLFD|true\rAA|false\r",
]
FASTA = [b">p1|1\nGLFDIVKK\n;note\nAAA\n>p2 label=0\nGG\n", b">p non-hemolytic\r\nGLFD\r\n"]
WORDS_OF_TABLES = (b'"', b",", b";", b"\t", b"|", b"\r", b"\n", b"\0", b"\xff\xfe", b"\xef\xbb\xbf")
WORDS_OF_TABLES += (b"sequence", b"label", b">", b"\x1b[2J", b"1e400", b"nan", b"G" * 600)
WORDS_OF_RECORDS = (b'"nan"', b"null", b"[]", b"{}", b'"../x"', b"1e400", b"-1", b"\n", b'"kind":')
WORDS_OF_RECORDS += (b"9" * 30, b"9" * 5000, b"[" * 2000, b"true", b'"end"', b'"header"', b"\x00")
WORDS_OF_OPTIONS = (b"=", b",", b";", b"nan", b"inf", b"1e999", b"true", b"none", b"{", b"\n--fix")
WORDS_OF_OPTIONS += (b"units=", b"dropout=", b"opt=adam", b"\x00", b"\xed\xa0\x80", b"9" * 5000)
WORDS_OF_NPZ = (b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"'shape': (1,)", b"|O", b"\xff" * 8)


def _readers() -> Iterator[tuple[str, Fuzzed]]:
    damaged = (RunFolderError,)
    lines = [encode_all(_records())]
    plain = ["\n".join(json.dumps(each) for each in _records()).encode()]
    yield "journal", Fuzzed(_file("journal.jsonl", _journal), damaged, lambda: lines)
    # of values that the space has not
    forged = (RunFolderError, UsageError)
    yield "sealed journal", Fuzzed(_sealed, forged, lambda: plain, WORDS_OF_RECORDS)
    usage = (UsageError, argparse.ArgumentTypeError)
    fixes = [b"units=16,dropout=0.1", b"lr=1; opt=sgd,bn=true"]
    yield "--fix, --start", Fuzzed(_fix, usage, lambda: fixes, WORDS_OF_OPTIONS)
    options = [b'levels={"units": 4}, design=lhs', b"factor=4,share=none"]
    yield "--search-option", Fuzzed(_option, usage, lambda: options, WORDS_OF_OPTIONS)
    programs = [b"--fix\nwidth=32\n--start\nlr=1e-3", b"--search-option\nfactor=3\n--max-trials\n7"]
    yield "program", Fuzzed(_program, usage, lambda: programs, WORDS_OF_OPTIONS)
    data = (DataError,)
    yield "table", Fuzzed(_file("a.csv", read_text), data, lambda: TABLES, WORDS_OF_TABLES)
    yield "FASTA", Fuzzed(_file("a.fasta", read_text), data, lambda: FASTA, WORDS_OF_TABLES)
    unlabelled = _file("a.csv", lambda at: _rows(at, sequence_rows, {"shape": [20]}))
    yield "sequences", Fuzzed(unlabelled, data, lambda: [*TABLES, *FASTA], WORDS_OF_TABLES)
    yield "npz of peptides", Fuzzed(_file("a.npz", read_npz), data, _npz, WORDS_OF_NPZ)
    yield "npz of digits", Fuzzed(_file("a.npz", read_layout), data, _npz, WORDS_OF_NPZ)
    rows = _file("a.npz", lambda at: _rows(at, array_rows, {"shape": [6], "dtype": "float32"}))
    yield "npz of rows", Fuzzed(rows, data, _npz, WORDS_OF_NPZ)
    checkpoint = _file("a.npz", load_checkpoint)
    yield "checkpoint", Fuzzed(checkpoint, damaged, _npz, WORDS_OF_NPZ)
    examples = [example(image_bytes(1, size=(8, 8)), 1), b"\x0a\x00"]
    records = [frame(each) * 2 for each in examples]
    read = _file("a.tfrecord", lambda at: list(read_examples(at, 2)))
    yield "TFRecord", Fuzzed(read, data, lambda: records)
    yield "TFRecord, sealed", Fuzzed(_framed, data, lambda: examples, (b"\x80" * 12, b"\xff" * 9))
    pictures = [
        image_bytes(2, form, (8, 8)) for form in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")
    ]
    yield "picture", Fuzzed(lambda content, _: decode("it", content, 8), data, lambda: pictures)


READERS = dict(_readers())
