"""The command `tftune`, also `python -m tftune`: looks at run folders, compares them, uses their
models.

Results go to stdout, all else to stderr; the exit codes are those of the programs. `--help` and
mistakes in the arguments are answered before anything slow is imported.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

import tftune
from tftune.cli.last_net import caught
from tftune.cli.terminal import aligned, short_warnings, sigterm_as_ctrl_c, tell
from tftune.errors import MachineError, TftuneError
from tftune.journal.run_folder import RunFolder
from tftune.support.other_words import OtherWords
from tftune.support.registry import Registry
from tftune.support.streams import steady_streams
from tftune.support.tensorflow_import import prefer_fast_kernels
from tftune.support.texts import printable, shown

SUBCOMMANDS = Registry(
    "subcommand",
    {
        "list": (".list_runs:COMMAND", "the runs in a folder: state, trials, best, test, age"),
        "show": (".show:COMMAND", "one run: its plan, its best trials; or one trial of it"),
        "trials": (".trials:COMMAND", "every trial of a run, as a table, CSV or JSON"),
        "compare": (".compare:COMMAND", "several runs beside each other, and what is noise"),
        "diagnose": (".diagnose:COMMAND", "high bias or high variance, and what to do about it"),
        "report": (".report:COMMAND", "a page with every view of one or several runs"),
        "predict": (".predict:COMMAND", "classes of files or sequences, by the best model"),
        "evaluate": (".evaluate:COMMAND", "what the best model is worth on the test data"),
        "check-data": (".check_data:COMMAND", "leaks, duplicates, contradictions, balance of data"),
        "finish": (".finish:COMMAND", "evaluate and save the best of an interrupted search"),
        "export": (".export:COMMAND", "trials for Optuna, CSV, Parquet; the model for other tools"),
        "import": (".import_trials:COMMAND", "trials of Optuna, KerasTuner, a CSV as a warm start"),
        "tensorboard": (".tensorboard_server:COMMAND", "TensorBoard on one or several runs"),
        "pictures": (".pictures:COMMAND", "how search methods and schedulers work, pictured"),
    },
    package="tftune.cli.subcommands",
    words=OtherWords(
        {
            "list": "ls runs dir status ps",
            "show": "info best results summary describe print view",
            "trials": "history csv table",
            "compare": "diff versus",
            "diagnose": "diagnosis bias variance overfitting learning-curve remedies advice",
            "report": "plot plots dashboard html page visualize",
            "predict": "classify infer",
            "evaluate": "test eval score",
            "check-data": "check data leaks leak duplicates validate-data inspect lint audit",
            "finish": "complete",
            "export": "convert save onnx savedmodel",
            "import": "load read from optuna keras-tuner kerastuner warm-start migrate",
            "tensorboard": "tb",
            "pictures": "explain illustrate figures learn",
        },
        {
            "resume search run tune train start": "a search is run and resumed by "
            "python -m tftune.beans, tftune.hemolysis or tftune.mnist, or by tftune.Tuner"
        },
    ),
)
_EPILOG = """\
RUN is a run folder, such as runs/beans-auto, or its name in runs/.
Exit codes: 0 done, 2 wrong usage or input, 3 no trial completed, 4 data missing or offline,\
 130 interrupted."""


@dataclass(frozen=True)
class Subcommand:
    """One word after `tftune`.

    Attributes:
        add_arguments: Declares its arguments in a parser.
        run: Does it and returns the exit code.
        examples: `(arguments, what they do)` for the help.
    """

    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
    examples: tuple[tuple[str, str], ...] = ()


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Says what is wrong in one line instead of repeating the whole usage."""
        self.exit(2, f"error: {printable(message, 2000)}\nSee {self.prog} --help\n")


def main(arguments: Sequence[str] | None = None, program: str = "tftune") -> int:
    """Runs a subcommand and returns its exit code.

    Args:
        arguments: The command line after the program's name; that of this process by default.
        program: What the help and messages call it.

    Raises:
        SystemExit: For `--help`, `--version` and mistakes in the arguments.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    with steady_streams():
        return caught(lambda: _run_words(words, program))


def _run_words(words: list[str], program: str) -> int:
    if words[:1] == ["help"]:  # the word in place of the option
        words = [*words[1:2], "--help"]
    if not words or words[0] in ("-h", "--help"):
        print(_help(program))
        return 0 if words else 2
    if words[0] == "--version":
        print(f"tftune {tftune.__version__}")
        return 0
    if words[0] not in SUBCOMMANDS:
        hint = SUBCOMMANDS.suggestion(words[0])
        tell(f"error: unknown subcommand {shown(words[0])}.{hint}\nSee {program} --help")
        return 2
    return run_subcommand(words[0], words[1:], f"{program} {words[0]}")


def run_subcommand(name: str, arguments: Sequence[str], program: str) -> int:
    """Parses the arguments of a subcommand and runs it; errors become messages and exit codes.

    Args:
        name: One of `SUBCOMMANDS`.
        arguments: What follows it.
        program: What the help calls it, such as `tftune list`.

    Raises:
        SystemExit: For `--help` and mistakes in the arguments.
    """
    command: Subcommand = SUBCOMMANDS[name]
    options = parser_of(name, program).parse_args(list(arguments))
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # read once, when TensorFlow is imported
    prefer_fast_kernels()
    return caught(lambda: _run(command, options), _folder_of(options))


def _run(command: Subcommand, options: argparse.Namespace) -> int:
    try:
        with short_warnings(), sigterm_as_ctrl_c():
            return command.run(options)
    except MachineError:
        raise
    except TftuneError as error:
        tell(f"error: {error}")
        return error.exit_code


def _folder_of(options: argparse.Namespace) -> RunFolder | None:
    """Returns the run folder that a subcommand looks at, if it is one alone."""
    from tftune.cli.runs import folder_of

    given = getattr(options, "run", None) or getattr(options, "runs", None)
    words = [given] if isinstance(given, str) else given or []
    try:
        return folder_of(words[0]) if len(words) == 1 else None
    except (TypeError, TftuneError):
        return None


def parser_of(name: str, program: str) -> argparse.ArgumentParser:
    """Returns the parser of a subcommand, which prints its help, too.

    Args:
        name: One of `SUBCOMMANDS`.
        program: What the help calls it, such as `tftune list`.
    """
    command: Subcommand = SUBCOMMANDS[name]
    examples = aligned([(f"{program} {words}".rstrip(), text) for words, text in command.examples])
    parser = _Parser(
        prog=program,
        description=f"{SUBCOMMANDS.summary(name)}"
        + (f"\n\nexamples:\n{examples}" if examples else ""),
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_arguments(parser)
    return parser


def _help(program: str) -> str:
    rows = [(name, SUBCOMMANDS.summary(name)) for name in SUBCOMMANDS]
    return (
        f"usage: {program} SUBCOMMAND ...\n\nLooks at the runs of searches, compares them, uses "
        f"their models.\n\nsubcommands:\n{aligned(rows)}\n\n{program} SUBCOMMAND --help tells "
        f"more.\nSearches are run by python -m tftune.beans, tftune.hemolysis or tftune.mnist, or "
        f"by tftune.Tuner.\n\n{_EPILOG}"
    )


def script() -> NoReturn:
    """The console script `tftune`."""
    sys.exit(main())
