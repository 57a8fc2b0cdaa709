"""What a row of a peptide file may say: the sequence, the label, and what is wrong with it.

A file with faulty rows is refused as a whole, in one message that counts them: what is left out
without a word is missed by nobody.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tftune.datasets.amino_acids import ALPHABET, encode, unknown_letter
from tftune.errors import DataError
from tftune.support import limits

Peptides = tuple[NDArray[np.uint8], NDArray[np.int64]]

LONGEST_PEPTIDE = 500  # every row becomes as wide as the longest; the published peptides end at 190
NAMED = 3  # faulty lines that are named besides the first
ENOUGH = 10_000  # faulty lines, after which the rest is not looked at
LABELS = "1, true, yes, pos, positive, hemolytic or 0, false, no, neg, negative, non-hemolytic"
_WORDS = {
    **dict.fromkeys(("true", "yes", "y", "pos", "positive", "hemolytic", "haemolytic"), 1),
    **dict.fromkeys(("false", "no", "n", "neg", "negative"), 0),
    **dict.fromkeys(("nonhemolytic", "nothemolytic", "nonhaemolytic", "nothaemolytic"), 0),
}
_REASONS = {
    "*": "it marks the end of a protein; remove it",
    "-": "it is a gap; write the residues alone",
    "X": "it stands for any residue",
    "B": "it stands for D or N",
    "Z": "it stands for E or Q",
    "J": "it stands for I or L",
    "U": "selenocysteine is not among the twenty",
    "O": "pyrrolysine, or ornithine in peptides, is not among the twenty",
}
_ENDING = re.compile(
    "^(Ac|Acetyl|For|Boc|Fmoc|Myr|Pal|H)-|-(NH2|OH|amide)$", re.I
)  # such as Ac- and -NH2


class Faults:
    """Collects what is wrong in a file.

    Args:
        path: Of the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: list[tuple[int, str, str]] = []

    def add(self, line: int, fault: str, advice: str) -> None:
        """Takes a faulty line: what is wrong in a few words, and what was expected and received.

        Raises:
            DataError: If there are so many that it makes no sense to look on.
        """
        self._found.append((line, fault, advice))
        if len(self._found) == ENOUGH:
            self.refuse("In all the lines so far")

    def refuse(self, where: str = "In all") -> None:
        """Refuses the file if any line was faulty.

        Args:
            where: What was looked at.

        Raises:
            DataError: Names the first lines and counts all.
        """
        if not self._found:
            return
        line, fault, advice = self._found[0]
        message = f"{self._path}, line {line}: {fault}. {advice}"
        if others := self._found[1:]:
            named = "; ".join(f"line {line}: {fault}" for line, fault, _ in others[:NAMED])
            message += (
                f" {where} {len(self._found):,} lines are faulty; "
                f"{'then come' if len(others) > NAMED else 'the others:'} {named}."
            )
        raise DataError(message)


def sequence_fault(sequence: str) -> tuple[str, str] | None:
    """Returns what is wrong with a sequence, and what to do; None if nothing is.

    Example:
        >>> sequence_fault("GLFDIVKK") is None
        True
        >>> sequence_fault("GLXD")[0]
        "'X' is no amino acid (it stands for any residue)"
    """
    shown = sequence if len(sequence) <= 40 else f"{sequence[:40]}..."
    expected = f"Expected one-letter codes of {ALPHABET}. Received: {shown!r}."
    if not sequence:
        return "the sequence is empty", expected
    if len(sequence) > LONGEST_PEPTIDE:
        return (
            f"the sequence has {len(sequence):,} residues",
            f"Expected at most {LONGEST_PEPTIDE}, since every row becomes as wide as the longest. "
            f"Received: {shown!r}. Remove it or cut it.",
        )
    if ending := _ENDING.search(sequence):
        return (
            f"{ending.group()!r} is no residue but an ending",
            f"{expected} Write the residues alone; the model does not see endings.",
        )
    if small := next((letter for letter in sequence if "a" <= letter <= "z"), None):
        return (
            f"{small!r} is a small letter",
            "Small letters mean D-amino acids (so in DBAASP), which the model does not know. "
            f"Expected capitals of {ALPHABET}. Received: {shown!r}. Remove such peptides, or write "
            "capitals if L-amino acids are meant.",
        )
    if (unknown := unknown_letter(sequence)) is None:
        return None
    reason = f" ({_REASONS[unknown]})" if unknown in _REASONS else ""
    return f"{unknown!r} is no amino acid{reason}", f"{expected} Correct or remove the line."


def label_of(text: str) -> int | None:
    """Returns 1 for hemolytic, 0 for not hemolytic, None for what is no label.

    Example:
        >>> [label_of(text) for text in ("1.0", "Yes", "Non-Hemolytic", "0", "2", "-1")]
        [1, 1, 0, 0, None, None]
    """
    try:
        return {0.0: 0, 1.0: 1}.get(float(text.replace(",", ".")))
    except ValueError:
        return _WORDS.get(re.sub(r"[\s_-]+", "", text).casefold())


def label_fault(text: str) -> tuple[str, str]:
    """Returns what is wrong with a label, and what to do."""
    return (
        "expected the label 0 (not hemolytic) or 1 (hemolytic)",
        f"Also read, in small or capital letters: {LABELS}. Received: {text[:40]!r}.",
    )


def peptides(path: Path, sequences: Sequence[str], labels: Sequence[int]) -> Peptides:
    """Returns rows as numbers.

    Raises:
        DataError: If there are none.
    """
    if not sequences:
        raise DataError(
            f"{path} holds no peptides. Expected lines sequence,label below the header, such as "
            "GLFDIVKK,1, or FASTA records such as >p1|1 and GLFDIVKK below it."
        )
    try:
        limits.CELLS.check(len(sequences) * max(map(len, sequences)))
    except DataError as error:
        raise DataError(
            f"Cannot read {path}: {error}, since every row becomes as wide as the longest. Remove "
            "the longest."
        ) from error
    return encode(sequences), np.array(labels, dtype=np.int64)
