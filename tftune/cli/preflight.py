"""What a program checks before TensorFlow costs its seconds: the run folder, the knobs named, the
search that is resumed.

The Tuner checks all this again, and the space too.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from typing import Any

from tftune.cli.assignments import Records, configuration, joined
from tftune.cli.search_options import method_options, scheduler_options
from tftune.errors import RunFolderError
from tftune.journal import journal
from tftune.journal.records import Record
from tftune.journal.run_folder import RunFolder, check_agrees
from tftune.schedulers import make as schedulers
from tftune.search import warm_start
from tftune.search.run_settings import RunSettings


def check_folder(folder: RunFolder, options: argparse.Namespace) -> None:
    """Refuses a run folder that cannot be made, holds a search that is not to be resumed, or none
    that is.

    Raises:
        RunFolderError: See there.
    """
    folder.check_usable()
    ancestor = next(
        path for path in (folder.path.absolute(), *folder.path.absolute().parents) if path.exists()
    )
    if not (ancestor.is_dir() and os.access(ancestor, os.W_OK)):
        raise RunFolderError(
            f"The run folder {folder.path} cannot be made: {ancestor} is no folder that can be "
            "written to. Use --run-dir."
        )
    if folder.exists() and not (options.resume or options.overwrite):
        raise RunFolderError(
            f"The run folder {folder.path} holds a search already. Expected a new one. "
            "Go on with it by --resume, start over by --overwrite, or choose another folder by "
            "--run-dir."
        )
    if options.resume and not folder.exists():
        raise RunFolderError(
            f"There is nothing to resume in {folder.path}. Expected a folder with a journal. Leave "
            "out --resume, or use --run-dir."
        )


def check_options(
    options: argparse.Namespace, folder: RunFolder, objective: str, direction: str
) -> Record | None:
    """Checks what can be checked without data and TensorFlow.

    Returns:
        The header of the search that is resumed, or None.

    Raises:
        UsageError: If an option of the search method or scheduler is wrong, a knob is unknown, or
            an earlier run does not fit.
        RunFolderError: If a journal is missing or damaged.
    """
    method_options(options)
    make_scheduler(options, direction)
    RunSettings(**run_settings(options))
    runs = warm_start.read_runs(options.warm_start)
    warm_start.check_objective(runs, objective, direction)
    header = next(iter(journal.read(folder.journal)[0]), None) if options.resume else None
    known = header or (runs[0].header if runs else None)
    if known is not None:  # else the model has to tell its knobs
        given_values(options, known["space"]["knobs"])
    return header


def make_scheduler(options: argparse.Namespace, direction: str) -> Any:
    """Returns the scheduler; schedulers need no TensorFlow, so that wrong options are told early.

    Raises:
        UsageError: If an option is wrong.
    """
    return schedulers.make_scheduler(
        options.scheduler, direction, options.epochs, scheduler_options(options)
    )


def given_values(
    options: argparse.Namespace, knobs: Records
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Returns the start configurations and the fixed knobs.

    Raises:
        UsageError: If a knob is unknown or a value is none of its.
    """
    return [configuration(text, knobs) for text in options.start], joined(options.fix, knobs)


def run_settings(options: argparse.Namespace) -> dict[str, Any]:
    """Returns the arguments of the Tuner that say how the search runs."""
    names = (
        "workers",
        "ray_address",
        "gpu_share",
        "timeout",
        "trial_timeout",
        "trial_memory",
        "reproducible",
    )
    return {name: getattr(options, name) for name in names}


def training_settings(options: argparse.Namespace) -> dict[str, Any]:
    """Returns the arguments of the Tuner that say how a trial is trained."""
    return {
        "early_stopping_patience": options.early_stopping_patience if options.early_stopping else 0,
        "plateau_factor": options.plateau_factor,
        "plateau_patience": options.plateau_patience if options.reduce_learning_rate else 0,
        "minimum_learning_rate": options.minimum_learning_rate,
        "folds": options.folds,
    }


def check_resumed(header: Record, options: argparse.Namespace, wanted: Mapping[str, Any]) -> None:
    """Refuses to resume another search.

    Args:
        header: The first record of its journal.
        options: The command line.
        wanted: The fields of a header that the program knows: task, objective, data.

    Raises:
        RunFolderError: With every difference that can be seen yet; methods' defaults are left to
            the Tuner.
    """
    from tftune.training.settings import TrainingSettings

    starts, fixed = given_values(options, header["space"]["knobs"])
    kept = {name: value for name, value in header["options"].items() if name != "start"}
    scheduler = make_scheduler(options, header["objective"]["direction"])
    now = {
        **wanted,
        "search": options.search,
        "options": {**kept, **method_options(options), **({"start": starts} if starts else {})},
        "scheduler": options.scheduler,
        "scheduler_options": scheduler.options() or None,
        "seed": options.seed,
        "training": TrainingSettings(epochs=options.epochs, **training_settings(options)).to_dict(),
    }
    check_agrees(header, now, _fixed_difference(header["space"]["knobs"], fixed))


def _fixed_difference(knobs: Records, fixed: Mapping[str, Any]) -> list[str]:
    lines = []
    for knob in knobs:
        if knob["name"] in fixed and (
            knob["kind"] != "Fixed" or knob["default"] != fixed[knob["name"]]
        ):
            was = f"fixed at {knob['default']!r}" if knob["kind"] == "Fixed" else "not fixed"
            lines.append(
                f"knob {knob['name']!r}: {was} in the folder, fixed at {fixed[knob['name']]!r} now"
            )
    return lines
