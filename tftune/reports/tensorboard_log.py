"""A TensorBoard log of a search: learning curves of every trial, and a row for each on the HParams
page.

One log folder a search::

    <folder>/                       the experiment: names of the knobs and metrics
    <folder>/<trial>/<attempt>/     a row: knob values, the best value as `objective`, best epoch,
    seconds, status <folder>/<trial>/<attempt>/train, validation     curves, with the tags of Keras:
    epoch_loss, epoch_learning_rate, ...

The step of a curve is the epoch, counted from 1 as everywhere in tftune. The log is a copy of the
journal: when a search is resumed, attempts that were cut short are removed, missing ones are
written from the journal, complete ones are left alone.

Example:
    >>> import tempfile
    >>> from tftune.journal.state import SearchState
    >>> log, state = TensorBoardLog(Path(tempfile.mkdtemp()) / "tensorboard"), SearchState()
    >>> header = {"kind": "header", "space": {}, "time": 0.0}
    >>> header["objective"] = {"name": "val_auc", "direction": "max"}
    >>> state.apply(header)
    >>> log.on_record(header, state)
    >>> log.close()
    >>> [path.name[:6] for path in log.folder.iterdir()]
    ['events']
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tftune.journal.records import Record
from tftune.journal.state import SearchState, TrialRecord
from tftune.journal.status import TrialStatus
from tftune.reports import hparams
from tftune.reports.events import EventFile, tags
from tftune.space.knob import public_values

VALIDATION_PREFIX = "val_"  # how Keras names the metrics of the validation split


class TensorBoardLog:
    """Listener that keeps a TensorBoard log folder in step with the journal.

    Args:
        folder: The log folder of this one search, usually `<run folder>/tensorboard`; made if it is
            absent. Give each search a folder of its own: TensorBoard reads the knobs of the first
            search it finds and would hide those of the others.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        self._open: dict[str, _Session] = {}
        self._columns: set[str] = set()
        self._in_step = False

    def on_record(self, record: Record, state: SearchState) -> None:
        """Writes what a record adds; records of earlier sessions are caught up with at the first
        new one.
        """
        if record.get("replayed") or not state.header:
            return
        if not self._in_step:
            self._catch_up(state)
            self._in_step = True
        kind = record["kind"]
        if kind == "start":
            self._begin(state.trials[record["trial_id"]], state)
        elif kind == "epoch":
            self._session(state.trials[record["trial_id"]], state).epoch(
                record["epoch"], record["metrics"], record.get("time", time.time())
            )
        elif kind == "end":
            trial = state.trials[record["trial_id"]]
            self._session(trial, state).end(trial, record.get("time", time.time()))
            del self._open[trial.trial_id]

    def close(self) -> None:
        """Closes the files; a trial that still runs keeps its row, without a status."""
        for session in self._open.values():
            session.close()
        self._open.clear()

    def _begin(self, trial: TrialRecord, state: SearchState) -> None:
        """Opens a trial's row and removes what an earlier attempt left."""
        if trial.trial_id in self._open:
            self._open.pop(trial.trial_id).close()
        shutil.rmtree(self.folder / trial.trial_id, ignore_errors=True)
        if not self._columns.issuperset(public_values(trial.values)):
            self._write_experiment(state)
        self._open[trial.trial_id] = _Session(self._attempt(trial), trial)

    def _session(self, trial: TrialRecord, state: SearchState) -> _Session:
        if trial.trial_id not in self._open:  # a listener that joined in mid-search
            self._begin(trial, state)
        return self._open[trial.trial_id]

    def _attempt(self, trial: TrialRecord) -> Path:
        return self.folder / trial.trial_id / str(trial.attempt)

    def _write_experiment(self, state: SearchState) -> None:
        """Writes the experiment unless it stands there already; there must be only one, in one
        file.
        """
        self._columns = set(hparams.columns(state))
        message = hparams.experiment(state)
        if [content for _, content in tags(self.folder)] == [
            message.value[0].metadata.plugin_data.content
        ]:
            return
        for path in self.folder.glob("events.out.tfevents.*"):
            path.unlink()
        with EventFile(self.folder) as file:
            file.summary(message, step=0, wall_time=time.time())

    def _catch_up(self, state: SearchState) -> None:
        self._write_experiment(state)
        for trial in state.trials.values():
            folder = self._attempt(trial)
            if (
                trial.status is TrialStatus.RUNNING
            ):  # cut short by the end of its session; it will be started again
                shutil.rmtree(folder.parent, ignore_errors=True)
            elif hparams.END_TAG not in (tag for tag, _ in tags(folder)):
                shutil.rmtree(folder.parent, ignore_errors=True)
                _write_from_journal(folder, trial)


class _Session:
    """The files of one attempt at a trial; the end of the row is the last thing written, so that it
    marks the whole as complete.
    """

    def __init__(self, folder: Path, trial: TrialRecord) -> None:
        self._folder = folder
        self._row = EventFile(folder)
        self._curves: dict[str, EventFile] = {}
        self._row.summary(hparams.session_start(trial), step=0, wall_time=trial.started)

    def epoch(self, epoch: int, metrics: Mapping[str, float], wall_time: float) -> None:
        """Adds one point to every curve."""
        for name, value in metrics.items():
            split = "validation" if name.startswith(VALIDATION_PREFIX) else "train"
            if split not in self._curves:
                self._curves[split] = EventFile(self._folder / split)
            self._curves[split].scalar(
                f"epoch_{name.removeprefix(VALIDATION_PREFIX)}", value, epoch, wall_time
            )

    def end(self, trial: TrialRecord, wall_time: float) -> None:
        """Writes the final numbers and the status, and closes the files."""
        last_epoch = trial.epochs[-1][0] if trial.epochs else trial.first_epoch
        failed = trial.status is TrialStatus.FAILED
        finals: dict[str, Any] = {"epochs": last_epoch, "seconds": trial.seconds}
        if not failed:  # a failed trial has no best value
            finals |= {hparams.OBJECTIVE_TAG: trial.score, "best_epoch": trial.best_epoch}
        for tag, value in finals.items():
            if value is not None:
                self._row.scalar(tag, value, last_epoch, wall_time)
        if trial.message:
            from tensorboard.plugins.text.summary_v2 import text_pb

            self._row.summary(text_pb("message", trial.message), last_epoch, wall_time)
        for file in self._curves.values():
            file.close()
        self._row.summary(hparams.session_end(failed, wall_time), last_epoch, wall_time)
        self._row.close()

    def close(self) -> None:
        """Closes the files without a status."""
        for file in (self._row, *self._curves.values()):
            file.close()


def _write_from_journal(folder: Path, trial: TrialRecord) -> None:
    """Writes an ended trial whose log is missing or torn; the journal's state has no times of
    epochs, so they are spread evenly.
    """
    session = _Session(folder, trial)
    seconds = trial.seconds or 0.0
    for count, (epoch, metrics) in enumerate(trial.epochs, start=1):
        session.epoch(epoch, metrics, trial.started + seconds * count / len(trial.epochs))
    session.end(trial, trial.started + seconds)
