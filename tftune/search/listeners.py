"""What listens to a search: by default, TensorBoard's log and the live view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tftune.journal.listener import Listener
from tftune.journal.run_folder import RunFolder
from tftune.reports.live import LiveView, PrintedLines
from tftune.reports.tensorboard_log import TensorBoardLog


def listeners_of(
    given: Sequence[Listener] | None, folder: RunFolder, verbose: Any, in_children: bool
) -> list[Listener]:
    """Returns the listeners of one session.

    Args:
        given: The caller's; None: those that show the search live and log it for TensorBoard.
        folder: Run folder.
        verbose: As given to `search`; false shows nothing.
        in_children: Whether trials run in processes of their own.
    """
    if given is None:
        view = [LiveView(in_children=in_children)] if verbose else []
        return [TensorBoardLog(folder.tensorboard), *view]
    if verbose and not any(hasattr(listener, "on_output") for listener in given):
        return [*given, PrintedLines()]
    return list(given)
