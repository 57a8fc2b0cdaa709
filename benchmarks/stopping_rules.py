"""How good the stopping rules are: searches over real learning curves are told again with each
rule.

    python -m benchmarks.stopping_rules --curves data/peptide_curves.csv.gz --jobs 2

Each replay draws trials of the table in a random order; all rules see the same ones.
"""

from __future__ import annotations

import argparse
import functools
import sys
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.calibration import INTERVALS, SHARES, calibration_rows, predict_last
from benchmarks.command import parser_of, run_command, show
from benchmarks.curves import CurveTable, default_path, noise, read_curves
from benchmarks.markdown import number, table
from benchmarks.replay import judge, replay
from benchmarks.search_options import add_jobs, add_redo, add_trials
from benchmarks.specs import parse, split
from benchmarks.units import Unit, run_missing
from tftune.errors import UsageError
from tftune.schedulers import SCHEDULERS
from tftune.support.seeding import generator

PREDICTING = "curve-fit"


def arguments() -> argparse.ArgumentParser:
    """Returns the parser of the command line."""
    parser = parser_of("stopping_rules", __doc__)
    add = parser.add_argument
    add(
        "--curves",
        type=Path,
        metavar="FILE",
        help="table of curves, .csv or .csv.gz; default: data/peptide_curves.csv.gz",
    )
    add(
        "--rules",
        type=split,
        metavar="A,B",
        help="names of the registry, with options: asha:factor=4; default: all",
    )
    add(
        "--direction",
        choices=("max", "min"),
        default="max",
        help="which way the objective improves (default max)",
    )
    add("--replays", type=int, default=50, help="searches a rule (default 50)")
    add_trials(parser, 60)
    add("--slots", type=int, default=2, help="trials that train at a time (default 2)")
    add(
        "--calibration-curves",
        type=int,
        default=100,
        metavar="N",
        help=f"curves that {PREDICTING} predicts (default 100; 0: none)",
    )
    add_jobs(parser)
    add_redo(parser, "rules")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code: 1 if a replay failed."""
    return run_command(arguments(), argv, run)


def run(options: argparse.Namespace) -> int:
    """Replays what is missing and prints the report."""
    path = options.curves or default_path()
    found = read_curves(path)
    trials = min(options.trials, len(found.curves))
    same = {
        "trials": trials,
        "slots": options.slots,
        "direction": options.direction,
        "curves": f"{zlib.crc32(path.read_bytes()):08x}",
    }
    units = list_units(options.rules or list(SCHEDULERS), options.replays, same)
    compute = functools.partial(run_unit, path=path)
    results = run_missing(
        units,
        compute,
        options.results,
        options.jobs,
        redo=lambda unit: unit["rule"] in options.redo,
    )
    sections = {"stopping-rules": rules_table(results, noise(found, options.direction), found)}
    if options.calibration_curves and PREDICTING in SCHEDULERS:
        sections["curve-fit-calibration"] = calibration_table(
            found, options.direction, options.calibration_curves
        )
    show(sections, options)
    return 0 if len(results) == len(units) else 1


def list_units(rules: Sequence[str], replays: int, same: Mapping[str, Any]) -> list[Unit]:
    """Returns all replays, each with the settings that they share.

    Raises:
        UsageError: If a rule is unknown.
    """
    unknown = [rule for rule in rules if parse(rule)[0] not in SCHEDULERS]
    if unknown:
        raise UsageError(
            f"There is no rule {', '.join(unknown)}. Expected some of: {', '.join(SCHEDULERS)}."
        )
    return [{"rule": rule, "replay": each, **same} for each in range(replays) for rule in rules]


def run_unit(unit: Unit, path: Path) -> dict[str, Any]:
    """Carries out one replay; the trials and their order depend on its number only."""
    found = _cached_curves(path)
    order = generator(unit["replay"], 0, "order of trials").choice(
        sorted(found.curves), size=unit["trials"], replace=False
    )
    rule = make_rule(unit["rule"], unit["direction"], found.epochs)
    return judge(
        replay(rule, found.curves, [str(trial) for trial in order], unit["slots"]),
        found.curves,
        unit["direction"],
    )


def make_rule(spec: str, direction: str, epochs: int) -> Any:
    """Returns a fresh scheduler."""
    name, options = parse(spec)
    return SCHEDULERS[name](direction=direction, max_epochs=epochs, **options)


@functools.cache
def _cached_curves(path: Path) -> CurveTable:
    return read_curves(path)


def rules_table(results: Sequence[Mapping[str, Any]], within: float, found: CurveTable) -> str:
    """Returns the table of the rules and the sentence that tells what noise is."""
    header = [
        "rule",
        "replays",
        "epochs saved",
        "regret, mean",
        "regret, 90 % quantile",
        "same choice",
        "within noise",
        "ms a decision",
    ]
    rows = []
    for rule in dict.fromkeys(result["rule"] for result in results):
        own = [result for result in results if result["rule"] == rule]
        saved, regrets = (
            np.array([each["saved"] for each in own]),
            np.array([each["regret"] for each in own]),
        )
        milliseconds = (
            1000.0 * sum(each["seconds"] for each in own) / sum(each["decisions"] for each in own)
        )
        cells = [
            f"{100 * saved.mean():.1f} %",
            f"{regrets.mean():.4f}",
            f"{np.quantile(regrets, 0.9):.4f}",
        ]
        cells += [
            f"{100 * np.mean(regrets == 0):.0f} %",
            f"{100 * np.mean(regrets <= within):.0f} %",
            number(milliseconds, 2),
        ]
        rows.append([rule, str(len(own)), *cells])
    size = f"{len(found.curves)} curves of at most {found.epochs} epochs"
    trials = (
        f"{results[0]['trials']} trials a replay, {results[0]['slots']} at a time"
        if results
        else "no replay"
    )
    return f"{table(header, rows)}\n\n{size}; {trials}; the noise is {within:.4f}."


def calibration_table(found: CurveTable, direction: str, count: int) -> str:
    """Returns how well the curve-fitting rule predicts the last epoch of whole, finite curves."""
    names = [
        name
        for name, curve in found.curves.items()
        if len(curve) == found.epochs and np.isfinite(curve).all()
    ]
    chosen = generator(0, 0, "calibration").permutation(names)[:count]
    rule = make_rule(PREDICTING, direction, found.epochs)
    predictions = {
        share: [predict_last(rule, found.curves[str(name)], share) for name in chosen]
        for share in SHARES
    }
    header = ["epochs seen", "curves", *(f"inside {100 * each:.0f} %" for each in INTERVALS)]
    header += ["median width of 90 %", "mean error", "mean error of the last value"]
    rows = []
    for row in calibration_rows(predictions):
        cells = [f"{100 * row[f'inside {each}']:.0f} %" for each in INTERVALS]
        cells += [f"{row[name]:.4f}" for name in ("width", "error", "last_value_error")]
        rows.append([f"{100 * row['share']:.0f} %", f"{row['curves']:.0f}", *cells])
    return table(header, rows)


if __name__ == "__main__":
    sys.exit(main())
