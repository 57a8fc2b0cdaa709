"""The alphabet of the peptide files: letters to numbers and back.

The order is that of the repository's own encoder, `stoi` in `src/components/lib/tf-models.js` of
ur-whitelab/peptide-dashboard, and of the list `alphabet` in its notebooks `ml/Hemo_unirep+*.ipynb`:
1..20 are the amino acids, 0 is padding after the end (`'-'` there).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tftune.errors import DataError

ALPHABET = "ARNDCQEGHILKMFPSTWYV"  # the letter of number i stands at i - 1
GAP = "-"
_NUMBERS = {letter: number for number, letter in enumerate(ALPHABET, start=1)}


def encode(sequences: Sequence[str], width: int | None = None) -> NDArray[np.uint8]:
    """Returns sequences as numbers, padded with zeros at the end, shape `(n, width)`, uint8.

    Args:
        sequences: One-letter codes in capitals; small letters mean D-amino acids (so in DBAASP).
        width: Columns of the result. None: the longest sequence.

    Raises:
        DataError: If a letter is no canonical amino acid or a sequence is longer than `width`;
            names the sequence.

    Example:
        >>> encode(["AR", "V"], width=3).tolist()
        [[1, 2, 0], [20, 0, 0]]
    """
    width = max(map(len, sequences), default=0) if width is None else width
    encoded = np.zeros((len(sequences), width), dtype=np.uint8)
    for row, sequence in enumerate(sequences):
        if len(sequence) > width:
            raise DataError(
                f"A sequence is longer than the {width} columns. Received: {sequence!r}, "
                f"{len(sequence)} letters."
            )
        if unknown := unknown_letter(sequence):
            raise DataError(
                f"{unknown!r} is no amino acid. Expected letters of {ALPHABET}. Received: "
                f"{sequence!r}."
            )
        encoded[row, : len(sequence)] = [_NUMBERS[letter] for letter in sequence]
    return encoded


def unknown_letter(sequence: str) -> str | None:
    """Returns the first letter that is no capital of a canonical amino acid, or None.

    Example:
        >>> unknown_letter("GLXD"), unknown_letter("Gl")
        ('X', 'l')
    """
    return next((letter for letter in sequence if letter not in _NUMBERS), None)


def decode(encoded: NDArray[np.integer]) -> list[str]:
    """Returns the sequences of encoded rows without their padding; a zero between letters becomes
    `-`.

    Args:
        encoded: Values 0..20, shape `(n, width)`.

    Example:
        >>> decode(encode(["GLFDIVKK", "KW"]))
        ['GLFDIVKK', 'KW']
    """
    letters = GAP + ALPHABET
    return [
        "".join(letters[number] for number in row).rstrip(GAP)
        for row in np.asarray(encoded).tolist()
    ]
