"""The only file that opens a connection: short limits, whole answers, no retries, so that being
offline is said within 5 seconds.
"""

from __future__ import annotations

import queue
import threading
import time
import urllib.request
from typing import Any

from tftune.errors import DataError

ANSWER_SECONDS = 3.0  # until the server answers at all; name look-up and connecting included
LARGEST_BYTES = 64 * 1024 * 1024

_Message = tuple[str, Any]


def reachable(url: str, answer_seconds: float = ANSWER_SECONDS) -> str | None:
    """Returns None if a server answers for `url`, else the reason why not, in at most
    `answer_seconds`.
    """
    try:
        _transfer(urllib.request.Request(url, method="HEAD"), answer_seconds, answer_seconds)
    except DataError as error:
        return str(error)
    return None


def fetch(url: str, answer_seconds: float = ANSWER_SECONDS, total_seconds: float = 60.0) -> bytes:
    """Returns the content behind `url`, whole, in memory.

    Args:
        url: What to fetch; proxies of the environment are used.
        answer_seconds: Limit until the server answers.
        total_seconds: Limit for everything.

    Raises:
        DataError: If there is no answer, an error or no whole content in time.
    """
    return _transfer(urllib.request.Request(url), answer_seconds, total_seconds)


def _transfer(
    request: urllib.request.Request, answer_seconds: float, total_seconds: float
) -> bytes:
    # A thread, because looking up a name cannot be given a time limit; a daemon, because a hanging
    # look-up must not keep Python alive.
    messages: queue.Queue[_Message] = queue.Queue()
    started = time.monotonic()
    threading.Thread(
        target=_download, args=(request, answer_seconds, messages), daemon=True
    ).start()
    limit = answer_seconds
    while True:
        try:
            kind, value = messages.get(timeout=max(0.0, started + limit - time.monotonic()))
        except queue.Empty:
            raise DataError(f"{request.full_url} did not answer within {limit:g} s") from None
        if kind == "answer":
            limit = total_seconds
        elif kind == "content":
            return bytes(value)
        else:
            raise DataError(f"{request.full_url}: {value}")


def _download(
    request: urllib.request.Request, answer_seconds: float, messages: queue.Queue[_Message]
) -> None:
    try:
        with urllib.request.urlopen(request, timeout=answer_seconds) as response:
            messages.put(("answer", None))
            content = response.read(LARGEST_BYTES + 1)
            # of what the server announced; reading up to a limit does not check it
            missing = response.length
        if missing and len(content) <= LARGEST_BYTES:
            raise ValueError(f"{missing} bytes are missing")
        if len(content) > LARGEST_BYTES:
            raise ValueError(f"more than {LARGEST_BYTES} bytes")
        messages.put(("content", content))
    except Exception as error:  # whatever it is, the waiting thread must hear of it
        messages.put(("error", f"{type(error).__name__}: {error}"))
