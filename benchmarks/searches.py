"""One search on one problem, by an oracle of ours or by a peer: the unit that the benchmark of
search quality is made of.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras_tuner

from benchmarks.exact_random import EXACT_RANDOM, exact_random
from benchmarks.function_problems import BBOB_NAMES, FUNCTION_NAMES, function_problem
from benchmarks.peers.process import Peer, peer_seed
from benchmarks.peers.registry import PEERS
from benchmarks.problems import Problem
from benchmarks.specs import parse
from benchmarks.tables import load_table
from tftune.errors import UsageError
from tftune.oracles import ORACLES
from tftune.space.search_space import public_values


def run_unit(
    unit: dict[str, Any], tables: str, pythons: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Runs one search.

    Args:
        unit: Keys method, problem, seed and trials.
        tables: The folder of the tables.
        pythons: Of the peers' environments, by method.

    Returns:
        `done`, the trials carried out; `seconds` by the clock and of the processor; and `curve`,
        pairs of a trial, counted from 1, and the least regret from it on.
    """
    problem = make_problem(unit["problem"], unit["seed"], tables)
    wall, processor = time.perf_counter(), time.process_time()
    method, seed, trials = unit["method"], unit["seed"], unit["trials"]
    if pythons is not None and method in pythons:
        losses, spent = run_peer(method, pythons[method], problem, seed, trials)
        regrets = [problem.regret(loss) for loss in losses]
    else:
        regrets, spent = run_method(method, problem, seed, trials), 0.0
    wall, processor = time.perf_counter() - wall, time.process_time() - processor + spent
    return {
        "done": len(regrets),
        "seconds": round(wall, 4),
        "cpu_seconds": round(processor, 4),
        "curve": improvements(regrets),
    }


def check_methods(methods: Sequence[str], others: Sequence[str] = ()) -> None:
    """Checks that every method is an oracle of ours or one of the others.

    Raises:
        UsageError: If one is not.
    """
    unknown = [
        method for method in methods if method not in others and parse(method)[0] not in ORACLES
    ]
    if unknown:
        raise UsageError(
            f"There is no method {', '.join(unknown)}. Expected some of: "
            f"{', '.join([*ORACLES, *others])}."
        )


def make_problem(name: str, seed: int, tables: Path | str) -> Problem:
    """Returns a function, or the table of that name in a folder.

    Raises:
        UsageError: If there is neither.
    """
    if name in FUNCTION_NAMES or name in BBOB_NAMES:
        return function_problem(name, seed)
    return load_table(Path(tables) / f"{name}.npz")


def run_method(method: str, problem: Problem, seed: int, trials: int) -> list[float]:
    """Returns the regret of each trial, of exact random search the expected one."""
    if method == EXACT_RANDOM:
        return exact_random(problem, seed, trials)
    losses = search(make_oracle(method, problem, seed, trials), problem, trials)
    return [problem.regret(loss) for loss in losses]


def open_peer(method: str, python: str, problem: Problem, seed: int, trials: int) -> Peer:
    """Returns another library's search on a problem, to be asked and told and closed."""
    module = PEERS[method].module
    return Peer(python, module, method, problem.dimensions, peer_seed(seed, method), trials)


def run_peer(
    method: str, python: str, problem: Problem, seed: int, trials: int
) -> tuple[list[float], float]:
    """Returns the losses of a search by another library, one trial at a time, and its processor
    time.
    """
    losses: list[float] = []
    with open_peer(method, python, problem, seed, trials) as peer:
        while len(losses) < trials:
            trial, values = peer.ask()
            losses.append(problem.loss(values))
            peer.tell(trial, losses[-1])
        return losses, peer.cpu_seconds()


def make_oracle(spec: str, problem: Problem, seed: int, trials: int | None, **more: Any) -> Any:
    """Returns an oracle for a problem; it writes no files and computes with one thread.

    Args:
        spec: A name of the registry, with options if any.
        problem: Whose loss is minimised.
        seed: Of the search.
        trials: `max_trials`.
        **more: Further arguments.
    """
    name, options = parse(spec)
    oracle = ORACLES[name](
        objective=keras_tuner.Objective("loss", "min"),
        max_trials=trials,
        hyperparameters=problem.hyperparameters(),
        seed=seed,
        **{**budget_options(name, trials), **options, **more},
    )
    oracle.autosave = False
    oracle.blas_threads = 1
    return oracle


def budget_options(name: str, trials: int | None) -> dict[str, Any]:
    """Returns what makes a method that spends epochs fit for problems that have none: one epoch a
    trial, its proposals are measured.
    """
    one = {"max_epochs": 1}
    options: dict[str, dict[str, Any]] = {
        "hyperband": {**one, "iterations": trials},
        "bohb": {**one, "iterations": trials},
        "mobster": one,
        "filled-halving": {**one, "budget": trials},
    }
    return options.get(name, {})


def search(oracle: Any, problem: Problem, trials: int) -> list[float]:
    """Asks an oracle and tells it, one trial at a time; returns the losses, fewer than `trials` if
    it stops before.
    """
    losses: list[float] = []
    while len(losses) < trials:
        trial = oracle.create_trial("slot 0")
        if trial.status != "RUNNING":
            break
        losses.append(problem.loss(public_values(trial.hyperparameters.values)))
        tell(oracle, trial, losses[-1])
    return losses


def tell(oracle: Any, trial: Any, loss: float) -> None:
    """Ends a trial, as the driver does."""
    fields = {
        "status": "completed",
        "score": loss,
        "best_epoch": 1,
        "metrics": {"loss": loss},
        "message": None,
        "seconds": 1.0,
    }
    oracle.end_from_record({"trial_id": trial.trial_id, **fields})


def improvements(regrets: Sequence[float]) -> list[list[float]]:
    """Returns the trials that were better than all before, with their regret.

    Example:
        >>> improvements([0.5, 0.7, 0.25])
        [[1, 0.5], [3, 0.25]]
    """
    found: list[list[float]] = []
    for number, regret in enumerate(regrets, start=1):
        if not found or regret < found[-1][1]:
            found.append([number, float(f"{regret:.8g}")])
    return found
