"""What the tunable models share: the space is known without building a model, and the batch size
may be a knob.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import keras
import keras_tuner

from tftune.models.knobs import Space, check_space
from tftune.models.schedules import Schedule
from tftune.models.scheduling import ScheduledRate, schedule_of


class AbstractTunableModel(keras_tuner.HyperModel):
    """A `keras_tuner.HyperModel` with a core and a full space.

    Args:
        space: `"core"` (the four main knobs) or `"full"` (all knobs).

    Raises:
        UsageError: If there is no such space.
    """

    default_batch_size = 32
    # what the rate follows where neither knobs nor the search name a schedule; None: a constant
    default_schedule: Schedule | None = None

    def __init__(self, space: Space = "core") -> None:
        check_space(space)
        super().__init__()
        self.space = space

    @abstractmethod
    def declare_hyperparameters(self, hp: Any) -> None:
        """Declares every knob of the space in `hp`; builds nothing."""

    @abstractmethod
    def build(self, hp: Any) -> Any:
        """Returns a new compiled model for the values in `hp`."""

    def batch_size(self, hp: Any) -> int:
        """Returns the value of the knob `batch_size`, or `default_batch_size` in a space without
        it.
        """
        return int(hp.values.get("batch_size", self.default_batch_size))

    def for_prediction(self, model: Any) -> Any:
        """Returns the model whose predictions count after the search, as for the test split; here
        the trained model itself.

        Any `keras_tuner.HyperModel` may have this method. Its `for_raw_input` should then save
        what this one returns, so that the saved model answers as the tested one.

        Args:
            model: The trained model.
        """
        return model

    def for_raw_input(self, model: Any, class_names: Sequence[str] | None = None) -> Any:
        """Returns the model that is saved as `best_model.keras`, which should take what a user has
        and answer with names; here the trained model itself.

        Any `keras_tuner.HyperModel` may have this method.

        Args:
            model: The trained model; what is returned may hold it.
            class_names: Names of the classes in the order of the labels, where the data told them.
        """
        return model

    def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
        """Trains the model with the batch size of the knob unless `batch_size` is given, and with
        the learning rate of the knob `schedule` unless the callbacks have a `ScheduledRate`, as
        those of tftune's tuner do.

        Args:
            hp: The values of the trial.
            model: What `build(hp)` returned.
            *args: Passed to `model.fit`.
            **kwargs: Passed to `model.fit`.

        Returns:
            Keras' `History`.
        """
        args, kwargs = self.prepare_fit(hp, model, args, kwargs)
        x = args[0] if args else kwargs.get("x")
        batch_size_given = len(args) > 2 or kwargs.get("batch_size") is not None
        # datasets and generators come in batches and refuse a batch size
        if hasattr(x, "shape") and not batch_size_given:
            kwargs["batch_size"] = self.batch_size(hp)
        _add_schedule(schedule_of(hp.values) or self.default_schedule, kwargs)
        try:
            return model.fit(*args, **kwargs)
        finally:
            self.end_fit(model)

    def prepare_fit(
        self, hp: Any, model: Any, arguments: tuple[Any, ...], options: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Returns the call of `model.fit` to make in place of the given one; here the same.

        It is called once a call of `fit`, with folds once a fold and epoch: what a model must know
        of its training rows before it trains, and of no others, it learns here.

        Args:
            hp: The values of the trial.
            model: What `build(hp)` returned.
            arguments: Positional arguments of `fit`.
            options: Keyword arguments of `fit`.
        """
        return arguments, options

    def end_fit(self, model: Any) -> None:
        """Is called when `model.fit` has ended, also by an error; here it does nothing.

        Args:
            model: The trained model.
        """


def _add_schedule(schedule: Schedule | None, options: dict[str, Any]) -> None:
    """Adds the callback that sets the rate by a schedule, where there is one."""
    given = options.get("callbacks")
    if schedule is None or isinstance(given, keras.callbacks.CallbackList):
        return
    callbacks = [] if given is None else list(keras.tree.flatten(given))
    if not any(isinstance(callback, ScheduledRate) for callback in callbacks):
        options["callbacks"] = [ScheduledRate(schedule), *callbacks]
