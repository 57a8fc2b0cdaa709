"""Peptides as laboratories write them: tables of text and FASTA, in the usual encodings.

A table has a header that names the columns of sequence and label, separated by comma, semicolon,
tab or bar; a line `sep=;` above it, as Excel has it, is passed over. A FASTA record has its label
in the header: after a bar (`>p1|1`, `>p1|1|training`), as `label=1` or `class=hemolytic`, or as the
whole description (`>p1 non-hemolytic`).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from tftune.datasets.peptide_rows import (
    Faults,
    Peptides,
    label_fault,
    label_of,
    peptides,
    sequence_fault,
)
from tftune.datasets.texts import decoded, lines
from tftune.errors import DataError
from tftune.support import limits

TEXT_SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".fasta", ".fas", ".fa", ".faa")
DELIMITERS = (",", ";", "\t", "|")
COLUMNS = {
    "sequence": ("sequence", "sequences", "seq", "peptide", "peptide_sequence"),
    "label": ("label", "labels", "class", "y", "target", "hemolytic", "is_hemolytic"),
}
_SEPARATOR = re.compile('"?sep=.?"?', re.I)  # what Excel may want to be told first
_KEYED = re.compile(
    r"(?:^|[\s|;,\[])(?:label|class|y|target|hemolytic)\s*[=:]\s*([^\s|;,\]]+)", re.I
)


def read_text(path: Path) -> Peptides:
    """Returns the peptides of a table or of a FASTA file, told by the first character.

    Returns:
        Numbers 0..20, shape `(n, longest)`, uint8; labels 0 or 1, shape `(n,)`.

    Raises:
        DataError: If a column is missing or a line is faulty; names file, line and value, and
            counts all faulty lines.
    """
    text = decoded(path)
    if text.lstrip().startswith(">"):
        return _read_fasta(path, text)
    return _read_table(path, text)


def _read_table(path: Path, text: str) -> Peptides:
    filled = (each for each in enumerate(lines(text)) if each[1].strip())
    begin, header = next(filled, (0, ""))
    if _SEPARATOR.fullmatch(header.strip()):
        begin, header = next(filled, (begin, header))
    delimiter, columns = _columns(path, begin + 1, header.rstrip("\r\n"))
    width = len(header_cells(header.rstrip("\r\n"), delimiter))
    faults, sequences, labels = Faults(path), [], []
    for line, cells in _rows(path, text, delimiter, begin, width, faults):
        sequence, label = (cells[index].strip() if index < len(cells) else "" for index in columns)
        number = label_of(label)
        if len(cells) > width and any(cell.strip() for cell in cells[width:]):
            advice = f"Received: {len(cells)} cells. Quote a cell that holds {delimiter!r}."
            faults.add(line, f"there are more cells than the {width} of the header", advice)
        elif fault := sequence_fault(sequence) or (label_fault(label) if number is None else None):
            faults.add(line, *fault)
        elif number is not None:
            sequences.append(sequence)
            labels.append(number)
    faults.refuse()
    return peptides(path, sequences, labels)


def _rows(
    path: Path, text: str, delimiter: str, begin: int, width: int, faults: Faults
) -> Iterator[tuple[int, list[str]]]:
    """Yields the rows below the header that are not empty, with the number of their last line."""
    reader = csv.reader(lines(text), delimiter=delimiter, strict=True)
    line, most = 0, limits.COLUMNS.most()
    try:
        for cells in reader:
            first, line = line + 1, reader.line_num
            if len(cells) > most:
                _check_columns(path, line, len(cells))
            # a stray quotation mark swallows rows, which an honest note does not look like
            if any(part.count(delimiter) >= width - 1 for part in _inner_lines(cells)):
                advice = f"It closes in line {line}. Double a mark that is part of a text."
                faults.add(first, "a quotation mark opens a cell of several rows", advice)
            elif line > begin + 1 and any(cell.strip() for cell in cells):
                yield line, cells
    except csv.Error as error:
        raise DataError(
            f"Cannot read {path}, line {line + 1}: {error}. Expected a table with the columns "
            "sequence,label and quotation marks in pairs."
        ) from error


def _inner_lines(cells: list[str]) -> Iterator[str]:
    for cell in cells:
        if "\n" in cell or "\r" in cell:
            yield from islice(lines(cell), 1, None)


def _columns(path: Path, line: int, header: str) -> tuple[str, tuple[int, int]]:
    """Returns the delimiter, and where sequence and label stand."""
    for delimiter in DELIMITERS:
        _check_columns(path, line, header.count(delimiter) + 1)
        cells = header_cells(header, delimiter)
        names = [cell.strip().casefold() for cell in cells]
        found = {}
        for role, known in COLUMNS.items():
            same = [name for name in names if name == role] or [
                name for name in names if name in known
            ]
            if len(same) > 1:
                raise DataError(
                    f"{path}, line {line}: {len(same)} columns could be the {role}: "
                    f"{', '.join(same)}. Expected one. Received: {header.strip()[:80]!r}. Rename "
                    "or remove the others."
                )
            found[role] = names.index(same[0]) if same else None
        if found["sequence"] is not None and found["label"] is not None:
            return delimiter, (found["sequence"], found["label"])
    raise DataError(
        f"{path}, line {line}: expected a header with the columns sequence,label (separated by "
        "comma, semicolon, tab or bar), or a FASTA file. "
        f"Received: {header.strip().lower()[:80]!r}."
    )


def header_cells(header: str, delimiter: str) -> list[str]:
    """Returns the cells of a header; none where a quotation mark or a cell has no end.

    Example:
        >>> header_cells("sequence;label", ";"), header_cells("s" * 200_000, ";")
        (['sequence', 'label'], [])
    """
    try:
        return next(csv.reader([header], delimiter=delimiter), [])
    except csv.Error:
        return []


def _check_columns(path: Path, line: int, count: int) -> None:
    try:
        limits.COLUMNS.check(count)
    except DataError as error:
        raise DataError(
            f"Cannot read {path}, line {line}: {error}. Expected a table with the columns "
            "sequence,label."
        ) from error


def _read_fasta(path: Path, text: str) -> Peptides:
    faults, sequences, labels = Faults(path), [], []
    for number, header, sequence in _records(text):
        label = _fasta_label(header)
        if label is None:
            faults.add(
                number,
                "the header has no label, or several",
                "Expected one after a bar (>p1|1), as label=1 or class=hemolytic, or as the whole "
                f"description (>p1 non-hemolytic). Received: {header[:60]!r}.",
            )
        elif fault := sequence_fault(sequence):
            faults.add(number, *fault)
        else:
            sequences.append(sequence)
            labels.append(label)
    faults.refuse()
    return peptides(path, sequences, labels)


def _records(text: str) -> Iterator[tuple[int, str, str]]:
    """Yields line, header and sequence of each record; of a sequence beyond all limits the
    beginning, which is still beyond them.
    """
    record: tuple[int, str] | None = None
    parts: list[str] = []
    length = 0
    for number, line in enumerate(lines(text), start=1):
        if line.startswith(">"):
            if record is not None:
                yield *record, "".join(parts)
            record, parts, length = (number, line[1:].strip()), [], 0
        elif not line.startswith(";") and length <= limits.LINE.default:  # a comment of old
            parts.append("".join(line.split()))
            length += len(parts[-1])
    if record is not None:
        yield *record, "".join(parts)


def _fasta_label(header: str) -> int | None:
    """Returns the label of a FASTA header.

    Example:
        >>> [_fasta_label(text) for text in ("p1|1", "p2 class=Negative", "p3 positive", "p 1")]
        [1, 0, 1, None]
    """
    if keyed := _KEYED.findall(header):
        found = {label_of(value) for value in keyed}
    elif "|" in header:
        found = {label_of(field.strip()) for field in header.split("|")[1:]} - {None}
    else:
        description = header.partition(" ")[2]
        # a number there may count the peptides
        found = {label_of(description)} if description.strip()[:1].isalpha() else set()
    return found.pop() if len(found) == 1 else None
