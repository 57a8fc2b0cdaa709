"""Searches on tables of learning curves, each by one method: oracles of ours with and without
schedulers, what is drawn from the pool, and other libraries' methods (see `benchmarks/peers`).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras_tuner

from benchmarks.curve_problems import CurveProblem, Spending, load_curves
from benchmarks.peers.curves import CURVE_PEERS, CurvePeer
from benchmarks.peers.process import peer_seed
from benchmarks.specs import parse
from tftune.oracles import ORACLES
from tftune.schedulers import SCHEDULERS
from tftune.space.search_space import public_values
from tftune.support.seeding import generator

RUNGS, ETA, WIDTH = (2, 6, 17, 51), 3, 27  # of the halvings that draw from the pool
Search = Callable[[Spending, int], None]


def run_unit(
    unit: dict[str, Any], tables: str, pythons: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Runs one search.

    Args:
        unit: Keys method, problem, seed and budget.
        tables: The folder of the tables.
        pythons: Of the environments of other libraries, by method.

    Returns:
        `curve`, pairs of the points spent and the regret from there on; `seconds` of the processor;
        and `left`, the points that were not spent.
    """
    problem = load_curves(Path(tables) / f"{unit['problem']}.npz")
    spending = Spending(problem, unit["budget"])
    method, began = unit["method"], time.process_time()
    if method in CURVE_PEERS:
        seconds = peer_search(method, (pythons or {})[method], spending, unit["seed"])
    else:
        search_of(method)(spending, unit["seed"])
        seconds = time.process_time() - began
    return {"curve": spending.improvements, "seconds": round(seconds, 3), "left": spending.left}


def search_of(method: str) -> Search:
    """Returns what runs a method of ours by its name: one of `POOL`, or an oracle, with
    `+SCHEDULER` if one stops its trials, and with options, as `mobster:factor=4`.
    """
    if method in POOL:
        return POOL[method]
    name, _, stopping = method.partition("+")
    if stopping:
        return lambda spending, seed: stopped_search(name, stopping, spending, seed)
    return lambda spending, seed: oracle_search(name, spending, seed)


def make_oracle(spec: str, problem: CurveProblem, seed: int, budget: int) -> Any:
    """Returns an oracle for a table; it writes no files and computes with one thread."""
    name, options = parse(spec)
    defaults: dict[str, Any] = {}
    if name in ("hyperband", "bohb"):
        defaults = {"iterations": math.ceil(budget / problem.points)}
    if name == "filled-halving":
        defaults = {"budget": budget}
    if name in ("hyperband", "bohb", "mobster", "filled-halving"):
        defaults["max_epochs"] = problem.points
    oracle = ORACLES[name](
        objective=keras_tuner.Objective("loss", "min"),
        max_trials=None,
        hyperparameters=problem.hyperparameters(),
        seed=seed,
        max_consecutive_failed_trials=None,
        **{**defaults, **options},
    )
    oracle.autosave = False
    oracle.blas_threads = 1
    return oracle


def oracle_search(spec: str, spending: Spending, seed: int) -> None:
    """An oracle that plans the epochs of its trials, or lets each train to its end."""
    problem, rows = spending.problem, dict[str, int]()
    oracle = make_oracle(spec, problem, seed, spending.budget)
    while not spending.is_over:
        trial = oracle.create_trial("slot 0")
        if trial.status != "RUNNING":
            break
        values = trial.hyperparameters.values
        parent = values.get("tuner/trial_id")
        row = rows[parent] if parent else _placed(trial, spending)
        rows[trial.trial_id] = row
        first, last = values.get("tuner/initial_epoch", 0), values.get("tuner/epochs")
        _tell(oracle, trial, spending.train(row, first, last or problem.points))


def stopped_search(spec: str, scheduler: str, spending: Spending, seed: int) -> None:
    """An oracle whose trials a scheduler may stop, one at a time."""
    problem, curves = spending.problem, dict[str, list[float]]()
    oracle = make_oracle(spec, problem, seed, spending.budget)
    name, options = parse(scheduler)
    rule = SCHEDULERS[name](direction="min", max_epochs=problem.points, **options)
    while not spending.is_over:
        trial = oracle.create_trial("slot 0")
        if trial.status != "RUNNING":
            break
        row, seen, status = _placed(trial, spending), list[float](), "completed"
        curves[trial.trial_id] = seen
        for epoch in range(1, problem.points + 1):
            loss = spending.point(row, epoch)
            if loss is None or not math.isfinite(loss):
                break
            seen.append(loss)
            if epoch < problem.points and rule.should_stop(trial.trial_id, epoch, curves):
                status = "pruned"
                break
        status = status if seen else "failed"
        rule.on_end(trial.trial_id, status)
        _tell(oracle, trial, min(seen, default=None), status)


def peer_search(method: str, python: str, spending: Spending, seed: int) -> float:
    """Another library's method, in a process of its own; returns its processor time. It is told
    which configuration a proposal got.
    """
    problem, rows, reached = spending.problem, dict[int, int](), dict[int, int]()
    module, own = CURVE_PEERS[method].module, peer_seed(seed, method.partition("+")[0])
    with CurvePeer(python, module, method, problem.dimensions, own, problem.points) as peer:
        while not spending.is_over:
            trial, values = peer.ask()
            if trial not in rows:
                rows[trial] = spending.take({name: float(each) for name, each in values.items()})
                peer.place(trial, spending.values_of(rows[trial]))
            goes_on = True
            while goes_on:
                epoch = reached[trial] = reached.get(trial, 0) + 1
                loss = spending.point(rows[trial], epoch)
                if loss is None:
                    break
                told = loss if math.isfinite(loss) else None
                goes_on = peer.report(trial, epoch, told) and epoch < problem.points
        return peer.cpu_seconds()


def _placed(trial: Any, spending: Spending) -> int:
    """Returns the row that a proposal gets; the trial has its values from then on."""
    row = spending.take(public_values(trial.hyperparameters.values))
    trial.hyperparameters.values.update(spending.values_of(row))
    return row


def _tell(oracle: Any, trial: Any, loss: float | None, status: str = "completed") -> None:
    fields = {
        "status": "failed" if loss is None else status,
        "score": loss,
        "best_epoch": 1,
        "metrics": {} if loss is None else {"loss": loss},
        "message": None,
        "seconds": 1.0,
    }
    oracle.end_from_record({"trial_id": trial.trial_id, **fields})


def pool_order(spending: Spending, seed: int, purpose: str) -> list[int]:
    """Returns all rows in a random order."""
    rows = generator(seed, 0, purpose).permutation(len(spending.problem.values))
    return [int(row) for row in rows]


def random_pool(spending: Spending, seed: int) -> None:
    """Each configuration to its end."""
    for row in pool_order(spending, seed, "random pool"):
        spending.train(row, 0, spending.problem.points)


def halving_pool(spending: Spending, seed: int) -> None:
    """Successive halving: brackets of 27 at 2, 6, 17 and 51, eta = 3, one after another."""
    rows = pool_order(spending, seed, "halving pool")
    while rows and spending.left > 0:
        group, rows = rows[:WIDTH], rows[WIDTH:]
        least, before = dict.fromkeys(group, math.inf), 0
        for epochs in RUNGS:
            for row in group:
                found = spending.train(row, before, epochs)
                least[row] = math.inf if found is None else min(least[row], found)
            group = sorted(group, key=least.__getitem__)[: max(1, len(group) // ETA)]
            before = epochs


def asha_pool(spending: Spending, seed: int) -> None:
    """ASHA at the same rungs, one worker."""
    rows = pool_order(spending, seed, "asha pool")
    reached: list[dict[int, float]] = [{} for _ in RUNGS]
    while spending.left > 0:
        row, rung = next(_promotable(reached), (None, 0))
        if row is None:
            if not rows:
                return
            row = rows.pop(0)
        before = RUNGS[rung - 1] if rung else 0
        found = spending.train(row, before, RUNGS[rung])
        least = reached[rung - 1][row] if rung else math.inf
        reached[rung][row] = math.inf if found is None else min(found, least)


def _promotable(reached: list[dict[int, float]]) -> Any:
    """Yields rows that go on, with their next rung, from the highest rung down."""
    for rung in range(len(RUNGS) - 2, -1, -1):
        losses = reached[rung]
        for row in sorted(losses, key=losses.__getitem__)[: len(losses) // ETA]:
            if row not in reached[rung + 1] and math.isfinite(losses[row]):
                yield row, rung + 1


POOL: dict[str, Search] = {
    "random-pool": random_pool,
    "halving-pool": halving_pool,
    "asha-pool": asha_pool,
}
