"""Errors that end a search for good: they are ours, and KerasTuner's for those who catch these.

They stand apart from `tftune.errors`, which must not import KerasTuner, and with it TensorFlow.

Example:
    >>> try:
    ...     raise fatal_error("Trial 0000 cannot run.", "FatalTypeError")
    ... except keras_tuner.errors.FatalError as error:
    ...     isinstance(error, UsageError), isinstance(error, TypeError)
    (True, True)
"""

from __future__ import annotations

import keras_tuner

from tftune.errors import UsageError


class FatalTrialError(keras_tuner.errors.FatalError, UsageError):
    """Fix the call or the model: a trial cannot run, and no other could (exit code 2)."""


class FatalTrialValueError(keras_tuner.errors.FatalValueError, FatalTrialError):
    """The same, where a trial raised KerasTuner's `FatalValueError`."""


class FatalTrialTypeError(keras_tuner.errors.FatalTypeError, FatalTrialError):
    """The same, where a trial raised KerasTuner's `FatalTypeError` or returned no score."""


class FatalTrialRuntimeError(keras_tuner.errors.FatalRuntimeError, FatalTrialError):
    """The same, where a trial raised KerasTuner's `FatalRuntimeError`."""


_KINDS = {
    "FatalValueError": FatalTrialValueError,
    "FatalTypeError": FatalTrialTypeError,
    "FatalRuntimeError": FatalTrialRuntimeError,
}


def fatal_error(message: str, raised: str | None = None) -> FatalTrialError:
    """Returns the error that ends a search.

    Args:
        message: What it says.
        raised: Name of the class of the exception that a trial raised, or None.
    """
    return _KINDS.get(raised or "", FatalTrialError)(message)
