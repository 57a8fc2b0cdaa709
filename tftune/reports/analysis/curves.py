"""Learning curves of trials, those that go on from a parent joined to it, thinned honestly.

Example:
    >>> curve = thin_curve([(epoch, epoch / 10) for epoch in range(1, 11)], most=3, keep={4})
    >>> curve
    [(1, 0.1), (4, 0.4), (5, 0.5), (10, 1.0)]
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from tftune.journal.state import SearchState, TrialRecord
from tftune.journal.status import TrialStatus
from tftune.reports.analysis.trials import is_finite, scored, thinned, trials_of

Points = list[tuple[int, float]]


def curve_of(
    trial: TrialRecord, metric: str, trials: Mapping[str, TrialRecord] | None = None
) -> Points:
    """Returns pairs of an epoch and the metric after it, without those that are not finite.

    Args:
        trial: The trial.
        metric: Its name.
        trials: All trials by their ids; with them the curve begins at the last point of the trial
            that it continues.
    """
    points = [
        (epoch, float(metrics[metric]))
        for epoch, metrics in trial.epochs
        if is_finite(metrics.get(metric))
    ]
    parent = (trials or {}).get(trial.parent or "")
    if parent is not None and parent is not trial and points:
        earlier = [each for each in curve_of(parent, metric) if each[0] < points[0][0]]
        points = earlier[-1:] + points
    return points


def lineage(trial: TrialRecord, trials: Mapping[str, TrialRecord]) -> list[TrialRecord]:
    """Returns a trial and those it goes on from, the first of them first."""
    line = [trial]
    while (parent := trials.get(line[-1].parent or "")) is not None and parent not in line:
        line.append(parent)
    return line[::-1]


def whole_curve(line: Sequence[TrialRecord], metric: str) -> Points:
    """Returns the curve of a trial with those of the trials it goes on from; of an epoch that two
    have trained the later one counts.
    """
    points = {epoch: value for trial in line for epoch, value in curve_of(trial, metric)}
    return sorted(points.items())


def best_lines(
    ranked: Sequence[TrialRecord], trials: Mapping[str, TrialRecord], most: int
) -> list[list[TrialRecord]]:
    """Returns the lines of descent of the best trials, each down to the one that trained longest.

    Args:
        ranked: Trials with a score, best first.
        trials: All trials by their ids.
        most: How many lines at most.
    """
    longest: dict[str, list[TrialRecord]] = {}
    for trial in ranked:
        line = lineage(trial, trials)
        first = line[0].trial_id
        known = longest.get(first)
        if known is None or _last_epoch(line[-1]) > _last_epoch(known[-1]):
            longest[first] = line
    return list(longest.values())[:most]


def _last_epoch(trial: TrialRecord) -> int:
    return trial.epochs[-1][0] if trial.epochs else 0


def thin_curve(points: Points, most: int, keep: Collection[int] = ()) -> Points:
    """Returns at most so many points of a curve, evenly spaced, both ends among them, and further
    those at the epochs to keep.
    """
    if len(points) <= most:
        return points
    kept = {epoch for epoch, _ in thinned(points, most)} | set(keep)
    return [point for point in points if point[0] in kept]


def sample_of(state: SearchState, most: int) -> list[TrialRecord]:
    """Returns the trials whose curves are shown: the best ones, and of each fate as large a share
    of the rest as of any other, evenly spaced over the search.

    Args:
        state: The search.
        most: How many at most.
    """
    trials = trials_of(state)
    if len(trials) <= most:
        return list(trials)
    best = {trial.trial_id for trial in scored(state)[: max(most // 10, 1)]}
    rest = [trial for trial in trials if trial.trial_id not in best]
    share = (most - len(best)) / len(rest)
    chosen = set(best)
    for status in TrialStatus:
        some = [trial for trial in rest if trial.status is status]
        count = int(len(some) * share)
        chosen |= {trial.trial_id for trial in thinned(some, max(count, 1 if some else 0))}
    return [trial for trial in trials if trial.trial_id in chosen]


def losses_in(trials: Sequence[TrialRecord]) -> list[str]:
    """Returns which of `loss` and `val_loss` the epochs have."""
    names = {name for trial in trials for _, metrics in trial.epochs[:1] for name in metrics}
    return [name for name in ("loss", "val_loss") if name in names]


def trained_to_the_end(trial: TrialRecord) -> bool | None:
    """Returns whether the best epoch lies before the last one that was trained; None where that is
    not known. Where it is the last, further epochs might have helped.
    """
    if trial.best_epoch is None or not trial.epochs:
        return None
    return bool(trial.best_epoch < trial.epochs[-1][0])
