"""A finish: what is kept and why, what fits, what is written down, and that it goes on wherever it
was cut off.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.search.finish.played import ROWS, Script, finish, right, searched, steps, written
from tests.search.stand_ins import Backwards
from tftune.execution.inline import InlineExecutor
from tftune.search.finish.rows import SearchRows, rows_of_search
from tftune.search.finish.verdicts import verdict
from tftune.search.finish.winner import epochs_of, seconds_of
from tftune.training.settings import TrainingSettings


def script(**changes: Any) -> Script:
    kept = {"0001": right(0.8, 1), "0002": right(0.75, 2), "0000": right(0.7, 3)}
    return Script(**{"kept": kept, **changes})


def told(state: Any) -> dict[str, Any]:
    return {name: value for name, value in state.finished.items() if name not in ("time", "crc")}


def test_what_gains_is_kept_and_what_does_not_is_left_out(tmp_path: Path) -> None:
    told_once = script(more=right(0.5), mean=right(0.9), kept={"0001": right(0.8, 1)})
    reason, state = finish(tmp_path / "run", told_once, searched())
    assert reason is None
    found = steps(state)
    assert found["confirm"]["status"] == "skipped" and "confirm=0" in found["confirm"]["why"]
    assert found["average"]["status"] == "kept" and found["average"]["rows"] == ROWS
    assert found["average"]["gain"] == pytest.approx(0.1)
    assert found["refit"]["status"] == "not kept" and found["refit"]["gain"] < 0
    assert found["refit"]["trainings"] == 2  # nothing was trained on all rows
    assert state.members[0]["checkpoint"] == "finish-0001-finished"
    assert state.finished is not None and state.finished["measure"] == "accuracy"


def test_a_refit_that_gains_takes_the_place_of_the_winner(tmp_path: Path) -> None:
    told_once = script(mean=right(0.6), kept={"0001": right(0.7, 1)})
    _, state = finish(tmp_path / "run", told_once, searched())
    found = steps(state)
    assert found["average"]["status"] == "not kept" and found["refit"]["status"] == "kept"
    assert found["refit"]["before"] == pytest.approx(0.7)  # not the mean of the weights
    assert found["refit"]["trainings"] == 3 and told_once.run[-1] == "0001-4-refit"
    assert "one completed trial only" in found["ensemble"]["why"]
    assert [each["trial_id"] for each in state.members] == ["0001"]


def test_nothing_is_kept_of_a_search_that_nothing_helps(tmp_path: Path) -> None:
    same = right(0.7)
    kept = dict.fromkeys(("0001", "0002"), same)
    _, state = finish(
        tmp_path / "run", script(best=same, mean=same, more=same, kept=kept), searched()
    )
    assert {each["status"] for each in steps(state).values()} == {"skipped", "not kept"}
    assert state.members == [] and state.finished is not None


def test_an_ensemble_has_to_be_better_than_the_model_so_far(tmp_path: Path) -> None:
    """Three models that err on different rows are right on nearly all of them."""
    order = np.arange(ROWS)
    kept = {}
    for number, trial_id in enumerate(("0001", "0002", "0000")):
        wrong = order // 2 % 5 == number
        truth = order % 2 == 1
        kept[trial_id] = np.where(truth ^ wrong, 0.9, 0.1).reshape(-1, 1)
    same = right(0.7)
    alone = script(kept=kept, best=same, mean=same, more=same)
    _, state = finish(tmp_path / "alone", alone, searched())
    assert steps(state)["ensemble"]["status"] == "kept" and len(state.members) == 3
    assert steps(state)["ensemble"]["gain"] > 0.15 and steps(state)["ensemble"]["after"] == 1.0
    assert {each["checkpoint"] for each in state.members} == set(kept)
    _, state = finish(
        tmp_path / "both", script(kept=kept, best=right(0.5), more=right(1.0)), searched()
    )
    assert steps(state)["refit"]["status"] == "kept"
    assert steps(state)["ensemble"]["status"] == "not kept"
    assert [each["trial_id"] for each in state.members] == ["0001"]


def test_pruned_trials_are_no_members(tmp_path: Path) -> None:
    records = searched()
    records[-1] = {**records[-1], "status": "pruned"}
    told_once = script()
    finish(tmp_path / "run", told_once, records)
    assert "0002-answers" not in told_once.run and "0000-answers" in told_once.run


def test_a_search_without_kept_weights_says_so(tmp_path: Path) -> None:
    _, state = finish(tmp_path / "run", script(), searched(), kept=("0000",))
    assert {each["why"] for name, each in steps(state).items() if name != "confirm"} == {
        "the weights of the best trial were not kept as its training left them"
    }


def test_it_stays_within_its_share(tmp_path: Path) -> None:
    """The trials took 30 s, a training takes 5: at a tenth nothing fits, at a third one."""
    for share, trained in ((0.1, 0), (0.33, 1), (0.6, 3), (0.95, 4)):
        told_once = script(seconds=5.0)
        told_once.kept = {"0001": right(0.8, 1)}
        _, state = finish(tmp_path / str(share), told_once, searched(), share=share)
        done = [key for key in told_once.run if "answers" not in key]
        assert len(done) <= trained
        assert state.finished is not None
        assert state.finished["seconds"] <= state.finished["budget"]


def test_it_goes_on_after_every_record(tmp_path: Path) -> None:
    whole = script()
    _, state = finish(tmp_path / "whole", whole, searched())
    records = written(tmp_path / "whole")
    for count in range(len(searched()), len(records) + 1):
        again = script()
        folder = tmp_path / str(count)
        folder.mkdir()
        shutil.copytree(tmp_path / "whole" / "checkpoints", folder / "checkpoints")
        reason, resumed = finish(folder, again, records[:count])
        assert reason is None and told(resumed) == told(state)
        ended = [each["key"] for each in records[:count] if each["kind"] == "finishing_trained"]
        assert not set(ended) & set(again.run)  # none was trained twice
        assert sorted([*ended, *again.run]) == sorted(whole.run)
    assert len(written(tmp_path / str(len(records)))) == len(records)  # nothing was left to do


def test_a_file_that_is_gone_is_made_again(tmp_path: Path) -> None:
    _, state = finish(tmp_path / "run", script(), searched())
    records = written(tmp_path / "run")[:-1]
    again = script()
    _, resumed = finish(tmp_path / "elsewhere", again, records)
    assert told(resumed) == told(state) and "0001-4-base" in again.run


def test_any_number_of_workers_gives_the_same(tmp_path: Path) -> None:
    _, one = finish(tmp_path / "one", script(), searched())
    _, three = finish(tmp_path / "three", script(), searched(), executor=Backwards())
    assert told(one) == told(three)


def test_what_time_or_the_user_has_ended_goes_on_later(tmp_path: Path) -> None:
    late = script()
    reason, state = finish(tmp_path / "run", late, searched(), deadline=0.0)
    assert reason == "timeout" and not late.run and state.finished is None

    class Interrupted(InlineExecutor):
        """Is interrupted in its third job."""

        jobs = 0

        def start(self, key: str, function: Any, *arguments: Any) -> None:
            self.jobs += 1
            if self.jobs == 3:
                raise KeyboardInterrupt
            super().start(key, function, *arguments)

    reason, state = finish(tmp_path / "run", late, executor=Interrupted())
    assert reason == "interrupted" and len(late.run) == 2 and state.finished is None
    reason, state = finish(tmp_path / "run", late)
    assert reason is None and len(late.run) == len(set(late.run))
    _, whole = finish(tmp_path / "whole", script(), searched())
    assert told(state) == told(whole)


def test_a_training_that_fails_costs_its_step_only(tmp_path: Path) -> None:
    _, state = finish(tmp_path / "half", script(failing=("half-2",)), searched())
    found = steps(state)
    assert "out of luck" in found["refit"]["why"] and found["refit"]["status"] == "skipped"
    assert found["average"]["status"] == "kept"
    _, state = finish(tmp_path / "last", script(failing=("refit",)), searched())
    assert "its last training did not end: out of luck" in steps(state)["refit"]["why"]
    _, state = finish(tmp_path / "base", script(failing=("base",)), searched())
    assert "out of luck" in steps(state)["average"]["why"]
    assert steps(state)["refit"]["why"] == "there is no training to compare it with"


def test_a_better_trial_after_it_makes_it_void(tmp_path: Path) -> None:
    _, state = finish(tmp_path / "run", script(), searched())
    assert state.finished is not None
    from tests.search.test_tasks import end, start

    for record in (start(3), end(3, 0.95)):
        state.apply(record)
    assert state.finished is None and state.members == []


def test_rows_that_cannot_be_told_apart_are_a_reason() -> None:
    x = np.zeros((20, 1))
    few = rows_of_search((x, x), {"validation_data": (x[:3], x[:3])})
    assert few.why_not.startswith("only 3 rows validate")
    assert "Expected x and y as arrays" in rows_of_search((x, x), {}).why_not
    folds = rows_of_search((x, x), {}, np.arange(20) % 2)
    assert folds.held.tolist() == list(range(0, 20, 2)) and folds.more_rows == 2.0
    assert isinstance(folds, SearchRows) and len(set(folds.units.tolist())) == 1


def test_the_middle_one_of_the_best_epochs(tmp_path: Path) -> None:
    _, state = finish(tmp_path / "run", script(), searched())
    trial = state.trials["0001"]
    assert epochs_of(state, trial) == 4
    for number, epoch in enumerate((9, 6, None)):
        record = {"kind": "repeated", "trial_id": "0001", "round": number, "score": 0.5}
        state.apply({**record, "best_epoch": epoch})
    assert epochs_of(state, trial) == 6  # of 4, 6 and 9


def test_the_first_epoch_and_what_stands_beside_them_count_once(tmp_path: Path) -> None:
    _, state = finish(tmp_path / "run", script(), searched())
    trial = state.trials["0001"]
    trial.epochs = [(epoch, {}) for epoch in range(1, 6)]
    records = [
        {"kind": "epoch", "trial_id": "0001", "seconds": seconds} for seconds in (4, 1, 1, 1, 1)
    ]
    # 2 s beside 8 s of epochs
    assert seconds_of(records, trial, 3, TrainingSettings()) == pytest.approx(2 + 4 + 2)
    assert seconds_of([], trial, 3, TrainingSettings()) == pytest.approx(6)
    assert seconds_of([], trial, 3, TrainingSettings(folds=2)) == pytest.approx(3)


def test_what_is_not_defined_is_not_kept() -> None:
    assert verdict(None)[0] == "not kept"
