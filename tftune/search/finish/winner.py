"""What the journal tells of a trial that is to be trained again: for how many epochs, how long."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tftune.journal.records import Record
from tftune.journal.run_folder import RunFolder
from tftune.journal.state import SearchState, TrialRecord
from tftune.journal.status import TrialStatus
from tftune.search.run_settings import CANDIDATES
from tftune.space.knob import public_values
from tftune.training.checkpoints import load_checkpoint
from tftune.training.settings import TrainingSettings


def epochs_of(state: SearchState, trial: TrialRecord) -> int:
    """Returns for how many epochs a configuration is trained where nothing watches: the median
    of its best epoch and those of its repeats, of two the later.

    Args:
        state: Of the search.
        trial: Of the configuration.
    """
    repeats = [
        record.get("best_epoch")
        for (trial_id, _), record in state.repetitions.items()
        if trial_id == trial.trial_id
    ]
    found = sorted(int(each) for each in [trial.best_epoch, *repeats] if each)
    return found[len(found) // 2] if found else max(trial.last_epoch or 1, 1)


def seconds_of(
    records: Iterable[Record], trial: TrialRecord, epochs: int, settings: TrainingSettings
) -> float:
    """Returns the seconds of one training of a trial's configuration, as far as it tells: what it
    took beside its epochs, its first epoch, and the others by their median.

    Args:
        records: Of the journal.
        trial: The trial.
        epochs: Of the training.
        settings: Of the search.
    """
    told = [
        float(record["seconds"])
        for record in records
        if record["kind"] == "epoch"
        and record["trial_id"] == trial.trial_id
        and record.get("seconds") is not None
    ]
    copies = max(settings.folds, 1) * settings.executions_per_trial
    told, took = told[-len(trial.epochs) :], float(trial.seconds or 0.0)  # of the last attempt
    if not told or sum(told) > took:
        trained = len(trial.epochs) or max((trial.last_epoch or 1) - trial.first_epoch, 1)
        return took / copies * epochs / trained
    beside = took / settings.executions_per_trial - sum(told)
    rest = float(np.median(told[1:] or told)) * (epochs - 1)
    return (max(beside, 0.0) + told[0] + rest) / max(settings.folds, 1)


def cost_of(
    records: Iterable[Record], trial: TrialRecord, epochs: int, settings: TrainingSettings
) -> float:
    """Returns the seconds of one training of a finish: one epoch more than it trains, for the
    running means of batch normalisation and for what is said of the rows that are held out.

    Args:
        records: Of the journal.
        trial: The trial.
        epochs: Of the training.
        settings: Of the search.
    """
    return seconds_of(records, trial, epochs + 1, settings)


def candidates_of(
    state: SearchState, folder: RunFolder, winner: TrialRecord, settings: TrainingSettings
) -> list[TrialRecord]:
    """Returns the best trials whose weights are kept as their trainings left them, the winner
    first; none if its own are not. A pruned trial is none, and one configuration counts once.

    Args:
        state: Of the search.
        folder: Of the run.
        winner: Of the search.
        settings: Of the search: where each trial had a cut of its own, no rows are held out of all.
    """
    found: list[TrialRecord] = []
    known: list[dict[str, Any]] = []
    for trial in [winner, *state.ranked()]:
        values = public_values(trial.values)
        is_winner = trial.trial_id == winner.trial_id
        pruned = trial.status is not TrialStatus.COMPLETED and not is_winner
        if values in known or pruned:
            continue
        if not _has_own_weights(folder, trial, settings):
            if is_winner:
                return []
            continue
        known.append(values)
        found.append(trial)
        if len(found) == (1 if settings.reshuffle else CANDIDATES):
            break
    return found


def _has_own_weights(folder: RunFolder, trial: TrialRecord, settings: TrainingSettings) -> bool:
    """Whether a trial's file has the weights that its own training left, not those of a repeat on
    another cut.
    """
    file = folder.checkpoint(trial.trial_id)
    if not file.exists():
        return False
    if settings.executions_per_trial > 1:  # whose score is a mean
        return True
    score = (load_checkpoint(file).facts.get("best") or {}).get("score")
    return score is None or trial.score is None or score == trial.score
