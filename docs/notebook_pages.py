"""A notebook, executed, as a page of the documentation: Markdown with its plots as small PNG files.

Formulas become MathML, which browsers draw by themselves: nothing is loaded from elsewhere. Used by
`docs/notebooks.py`.
"""

from __future__ import annotations

import base64
import io
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat

from benchmarks.notebook_runs import execute, fingerprint, working_folder

COLOURS = 256  # of a picture; with fewer, those of small marks become those of large ones
_LONG = 14  # lines; a longer output is folded


def write_page(path: Path, into: Path, is_busy: bool = False) -> tuple[Path, int]:
    """Executes a notebook and writes its page and pictures.

    Args:
        path: The notebook.
        into: A folder; the page is `NAME.md` in it, its pictures are in the folder `NAME`.
        is_busy: Whether the machine does much other work, which the page then says.

    Returns:
        The page, and its size with that of its pictures in bytes.
    """
    notebook = nbformat.read(path, as_version=4)
    with working_folder() as folder:
        seconds = execute(notebook, folder)
    pictures = into / path.stem
    shutil.rmtree(pictures, ignore_errors=True)
    pictures.mkdir(parents=True)
    parts = [
        f"<!-- made by `python docs/notebooks.py pages {path.stem}` "
        f"from {fingerprint(nbformat.read(path, as_version=4))} -->"
    ]
    for cell in notebook.cells:
        parts += list(cell_parts(cell, pictures))
        if cell["id"] == "title":
            parts.append(
                f'!!! note "Executed"\n    The notebook `notebooks/{path.name}`, as it ran in '
                f"{seconds / 60:.1f} minutes when this page was made"
                + (", on a machine that did much other work." if is_busy else ".")
            )
    page = into / f"{path.stem}.md"
    page.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    return page, sum(each.stat().st_size for each in [page, *pictures.iterdir()])


def cell_parts(cell: Any, pictures: Path) -> Iterator[str]:
    """Yields a cell and its outputs in Markdown, and writes its pictures."""
    if cell.cell_type == "markdown":
        if cell["id"] != "links":
            yield prose(cell.source)
        return
    if cell["id"] != "first-cell":
        yield f"```python\n{cell.source}\n```"
    for number, output in enumerate(cell.outputs):
        data = output.get("data", {})
        if output.output_type == "stream":
            if output.name == "stdout":
                yield from printed(output.text)
        elif "text/markdown" in data:
            yield prose(data["text/markdown"])
        elif "image/png" in data:
            name = f"{cell['id']}-{number}.png"
            (pictures / name).write_bytes(small(base64.b64decode(data["image/png"])))
            yield f"![{cell['id']}]({pictures.name}/{name})"
        elif "tensorboard" in data.get("text/html", ""):
            yield "*Here TensorBoard opens.*"
        elif (text := data.get("text/plain")) and not text.startswith(("[", "<", "Text(")):
            yield from printed(text)


def printed(text: str) -> Iterator[str]:
    """Yields what a cell printed; folded if it is long."""
    text = re.sub(r"\x1b\[[\d;]*m", "", text).strip("\n")
    if not text:
        return
    block = f"```text\n{text}\n```"
    yield folded("What it printed", block) if text.count("\n") >= _LONG else block


def folded(summary: str, text: str) -> str:
    """Returns a text that is shown when its summary is clicked."""
    return f'<details markdown="1"><summary>{summary}</summary>\n\n{text}\n\n</details>'


def prose(text: str) -> str:
    r"""Returns Markdown with formulas as MathML, and with folded answers whose Markdown counts.

    A formula of a sentence stands in a `span`: Markdown makes a paragraph of a `math` that begins
    a line.

    Example:
        >>> prose("a fold: <details>")
        'a fold: <details markdown="1">'
        >>> prose("the loss\\n$L$ falls").split("<math")[0]
        'the loss\\n<span>'
    """
    text = text.replace("<details>", '<details markdown="1">')
    text = re.sub(r"\$\$(.+?)\$\$", lambda found: _mathml(found[1], True), text, flags=re.DOTALL)
    return re.sub(r"\$(?!\s)([^$\n]+(?:\n[^$\n]+)?)\$", lambda found: _mathml(found[1]), text)


def _mathml(formula: str, block: bool = False) -> str:
    from latex2mathml.converter import convert

    shown = convert(" ".join(formula.split()), display="block" if block else "inline")
    if unknown := re.search(r">(\\[a-zA-Z]+)<", shown):
        raise ValueError(
            f"the formula {formula!r} has {unknown[1]}, which cannot be shown in the "
            "documentation: write it with other commands"
        )
    return f"\n\n{shown}\n\n" if block else f"<span>{shown}</span>"


def small(png: bytes) -> bytes:
    """Returns a picture with few colours."""
    from PIL import Image

    picture = Image.open(io.BytesIO(png)).convert("RGB")
    file = io.BytesIO()
    photographs = len(picture.getcolors(1 << 24) or ()) > 4096
    picture.quantize(128 if photographs else COLOURS, dither=Image.Dither.NONE).save(
        file, "PNG", optimize=True
    )
    return file.getvalue()
