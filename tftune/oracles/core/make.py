"""From a name to an oracle."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from tftune.errors import UsageError
from tftune.oracles import ORACLES
from tftune.oracles.core.method import SearchMethod
from tftune.oracles.core.oracle import Oracle
from tftune.oracles.other_words import OPTION_WORDS
from tftune.support import seeding
from tftune.support.signatures import check_arguments, describe


def make_oracle(
    oracle: str | Oracle[Any],
    objective: Any,
    max_trials: int | None,
    seed: int,
    hyperparameters: Any,
    options: Mapping[str, Any],
    endless: bool = False,
    recorded: Mapping[str, Any] = MappingProxyType({}),
) -> Oracle[Any]:
    """Makes a named oracle, or passes on one that is made already.

    Args:
        oracle: A name of `ORACLES`, or an oracle of ours.
        objective: For a named one: name of a metric or `keras_tuner.Objective`.
        max_trials: For a named one; None for the method's own default: 10, or its whole plan where
            it has one.
        seed: For a named one: 0 to 2**31 - 1.
        hyperparameters: For a named one: knobs declared beforehand, or None.
        options: Further arguments of a named one.
        endless: Whether `max_trials=None` is no limit, because something else ends the search.
        recorded: For a named one: the options that the search which is resumed began with. Those
            that follow from `max_trials` are taken from it, unless they are among `options`.

    Raises:
        UsageError: If the name or an option is unknown, the oracle is not ours, or arguments
            contradict each other.
    """
    if isinstance(oracle, str):
        known = describe(ORACLES.target(oracle)).arguments
        check_arguments(f"search method {oracle}", options, known, OPTION_WORDS)
        limit = {} if max_trials is None else {"max_trials": max_trials}
        sizes = {name: recorded[name] for name in _following(oracle) if name in recorded}
        made: Oracle[Any] = ORACLES[oracle](
            objective=objective,
            hyperparameters=hyperparameters,
            seed=seeding.check_seed(seed),
            **limit,
            **{**sizes, **options},
        )
        if endless and max_trials is None:
            # only now: what follows from the default number, such as a population's size, stays as
            # it is, so that a resumed search may get or lose its time limit
            made.max_trials = None
        return made
    if not isinstance(oracle, Oracle):
        raise UsageError(
            f"oracle must be a name of tftune.ORACLES ({', '.join(ORACLES)}) or one of these "
            f"oracles, made. Received: {oracle!r} of type "
            f"{type(oracle).__name__}. KerasTuner's own oracles cannot resume from a journal."
        )
    if objective is not None or max_trials is not None or options:
        raise UsageError(
            "objective, max_trials, oracle_options, start, fixed and warm_start belong to a named "
            "oracle. Received a made one too: give "
            "them to it."
        )
    return oracle


def _following(name: str) -> tuple[str, ...]:
    """Returns the options of a named method that follow from the number of trials."""
    method = getattr(ORACLES[name], "method_class", SearchMethod)
    following: tuple[str, ...] = method.follows_max_trials
    return following
