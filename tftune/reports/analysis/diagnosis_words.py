"""A diagnosis in sentences.

Example:
    >>> from tftune.journal.state import TrialRecord
    >>> trial = TrialRecord("0003", 3, {})
    >>> sentences_of(Diagnosis(Verdict.UNKNOWN, "no epoch of the trial is recorded", trial))
    ['Trial 0003: cannot be told, because no epoch of the trial is recorded.']
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from tftune.journal.status import loss_of
from tftune.reports.analysis.advice import advice_for
from tftune.reports.analysis.diagnosis import Diagnosis
from tftune.reports.analysis.verdicts import Amount, Verdict
from tftune.reports.analysis.words import counted, name_of
from tftune.reports.run_data import RunData
from tftune.reports.tables import format_value


def sentences_of(found: Diagnosis) -> list[str]:
    """Returns what is found, the verdict first; of a trial that is there."""
    told = [_verdict(found)]
    if found.pair is None or found.gap is None:
        return told + [f"{sign[0].upper()}{sign[1:]}." for sign in found.signs]
    told += _distance(found)
    told += [f"{sign[0].upper()}{sign[1:]}." for sign in found.signs]
    told += _at_the_end(found)
    told += _over_trials(found)
    told += _sizes(found)
    told += _cautions(found)
    return told


def _verdict(found: Diagnosis) -> str:
    name = name_of(found.trial.trial_id) if found.trial is not None else ""
    words = {
        Verdict.NEITHER: "neither high bias nor high variance",
        Verdict.UNDER_TRAINED: "under-trained: bias that further epochs would lessen",
    }.get(found.verdict, found.verdict.value)
    if found.why:
        return f"Trial {name}: {words}, because {found.why}."
    assumed = found.target is not None and not found.target.is_known
    if assumed and found.verdict.has_bias and found.target is not None:
        return f"Trial {name}: {words}, if {format_value(found.target.value)} can be reached."
    return f"Trial {name}: {words}."


def _distance(found: Diagnosis) -> list[str]:
    pair, gap = found.pair, found.gap
    if pair is None or gap is None:
        return []
    where = "by the learning curve" if found.is_clean else f"at epoch {found.epoch}"
    values = (
        f"{name_of(pair.name)} is {format_value(found.training)} on training and "
        f"{format_value(found.validation)} on validation rows {where}"
    )
    parts = f"the gap is {gap.words()}{_method(gap)}"
    if found.target is None or found.bias is None:
        return [f"{values}; {parts}."]
    short = loss_of(found.validation, pair.direction) - loss_of(found.target.value, pair.direction)
    target = f"{format_value(found.target.value)} ({found.target.origin})"
    away = "better than" if short < 0 else "short of"
    bias = f"training falls short by {found.bias.words()}{_method(found.bias)}"
    return [f"{values}: {format_value(abs(short))} {away} {target}.", f"Of this, {bias}; {parts}."]


def _method(amount: Amount) -> str:
    return f" [{amount.method}]" if amount.method else ""


def _at_the_end(found: Diagnosis) -> list[str]:
    pair, gap = found.pair, found.end_gap
    last = max((epoch for each in found.line for epoch, _ in each.epochs), default=found.epoch)
    if pair is None or gap is None or last == found.epoch:
        return []
    told = (
        f"At the last epoch, {last}, {name_of(pair.name)} was {format_value(found.end[0])} on "
        f"training and {format_value(found.end[1])} on validation rows, a gap of {gap.words()}"
    )
    if found.verdict is Verdict.BOTH and found.bias is not None and not found.gap_is_high:
        told += ": stopping early kept the gap small, and left bias"
    return [f"{told}."]


def _over_trials(found: Diagnosis) -> list[str]:
    over = found.over
    if over is None:
        return []
    bias = "" if over.bias is None else f"training falls short by {over.bias.words()}, "
    told = (
        f"Over the {len(over.trials)} better trials together, which depend less on luck, {bias}"
        f"the gap is {over.gap.words()}: {over.verdict.value}"
    )
    return [f"{told}."]


def _sizes(found: Diagnosis) -> list[str]:
    pair, sizes = found.pair, found.sizes
    if pair is None or sizes is None:
        return []
    gain = sizes.gain_of_more(pair.name, pair.direction)
    if gain is None:
        return []
    spread = gain.spread
    told = (
        f"From {gain.rows[0]:,} to {gain.rows[1]:,} training rows {name_of(pair.validation)} got "
        f"better by {format_value(spread.mean)}"
    )
    if math.isfinite(spread.low):
        told += f" ({spread.low:.3g} to {spread.high:.3g} over {counted(spread.count, 'pair')})"
    if spread.low > 0:
        return [f"{told}: more data would help."]
    return [f"{told}, which may be chance: that more data would help is not shown."]


def _cautions(found: Diagnosis) -> list[str]:
    if found.is_clean:
        return []
    told = (
        "The training value is the mean over an epoch while the weights change; validation is "
        "measured after it"
    )
    if found.noisy:
        names = ", ".join(name_of(name) for name in found.noisy[:4])
        told += (
            f", and without {names}, under which training is measured: so the bias looks larger, "
            "and the gap smaller, than it is"
        )
    told += ". A learning curve measures both alike: tftune diagnose RUN --learning-curve."
    return [told]


def document(run: RunData, found: Diagnosis) -> dict[str, Any]:
    """Returns a diagnosis with its remedies as plain values.

    Args:
        run: The search.
        found: What is wrong.
    """
    pair, target, over = found.pair, found.target, found.over
    return {
        "trial_id": None if found.trial is None else found.trial.trial_id,
        "verdict": found.verdict.value,
        "why": found.why,
        "metric": None if pair is None else pair.name,
        "epoch": found.epoch,
        "training": found.training,
        "validation": found.validation,
        "target": None if target is None else dataclasses.asdict(target),
        "bias": _amount(found.bias),
        "gap": _amount(found.gap),
        "at_the_end": {
            "training": found.end[0],
            "validation": found.end[1],
            "gap": _amount(found.end_gap),
            "verdict": found.end_verdict.value,
        },
        "measured_after_training": found.is_clean,
        "overfits_from": found.overfits_from,
        "signs": list(found.signs),
        "better_trials": None
        if over is None
        else {
            "trials": [dataclasses.asdict(each) for each in over.trials],
            "bias": _amount(over.bias),
            "gap": _amount(over.gap),
            "verdict": over.verdict.value,
        },
        "learning_curve": None if found.sizes is None else found.sizes.to_dict(),
        "remedies": [
            {
                "remedy": each.remedy.name,
                "against": each.remedy.against,
                "apply_with": each.how,
                "knob": each.knob or None,
                "support": each.support.words,
                "evidence": each.evidence,
                "note": each.remedy.note,
                "importance": None if each.share is None else dataclasses.asdict(each.share),
            }
            for each in advice_for(run, found)
        ],
    }


def _amount(amount: Amount | None) -> dict[str, Any] | None:
    return None if amount is None else dataclasses.asdict(amount)
