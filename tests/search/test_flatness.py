"""A search that no longer gets better ends: the rule, the same end for any number of workers and
after any interruption, and that it can go on.
"""

from __future__ import annotations

import random
from pathlib import Path

import keras_tuner
import pytest

from tests.search.test_proposals import HEADER, TRIALS, _space, search, told
from tftune.errors import UsageError
from tftune.journal.journal import Journal, read
from tftune.journal.recorder import Recorder
from tftune.journal.records import encode_all
from tftune.journal.state import SearchState
from tftune.oracles import ORACLES
from tftune.search.flatness import Flatness
from tftune.search.proposals import Proposals, restore_events
from tftune.search.run_settings import RunSettings


def ends(*scores: float | None, status: str = "completed") -> list[dict]:
    return [{"status": "failed" if score is None else status, "score": score} for score in scores]


@pytest.mark.parametrize(
    ("direction", "scores", "flat"),
    [
        ("max", [0.5, 0.4, 0.3], False),  # two since the best
        ("max", [0.5, 0.4, 0.3, 0.2], True),
        ("max", [0.5, 0.4, 0.3, 0.6, 0.5, 0.5], False),
        ("max", [0.5, 0.5, 0.5, 0.5], True),  # as good is not better
        ("max", [0.5, 0.4, None, 0.3, None], False),  # failed ones do not count
        ("max", [0.5, 0.4, None, 0.3, None, 0.1], True),
        ("max", [0.5, 0.4, 0.3, 0.2, 0.9], True),  # once flat, always flat
        ("min", [0.5, 0.6, 0.7, 0.8], True),
        ("min", [0.5, 0.4, 0.3, 0.2], False),
        ("max", [None, None, None, None], False),
        ("max", [], False),
    ],
)
def test_three_trials_without_a_better_one_are_flat(direction, scores, flat) -> None:
    assert Flatness(3, direction, ends(*scores)).is_flat is flat
    assert not Flatness(None, direction, ends(*scores)).is_flat


def test_pruned_trials_count() -> None:
    assert Flatness(2, "max", ends(0.5, 0.4, 0.4, status="pruned")).is_flat


@pytest.mark.parametrize("wrong", [0, -1, 2.5, "3", True])
def test_the_number_is_checked(wrong) -> None:
    with pytest.raises(UsageError, match="stop_when_flat"):
        RunSettings(workers=1, stop_when_flat=wrong)


def flat_after(state: SearchState, limit: int) -> int:
    """Returns after how many trials, in the order of their numbers, a search is flat."""
    flat = Flatness(limit, "min")
    trials = sorted(state.trials.values(), key=lambda trial: trial.number)
    for count, trial in enumerate(trials, start=1):
        flat.add({"status": trial.status, "score": trial.score})
        if flat.is_flat:
            return count
    return 0


def test_a_flat_search_ends_and_a_larger_number_goes_on(tmp_path: Path) -> None:
    whole = search(tmp_path / "whole", "random", slots=1, lag=None)
    assert whole.finish is not None and whole.finish["reason"] == "done"
    state = search(tmp_path / "flat", "random", slots=1, lag=None, flat=2)
    assert state.finish is not None
    assert (state.finish["reason"], state.finish["stop_when_flat"]) == ("flat", 2)
    assert len(state.trials) == flat_after(whole, 2) < TRIALS
    assert told(state) == told(whole)[: len(state.trials)]
    again = search(tmp_path / "flat", "random", slots=1, lag=None, flat=2)
    assert told(again) == told(state) and again.finish is not None
    assert again.finish["reason"] == "flat"
    last = search(tmp_path / "flat", "random", slots=1, lag=None, flat=100)
    assert told(last) == told(whole) and last.finish is not None
    assert last.finish["reason"] == "done"


def test_trials_under_way_are_finished(tmp_path: Path) -> None:
    state = search(tmp_path, "random", slots=4, chance=1, lag=None, flat=2)
    assert not state.standing.running and len(state.trials) < TRIALS
    assert sum(state.counts().values()) == len(state.trials)


def test_a_search_that_made_all_its_trials_is_done(tmp_path: Path) -> None:
    whole = search(tmp_path / "whole", "random", slots=1, lag=None)
    limit = next(n for n in range(1, TRIALS + 1) if flat_after(whole, n) in (0, TRIALS))
    state = search(tmp_path / "flat", "random", slots=1, lag=None, flat=limit)
    assert state.finish is not None and state.finish["reason"] == "done"


@pytest.mark.parametrize(("method", "limit"), [("random", 3), ("evolution", 3), ("hyperband", 1)])
def test_any_number_of_workers_ends_a_reproducible_search_alike(
    method, limit, tmp_path: Path
) -> None:
    expected = search(tmp_path / "1", method, slots=1, flat=limit)
    assert expected.finish is not None and expected.finish["reason"] == "flat"
    for slots in (2, 4):
        found = search(tmp_path / str(slots), method, slots, chance=slots, flat=limit)
        assert sorted(told(found)) == sorted(told(expected))
        assert found.finish is not None and found.finish["reason"] == "flat"


@pytest.mark.parametrize("lag", [4, None])
def test_a_killed_search_comes_to_the_same_end(lag, tmp_path: Path) -> None:
    whole = search(tmp_path / "whole", "evolution", slots=1, lag=lag, flat=3)
    records = read(tmp_path / "whole" / "journal.jsonl")[0]
    for cut in random.Random(0).sample(range(2, len(records)), 8):
        folder = tmp_path / f"cut-{cut}"
        folder.mkdir()
        (folder / "journal.jsonl").write_bytes(encode_all(records[:cut]))
        slots = 1 if lag is None else 3
        found = search(folder, "evolution", slots, chance=cut, lag=lag, flat=3)
        assert sorted(told(found)) == sorted(told(whole))
        assert found.finish is not None and found.finish["reason"] == "flat"


def test_what_was_thought_of_ahead_is_not_begun_when_the_search_is_flat(tmp_path: Path) -> None:
    def oracle():
        objective = keras_tuner.Objective("loss", "min")
        made = ORACLES["random"](objective, 9, hyperparameters=_space(), seed=0)
        made._set_project_dir(None, None)
        return made

    recorder = Recorder(Journal(tmp_path / "journal.jsonl"))
    recorder.write("header", **HEADER)
    proposals = Proposals(oracle(), recorder.write, flat_after=1)
    for loss in (0.5, 0.75):
        trial = proposals.take()
        start = {"trial_id": trial.trial_id, "number": int(trial.trial_id), "attempt": 1}
        start |= {"first_epoch": 0, "last_epoch": 1, "parent": None}
        recorder.write("start", **start, values=trial.hyperparameters.values)
        if loss == 0.75:
            proposals.think_ahead()
        end = {"trial_id": trial.trial_id, "status": "completed", "score": loss, "best_epoch": 1}
        end |= {"metrics": {"loss": loss}, "message": None, "seconds": 1.0, "parameters": 1}
        proposals.ended(recorder.write("end", **end))
    assert proposals.is_flat and proposals.take() is None
    recorder.close()
    records = read(tmp_path / "journal.jsonl")[0]
    assert [record["trial_id"] for record in records if record["kind"] == "propose"] == ["0002"]
    for limit, following in ((1, None), (2, "0002")):
        again = oracle()
        again.restore(*restore_events(records))
        trial = Proposals(again, recorder.write, records=records, flat_after=limit).take()
        assert (trial and trial.trial_id) == following
