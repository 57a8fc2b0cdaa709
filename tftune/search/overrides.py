"""Which methods of KerasTuner's `Tuner` a subclass has overridden, and what becomes of them.

Each is called as KerasTuner calls it, or the tuner is refused when it is made: none is ignored
without a word.

| method | called |
|---|---|
| `run_trial`, `_build_and_fit_model` | in the driver's process, one trial after another |
| `on_epoch_begin`, `on_epoch_end`, `on_batch_begin`, `on_batch_end` | likewise |
| `on_search_begin`, `on_search_end` | in the driver's process, wherever trials run |
| `on_trial_begin`, `on_trial_end` | likewise |
| `load_model`, and what a user asks for results | when it is asked for |
| `save_model` | by what calls it, such as a `run_trial` |
"""

from __future__ import annotations

import inspect
from typing import Any

import keras_tuner

from tftune.errors import UsageError

TRIAL = ("run_trial", "_build_and_fit_model")
DURING = ("on_epoch_begin", "on_epoch_end", "on_batch_begin", "on_batch_end")
AROUND = ("on_search_begin", "on_search_end", "on_trial_begin", "on_trial_end")
# What a user calls, or what is an attribute.
ASKED = (
    "load_model",
    "get_best_models",
    "get_best_hyperparameters",
    "get_trial_dir",
    "results_summary",
    "search_space_summary",
    "search",
    "reload",
    "save_model",
    "project_dir",
    "remaining_trials",
    "_populate_initial_space",
)
HERE = (*TRIAL, *DURING)
_WAYS = {
    "pre_create_trial": "Override on_trial_begin, which is called when a trial starts.",
    "save": "The journal has every trial as soon as it ends: leave the method out.",
    "get_state": "The journal is the state; keep files of your own in on_trial_end.",
    "set_state": "The journal is the state; read files of your own in on_search_begin.",
}
_WAY = "Put the code into run_trial, _build_and_fit_model or the HyperModel's build and fit."


def overridden(tuner: Any) -> tuple[str, ...]:
    """Returns the names of KerasTuner's methods that a subclass, or its instance, has replaced."""
    package = __name__.partition(".")[0]
    ours = next(kind for kind in type(tuner).__mro__ if kind.__module__.startswith(f"{package}."))
    found = []
    for name in dir(keras_tuner.Tuner):
        if name.startswith("__"):
            continue
        theirs = inspect.getattr_static(type(tuner), name, None)
        if theirs is not inspect.getattr_static(ours, name, None) or _on_instance(tuner, name):
            found.append(name)
    return tuple(found)


def _on_instance(tuner: Any, name: str) -> bool:
    return callable(vars(tuner).get(name))


def check_overrides(names: tuple[str, ...], kind: type) -> None:
    """Checks that each method is one that will be called.

    Args:
        names: As `overridden` returns them.
        kind: The subclass, for the message.

    Raises:
        UsageError: If one is not, with the way.
    """
    for name in names:
        if name not in (*HERE, *AROUND, *ASKED):
            raise UsageError(
                f"{kind.__name__} overrides {name}, which tftune does not call: it would be "
                f"ignored. Expected among these: {', '.join((*HERE, *AROUND, 'load_model'))}. "
                f"{_WAYS.get(name, _WAY)}"
            )
    if "save_model" in names and not set(names) & {*HERE, *AROUND}:
        raise UsageError(
            f"{kind.__name__} overrides save_model, which nothing would call. Expected run_trial "
            "or on_epoch_end beside it, which call self.save_model(trial.trial_id, model). "
            "Override one of them, too, or leave save_model out: the weights of the best trials "
            "are kept anyway (keep_models=)."
        )


def workers_for(names: tuple[str, ...], workers: Any, given: dict[str, Any], kind: type) -> Any:
    """Returns the workers of a tuner: none beside this process if a method needs it.

    Args:
        names: As `overridden` returns them.
        workers: As given; None is the default.
        given: Arguments that need processes of their own, by name.
        kind: The subclass, for the message.

    Raises:
        UsageError: If a method needs this process and an argument needs another.
    """
    if not set(names) & set(HERE):
        return workers
    asked = {"workers": workers or None, **given}
    for name, value in asked.items():
        if value is not None and not getattr(value, "in_this_process", False):
            _refuse(names, kind, f"{name}={value!r}")
    return 0 if workers is None else workers


def check_place(names: tuple[str, ...], kind: type, in_children: bool, folds: int) -> None:
    """Checks that trials run where the overridden methods are, and are what they are told.

    Args:
        names: As `overridden` returns them.
        kind: The subclass, for the message.
        in_children: Whether trials run in processes of their own.
        folds: Of the plan.

    Raises:
        UsageError: If they do not, or are not.
    """
    if set(names) & set(HERE) and in_children:
        _refuse(names, kind, "trials in processes of their own")
    if set(names) & set(TRIAL) and folds:
        raise UsageError(
            f"{kind.__name__} overrides {_these(names, TRIAL)}, to which folds mean nothing. "
            f"Expected folds=0. Received: folds={folds}. Train on the folds in run_trial and "
            "return a list of results, or leave the method out."
        )


def _refuse(names: tuple[str, ...], kind: type, received: str) -> None:
    raise UsageError(
        f"{kind.__name__} overrides {_these(names, HERE)}, which runs in this process, one trial "
        f"after another. Expected workers=0, or no workers=. Received: {received}. Leave it out, "
        "or move the code into a HyperModel's fit() or a Keras callback, which run in any process."
    )


def _these(names: tuple[str, ...], among: tuple[str, ...]) -> str:
    return ", ".join(name for name in among if name in names)
