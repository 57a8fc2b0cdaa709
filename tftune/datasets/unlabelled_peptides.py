"""Sequences without labels: words, FASTA files, tables with a column of sequences, plain lists, and
the .npz files of the peptide dashboard.

Letters are those of the peptide files, in capitals; a sequence all in small letters is read as
capitals. What the model has no answer to is refused row by row, with the reason.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from tftune.datasets.amino_acids import decode
from tftune.datasets.peptide_files import read_npz
from tftune.datasets.peptide_rows import sequence_fault
from tftune.datasets.peptide_tables import (
    COLUMNS,
    DELIMITERS,
    TEXT_SUFFIXES,
    header_cells,
)
from tftune.datasets.texts import decoded, decoded_bytes, lines
from tftune.datasets.unlabelled import STDIN, Row, Rows
from tftune.errors import DataError

LONGEST_HEADER = 10_000  # characters
LONGEST_NAME = 100


def sequence_rows(words: list[str], shape: Any, stdin: bytes) -> Rows:
    """Returns the sequences that words are or name, in capitals.

    Args:
        words: Sequences, or files of them; `-` is the standard input.
        shape: Of one row of numbers, `{"shape": [width], ...}`.
        stdin: What the standard input holds.
    """
    width = int(shape["shape"][0])
    rows = [checked(row, width) for word in words for row in _found(word, stdin)]
    return Rows(len(rows), iter(rows))


def checked(row: Row, width: int) -> Row:
    """Returns a row whose sequence the model takes, or that says why it does not.

    Example:
        >>> checked(Row("p1", "glfdivkk"), 32).value
        'GLFDIVKK'
        >>> checked(Row("p2", "GLFDIVKK"), 4).refused
        'the sequence has 8 residues, and the model takes at most 4'
    """
    if row.refused is not None:
        return row
    text = row.value.strip()
    sequence = text.upper() if text.isascii() and text.islower() else text
    facts = {"sequence": sequence} if row.name != row.value else {}
    if fault := sequence_fault(sequence):
        return Row(row.name, refused=fault[0], facts=facts)
    if len(sequence) > width:
        reason = f"the sequence has {len(sequence):,} residues, and the model takes at most {width}"
        return Row(row.name, refused=reason, facts=facts)
    return Row(row.name, sequence, facts=facts)


def _found(word: str, stdin: bytes) -> Iterator[Row]:
    path = Path(word)
    try:
        if word == STDIN:
            yield from _in_text("stdin", decoded_bytes(stdin, Path("stdin")))
        elif os.path.isfile(word) and path.suffix.lower() == ".npz":
            sequences = decode(read_npz(path))
            yield from (Row(f"{word}[{row}]", each) for row, each in enumerate(sequences))
        elif os.path.isfile(word):
            yield from _in_text(word, decoded(path))
        elif path.suffix.lower() in (*TEXT_SUFFIXES, ".npz") or "/" in word:
            reason = "it is a folder" if os.path.isdir(word) else "there is no such file"
            yield Row(word, refused=reason)
        else:
            yield Row(word, word)
    except DataError as error:
        yield Row(word, refused=str(error))


def _in_text(name: str, text: str) -> Iterator[Row]:
    """Yields the sequences of a FASTA file, a table or a list, told by the first line."""
    text = text.removeprefix("\ufeff")
    if not text.strip():
        yield Row(name, refused="the file is empty")
    elif text.lstrip().startswith(">"):
        yield from _in_fasta(name, text)
    elif (column := _column(text)) is not None:
        yield from _in_table(name, text, *column)
    else:
        for number, line in enumerate(lines(text), start=1):
            if line.strip() and not line.startswith("#"):
                yield Row(f"{name}:{number}", line.rstrip("\r\n"))


def _in_fasta(name: str, text: str) -> Iterator[Row]:
    header: str | None = None
    parts: list[str] = []
    for line in chain(lines(text), ">"):
        if line.startswith(">"):
            if header is not None:
                yield Row(f"{name}:{header}", "".join(parts))
            header, parts = (line[1:].split() or ["?"])[0][:LONGEST_NAME], []
        elif not line.startswith(";"):
            parts.append("".join(line.split()))


def _column(text: str) -> tuple[str, int] | None:
    """Returns the delimiter of a table and where its sequences stand, if there is such a header."""
    header = next(line for line in lines(text) if line.strip()).rstrip("\r\n")[:LONGEST_HEADER]
    for delimiter in DELIMITERS:
        cells = [cell.strip().casefold() for cell in header_cells(header, delimiter)]
        known = [cell for cell in cells if cell in COLUMNS["sequence"]]
        if known:
            return delimiter, cells.index("sequence" if "sequence" in known else known[0])
    return None


def _in_table(name: str, text: str, delimiter: str, column: int) -> Iterator[Row]:
    reader = csv.reader(lines(text.lstrip("\r\n")), delimiter=delimiter)
    skipped = sum(1 for _ in lines(text[: len(text) - len(text.lstrip("\r\n"))]))
    try:
        for number, cells in enumerate(reader):
            if number and any(cell.strip() for cell in cells):
                place = f"{name}:{skipped + reader.line_num}"
                yield Row(place, cells[column] if column < len(cells) else "")
    except csv.Error as error:
        yield Row(name, refused=f"line {skipped + reader.line_num + 1}: {error}")
