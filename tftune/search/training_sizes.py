"""The configuration of one trial trained on growing parts of the training rows, several times each.

Every size gets about as many training steps as the whole training set has in the search: a part of
a half trains twice the epochs, and waits twice as long before it stops early. The rows of one
repetition are nested, the classes in their shares; they, the weights and the order of the rows
follow from the seed. After training, the weights of the best epoch are measured on the rows that
were trained on and on the validation rows, both without dropout.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import cloudpickle
import keras
import numpy as np

from tftune.errors import NoTrialCompletedError, UsageError
from tftune.journal.records import encode_number
from tftune.journal.run_folder import RunFolder
from tftune.journal.state import TrialRecord
from tftune.journal.status import FailureKind, TrialStatus
from tftune.reports.analysis.training_sizes import (
    FILE,
    SizePoint,
    TrainingSizes,
    read_training_sizes,
)
from tftune.reports.summary import to_json
from tftune.search.growing_rows import nested_order, sizes_of, steady_epochs
from tftune.search.load_run import Run
from tftune.space.keras_tuner_internals import get_hypermodel
from tftune.support.checks import check_count
from tftune.support.files import write_atomically
from tftune.support.seeding import derive, generator
from tftune.support.temporary import temporary_folder
from tftune.support.texts import shown
from tftune.support.tracebacks import summary
from tftune.training.evaluate import plain_metrics, restore_model
from tftune.training.settings import TrainingSettings
from tftune.training.task import TrialTask
from tftune.training.trial import run_trial

SHARES = (0.125, 0.25, 0.5, 1.0)
REPEATS = 5
Told = Callable[[SizePoint, int, int], None]


def measure_training_sizes(
    run: Run,
    build: Any,
    x: Any,
    y: Any,
    validation_data: tuple[Any, ...],
    trial: TrialRecord | None = None,
    sizes: Sequence[float] = SHARES,
    repeats: int = REPEATS,
    epochs: int | None = None,
    overwrite: bool = False,
    told: Told | None = None,
    **fit_options: Any,
) -> TrainingSizes:
    """Trains the configuration of a trial on growing training sets, and keeps what came in
    `learning_curve.json` of the run folder, training by training: what is there is not done again.

    Args:
        run: The run.
        build: The function `build(hp)` or the `keras_tuner.HyperModel` of the search.
        x: Inputs of the training split: an array, or a list or dict of arrays.
        y: Targets.
        validation_data: Inputs and targets of the validation split.
        trial: Whose configuration; the best one by default.
        sizes: Shares of the training rows, or numbers of rows.
        repeats: Trainings on each size, with other rows and other weights.
        epochs: On the whole training set; as in the search by default.
        overwrite: Whether a learning curve of another trial or other settings is replaced.
        told: Hears of each training: the point, its number, and how many there are.
        **fit_options: Further arguments of `fit` that the search was given.

    Raises:
        UsageError: If the data are no arrays, a size is impossible, a training fails, or the
            folder has another learning curve.
        RunFolderError: If another process is at work in the folder.
        NoTrialCompletedError: If there is no trial.
    """
    check_count("repeats", repeats, least=1)
    check_count("epochs", epochs, least=1, optional=True)
    trial = trial or run.best_trial()
    if not trial.values and trial.status is TrialStatus.RUNNING:
        raise NoTrialCompletedError(f"Trial {trial.trial_id} has no values. Choose another.")
    rows = _count(x, y, validation_data)
    wanted = sizes_of(sizes, rows)
    settings = _settings(run, trial, epochs)
    known = _begun(run, trial, rows, settings, overwrite)
    bench = _Bench(run, build, trial, settings, (x, y), validation_data, fit_options)
    plan = [(count, repeat) for repeat in range(repeats) for count in wanted]
    done = {(point.rows, point.repeat): point for point in known.points}
    for number, (count, repeat) in enumerate(plan, 1):
        point = done.get((count, repeat))
        if point is None:
            point = bench.trained(count, repeat)
            done[count, repeat] = point
            known = dataclasses.replace(known, points=sorted(done.values(), key=_order))
            _keep(run.folder, known)
        if told is not None:
            told(point, number, len(plan))
    return known


def _order(point: SizePoint) -> tuple[int, int]:
    return point.rows, point.repeat


def _settings(run: Run, trial: TrialRecord, epochs: int | None) -> TrainingSettings:
    """Returns how the search trained, without folds and repetitions."""
    told = dict(run.header.get("training") or {})
    fields = {field.name for field in dataclasses.fields(TrainingSettings)}
    told = {name: value for name, value in told.items() if name in fields}
    told |= {"folds": 0, "executions_per_trial": 1}
    told["epochs"] = epochs or trial.last_epoch or told.get("epochs") or 1
    return TrainingSettings(**told)


def _begun(
    run: Run, trial: TrialRecord, rows: int, settings: TrainingSettings, overwrite: bool
) -> TrainingSizes:
    """Returns what is there already, or an empty learning curve."""
    run.folder.check_free()
    seed = int(run.header.get("seed") or 0)
    fingerprint = str((run.header.get("data") or {}).get("fingerprint"))
    shared = {"seed": seed, **settings.to_dict()}
    new = TrainingSizes(trial.trial_id, fingerprint, rows, [], shared)
    old = read_training_sizes(run.folder.path)
    if old is None or overwrite:
        return new
    for name in ("trial_id", "fingerprint", "total", "settings"):
        if getattr(old, name) != getattr(new, name):
            raise UsageError(
                f"{run.folder.path / FILE} is a learning curve of another kind: its {name} is "
                f"{shown(getattr(old, name))}. Expected {shown(getattr(new, name))}, to go on with "
                "it. Ask for the same, or start over with --overwrite (overwrite=True)."
            )
    return old


def _keep(folder: RunFolder, known: TrainingSizes) -> None:
    path = folder.path / FILE
    content = known.to_dict()
    for point in content["points"]:
        for split in ("training", "validation"):
            point[split] = {name: encode_number(value) for name, value in point[split].items()}
    with folder.held_for(path):
        write_atomically(path, to_json(content))


def _count(x: Any, y: Any, validation_data: Any) -> int:
    """Returns how many rows there are."""
    leaves = keras.tree.flatten((x, y))
    if not leaves or not all(hasattr(leaf, "shape") and len(leaf.shape) for leaf in leaves):
        raise UsageError(
            "A learning curve draws rows of the training set. Expected arrays, or lists or dicts "
            f"of them. Received: {shown(x)}. Pass arrays."
        )
    if not isinstance(validation_data, tuple | list) or len(validation_data) < 2:
        raise UsageError(
            "A learning curve needs rows to validate on. Expected validation_data=(x, y). "
            f"Received: {shown(validation_data)}."
        )
    counts = {int(leaf.shape[0]) for leaf in leaves}
    if len(counts) != 1 or min(counts) < 2:
        raise UsageError(
            f"Inputs and targets do not fit together. Expected as many rows in each, 2 or more. "
            f"Received: {', '.join(str(count) for count in sorted(counts))}."
        )
    return counts.pop()


class _Bench:
    """Trains one configuration on parts of the rows."""

    def __init__(
        self,
        run: Run,
        build: Any,
        trial: TrialRecord,
        settings: TrainingSettings,
        data: tuple[Any, Any],
        validation_data: Any,
        fit_options: dict[str, Any],
    ) -> None:
        self.run, self.settings, self.data = run, settings, data
        self.validation, self.options = validation_data, fit_options
        self.hypermodel = cloudpickle.dumps(get_hypermodel(build))
        self.values = dict(run.space.to_hyperparameters(trial.values).get_config())
        self.seed = int(run.header.get("seed") or 0)
        self.whole = int(keras.tree.flatten(data[1])[0].shape[0])
        self.trial = trial

    def trained(self, rows: int, repeat: int) -> SizePoint:
        """Trains on so many rows and measures."""
        order = nested_order(self.data[1], generator(self.seed, repeat, "training sizes"))
        chosen = np.sort(order[:rows])  # in the order of the data, as the search had them
        x, y = (
            keras.tree.map_structure(lambda leaf: np.asarray(leaf)[chosen], part)
            for part in self.data
        )
        epochs = steady_epochs(self.settings.epochs, rows, self.whole)
        with temporary_folder() as folder:
            checkpoint = str(folder / "weights.npz")
            task = TrialTask(
                trial_id=self.trial.trial_id,
                stream=repeat,
                seed=derive(self.seed, repeat, "learning curve"),
                hypermodel=self.hypermodel,
                hyperparameters=self.values,
                objective=self.run.objective,
                direction=self.run.direction,
                arguments=(x, y),
                options={**self.options, "validation_data": tuple(self.validation)},
                settings=self._waiting(rows),
                last_epoch=epochs,
                checkpoint=checkpoint,
            )
            outcome = run_trial(lambda epoch: False, task)
            if outcome.status is not TrialStatus.COMPLETED:
                if outcome.failure is FailureKind.DIVERGED:
                    return SizePoint(rows, repeat, None, {}, {})
                raise UsageError(
                    f"The training on {rows:,} rows failed: {summary(outcome.message or '')} "
                    "Expected the model of the search to train on a part of its rows. Correct it, "
                    "or leave that size out."
                )
            model = restore_model(
                self.hypermodel, self.values, checkpoint, self.run.input_signature
            )
            measured = [_measured(model, part) for part in ((x, y), tuple(self.validation))]
        keras.utils.clear_session(free_memory=False)
        return SizePoint(rows, repeat, outcome.best_epoch, *measured)

    def _waiting(self, rows: int) -> TrainingSettings:
        """Returns the settings with patience counted in steps."""
        longer: dict[str, Any] = {
            name: steady_epochs(getattr(self.settings, name), rows, self.whole)
            for name in ("epochs", "early_stopping_patience", "plateau_patience")
        }
        return dataclasses.replace(
            self.settings,
            **longer,
        )


def _measured(model: Any, part: tuple[Any, ...]) -> dict[str, float]:
    found = model.evaluate(*part, batch_size=256, verbose=0, return_dict=True)
    return {name: float(value) for name, value in plain_metrics(found).items()}
