"""What the programs can be told on the command line and through the environment.

A flag wins over the environment variable `TFTUNE_<OPTION>`, and that over the default. This module imports nothing that is slow:
`--help` and every mistake in a flag are answered before TensorFlow is loaded.

Example:
    >>> options = OptionTable("demo", [Option("--epochs", "N", integer(1), 5, "epochs a trial"), *SEARCH_OPTIONS])
    >>> parsed = options.parse(["--search", "grid"], {"TFTUNE_SEARCH": "gp", "TFTUNE_EPOCHS": "9"})
    >>> parsed.search, parsed.epochs
    ('grid', 9)
    >>> options.command(parsed, "--resume")
    'python -m tftune.demo --epochs 9 --search grid --resume'
"""

from __future__ import annotations

import argparse
import difflib
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import tftune
from tftune.oracles import ORACLES
from tftune.schedulers import SCHEDULERS

Convert = Callable[[str], Any]
_TRUE, _FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


def integer(least: int, most: int | None = None) -> Convert:
    """Returns a converter of text to an integer within bounds.

    Example:
        >>> integer(1)("8")
        8
    """

    def convert(text: str) -> int:
        bounds = f"of at least {least}" if most is None else f"from {least} to {most}"
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least or (most is not None and value > most):
            raise argparse.ArgumentTypeError(f"expected an integer {bounds}. Received: {text!r}.")
        return value

    return convert


def number(least: float, below: float = float("inf"), least_is_allowed: bool = False) -> Convert:
    """Returns a converter of text to a number above `least`, or equal to it if that is allowed, and below `below`."""

    def convert(text: str) -> float:
        bounds = f"{'of at least' if least_is_allowed else 'above'} {least:g}" + (f" and below {below:g}" if below < float("inf") else "")
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not (least < value < below or (least_is_allowed and value == least)):
            raise argparse.ArgumentTypeError(f"expected a number {bounds}. Received: {text!r}.")
        return value

    return convert


def one_of(names: Iterable[str], kind: str) -> Convert:
    """Returns a converter that accepts a known name, and proposes the nearest for an unknown one."""
    known = list(names)

    def convert(text: str) -> str:
        if text in known:
            return text
        raise argparse.ArgumentTypeError(f"unknown {kind} {text!r}.{nearest(text, known)} Expected one of: {', '.join(known)}.")

    return convert


def nearest(text: str, known: Iterable[str]) -> str:
    """Returns ` Did you mean ...?` or nothing.

    Example:
        >>> nearest("--max-trial", ["--max-trials", "--seed"])
        " Did you mean '--max-trials'?"
    """
    found = difflib.get_close_matches(text, list(known), n=1)
    return f" Did you mean {found[0]!r}?" if found else ""


def switch(text: str) -> bool:
    """Converts the value of an environment variable that stands for a flag without a value."""
    if text.lower() not in (*_TRUE, *_FALSE):
        raise argparse.ArgumentTypeError(f"expected 1 or 0, true or false, yes or no, on or off. Received: {text!r}.")
    return text.lower() in _TRUE


@dataclass(frozen=True)
class Option:
    """One option.

    Attributes:
        flag: Such as `--max-trials`; the environment variable is then TFTUNE_MAX_TRIALS.
        metavar: What the help calls its value.
        convert: Makes the value from text and raises `argparse.ArgumentTypeError`; `switch` for a flag without a value.
        default: The value if it is not given.
        text: What it is, for the help.
        group: The heading under which the help shows it.
        search: The one search method that it belongs to, or None.
        short: A short flag, or None.
        variable: A further environment variable that is asked last, or None.
    """

    flag: str
    metavar: str
    convert: Convert
    default: Any
    text: str
    group: str = "search"
    search: str | None = None
    short: str | None = None
    variable: str | None = None

    @property
    def name(self) -> str:
        """The attribute that holds the value."""
        return self.flag.removeprefix("--").replace("-", "_")

    @property
    def variables(self) -> list[str]:
        """The environment variables, the first that is set wins."""
        return [f"TFTUNE_{self.name.upper()}", *([self.variable] if self.variable else [])]

    def words(self, value: Any) -> list[str]:
        """Returns how the command line says a value."""
        if self.convert is switch:
            return [self.flag if value else self.flag.replace("--", "--no-", 1)]
        return [self.flag, str(value)]


def _oracle(search: str, flag: str, metavar: str, convert: Convert, text: str) -> Option:
    return Option(flag, metavar, convert, None, f"{search}: {text}", "options of one search method", search=search)


ACQUISITIONS = ("gp_hedge", "EI", "PI", "LCB", "EIps")
DESIGNS = ("random", "sobol", "halton", "hammersley", "lhs", "grid")

SEARCH_OPTIONS = (
    Option("--search", "NAME", one_of(ORACLES, "search method"), "random", "how configurations are proposed, see above"),
    Option("--max-trials", "N", integer(1), None, "trials in all (default: 10; grid: the whole grid; hyperband: its plan)"),
    Option("--scheduler", "NAME", one_of(SCHEDULERS, "scheduler"), "none", "who stops a hopeless trial"),
    Option("--seed", "S", integer(0, 2**31 - 1), 0, "the same seed gives the same search"),
    Option("--timeout", "SECONDS", number(0), None, "end the search after this time; it can be resumed (default: no limit)"),
    _oracle("grid", "--grid-levels", "N", integer(2), "values of a knob without a step, both ends among them (default: 3)"),
    _oracle("hyperband", "--eta", "N", integer(2), "one of N trials is continued, N times as long (default: 3)"),
    _oracle("hyperband", "--hyperband-iterations", "N", integer(1), "how often the plan is repeated (default: 1)"),
    _oracle("gp", "--acquisition", "NAME", one_of(ACQUISITIONS, "acquisition"), f"{', '.join(ACQUISITIONS)} (default: gp_hedge)"),
    _oracle("gp", "--initial-design", "NAME", one_of(DESIGNS, "initial design"), f"{', '.join(DESIGNS)} (default: random)"),
    _oracle("gp", "--initial-points", "N", integer(1), "trials before the Gaussian process is asked (default: 10, at most half)"),
)
TRAINING_OPTIONS = (
    Option("--space", "NAME", one_of(("core", "full"), "space"), "core", "core: the four main knobs; full: all of them", "training"),
    Option("--early-stopping", "", switch, True, "end a trial whose objective no longer gets better", "training"),
    Option("--early-stopping-patience", "N", integer(0), 10, "epochs to wait for it; 0 is off", "training"),
    Option("--reduce-learning-rate", "", switch, True, "ReduceLROnPlateau on val_loss", "training"),
    Option("--plateau-factor", "F", number(0, 1), 0.9, "its factor", "training"),
    Option("--plateau-patience", "N", integer(0), 5, "its patience in epochs; 0 is off", "training"),
    Option("--minimum-learning-rate", "R", number(0, least_is_allowed=True), 1e-5, "its floor", "training"),
)
RUN_OPTIONS = (
    Option("--workers", "W", integer(0), None, "trials at a time, each in a process; 0: in this one (default: one a core)", "run"),
    Option("--run-dir", "DIR", Path, None, "the run folder (default: runs/TASK-SEARCH)", "run"),
    Option("--resume", "", switch, False, "go on with the search in the run folder", "run"),
    Option("--overwrite", "", switch, False, "remove the search in the run folder and start over", "run"),
    Option("--json", "", switch, False, "print summary.json to stdout, and nothing else", "run"),
    Option("--quiet", "", switch, False, "show no progress; warnings and results stay", "run", short="-q"),
)


class _Help(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=32)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Says what is wrong in one line instead of repeating the whole usage."""
        self.exit(2, f"error: {message}\nSee {self.prog} --help\n")


class OptionTable:
    """The options of a program, in the order in which the help shows them.

    Args:
        task: The program is `python -m tftune.<task>`.
        options: Its options.
        description: The help's text between the usage and the options.
        epilog: The help's last text.
    """

    def __init__(self, task: str, options: Iterable[Option], description: str = "", epilog: str = "") -> None:
        self.program = f"python -m tftune.{task}"
        self.options = tuple(options)
        self._parser = _Parser(
            prog=self.program, usage=f"{self.program} [options]", description=description, epilog=epilog,
            formatter_class=_Help, allow_abbrev=False,
        )  # fmt: skip
        groups = {name: self._parser.add_argument_group(name) for name in dict.fromkeys(option.group for option in self.options)}
        for option in self.options:
            self._add(groups[option.group], option)
        self._parser.add_argument("--version", action="version", version=f"tftune {tftune.__version__}")

    def _add(self, group: Any, option: Option) -> None:
        flags = [*([option.short] if option.short else []), option.flag]
        text = option.text.replace("%", "%%")
        if option.convert is not switch:
            shown = "" if option.default is None else f" (default: {option.default})"
            group.add_argument(*flags, metavar=option.metavar, type=option.convert, help=text + shown)
        elif option.default:
            group.add_argument(*flags, action=argparse.BooleanOptionalAction, default=None, help=f"{text} (default: on)")
        else:
            group.add_argument(*flags, action="store_true", default=None, help=text)

    def parse(self, arguments: Sequence[str], environment: Mapping[str, str]) -> argparse.Namespace:
        """Returns the value of every option.

        Raises:
            SystemExit: With code 2 after a message on stderr; with code 0 after `--help` and `--version`.
        """
        parsed, unknown = self._parser.parse_known_args(arguments)
        if unknown:
            self._parser.error(f"unknown argument {unknown[0]!r}.{nearest(unknown[0], [option.flag for option in self.options])}")
        given = {option.name for option in self.options if getattr(parsed, option.name) is not None}
        for option in self.options:
            if option.name not in given:
                setattr(parsed, option.name, self._from_environment(option, environment))
        self._check(parsed, given)
        return parsed

    def _from_environment(self, option: Option, environment: Mapping[str, str]) -> Any:
        for variable in option.variables:
            if environment.get(variable):
                try:
                    return option.convert(environment[variable])
                except argparse.ArgumentTypeError as error:
                    self._parser.error(f"environment variable {variable}: {error}")
        return option.default

    def _check(self, parsed: argparse.Namespace, given: set[str]) -> None:
        for flag, other in (("resume", "overwrite"), ("overwrite", "resume")):
            if flag in given and other not in given:
                setattr(parsed, other, False)  # the flag wins over the other's environment variable
        if getattr(parsed, "resume", False) and parsed.overwrite:
            self._parser.error("--resume and --overwrite contradict each other. Expected one of them: go on, or start over.")
        for option in self.options:
            if option.search and option.name in given and option.search != parsed.search:
                self._parser.error(f"{option.flag} belongs to --search {option.search}. Received: --search {parsed.search}.")

    def command(self, parsed: argparse.Namespace, *more: str) -> str:
        """Returns the command line that says these options, but neither --resume nor --overwrite, and then `more`."""
        words = self.program.split()
        for option in self.options:
            value = getattr(parsed, option.name)
            if value != option.default and option.name not in ("resume", "overwrite"):
                words += option.words(value)
        return shlex.join([*words, *more])
