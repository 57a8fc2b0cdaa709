"""Files of an oracle under a plain `keras_tuner.Tuner`, which keeps no journal: `oracle.json` and a
`trial.json` for each trial in the project folder.

Nothing here happens under our own driver, whose journal is the record (`autosave` is False).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras_tuner

from tftune.errors import RunFolderError, UsageError
from tftune.journal.records import decode_number, encode_number, upgraded
from tftune.oracles.core.storage import map_observations, read_json, write_json
from tftune.oracles.core.trial_table import KerasTunerStatus
from tftune.space.search_space import CheckedHyperParameters, SearchSpace

if TYPE_CHECKING:
    from tftune.oracles.core.oracle import Oracle

MAX_INTERRUPTIONS = 3  # a trial in which the process died so often is failed, not started once more

logger = logging.getLogger(__name__)


def save(oracle: Oracle[Any]) -> None:
    """Writes the state of an oracle, atomically; does nothing without a folder."""
    folder = _folder(oracle)
    if folder is not None:
        write_json(folder / "oracle.json", state_of(oracle))


def save_trial(oracle: Oracle[Any], trial: Any) -> None:
    """Writes the state of a trial with its learning curves; does nothing without a folder."""
    folder = _folder(oracle)
    if folder is not None:
        state = map_observations(trial.get_state(), encode_number)
        write_json(folder / f"trial_{trial.trial_id}" / "trial.json", state)


def state_of(oracle: Oracle[Any]) -> dict[str, Any]:
    """Returns the state of an oracle as JSON can hold it.

    Raises:
        UsageError: If a driver's journal has the events instead.
    """
    book, events = oracle.book, oracle.memory.events
    if book.trials and not oracle.autosave:
        raise UsageError(
            "The oracle keeps no events, since autosave is False. Expected True from its first "
            "trial on. "
            "Read the journal of the run folder, which has them."
        )
    return {
        **_identity(oracle),
        "seed": oracle.seed,
        "hyperparameters": book.hyperparameters.get_config(),
        "ongoing_trials": {slot: trial.trial_id for slot, trial in book.ongoing.items()},
        "run_times": book.runs,
        "interruptions": book.interruptions,
        "events": events,
        "memo": oracle.memo(),
        "memo_position": len(events),
    }


def set_state(oracle: Oracle[Any], state: Mapping[str, Any]) -> None:
    """Replaces the state of an oracle by one that `state_of` returned; trials that were running
    wait to run again.

    Raises:
        RunFolderError: If it is of another search; the message shows the difference.
    """
    _check_same_search(oracle, state)
    events = [upgraded(event) for event in state["events"]]
    oracle.seed = state["seed"]
    oracle.open_book(CheckedHyperParameters(), oracle.autosave)  # the first event has the space
    oracle.method.reset()
    oracle.restore(events, state["memo"], state["memo_position"])
    book = oracle.book
    if not events:
        book.hyperparameters = CheckedHyperParameters.from_config(state["hyperparameters"])
    book.runs, book.interruptions = dict(state["run_times"]), dict(state["interruptions"])
    for trial_id in state["ongoing_trials"].values():
        book.interruptions[trial_id] = book.interruptions.get(trial_id, 0) + 1
    for trial in book.unfinished():
        book.run_again(trial)


def reload(oracle: Oracle[Any]) -> None:
    """Reads the state of an oracle from the project folder.

    Raises:
        RunFolderError: If it is damaged or of another search.
    """
    folder = Path(oracle._directory, oracle._project_name)
    set_state(oracle, read_json(folder / "oracle.json"))
    book = oracle.book
    for trial_id, trial in book.trials.items():
        _adopt(oracle, trial, folder / f"trial_{trial_id}" / "trial.json")
    for trial in book.unfinished():
        if book.interruptions.get(trial.trial_id, 0) > MAX_INTERRUPTIONS:
            book.retries.remove(trial.trial_id)
            trial.status = KerasTunerStatus.FAILED
            trial.message = (
                f"The process ended {MAX_INTERRUPTIONS + 1} times while this trial was running."
            )
            oracle.memory.end(trial)


def _folder(oracle: Oracle[Any]) -> Path | None:
    directory = getattr(oracle, "_directory", None)
    if directory is None or not oracle.autosave:
        return None
    return Path(directory, oracle._project_name)


def _adopt(oracle: Oracle[Any], trial: Any, path: Path) -> None:
    """Takes the learning curves from a trial's own file; and its end, if the process died before
    the oracle's file told it.
    """
    try:
        saved = type(trial).from_state(map_observations(read_json(path), decode_number))
    except (RunFolderError, KeyError, TypeError, AttributeError) as error:
        logger.warning(
            "The learning curves of trial %s are lost, its result is not: %s", trial.trial_id, error
        )
        return
    if trial.trial_id in oracle.book.end_order:
        trial.metrics = saved.metrics
    elif oracle.book.status(saved).has_ended:
        trial.metrics, trial.score, trial.best_step = saved.metrics, saved.score, saved.best_step
        trial.status, trial.message = saved.status, saved.message
        oracle.book.retries.remove(trial.trial_id)
        oracle.memory.end(trial)


def _identity(oracle: Oracle[Any]) -> dict[str, Any]:
    """Returns what a search must have in common with the one that it goes on with."""
    objective = oracle.objective
    return {
        "oracle": oracle.kind.__name__,
        "objective": {"name": objective.name, "direction": objective.direction},
        "options": oracle.all_options(),
    }


def _check_same_search(oracle: Oracle[Any], state: Mapping[str, Any]) -> None:
    seed = oracle.seed if oracle.seed_was_given else state["seed"]
    lines = [
        f"{name} was {state[name]!r}, is {value!r}"
        for name, value in {**_identity(oracle), "seed": seed}.items()
        if state[name] != value
    ]
    saved = SearchSpace(keras_tuner.HyperParameters.from_config(state["hyperparameters"]))
    differences = SearchSpace(oracle.hyperparameters).difference(saved.config())
    # A model may declare more than was passed.
    lines += [line for line in differences if not line.endswith(" is gone")]
    if lines:
        raise RunFolderError(
            f"The saved search is another one: {'; '.join(lines)}. Expected the same settings. "
            "Repeat them, choose another project_name or pass overwrite=True."
        )
