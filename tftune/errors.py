"""Exceptions, named by what the caller does next; each knows the exit code of the programs.

Every message says what was wrong, what was expected, what was received and what to do.
"""

from __future__ import annotations

import re

LONGEST = 2000  # characters of a message: what was received may be a whole array

# what colours text, and what a terminal obeys: CSI, OSC and the other strings, two-letter ones
_SEQUENCES = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]*"
    "(?:\x07|\x1b\\\\|\x9c)?|\x1b[ -/]*[0-~]"
)
# what is not seen, or turns the direction of writing; a lone surrogate cannot be written at all
UNSEEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f"
)
_UNSEEN = re.compile(f"[{UNSEEN}]")


def printable(text: str, most: int | None = None) -> str:
    """Returns a text that does nothing to a terminal: colours go, other characters that are not
    seen are spelt; its middle is left out beyond `most` characters.

    Example:
        >>> printable("\\x1b[1mbold\\x1b[0m \\x07"), printable("0123456789" * 9, most=50)
        ('bold \\\\x07', '01234567890 ... (74 characters left out) ... 56789')
    """
    if most is not None:
        text = _shortened(text, most)  # first, so that megabytes cost nothing
    text = _SEQUENCES.sub("", text.replace("\r\n", "\n"))
    text = _UNSEEN.sub(lambda found: found.group().encode("unicode_escape").decode(), text)
    return text if most is None else _shortened(text, most)


def _shortened(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    room = max(most - len(f" ... ({len(text):,} characters left out) ... "), 0)
    tail = room // 3
    told = f" ... ({len(text) - room:,} characters left out) ... "
    return text[: room - tail] + told + text[len(text) - tail :]


class TftuneError(Exception):
    """Base of all errors that tftune raises on purpose; its message is short and printable."""

    exit_code = 1  # also of what nobody expected: see `tftune.cli.last_net`

    def __init__(self, *arguments: object) -> None:
        super().__init__(
            *(
                printable(argument, LONGEST) if isinstance(argument, str) else argument
                for argument in arguments
            )
        )


class UsageError(TftuneError, ValueError):
    """Fix the call: an argument, a name or a range is wrong (exit code 2)."""

    exit_code = 2


class RunFolderError(UsageError):
    """Start over or choose another run folder: this one does not fit the search (exit code 2)."""


class MachineError(TftuneError, OSError):
    """Make room, or allow it, and go on: the machine refused to write a file or to start a process
    (exit code 2). What was done is kept.
    """

    exit_code = 2


class NoTrialCompletedError(TftuneError, RuntimeError):
    """Look at the failures: the search ended without one completed trial (exit code 3)."""

    exit_code = 3


class DataError(TftuneError):
    """Get or repair the data: missing, offline, unreadable, not as agreed (exit code 4)."""

    exit_code = 4


class SearchInterrupted(TftuneError):
    """Resume later: Ctrl-C or SIGTERM ended the search, its state is kept (exit code 130)."""

    exit_code = 130
