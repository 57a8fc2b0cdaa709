"""What every oracle promises about going on: after a restart, from a record, from a pickle."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import keras_tuner
import pytest

from tftune.errors import RunFolderError, UsageError
from tftune.testing.searching import Make, Records, Trials, all_values, end, fresh_values, search


class PlainTuner(keras_tuner.Tuner):
    """KerasTuner's own loop, files and reload; no training."""

    def run_trial(self, trial: Any, *args: Any, **kwargs: Any) -> float:
        """Returns a number for the values of a trial."""
        values = trial.hyperparameters.values
        return float(values["dropout"] + values["units"] / 128 + 0.1 * len(values["optimizer"]))


class ResumeContract:
    """The promises about going on; a part of `OracleContract`."""

    def test_half_restart_half_is_the_whole_with_keras_tuner(
        self, make: Make, tmp_path: Path
    ) -> None:
        """A search that a plain `keras_tuner.Tuner` goes on with is the unbroken one."""

        def tuner(folder: str, trials: int) -> PlainTuner:
            oracle = make(max_trials=trials)
            oracle.objective.name = "default_objective"
            return PlainTuner(oracle=oracle, directory=tmp_path, project_name=folder)

        unbroken = tuner("whole", 6)
        unbroken.search()
        tuner("halves", 3).search()
        resumed = tuner("halves", 6)
        assert len(resumed.oracle.trials) == 3
        resumed.search()
        assert all_values(resumed.oracle) == all_values(unbroken.oracle)
        assert [t.score for t in resumed.oracle.trials.values()] == [
            t.score for t in unbroken.oracle.trials.values()
        ]
        assert resumed.oracle.end_order == unbroken.oracle.end_order  # nothing was run twice

    def test_options_that_follow_from_the_number_of_trials_are_told(self, make: Make) -> None:
        """An option that `max_trials` settles stands in `follows_max_trials`, so that a resumed
        search may get more trials.
        """
        few, many = (make(max_trials=trials) for trials in (2, 200))
        other = many.all_options()
        followed = {name for name, value in few.all_options().items() if value != other[name]}
        assert followed <= set(few.method.follows_max_trials)

    @pytest.mark.parametrize("with_memo", [True, False])
    def test_half_restart_half_is_the_whole_with_restore(self, make: Make, with_memo: bool) -> None:
        """A search that is restored from events is the unbroken one."""
        first, records = make(), Records()
        for _ in range(4):
            trial = first.create_trial("slot 0")
            records.start(trial)
            records.end(first, trial)
        interrupted = first.create_trial("slot 0")
        records.start(interrupted)
        second = make()
        if with_memo:
            second.restore(records.events, records.memo, records.position)
        else:
            second.restore(records.events)
        assert [trial.trial_id for trial in second.unfinished()] == ["0004"]
        end(first, interrupted)
        end(second, second.unfinished()[0])
        assert search(second) == search(first)
        assert second.trials["0001"].score == first.trials["0001"].score

    @pytest.mark.parametrize("cut", [3, 8])
    def test_parallel_slots_get_different_trials_and_resume(self, make: Make, cut: int) -> None:
        """Three slots, ends out of order, a failure; cut anywhere, the replay goes on with the same
        trials.
        """
        oracle, records = make(max_trials=8), Records()
        restored: Any = None
        running: list[Any] = []
        steps = 0
        while steps < 16:
            trial = oracle.create_trial(f"slot {steps}") if len(running) < 3 else None
            if trial is not None and trial.status == "RUNNING":
                records.start(trial)
                running.append(trial)
            elif running:
                ended = running.pop(1 if len(running) > 1 else 0)
                records.end(oracle, ended, "failed" if ended.trial_id == "0001" else "completed")
            else:
                break
            steps += 1
            if steps == cut:
                restored = make(max_trials=8)
                restored.restore(records.events, records.memo, records.position)
        assert len(oracle.trials) == 8
        keys = [oracle.space.key(values) for values in fresh_values(oracle)]
        assert len(keys) == len(set(keys))
        for event in records.events[cut:]:  # the restored one is asked and told the same
            if event["kind"] == "start":
                assert (
                    restored.create_trial(f"slot {event['trial_id']}").hyperparameters.values
                    == event["values"]
                )
            else:
                restored.end_from_record(event)
        assert all_values(restored) == all_values(oracle)

    def test_a_record_of_another_machine_may_differ_in_the_last_digits(self, make: Make) -> None:
        """Rounding differs between processors and versions of NumPy; what is recorded counts."""
        first, records = make(), Records()
        for _ in range(2):
            trial = first.create_trial("slot 0")
            records.start(trial)
            records.end(first, trial)
        starts = [event["values"] for event in records.events if event["kind"] == "start"]
        for values in starts:
            values["rate"] *= 1 + (1e-13 if values["rate"] < 1e-3 else -1e-13)  # in its range
        restored = make()
        restored.restore(records.events)
        assert all_values(restored) == starts != all_values(first)

    def test_a_record_of_another_search_is_refused(self, make: Make) -> None:
        """Values that the method would not propose are noticed."""
        first, records = make(), Records()
        records.start(first.create_trial("slot 0"))
        other = 64 if records.events[0]["values"]["units"] == 48 else 48
        records.events[0]["values"]["units"] = other
        with pytest.raises(RunFolderError, match=rf"Trial 0000 cannot be repeated.*{other}"):
            make().restore(records.events)
        used = make()
        used.create_trial("slot 0")
        with pytest.raises(UsageError, match="fresh oracle"):
            used.restore([])

    def test_pickled_in_the_middle_goes_on(self, make: Make, whole: Trials) -> None:
        """Hazard A14: lambdas in KerasTuner's oracles cannot be pickled."""
        oracle = make()
        search(oracle, until=4)
        assert search(pickle.loads(pickle.dumps(oracle))) == whole
