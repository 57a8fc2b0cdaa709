"""The options that all programs share, and what they mean for search methods and schedulers.

The options of a search method are the arguments of its constructor: `--search-option NAME=VALUE`
sets any of them, and those that are asked for most have flags of their own. A method that takes
`max_epochs` plans its own epochs and gets it from `--epochs`.

Example:
    >>> sorted(method_arguments("hyperband")), sorted(method_arguments("random"))
    (['factor', 'iterations', 'max_epochs'], [])
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tftune.cli.assignments import configurations, option_value, pairs
from tftune.cli.converters import Convert, integer, number, one_of, switch
from tftune.cli.options import Option
from tftune.oracles import ORACLES
from tftune.oracles.bayesian.choices import DESIGNS, GP_ACQUISITIONS
from tftune.schedulers import SCHEDULERS
from tftune.search.run_settings import LAG
from tftune.support.registry import Registry
from tftune.support.signatures import Argument, check_arguments, describe

BUDGET = "max_epochs"  # the argument of methods that plan their own epochs
_COMMON = {
    "objective",
    "direction",
    "max_trials",
    "hyperparameters",
    "seed",
    *describe("tftune.oracles.core.oracle:Oracle").arguments,
}


def _paths(text: str) -> tuple[Path, ...]:
    """Converts folders separated by commas; one whose own name holds a comma is taken as it is."""
    names = [text] if Path(text).exists() else text.split(",")
    return tuple(Path(name.strip()) for name in names if name.strip())


def _workers(text: str) -> int | str:
    return "ray" if text == "ray" else int(integer(0)(text))


def _lag(text: str) -> int:
    return int(integer(0)(text)) if text else LAG


def _folds(text: str) -> int:
    folds = int(integer(0)(text))
    if folds == 1:
        raise argparse.ArgumentTypeError(
            "expected an integer of at least 2, or 0 for none. Received: '1'."
        )
    return folds


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
        "options of search methods and schedulers",
        searches=names,
        argument=argument,
    )


# saves most epochs of those that never chose worse within noise: benchmarks/README.md, 2
SCHEDULER = "successive-halving"

SEARCH_OPTIONS = (
    Option(
        "--search",
        "NAME",
        one_of(ORACLES, "search method"),
        "auto",
        "how configurations are proposed, see above",
    ),
    Option(
        "--max-trials",
        "N",
        integer(1),
        None,
        "trials in all (default: 10; grid, hyperband and bohb: their whole plan)",
    ),
    Option(
        "--scheduler",
        "NAME",
        one_of(SCHEDULERS, "scheduler"),
        None,
        f"who stops a hopeless trial, see above (default: {SCHEDULER}; grid, hyperband and bohb: "
        "none)",
    ),
    Option("--seed", "S", integer(0, 2**31 - 1), 0, "the same seed gives the same search"),
    Option(
        "--timeout",
        "SECONDS",
        number(0),
        None,
        "end the search after this time; it can be resumed (default: no limit)",
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
        "DIR[,DIR]",
        _paths,
        (),
        "learn from earlier runs of the same space and objective",
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
        "options of search methods and schedulers",
        repeated=True,
    ),
    Option(
        "--scheduler-option",
        "NAME=VALUE",
        pairs,
        (),
        "any option of the scheduler; --help-scheduler lists them",
        "options of search methods and schedulers",
        repeated=True,
    ),
    Option(
        "--help-search",
        "[NAME]",
        _optional(one_of(ORACLES, "search method")),
        None,
        "describe a search method and its options, and exit (default: that of --search)",
        "options of search methods and schedulers",
        once=True,
    ),
    Option(
        "--help-scheduler",
        "[NAME]",
        _optional(one_of(SCHEDULERS, "scheduler")),
        None,
        "the same for a scheduler",
        "options of search methods and schedulers",
        once=True,
    ),
)
TRAINING_OPTIONS = (
    Option(
        "--space",
        "NAME",
        one_of(("core", "full"), "space"),
        "core",
        "core: the four main knobs; full: all of them",
        "training",
    ),
    Option(
        "--folds",
        "K",
        _folds,
        0,
        "score each trial by its mean over K folds of train and validation; 0 is off",
        "training",
    ),
    Option(
        "--early-stopping",
        "",
        switch,
        True,
        "end a trial whose objective no longer gets better",
        "training",
    ),
    Option(
        "--early-stopping-patience",
        "N",
        integer(0),
        10,
        "epochs to wait for it; 0 is off",
        "training",
    ),
    Option("--reduce-learning-rate", "", switch, True, "ReduceLROnPlateau on val_loss", "training"),
    Option("--plateau-factor", "F", number(0, 1), 0.9, "its factor", "training"),
    Option(
        "--plateau-patience", "N", integer(0), 5, "its patience in epochs; 0 is off", "training"
    ),
    Option(
        "--minimum-learning-rate",
        "R",
        number(0, least_is_allowed=True),
        1e-5,
        "its floor",
        "training",
    ),
)
RUN_OPTIONS = (
    Option(
        "--workers",
        "W",
        _workers,
        None,
        "trials at a time, each in a process; 0: in this one; ray: by Ray (default: one a core)",
        "run",
    ),
    Option(
        "--ray-address",
        "HOST:PORT",
        str,
        None,
        "train on this Ray cluster, or on 'auto'; --workers ray starts one here",
        "run",
    ),
    Option(
        "--gpu-share",
        "F",
        number(0),
        None,
        "part of a GPU that a trial uses; 0.5 trains two at a time on one",
        "run",
    ),
    Option(
        "--trial-timeout",
        "SECONDS",
        number(0),
        None,
        "end a trial that takes longer; it counts as failed (default: no limit)",
        "run",
    ),
    Option(
        "--trial-memory",
        "GB",
        number(0),
        None,
        "end a trial that uses more memory, likewise (default: no limit)",
        "run",
    ),
    Option(
        "--reproducible",
        "[LAG]",
        _lag,
        0,
        "the same trials with any number of workers up to LAG (4)",
        "run",
    ),
    Option("--run-dir", "DIR", Path, None, "the run folder (default: runs/TASK-SEARCH)", "run"),
    Option(
        "--resume", "", switch, False, "go on with the search in the run folder", "run", once=True
    ),
    Option(
        "--overwrite",
        "",
        switch,
        False,
        "remove the search in the run folder and start over",
        "run",
        once=True,
    ),
    Option("--json", "", switch, False, "print summary.json to stdout, and nothing else", "run"),
    Option(
        "--quiet",
        "",
        switch,
        False,
        "show no progress; warnings and results stay",
        "run",
        short="-q",
    ),
)


def method_arguments(name: str) -> dict[str, Argument]:
    """Returns the arguments that are a search method's own, by name."""
    return _own(ORACLES, name)


def scheduler_arguments(name: str) -> dict[str, Argument]:
    """Returns the arguments that are a scheduler's own, by name; `max_epochs` is told by the
    search.
    """
    return {
        argument: found for argument, found in _own(SCHEDULERS, name).items() if argument != BUDGET
    }


def _own(registry: Registry, name: str) -> dict[str, Argument]:
    return {
        argument: found
        for argument, found in describe(registry.target(name)).arguments.items()
        if argument not in _COMMON
    }


def default_scheduler(search: str) -> str:
    """Returns the scheduler of a search whose user names none: a grid is to be seen whole, and some
    methods plan the epochs themselves.

    Example:
        >>> default_scheduler("auto"), default_scheduler("hyperband")
        ('successive-halving', 'none')
    """
    return "none" if search == "grid" or BUDGET in method_arguments(search) else SCHEDULER


def method_options(options: argparse.Namespace) -> dict[str, Any]:
    """Returns the arguments for the constructor of the search method; what `--search-option` says
    wins over a flag.

    Raises:
        UsageError: If the method has no such option, or a value is not of its type.
    """
    known = method_arguments(options.search)
    flags = {
        option.argument: getattr(options, option.name)
        for option in METHOD_OPTIONS
        if options.search in option.searches
    }
    found = {
        argument: value
        for argument, value in flags.items()
        if argument is not None and value is not None
    }
    settable = {name: argument for name, argument in known.items() if name != BUDGET}
    found |= _converted(f"search method {options.search}", options.search_option, settable)
    return {**({BUDGET: options.epochs} if BUDGET in known else {}), **found}


def scheduler_options(options: argparse.Namespace) -> dict[str, Any]:
    """Returns the arguments for the constructor of the scheduler.

    Raises:
        UsageError: If it has no such option, or a value is not of its type.
    """
    return _converted(
        f"scheduler {options.scheduler}",
        options.scheduler_option,
        scheduler_arguments(options.scheduler),
    )


def _converted(what: str, texts: Iterable[str], known: Mapping[str, Argument]) -> dict[str, Any]:
    given = {
        name.replace("-", "_"): value for name, _, value in (text.partition("=") for text in texts)
    }
    check_arguments(what, given, known)
    return {
        name: option_value(f"{what}: {name}", value, known[name].annotation)
        for name, value in given.items()
    }


def help_text(options: argparse.Namespace) -> str | None:
    """Returns the description of the search method or scheduler that was asked for, or None if none
    was.
    """
    if options.help_search is not None:
        name = options.help_search or options.search
        flags = {
            option.argument: option.flag for option in METHOD_OPTIONS if name in option.searches
        }
        return _described(
            ORACLES, name, "--search", method_arguments(name), {**flags, BUDGET: "--epochs"}
        )
    if options.help_scheduler is not None:
        name = options.help_scheduler or options.scheduler or default_scheduler(options.search)
        return _described(SCHEDULERS, name, "--scheduler", scheduler_arguments(name), {})
    return None


def _described(
    registry: Registry,
    name: str,
    flag: str,
    known: Mapping[str, Argument],
    flags: Mapping[str | None, str],
) -> str:
    lines = [
        f"{flag} {name}: {registry.summary(name)}",
        "",
        describe(registry.target(name)).text,
        "",
    ]
    if not known:
        return "\n".join([*lines, "It has no options of its own."])
    lines.append(f"options ({flag}-option NAME=VALUE):")
    for argument in known.values():
        own = f"; also {flags[argument.name]}" if argument.name in flags else ""
        if argument.name == BUDGET:
            lines.append(f"  {BUDGET} is set by {flags[BUDGET]}")
            continue
        kind = f"{argument.annotation}, " if argument.annotation else ""
        lines += [
            f"  {argument.name}  ({kind}default: {argument.default}{own})",
            f"      {argument.text}",
        ]
    return "\n".join(lines)
