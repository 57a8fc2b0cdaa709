"""Tables in Markdown, and their places in `benchmarks/README.md`."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path

from tftune.errors import UsageError

README = Path(__file__).with_name("README.md")


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Returns a table; the first column is aligned left, the others right.

    Example:
        >>> print(table(["method", "n"], [["random", "10"]]))
        | method | n |
        |:--|--:|
        | random | 10 |
    """
    lines = [header, [":--", *["--:"] * (len(header) - 1)], *rows]
    return "\n".join(
        "|" + "|".join(line) + "|" if number == 1 else "| " + " | ".join(line) + " |"
        for number, line in enumerate(lines)
    )


def number(value: float | None, digits: int = 3) -> str:
    """Returns a number with so many significant digits; "-" for None or NaN.

    Example:
        >>> number(0.012345), number(1234.5), number(None)
        ('0.0123', '1234', '-')
    """
    if value is None or not math.isfinite(value):
        return "-"
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    return f"{value:.{max(0, digits - 1 - size)}f}" if size > -5 else f"{value:.1e}"


def fill(path: Path, name: str, text: str) -> None:
    """Replaces what stands between `<!-- begin:NAME -->` and `<!-- end:NAME -->` in a file.

    Raises:
        UsageError: If the markers are not there, once and in this order.
    """
    content = path.read_text(encoding="utf-8")
    begin, end = f"<!-- begin:{name} -->", f"<!-- end:{name} -->"
    parts = re.split(f"({re.escape(begin)}|{re.escape(end)})", content)
    if parts[1::2] != [begin, end]:
        raise UsageError(
            f"{path.name} has no place for {name}. Expected the lines {begin} and {end}, once "
            f"each. Received: {parts[1::2]}."
        )
    path.write_text(f"{parts[0]}{begin}\n\n{text.strip()}\n\n{end}{parts[4]}", encoding="utf-8")
