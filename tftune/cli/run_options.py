"""Options that say how a trial trains and how the search runs; their defaults are the plan's."""

from __future__ import annotations

import argparse

from tftune.cli.converters import integer, number, one_of, place, switch
from tftune.cli.options import Option
from tftune.models.schedules import SCHEDULES
from tftune.search.racing import CONTENDERS
from tftune.search.run_settings import CONFIRMED_FROM, FINISH_SHARE, LAG, RunSettings
from tftune.training.settings import TrainingSettings


def _workers(text: str) -> int | str:
    return "ray" if text == "ray" else int(integer(0)(text))


def _lag(text: str) -> int:
    return int(integer(0)(text)) if text else LAG


def _share(text: str) -> float:
    return float(number(0, least_is_allowed=True)(text)) if text else FINISH_SHARE


def _folds(text: str) -> int:
    folds = int(integer(0)(text))
    if folds == 1:
        raise argparse.ArgumentTypeError(
            "expected an integer of at least 2, or 0 for none. Received: '1'."
        )
    return folds


class _Rounds(tuple[int, ...]):
    """Contenders of each round, as the command line says them."""

    def __str__(self) -> str:
        return ",".join(map(str, self))


def _confirm(text: str) -> int | _Rounds:
    if "," not in text:
        return int(integer(0)(text))
    counts = _Rounds(int(integer(1)(word)) for word in text.split(","))
    if list(counts) != sorted(counts, reverse=True):
        raise argparse.ArgumentTypeError(
            f"expected contenders that never become more. Received: {text!r}. Write for example "
            "5,3,2."
        )
    return counts


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
        TrainingSettings.folds,
        "score each trial by its mean over K folds of train and validation; 0 is off",
        "training",
    ),
    Option(
        "--reshuffle",
        "",
        switch,
        TrainingSettings.reshuffle,
        "another cut of train and validation, or other folds, in each trial",
        "training",
    ),
    Option(
        "--repeats",
        "K",
        integer(1),
        TrainingSettings.executions_per_trial,
        "train each trial K times; its score is the mean (executions_per_trial)",
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
        TrainingSettings.early_stopping_patience,
        "epochs to wait for it; 0 is off",
        "training",
    ),
    Option(
        "--early-stopping-min-delta",
        "D",
        number(0, least_is_allowed=True),
        TrainingSettings.early_stopping_min_delta,
        "how much better the objective must get to count",
        "training",
    ),
    Option(
        "--keep-weights",
        "EPOCH",
        one_of(("best", "last"), "epoch"),
        TrainingSettings.keep_weights,
        "best or last: the epoch that a trial is scored by and whose weights it keeps",
        "training",
    ),
    Option("--reduce-learning-rate", "", switch, True, "ReduceLROnPlateau on val_loss", "training"),
    Option(
        "--plateau-factor",
        "F",
        number(0, 1),
        TrainingSettings.plateau_factor,
        "its factor",
        "training",
    ),
    Option(
        "--plateau-patience",
        "N",
        integer(0),
        TrainingSettings.plateau_patience,
        "its patience in epochs; 0 is off",
        "training",
    ),
    Option(
        "--minimum-learning-rate",
        "R",
        number(0, least_is_allowed=True),
        TrainingSettings.minimum_learning_rate,
        "its floor",
        "training",
    ),
    Option(
        "--schedule",
        "NAME",
        one_of(tuple(SCHEDULES), "schedule"),
        TrainingSettings.schedule,
        f"of the learning rate, instead of the plateau rule: {', '.join(SCHEDULES)}",
        "training",
    ),
    Option(
        "--warmup",
        "SHARE",
        number(0, 1, least_is_allowed=True),
        TrainingSettings.warmup,
        "part of all steps in which the rate rises from almost 0",
        "training",
    ),
    Option(
        "--grow-batch",
        "",
        switch,
        TrainingSettings.batch_growth,
        "let the batch grow where the schedule would lower the rate",
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
        f"the same trials with any number of workers up to LAG ({LAG})",
        "run",
    ),
    Option(
        "--stop-when-flat",
        "N",
        integer(1),
        RunSettings.stop_when_flat,
        "end the search when N trials in a row were no better than the best (default: never)",
        "run",
    ),
    Option(
        "--confirm",
        "N",
        _confirm,
        RunSettings.confirm,
        "afterwards train the best N again on fresh seeds, then the best 2 three times more, and "
        "choose among them; or contenders a round: 5,3,2; 0: none (default: "
        f"{CONTENDERS} from {CONFIRMED_FROM} trials on)",
        "run",
    ),
    Option(
        "--finish",
        "[SHARE]",
        _share,
        RunSettings.finish,
        "afterwards confirm, average the last weights, refit on train and validation, and join the "
        "best models, each only if it gains on rows it did not choose on, in SHARE of the trials' "
        f"time ({FINISH_SHARE:g}); 0: none (default)",
        "run",
    ),
    Option("--run-dir", "DIR", place, None, "the run folder (default: runs/TASK-SEARCH)", "run"),
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
    Option(
        "--checkpoint",
        "",
        switch,
        RunSettings.checkpoint,
        "keep a trial after each epoch: one that is interrupted goes on there "
        "(default: where more than 10 s of training would be lost)",
        "run",
    ),
    Option("--report", "", switch, True, "write report.html when the search ends", "run"),
    Option(
        "--references",
        "",
        switch,
        True,
        "fit simple models on the same split when the search ends: what the network must beat",
        "run",
    ),
    Option(
        "--nested",
        "K",
        _folds,
        0,
        "afterwards run the same search on K parts of train and validation, to know without bias "
        "what search and choice are worth; costs K times the search, gives no model; 0 is off",
        "run",
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
