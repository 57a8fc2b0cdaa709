"""Options that say what is searched and how: the method, its own options, the scheduler."""

from __future__ import annotations

from pathlib import Path

from tftune.cli.assignments import configurations, pairs
from tftune.cli.converters import Convert, integer, number, one_of, place, switch
from tftune.cli.options import Option
from tftune.oracles import ORACLES
from tftune.oracles.bayesian.choices import DESIGNS, GP_ACQUISITIONS
from tftune.schedulers import SCHEDULERS
from tftune.search.plan import SearchPlan
from tftune.support.files import expanded
from tftune.support.seeding import MAX_SEED

# saves most epochs of those that never chose worse within noise: benchmarks/README.md, 2
SCHEDULER = "successive-halving"
METHODS = "options of search methods and schedulers"  # a heading of the help


def _paths(text: str) -> tuple[Path | str, ...]:
    """Converts places separated by commas; one whose own name holds a comma is taken as it is, and
    so is the address of a database.
    """
    names = [text] if place(text).exists() else text.split(",")
    return tuple(
        name.strip() if "://" in name else expanded(name.strip()) for name in names if name.strip()
    )


def _optional(convert: Convert) -> Convert:
    return lambda text: text and convert(text)


def _flag(
    searches: str, argument: str, flag: str, metavar: str, convert: Convert, text: str
) -> Option:
    names = tuple(name for name in searches.split() if name in ORACLES)
    text = f"{', '.join(names)}: {text}"
    return Option(
        flag,
        metavar,
        convert,
        None,
        text,
        METHODS,
        searches=names,
        argument=argument,
    )


SEARCH_OPTIONS = (
    Option(
        "--search",
        "NAME",
        one_of(ORACLES, "search method"),
        SearchPlan.oracle,
        "how configurations are proposed, see above",
    ),
    Option(
        "--max-trials",
        "N",
        integer(1),
        None,
        "trials in all (default: 10, mobster 100, no limit with --timeout or --stop-when-flat; "
        "grid, hyperband, bohb and filled-halving: their whole plan)",
    ),
    Option(
        "--scheduler",
        "NAME",
        one_of(SCHEDULERS, "scheduler"),
        None,
        f"who stops a hopeless trial, see above (default: {SCHEDULER}; grid, hyperband, bohb, "
        "mobster and filled-halving: none)",
    ),
    Option(
        "--seed", "S", integer(0, MAX_SEED), SearchPlan.seed, "the same seed gives the same search"
    ),
    Option(
        "--split-seed",
        "S",
        integer(0, MAX_SEED),
        SearchPlan.split_seed,
        "of how rows are cut into splits and folds (default: that of --seed)",
    ),
    Option(
        "--timeout",
        "SECONDS",
        number(0),
        None,
        "end the search after this time; it can be resumed; auto without --max-trials plans for it "
        "(default: no limit)",
    ),
    Option(
        "--start",
        "KNOB=VALUE,...",
        configurations,
        (),
        "try this configuration first; several by ';' or by a flag each",
        repeated=True,
    ),
    Option(
        "--fix",
        "KNOB=VALUE,...",
        pairs,
        (),
        "do not tune these knobs; a number may lie outside the range",
        repeated=True,
    ),
    Option(
        "--warm-start",
        "SOURCE[,SOURCE]",
        _paths,
        (),
        "learn from earlier runs of the same space and objective; or from an Optuna storage, a "
        "KerasTuner project, a CSV of trials, see tftune import",
        repeated=True,
        once=True,
    ),
)
METHOD_OPTIONS = (
    _flag(
        "grid",
        "levels",
        "--grid-levels",
        "N",
        integer(2),
        "values of a knob without a step, both ends among them (default: 3)",
    ),
    _flag(
        "hyperband bohb",
        "factor",
        "--eta",
        "N",
        integer(2),
        "one of N trials is continued, N times as long (default: 3)",
    ),
    _flag(
        "hyperband bohb",
        "iterations",
        "--hyperband-iterations",
        "N",
        integer(1),
        "runs of the plan without --max-trials (default: 1)",
    ),
    _flag(
        "auto filled-halving",
        "budget",
        "--budget",
        "EPOCHS",
        integer(1),
        "epochs of all trials together; auto becomes filled-halving (whose own default is "
        "--timeout, or else 20 whole trainings)",
    ),
    Option(
        "--around-start",
        "",
        switch,
        False,
        "auto, gp-fast: look for good configurations around those of --start",
        METHODS,
        searches=("auto", "gp-fast"),
        argument="around_start",
    ),
    _flag(
        "gp",
        "acquisition",
        "--acquisition",
        "NAME",
        one_of(GP_ACQUISITIONS, "acquisition"),
        ", ".join(GP_ACQUISITIONS),
    ),
    _flag(
        "gp",
        "initial_design",
        "--initial-design",
        "NAME",
        one_of(DESIGNS, "initial design"),
        ", ".join(DESIGNS),
    ),
    _flag(
        "gp",
        "initial_points",
        "--initial-points",
        "N",
        integer(1),
        "trials before the model is asked (default: 10, at most half)",
    ),
    Option(
        "--search-option",
        "NAME=VALUE",
        pairs,
        (),
        "any option of the search method; --help-search lists them",
        METHODS,
        repeated=True,
    ),
    Option(
        "--scheduler-option",
        "NAME=VALUE",
        pairs,
        (),
        "any option of the scheduler; --help-scheduler lists them",
        METHODS,
        repeated=True,
    ),
    Option(
        "--help-search",
        "[NAME]",
        _optional(one_of(ORACLES, "search method")),
        None,
        "describe a search method and its options, and exit (default: that of --search)",
        METHODS,
        once=True,
    ),
    Option(
        "--help-scheduler",
        "[NAME]",
        _optional(one_of(SCHEDULERS, "scheduler")),
        None,
        "the same for a scheduler",
        METHODS,
        once=True,
    ),
)
