"""Successive halving and Hyperband as brackets of curves that real networks have had.

K. Jamieson, A. Talwalkar: Non-stochastic Best Arm Identification and Hyperparameter Optimization.
AISTATS 2016. L. Li, K. Jamieson, G. DeSalvo, A. Rostamizadeh, A. Talwalkar: Hyperband. JMLR
18(185):1-52, 2018.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tftune.cli.pictures.asked import oracle, play
from tftune.cli.pictures.estimates import Estimate, estimate
from tftune.cli.pictures.real_curves import WHAT, real_curves
from tftune.cli.pictures.stopped import run_through
from tftune.oracles.multifidelity.brackets import Bracket, plan_brackets
from tftune.reports.charts.chart import Axis, Chart, Line, Points, Rule
from tftune.reports.views.view import Table, View
from tftune.schedulers.asha import AsynchronousHalvingScheduler
from tftune.schedulers.base import NoScheduler
from tftune.schedulers.successive_halving import SuccessiveHalvingScheduler
from tftune.support.seeding import generator

EPOCHS, FACTOR = 16, 2  # R and eta
SEARCHES = 200
FULL = "no stopping"

Array = np.ndarray[Any, Any]
Trained = dict[int, int]  # number of a curve -> epochs it was trained


def halving(seed: int = 0) -> View:
    """Returns the picture.

    Args:
        seed: Of which configurations come.
    """
    curves = [curve[:EPOCHS] for curve in real_curves()]
    plan = plan_brackets(EPOCHS, FACTOR)
    brackets = hyperband(curves, seed)
    budget = sum(bracket.epochs for bracket in plan)
    compared = compare(curves, budget, seed)
    first = plan[0]
    full = first.rungs[0].size * EPOCHS
    overtaken = _overtaken(curves, brackets[0])
    lacked = _price(curves, seed)
    kept, price = float((lacked == 0).mean()), estimate(lacked)
    return View(
        "halving",
        "Successive halving and Hyperband: many short trainings, the best continued",
        "Each line is a real network; it ends where it was dropped. At each vertical line, a rung, "
        "the better half goes on.",
        sentences=(
            "Formula: rung i of bracket s has n / eta^i configurations and trains them until "
            "epoch R / eta^(s - i); each rung keeps the best 1 / eta of them. Successive halving "
            "is one bracket; Hyperband runs all of them, s = log_eta R, ..., 1, 0.",
            f"Here: R = {EPOCHS} epochs and eta = {FACTOR}. The first bracket trains "
            f"{first.rungs[0].size} networks and spends {first.epochs} epochs on them; training "
            f"all of them to the end would take {full}. Hyperband's {len(plan)} brackets spend "
            f"{budget} epochs together.",
            f"The price: of the {first.rungs[0].size} networks of the first bracket, {overtaken} "
            f"that were dropped would have ended above the one that is left. Of {SEARCHES} such "
            f"brackets, {100 * kept:.0f} % kept the best of their {first.rungs[0].size}; what is "
            f"left falls short of the best by {price.told(4)} of AUC (mean, 95 %).",
            "Why brackets: nobody knows beforehand how early a curve shows where it will end. "
            f"Bracket s = {plan[0].number} bets that one epoch is enough to choose by; s = 0 "
            f"trains {plan[-1].rungs[0].size} networks to the end and drops none of them.",
            f"Compared: {SEARCHES} searches among {len(curves)} real networks, with {budget} "
            "epochs each. By how much the AUC of the network that is found falls short of the "
            f"best of all: {estimate(compared[FULL]).told(4)} where all are trained to the end; "
            f"{_differences(compared)}.{_lesson(compared)}",
        ),
        charts=(
            *(
                _bracket(bracket, trained, curves)
                for bracket, trained in zip(plan, brackets, strict=True)
            ),
            _compared(compared, budget),
        ),
        tables=(_table(plan_brackets(81, 3), 81, 3), _table(plan, EPOCHS, FACTOR)),
    )


def hyperband(curves: Sequence[Sequence[float]], seed: int) -> list[Trained]:
    """Returns which curves tftune's Hyperband followed in each bracket, and how far.

    Args:
        curves: Of whole trainings, as long as `EPOCHS`.
        seed: Of the search.
    """

    def loss(values: Mapping[str, Any]) -> float:
        return 1.0 - float(max(curves[values["configuration"]][: values["tuner/epochs"]]))

    asked = oracle(
        "hyperband",
        lambda hp: hp.Int("configuration", 0, len(curves) - 1),
        seed,
        None,
        max_epochs=EPOCHS,
        factor=FACTOR,
    )
    brackets: dict[int, Trained] = {}
    for values, _ in play(asked, loss, 10_000):
        trained = brackets.setdefault(values["tuner/bracket"], {})
        trained[values["configuration"]] = values["tuner/epochs"]
    return [brackets[number] for number in sorted(brackets, reverse=True)]


def halved(curves: Sequence[Sequence[float]], order: Sequence[int], bracket: Bracket) -> int:
    """Returns the number of the curve that a bracket is left with.

    Args:
        curves: Of whole trainings.
        order: The configurations as they come.
        bracket: Of `plan_brackets`.

    Example:
        >>> late, early = [0.5, 0.6, 0.7, 0.9], [0.6, 0.7, 0.8, 0.8]
        >>> halved([late, early], [0, 1], plan_brackets(4, 2)[1])
        1
    """
    left = list(order[: bracket.rungs[0].size])
    for rung, following in zip(bracket.rungs, (*bracket.rungs[1:], None), strict=True):
        left.sort(key=lambda number: -max(curves[number][: rung.epochs]))
        left = left[: 1 if following is None else following.size]
    return left[0]


def compare(curves: Sequence[Sequence[float]], budget: int, seed: int) -> dict[str, Array]:
    """Returns what each way of spending the epochs lacks to the best curve, a value a search.

    Args:
        curves: Of whole trainings.
        budget: Epochs of a search.
        seed: Of the order in which configurations come.
    """
    plan = plan_brackets(EPOCHS, FACTOR)
    best = max(max(curve) for curve in curves)
    rules = {
        FULL: NoScheduler("max", EPOCHS),
        "asha": AsynchronousHalvingScheduler("max", EPOCHS, 1, FACTOR),
        "successive-halving": SuccessiveHalvingScheduler(
            "max", EPOCHS, plan[0].rungs[0].size, 1, FACTOR
        ),
    }
    lacks: dict[str, list[float]] = {}
    for search in range(SEARCHES):
        order = generator(seed, search, "halving").permutation(len(curves)).tolist()
        for name, rule in rules.items():
            rule.ended.clear()
            told = run_through(rule, curves, order, budget)
            lacks.setdefault(name, []).append(best - max(each.best for each in told))
        starts = np.cumsum([0, *(bracket.rungs[0].size for bracket in plan)]).tolist()
        found = [
            max(curves[halved(curves, order[start:], bracket)])
            for start, bracket in zip(starts, plan, strict=False)
        ]
        lacks.setdefault("hyperband", []).append(best - max(found))
        repeats = range(budget // plan[0].epochs)
        size = plan[0].rungs[0].size
        found = [
            max(curves[halved(curves, order[size * each :], plan[0])])
            for each in repeats
            if size * (each + 1) <= len(order)
        ]
        lacks.setdefault("first bracket, repeated", []).append(best - max(found))
    return {name: np.array(values) for name, values in lacks.items()}


def _price(curves: Sequence[Sequence[float]], seed: int) -> Array:
    """Returns what the network that a first bracket is left with lacks to the best of it."""
    bracket = plan_brackets(EPOCHS, FACTOR)[0]
    lacked = []
    for search in range(SEARCHES):
        order = generator(seed, search, "halving").permutation(len(curves)).tolist()
        drawn = order[: bracket.rungs[0].size]
        left = halved(curves, drawn, bracket)
        lacked.append(max(max(curves[number]) for number in drawn) - max(curves[left]))
    return np.array(lacked)


def _differences(lacks: Mapping[str, Any]) -> str:
    words = {"noise": "noise", "lower": "better", "higher": "worse"}
    gains: dict[str, Estimate] = {
        name: estimate(values - lacks[FULL]) for name, values in lacks.items() if name != FULL
    }
    return "; ".join(
        f"{name} {lacks[name].mean():.4f} ({words[gain.verdict]})" for name, gain in gains.items()
    )


def _lesson(lacks: Mapping[str, Any]) -> str:
    gain = estimate(lacks["first bracket, repeated"] - lacks["hyperband"])
    return {
        "lower": " These curves show early where they end, so the bracket that halves most does "
        "best; the other brackets insure against late bloomers, and the insurance has a price.",
        "higher": " Many of these curves cross, so the brackets that wait longer pay off.",
        "noise": " Running all brackets or repeating the first one makes no difference here.",
    }[gain.verdict]


def _overtaken(curves: Sequence[Sequence[float]], trained: Trained) -> int:
    winner = max(trained, key=lambda number: trained[number])
    return sum(max(curves[number]) > max(curves[winner]) for number in trained)


def _bracket(bracket: Bracket, trained: Trained, curves: Sequence[Sequence[float]]) -> Chart:
    longest = [number for number, epochs in trained.items() if epochs == bracket.rungs[-1].epochs]
    winner = max(longest, key=lambda number: max(curves[number]))
    marks: list[Line | Points | Rule] = []
    for number, epochs in sorted(trained.items(), key=lambda item: item[1]):
        if epochs < EPOCHS:  # what it would have done
            rest = range(epochs, EPOCHS + 1)
            values = [curves[number][epoch - 1] for epoch in rest]
            marks.append(Line(rest, values, "had it gone on", "neutral", dashed=True, faint=True))
    for number, epochs in sorted(trained.items(), key=lambda item: item[1]):
        name, colour = ("dropped", "pruned") if epochs < EPOCHS else ("trained to its end", "run-0")
        if number == winner:
            name, colour = "the best of those", "best"
        marks.append(
            Line(range(1, epochs + 1), curves[number][:epochs], name, colour, key=f"{number:04d}")
        )
    ends = {number: epochs for number, epochs in trained.items() if epochs < EPOCHS}
    if ends:
        marks.append(
            Points(
                list(ends.values()),
                [curves[number][epochs - 1] for number, epochs in ends.items()],
                "dropped",
                "pruned",
            )
        )
    for rung, following in zip(bracket.rungs, bracket.rungs[1:], strict=False):
        marks.append(Rule(rung.epochs, "x", f"{following.size} of {rung.size} go on"))
    sizes = ", ".join(f"{rung.size}" for rung in bracket.rungs)
    first = len(bracket.rungs) == len(plan_brackets(EPOCHS, FACTOR))
    return Chart(
        f"bracket-{bracket.number}",
        Axis("epoch", scale="log", low=1, high=EPOCHS, whole=True),
        Axis(WHAT),
        tuple(marks),
        title=f"Bracket s = {bracket.number}: {sizes} networks, {bracket.epochs} epochs"
        + (" (successive halving)" if first else ""),
        wide=first,
        height=1.5 if first else 1.0,
    )


def _compared(lacks: Mapping[str, Any], budget: int) -> Chart:
    ordered = sorted(lacks, key=lambda name: -float(lacks[name].mean()))
    found = [estimate(lacks[name]) for name in ordered]
    return Chart(
        "compared",
        Axis("AUC by which the network found falls short of the best", low=0),
        Axis("", scale="category", categories=tuple(ordered)),
        (
            Points(
                [each.mean for each in found],
                list(range(len(ordered))),
                colour="run-0",
                hover=[each.told(4) for each in found],
                low=[each.low for each in found],
                high=[each.high for each in found],
            ),
        ),
        title=f"{budget} epochs each: mean of {SEARCHES} searches, 95 %",
        wide=True,
        height=0.7,
    )


def _table(plan: Sequence[Bracket], epochs: int, factor: int) -> Table:
    """Returns the plan as the paper's Table 1 has it."""
    rungs = len(plan[0].rungs)
    return Table(
        ("rung", *(f"s = {bracket.number}" for bracket in plan)),
        (
            *(
                (
                    str(place),
                    *(
                        f"{bracket.rungs[place].size} until {bracket.rungs[place].epochs}"
                        if place < len(bracket.rungs)
                        else ""
                        for bracket in plan
                    ),
                )
                for place in range(rungs)
            ),
            ("epochs", *(str(bracket.epochs) for bracket in plan)),
        ),
        tuple(range(1, len(plan) + 1)),
        title=f"Hyperband's plan for R = {epochs}, eta = {factor}: networks until epoch"
        + (" (Table 1 of Li et al. 2018)" if (epochs, factor) == (81, 3) else ""),
    )
