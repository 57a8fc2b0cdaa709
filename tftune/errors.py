"""Exceptions, named by what the caller does next; each knows the exit code of the programs.

Every message says what was wrong, what was expected, what was received and what to do.
"""

from __future__ import annotations


class TftuneError(Exception):
    """Base of all errors that tftune raises on purpose."""

    exit_code = 1


class UsageError(TftuneError, ValueError):
    """Fix the call: an argument, a name or a range is wrong (exit code 2)."""

    exit_code = 2


class RunFolderError(UsageError):
    """Start over or choose another run folder: this one does not fit the search (exit code 2)."""


class NoTrialCompletedError(TftuneError, RuntimeError):
    """Look at the failures: the search ended without one completed trial (exit code 3)."""

    exit_code = 3


class DataError(TftuneError):
    """Get or repair the data: missing, offline, unreadable, not as agreed (exit code 4)."""

    exit_code = 4


class SearchInterrupted(TftuneError):
    """Resume later: Ctrl-C or SIGTERM ended the search, its state is kept (exit code 130)."""

    exit_code = 130
