"""Other libraries' methods on tables of curves: the talk with them, and who is left out."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from benchmarks import paused_searches
from benchmarks.curve_problems import Spending
from benchmarks.multi_fidelity import main
from benchmarks.paused_searches import peer_search, run_unit
from benchmarks.peers import curves, preparing
from benchmarks.peers.environments import Library, NotInstalled
from benchmarks.peers.libraries import dehb_curves, optuna_curves, serve, syne_tune_curves
from benchmarks.peers.process import describe
from benchmarks.problems import Dimension
from tests.benchmarks.test_multi_fidelity import problem, write

SCRIPT = str(Path(__file__).with_name("curve_peer_script.py"))
FAKE = Library("fake", SCRIPT, ())
SPACE = [
    {"name": "rate", "low": 0.001, "high": 1.0, "log": True},
    {"name": "other", "low": 0.0, "high": 2.0},
]


def test_the_budget_is_spent_and_what_a_library_took_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(paused_searches.CURVE_PEERS, "syne-asha", FAKE)
    write(tmp_path)
    unit = {"method": "syne-asha", "problem": "small", "seed": 0, "budget": 40}
    result = run_unit(unit, str(tmp_path), {"syne-asha": sys.executable})
    assert result["left"] == 0 and result["seconds"] == 0.5
    assert math.isfinite(result["curve"][-1][1])


def test_a_trial_that_is_asked_for_again_goes_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found, told = problem(tmp_path), list[Any]()

    class Talk(curves.CurvePeer):
        def place(self, trial: int, values: Any) -> None:
            told.append(("place", trial, dict(values)))
            super().place(trial, values)

        def report(self, trial: int, epoch: int, loss: float | None) -> bool:
            told.append((trial, epoch, loss))
            return super().report(trial, epoch, loss)

    monkeypatch.setattr(paused_searches, "CurvePeer", Talk)
    monkeypatch.setitem(paused_searches.CURVE_PEERS, "syne-asha", FAKE)
    spending = Spending(found, 6)
    peer_search("syne-asha", sys.executable, spending, 0)
    assert [each[:2] for each in told if each[0] == "place"] == [("place", 0), ("place", 1)]
    reports = [each for each in told if each[0] != "place"]
    best = min(reports, key=lambda each: each[2])[0]
    assert [epoch for trial, epoch, _ in reports if trial == best] == [1, 2, 3, 4]
    assert len(reports) == 6 and spending.left == 0
    row = next(iter(found.values[found.values[:, 0] == told[0][2]["rate"]]))
    assert told[0][2] == {"rate": row[0], "other": row[1]}


def test_the_server_passes_on_places_and_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []

    class Search:
        def ask(self) -> tuple[int, list[float]]:
            return 7, [1.0]

        def place(self, number: int, values: list[float]) -> None:
            told.append((number, values))

        def report(self, number: int, epoch: int, loss: float | None) -> bool:
            told.append((number, epoch, loss))
            return epoch < 2

    library = type(
        "Library", (), {"make": staticmethod(lambda *made: told.append(made) or Search())}
    )
    monkeypatch.setitem(sys.modules, "pausing", library)  # type: ignore[arg-type]
    session = serve.Session("pausing")
    session.answer({"method": "m", "space": [], "seed": 0, "points": 51})
    assert (
        session.answer({"ask": True}) == session.answer({"ask": True}) == {"id": 7, "values": [1.0]}
    )
    session.answer({"place": 7, "values": [2.0]})
    assert session.answer({"report": 7, "epoch": 1, "loss": 0.5}) == {"go_on": True}
    assert session.answer({"report": 7, "epoch": 2, "loss": None}) == {"go_on": False}
    assert told == [("m", [], 0, 51), (7, [2.0]), (7, 1, 0.5), (7, 2, None)]


def test_a_logarithm_that_counts_is_described() -> None:
    assert describe(Dimension("rate", low=0.1, high=1.0, log=True))["log"]
    assert "log" not in describe(Dimension("other", low=0.1, high=1.0))


def test_methods_that_cannot_run_are_left_out_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def make(library: Library, folder: Path) -> Path:
        if library.name == "dehb":
            raise NotInstalled("there is no dehb")
        return Path(sys.executable)

    monkeypatch.setattr(preparing, "make_environment", make)
    for method in ("syne-asha", "syne-bohb"):
        monkeypatch.setitem(curves.CURVE_PEERS, method, FAKE)
    write(tmp_path)
    arguments = ["--tables", str(tmp_path), "--budget", "12", "--seeds", "1"]
    arguments += ["--environments", str(tmp_path / "environments")]
    arguments += ["--methods", "random-pool,dehb,syne-asha,syne-bohb"]
    arguments += ["--results", str(tmp_path / "runs.jsonl")]
    assert main(arguments) == 0
    for more in ([], ["--report"]):
        if more:
            assert main([*arguments, *more]) == 0
        text = capsys.readouterr().out
        assert "| random-pool | 1 |" in text and "| syne-asha | 1 |" in text
        assert "* dehb: there is no dehb\n* syne-bohb: syne-bohb: ImportError: no tea" in text
    assert len((tmp_path / "runs.jsonl").read_text().splitlines()) == 2


@pytest.mark.parametrize("pruner", ["halving", "hyperband"])
def test_optuna_prunes_alike_with_the_same_seed(pruner: str) -> None:
    pytest.importorskip("optuna")

    def lengths() -> list[int]:
        search = optuna_curves.make(f"optuna-tpe+{pruner}", SPACE, 3, 9)
        found = []
        for index in range(12):
            number, _ = search.ask()
            search.place(number, [0.01 * (index + 1), 0.5])
            known = search.study.get_trials(deepcopy=False)[number]
            assert known.params == {"rate": 0.01 * (index + 1), "other": 0.5}
            epoch = 1
            while search.report(number, epoch, index + 1 / epoch):
                epoch += 1
            found.append(epoch)
        return found

    found = lengths()
    assert found == lengths() and min(found) < 9 and max(found) == 9


def test_syne_tune_resumes_a_trial_and_hears_of_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    again = SimpleNamespace(spawn_new_trial_id=False, checkpoint_trial_id=0, config=None)

    class Scheduler:
        def __init__(self, space: Any, **options: Any) -> None:
            told.append((space, options["type"], options["max_resource_attr"]))
            self.searcher = None
            self.suggest = lambda trial_id: again if trial_id else self.new
            self.new = SimpleNamespace(spawn_new_trial_id=True, config={"rate": 0.0, "other": 1.0})

        def on_trial_result(self, trial: Any, result: Any) -> str:
            told.append((dict(trial.config), result))
            return "CONTINUE" if result["epoch"] < 3 else "PAUSE"

        def __getattr__(self, name: str) -> Any:
            return lambda trial: told.append((name, trial.trial_id))

    trial = lambda number, config, time: SimpleNamespace(trial_id=number, config=config)  # noqa: E731
    decisions = SimpleNamespace(CONTINUE="CONTINUE")
    for name, members in {
        "syne_tune": {},
        "syne_tune.config_space": {"uniform": lambda low, high: (low, high)},
        "syne_tune.backend": {},
        "syne_tune.backend.trial_status": {"Trial": trial},
        "syne_tune.optimizer": {"baselines": SimpleNamespace(ASHA=Scheduler)},
        "syne_tune.optimizer.scheduler": {"SchedulerDecision": decisions},
    }.items():
        module = ModuleType(name)
        module.__dict__.update(members)
        monkeypatch.setitem(sys.modules, name, module)
    search = syne_tune_curves.make("syne-asha", SPACE, 0, 51)
    space = {"rate": (math.log(0.001), 0.0), "other": (0.0, 2.0), "epochs": 51}
    assert told.pop() == (space, "promotion", "epochs")
    assert search.ask() == (0, [1.0, 1.0])
    search.place(0, [0.1, 2.0])
    assert search.report(0, 2, 0.5) and not search.report(0, 3, 0.25)
    placed = {"rate": math.log(0.1), "other": 2.0}
    assert told[:2] == [("on_trial_add", 0), (placed, {"loss": 0.5, "epoch": 2})]
    assert told[3] == ("on_trial_remove", 0)
    assert search.ask() == (0, pytest.approx([0.1, 2.0]))
    assert not search.report(0, 4, None) and told[-1] == ("on_trial_error", 0)


@pytest.mark.parametrize("method", ["syne-mobster", "syne-dyhpo"])
def test_the_model_of_syne_tune_has_the_place_of_a_trial(method: str) -> None:
    noted = {"0": {"rate": -1.0, "other": 1.0}}
    state = SimpleNamespace(config_for_trial=noted)
    searcher = SimpleNamespace(state_transformer=SimpleNamespace(state=state))
    if method == "syne-dyhpo":
        searcher = SimpleNamespace(_searcher_int=searcher)
    search = object.__new__(syne_tune_curves.Search)
    search.method, search.space = method, SPACE
    search.scheduler = SimpleNamespace(searcher=searcher)
    search.trials = {0: SimpleNamespace(config={"rate": -1.0, "other": 1.0, "epochs": 3})}
    search.place(0, [0.1, 2.0])
    assert noted["0"] == {"rate": math.log(0.1), "other": 2.0}


def test_dehb_goes_on_with_what_it_promotes(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    jobs = [(0, 1.89), (1, 1.89), (0, 5.67), (1, 5.67), (1, 17.0), (2, 17.0)]

    class Optimizer:
        def __init__(self, **options: Any) -> None:
            configs = [SimpleNamespace(config=None) for _ in range(3)]
            self.config_repository = SimpleNamespace(configs=configs)
            self.jobs = iter(jobs)

        def ask(self) -> dict[str, Any]:
            number, fidelity = next(self.jobs)
            return {"config_id": number, "fidelity": fidelity, "config": array([0.5, 0.5])}

        def tell(self, job: Any, result: Any) -> None:
            told.append((job["config_id"], result["fitness"]))

    array = pytest.importorskip("numpy").array
    monkeypatch.setitem(sys.modules, "dehb", SimpleNamespace(DEHB=Optimizer))  # type: ignore[arg-type]
    search = dehb_curves.make("dehb", SPACE, 0, 51)
    number, values = search.ask()
    assert (number, values) == (0, pytest.approx([math.sqrt(0.001), 1.0]))
    search.place(0, [1.0, 0.5])
    assert list(search.dehb.config_repository.configs[0].config) == [1.0, 0.25]
    assert search.report(0, 1, 0.5) and not search.report(0, 2, 0.75)
    assert search.ask()[0] == 1 and not search.report(1, 1, None)
    assert search.ask()[0] == 0 and not search.report(0, 6, 0.25)
    assert search.ask()[0] == 2  # the one that diverged is not trained again, only told
    large = dehb_curves.DIVERGED
    assert told == [(0, 0.5), (1, large), (0, 0.25), (1, large), (1, large)]
