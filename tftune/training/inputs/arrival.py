"""The arguments of `fit` where a trial runs: what travelled is put in its place, functions are
called.
"""

from __future__ import annotations

from typing import Any

from tftune.errors import UsageError
from tftune.support.seeding import derive
from tftune.support.temporary import temporary_folder
from tftune.training.fresh_cut import cut_anew
from tftune.training.inputs.call import FitCall
from tftune.training.inputs.check import check_call
from tftune.training.inputs.functions import DataFunction, with_functions_called
from tftune.training.inputs.generators import with_generators_read
from tftune.training.inputs.signature import example_batch, signature_of
from tftune.training.inputs.transport import unshare
from tftune.training.task import TrialTask


def fit_arguments(task: TrialTask, first_epoch: int = 0) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Returns the positional and the keyword arguments of `fit`, but the callbacks.

    Args:
        task: The trial.
        first_epoch: At which it begins or goes on: unseeded shuffles of a dataset take another
            order then.

    Raises:
        UsageError: If a function made what cannot be trained on.
    """
    seed = derive(task.seed, task.stream, f"data {first_epoch}")
    arguments = tuple(unshare(task.arguments, seed))
    given = {name: value for name, value in task.options.items() if name != "callbacks"}
    options = {"verbose": 0, **unshare(given, seed)}
    data = options.get("validation_data")
    x = arguments[0] if arguments else options.get("x")
    if isinstance(x, DataFunction) or isinstance(data, DataFunction):
        arguments, options = with_functions_called(arguments, options)
        call = FitCall.of(arguments, options)
        check_call(call)
        with temporary_folder() as folder:  # what is read from it stays in memory
            call = with_generators_read(call, folder)
            made = unshare((call.arguments, dict(call.options)))
        return made[0], {"verbose": options["verbose"], **made[1]}
    if task.cut is not None and not task.settings.folds:
        return cut_anew(arguments, options, task.cut, unshare(task.groups))
    return arguments, options


def input_signature(task: TrialTask) -> Any:
    """Returns what one batch of a trial's inputs looks like, JSON-able (see `signature`); None
    where only a HyperModel's own `fit` knows.
    """
    x = task.arguments[0] if task.arguments else task.options.get("x")
    x = unshare(x)
    if isinstance(x, DataFunction):
        arguments, options = fit_arguments(task)
        x = arguments[0] if arguments else options.get("x")
    return signature_of(x)


def first_batch(task: TrialTask) -> Any:
    """Returns a batch of a trial's inputs, of zeros, for a model that builds itself on its first.

    Raises:
        UsageError: If it cannot be told without consuming data.
    """
    signature = input_signature(task)
    if signature is None:
        raise UsageError(
            "The model builds itself on its first batch, and the data do not tell the shape of one "
            "before they are read. Begin the model with keras.Input(shape), or give arrays or a "
            "tf.data.Dataset."
        )
    return example_batch(signature)
