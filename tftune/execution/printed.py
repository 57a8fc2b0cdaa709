"""What jobs print, on its way to the user: in order, as clean lines, and bounded.

The driver reads the pipe that is a child's stdout and stderr. Of each job it shows the first lines;
the job's log file takes more, its beginning and its end, and never more than a fixed size. Neither
the disk nor the memory is filled by a job that prints without end.

Example:
    >>> clean("\\x1b[1mloss\\x1b[0m 0.5\\x07"), clean("1/2\\r2/2 - loss: 0.5")
    ('loss 0.5', '2/2 - loss: 0.5')
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from tftune.errors import RunFolderError
from tftune.execution.base import OnOutput
from tftune.support.files import own_folder

LINES = 200  # shown of one job
LINES_IN_ALL = 5000
LINE_LENGTH = 2000  # characters
_RAW_LENGTH = 4 * LINE_LENGTH  # bytes, colours and movements among them
LOG_HALF = 2**18  # bytes of a log's beginning, and of its end
LOGS_IN_ALL = 2**26  # bytes, after which the logs of failed jobs are short and others are not kept
SMALL_LOG_HALF = 2**12

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours, movements
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|$)"  # titles, links
    r"|\x1b[ -/]*[0-~]?"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
# TensorFlow's native log, also before it knows its level; fatal lines are not among them
_CHATTER = re.compile(
    r"WARNING: All log messages before absl::InitializeLog"
    r"|[IWE]\d{4} \d\d:\d\d:[\d.]+ +\d+ [\w./-]+\.(?:cc|cu|h):\d+\]"
    r"|\d{4}-\d\d-\d\d \d\d:\d\d:[\d.]+: [IWE] [\w./-]+\.(?:cc|cu|h):\d+\]"
    r"|To enable the following instructions: .* rebuild TensorFlow"
    # that several trials are trained in one process is our doing
    r"|WARNING:tensorflow:\d+ out of the last \d+ calls to .* triggered tf\.function retracing"
)


def clean(line: str) -> str:
    """Returns a line as a terminal would show it in the end, without what moves or colours."""
    line = _ESCAPES.sub("", line)
    drawn = [part for part in line.split("\r") if part.strip(" \b\t")]
    return _CONTROLS.sub("", (drawn[-1] if drawn else "").expandtabs(8)).rstrip()


class JobOutput:
    """What one job prints.

    Args:
        log: File for it, or None.
        log_half: Bytes of the log's beginning, and of its end.
        chatter: Whether TensorFlow's native log lines are shown, too.

    Attributes:
        cut: Whether something was not shown.
    """

    def __init__(self, log: Path | None, log_half: int = LOG_HALF, chatter: bool = False) -> None:
        self._log, self._log_half, self._chatter = log, log_half, chatter
        self._rest, self._rest_is_shown = b"", False  # of the line that has not ended
        self._size, self._lines, self._tail = 0, 0, bytearray()
        self.cut = False

    def feed(self, data: bytes) -> list[str]:
        """Takes what was printed next; returns the lines to show."""
        self._write(data)
        if self._lines >= LINES:
            self.cut = self.cut or bool(data.strip())
            return []
        *ended, rest = (self._rest + data).split(b"\n")
        if ended and self._rest_is_shown:
            ended, self._rest_is_shown = ended[1:], False
        rest = _last_drawn(rest)
        if len(rest) > _RAW_LENGTH:  # a line without end
            ended += [] if self._rest_is_shown else [rest]
            rest, self._rest_is_shown = b"", True
        self._rest = rest
        return self._to_show(ended)

    def end(self) -> list[str]:
        """Returns the last line, where it was not ended."""
        rest, self._rest = self._rest, b""
        return self._to_show([rest] if rest and not self._rest_is_shown else [])

    def _to_show(self, ended: list[bytes]) -> list[str]:
        shown: list[str] = []
        for raw in ended:
            if self._lines >= LINES:
                self.cut = self.cut or bool(raw.strip())
                continue
            raw = _last_drawn(raw.removesuffix(b"\r"))
            line = clean(raw[:_RAW_LENGTH].decode(errors="replace"))
            if (raw and not line) or (_CHATTER.match(line) and not self._chatter):
                continue
            if len(line) > LINE_LENGTH or len(raw) > _RAW_LENGTH:
                line, self.cut = line[:LINE_LENGTH] + " ...", True
            self._lines += 1
            shown.append(line)
        return shown

    def _write(self, data: bytes) -> None:
        self._append(data[: max(self._log_half - self._size, 0)])
        self._size += len(data)
        self._tail += data
        if len(self._tail) > 2 * LOG_HALF:
            del self._tail[:-LOG_HALF]

    def _append(self, data: bytes) -> None:
        if self._log is not None and data:
            # neither a full disk nor a link in its place may cost the search
            with suppress(OSError, RunFolderError):
                own_folder(self._log.parent)
                with open(self._log, "ab", opener=_without_links) as file:
                    file.write(data)

    def last_words(self, length: int) -> str:
        """Returns the end of what was printed, as clean lines.

        Args:
            length: In characters, at the most.
        """
        text = self._tail[-4 * length :].decode(errors="replace")
        lines = (clean(line) for line in text.split("\n"))
        return "\n".join(line for line in lines if line)[-length:].strip()

    def close(self, keep: bool) -> Path | None:
        """Completes the log with the end of what was printed, or removes it.

        Args:
            keep: Whether the log is of use.

        Returns:
            The file, if there is one.
        """
        if self._log is None or not self._size:
            return None
        if not keep:
            with suppress(OSError):
                self._log.unlink(missing_ok=True)
            return None
        missing = self._size - self._log_half
        if missing > 0:
            tail = bytes(self._tail[-min(missing, self._log_half) :])
            left_out = missing - len(tail)
            self._append((f"\n... {left_out} bytes ...\n".encode() if left_out else b"") + tail)
        return self._log


def _without_links(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)


class Printer:
    """Tells a listener what several jobs print, within a limit for all of them.

    Attributes:
        listener: Hears each line with the key of its job; None hears nothing.
    """

    def __init__(self) -> None:
        self.listener: OnOutput | None = None
        self._lines, self._logged = 0, 0

    def output_of_job(self, log: Path | None) -> JobOutput:
        """Returns what takes the output of a new job.

        Args:
            log: File for it, or None.
        """
        half = LOG_HALF if self._logged < LOGS_IN_ALL else SMALL_LOG_HALF
        chatter = os.environ.get("TF_CPP_MIN_LOG_LEVEL", "3") < "3"  # the user wants them
        return JobOutput(log, half, chatter)

    def show(self, key: str, lines: list[str]) -> None:
        """Shows lines, up to the limit.

        Args:
            key: Of the job that printed them.
            lines: Clean.
        """
        for line in lines if self.listener is not None else []:
            self._lines += 1
            if self._lines <= LINES_IN_ALL:
                self._tell(key, line)
            elif self._lines == LINES_IN_ALL + 1:
                self._tell(key, f"... {LINES_IN_ALL} lines were shown; no more are, of any trial.")

    def end(self, key: str, output: JobOutput, failed: bool) -> None:
        """Shows the last line and where the rest is; keeps the log of a job that failed, or that
        was not shown whole.

        Args:
            key: Of the job.
            output: Of the job.
            failed: How it ended.
        """
        self.show(key, output.end())
        shown_in_part = self.listener is not None and output.cut
        log = output.close(
            keep=failed or (shown_in_part and self._logged < LOGS_IN_ALL),
        )
        if log is not None:
            with suppress(OSError):
                self._logged += log.stat().st_size
        if output.cut:
            where = f"its beginning and end are in {log}" if log else "the rest was not kept"
            self.show(key, [f"... it printed more than is shown; {where}."])

    def _tell(self, key: str, line: str) -> None:
        if self.listener is not None:
            self.listener(key, line)


def _last_drawn(raw: bytes) -> bytes:
    """Returns what a terminal shows of a line that was drawn again and again: a progress bar."""
    return b"\r".join(raw.split(b"\r")[-2:]) if len(raw) > LINE_LENGTH else raw
