"""Small sources of other tools, written by the tools themselves where that costs nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState, create_trial

optuna.logging.set_verbosity(optuna.logging.ERROR)
RANGES = {
    "units": optuna.distributions.IntDistribution(1, 10**6),
    "rate": optuna.distributions.FloatDistribution(1e-9, 1e9, log=True),
    "act": optuna.distributions.CategoricalDistribution(["relu", "tanh", "lion"]),
}
TRIALS: tuple[tuple[dict[str, Any], float | None, str], ...] = (
    ({"units": 8, "rate": 0.1, "act": "relu"}, 0.5, "COMPLETE"),
    ({"units": 16, "rate": 0.01, "act": "tanh"}, 0.25, "COMPLETE"),
    ({"units": 9, "rate": 0.5, "act": "relu"}, 0.75, "PRUNED"),
    ({"units": 4, "rate": 0.2, "act": "relu"}, None, "FAIL"),
    ({"units": 5, "rate": 0.2, "act": "relu"}, None, "RUNNING"),
)


def add_study(
    storage: Any, name: str = "one", trials: Sequence[Any] = TRIALS, directions: Any = ("minimize",)
) -> Any:
    """Adds a study with the trials to a storage, and returns it."""
    study = optuna.create_study(study_name=name, storage=storage, directions=list(directions))
    for values, score, state in trials:
        scores = [score] * len(directions) if score is not None else None
        study.add_trial(
            create_trial(
                params=values,
                distributions={knob: RANGES[knob] for knob in values},
                values=scores,
                state=TrialState[state],
            )
        )
    return study


def database(path: Path, **study: Any) -> Path:
    """Writes a SQLite storage with one study."""
    storage = optuna.storages.RDBStorage(f"sqlite:///{path}")
    add_study(storage, **study)
    storage.remove_session()
    storage.engine.dispose()
    return path


def journal_file(path: Path, **study: Any) -> Path:
    """Writes a journal storage with one study."""
    add_study(JournalStorage(JournalFileBackend(str(path))), **study)
    return path


def project(folder: Path, trials: Sequence[Mapping[str, Any]]) -> Path:
    """Writes the trial files of a KerasTuner project, as KerasTuner 1.4.8 does.

    Args:
        folder: The project.
        trials: Mappings with values, and with metrics, score, status where they are not usual.
    """
    folder.mkdir(parents=True)
    (folder / "oracle.json").write_text("{}")  # never looked at
    for number, trial in enumerate(trials):
        score = trial.get("score", 0.5)
        metrics = trial.get("metrics", {"loss": 0.125, "val_loss": score})
        told = {
            name: {
                "direction": "max" if "acc" in name else "min",
                "observations": [{"value": [value], "step": 2}],
            }
            for name, value in metrics.items()
        }
        file = folder / f"trial_{number:02d}" / "trial.json"
        file.parent.mkdir()
        content = {
            "trial_id": f"{number:02d}",
            "hyperparameters": {"space": [], "values": trial["values"]},
            "metrics": {"metrics": told},
            "score": score,
            "best_step": 2,
            "status": trial.get("status", "COMPLETED"),
            "message": None,
        }
        file.write_text(json.dumps(content))
    return folder
