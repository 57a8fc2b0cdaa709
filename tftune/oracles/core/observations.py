"""What the trials of a search tell a search method: configurations with their losses, failures and
stopped trials made harmless.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from tftune.journal.status import TrialStatus, loss_of
from tftune.space.search_space import SearchSpace, Values, public_values

_LARGEST_LOSS = 1e100  # beyond, the variance of the losses would overflow


class Observation(NamedTuple):
    """One result.

    Attributes:
        values: The configuration, canonical.
        loss: Finite, lower is better.
        status: `completed`, `pruned`, `failed`.
        seconds: Wall-clock time of the trial, or None.
        trial_id: Its id; None for a result of an earlier search.
    """

    values: Values
    loss: float
    status: str
    seconds: float | None = None
    trial_id: str | None = None


class Observations(Sequence[Observation]):
    """The results so far: those of earlier searches first, then those of this one in the order in
    which the trials ended.

    The sequence only ever grows at its end, so a method may keep a place in it.

    - A score to maximise is negated.
    - A failed trial, and one whose loss is beyond 1e100, counts as worst + 0.1 (worst - best) over
      the trials before it (0.1 |worst| or 0.1 where that is 0); before the first completed trial it
      is kept back.
    - A trial that a scheduler stopped has reached its loss in fewer epochs than others. It counts
      as what it reached, but never as worse than the worst completed trial before it: the stop says
      that the trial is not the best, not that it is an outlier.

    Args:
        space: The search space.
        direction: `max` or `min`.
        earlier: Results of earlier searches, with keys values, score, status and seconds.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Int("units", 1, 9)
        >>> earlier = {"values": {"units": 3}, "score": 0.5, "status": "completed", "seconds": None}
        >>> seen = Observations(SearchSpace(hp), "max", [earlier])
        >>> seen.add({"units": 4}, 0.1, "pruned", 2.0, "0000")
        >>> seen.add({"units": 5}, None, "failed", 2.0, "0001")
        >>> [(each.values["units"], each.loss) for each in seen]
        [(3, -0.5), (4, -0.5), (5, -0.45)]
    """

    def __init__(
        self, space: SearchSpace, direction: str, earlier: Iterable[Mapping[str, Any]] = ()
    ) -> None:
        self.space = space
        self._direction = direction
        self._seen: list[Observation] = []
        self._kept_back: list[Observation] = []
        self._best, self._worst = math.inf, -math.inf
        for result in earlier:
            self.add(result["values"], result["score"], result["status"], result["seconds"], None)

    def __getitem__(self, index: Any) -> Any:
        return self._seen[index]

    def __len__(self) -> int:
        return len(self._seen)

    def add(
        self,
        values: Mapping[str, Any],
        score: float | None,
        status: str,
        seconds: float | None,
        trial: str | None,
    ) -> None:
        """Takes the result of a trial that has ended."""
        loss = math.inf
        if score is not None and status != TrialStatus.FAILED:
            loss = loss_of(float(score), self._direction)
        result = Observation(
            self.space.canonical(public_values(values)), loss, status, seconds, trial
        )
        if not abs(loss) <= _LARGEST_LOSS:
            self._kept_back.append(result._replace(status=TrialStatus.FAILED))
        elif status == TrialStatus.PRUNED and self._worst >= self._best:
            self._seen.append(result._replace(loss=min(loss, self._worst)))
            self._best = min(self._best, loss)
        else:
            self._best, self._worst = min(self._best, loss), max(self._worst, loss)
            self._seen.append(result)
        if self._seen:
            bad = self._worst + (0.1 * (self._worst - self._best) or 0.1 * abs(self._worst) or 0.1)
            self._seen += [failed._replace(loss=bad) for failed in self._kept_back]
            self._kept_back.clear()

    def best(self) -> Observation | None:
        """Returns the result with the least loss, of equals the earlier, or None."""
        good = [result for result in self._seen if result.status != TrialStatus.FAILED]
        return min(good, key=lambda result: result.loss, default=None)
