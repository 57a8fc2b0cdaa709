"""What is wrong with a trial: high bias, high variance, both or neither, from its journal.

Training and validation are compared at the best epoch; what can be reached is what the caller
says, or what the data or the search tell (see `gaps.target_of`); `verdicts.judged` weighs the two
parts. The form of the curves, the better trials of the search and a learning curve over growing
training sets say more.

Example:
    >>> from tftune.journal.state import SearchState
    >>> header = {"objective": {"name": "val_auc", "direction": "max"}}
    >>> found = diagnose(RunData("empty", SearchState(header=header), []))
    >>> print(found.verdict, found.why, sep=": ")
    cannot be told: no trial has ended
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tftune.journal.state import TrialRecord
from tftune.reports.analysis.curve_signs import diverged, flat, improving, overfits, rough
from tftune.reports.analysis.curves import Points, lineage, whole_curve
from tftune.reports.analysis.distances import OverTrials, bias_of, gap_of_level, over_trials
from tftune.reports.analysis.gaps import Pair, Target, floor_of, gap_at, pairs_in, target_of
from tftune.reports.analysis.knob_kinds import kind_of
from tftune.reports.analysis.knobs import active_values
from tftune.reports.analysis.training_sizes import TrainingSizes, read_training_sizes
from tftune.reports.analysis.trials import scored, trials_of
from tftune.reports.analysis.verdicts import Amount, Verdict, judged
from tftune.reports.analysis.words import name_of
from tftune.reports.run_data import RunData

_TINY = 0.01  # of a dropout or a noise: it changes nothing that can be seen


@dataclass(frozen=True)
class Diagnosis:
    """What is known of one trial.

    Attributes:
        verdict: What is wrong with it.
        why: Why nothing can be told, or "".
        trial: The trial, or None.
        line: It and those it goes on from, the first of them first.
        pair: The measure that is judged, or None.
        epoch: The epoch whose values are compared.
        training: The value on the training split there.
        validation: On the validation split.
        end: Both values at the last epoch that was trained.
        end_gap: By how much validation falls short of training there, or None.
        end_verdict: What is wrong with the model of the last epoch.
        target: What training is compared with, or None.
        bias: By how much training falls short of it, or None.
        gap: By how much validation falls short of training, or None.
        is_clean: Whether training was measured after training, by a learning curve over sizes; else
            it is the mean over an epoch, under dropout and augmentation.
        noisy: Knobs of the trial that make training values look worse than they are.
        signs: What the form of the curves shows, in words.
        overfits_from: The epoch after which validation got worse, or None.
        over: The better trials of the search together, or None.
        sizes: The learning curve over growing training sets, or None.
    """

    verdict: Verdict
    why: str = ""
    trial: TrialRecord | None = None
    line: tuple[TrialRecord, ...] = ()
    pair: Pair | None = None
    epoch: int = 0
    training: float = math.nan
    validation: float = math.nan
    end: tuple[float, float] = (math.nan, math.nan)
    end_gap: Amount | None = None
    end_verdict: Verdict = Verdict.UNKNOWN
    target: Target | None = None
    bias: Amount | None = None
    gap: Amount | None = None
    is_clean: bool = False
    noisy: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    overfits_from: int | None = None
    over: OverTrials | None = None
    sizes: TrainingSizes | None = None

    @property
    def gap_is_high(self) -> bool:
        """Whether the gap at the compared epoch is more than chance."""
        return self.gap is not None and self.gap.is_there

    @property
    def has_bias(self) -> bool:
        """Whether remedies against bias are called for, by this trial or the better ones."""
        return self.verdict.has_bias or bool(self.over and self.over.verdict.has_bias)

    @property
    def has_variance(self) -> bool:
        """Whether remedies against variance are called for, by this trial or the better ones."""
        return self.verdict.has_variance or bool(self.over and self.over.verdict.has_variance)


def diagnose(run: RunData, trial_id: str | None = None, target: float | None = None) -> Diagnosis:
    """Returns what is wrong with a trial of a search; it never raises for want of results.

    Args:
        run: The search.
        trial_id: Of the trial; None is the best.
        target: What the objective's measure can reach: what a person or another model does.
    """
    trials = {trial.trial_id: trial for trial in trials_of(run.state)}
    trial = trials.get(trial_id) if trial_id is not None else next(iter(scored(run.state)), None)
    if trial is None:
        return Diagnosis(Verdict.UNKNOWN, _no_trial(trials, trial_id))
    line = tuple(lineage(trial, trials))
    names = {name for each in line for _, metrics in each.epochs for name in metrics}
    sizes = read_training_sizes(run.folder.path) if run.folder is not None else None
    if sizes is not None and sizes.trial_id != trial.trial_id:
        sizes = None
    known = Diagnosis(Verdict.UNKNOWN, trial=trial, line=line, sizes=sizes)
    known = replace(known, noisy=_noisy(run, trial), signs=_signs_of_loss(line))
    pairs = pairs_in(names, run.state.objective, run.state.direction)
    if target is not None:  # it is a value of the objective's measure
        pairs = [pair for pair in pairs if pair.name == run.state.objective.removeprefix("val_")]
    if not pairs:
        return replace(known, why=_no_pair(names, run.state.objective))
    found = []
    for pair in pairs:
        found.append(_of_pair(run, known, pair, target))
        if found[-1].verdict is not Verdict.UNKNOWN:
            return found[-1]
    return found[0]


def _of_pair(run: RunData, known: Diagnosis, pair: Pair, given: float | None) -> Diagnosis:
    line, data = known.line, run.state.header.get("data") or {}
    training, validation = (whole_curve(line, name) for name in (pair.name, pair.validation))
    common = sorted({epoch for epoch, _ in training} & {epoch for epoch, _ in validation})
    if not common:
        why = f"no epoch has finite values of {name_of(pair.name)} and {name_of(pair.validation)}"
        return replace(known, pair=pair, why=why)
    best = line[-1].best_epoch
    epoch = best if best in common else common[-1]
    values = dict(training)[epoch], dict(validation)[epoch]
    end = dict(training)[common[-1]], dict(validation)[common[-1]]
    gap = gap_at(run, line, pair, epoch, values)
    level = known.sizes.whole(pair.name, pair.direction) if known.sizes else None
    if level is not None and level.gap.count > 1:
        values = level.training.mean, level.validation.mean
        gap = gap_of_level(level, pair, data)
    else:
        level = None
    target = target_of(run, pair, given, values[0])
    bias = bias_of(pair, values[0], target, data, level)
    floor = floor_of(run.state, pair)
    start = validation[0][1] if floor is None else floor
    whole = abs(values[1] if target is None else target.value - start)
    end_gap = gap_at(run, line, pair, common[-1], end)
    end_bias = bias_of(pair, end[0], target, data)
    found = replace(
        known,
        verdict=judged(bias, gap, whole),
        pair=pair,
        epoch=epoch,
        training=values[0],
        validation=values[1],
        end=end,
        end_gap=end_gap,
        end_verdict=judged(end_bias, end_gap, whole),
        target=target,
        bias=bias,
        gap=gap,
        is_clean=level is not None,
        over=over_trials(run.state, pair, target, whole),
    )
    if found.verdict is Verdict.UNKNOWN:
        found = replace(found, why=_why_unknown(pair, gap, target))
    return _with_signs(found, pair, training, validation)


def _why_unknown(pair: Pair, gap: Amount, target: Target | None) -> str:
    name = name_of(pair.name)
    if not gap.is_known:
        return f"one training of few epochs does not tell how far its gap of {name} is chance"
    if target is not None:
        return "neither part of the distance can be told from chance with these rows and epochs"
    if gap.is_there:
        return (
            "the gap is more than chance but a small part of the loss, and nothing tells which "
            f"{name} can be reached: a target would"
        )
    return (
        "training and validation are alike, so variance is not the fault; whether the bias is high "
        f"depends on which {name} can be reached, and nothing tells that: a target would"
    )


def _with_signs(found: Diagnosis, pair: Pair, training: Points, validation: Points) -> Diagnosis:
    """Adds what the form of the curves shows. Bias that further training would lessen is called
    under-training; that of a training which must end before it overfits has variance beside it.
    """
    signs = list(found.signs)
    over = overfits(training, validation, pair.direction)
    losses = [whole_curve(found.line, name) for name in ("loss", "val_loss")]
    of_loss = None if pair.name == "loss" else overfits(losses[0], losses[1], "min")
    signs += [over.words(name_of(pair.validation))] if over else []
    signs += [of_loss.words("val_loss")] if of_loss else []
    rises = [improving(curve, pair.direction) for curve in (training, validation)]
    still = over is None and of_loss is None and all(rises)
    if still:
        planned = found.line[-1].last_epoch
        early = planned is not None and training[-1][0] < planned
        words = ", though it was stopped before the epoch that was planned as its last"
        signs.append(
            f"training and validation still get better at the last epoch{words if early else ''}"
        )
    elif rises[0]:
        signs.append("training still gets better at the last epoch, validation does not")
    else:
        signs += [words for words in (flat(training, pair.direction),) if words]
    verdict, why = found.verdict, found.why
    first = over or of_loss
    if still and verdict in (Verdict.BIAS, Verdict.UNKNOWN):
        verdict, why = Verdict.UNDER_TRAINED, ""
    elif first and verdict in (Verdict.BIAS, Verdict.UNKNOWN) and found.end_verdict.has_variance:
        # it could learn more, and must be stopped before it does
        verdict, why = found.end_verdict, ""
    from_epoch = None if first is None else first.epoch
    return replace(found, verdict=verdict, why=why, signs=tuple(signs), overfits_from=from_epoch)


def _signs_of_loss(line: Sequence[TrialRecord]) -> tuple[str, ...]:
    losses = [
        float(metrics["loss"])
        for trial in line
        for _, metrics in trial.epochs
        if isinstance(metrics.get("loss"), int | float)
    ]
    return tuple(words for words in (diverged(losses), rough(whole_curve(line, "loss"))) if words)


def _noisy(run: RunData, trial: TrialRecord) -> tuple[str, ...]:
    """Returns the knobs of a trial under which training is measured and validation is not."""
    kinds = ("dropout", "augmentation")
    return tuple(
        name
        for name, value in active_values(trial, run.state).items()
        if kind_of(name) in kinds and value not in (0, "none", "None", None) and not _tiny(value)
    )


def _tiny(value: object) -> bool:
    return isinstance(value, float) and abs(value) < _TINY


def _no_trial(trials: Mapping[str, TrialRecord], trial_id: str | None) -> str:
    if trial_id is not None:
        return f"there is no trial {name_of(trial_id)}"
    if not trials:
        return "no trial has ended"
    return "no trial has a score"


def _no_pair(names: set[str], objective: str) -> str:
    if not names:
        return "no epoch of the trial is recorded"
    if not any(name.startswith("val_") for name in names):
        return "there is no validation: search() needs validation_data, validation_split or folds"
    own = name_of(objective.removeprefix("val_"))
    return (
        f"there is no training value beside {name_of(objective)}: compile the model with the "
        f"metric {own}, or keep loss and val_loss"
    )
