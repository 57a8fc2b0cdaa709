"""A job on its way to another process: what runs, and the settings that it is to find there."""

from __future__ import annotations

import pickle
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import cloudpickle

from tftune.errors import UsageError
from tftune.execution.base import Job
from tftune.execution.surroundings import Surroundings
from tftune.training import process_settings


@dataclass(frozen=True)
class PickledJob:
    """A job as it travels; what needs the user's modules is opened when they can be found.

    Attributes:
        surroundings: Of the process that sends it.
        settings: Of Keras in that process, pickled.
        work: The function and its arguments, pickled.
    """

    surroundings: Surroundings
    settings: bytes
    work: bytes

    def run(self, report: Any, otherwise: process_settings.Settings | None = None) -> Any:
        """Runs the job under the settings of the process that sent it.

        Args:
            report: Takes the job's messages.
            otherwise: Settings where none were sent.
        """
        process_settings.apply_pickled(self.settings, otherwise)
        function, arguments = cloudpickle.loads(self.work)
        return function(report, *arguments)

    def run_elsewhere(self, report: Any, own: Collection[str]) -> Any:
        """Runs the job in a child of another machine's process, whose settings it has already.

        Args:
            report: Takes the job's messages.
            own: Variables of the environment that stay.
        """
        self.surroundings.enter_elsewhere(own)
        return self.run(report, process_settings.capture())


def pickle_job(function: Job, arguments: tuple[Any, ...]) -> PickledJob:
    """Returns a job as it travels to a child, with the settings of this process.

    Raises:
        UsageError: If the function or an argument cannot travel.
    """
    try:
        work = bytes(cloudpickle.dumps((function, arguments)))
    except Exception as error:
        raise UsageError(
            f"A trial cannot be sent to a child process: {type(error).__name__}: {error}. Expected "
            "a model builder, callbacks and data that cloudpickle can pickle; a tf.data.Dataset "
            "cannot be. Pass NumPy arrays, or run trials in this process with workers=0."
        ) from error
    return PickledJob(Surroundings.capture(), process_settings.pickled(), work)


def to_bytes(job: PickledJob) -> bytes:
    """Returns a job as bytes, for a way on which nobody opens it."""
    return pickle.dumps(job)
