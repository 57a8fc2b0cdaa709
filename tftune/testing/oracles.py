"""What every search method promises, as tests for whoever writes one."""

from __future__ import annotations

import json
import math
import os
import pickle
import subprocess
import sys
import threading
from typing import Any, ClassVar

import keras_tuner
import pytest

from tftune.errors import TftuneError
from tftune.oracles.core.method import Signal
from tftune.oracles.core.oracle import Oracle
from tftune.testing.given import GivenContract
from tftune.testing.resuming import ResumeContract
from tftune.testing.searching import (
    SPACES,
    Make,
    Trials,
    all_values,
    end,
    fail,
    fresh_values,
    search,
)

SPACE_SIZES = {"finite": 12, "conditional": 11, "one_point": 1}


class OracleContract(GivenContract, ResumeContract):
    """Tests of an oracle: a subclass whose name begins with `Test` says how to make one.

    The promises: values inside the space, as plain Python; the same trials for the same seed in any
    process, also after a restart at any place; no configuration twice while an untried one is left,
    and an end when a finite space is exhausted; failed trials, conditional spaces, parallel slots
    are no problem.

    Attributes:
        case: What a subclass that is parametrised tests now; a whole search is run once a case.

    Example:
        >>> from tftune.oracles.sampling.random_search import RandomMethod
        >>> class TestMyMethod(OracleContract):
        ...     def make_oracle(self, **arguments):
        ...         return Oracle(RandomMethod(), **arguments)
    """

    case: Any = None
    _whole: ClassVar[dict[Any, Trials]] = {}

    def make_oracle(self, **arguments: Any) -> Any:
        """Returns a fresh oracle.

        Args:
            **arguments: Those of `Oracle`. Add options of the method that suit a search of six
                trials.
        """
        raise NotImplementedError(f"{type(self).__name__} must define make_oracle(**arguments).")

    @pytest.fixture
    def make(self) -> Make:
        """Returns a function that makes an oracle over one of the spaces of `searching`."""

        def make(
            space: str = "mixed",
            seed: int = 0,
            max_trials: int | None = 6,
            direction: str = "min",
            **arguments: Any,
        ) -> Any:
            return self.make_oracle(
                objective=keras_tuner.Objective("score", direction),
                max_trials=max_trials,
                hyperparameters=SPACES[space](),
                seed=seed,
                **arguments,
            )

        return make

    @pytest.fixture
    def whole(self, make: Make) -> Trials:
        """The trials of an uninterrupted search."""
        key = type(self), self.case
        if key not in self._whole:
            self._whole[key] = search(make())
        return self._whole[key]

    @pytest.fixture
    def elsewhere(self, make: Make) -> Trials:
        """The same, from a fresh process with another hash seed; the oracle travels as a pickle."""
        paths = os.pathsep.join(sys.path)
        environment = {**os.environ, "PYTHONHASHSEED": "12345", "PYTHONPATH": paths}
        done = subprocess.run(
            [sys.executable, "-m", "tftune.testing.searching"],
            input=pickle.dumps(make()),
            env=environment,
            capture_output=True,
            check=True,
            timeout=110,
        )
        return list(json.loads(done.stdout))

    def test_is_an_oracle_of_keras_tuner(self, make: Make) -> None:
        assert isinstance(make(), Oracle) and isinstance(make(), keras_tuner.Oracle)

    def test_values_are_plain_and_inside_the_space(self, make: Make, whole: Trials) -> None:
        space = make().space
        assert len(whole) == 6
        for values in whole:
            assert {type(value) for value in values.values()} <= {int, float, str, bool}
            public = {key: value for key, value in values.items() if not key.startswith("tuner/")}
            assert public == space.canonical(public)
            assert (
                type(public["norm"]) is bool
                and type(public["nesterov"]) is bool
                and type(public["units"]) is int
            )

    def test_same_seed_same_trials(self, make: Make, whole: Trials) -> None:
        assert search(make(seed=0)) == whole  # seed 0 is a seed: keras_tuner hazard C1

    def test_same_seed_same_trials_in_another_process(
        self, make: Make, whole: Trials, elsewhere: Trials
    ) -> None:
        assert elsewhere == whole

    def test_other_seed_other_trials(self, make: Make, whole: Trials) -> None:
        other = search(make(seed=1), until=2)
        assert all(
            values not in whole for values in other
        )  # nor the same stream, shifted: hazard C2

    def test_min_and_max_mirror_each_other(self, make: Make, whole: Trials) -> None:
        oracle = make(direction="max")
        assert search(oracle) == whole
        scores = [trial.score for trial in oracle.get_best_trials(6)]
        assert scores == sorted(scores, reverse=True) and scores[0] == max(scores)

    @pytest.mark.parametrize("space", SPACE_SIZES)
    def test_finds_every_configuration_once_and_stops(self, make: Make, space: str) -> None:
        oracle = make(space, max_trials=None)
        search(oracle)
        keys = [oracle.space.key(values) for values in fresh_values(oracle)]
        assert len(keys) == len(set(keys)) == SPACE_SIZES[space]
        for slot in ("slot 0", "slot 1"):  # and it goes on saying so
            assert oracle.create_trial(slot).status == "STOPPED"
        runs = [tuple(sorted(values.items())) for values in all_values(oracle)]
        assert len(runs) == len(set(runs))

    def test_failed_and_nan_trials_are_accepted(self, make: Make) -> None:
        oracle = make(max_trials=8, max_consecutive_failed_trials=None)
        for number in range(8):
            trial = oracle.create_trial("slot 0")
            assert trial.status == "RUNNING"
            if number in (0, 4):
                fail(oracle, trial)
            else:
                end(oracle, trial, {1: math.nan, 3: math.inf, 5: -math.inf}.get(number))
        statuses = [trial.status for trial in oracle.trials.values()]
        assert statuses == [
            "FAILED",
            "FAILED",
            "COMPLETED",
            "FAILED",
            "FAILED",
            "FAILED",
            "COMPLETED",
            "COMPLETED",
        ]
        best = oracle.get_best_trials(10)
        assert len(best) == 3 and all(
            math.isfinite(trial.score) for trial in best
        )  # hazard B17: never padded with failures
        assert "No finite score" in oracle.trials["0001"].message

    def test_stops_after_max_trials(self, make: Make) -> None:
        oracle = make(max_trials=3)
        assert len(search(oracle)) == 3
        assert oracle.create_trial("slot 0").status == "STOPPED"
        assert oracle.remaining_trials() == 0 and oracle.expected_trials() == 3

    def test_plan_tells_the_size(self, make: Make) -> None:
        text = make("finite", max_trials=None).plan()
        assert any(digits in text for digits in ("12", "trials")) and not text.endswith("\n")

    def test_an_exception_leaves_no_lock(self, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
        """Hazards A1, A2: an exception in KerasTuner's oracle blocks other threads for ever."""
        oracle = make()

        def broken(trial_number: int) -> Any:
            raise ValueError("no")

        monkeypatch.setattr(oracle.method, "propose", broken)
        with pytest.raises(ValueError, match="no"):
            oracle.create_trial("slot 0")
        monkeypatch.undo()
        got: list[str] = []
        thread = threading.Thread(
            target=lambda: got.append(oracle.create_trial("slot 1").status), daemon=True
        )
        thread.start()
        thread.join(timeout=30)
        assert got == ["RUNNING"]

    def test_a_signal_changes_nothing(self, make: Make) -> None:
        oracle = make("one_point", max_trials=None)
        search(oracle)
        before = pickle.dumps(oracle.get_state())
        assert all(oracle.method.propose(len(oracle.trials)) is Signal.EXHAUSTED for _ in range(2))
        assert pickle.dumps(oracle.get_state()) == before

    def test_waiting_for_nothing_is_a_fault(
        self, make: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        oracle = make()
        monkeypatch.setattr(oracle.method, "propose", lambda trial_number: Signal.WAIT)
        with pytest.raises(TftuneError, match="waits, but no trial is running"):
            oracle.create_trial("slot 0")
