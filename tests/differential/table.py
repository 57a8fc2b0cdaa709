"""The table of `docs/differential.md`, made from the cases.

Usage: python -m tests.differential.table
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import keras

from tests.differential.case import EXACT, Case
from tests.differential.cases import CASES
from tests.differential.compare import RTOL

PAGE = Path(__file__).resolve().parents[2] / "docs" / "differential.md"
MARKS = "<!-- cases: begin -->", "<!-- cases: end -->"
HEAD = ["| case | model | data | `fit` | quick |", "|---|---|---|---|---|"]


def table() -> str:
    """Returns the table: a row a case, and above it how many there are."""
    count = f"{len(CASES)} cases, {sum(len(case.workers) for case in CASES)} comparisons."
    return "\n".join([count, "", *HEAD, *map(_row, CASES)])


def _row(case: Case) -> str:
    cells = [case.name, _first_line(case.model), _data(case), _fit(case), _quick(case)]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _first_line(function: Any) -> str:
    return (function.__doc__ or "").strip().splitlines()[0].rstrip(".")


def _data(case: Case) -> str:
    words = _first_line(case.data)
    return f"{words}; plain Keras: {_first_line(case.instead)}" if case.instead else words


def _fit(case: Case) -> str:
    special = {name: value for name, value in case.fit.items() if EXACT.get(name, ...) != value}
    words = [f"`{name}={_value(value)}`" for name, value in special.items()]
    words += ["`x` by name"] if case.keywords else []
    words += [f"`{name}={_value(value)}` of `Tuner`" for name, value in case.tuner.items()]
    if len(case.values) > 1:
        words.append(f"{len(case.values)} trials")
    if case.rtol is not None:
        words.append(f"to {case.rtol:g}: {case.why}")
    return ", ".join(words)


def _value(value: Any) -> str:
    if isinstance(value, keras.callbacks.Callback):
        return type(value).__name__
    if isinstance(value, list | tuple) and value and isinstance(value[0], keras.callbacks.Callback):
        return f"[{', '.join(map(_value, value))}]"
    if callable(value):
        return _first_line(value)
    return str(value) if not isinstance(value, str) else repr(value)


def _quick(case: Case) -> str:
    return ", ".join(
        f"{workers}" if workers in case.quick else f"({workers})" for workers in case.workers
    )


def filled_in(page: str) -> str:
    """Returns the page with the table between its two marks, and the tolerance."""
    begin, end = map(re.escape, MARKS)
    new = f"{MARKS[0]}\n{table()}\n{MARKS[1]}"
    page = re.sub(f"{begin}.*{end}", lambda _: new, page, flags=re.DOTALL)
    return re.sub(r"relative tolerance is `[^`]*`", f"relative tolerance is `{RTOL:g}`", page)


if __name__ == "__main__":
    PAGE.write_text(filled_in(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
