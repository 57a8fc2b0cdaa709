"""What a tuner's constructor says of every model that is built: another optimizer, loss or metrics,
and the most weights that it may have.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import keras_tuner

from tftune.training.keras_internals import compiled_arguments


@dataclass(frozen=True)
class BuildRules:
    """Changes each model that a HyperModel builds.

    Attributes:
        optimizer: Replaces the model's own, unless None: a name, or an optimizer, of which each
            model gets a copy.
        loss: Likewise.
        metrics: Likewise.
        max_model_size: The most trainable weights of a model, or None.
    """

    optimizer: Any = None
    loss: Any = None
    metrics: Any = None
    max_model_size: int | None = None

    def applied_to(self, hypermodel: Any) -> Any:
        """Returns a HyperModel whose models are built by these rules; the same one without rules.

        Args:
            hypermodel: A `keras_tuner.HyperModel`; it is not changed.
        """
        if self == BuildRules():
            return hypermodel
        ruled = copy.copy(hypermodel)  # of the same class: what it overrides tells how it trains
        ruled.build = _Build(hypermodel.build, self)
        if self.max_model_size is not None:
            ruled.fit = _Fit(hypermodel.fit, self.max_model_size)
        return ruled

    def apply(self, model: Any) -> None:
        """Compiles a model anew."""
        changed = {"optimizer": self.optimizer, "loss": self.loss, "metrics": self.metrics}
        changed = {name: value for name, value in changed.items() if value}
        if changed:
            if isinstance(self.optimizer, keras.optimizers.Optimizer):
                config = keras.optimizers.serialize(self.optimizer)
                changed["optimizer"] = keras.optimizers.deserialize(config)
            model.compile(**{**_compiled_with(model), **changed})


@dataclass(frozen=True)
class _Build:
    build: Callable[[Any], Any]
    rules: BuildRules

    def __call__(self, hp: Any) -> Any:
        model = self.build(hp)
        if isinstance(model, keras.Model):
            self.rules.apply(model)
        return model


@dataclass(frozen=True)
class _Fit:
    """Checks the size of a model before it trains, or when its first batch builds it."""

    fit: Callable[..., Any]
    most: int

    def __call__(self, hp: Any, model: Any, *arguments: Any, **options: Any) -> Any:
        if model.built:
            check_size(model, self.most)
        else:
            given = options.get("callbacks") or []
            options["callbacks"] = [*given, SizeLimit(self.most)]
        return self.fit(hp, model, *arguments, **options)


class SizeLimit(keras.callbacks.Callback):
    """Ends the training of a model that turns out too large when it is built.

    Args:
        most: The most trainable weights.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def on_train_begin(self, logs: Any = None) -> None:
        """Checks a model that Keras has built from the first batch."""
        if self.model.built:
            check_size(self.model, self.most)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Checks one that was built later."""
        check_size(self.model, self.most)


def check_size(model: Any, most: int) -> None:
    """Checks that a model is not too large.

    Raises:
        FailedTrialError: If it is, as under KerasTuner.
    """
    size = sum(int(variable.shape.num_elements()) for variable in model.trainable_variables)
    if size > most:
        raise keras_tuner.errors.FailedTrialError(
            f"Oversized model: {size:,} trainable weights. Expected at most {most:,} "
            "(max_model_size=)."
        )


def _compiled_with(model: Any) -> dict[str, Any]:
    """Returns the arguments with which the model was compiled, none if it was not."""
    given = compiled_arguments(model)
    if given is not None:
        return given
    config = model.get_compile_config() if model.compiled else {}
    return {name: keras.saving.deserialize_keras_object(value) for name, value in config.items()}
