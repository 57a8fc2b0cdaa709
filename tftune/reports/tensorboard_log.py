"""A TensorBoard log of a search: learning curves of every trial, and a row for each on the HParams
page.

One log folder a search, one TensorBoard run a trial::

    <folder>/<trial>/    train/loss, validation/loss, train/learning_rate, ...: a curve each
                         objective, seconds, and the row of the HParams page, when it has ended

The step of a curve is the epoch, counted from 1 as everywhere in tftune; that of the objective and
the seconds is the number of the trial. The log is a copy of the
journal: when a search is resumed, trials that were cut short are removed, and those whose log is
missing, torn, of an earlier version or called after another folder are written from the journal.

Example:
    >>> import tempfile
    >>> log, state = TensorBoardLog(Path(tempfile.mkdtemp()) / "tensorboard"), SearchState()
    >>> start = {"kind": "start", "trial_id": "0000", "number": 0, "values": {}, "time": 0.0}
    >>> start |= {"first_epoch": 0, "last_epoch": None, "parent": None, "attempt": 1}
    >>> for record in ({"kind": "header", "space": {}, "time": 0.0}, start):
    ...     state.apply(record)
    ...     log.on_record(record, state)
    >>> log.close()
    >>> [path.name for path in log.folder.iterdir()]
    ['0000']
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from tftune.journal.records import Record
from tftune.journal.state import SearchState, TrialRecord
from tftune.journal.status import TrialStatus
from tftune.reports import hparams
from tftune.reports.events import EVALUATION, OWN_FILES, EventFile, last_tags
from tftune.support.files import refuse_link, remove
from tftune.support.texts import printable

VALIDATION_PREFIX = "val_"  # how Keras names the metrics of the validation split
_LONGEST_MESSAGE = 20_000


class TensorBoardLog:
    """Listener that keeps a TensorBoard log folder in step with the journal.

    Args:
        folder: The log folder of this one search, usually `<run folder>/tensorboard`; made if it is
            absent. Rows bear the name that the run folder has when they are written.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        self._run = hparams.Run.of(self.folder)
        self._open: dict[str, _Curves] = {}
        self._in_step = False

    def on_record(self, record: Record, state: SearchState) -> None:
        """Writes what a record adds; records of earlier sessions are caught up with at the first
        new one.
        """
        if record.get("replayed") or not state.header:
            return
        refuse_link(self.folder)
        if not self._in_step:
            self.catch_up(state)
        kind = record["kind"]
        if kind == "start":
            self._begin(record["trial_id"])
        elif kind == "continue":
            self._go_on(state.trials[record["trial_id"]], record["time"])
        elif kind == "epoch":
            self._curves(record["trial_id"]).epoch(
                record["epoch"], record["metrics"], record.get("time", time.time())
            )
        elif kind == "end":
            trial = state.trials[record["trial_id"]]
            self._curves(trial.trial_id).end(
                trial, self._run, state, record.get("time", time.time())
            )
            del self._open[trial.trial_id]

    def close(self) -> None:
        """Closes the files; a trial that still runs keeps its curves, without a row."""
        for curves in self._open.values():
            curves.close()
        self._open.clear()

    def catch_up(self, state: SearchState) -> None:
        """Brings the folder in step with the journal; what is complete is left alone."""
        self._in_step = True
        for path in self.folder.glob(OWN_FILES):  # earlier versions listed the knobs here
            remove(path)
        for trial in state.trials.values():
            folder = self.folder / trial.trial_id
            if trial.status is TrialStatus.RUNNING:
                shutil.rmtree(folder, ignore_errors=True)  # it will be started again
            elif _row_in(folder) != self._run.row(trial.trial_id):
                shutil.rmtree(folder, ignore_errors=True)
                self._write_from_journal(trial, state)

    def _begin(self, trial_id: str) -> None:
        """Opens a trial's run and removes what an earlier attempt left."""
        if trial_id in self._open:
            self._open.pop(trial_id).close()
        shutil.rmtree(self.folder / trial_id, ignore_errors=True)
        self._open[trial_id] = _Curves(self.folder / trial_id)

    def _go_on(self, trial: TrialRecord, wall_time: float) -> None:
        """Begins a trial's run with the epochs of the attempt that it goes on from."""
        self._begin(trial.trial_id)
        for epoch, metrics in trial.epochs:
            self._curves(trial.trial_id).epoch(epoch, metrics, wall_time)

    def _curves(self, trial_id: str) -> _Curves:
        if trial_id not in self._open:  # a listener that joined in mid-search
            self._begin(trial_id)
        return self._open[trial_id]

    def _write_from_journal(self, trial: TrialRecord, state: SearchState) -> None:
        """Writes an ended trial; the journal's state has no times of epochs, so they are spread
        evenly.
        """
        curves = _Curves(self.folder / trial.trial_id)
        seconds = trial.seconds or 0.0
        for count, (epoch, metrics) in enumerate(trial.epochs, start=1):
            curves.epoch(epoch, metrics, trial.started + seconds * count / len(trial.epochs))
        curves.end(trial, self._run, state, trial.started + seconds)


def _row_in(folder: Path) -> str | None:
    """Returns the name of the row in a trial's folder, or None if its log is not complete."""
    paths = [path for path in folder.glob(OWN_FILES) if path.suffix != EVALUATION]
    return hparams.row_in(last_tags(paths[0], 2)) if len(paths) == 1 else None


class _Curves:
    """The file of one trial; the end of its row is the last thing written, so that it marks the
    whole as complete.
    """

    def __init__(self, folder: Path) -> None:
        self._file = EventFile(folder)

    def epoch(self, epoch: int, metrics: Mapping[str, float], wall_time: float) -> None:
        """Adds one point to every curve."""
        for name, value in metrics.items():
            split = "validation" if name.startswith(VALIDATION_PREFIX) else "train"
            tag = f"{split}/{name.removeprefix(VALIDATION_PREFIX)}"
            self._file.scalar(tag, value, epoch, wall_time)

    def end(
        self, trial: TrialRecord, run: hparams.Run, state: SearchState, wall_time: float
    ) -> None:
        """Writes the final numbers and the row, and closes the file."""
        step = trial.epochs[-1][0] if trial.epochs else trial.first_epoch
        number = trial.number  # as the step: one picture has all trials, from first to last
        if trial.status.has_score and trial.score is not None:
            self._file.scalar(hparams.OBJECTIVE_TAG, trial.score, number, wall_time)
        if trial.seconds is not None:
            self._file.scalar("seconds", trial.seconds, number, wall_time)
        if trial.message:
            from tensorboard.plugins.text.summary_v2 import text_pb

            lines = printable(trial.message, _LONGEST_MESSAGE).splitlines()
            message = "\n".join(f"    {line}" for line in lines)  # Markdown shows it as it is
            self._file.summary(text_pb("message", message), step, wall_time)
        cells = hparams.columns(trial, run, state, step)
        self._file.summary(hparams.session_start(trial, run, cells), step, wall_time)
        failed = trial.status is TrialStatus.FAILED
        self._file.summary(hparams.session_end(failed, wall_time), step, wall_time)
        self._file.close()

    def close(self) -> None:
        """Closes the file without a row."""
        self._file.close()
