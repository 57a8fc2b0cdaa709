"""What the options mean for search methods and schedulers.

The options of a search method are the arguments of its constructor: `--search-option NAME=VALUE`
sets any of them, and those that are asked for most have flags of their own. A method that takes
`max_epochs` plans its own epochs and gets it from `--epochs`.

Example:
    >>> sorted(method_arguments("hyperband")), sorted(method_arguments("random"))
    (['factor', 'iterations', 'max_epochs', 'sizes'], [])
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Mapping
from typing import Any

from tftune.cli.assignments import option_value
from tftune.cli.search_options import METHOD_OPTIONS, SCHEDULER
from tftune.oracles import ORACLES
from tftune.oracles.other_words import OPTION_WORDS as SEARCH_OPTION_WORDS
from tftune.schedulers import SCHEDULERS
from tftune.schedulers.other_words import OPTION_WORDS as SCHEDULER_OPTION_WORDS
from tftune.support.other_words import OtherWords
from tftune.support.registry import Registry
from tftune.support.signatures import Argument, check_arguments, describe

BUDGET = "max_epochs"  # the argument of methods that plan their own epochs
_PLACE = r"`(?:[\w./]+\.py|[a-z_]+|PopulationMethod|Oracle\.\w+)`"
_PLACE_IN_CODE = rf"\s*\(see\s+{_PLACE}\)|,\s+see\s+{_PLACE}|\s*\((?:by\s+)?`[\w./]+\.py`\)"
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
        if argument is not None and value is not None and value is not False
    }
    settable = {name: argument for name, argument in known.items() if name != BUDGET}
    what = f"search method {options.search}"
    found |= _converted(what, options.search_option, settable, SEARCH_OPTION_WORDS)
    return {**({BUDGET: options.epochs} if BUDGET in known else {}), **found}


def scheduler_options(options: argparse.Namespace) -> dict[str, Any]:
    """Returns the arguments for the constructor of the scheduler.

    Raises:
        UsageError: If it has no such option, or a value is not of its type.
    """
    name = options.scheduler or default_scheduler(options.search)
    known, words = scheduler_arguments(name), SCHEDULER_OPTION_WORDS
    return _converted(f"scheduler {name}", options.scheduler_option, known, words)


def _converted(
    what: str, texts: Iterable[str], known: Mapping[str, Argument], words: OtherWords
) -> dict[str, Any]:
    given = {
        name.replace("-", "_"): value for name, _, value in (text.partition("=") for text in texts)
    }
    check_arguments(what, given, known, words)
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
        _for_a_terminal(describe(registry.target(name)).text),
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
            f"      {_for_a_terminal(argument.text)}",
        ]
    return "\n".join(lines)


def _for_a_terminal(text: str) -> str:
    """Returns the text of a docstring for whoever has the command line and not the code: classes
    become the names that the flags know, and hints at places in the code go.
    """
    for registry, flag in ((ORACLES, "search"), (SCHEDULERS, "scheduler")):
        for name in registry:
            stem = registry.target(name).rpartition(":")[2].removesuffix("Oracle")
            for class_name in (stem, f"{stem}Oracle", f"{stem}Method"):
                text = text.replace(f"`{class_name}`", f"{name} (--help-{flag} {name})")
    text = re.sub(_PLACE_IN_CODE, "", text)
    return text.replace("a name in `ORACLES`", "a name that --search takes")
