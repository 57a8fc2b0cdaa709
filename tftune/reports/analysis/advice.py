"""What to do about a diagnosis: each remedy with the knob or option that applies it, those first
that the trials of the search support.

Example:
    >>> from tftune.journal.state import SearchState
    >>> header = {"objective": {"name": "val_auc", "direction": "max"}}
    >>> run = RunData("empty", SearchState(header=header), [])
    >>> advice_for(run, Diagnosis(Verdict.NEITHER))
    []
    >>> advice_for(run, Diagnosis(Verdict.VARIANCE))[0].remedy.name
    'more training data'
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from tftune.journal.state import SearchState
from tftune.reports.analysis.diagnosis import Diagnosis
from tftune.reports.analysis.importance import Share
from tftune.reports.analysis.knob_evidence import Support, evidence_of
from tftune.reports.analysis.knob_kinds import kind_of
from tftune.reports.analysis.knobs import TunedKnob, knobs_of
from tftune.reports.analysis.remedies import (
    LONGER,
    MORE_DATA,
    REMEDIES,
    STOP_EARLIER,
    Remedy,
)
from tftune.reports.analysis.trust import trust_of
from tftune.reports.analysis.verdicts import Verdict
from tftune.reports.analysis.words import name_of
from tftune.reports.run_data import RunData
from tftune.reports.tables import format_value
from tftune.space.knob import public_values

# knobs of the space `full` that the space `core` of a program lacks
_FULL = {
    "mnist": (
        *("layers", "nodes", "activation", "optimizer", "momentum", "batch_size"),
        *("learning_rate_schedule", "l1", "activity_l2", "weight_decay", "weight_constraint"),
        *("input_noise", "shift"),
    ),
}
_FULL_OF_CONVOLUTIONS = ("optimizer", "activation", "filters", "units", "depth", "batch_size")


@dataclass(frozen=True)
class Advice:
    """A remedy for this search.

    Attributes:
        remedy: The remedy.
        how: The knob with its direction, or the option, that applies it.
        evidence: What the trials say.
        support: The same in a word.
        knob: Name of the knob, or "".
        share: Its importance, or None where that cannot be judged.
    """

    remedy: Remedy
    how: str
    evidence: str
    support: Support
    knob: str = ""
    share: Share | None = None


def advice_for(run: RunData, found: Diagnosis) -> list[Advice]:
    """Returns what to do: against bias, variance or a mismatch, as far as there is any; of each
    what the trials support first, by the importance of the knob, and what they speak against last.
    """
    wanted = ["bias"] if found.has_bias else []
    wanted += ["variance"] if found.has_variance else []
    wanted += ["mismatch"] if _mismatch(run.state) else []
    advice: list[Advice] = []
    for against in wanted:
        some = [
            each
            for remedy in REMEDIES
            if remedy.against == against
            for each in _advice(run, found, remedy)
        ]
        advice += sorted(some, key=lambda each: (each.support, -_middle(each.share)))
    return advice


def _middle(share: Share | None) -> float:
    return share.middle if share is not None else -1.0


def _mismatch(state: SearchState) -> bool:
    """Whether the test value is worse than chance and choosing the best explain."""
    trust = trust_of(state)
    if trust is None or trust.gap is None or trust.explained is None:
        return False
    return trust.gap > trust.explained


def _advice(run: RunData, found: Diagnosis, remedy: Remedy) -> list[Advice]:
    knobs = [knob for knob in knobs_of(run.state) if kind_of(knob.name) in remedy.kinds]
    special = _special(run, found, remedy)
    if special is not None:
        how = _with_option(run.state, remedy)
        return [Advice(remedy, how, special[1], special[0]), *_of_knobs(run, found, remedy, knobs)]
    if knobs:
        return _of_knobs(run, found, remedy, knobs)
    how, evidence = _without(run, found, remedy)
    return [Advice(remedy, how, evidence, Support.ABSENT)]


def _special(run: RunData, found: Diagnosis, remedy: Remedy) -> tuple[Support, str] | None:
    """Returns what curves say of a remedy that is no knob."""
    if remedy.name == LONGER:
        if found.verdict is Verdict.UNDER_TRAINED:
            return Support.SUPPORTED, "training and validation still get better at the last epoch"
        if found.overfits_from is not None:
            words = f"validation got worse after epoch {found.overfits_from}"
            return Support.CONTRADICTED, words
        return Support.UNTOLD, "the curves do not say that it would help"
    if remedy.name == STOP_EARLIER:
        return _of_stopping(run.state, found)
    if remedy.name == MORE_DATA:
        return _of_more_data(found)
    return (Support.SUPPORTED, "") if remedy.against == "mismatch" else None


def _of_stopping(state: SearchState, found: Diagnosis) -> tuple[Support, str]:
    if found.overfits_from is None:
        return Support.UNTOLD, "validation did not get worse by more than its noise"
    words = f"validation got worse after epoch {found.overfits_from}"
    if (state.header.get("training") or {}).get("early_stopping_patience"):
        return Support.USED_UP, f"{words}; early stopping is on already"
    return Support.SUPPORTED, words


def _of_more_data(found: Diagnosis) -> tuple[Support, str]:
    pair = found.pair
    gain = found.sizes.gain_of_more(pair.name, pair.direction) if found.sizes and pair else None
    if gain is None or not math.isfinite(gain.spread.low):
        return Support.UNTOLD, (
            "no learning curve over growing training sets has been measured; it tells whether more "
            "data help: tftune diagnose RUN --learning-curve"
        )
    spread = gain.spread
    words = (
        f"from {gain.rows[0]:,} to {gain.rows[1]:,} rows validation got better by "
        f"{format_value(spread.mean)} ({spread.low:.3g} to {spread.high:.3g})"
    )
    if spread.low > 0:
        return Support.SUPPORTED, words
    return Support.UNTOLD, f"{words}, which may be chance"


def _with_option(state: SearchState, remedy: Remedy) -> str:
    """Returns the option of a program, or the argument of a Tuner."""
    training = state.header.get("training") or {}
    by_program = bool((state.header.get("origin") or {}).get("options"))
    if not by_program and not remedy.arguments:
        return "more rows for search()" if remedy.name == MORE_DATA else "other rows for search()"
    words = remedy.options if by_program else tuple(f"{name}=" for name in remedy.arguments)
    now = [
        f"{name} is {format_value(training[name])}"
        for name in remedy.arguments
        if training.get(name) is not None
    ]
    return " or ".join(words) + (f" ({', '.join(now)})" if now else "")


def _without(run: RunData, found: Diagnosis, remedy: Remedy) -> tuple[str, str]:
    """Returns what brings a knob that the search lacks, and what is to be said of it."""
    values = public_values(found.trial.values) if found.trial is not None else {}
    fixed = [name for name in values if kind_of(name) in remedy.kinds]
    if fixed:
        listed = ", ".join(f"{name_of(name)} = {format_value(values[name])}" for name in fixed[:3])
        return f"tune {name_of(fixed[0])} instead of fixing it", f"fixed in this search: {listed}"
    model = run.state.header.get("model") or {}
    full = _FULL.get(str(run.state.header.get("task")), _FULL_OF_CONVOLUTIONS)
    names = [name for name in remedy.knobs if name in full]
    if model.get("space") == "core" and names:
        return f"--space full ({', '.join(names)})", "it has no such knob"
    if remedy.knobs:
        functions = ", ".join(f"{name}(hp)" for name in remedy.knobs)
        return f"in build(hp): tftune.models.knobs.{functions}", "it has no such knob"
    return "in build(hp)", "it has no such knob"


def _of_knobs(
    run: RunData, found: Diagnosis, remedy: Remedy, knobs: list[TunedKnob]
) -> list[Advice]:
    advice = []
    for knob in knobs:
        told = evidence_of(run.state, found.trial, remedy.change, knob)
        words = (
            told.words if told.share is None else f"importance {told.share_words()}; {told.words}"
        )
        advice.append(Advice(remedy, told.how, words, told.support, knob.name, told.share))
    return advice
