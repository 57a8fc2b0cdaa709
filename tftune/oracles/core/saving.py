"""Saving, reloading and replaying an oracle: its events are its state, wherever they come from."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras_tuner

from tftune.errors import RunFolderError, UsageError
from tftune.journal.records import upgraded
from tftune.oracles.core.bookkeeping import COMPLETED, FAILED, TrialBook
from tftune.oracles.core.storage import (
    decode_number,
    encode_number,
    map_observations,
    read_json,
    write_json,
)
from tftune.space.search_space import CheckedHyperParameters, SearchSpace, Values

MAX_INTERRUPTIONS = 3  # a trial in which the process died so often is failed, not started once more

logger = logging.getLogger(__name__)


class SavedOracle(TrialBook):
    """The part of `AbstractOracle` that keeps and restores the events.

    Attributes:
        autosave: Whether the oracle keeps a record of its own: its events, and files in the project
            folder. Our driver sets it to False before the first trial: its journal is the record.
            Trials that ended are then kept packed, and looking one up makes a copy.
    """

    seed_was_given = False

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._lock = threading.RLock()

    def restore(
        self,
        events: Sequence[Mapping[str, Any]],
        memo: Mapping[str, Any] | None = None,
        memo_position: int = 0,
    ) -> None:
        """Brings a fresh oracle to where the events of an earlier session left it.

        Trials that were started and did not end stay RUNNING; `unfinished()` lists them.

        Args:
            events: Journal records of kind start, end and space, in order; other kinds are passed
                over. A second start of a trial that did not end is another attempt and changes
                nothing.
            memo: What `memo()` returned after the first `memo_position` of these events; they are
                then noted without computing anything. None replays all events.
            memo_position: A number of events, see there.

        Raises:
            RunFolderError: If a replayed proposal is not the recorded one, or the events contradict
                each other.
            UsageError: If the oracle has trials already.
        """
        with self._lock:
            if self.trials:
                raise UsageError(
                    f"restore() needs a fresh oracle. Received: one with {len(self.trials)} "
                    "trials. Make a new one."
                )
            position = 0 if memo is None else memo_position
            for event in events[:position]:
                self._replay(event, compute=False)
            if memo is not None:
                self.restore_memo(memo)
            for event in events[position:]:
                self._replay(event, compute=True)

    def _replay(self, event: Mapping[str, Any], compute: bool) -> None:
        if event["kind"] == "space":
            config = event["config"]
            known = "knobs" in config  # our own form; keras_tuner's has "space"
            found = (
                SearchSpace.from_config(config).hyperparameters
                if known
                else keras_tuner.HyperParameters.from_config(config)
            )
            new = self._new_knobs(found)
            if new:
                self._extend_space(new, compute)
        elif event["kind"] == "start":
            self._replay_start(event, compute)
        elif event["kind"] == "end":
            trial = self._open_trial(event["trial_id"])
            metrics = {
                name: decode_number(value) for name, value in (event.get("metrics") or {}).items()
            }
            self._apply_end(trial, {**event, "metrics": metrics})
            self._conclude(trial, compute)

    def _replay_start(self, event: Mapping[str, Any], compute: bool) -> None:
        trial_id, expected = event["trial_id"], f"{len(self.trials):04d}"
        if trial_id in self.trials and trial_id not in self.end_order:
            return
        if trial_id != expected:
            raise RunFolderError(
                f"The record does not fit. Expected the start of trial {expected}. Received: "
                f"{trial_id}. Start over."
            )
        if compute:
            self._check_repeats(trial_id, event["values"], self._proposal(len(self.trials)))
        self._start(event["values"])

    def _check_repeats(self, trial_id: str, recorded: Values, proposal: Any) -> None:
        proposed = (
            dict(self.space.to_hyperparameters(proposal).values)
            if isinstance(proposal, dict)
            else proposal
        )
        if proposed != recorded:
            raise RunFolderError(
                f"Trial {trial_id} cannot be repeated: the search method now proposes other "
                f"values. Expected (recorded): {recorded}. "
                f"Received (proposed): {proposed}. Resume with the versions and options of the "
                "record, or start over."
            )

    # Files, under a plain keras_tuner.Tuner.

    @property
    def _folder(self) -> Path | None:
        directory = getattr(self, "_directory", None)
        return (
            Path(directory) / self._project_name
            if directory is not None and self.autosave
            else None
        )

    def save(self) -> None:
        """Writes the state into the project folder, atomically; does nothing without a folder."""
        if self._folder is not None:
            write_json(self._folder / "oracle.json", self.get_state())

    def _save_trial(self, trial: Any) -> None:
        if self._folder is not None:
            write_json(
                self._folder / f"trial_{trial.trial_id}" / "trial.json",
                map_observations(trial.get_state(), encode_number),
            )

    def get_state(self) -> dict[str, Any]:
        """Returns the state as JSON can hold it.

        Raises:
            UsageError: If a driver's journal has the events instead.
        """
        if self.trials and not self.autosave:
            raise UsageError(
                "The oracle keeps no events, since autosave is False. Expected True from its first "
                "trial on. "
                "Read the journal of the run folder, which has them."
            )
        return {
            "oracle": type(self).__name__,
            "seed": self.seed,
            "objective": {"name": self.objective.name, "direction": self.objective.direction},
            "options": self.all_options(),
            "hyperparameters": self.hyperparameters.get_config(),
            "ongoing_trials": {slot: trial.trial_id for slot, trial in self.ongoing_trials.items()},
            "run_times": self._run_times,
            "interruptions": self._interruptions,
            "events": self._events,
            "memo": self.memo(),
            "memo_position": len(self._events),
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Replaces the state by one that `get_state` returned; trials that were running are queued
        to run again.

        Raises:
            RunFolderError: If it is of another method, objective, seed or space, or of other
                options; the message shows the difference.
        """
        with self._lock:
            self._check_same_search(state)
            self._forget()
            self.seed = state["seed"]
            self.hyperparameters = CheckedHyperParameters()  # the first event brings the space back
            self.reset()
            events = [upgraded(event) for event in state["events"]]  # version 0.1 wrote some
            self.restore(events, state["memo"], state["memo_position"])
            if not state["events"]:
                self.hyperparameters = CheckedHyperParameters.from_config(state["hyperparameters"])
            self._run_times, self._interruptions = (
                dict(state["run_times"]),
                dict(state["interruptions"]),
            )
            for trial_id in state["ongoing_trials"].values():
                self._interruptions[trial_id] = self._interruptions.get(trial_id, 0) + 1
            for trial in self.unfinished():
                self._clear(trial)
                self._retry_queue.append(trial.trial_id)

    def reload(self) -> None:
        """Reads the state from the project folder.

        Raises:
            RunFolderError: If it is damaged or of another search.
        """
        folder = Path(self._directory) / self._project_name
        with self._lock:
            self.set_state(read_json(folder / "oracle.json"))
            for trial_id, trial in self.trials.items():
                self._adopt(trial, folder / f"trial_{trial_id}" / "trial.json")
            for trial in self.unfinished():
                if self._interruptions.get(trial.trial_id, 0) > MAX_INTERRUPTIONS:
                    self._retry_queue.remove(trial.trial_id)
                    trial.status, trial.message = (
                        FAILED,
                        f"The process ended {MAX_INTERRUPTIONS + 1} times while this trial was "
                        "running.",
                    )
                    self._conclude(trial)

    def _adopt(self, trial: Any, path: Path) -> None:
        """Takes the learning curves from a trial's own file; and its end, if the process died
        before the oracle's file told it.
        """
        try:
            saved = type(trial).from_state(map_observations(read_json(path), decode_number))
        except (RunFolderError, KeyError, TypeError, AttributeError) as error:
            logger.warning(
                "The learning curves of trial %s are lost, its result is not: %s",
                trial.trial_id,
                error,
            )
            return
        if trial.trial_id in self.end_order:
            trial.metrics = saved.metrics
        elif saved.status in (COMPLETED, FAILED):
            trial.metrics, trial.score, trial.best_step = (
                saved.metrics,
                saved.score,
                saved.best_step,
            )
            trial.status, trial.message = saved.status, saved.message
            self._retry_queue.remove(trial.trial_id)
            self._conclude(trial)

    def _check_same_search(self, state: Mapping[str, Any]) -> None:
        now = {
            "oracle": type(self).__name__,
            "objective": {"name": self.objective.name, "direction": self.objective.direction},
            "options": self.all_options(),
            "seed": self.seed if self.seed_was_given else state["seed"],
        }
        lines = [
            f"{name} was {state[name]!r}, is {value!r}"
            for name, value in now.items()
            if state[name] != value
        ]
        saved = SearchSpace(keras_tuner.HyperParameters.from_config(state["hyperparameters"]))
        differences = SearchSpace(self.hyperparameters).difference(saved.config())
        lines += [
            line for line in differences if not line.endswith(" is gone")
        ]  # a model may declare more than was passed
        if lines:
            raise RunFolderError(
                f"The saved search is another one: {'; '.join(lines)}. Expected the same settings. "
                "Repeat them, choose another project_name or pass overwrite=True."
            )
