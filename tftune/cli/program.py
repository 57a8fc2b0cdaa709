"""The run loop shared by the programs: options, data, search, table, test metrics, and where the
files are.

Results go to stdout; progress and warnings to stderr. With `--json`, stdout is exactly the content
of `summary.json`. Exit codes: 0 done, 2 wrong usage, 3 no trial completed, 4 data missing or
offline, 130 interrupted. TensorFlow is imported when everything that can be checked without it is
in order.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tftune.cli.converters import integer
from tftune.cli.experiments import EXPERIMENTS
from tftune.cli.last_net import caught
from tftune.cli.method_options import default_scheduler, help_text
from tftune.cli.nested_run import announce_nested, check_nested, evaluate_nested
from tftune.cli.options import Option, OptionTable
from tftune.cli.planning import check_folder, make_plan, with_knobs
from tftune.cli.preset_options import preset_options, presets_help
from tftune.cli.presets import Preset
from tftune.cli.run_options import RUN_OPTIONS, TRAINING_OPTIONS
from tftune.cli.search_options import METHOD_OPTIONS, SEARCH_OPTIONS
from tftune.cli.task_words import WORDS, run_word, words_help
from tftune.cli.terminal import (
    aligned,
    data_line,
    print_json,
    print_results,
    short_warnings,
    sigterm_as_ctrl_c,
    tell,
)
from tftune.cli.variables import origin, warn_of_variables
from tftune.errors import MachineError, NoTrialCompletedError, SearchInterrupted, TftuneError
from tftune.execution.choose import prepare
from tftune.journal.journal import History
from tftune.journal.run_folder import RunFolder
from tftune.oracles import ORACLES
from tftune.schedulers import SCHEDULERS
from tftune.search.choosing import AUTO
from tftune.search.plan import SearchPlan
from tftune.search.warm_start import known_header
from tftune.support.streams import steady_streams
from tftune.support.tensorflow_import import prefer_fast_kernels, quiet_import

_EPILOG = """\
Every option can be set by an environment variable, such as TFTUNE_MAX_TRIALS=20; a flag wins.
Exit codes: 0 done, 2 wrong usage, 3 no trial completed, 4 data missing or offline,\
 130 interrupted."""


@dataclass(frozen=True)
class Program:
    """What tells one program from another.

    Attributes:
        task: Its name: `python -m tftune.<task>`.
        sentence: What it does.
        objective: The metric searched for.
        direction: `max` or `min`.
        epochs: Epochs of a trial by default.
        sample_epochs: The same for the sample, which is to be quick.
        data_options: Where the data come from.
        examples: `(arguments, what they do)` for the help.
        load: Returns the `tftune.datasets.base.Dataset` for the options.
        make_model: Returns the tunable model for the options and the dataset.
        sample: What `--data` calls the small data that need no network.
        presets: Options under one name, by what `--preset` calls them.
    """

    task: str
    sentence: str
    objective: str
    direction: str
    epochs: int
    sample_epochs: int
    data_options: tuple[Option, ...]
    examples: tuple[tuple[str, str], ...]
    load: Callable[[argparse.Namespace], Any]
    make_model: Callable[[argparse.Namespace, Any], Any]
    sample: str = "sample"
    presets: Mapping[str, Preset] = field(default_factory=dict)

    def options(self) -> OptionTable:
        """Returns all options and the help."""
        default = f"(default: {self.epochs}; with --data {self.sample} {self.sample_epochs})"
        epochs = Option(
            "--epochs",
            "E",
            integer(1),
            None,
            f"epochs of a trial at the most; hyperband: of the longest trials {default}",
        )
        search = (*preset_options(self.presets), *SEARCH_OPTIONS[:2], epochs, *SEARCH_OPTIONS[2:])
        examples = aligned(
            [
                (f"python -m tftune.{self.task} {arguments}".rstrip(), text)
                for arguments, text in self.examples
            ]
        )
        methods = aligned([(name, ORACLES.summary(name)) for name in ORACLES])
        schedulers = aligned([(name, SCHEDULERS.summary(name)) for name in SCHEDULERS])
        text = (
            f"{self.sentence}\n\nexamples:\n{examples}\n\n{words_help(self.task)}\n\n"
            f"search methods (--search):\n{methods}\n\nschedulers (--scheduler):\n{schedulers}"
            f"{presets_help(self.presets)}"
        )
        return OptionTable(
            self.task,
            [*search, *METHOD_OPTIONS, *TRAINING_OPTIONS, *self.data_options, *RUN_OPTIONS],
            text,
            _EPILOG,
            self.presets,
        )


def main(program: Program, arguments: Sequence[str] | None = None) -> int:
    """Runs a program and returns its exit code.

    Args:
        program: Which one.
        arguments: The command line after the program's name; that of this process by default.

    Raises:
        SystemExit: For `--help`, `--version` and mistakes in the options.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    with steady_streams():
        return caught(lambda: _run_words(program, words))


def _run_words(program: Program, words: Sequence[str]) -> int:
    if words and words[0] in WORDS:
        return run_word(program.task, words[0], words[1:])
    if words and words[0] in EXPERIMENTS.get(program.task, ()):
        from tftune.cli.experiments.experiment import run_experiment

        return run_experiment(program, words[0], words[1:])
    return _main(program, words)


def _main(program: Program, arguments: Sequence[str]) -> int:
    table = program.options()
    known = [variable for option in table.options for variable in option.variables]
    warn_of_variables(os.environ, known)
    options = table.parse(arguments, os.environ)
    described = help_text(options)
    if described is not None:
        print(described)
        return 0
    if options.scheduler is None and options.search != AUTO:
        options.scheduler = default_scheduler(options.search)
    if options.epochs is None:
        sample = options.data == program.sample
        options.epochs = program.sample_epochs if sample else program.epochs
    folder = RunFolder(options.run_dir or Path("runs") / f"{program.task}-{options.search}")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # read once, when TensorFlow is imported
    prefer_fast_kernels()
    way_on = table.command(options, "--resume")
    return caught(lambda: _search(program, table, options, folder), folder, way_on)


def _search(
    program: Program, table: OptionTable, options: argparse.Namespace, folder: RunFolder
) -> int:
    """Runs a search; errors that have a message of their own become exit codes."""
    try:
        with short_warnings(), sigterm_as_ctrl_c():
            return _run(program, options, folder)
    except (KeyboardInterrupt, SearchInterrupted):
        if options.json and folder.summary.exists():
            print_json(folder.summary)
        if folder.exists():
            tell(
                f"Interrupted; what was done is kept in {folder.path}. Go on with:\n  "
                f"{table.command(options, '--resume')}"
            )
        else:
            tell("Interrupted; nothing was begun.")
        return SearchInterrupted.exit_code
    except NoTrialCompletedError as error:
        if options.json:
            print_json(folder.summary)
        tell(f"error: {error}")
        return error.exit_code
    except MachineError:
        raise
    except TftuneError as error:
        tell(f"error: {error}")
        if table.environment:
            tell(origin(table.environment))
        return error.exit_code


def _run(program: Program, options: argparse.Namespace, folder: RunFolder) -> int:
    known = check_folder(folder, options)
    header = known[0][0] if known and known[0] else None
    plan = make_plan(options, program.task, program.objective, program.direction, header)
    plan = replace(plan, origin=origin_of(program, options))
    check_nested(options, plan, header)
    if options.ray_address is None:
        prepare(options.workers)
    dataset = program.load(options)
    told = {**dataset.summary(), "class_names": list(dataset.classes)}
    plan = plan.at(options.epochs, told)
    if header is not None:
        # in one second: the model's knobs are looked at afterwards
        plan.check_resumes(header, folder=folder.path)
    if not options.quiet:
        tell(data_line(dataset.summary()))
    announce_nested(options, dataset)
    with contextlib.redirect_stdout(sys.stderr):  # what builds or trains may print
        tuner = _make_tuner(program, options, plan, folder, dataset, known)
        tuner.search(
            *dataset.train.load(),
            validation_data=dataset.validation.load(),
            epochs=options.epochs,
            **({"verbose": 0} if options.quiet else {}),
        )
        reason = tuner.state.finish["reason"]
        nearness = dataset.nearness("test", tuner.state.is_refitted)
        tuner.evaluate_best(*dataset.test.load(), nearness=nearness)
        resume = program.options().command(options, "--resume")
        evaluate_nested(options, tuner, dataset, resume)
    if options.json:
        print_json(folder.summary)
    else:
        print_results(tuner.state, folder)
    if reason == "timeout":
        tell(f"The time limit ended the search. Go on with:\n  {resume}")
    if reason == "flat":
        more = argparse.Namespace(**{**vars(options), "stop_when_flat": 2 * options.stop_when_flat})
        tell(
            f"{options.stop_when_flat} trials in a row were no better, which ended the search. Go "
            f"on with:\n  {program.options().command(more, '--resume')}"
        )
    return 0


def origin_of(program: Program, options: argparse.Namespace) -> dict[str, Any]:
    """Returns the command that repeats a search, and the options that load its data again."""
    names = [*(option.name for option in program.data_options), "seed"]
    names += ["split_seed"] if options.split_seed is not None else []
    values = {name: getattr(options, name) for name in names}
    preset = getattr(options, "preset", None)
    return {
        "command": program.options().command(options),
        **({"preset": preset} if preset else {}),
        "options": {
            name: str(value) if isinstance(value, Path) else value for name, value in values.items()
        },
    }


def _make_tuner(
    program: Program,
    options: argparse.Namespace,
    plan: SearchPlan,
    folder: RunFolder,
    dataset: Any,
    known: History | None,
) -> Any:
    from tftune.reports.live import LiveView
    from tftune.reports.tensorboard_log import TensorBoardLog

    with quiet_import():
        import keras_tuner

        from tftune.search.planned_tuner import PlannedTuner
        from tftune.space.search_space import SearchSpace

        model = program.make_model(options, dataset)
    hyperparameters = keras_tuner.HyperParameters()
    model.declare_hyperparameters(hyperparameters)
    if (
        known is None and known_header(plan.warm_start) is None
    ):  # else the knobs were known before the model
        plan = with_knobs(plan, options, SearchSpace(hyperparameters).config()["knobs"])
    return PlannedTuner(
        model,
        plan,
        folder,
        hyperparameters,
        groups=dataset.groups,
        listeners=[
            TensorBoardLog(folder.tensorboard),
            *([] if options.quiet else [LiveView(in_children=plan.run.in_children)]),
        ],
        overwrite=options.overwrite,
        known=known,
    )
