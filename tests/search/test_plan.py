"""One plan defines a search: its defaults are everybody's, it is checked once, compared once."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras_tuner
import pytest

from tests.oracles.searching import INSTALLED, Records, all_values
from tests.search.test_tuner import FIT, make
from tftune.beans import PROGRAM
from tftune.errors import RunFolderError, UsageError
from tftune.execution.inline import InlineExecutor
from tftune.journal import journal
from tftune.oracles import ORACLES
from tftune.schedulers.base import NoScheduler
from tftune.search.plan import MUST_AGREE, SearchPlan
from tftune.search.run_settings import RunSettings
from tftune.search.tuner import Tuner
from tftune.training.settings import TrainingSettings

PARTS = (SearchPlan, RunSettings, TrainingSettings)
DEFAULTS = {
    item.name: item.default
    for part in PARTS
    for item in dataclasses.fields(part)
    if item.default is not dataclasses.MISSING
}


def test_the_defaults_of_the_tuner_are_those_of_the_plan() -> None:
    keywords = inspect.signature(Tuner).parameters
    shared = {name: each.default for name, each in keywords.items() if name in DEFAULTS}
    assert shared == {name: DEFAULTS[name] for name in shared} | {"task": None}
    assert len(shared) > 20


def test_the_defaults_of_the_command_line_are_those_of_the_plan() -> None:
    options = {option.name: option.default for option in PROGRAM.options().options}
    options["oracle"] = options.pop("search")
    # a program knows its model, stops trials by default, and has read the environment
    own = {"scheduler", "epochs", "data", "report", "references"}
    shared = {name: default for name, default in options.items() if name in {*DEFAULTS} - own}
    assert shared == {name: DEFAULTS[name] for name in shared} and len(shared) > 12


@pytest.mark.parametrize("documented", [Tuner, *PARTS], ids=lambda kind: kind.__name__)
def test_docstrings_name_the_defaults_that_hold(documented: Any) -> None:
    defaults = {
        name: each.default for name, each in inspect.signature(documented).parameters.items()
    }
    entries = re.findall(
        r"^    (\w+): ((?:.|\n(?!    \w+: |\n))*)", inspect.getdoc(documented) or "", re.M
    )
    told = {
        name: match.group(1)
        for name, text in entries
        if (match := re.search(r"Defaults\s+to\s+`?(\"?[\w.+-]+\"?)`?[.,;:]", text))
    }
    compared = 0
    for name, text in told.items():
        try:
            value = ast.literal_eval(text.rstrip("."))
        except (ValueError, SyntaxError):
            continue  # told in words, such as "one a core"
        assert value == defaults[name], f"{documented.__name__}: {name}"
        compared += 1
    assert compared or documented is not Tuner


def test_a_header_that_went_through_json_agrees_with_its_plan() -> None:
    hp = keras_tuner.HyperParameters()
    hp.Float("rate", 0.0, 1.0)
    plan = SearchPlan("gp", "val_loss", max_trials=4, start=[{"rate": 0.5}], scheduler="median")
    plan = plan.at(3, {"fingerprint": "abc"})
    oracle, scheduler = plan.make_oracle(hp), plan.make_scheduler("min", 3)
    header = json.loads(json.dumps(plan.header(oracle, scheduler)))
    plan.check_resumes(header, plan.header(oracle, scheduler))
    plan.check_resumes(header)
    assert set(MUST_AGREE) - {"lag"} <= set(header)


@pytest.mark.parametrize(
    ("run", "max_trials", "limit"),
    [
        ({}, None, 10),
        ({"timeout": 60.0}, None, None),
        ({"stop_when_flat": 5}, None, None),
        ({"timeout": 60.0}, 4, 4),
        ({"trial_timeout": 60.0}, None, 10),
    ],
)
def test_what_ends_a_search_replaces_the_ten_trials(
    run: dict[str, Any], max_trials: int | None, limit: int | None
) -> None:
    settings = RunSettings(workers=1, **run)
    plan = SearchPlan("random", "val_loss", max_trials=max_trials, run=settings)
    assert plan.make_oracle(None).max_trials == limit


@pytest.mark.parametrize("name", list(ORACLES))
@pytest.mark.parametrize("run", [{"timeout": 60.0}, {"stop_when_flat": 5}], ids=["time", "flat"])
def test_a_resumed_search_may_get_and_lose_what_ends_it(name: str, run: dict[str, Any]) -> None:
    hp = keras_tuner.HyperParameters()
    hp.Float("rate", 0.0, 1.0)
    plans = [SearchPlan(name, "val_loss", run=RunSettings(workers=1, **each)) for each in ({}, run)]
    headers = []
    for plan in (plan.at(3, {"fingerprint": "abc"}) for plan in plans):
        header = plan.header(plan.make_oracle(hp), plan.make_scheduler("min", 3))
        headers.append(json.loads(json.dumps(header)))
    plans[1].check_resumes(headers[0], headers[1])
    plans[0].check_resumes(headers[1], headers[0])


@pytest.mark.parametrize("name", list(ORACLES))
@pytest.mark.parametrize(("before", "after"), [(4, 40), (40, 4), (None, 30)])
def test_a_resumed_search_may_get_more_and_fewer_trials(
    name: str, before: int | None, after: int
) -> None:
    hp = keras_tuner.HyperParameters()
    hp.Float("rate", 0.0, 1.0)
    hp.Choice("units", [1, 2, 4])
    begun, resumed = (
        SearchPlan(name, "val_loss", max_trials=trials, run=RunSettings(workers=1)).at(3, {})
        for trials in (before, after)
    )
    scheduler = begun.make_scheduler("min", 3)
    oracle = begun.make_oracle(hp)
    header = json.loads(json.dumps(begun.header(oracle, scheduler)))
    again = resumed.make_oracle(hp, header["options"])
    resumed.check_resumes(header, resumed.header(again, scheduler))
    assert again.max_trials == after and again.all_options() == oracle.all_options()


@pytest.mark.parametrize("name", INSTALLED)
def test_what_has_happened_is_repeated_whatever_the_number_of_trials(name: str) -> None:
    hp = keras_tuner.HyperParameters()
    hp.Float("rate", 0.0, 1.0)
    hp.Choice("units", [1, 2, 4])
    objective = keras_tuner.Objective("score", "min")
    plan = SearchPlan(name, objective, max_trials=6, seed=1, run=RunSettings(workers=1))
    if name in ("hyperband", "bohb"):  # several plans
        plan = dataclasses.replace(plan, oracle_options={"max_epochs": 2})
    oracle, records = plan.make_oracle(hp), Records()
    oracle.autosave = False
    for _ in range(6):
        trial = oracle.create_trial("slot 0")
        records.start(trial)
        records.end(oracle, trial)
    for trials in (2, None):
        fewer = dataclasses.replace(plan, max_trials=trials)
        again = fewer.make_oracle(hp, oracle.all_options())
        again.autosave = False
        again.restore(records.events)
        assert all_values(again) == all_values(oracle)


def test_a_size_that_is_named_counts_and_a_recorded_one_is_not_invented() -> None:
    hp = keras_tuner.HyperParameters()
    hp.Float("rate", 0.0, 1.0)
    plan = SearchPlan("tpe", "val_loss", max_trials=30)
    assert plan.make_oracle(hp, {"initial_points": 2}).method.initial_points == 2
    assert plan.make_oracle(hp, {"candidates": 5}).all_options()["candidates"] == 24
    named = dataclasses.replace(plan, oracle_options={"initial_points": 6})
    assert named.make_oracle(hp, {"initial_points": 2}).method.initial_points == 6


def test_the_plan_of_a_method_stays_its_own() -> None:
    settings = RunSettings(workers=1, timeout=60.0)
    plan = SearchPlan("hyperband", "val_loss", run=settings, oracle_options={"max_epochs": 9})
    alone = dataclasses.replace(plan, run=RunSettings(workers=1))
    hp = keras_tuner.HyperParameters()
    hp.Float("rate", 0.0, 1.0)
    expected = alone.make_oracle(hp).expected_trials()
    assert plan.make_oracle(hp).expected_trials() == expected and expected


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"oracle": "random"}, "search: 'grid' in the folder, 'random' now"),
        ({"seed": 3}, "seed: 0 in the folder, 3 now"),
        ({"task": "other"}, "task: 'search' in the folder, 'other' now"),
        ({"scheduler": "median"}, "scheduler: 'none' in the folder, 'median' now"),
        ({"oracle_options": {"levels": 5}}, "levels: 3 in the folder, 5 now"),
        (
            {"training": TrainingSettings(epochs=3, plateau_factor=0.5)},
            "training: plateau_factor: 0.9 in the folder, 0.5 now",
        ),
        (
            {"training": TrainingSettings(epochs=3, early_stopping_min_delta=0.01)},
            "training: early_stopping_min_delta: 0.0 in the folder, 0.01 now",
        ),
        (
            {"training": TrainingSettings(epochs=3, keep_weights="last")},
            "training: keep_weights: 'best' in the folder, 'last' now",
        ),
        ({"run": RunSettings(workers=1, reproducible=2)}, "lag: None in the folder, 2 now"),
        ({"data": {"fingerprint": "def"}}, "data: fingerprint abc in the folder, def now"),
        ({"fixed": {"rate": 0.5}}, "space: knob 'rate': not fixed in the folder, fixed at 0.5 now"),
    ],
)
def test_each_difference_is_told_in_words(changes: dict[str, Any], line: str) -> None:
    hp = keras_tuner.HyperParameters()
    hp.Float("rate", 0.0, 1.0)
    plan = SearchPlan("grid", "val_loss").at(3, {"fingerprint": "abc"})
    header = plan.header(plan.make_oracle(hp), plan.make_scheduler("min", 3))
    with pytest.raises(RunFolderError, match=f"holds another search:(?s:.*)  {re.escape(line)}"):
        dataclasses.replace(plan, **changes).check_resumes(header)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"oracle": "gradient"}, "Unknown search method 'gradient'"),
        ({"seed": -1}, "seed must be an integer from 0"),
        ({"scheduler": "guillotine"}, "Unknown scheduler 'guillotine'"),
        ({"scheduler": "median", "scheduler_options": {"trials": 3}}, "has no option 'trials'"),
    ],
)
def test_a_wrong_plan_is_refused_when_it_is_made(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        SearchPlan(**wrong)


def test_a_plan_is_made_without_anything_slow() -> None:
    code = "import sys, tftune.search.plan as p; p.SearchPlan(); print(sorted(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"'tensorflow'", "'keras_tuner'", "'numpy'"} & set(told.stdout.split(", "))


def test_a_resumed_search_reads_its_journal_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, max_trials=1).search(**FIT)
    reads: list[Path | str] = []
    read = journal.read
    monkeypatch.setattr(journal, "read", lambda path: reads.append(path) or read(path))
    make(tmp_path, max_trials=2).search(**FIT)
    assert len(reads) == 1


def test_a_journal_that_grew_in_between_is_read_again(tmp_path: Path) -> None:
    make(tmp_path, max_trials=1).search(**FIT)
    early = make(tmp_path, max_trials=3)
    make(tmp_path, max_trials=2).search(**FIT)
    early.search(**FIT)
    assert list(early.state.trials) == ["0000", "0001", "0002"]


@pytest.mark.slow
def test_an_own_executor_runs_the_trials_and_stays_open(tmp_path: Path) -> None:
    class Counting(InlineExecutor):
        started, closed = 0, False

        def start(self, key: str, function: Any, *arguments: Any) -> None:
            self.started += 1
            super().start(key, function, *arguments)

        def close(self) -> None:
            self.closed = True

    executor = Counting()
    tuner = make(tmp_path, workers=executor)
    tuner.search(**FIT)
    assert (executor.started, executor.closed, len(tuner.state.ranked())) == (3, False, 3)
    with pytest.raises(UsageError, match="trial_memory belongs to executors that tftune opens"):
        make(tmp_path / "other", workers=executor, trial_memory=2.0)


@pytest.mark.slow
def test_an_own_scheduler_stops_trials(tmp_path: Path) -> None:
    class Impatient(NoScheduler):
        """Stops everything after its first epoch."""

        def should_stop(self, trial_id: str, step: int, curves: Any) -> bool:
            return True

    tuner = make(tmp_path, scheduler=Impatient("max"))
    tuner.search(**FIT)
    assert tuner.state.counts() == {"completed": 0, "pruned": 3, "failed": 0}
    assert tuner.state.header["scheduler"] == "Impatient"
    with pytest.raises(RunFolderError, match="scheduler: 'Impatient' in the folder, 'none' now"):
        make(tmp_path).search(**FIT)


def test_a_journal_older_than_schedules_is_resumed_and_a_new_schedule_told() -> None:
    plan = SearchPlan("random", "val_loss", training=TrainingSettings(epochs=3), data={})
    header = plan.foreseen({})
    assert not {"schedule", "warmup", "batch_growth"} & set(header["training"])
    plan.check_resumes(header)
    changed = dataclasses.replace(
        plan, training=TrainingSettings(epochs=3, schedule="cosine", warmup=0.1)
    )
    with pytest.raises(RunFolderError, match="schedule: 'constant' in the folder, 'cosine' now"):
        changed.check_resumes(header)


def test_the_seed_of_the_splits_must_agree_and_is_the_search_s_by_default() -> None:
    plan = SearchPlan("random", "val_loss", seed=3, data={})
    header = plan.foreseen({})
    assert "split_seed" not in header  # so that older journals say the same
    dataclasses.replace(plan, split_seed=3).check_resumes(header)
    with pytest.raises(RunFolderError, match="split_seed: 3 in the folder, 4 now"):
        dataclasses.replace(plan, split_seed=4).check_resumes(header)
    apart = dataclasses.replace(plan, split_seed=4)
    assert apart.foreseen({})["split_seed"] == 4
    with pytest.raises(RunFolderError, match="split_seed: 4 in the folder, 3 now"):
        plan.check_resumes(apart.foreseen({}))
    with pytest.raises(UsageError, match="split_seed must be an integer"):
        dataclasses.replace(plan, split_seed=-1)


def test_reshuffling_must_agree_and_confirming_need_not() -> None:
    plan = SearchPlan("random", "val_loss", data={})
    header = plan.foreseen({})
    dataclasses.replace(plan, run=RunSettings(workers=0, confirm=5)).check_resumes(header)
    with pytest.raises(RunFolderError, match="reshuffle: False in the folder, True now"):
        dataclasses.replace(plan, training=TrainingSettings(reshuffle=True)).check_resumes(header)
