"""The environment variables `TFTUNE_*`: which there are, and which somebody misspelt.

Example:
    >>> unknown_variables({"TFTUNE_MAXTRIALS": "3", "HOME": "/"}, ["TFTUNE_MAX_TRIALS"])
    {'TFTUNE_MAXTRIALS': 'TFTUNE_MAX_TRIALS'}
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping

from tftune.cli.terminal import tell
from tftune.support.limits import LIMITS
from tftune.support.texts import one_line, quoted

# of other programs than the one that runs, and of no option at all; held by tests/cli
ELSEWHERE = frozenset(
    {
        "TFTUNE_CACHE",
        "TFTUNE_DATA",
        "TFTUNE_DATA_DIR",
        "TFTUNE_IMAGE_SIZE",
        "TFTUNE_MODEL",
        "TFTUNE_PRESET",
        "TFTUNE_SPLIT",
        "TFTUNE_VIEWS",
        "TFTUNE_WATTS",
        *(limit.variable for limit in LIMITS),
    }
)
_PREFIX = re.compile(r"TF_?TUNE?R?S?_?", re.IGNORECASE)
_SHOWN = 5  # variables that a message lists
_warned: set[str] = set()  # those that were told in this process


def warn_of_variables(environment: Mapping[str, str], known: Iterable[str]) -> None:
    """Warns of variables that look like ours and are none, of each once.

    Args:
        environment: All variables.
        known: Those that the program reads.
    """
    found = unknown_variables(environment, known)
    new = {name: nearest for name, nearest in found.items() if name not in _warned}
    _warned.update(new)
    if new:
        tell(warning_of(new))


def unknown_variables(environment: Mapping[str, str], known: Iterable[str]) -> dict[str, str]:
    """Returns the variables that look like ours and are none, each with the nearest that is, or
    with nothing.

    Args:
        environment: All variables.
        known: Those that the program reads.
    """
    names = {_letters(name): name for name in sorted({*known, *ELSEWHERE})}
    found = {}
    for variable in environment:
        prefix = _PREFIX.match(variable)
        if prefix is None or variable in names.values():
            continue
        near = difflib.get_close_matches(_letters(variable[:80]), names, n=1, cutoff=0.6)
        if variable.startswith("TFTUNE_") or near:
            found[variable] = names[near[0]] if near else ""
    return found


def _letters(name: str) -> str:
    """Returns what is left to compare: `TFTUNE_MAX_TRIALS` and `tftune-maxtrials` are the same."""
    return re.sub(r"[^a-z0-9]+", "", _PREFIX.sub("", name, count=1).casefold())


def warning_of(unknown: Mapping[str, str]) -> str:
    """Returns one line about misspelt variables, or nothing if there are none."""
    if not unknown:
        return ""
    told = [
        one_line(name, 60) + (f" (did you mean {nearest}?)" if nearest else "")
        for name, nearest in list(unknown.items())[:_SHOWN]
    ]
    told += [f"{len(unknown) - _SHOWN} more"] if len(unknown) > _SHOWN else []
    what = "environment variables are" if len(unknown) > 1 else "environment variable is"
    return f"warning: unknown {what} ignored: {', '.join(told)}"


def origin(values: Mapping[str, str]) -> str:
    """Returns one line that says which options the environment has set, or nothing.

    Args:
        values: Variables and what they hold.
    """
    told = [f"{name}={one_line(quoted(value), 60)}" for name, value in values.items()]
    return f"set by the environment: {' '.join(told)}" if told else ""
