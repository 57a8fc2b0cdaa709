"""How much a file from elsewhere may hold: all limits in one place, asked before memory is taken.

They are far above honest data and far below what stops a machine. Whoever trusts a file raises the
one that a message names, by its environment variable:

    TFTUNE_MAX_PIXELS=4e8 python -m tftune.beans --data photographs

Example:
    >>> PIXELS.variable, PIXELS.most()
    ('TFTUNE_MAX_PIXELS', 50000000)
    >>> PIXELS.check(60_000 * 60_000)
    Traceback (most recent call last):
    tftune.errors.DataError: it has 3,600,000,000 pixels, and at most 50,000,000 are read; if you \
trust it, set TFTUNE_MAX_PIXELS
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass

from tftune.errors import DataError, UsageError
from tftune.support.texts import shown

PREFIX = "TFTUNE_MAX_"


@dataclass(frozen=True)
class Limit:
    """One limit.

    Attributes:
        name: The end of its variable.
        default: How much is read where nobody says otherwise.
        noun: What is counted.
    """

    name: str
    default: int
    noun: str

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return PREFIX + self.name

    def most(self) -> int:
        """Returns how much is read.

        Raises:
            UsageError: If the variable holds no number.
        """
        said = os.environ.get(self.variable)
        if not said:
            return self.default
        try:
            number = float(said)
        except ValueError:
            number = math.nan
        if not 1 <= number < math.inf:
            raise UsageError(
                f"{self.variable} must be a number, 1 or more, such as {self.default:.0e}. "
                f"Received: {shown(said)}. Correct the variable."
            )
        return int(number)

    def check(self, found: float) -> None:
        """Refuses what is more.

        Args:
            found: How much there is, or is said to be.

        Raises:
            DataError: In a few words, to be put behind `Cannot read ...`.
        """
        if found > (most := self.most()):
            raise DataError(
                f"it has {found:,.0f} {self.noun}, and at most {most:,} are read; if you trust it, "
                f"set {self.variable}"
            )


# of one file
BYTES = Limit("BYTES", 4 * 1024**3, "bytes")  # arrays, unpacked; a model
JOURNAL = Limit("JOURNAL", 1024**3, "bytes")  # a tenth of it are 4,000 trials of 100 epochs
TEXT = Limit(
    "TEXT", 64_000_000, "bytes of text"
)  # in memory: beyond ASCII a byte counts four times
IMAGE = Limit("IMAGE", 100_000_000, "bytes of an image")
JSON = Limit("JSON", 64_000_000, "bytes of JSON")
# of an archive
MEMBERS = Limit("MEMBERS", 100_000, "members")
RATIO = Limit("RATIO", 200, "times the bytes of its archive")
# of a table
LINES = Limit("LINES", 500_000, "lines")
LINE = Limit("LINE", 1_000_000, "bytes in a line")
COLUMNS = Limit("COLUMNS", 10_000, "columns")
CELLS = Limit("CELLS", 200_000_000, "cells, rows times the longest")
# of a picture
PIXELS = Limit("PIXELS", 50_000_000, "pixels")
PARTS = Limit("PARTS", 100_000, "parts")  # of its file: chunks, segments, blocks
SCANS = Limit("SCANS", 1_000_000_000, "pixels in all its scans")  # ten are usual

_FILES = (BYTES, JOURNAL, TEXT, IMAGE, JSON, MEMBERS, RATIO)
_TABLES, _PICTURES = (LINES, LINE, COLUMNS, CELLS), (PIXELS, PARTS, SCANS)
LIMITS = (*_FILES, *_TABLES, *_PICTURES)
HARMLESS = 64_000_000  # bytes that may be packed as tightly as they like
