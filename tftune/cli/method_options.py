"""What the options mean for search methods and schedulers.

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
from typing import Any

from tftune.cli.assignments import option_value
from tftune.cli.search_options import METHOD_OPTIONS, SCHEDULER
from tftune.oracles import ORACLES
from tftune.schedulers import SCHEDULERS
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
