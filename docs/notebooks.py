"""What all notebooks share, and the pages that show them executed.

    python docs/notebooks.py cells             # writes the first cell, badges and links into them
    python docs/notebooks.py pages [NAME ...]  # executes them and writes docs/notebooks/NAME.md

The first cell has one source, `notebooks/first_cell.py`. Badges and links are made from the one
address of the project, `Repository` under `[project.urls]` in `pyproject.toml`; while there is none
they are left out, also where an earlier run had put them. The notebooks are the source of all else.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat

ROOT = Path(__file__).resolve().parents[1]
FIRST, LINKS = "first-cell", "links"  # ids of the cells that are written here
BRANCH = "main"
BADGE = "https://colab.research.google.com/assets/colab-badge.svg"
BEGIN, END = "<!-- begin:notebooks -->", "<!-- end:notebooks -->"


def notebooks(root: Path = ROOT) -> list[Path]:
    """Returns the notebooks in reading order."""
    return sorted((root / "notebooks").glob("*.ipynb"))


def address(root: Path = ROOT) -> str | None:
    """Returns the address of the project, `Repository` in `[project.urls]`, or None."""
    with (root / "pyproject.toml").open("rb") as file:
        urls = tomllib.load(file)["project"].get("urls", {})
    return urls["Repository"].rstrip("/").removesuffix(".git") if "Repository" in urls else None


def links(name: str, home: str | None) -> str:
    """Returns the badge and the links of a notebook in Markdown; "" without an address.

    Colab opens what is on GitHub; elsewhere there is a link to the file and no badge.

    Args:
        name: Of the notebook, without folder and ending.
        home: What `address` returns.

    Example:
        >>> links("01_tune_beans", None)
        ''
        >>> print(links("a", "https://example.org/us/tftune"))
        [a.ipynb](https://example.org/us/tftune/blob/main/notebooks/a.ipynb)
    """
    if home is None:
        return ""
    path = f"blob/{BRANCH}/notebooks/{name}.ipynb"
    link = f"[{name}.ipynb]({home}/{path})"
    on_github = re.fullmatch(r"https://github\.com/([\w.-]+/[\w.-]+)", home)
    if on_github is None:
        return link
    colab = f"https://colab.research.google.com/github/{on_github[1]}/{path}"
    return f"[![Open in Colab]({BADGE})]({colab}) {link}"


def with_shared_cells(notebook: Any, name: str, home: str | None, first: str) -> Any:
    """Returns a notebook with the first cell of all and, if there is an address, its links below
    the title.

    Args:
        notebook: Of version 4; is changed.
        name: Of the notebook, without folder and ending.
        home: What `address` returns.
        first: Source of the first cell.

    Raises:
        ValueError: If it has no cell for the first one.
    """
    places = [cell for cell in notebook.cells if cell["id"] == FIRST]
    if len(places) != 1:
        raise ValueError(
            f"{name} must have one code cell with the id {FIRST!r}. Received: {len(places)}."
        )
    places[0].source = first
    cells = [cell for cell in notebook.cells if cell["id"] != LINKS]
    if text := links(name, home):
        shown = nbformat.v4.new_markdown_cell(text)
        shown["id"] = LINKS
        cells.insert(1, shown)
    notebook.cells = cells
    return notebook


def write_shared(root: Path = ROOT) -> list[Path]:
    """Writes the first cell and the links into all notebooks, and the links between the markers in
    `README.md` and `docs/notebooks/index.md`; returns the files that changed.
    """
    home = address(root)
    first = (root / "notebooks" / "first_cell.py").read_text(encoding="utf-8").rstrip("\n")
    changed = []
    for path in notebooks(root):
        notebook = with_shared_cells(nbformat.read(path, as_version=4), path.stem, home, first)
        if rewritten(path, nbformat.writes(notebook) + "\n"):
            changed.append(path)
    lines = [links(path.stem, home) for path in notebooks(root)]
    block = "".join(f"* {line}\n" for line in lines if line)
    for page in (root / "README.md", root / "docs" / "notebooks" / "index.md"):
        text = page.read_text(encoding="utf-8") if page.is_file() else ""
        if BEGIN in text:
            middle = f"\n\n{block}\n" if block else "\n"
            start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
            if rewritten(page, text[:start] + middle + text[end:]):
                changed.append(page)
    return changed


def rewritten(path: Path, text: str) -> bool:
    """Writes a text into a file if it is not there already; returns whether it was not."""
    if path.read_text(encoding="utf-8") == text:
        return False
    path.write_text(text, encoding="utf-8")
    return True


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("cells", help="write the first cell and the links")
    pages = commands.add_parser("pages", help="execute notebooks and write their pages")
    pages.add_argument(
        "names", metavar="NAME", nargs="*", help="such as 01_tune_beans; all if none"
    )
    options = parser.parse_args(arguments)
    if options.command == "cells":
        for path in write_shared():
            print(path)
        return 0
    sys.path[:0] = [str(ROOT), str(ROOT / "docs")]
    from notebook_pages import write_page

    known = {path.stem: path for path in notebooks()}
    if unknown := [name for name in options.names if name not in known]:
        parser.error(f"there is no notebook {unknown[0]!r}. Expected one of {', '.join(known)}.")
    is_busy = os.getloadavg()[0] > (os.cpu_count() or 1)  # before the notebooks add their own load
    for name in options.names or known:
        page, size = write_page(known[name], ROOT / "docs" / "notebooks", is_busy)
        print(f"{page}  {size / 1000:.0f} kB with its pictures", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
