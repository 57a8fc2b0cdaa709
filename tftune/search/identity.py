"""What identifies a search besides its plan: the arguments of `fit`, the callbacks, the model.

All of it is JSON-able and stands in the journal's header. What changes no number is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

# of keras.Model.fit: an argument that stands at its default is as good as left out
DEFAULTS = {"validation_split": 0.0, "shuffle": True, "initial_epoch": 0, "validation_freq": 1}
# told elsewhere in the header, or without influence
_LEFT_OUT = {"x", "y", "validation_data", "epochs", "verbose", "callbacks"}
_LEFT_OUT |= {"workers", "use_multiprocessing", "max_queue_size"}


def fit_identity(options: Mapping[str, Any], callbacks: Any = None) -> dict[str, Any]:
    """Returns what the arguments of `fit` say of a search.

    Args:
        options: Arguments of `fit` by name; data, epochs and `verbose` may be among them.
        callbacks: The user's callbacks: one, several or None; those among `options` by default.

    Example:
        >>> fit_identity({"batch_size": 8, "shuffle": True, "class_weight": {1: 2.0, 0: 1.0}})
        {'batch_size': 8, 'class_weight': {'1': 2.0, '0': 1.0}}
    """
    from tftune.training.plain_form import plain  # here: it imports NumPy, and a plan must not

    callbacks = options.get("callbacks") if callbacks is None else callbacks
    told = {
        name: plain(_weights(name, value))
        for name, value in options.items()
        if name not in _LEFT_OUT and value is not None
    }
    found = {name: value for name, value in told.items() if value != DEFAULTS.get(name, ...)}
    given = list(callbacks) if isinstance(callbacks, list | tuple) else [callbacks]
    described = [plain(callback) for callback in given if callback is not None]
    return {**found, **({"callbacks": described} if described else {})}


def _weights(name: str, value: Any) -> Any:
    """Returns weights of rows as one array of the numbers that training uses."""
    if name != "sample_weight":
        return value
    import numpy as np

    try:
        return np.asarray(value, dtype="float32")
    except (TypeError, ValueError):  # a structure of weights
        return value


def model_identity(built: Sequence[Mapping[str, Any]], hypermodel: Any) -> dict[str, Any]:
    """Returns what identifies the model of a search.

    Args:
        built: Of the models that were built to find the knobs, the one with all knobs at their
            defaults first (see `tftune.training.model_identity`); none where the hypermodel
            declares its knobs itself, and is told by its class and its settings then.
        hypermodel: A `keras_tuner.HyperModel`.

    Returns:
        The first, the digests of the `others`, the code of `fit` and `build` where they are
        the user's; or class and settings.
    """
    from tftune.training.plain_form import code_of, code_of_class, digest, settings_of

    kind = type(hypermodel)
    if not built:
        return {"class": kind.__name__, **settings_of(hypermodel), **code_of_class(kind)}
    own = {name: code_of(getattr(hypermodel, name)) for name in ("fit", "build")}
    return {
        **built[0],
        "others": [digest(other) for other in built[1:]],
        **{name: told for name, told in own.items() if "code" in told},
    }
