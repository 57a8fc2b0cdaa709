"""What it is worth to train the best few of a search again: searches over tables of real results
that differ from seed to seed, and the choice among their best by each rule.

    python -m benchmarks.confirmed_winner --jobs 2 --results confirmed.jsonl --write-readme

The searches take the time, and the results file keeps them; the races are run anew each time.
"""

from __future__ import annotations

import argparse
import functools
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks import tables
from benchmarks.command import parser_of, run_command, show
from benchmarks.markdown import number, table
from benchmarks.noisy_tables import (
    NoisyTable,
    Race,
    cached_table,
    load_noisy_table,
    noisy_search,
    noisy_table_names,
)
from benchmarks.search_options import add_jobs, add_seeds, add_tables, add_trials
from benchmarks.searches import check_methods
from benchmarks.specs import split
from benchmarks.units import Unit, run_missing
from tftune.search.racing import rounds_for
from tftune.search.repeated_mean import luck, repeated_mean
from tftune.support.seeding import generator

METHODS = "auto,random"


@dataclass(frozen=True)
class Rule:
    """How the winner of a search is chosen.

    Attributes:
        name: For the table.
        rounds: Contenders of each round.
        same_seeds: Whether all contenders of a round see one fresh seed, else each its own.
    """

    name: str
    rounds: tuple[int, ...]
    same_seeds: bool = True


RULES = (
    Rule("3, 2, 2, 2 (`--confirm 3`)", rounds_for(3)),
    Rule("4, 2, 2, 2 (`--confirm 4`)", rounds_for(4)),
    Rule("4, 3, 2, 2", (4, 3, 2, 2)),
    Rule("5, 3, 2, 2", (5, 3, 2, 2)),
    Rule("3, 2, 2, 2, each its own seeds", rounds_for(3), same_seeds=False),
    Rule("the best 5 once", (5,)),
    Rule("the best 10 once", (10,)),
)


@dataclass(frozen=True)
class Chosen:
    """What came of one search, in units of the regret, means over the draws of fresh seeds.

    Attributes:
        problem: The table.
        seed: Of the search.
        luckiest: Regret of the best score.
        best: Regret of the best configuration that was tried.
        confirmed: Regret of the winner.
        trainings: Beyond those of the search.
        covered: Share of the intervals that hold what the winner is worth; NaN without intervals.
        luck: How much better the winner's score was than its repeats.
        optimism: How much better its repeats were than it is.
    """

    problem: str
    seed: int
    luckiest: float
    best: float
    confirmed: float
    trainings: float
    covered: float
    luck: float
    optimism: float


def arguments() -> argparse.ArgumentParser:
    """Returns the parser of the command line."""
    parser = parser_of("confirmed_winner", __doc__)
    add = parser.add_argument
    add_tables(parser, tables.DEFAULT_FOLDER)
    add(
        "--methods",
        type=split,
        metavar="A,B",
        default=split(METHODS),
        help=f"search methods of the registry (default {METHODS})",
    )
    add_trials(parser, 100)
    add_seeds(parser, 40, "searches of a method on a table")
    add("--first-seed", type=int, default=0, metavar="S", help="the least of them (default 0)")
    add("--draws", type=int, default=20, help="races a search and rule (default 20)")
    add_jobs(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code: 1 if a search failed."""
    return run_command(arguments(), argv, run)


def run(options: argparse.Namespace) -> int:
    """Searches what is missing, runs the races and prints the report."""
    check_methods(options.methods)
    names = noisy_table_names(options.tables)
    for name in names:
        load_noisy_table(options.tables / f"{name}.npz")  # refused before the first search
    units: list[Unit] = [
        {"noisy": method, "problem": name, "seed": seed, "trials": options.trials}
        for seed in range(options.first_seed, options.first_seed + options.seeds)
        for name in names
        for method in options.methods
    ]
    compute = functools.partial(run_unit, folder=str(options.tables))
    searches = run_missing(units, compute, options.results, options.jobs)
    found = {
        method: [each for each in searches if each["noisy"] == method] for method in options.methods
    }
    chosen = {
        (method, rule.name): [
            judge(cached_table(str(options.tables), search["problem"]), search, rule, options.draws)
            for search in found[method]
        ]
        for method in options.methods
        for rule in RULES
    }
    sections = {
        "confirmed-winner": rules_table(chosen, options),
        "confirmed-winner-each-table": each_table(chosen, names),
    }
    show(sections, options, complete=bool(searches))
    return 0 if len(searches) == len(units) else 1


def run_unit(unit: Unit, folder: str) -> dict[str, Any]:
    """Runs one search."""
    found = cached_table(folder, unit["problem"])
    return noisy_search(found, unit["noisy"], unit["seed"], unit["trials"])


def judge(found: NoisyTable, search: Mapping[str, Any], rule: Rule, draws: int) -> Chosen:
    """Returns what a rule's choices after one search are worth.

    Args:
        found: The table.
        search: As `run_unit` returns it, with the keys of its unit.
        rule: Who is trained again, and how.
        draws: Of fresh seeds; each is a race of its own.
    """
    losses = found.regrets_of(found.losses)
    places, worth = np.array(search["places"]), losses.mean(axis=1)
    seen = losses[places, np.array(search["draws"])]
    label = f"fresh seeds on {search['problem']} after {search['noisy']}"
    fresh = generator(search["seed"], 0, label)
    rows = []
    for _ in range(draws):
        seeds = fresh.integers(losses.shape[1], size=(len(rule.rounds), len(places)))
        seeds = np.broadcast_to(seeds[:, :1], seeds.shape) if rule.same_seeds else seeds
        found_by = found.race(
            search["places"],
            search["draws"],
            rule.rounds,
            lambda number, trial, seeds=seeds: int(seeds[number, trial]),
        )
        rows.append(_judged(found_by, worth[places]))
    confirmed, trainings, covered, lucky, optimism = np.mean(rows, axis=0)
    luckiest = float(worth[places[int(seen.argmin())]])
    best = float(worth[places].min())
    return Chosen(
        search["problem"],
        search["seed"],
        luckiest,
        best,
        *map(float, (confirmed, trainings, covered, lucky, optimism)),
    )


def _judged(race: Race, worth: np.ndarray) -> list[float]:
    by_trial: dict[str, list[float]] = {}
    for (trial, _), value in race.results.items():
        by_trial.setdefault(trial, []).append(value)
    winner = str(race.winner)
    told, truth = repeated_mean(winner, by_trial), float(worth[race.winner])
    covered = np.nan
    if told.low is not None and told.high is not None:
        covered = float(told.low - 1e-9 <= truth <= told.high + 1e-9)
    lucky = luck(race.scores[winner], told.mean, "min")
    return [truth, len(race.results), covered, lucky, truth - told.mean]


def rules_table(
    chosen: Mapping[tuple[str, str], Sequence[Chosen]], options: argparse.Namespace
) -> str:
    """Returns the table of the rules, a row a rule and search method."""
    header = [
        *("after", "chosen by", "trainings", "regret, luckiest", "regret, confirmed"),
        *("regret, best tried", "change", "even seeds", "odd seeds", "of the gap"),
        *("inside 90 %", "luck", "optimism left"),
    ]
    rows = []
    for (method, rule), found in chosen.items():
        luckiest, confirmed, best = (
            np.array([getattr(each, name) for each in found])
            for name in ("luckiest", "confirmed", "best")
        )
        even = np.array([each.seed % 2 == 0 for each in found], bool)
        gap = luckiest.mean() - best.mean()
        covered = np.array([each.covered for each in found])
        rows.append(
            [
                method,
                rule,
                number(float(np.mean([each.trainings for each in found]))),
                *(number(float(each.mean())) for each in (luckiest, confirmed, best)),
                change(luckiest, confirmed),
                change(luckiest[even], confirmed[even]),
                change(luckiest[~even], confirmed[~even]),
                f"{100 * (luckiest - confirmed).mean() / gap:.0f} %" if gap > 0 else "-",
                "-" if np.isnan(covered).any() else f"{100 * covered.mean():.1f} %",
                *(
                    number(float(np.mean([getattr(each, name) for each in found])), 2)
                    for name in ("luck", "optimism")
                ),
            ]
        )
    searches = max((len(found) for found in chosen.values()), default=0)
    return (
        f"{table(header, rows)}\n\n{searches} searches of {options.trials} trials a method, "
        f"{options.draws} draws of fresh seeds each; change ± its standard error over the searches."
    )


def each_table(chosen: Mapping[tuple[str, str], Sequence[Chosen]], names: Sequence[str]) -> str:
    """Returns the change of the regret, and the share of intervals that hold, on each table."""
    rows = []
    for (method, rule), found in chosen.items():
        cells = []
        for name in names:
            own = [each for each in found if each.problem == name]
            luckiest = np.array([each.luckiest for each in own])
            confirmed = np.array([each.confirmed for each in own])
            covered = np.array([each.covered for each in own])
            inside = "" if np.isnan(covered).any() else f", {100 * covered.mean():.0f} %"
            cells.append(f"{change(luckiest, confirmed)}{inside}")
        rows.append([method, rule, *cells])
    return table(["after", "chosen by", *names], rows)


def change(before: np.ndarray, after: np.ndarray) -> str:
    """Returns by how much the mean has changed, with the standard error of that.

    Example:
        >>> change(np.array([1.0, 1.0]), np.array([0.5, 0.75]))
        '-38 ± 12 %'
    """
    if len(before) < 2 or before.mean() == 0:
        return "-"
    difference = after - before
    error = difference.std(ddof=1) / np.sqrt(len(difference))
    return f"{100 * difference.mean() / before.mean():+.0f} ± {100 * error / before.mean():.0f} %"


if __name__ == "__main__":
    sys.exit(main())
