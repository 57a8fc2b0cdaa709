"""`tftune compare`: several runs beside each other, and what of it is noise."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from tftune.cli.command import Subcommand
from tftune.cli.converters import source
from tftune.cli.runs import opened_all
from tftune.cli.terminal import print_document
from tftune.errors import UsageError
from tftune.reports.run_data import RunData

_LONGEST = 40


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "runs",
        metavar="RUN",
        type=source,
        nargs="+",
        help="run folders, or their names in runs/; at least two",
    )
    parser.add_argument("--json", action="store_true", help="one JSON document to stdout")


def _run(options: argparse.Namespace) -> int:
    runs = opened_all(options.runs)
    if len(runs) < 2:
        raise UsageError(
            f"A comparison needs at least two different runs. Received: {runs[0].name}. Name "
            "another; tftune list shows what there is."
        )
    if options.json:
        print_document(document(runs))
        return 0
    _print_runs(runs)
    _print_pairs(runs)
    _print_groups(runs)
    return 0


def row(run: RunData, common: float | None) -> dict[str, Any]:
    """Returns what stands in the row of a run, for JSON; intervals are 95 %."""
    from tftune.cli.plan_words import planned_trials
    from tftune.cli.run_words import measured_on_test, state_now
    from tftune.reports.comparing import fingerprint
    from tftune.reports.reaching import reached

    best = run.state.best()
    low, high = _ends_of_best(run)
    when = None if common is None else reached(run.records, common, run.state.direction)
    wanted = run.state.objective.removeprefix("val_")
    test = next((each for each in measured_on_test(run) if each[0] == wanted), None)
    if test is not None:
        test = _with_share(run, test)
    header = run.state.header
    return {
        "run": run.name,
        "state": str(state_now(run).status),
        **{name: header.get(name) for name in ("task", "search", "scheduler", "seed")},
        "objective": {"name": run.state.objective, "direction": run.state.direction},
        "fingerprint": fingerprint(run),
        "planned": planned_trials(run),
        "trials": run.state.counts(),
        "seconds": run.state.wall_seconds,
        "best": None if best is None else best.score,
        "best_low": low,
        "best_high": high,
        "best_trial": None if best is None else best.trial_id,
        "test": None
        if test is None
        else dict(zip(("metric", "value", "low", "high"), test, strict=True)),
        "test_metrics": {} if run.state.test is None else dict(run.state.test["metrics"]),
        "reference": _reference(run),
        "reached": None if when is None else {"trials": when.trials, "seconds": when.seconds},
    }


def _with_share(run: RunData, test: Any) -> Any:
    """Returns a test metric with an interval, where the numbers of the rows allow one."""
    from tftune.reports.analysis.noise import interval_of
    from tftune.reports.analysis.worth import known_rows

    name, value, low, _ = test
    if low is not None or not isinstance(run.state.header.get("data") or {}, Mapping):
        return test
    found, _ = interval_of(name, value, "test", known_rows(run.state))
    return test if found is None else (name, value, found.low, found.high)


def _ends_of_best(run: RunData) -> tuple[float | None, float | None]:
    """Returns the interval of the best score that the rows of its split allow."""
    from tftune.reports.analysis.worth import validation_worth

    best = run.state.best()
    if best is None or not isinstance(run.state.header.get("data") or {}, Mapping):
        return None, None
    found = validation_worth(run.state, best).interval
    return (None, None) if found is None else (found.low, found.high)


def _reference(run: RunData) -> dict[str, Any] | None:
    """Returns the reference model that was the best in validation, with what it is worth on the
    test split, or None.
    """
    from tftune.reports.analysis.references import table_of

    table = table_of(run.state, run.state.references.get("test"))
    if table is None or table.best is None:
        return None
    found = table.best.metrics.get(table.deciding) or {}
    return {"name": table.best.name, "metric": table.deciding, **found}


def _reference_words(found: Mapping[str, Any] | None) -> str:
    from tftune.cli.run_words import with_interval
    from tftune.support.texts import one_line

    if found is None or found.get("value") is None:
        return ""
    ends = (found["value"], found["low"], found["high"])
    return f"{one_line(str(found['name']), _LONGEST)} {with_interval(*ends)}"


def document(runs: Sequence[RunData]) -> dict[str, Any]:
    """Returns the whole comparison for JSON."""
    from dataclasses import asdict

    from tftune.reports.comparing import common_score, doubts, pairs
    from tftune.reports.seed_groups import group_tests, groups

    common, found = common_score(runs), groups(runs)
    several = [group for group in found if len(group.runs) > 1]
    return {
        "runs": [row(run, common) for run in runs],
        "common_score": common,
        "doubts": doubts(runs),
        "pairs": [{**asdict(pair), "verdict": pair.verdict} for pair in pairs(runs)],
        "groups": [asdict(group) for group in several],
        "group_tests": [
            {"first": a.name, "second": b.name, "p": p, "least_p": least}
            for a, b, p, least in group_tests(found)
        ],
    }


def _print_runs(runs: Sequence[RunData]) -> None:
    from tftune.cli.run_words import with_interval
    from tftune.reports.analysis.words import counted
    from tftune.reports.comparing import common_score, doubts
    from tftune.reports.lines import duration
    from tftune.reports.tables import format_value
    from tftune.reports.text_table import Column, print_table
    from tftune.support.texts import one_line

    common = common_score(runs)
    told_of = any(_reference(run) is not None for run in runs)
    names = list(dict.fromkeys(run.state.objective for run in runs))
    heading = one_line(names[0], _LONGEST) if len(names) == 1 else "objective"
    columns = [
        Column("run", left=True),
        Column("method", left=True, drop=3),
        Column("seed", drop=4),
        Column("trials"),
        Column("time", drop=1),
        Column(f"best {heading}"),
        Column("test"),
        *([Column("best reference, test", drop=1)] if told_of else []),
        *([] if common is None else [Column("reached after"), Column("in", drop=2)]),
    ]
    rows = []
    for run in runs:
        told = row(run, common)
        test, when = told["test"], told["reached"]
        best = with_interval(told["best"], told["best_low"], told["best_high"])
        if len(names) > 1:
            best += f" {one_line(run.state.objective, _LONGEST)}"
        ends = () if test is None else (test["value"], test["low"], test["high"])
        cells = [
            one_line(run.name, _LONGEST),
            one_line(str(told["search"] or ""), _LONGEST),
            str(told["seed"]),
            str(sum(told["trials"].values())),
            duration(told["seconds"]),
            best,
            (with_interval(*ends) if test is not None else "")
            + (f" {one_line(test['metric'], _LONGEST)}" if test and len(names) > 1 else ""),
        ]
        if told_of:
            cells.append(_reference_words(told["reference"]))
        if common is not None and when is not None:
            cells += [counted(when["trials"], "trial"), duration(when["seconds"])]
        rows.append(cells)
    print_table(columns, rows)
    if common is not None:
        print(
            f"\nReached: {format_value(common)}, the worst of the best scores, which all runs "
            "have reached."
        )
    elif len(names) == 1:
        print("\nNo common score: a run has no trial with a score.")
    if any(run.state.test is None for run in runs):
        print("A run without a test score: tftune finish RUN evaluates its best trial.")
    for doubt in doubts(runs):
        print(f"Warning: {doubt}")


def _print_pairs(runs: Sequence[RunData]) -> None:
    from tftune.reports.comparing import SIGNIFICANT, pairs
    from tftune.reports.tables import format_value
    from tftune.support.texts import one_line

    found = pairs(runs)
    print("\nThe best models on the test rows")
    for pair in found:
        first, second = (one_line(name, _LONGEST) for name in (pair.first, pair.second))
        print(f"  {first} against {second}: {pair.verdict}")
        if pair.difference is not None:
            a, b = (format_value(score) for score in pair.scores)
            low, high = format_value(pair.difference.low), format_value(pair.difference.high)
            print(
                f"    {pair.metric} {a} against {b}: difference "
                f"{format_value(pair.difference.value)} [{low}, {high}] (paired bootstrap, p = "
                f"{_p(pair.difference.p)})"
            )
        if pair.mcnemar is not None:
            print(
                f"    right in only one: {pair.mcnemar.only_first} and {pair.mcnemar.only_second} "
                f"rows (McNemar, exact, p = {_p(pair.mcnemar.p)})"
            )
    tested = [pair for pair in found if not pair.why_not]
    if len(tested) > 1:
        print(
            f"  A verdict is given below p = {SIGNIFICANT} after Holm's correction for "
            f"{len(tested)} tests: "
            + ", ".join(f"{_p(pair.p)}" for pair in tested)
            + ", in this order."
        )
    if tested:
        print("  This compares two trained models, not two methods: that needs several seeds.")


def _print_groups(runs: Sequence[RunData]) -> None:
    from tftune.reports.comparing import SIGNIFICANT
    from tftune.reports.seed_groups import group_tests, groups

    found = groups(runs)
    if all(len(group.runs) < 2 for group in found):
        return
    print("\nThe searches over their seeds (mean and 95 % interval of the mean)")
    for group in found:
        seeds = f"{len(group.runs)} seed{'s' if len(group.runs) > 1 else ''}"
        print(f"  {group.name} ({seeds}): best {_spread(group.best)}, test {_spread(group.test)}")
    if len({run.state.objective for run in runs}) > 1:
        return
    for a, b, p, least in group_tests(found):
        words = "this is noise" if p >= SIGNIFICANT else "more than noise"
        few = f"; so few seeds cannot give less than {_p(least)}" if least >= SIGNIFICANT else ""
        print(f"  {a.name} against {b.name}: {words} (Mann-Whitney, p = {_p(p)}{few})")


def _spread(spread: Any) -> str:
    from tftune.cli.run_words import with_interval

    if spread is None:
        return "not known for all"
    ends = (spread.low, spread.high) if spread.count > 1 else (None, None)
    return with_interval(spread.mean, *ends)


def _p(value: float) -> str:
    return "below 0.001" if value < 0.001 else f"{value:.2g}"


COMMAND = Subcommand(
    _add_arguments,
    _run,
    (("beans-auto beans-random", "which is better, and is it more than noise"),),
)
