"""Other libraries: the talk with their processes, their environments, and who is left out."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from benchmarks.peers import environments, preparing, registry
from benchmarks.peers.environments import Library, NotInstalled, make_environment
from benchmarks.peers.libraries import optuna_samplers, serve, skopt_search
from benchmarks.peers.process import SERVER, Peer, PeerError
from benchmarks.problems import Dimension
from benchmarks.search_quality import main
from tests.benchmarks.test_confirmed_winner import write

SCRIPT = str(Path(__file__).with_name("peer_script.py"))
SPACE = (
    Dimension("units", (16, 32), ordered=True),
    Dimension("activation", ("relu", "elu", "tanh")),
)
DESCRIBED = [
    {"name": "units", "choices": 4, "ordered": True},
    {"name": "activation", "choices": 3, "ordered": False},
    {"name": "rate", "low": 0.001, "high": 1.0, "log": True},
]


def test_a_peer_is_asked_several_times_before_it_is_told() -> None:
    with Peer(sys.executable, SCRIPT, "counting", SPACE, seed=0, trials=3) as peer:
        asked = [peer.ask() for _ in range(3)]
        peer.tell(2, 0.5)
        peer.tell(0, 0.25)
        assert peer.cpu_seconds() == 0.5
    assert asked[0] == (0, {"units": 16, "activation": "relu"})
    assert asked[2] == (2, {"units": 16, "activation": "tanh"})


def test_what_a_library_says_of_its_failure_is_the_reason() -> None:
    for method, reason in (("broken", "ImportError: no tea"), ("dying", "the leaves are wet")):
        with pytest.raises(PeerError, match=f"{method}: .*{reason}"):
            Peer(sys.executable, SCRIPT, method, SPACE, seed=0, trials=3)


def test_the_server_answers_with_the_point_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[Any, float]] = []

    class Search:
        def ask(self) -> tuple[str, list[int]]:
            return "point", [1, 2]

        def tell(self, point: str, loss: float) -> None:
            told.append((point, loss))

    library = type("Library", (), {"make": staticmethod(lambda *told: Search())})
    monkeypatch.setitem(sys.modules, "counting", library)
    session = serve.Session("counting")
    assert session.answer({"method": "m", "space": [], "seed": 0, "trials": 2}) == {}
    assert session.answer({"ask": True}) == {"id": 0, "values": [1, 2]}
    assert session.answer({"ask": True})["id"] == 1
    assert session.answer({"tell": 1, "loss": 0.5}) == {}
    assert told == [("point", 0.5)]
    assert session.answer({"end": True})["cpu_seconds"] >= 0


@pytest.mark.parametrize(
    ("module", "name", "method"),
    [
        (optuna_samplers, "optuna", "optuna-tpe"),
        (optuna_samplers, "optuna", "optuna-tpe-multivariate"),
        (optuna_samplers, "optuna", "optuna-auto"),
        (skopt_search, "skopt", "skopt-gp-minimize"),
    ],
)
def test_libraries_that_are_here_search(module: Any, name: str, method: str) -> None:
    pytest.importorskip(name)
    search = module.make(method, DESCRIBED, 3, 6)
    points = []
    first, second = search.ask(), search.ask()  # two workers
    for point, values in (first, second, *(search.ask() for _ in range(2))):
        search.tell(point, float(sum(values)))
        points.append(values)
    assert all(values[0] in range(4) and values[1] in range(3) for values in points)
    assert all(0.001 <= values[2] <= 1 for values in points)
    repeated = module.make(method, DESCRIBED, 3, 6)
    assert repeated.ask()[1] == points[0]


def test_the_rule_of_autosampler() -> None:
    optuna = pytest.importorskip("optuna")
    search = optuna_samplers.make("optuna-auto", DESCRIBED, 0, 3)
    for kind in (optuna.samplers.RandomSampler, optuna.samplers.TPESampler):
        point, _ = search.ask()
        assert type(search.study.sampler) is kind
        search.tell(point, 1.0)
    numbers = optuna_samplers.make("optuna-auto", DESCRIBED[:1], 0, 300)
    for trial in range(2):
        numbers.study.add_trial(
            optuna.trial.create_trial(
                value=1.0,
                params={"units": trial},
                distributions={"units": optuna.distributions.IntDistribution(0, 3)},
            )
        )
    numbers._choose_sampler()
    assert type(numbers.study.sampler) is optuna.samplers.GPSampler


def test_an_environment_is_made_once_and_again_for_other_requirements(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[Sequence[str]] = []
    monkeypatch.setattr(environments, "_run", commands.append)
    library = Library("tea", "tea_search", ("tea>=1",), bare=("leaves>=2",))
    python = make_environment(library, tmp_path)
    assert python.parent.parent == tmp_path / "tea"
    assert [command[-1] for command in commands] == [str(tmp_path / "tea"), "leaves>=2", "tea>=1"]
    assert "--no-deps" in commands[1] and "--no-deps" not in commands[2]
    make_environment(library, tmp_path)
    assert len(commands) == 3
    make_environment(Library("tea", "tea_search", ("tea>=2",)), tmp_path)
    assert len(commands) == 5


def test_an_environment_is_tried_until_a_trial_was_proposed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def attempt(method: str, python: Path) -> None:
        tried.append(method)
        if len(tried) == 1:
            raise PeerError("hebo: ImportError: no tea")

    monkeypatch.setattr(environments, "_run", lambda command: None)
    monkeypatch.setattr(registry, "_try", attempt)
    assert registry.prepare(["hebo"], tmp_path)[1] == {"hebo": "hebo: ImportError: no tea"}
    for _ in range(2):
        pythons, reasons = registry.prepare(["hebo"], tmp_path)
        assert (list(pythons), reasons) == (["hebo"], {})
    assert tried == ["hebo", "hebo"]
    assert preparing.reasons_left_out(["hebo"], tmp_path) == {}


def test_why_an_environment_failed_is_told_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(command: Sequence[str]) -> None:
        raise NotInstalled("No matching distribution found for smac>=2.2")

    monkeypatch.setattr(environments, "_run", fail)
    for _ in range(2):
        pythons, reasons = registry.prepare(["smac3"], tmp_path)
        assert pythons == {}
        assert reasons == {"smac3": "No matching distribution found for smac>=2.2"}
        assert "Left out: smac3: No matching distribution" in capsys.readouterr().err
    assert preparing.reasons_left_out(["smac3", "hebo"], tmp_path) == reasons
    command = ["--noisy", "--trials", "5", "--seeds", "1", "--methods", "random,smac3"]
    write(tmp_path)
    command += ["--tables", str(tmp_path), "--environments", str(tmp_path)]
    command += ["--results", str(tmp_path / "noisy.jsonl")]
    assert main(command) == 0  # who is left out is no failure
    out = capsys.readouterr().out
    assert "* smac3: No matching distribution found for smac>=2.2" in out
    assert main([*command, "--report"]) == 0
    assert "* smac3: No matching distribution" in capsys.readouterr().out


def test_searches_of_a_peer_are_measured_and_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    losses = write(tmp_path)
    monkeypatch.setitem(registry.PEERS, "smac3", Library("smac", SCRIPT, ()))
    monkeypatch.setattr(preparing, "make_environment", lambda *_: Path(sys.executable))
    command = ["--noisy", "--trials", "5", "--seeds", "2", "--methods", "random,smac3"]
    command += ["--tables", str(tmp_path), "--environments", str(tmp_path)]
    command += ["--results", str(tmp_path / "noisy.jsonl")]
    assert main(command) == 0
    header = capsys.readouterr().out.splitlines()[2]
    assert header == ("| method | seeds | 5 trials | best tried, 5 | of smac3, 5 | ms a trial |")
    lines = [json.loads(line) for line in (tmp_path / "noisy.jsonl").read_text().splitlines()]
    found = {line["noisy"]: line for line in lines if line["seed"] == 1}
    assert found["smac3"]["draws"] == found["random"]["draws"]  # the same luck for everyone
    assert found["smac3"]["places"] == [0, 13, 26, 27, 4]  # counting along every axis
    assert losses.shape == (4, 3, 3, 2)


def test_noise_is_refused_where_there_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--noisy", "--problems", "branin", "--tables", str(tmp_path)])
    assert "branin has no noise. Expected tables with --noisy." in capsys.readouterr().err
    assert SERVER.is_file()
