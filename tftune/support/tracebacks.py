"""An exception in a few lines: its own line, where in the user's code it happened, a traceback of
bounded length.

Libraries wrap what they catch: Keras puts the message between "Exception encountered when calling"
and "Arguments received by", TensorFlow behind pages of "Detected at node", AutoGraph behind "in
user code". What is quoted is the line that says what is wrong.

Example:
    >>> try:
    ...     int("many")
    ... except ValueError as error:
    ...     print(own_line(error))
    ValueError: invalid literal for int() with base 10: 'many'
"""

from __future__ import annotations

import linecache
import os
import re
import sysconfig
import traceback
from pathlib import Path

from tftune.support.texts import one_line, printable

LONGEST = 6000  # characters of a whole description
_LONGEST_LINE = 300
_READ = 40_000  # characters of a message that are looked at
DYNAMIC = "<dynamic-code>"  # what cloudpickle calls the file of a function that travelled
_USERS_OWN = (DYNAMIC, "<ipython-input", "<stdin>", "<console>")
_OURS = os.path.join(str(Path(__file__).resolve().parents[1]), "")
_ELSEWHERE = tuple(
    os.path.join(path, "")
    for path in (
        *{sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")},
        _OURS,
    )
)
_FRAME = re.compile(r'^ *File "(?P<file>[^"\n]+)", line (?P<line>\d+)(?:, in (?P<name>\S+))?', re.M)
_CALLING = re.compile(
    r"\AException encountered when calling (?P<name>.{1,200}?)\.\n\n(?P<inner>.*?)"
    r"(?:\n\nArguments received by |\Z)",
    re.S,
)
_RAISED = re.compile(r"^ *(?P<kind>[A-Za-z_][\w.]*): (?P<text>\S.*)$", re.M)
_NODE = re.compile(r"^\{\{function_node [^{}]*\}\} *|^ *\(0\) [A-Z_]+: *| *\[Op:[^\]]*\].*$")


def describe(error: BaseException) -> str:
    """Returns what a record of a failure says: the exception's own line, the place in the user's
    code, and the traceback; at most 6,000 characters, all printable.
    """
    try:
        place = _place(error)
        lines = "".join(traceback.format_exception(error)).splitlines(keepends=True)
        text = "".join(line for line in lines if line.strip(" |^~\n") or not line.strip())
    except Exception:  # a message that cannot be made must not hide the failure
        return own_line(error)
    head = own_line(error) + (f"\nat {place}" if place else "") + "\n\n"
    return head + printable(text.rstrip(), LONGEST - len(head))


def own_line(error: BaseException) -> str:
    """Returns the type of an exception and the line of its message that says what is wrong."""
    kind = type(error).__name__
    try:
        message = telling(_message(error))
    except Exception:  # its __str__ is the user's, too
        message = "its message cannot be shown"
    if isinstance(error, BaseExceptionGroup):
        inner = "; ".join(own_line(each) for each in error.exceptions[:3])
        message = f"{message}: {inner}"
    if not message and error.__cause__ is not None:
        message = f"because of {own_line(error.__cause__)}"
    return one_line(f"{kind}: {message}" if message else kind, _LONGEST_LINE)


def _message(error: BaseException) -> str:
    """Returns the message of an exception; of a KeyError that somebody wrapped, not its repr."""
    said = error.args[0] if error.args else None
    wrapped = isinstance(error, KeyError) and isinstance(said, str) and _CALLING.match(said)
    return str(said if wrapped else error)


def summary(message: str | None) -> str:
    """Returns a recorded failure on one line: what was wrong, and where.

    Args:
        message: What `describe` made, a bare traceback as earlier versions recorded it, or words.

    Example:
        >>> summary("ValueError: negative\\nat a.py, line 2, in build: f()\\n\\nTraceback ...")
        'ValueError: negative (a.py, line 2, in build: f())'
    """
    text = printable((message or "").strip()[:_READ])
    if text.startswith("Traceback (most recent call last)"):
        return _of_a_traceback(text)
    first, _, rest = text.partition("\n")
    place = re.match(r"at (.+, line \d+.*)", rest)
    line = one_line(first, _LONGEST_LINE) or "no message"
    return f"{line} ({one_line(place[1], _LONGEST_LINE)})" if place else line


def _of_a_traceback(text: str) -> str:
    """Returns the line of a bare traceback that names the exception, and the user's last frame."""
    last = "Traceback (most recent call last)"
    text = text[text.rindex(f"\n{last}") + 1 :] if f"\n{last}" in text else text
    lines = text.splitlines()[1:]
    at = next((number for number, line in enumerate(lines) if line and line[0] != " "), 0)
    kind, sign, message = "\n".join(lines[at:]).partition(": ")
    told = telling(message) if sign else ""
    users = [found for found in _FRAME.finditer("\n".join(lines[:at])) if is_users(found["file"])]
    place = ""
    if users:
        found = users[-1]
        place = f" ({place_text(found['file'], int(found['line']), found['name'] or '')})"
    kind = one_line(kind.rpartition(".")[2] if sign else kind)
    return (f"{kind}: {told}" if told else kind) + place


def telling(message: str) -> str:
    """Returns the line of a message that says what is wrong, without what libraries put around it.

    Example:
        >>> telling("Exception encountered when calling A.\\n\\nbad\\n\\nArguments received by ")
        'bad (calling A)'
        >>> telling("{{function_node __wrapped__MatMul}} sizes differ: [2,3], [2,3] [Op:MatMul]")
        'sizes differ: [2,3], [2,3]'
    """
    text = printable(message[:_READ]).strip()
    calling = _CALLING.match(text)
    if calling:
        inner = calling["inner"].strip()
        inner = inner.partition("Error encountered:\n\n")[2] or inner
        name = calling["name"]
        return f"{telling(inner)} (calling {name})" if inner else f"calling {name}"
    if text.startswith("in user code:"):
        found = _RAISED.findall(text)
        return telling(found[-1][1]) if found else "in user code"
    if text.startswith(("Graph execution error:", "Detected at node")):
        text = _behind_the_graph(text)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and lines[0].endswith("root error(s) found."):
        lines = lines[1:]
    line = _NODE.sub("", _NODE.sub("", lines[0])) if lines else ""
    return one_line(line or (lines[0] if lines else ""), _LONGEST_LINE)


def _behind_the_graph(text: str) -> str:
    """Returns a message of TensorFlow from behind the places at which its node was made."""
    frames = list(_FRAME.finditer(text))
    end = frames[-1].end() if frames else 0
    left = [
        line
        for line in text[end:].splitlines()
        if line.strip()
        and not line.startswith(("Graph execution error:", "Detected at node", "<stack traces"))
    ]
    return "\n".join(left)


def is_users(file: str) -> bool:
    """Whether a file, or what stands for one, is the user's: not of an installed package, of Python
    or of this one.
    """
    if file.startswith("<"):
        return file.startswith(_USERS_OWN)
    if "__autograph_generated_file" in file:
        return False
    parts = file.replace("\\", "/").split("/")
    path = os.path.abspath(file)
    return not ({"site-packages", "dist-packages"} & set(parts) or path.startswith(_ELSEWHERE))


def _place(error: BaseException) -> str:
    """Returns where in the user's code it happened: the last of their frames, of the graph's if it
    tells one, of the traceback, or of the exceptions behind it; or nothing.
    """
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        try:
            text = _message(current)[:_READ]
        except Exception:
            text = ""
        if "Graph execution error:" in text[:100] or text.startswith("in user code:"):
            frames = list(_FRAME.finditer(text))
            ours = [at for at, found in enumerate(frames) if found["file"].startswith(_OURS)]
            within = frames[ours[-1] + 1 if ours else 0 :]  # what called us is not to blame
            told = [found for found in within if is_users(found["file"])]
            if told:
                last = told[-1]
                return place_text(last["file"], int(last["line"]), last["name"] or "")
        own = [
            (frame.f_code.co_filename, line, frame.f_code.co_name)
            for frame, line in traceback.walk_tb(current.__traceback__)
            if is_users(frame.f_code.co_filename)
        ]
        if own:
            return place_text(*own[-1])
        behind = None if current.__suppress_context__ else current.__context__
        current = current.__cause__ or behind
    return ""


def place_text(file: str, line: int, name: str) -> str:
    """Returns a place in code in words, with its line of source if that is there."""
    source = one_line(linecache.getline(file, line), 160)
    function = f", in {name}" if name else ""
    return f"{file_text(file)}, line {line}{function}" + (f": {source}" if source else "")


def file_text(file: str) -> str:
    """Returns the name of a file as a person knows it: within this folder, or a notebook's cell."""
    if re.search(r"ipykernel_\d+[/\\]\d+\.py$", file) or file.startswith("<ipython-input"):
        cell = re.match(r"<ipython-input-(\d+)", file)
        return f"notebook cell {cell[1]}" if cell else "notebook cell"
    if file.startswith("<"):
        return file
    try:
        here = os.path.relpath(file)
    except (OSError, ValueError):  # no such folder any more; another drive
        return printable(file, 200)
    return printable(file if here.startswith("..") else here, 200)
