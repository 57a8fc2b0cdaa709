"""A finish whose trainings are played: their answers are given, and nothing is trained."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from tests.search.test_tasks import end, start
from tftune.execution.inline import InlineExecutor
from tftune.journal.journal import Journal, read
from tftune.journal.recorder import Recorder
from tftune.journal.records import Record
from tftune.journal.run_folder import RunFolder
from tftune.journal.state import SearchState
from tftune.search.finish.finishing import Finish
from tftune.search.finish.rows import SearchRows
from tftune.search.finish.trainings import PREFIX, Training
from tftune.search.run_settings import RunSettings
from tftune.training.checkpoints import Checkpoint, save_checkpoint
from tftune.training.settings import TrainingSettings
from tftune.training.task import Outcome

ROWS = 80  # that validate
LABELS = np.arange(ROWS) % 2
HEADER = {
    "kind": "header",
    "objective": {"name": "val_accuracy", "direction": "max"},
    "space": {"knobs": []},
    "time": 0.0,
}


def right(share: float, seed: int = 0) -> np.ndarray:
    """Answers of which so many are right, shape (rows, 1); which ones, the seed says."""
    correct = np.random.default_rng(seed).permutation(ROWS) < share * ROWS
    return np.where(correct == (LABELS == 1), 0.9, 0.1).reshape(-1, 1)


@dataclass
class Script:
    """What the trainings bring.

    Attributes:
        kept: Answers of the kept models, by trial.
        best: Answers of the epoch that the search would keep, of a training on the training rows.
        mean: Answers of the mean of its last weights.
        more: Answers with further rows.
        seconds: Of a training.
        failing: Names of trainings that fail.
    """

    kept: dict[str, np.ndarray] = field(default_factory=dict)
    best: np.ndarray = field(default_factory=lambda: right(0.7))
    mean: np.ndarray = field(default_factory=lambda: right(0.8))
    more: np.ndarray = field(default_factory=lambda: right(0.9))
    seconds: float = 1.0
    failing: tuple[str, ...] = ()
    run: list[str] = field(default_factory=list)


class PlayedTasks:
    """Stands for `tftune.search.finish.tasks.FinishTasks`."""

    why_not = ""
    seed = 0
    trials = None

    def __init__(self, folder: RunFolder, script: Script, training: TrainingSettings) -> None:
        self.folder, self.script = folder, script
        self.plan = SimpleNamespace(training=training)

    def answers(self, trial: Any, rows: Any) -> Training:
        told = {"best": self.script.kept[trial.trial_id], "labels": LABELS}
        return self._training(f"{trial.trial_id}-answers", told, {"kind": "classification"})

    def base(self, trial: Any, rows: Any, epochs: int, window: int) -> Training:
        script = self.script
        told = {"last": script.best, "mean": script.mean}
        return self._training(f"{trial.trial_id}-{epochs}-base", told, {"rates": [0.1] * epochs})

    def half(
        self, trial: Any, rows: Any, epochs: int, window: int, rates: Any, halves: Any, number: int
    ) -> Training:
        answers = self.script.more[halves[1 - number]]
        told = {"last": answers, "mean": answers}
        return self._training(f"{trial.trial_id}-{epochs}-half-{number + 1}", told, {})

    def refit(self, trial: Any, rows: Any, epochs: int, window: int, rates: Any) -> Training:
        return self._training(f"{trial.trial_id}-{epochs}-refit", {}, {})

    def _training(self, key: str, answers: dict[str, Any], facts: dict[str, Any]) -> Training:
        def job(report: Any, task: Any) -> Outcome:
            self.script.run.append(key)
            if key.endswith(self.script.failing or ("nothing",)):
                return Outcome("failed", message="out of luck", seconds=1.0)  # type: ignore[arg-type]
            file = self.folder.checkpoint(f"{PREFIX}{key}")
            weights = [np.array([float(len(key))])]
            save_checkpoint(file, Checkpoint(weights, [], weights, facts, answers=answers))
            seconds = 0.1 if key.endswith("answers") else self.script.seconds
            return Outcome("completed", seconds=seconds)  # type: ignore[arg-type]

        return Training(key, job, SimpleNamespace(trial_id=f"{PREFIX}{key}"))

    def remove_files(self, members: Any) -> None:
        """Keeps all."""


def searched(scores: tuple[float, ...] = (0.7, 0.9, 0.8), seconds: float = 10.0) -> list[Record]:
    """Records of trials; the second has won."""
    records: list[Record] = [dict(HEADER)]
    for number, score in enumerate(scores):
        records.append({**start(number), "values": {"units": number}, "last_epoch": 8})
        records.append({**end(number, score), "seconds": seconds, "best_epoch": 4})
    return records


def finish(
    folder: Path, script: Script, records: list[Record] | None = None, **options: Any
) -> tuple[str | None, SearchState]:
    """Finishes after these records; returns what the finish returned, and the state."""
    place = RunFolder(folder)
    place.checkpoints.mkdir(parents=True, exist_ok=True)
    if records is not None:
        with Journal(place.journal) as journal:
            journal.extend(records)
    training = options.pop("training", TrainingSettings(epochs=8))
    kept = options.pop("kept", script.kept)
    for trial_id in kept:
        save_checkpoint(place.checkpoint(trial_id), Checkpoint([], [], [np.zeros(1)], {}))
    rows = options.pop("rows", SearchRows(np.arange(200), np.arange(ROWS) + 200, np.arange(ROWS)))
    run = RunSettings(workers=0, confirm=0, finish=options.pop("share", 1.0))
    with Journal(place.journal) as journal:
        recorder = Recorder(journal)
        executor = options.pop("executor", None) or InlineExecutor()
        tasks: Any = PlayedTasks(place, script, training)
        tasks.why_not = options.pop("why_not", "")
        return Finish(executor, recorder, tasks, rows, run, **options).run(), recorder.state


def written(folder: Path) -> list[Record]:
    return read(folder / "journal.jsonl")[0]


def steps(state: SearchState) -> dict[str, Record]:
    assert state.finished is not None
    return {each["step"]: each for each in state.finished["steps"]}
