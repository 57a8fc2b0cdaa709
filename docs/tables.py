"""Fills in the lists of the reference from the code itself, so that none can grow old.

MkDocs calls `on_page_markdown` for every page (see `hooks` in `mkdocs.yml`). A line
`<!-- list: NAME -->` becomes the list of that name; TensorFlow is not imported for any of them.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # the documentation is that of this checkout

import tftune  # noqa: E402
from tftune.cli.command import SUBCOMMANDS  # noqa: E402
from tftune.oracles import ORACLES  # noqa: E402
from tftune.schedulers import SCHEDULERS  # noqa: E402

PROGRAMS = ("beans", "hemolysis", "mnist")


def public_names() -> str:
    """Returns the table of `tftune.__all__`: each name, where it is documented, its first line."""
    rows = ["| name | what it is |", "|---|---|"]
    for name in tftune.__all__:
        home = tftune._PUBLIC.get(name)
        if home is None:
            rows.append(
                f"| `tftune.{name}` | the version of this checkout, `{tftune.__version__}` |"
            )
        elif home == "tftune.oracles":
            rows.append(f"| `tftune.{name}` | [the search methods by name](oracles/index.md) |")
        elif home == "tftune.schedulers":
            rows.append(f"| `tftune.{name}` | [the schedulers by name](schedulers.md) |")
        else:
            rows.append(f"| [`tftune.{name}`][{home}.{name}] | {first_line(home, name)} |")
    return "\n".join(rows)


def first_line(module: str, name: str) -> str:
    """Returns the first sentence of a docstring, read from the source and not imported.

    Args:
        module: Such as `tftune.errors`.
        name: Of a class, a function or a module in it.
    """
    path = ROOT.joinpath(*module.split("."))
    if (path / f"{name}.py").is_file():
        tree = ast.parse((path / f"{name}.py").read_text(encoding="utf-8"))
        return " ".join((ast.get_docstring(tree) or "").split("\n\n")[0].split())
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    for node in ast.parse(source.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name:
            paragraph = (ast.get_docstring(node) or "").split("\n\n")[0]
            return " ".join(paragraph.split())
    raise LookupError(f"{module} defines no {name}")


def registry(entries: Any) -> str:
    """Returns a registry as a table: name, what it is, its class."""
    rows = ["| name | what it does | class |", "|---|---|---|"]
    for name in entries:
        path = entries.target(name).replace(":", ".")
        rows.append(
            f"| `{name}` | {entries.summary(name)} | [`{path.rpartition('.')[2]}`][{path}] |"
        )
    return "\n".join(rows)


def program_help() -> str:
    """Returns what `--help` of each program prints."""
    return "\n\n".join(
        f"## python -m tftune.{task}\n\n{printed('-m', f'tftune.{task}', '--help')}"
        for task in PROGRAMS
    )


def command_help() -> str:
    """Returns what `--help` of each subcommand of `tftune` prints."""
    code = "from tftune.cli.command import script; script()"
    return "\n\n".join(
        f"### tftune {name}\n\n{printed('-c', code, name, '--help')}" for name in SUBCOMMANDS
    )


def printed(*words: str) -> str:
    """Returns what Python prints with these arguments, as a block."""
    answer = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "88"},
        capture_output=True,
        text=True,
        check=True,
    )
    return f"```text\n{answer.stdout}```"


LISTS = {
    "public names": public_names,
    "search methods": lambda: registry(ORACLES),
    "schedulers": lambda: registry(SCHEDULERS),
    "program help": program_help,
    "command help": command_help,
}


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Returns the page with every `<!-- list: NAME -->` filled in."""
    return re.sub(r"<!-- list: ([a-z ]+) -->", lambda found: LISTS[found[1]](), markdown)
