"""Source lines for functions that travelled: in another process their file is unknown, but not in
the one where they were defined.

cloudpickle sends a function of a script, a notebook's cell or another function by value and, since
3.1.3, calls its file `<dynamic-code>`; a cell's text is nowhere on the disk. The name of the
function and the line are kept, so the process that sent it can look them up in the files that it
knows.
"""

from __future__ import annotations

import ast
import linecache
import re
import sys
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from tftune.support.texts import one_line
from tftune.support.tracebacks import DYNAMIC, file_text, is_users

_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_AT = re.compile(rf"^at {DYNAMIC}, line (?P<line>\d+), in (?P<name>\S+)$", re.M)
_IN_A_TRACEBACK = re.compile(
    rf'^(?P<before>[ |]*)File "{DYNAMIC}", line (?P<line>\d+), in (?P<name>\S+)$', re.M
)


def with_sources(message: str, *sent: Any) -> str:
    """Returns a description of a failure with the file and the source line of each place in code
    that travelled.

    Args:
        message: What `tftune.support.tracebacks.describe` made of it, here or in another process.
        *sent: What was sent there, such as a function or an object of the user's class; it tells
            which module is looked at after `__main__`.
    """
    if DYNAMIC not in message:
        return message
    files = list(_files(*sent))

    def at(found: re.Match[str]) -> str:
        file, source = _lookup(files, found["name"], int(found["line"]))
        where = f"at {file_text(file)}, line {found['line']}, in {found['name']}"
        return where + (f": {source}" if source else "")

    def frame(found: re.Match[str]) -> str:
        file, source = _lookup(files, found["name"], int(found["line"]))
        before = found["before"]
        where = f'{before}File "{file}", line {found["line"]}, in {found["name"]}'
        return where + (f"\n{before}  {source}" if source else "")

    return _IN_A_TRACEBACK.sub(frame, _AT.sub(at, message))


def _lookup(files: list[str], name: str, line: int) -> tuple[str, str]:
    """Returns the file of a function and the source of one of its lines."""
    for file in files:
        text = "".join(linecache.getlines(file))
        if (name, line) in _lines_of_functions(text):
            return file, one_line(linecache.getline(file, line), 160)
    return DYNAMIC, ""


@lru_cache(maxsize=32)
def _lines_of_functions(text: str) -> frozenset[tuple[str, int]]:
    """Returns the name of a function and a number for each line of each function in a text."""
    try:
        tree = ast.parse(_without_magic(text))
    except (SyntaxError, ValueError, RecursionError):
        return frozenset()
    return frozenset(
        (getattr(node, "name", "<lambda>"), line)
        for node in ast.walk(tree)
        if isinstance(node, _FUNCTIONS)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    )


def _without_magic(text: str) -> str:
    """Returns a cell's text without IPython's own commands, line by line."""
    return re.sub(r"^( *)[%!?].*$", r"\1pass", text, flags=re.M)


def _files(*sent: Any) -> Iterator[str]:
    """Yields the files and cells that the user's functions may come from: the script, what was
    sent, the cells from the newest on, and the other modules.
    """
    names = ["__main__", *(_module_of(each) for each in sent)]
    modules = [sys.modules.get(name) for name in names]
    yield from (file for module in modules if (file := getattr(module, "__file__", None)))
    for name in reversed(list(linecache.cache)):
        entry = linecache.cache[name]
        if len(entry) == 4 and entry[1] is None and is_users(name):  # not of a file on the disk
            yield name
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and file.endswith(".py") and is_users(file):
            yield file


def _module_of(thing: Any) -> str:
    module = getattr(thing, "__module__", None) or type(thing).__module__
    return module if isinstance(module, str) else ""
