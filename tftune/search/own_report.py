"""`report.html` of a search, written when it ends: a fault in it never costs a result."""

from __future__ import annotations

import os
import warnings

from tftune.journal.run_folder import RunFolder
from tftune.support.texts import one_line

VARIABLE = "TFTUNE_REPORT"
_NO = ("0", "false", "no", "off")


def is_wanted(asked: bool | None, variable: str = VARIABLE) -> bool:
    """Returns whether a report is to be written, or another thing is wanted.

    Args:
        asked: What the user said, or None: then an environment variable says it.
        variable: Its name.

    Example:
        >>> is_wanted(True), is_wanted(False)
        (True, False)
    """
    return os.environ.get(variable, "").lower() not in _NO if asked is None else asked


def write_own_report(folder: RunFolder, asked: bool | None) -> None:
    """Writes the report of a run folder into it, if it is wanted; warns where it cannot.

    Args:
        folder: Whose lock is held.
        asked: As for `is_wanted`.
    """
    if not is_wanted(asked):
        return
    try:
        from tftune.reports.page.page import write_report

        write_report([folder], folder.report)
    except Exception as error:  # the search is over, and everything else of it is written
        told = one_line(f"{type(error).__name__}: {error}")
        warnings.warn(
            f"The results are written, but {folder.report.name} is not: {told} Try `tftune report "
            f"{folder.path}`.",
            stacklevel=2,
        )
