"""Options of a program: flags, environment variables, help, and the command line that says them
again.

A flag wins over the environment variable `TFTUNE_<OPTION>`, that over the option `--preset`, and
that over the default. This module
imports nothing that is slow: `--help` and every mistake in a flag are answered before TensorFlow is
loaded.

Example:
    >>> from tftune.cli.converters import integer
    >>> epochs = Option("--epochs", "N", integer(1), 5, "epochs a trial")
    >>> search = Option("--search", "NAME", str, "grid", "how")
    >>> table = OptionTable("demo", [epochs, search])
    >>> parsed = table.parse(["--search", "gp"], {"TFTUNE_SEARCH": "random", "TFTUNE_EPOCHS": "9"})
    >>> parsed.search, parsed.epochs
    ('gp', 9)
    >>> table.command(parsed, "--resume")
    'python -m tftune.demo --epochs 9 --search gp --resume'
"""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import tftune
from tftune.cli.converters import Convert, switch
from tftune.cli.presets import Preset
from tftune.cli.variables import origin
from tftune.support.checks import nearest
from tftune.support.texts import command_line, printable, shown


@dataclass(frozen=True)
class Option:
    """One option.

    Attributes:
        flag: Such as `--max-trials`; the environment variable is then TFTUNE_MAX_TRIALS.
        metavar: What the help calls its value; in brackets if the flag may stand without one, which
            is then the empty text.
        convert: Makes the value from text and raises `argparse.ArgumentTypeError`; `switch` for a
            flag without a value.
        default: The value if it is not given.
        text: What it is, for the help.
        group: The heading under which the help shows it.
        searches: The search methods that it belongs to; none if it belongs to all.
        argument: The argument of these methods' constructors that it sets.
        short: A short flag, or None.
        variable: A further environment variable that is asked last, or None.
        repeated: The flag may stand several times; `convert` then returns a tuple, and the tuples
            add up.
        once: The option is not said again by the command that resumes a search.
    """

    flag: str
    metavar: str
    convert: Convert
    default: Any
    text: str
    group: str = "search"
    searches: tuple[str, ...] = ()
    argument: str | None = None
    short: str | None = None
    variable: str | None = None
    repeated: bool = False
    once: bool = False

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
        return [
            word for item in (value if self.repeated else [value]) for word in self._said(str(item))
        ]

    def _said(self, text: str) -> tuple[str, ...]:
        # `--run-dir -x` would be read as two options
        return (f"{self.flag}={text}",) if text.startswith("-") else (self.flag, text)


class _Help(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=32)

    def _split_lines(self, text: str, width: int) -> list[str]:
        """Breaks lines between words only: flags and paths can be copied."""
        text = " ".join(text.split())
        return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Says what is wrong in one line instead of repeating the whole usage."""
        self.exit(2, f"error: {printable(message, 2000)}\nSee {self.prog} --help\n")


class OptionTable:
    """The options of a program, in the order in which the help shows them.

    Args:
        task: The program is `python -m tftune.<task>`.
        options: Its options.
        description: The help's text between the usage and the options.
        epilog: The help's last text.
        presets: What `--preset` chooses among, where there is such an option; the one that was
            chosen is the attribute `recipe` of what `parse` returns.

    Attributes:
        environment: The variables that the last `parse` has read, and what they hold.
    """

    def __init__(
        self,
        task: str,
        options: Iterable[Option],
        description: str = "",
        epilog: str = "",
        presets: Mapping[str, Preset] | None = None,
    ) -> None:
        self.presets = presets or {}
        self.program = f"python -m tftune.{task}"
        self.options = tuple(options)
        self.environment: dict[str, str] = {}
        self._parser = _Parser(
            prog=self.program,
            usage=f"{self.program} [options]",
            description=description,
            epilog=epilog,
            formatter_class=_Help,
            allow_abbrev=False,
        )
        groups = {
            name: self._parser.add_argument_group(name)
            for name in dict.fromkeys(option.group for option in self.options)
        }
        for option in self.options:
            self._add(groups[option.group], option)
        self._parser.add_argument(
            "--version", action="version", version=f"tftune {tftune.__version__}"
        )

    def _add(self, group: Any, option: Option) -> None:
        flags = [*([option.short] if option.short else []), option.flag]
        text = option.text.replace("%", "%%")
        if option.convert is not switch:
            shown = "" if option.default in (None, ()) else f" (default: {option.default})"
            more: dict[str, Any] = {"action": "append"} if option.repeated else {}
            if option.metavar.startswith("["):
                more = {"nargs": "?", "const": ""}
            metavar = option.metavar[1:-1] if "nargs" in more else option.metavar
            group.add_argument(
                *flags, metavar=metavar, type=option.convert, help=text + shown, **more
            )
        elif option.default or option.default is None:
            group.add_argument(
                *flags,
                action=argparse.BooleanOptionalAction,
                default=None,
                help=f"{text} (default: on)" if option.default else text,
            )
        else:
            group.add_argument(*flags, action="store_true", default=None, help=text)

    def parse(self, arguments: Sequence[str], environment: Mapping[str, str]) -> argparse.Namespace:
        """Returns the value of every option.

        Raises:
            SystemExit: With code 2 after a message on stderr; with code 0 after `--help` and
                `--version`.
        """
        parsed, unknown = self._parser.parse_known_args(arguments)
        if unknown:
            hint = nearest(unknown[0], [option.flag for option in self.options])
            self._parser.error(f"unknown argument {shown(unknown[0])}.{hint}")
        self.environment = {}
        given = {option.name for option in self.options if getattr(parsed, option.name) is not None}
        for option in self.options:
            if option.name not in given:
                setattr(parsed, option.name, self._from_environment(option, environment))
            elif option.repeated:
                setattr(
                    parsed,
                    option.name,
                    tuple(item for items in getattr(parsed, option.name) for item in items),
                )
        self._fill(parsed, given)
        self._check(parsed, given)
        return parsed

    def _fill(self, parsed: argparse.Namespace, given: set[str]) -> None:
        """Sets what a preset says of options that neither a flag nor a variable has set."""
        parsed.recipe = self.presets.get(getattr(parsed, "preset", None) or "")
        if parsed.recipe is None:
            return
        for option in self.options:
            told = option.name in given or any(
                name in self.environment for name in option.variables
            )
            if not told and option.name in parsed.recipe.options:
                setattr(parsed, option.name, parsed.recipe.options[option.name])

    def _from_environment(self, option: Option, environment: Mapping[str, str]) -> Any:
        for variable in option.variables:
            if environment.get(variable):
                self.environment[variable] = environment[variable]
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
            told = {
                name: value
                for name, value in self.environment.items()
                if name in ("TFTUNE_RESUME", "TFTUNE_OVERWRITE")
                and not {"resume", "overwrite"} & given
            }
            self._parser.error(
                "--resume and --overwrite contradict each other. Expected one of them: go on, or "
                f"start over.{f' Both are {origin(told)}.' if told else ''}"
            )
        for option in self.options:
            if option.searches and option.name in given and parsed.search not in option.searches:
                known = " or ".join(option.searches)
                self._parser.error(
                    f"{option.flag} belongs to --search {known}. Received: --search "
                    f"{parsed.search}."
                )

    def command(self, parsed: argparse.Namespace, *more: str) -> str:
        """Returns the command line that says these options, but none that is meant for one run
        only, and then `more`.
        """
        words = self.program.split()
        preset = getattr(parsed, "recipe", None)
        for option in self.options:
            value = getattr(parsed, option.name)
            unsaid = option.default
            if preset is not None and option.name in preset.options:
                unsaid = preset.options[option.name]
            if value != unsaid and not option.once:
                words += option.words(value)
        return command_line([*words, *more])
