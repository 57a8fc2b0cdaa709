"""Files of the run folder that a job on another machine needs: they travel through Ray's object
store and lie there as files again.

An array stays what it is everywhere else, a memory-mapped `.npy` file, written once a node and
shared by all children on it. The parent's weights go with the job, the trial's own weights come
back with its end, and only the driver writes into the run folder.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np

from tftune.execution.base import Job
from tftune.execution.ray_actor import Ended, Parcel
from tftune.execution.ray_session import import_ray
from tftune.execution.travel import pickle_job, to_bytes
from tftune.support.files import write_atomically
from tftune.support.refusals import told_as_refusal
from tftune.training.inputs.arrays import SharedFile
from tftune.training.task import TrialTask

_INPUTS = "tftune.training.inputs"


class FileCarrier:
    """Rewrites the paths in a job's arguments to those on another node; understands `SharedFile`
    and what holds some, and `TrialTask`.
    """

    def __init__(self) -> None:
        self._arrays: dict[str, tuple[str, Any]] = {}  # path here -> name there, reference

    def pack(
        self, function: Job, arguments: tuple[Any, ...], folder: str
    ) -> tuple[Parcel, dict[str, str]]:
        """Returns the job for a node and where the files that it writes belong: path there -> path
        here.

        Args:
            function: The job.
            arguments: Its arguments.
            folder: The search's folder on the node.
        """
        packing = _Packing(self, folder)
        payload = to_bytes(pickle_job(function, packing.moved(arguments)))
        return Parcel(
            payload, packing.files, tuple(packing.returns), tuple(packing.parents)
        ), packing.returns

    def array(self, path: str) -> tuple[str, Any]:
        """Returns the name of an array's file on a node and the reference to its content, which is
        read once.
        """
        if path not in self._arrays:
            facts = os.stat(path)
            name = hashlib.sha256(
                f"{path} {facts.st_size} {facts.st_mtime_ns}".encode()
            ).hexdigest()[:16]
            self._arrays[path] = f"{name}.npy", _put(path)
        return self._arrays[path]


class _Packing:
    """One job's way."""

    def __init__(self, carrier: FileCarrier, folder: str) -> None:
        self.carrier, self.folder = carrier, folder
        self.files: dict[str, Any] = {}
        self.returns: dict[str, str] = {}
        self.parents: set[str] = set()

    def moved(self, value: Any) -> Any:
        if isinstance(value, SharedFile):
            name, reference = self.carrier.array(value.path)
            path = self._there(name)
            self.files[path] = reference
            return type(value)(path)
        if isinstance(value, TrialTask):
            return self._moved_task(value)
        if type(value).__module__.startswith(_INPUTS) and dataclasses.is_dataclass(value):
            kind: Any = type(value)
            fields = {
                field.name: self.moved(getattr(value, field.name))
                for field in dataclasses.fields(value)
            }
            return kind(**fields)
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return type(value)(*(self.moved(item) for item in value))
        if isinstance(value, tuple | list):
            return type(value)(self.moved(item) for item in value)
        if isinstance(value, dict):
            return {key: self.moved(item) for key, item in value.items()}
        return value

    def _moved_task(self, task: TrialTask) -> TrialTask:
        changes: dict[str, Any] = {
            name: self.moved(getattr(task, name))
            for name in ("arguments", "options", "fold_of_row", "groups")
        }
        if task.parent_checkpoint is not None:
            changes["parent_checkpoint"] = path = self._there(f"{task.trial_id}-parent.npz")
            self.parents.add(path)
            # the trial itself says what a missing one means
            if os.path.exists(task.parent_checkpoint):
                self.files[path] = _put(task.parent_checkpoint)
        if task.checkpoint is not None:
            changes["checkpoint"] = path = self._there(f"{task.trial_id}.npz")
            self.returns[path] = task.checkpoint
        return dataclasses.replace(task, **changes)

    def _there(self, name: str) -> str:
        return f"{self.folder}/{name}"  # nodes run Linux or macOS


def bring_home(ended: Ended, places: dict[str, str]) -> None:
    """Writes what a job wrote to where it belongs, each file whole or not at all."""
    for path, content in ended.files.items():
        if path in places:
            with told_as_refusal(places[path]):
                write_atomically(Path(places[path]), content)


def _put(path: str) -> Any:
    # an array of bytes is read on a node without a copy
    return import_ray().put(np.fromfile(path, dtype=np.uint8))
