"""Peptides as laboratories write them: tables of text and FASTA, in the usual encodings.

A table has a header that names the columns of sequence and label, separated by comma, semicolon,
tab or bar; a line `sep=;` above it, as Excel has it, is passed over. A FASTA record has its label
in the header: after a bar (`>p1|1`, `>p1|1|training`), as `label=1` or `class=hemolytic`, or as the
whole description (`>p1 non-hemolytic`).
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from tftune.datasets.peptide_rows import (
    Faults,
    Peptides,
    label_fault,
    label_of,
    peptides,
    sequence_fault,
)
from tftune.errors import DataError

TEXT_SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".fasta", ".fas", ".fa", ".faa")
DELIMITERS = (",", ";", "\t", "|")
COLUMNS = {
    "sequence": ("sequence", "sequences", "seq", "peptide", "peptide_sequence"),
    "label": ("label", "labels", "class", "y", "target", "hemolytic", "is_hemolytic"),
}
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins with the mark of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
LINE_END = re.compile("\r\n|\r|\n")  # str.splitlines breaks at others, too
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


def decoded(path: Path) -> str:
    """Returns the text of a file: UTF-8, UTF-16 and UTF-32 by their marks, else UTF-8 or Latin-1.

    Raises:
        DataError: If the file cannot be read or is no text.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(
            f"Cannot read {path}: {error.strerror or error}. Expected a readable text file."
        ) from error
    return decoded_bytes(content, path)


def decoded_bytes(content: bytes, path: Path) -> str:
    """Returns the text of a file's content, as `decoded` does.

    Args:
        content: What was read.
        path: What to call it in a message.

    Raises:
        DataError: If it is no text.
    """
    encoding = next((name for mark, name in _BOMS if content.startswith(mark)), None)
    if encoding is None and b"\0" in content[:200]:  # Windows, without a mark
        encoding = "utf-16-be" if content[:1] == b"\0" else "utf-16-le"
    for attempt in (encoding,) if encoding else ("utf-8", "latin-1"):
        try:
            text = content.decode(attempt)
        except UnicodeDecodeError:
            continue
        if "\0" not in text and not content.startswith(b"PK\x03\x04"):
            return text
    raise DataError(
        f"Cannot read {path}: it is no text file. Expected a table with the columns sequence,label "
        "or a FASTA file, in UTF-8, UTF-16 or Latin-1. Save a table of a spreadsheet as CSV."
    )


def _read_table(path: Path, text: str) -> Peptides:
    lines = LINE_END.split(text)
    filled = (number for number, line in enumerate(lines) if line.strip())
    begin = next(filled, 0)
    if _SEPARATOR.fullmatch(lines[begin].strip()):
        begin = next(filled, begin)
    header = lines[begin] if lines else ""
    delimiter, columns = _columns(path, begin + 1, header)
    width = len(next(csv.reader([header], delimiter=delimiter)))
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
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 0
    try:
        for cells in reader:
            first, line = line + 1, reader.line_num
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
            yield from LINE_END.split(cell)[1:]


def _columns(path: Path, line: int, header: str) -> tuple[str, tuple[int, int]]:
    """Returns the delimiter, and where sequence and label stand."""
    for delimiter in DELIMITERS:
        cells = next(csv.reader([header], delimiter=delimiter), [])
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


def _read_fasta(path: Path, text: str) -> Peptides:
    faults, sequences, labels = Faults(path), [], []
    records: list[tuple[int, str, list[str]]] = []
    for number, line in enumerate(LINE_END.split(text), start=1):
        if line.startswith(">"):
            records.append((number, line[1:].strip(), []))
        elif not line.startswith(";") and records:  # a comment of old
            records[-1][2].append("".join(line.split()))
    for number, header, parts in records:
        sequence, label = "".join(parts), _fasta_label(header)
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
