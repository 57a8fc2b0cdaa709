"""A learning curve over growing training sets, as `learning_curve.json` of a run folder holds it.

`tftune diagnose RUN --learning-curve` trains one configuration on a part of the training rows, on a
larger part, and so on, each several times. Its scores are measured after training, with the weights
of the best epoch and without dropout or augmentation, on the rows that were trained on and on the
validation rows; the test split plays no part.

Example:
    >>> points = [
    ...     SizePoint(rows, repeat, 4, {"auc": 0.9}, {"auc": score + repeat / 100})
    ...     for rows, score in ((100, 0.6), (200, 0.7))
    ...     for repeat in (0, 1, 2)
    ... ]
    >>> sizes = TrainingSizes("0003", "", 200, points)
    >>> [(level.rows, round(level.validation.mean, 2)) for level in sizes.levels("auc")]
    [(100, 0.61), (200, 0.71)]
    >>> gain = sizes.gain_of_more("auc", "max")
    >>> gain.rows, round(gain.spread.mean, 2), gain.spread.low > 0
    ((100, 200), 0.1, True)
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tftune.errors import DataError
from tftune.journal.records import decode_number
from tftune.journal.status import loss_of
from tftune.reports.analysis.trials import is_finite
from tftune.reports.measures.seeds import Spread, over_seeds
from tftune.support import limits
from tftune.support.whole_files import read_whole

FILE = "learning_curve.json"
SCHEMA = 1


@dataclass(frozen=True)
class SizePoint:
    """One training.

    Attributes:
        rows: How many rows it was trained on.
        repeat: Which repetition, from 0: those of one number drew nested rows and one seed.
        best_epoch: Whose weights were measured.
        training: Metrics on the rows that were trained on, measured after training.
        validation: Metrics on the validation rows.
    """

    rows: int
    repeat: int
    best_epoch: int | None
    training: Mapping[str, float]
    validation: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Returns it as plain values."""
        return {
            "rows": self.rows,
            "repeat": self.repeat,
            "best_epoch": self.best_epoch,
            "training": dict(self.training),
            "validation": dict(self.validation),
        }


@dataclass(frozen=True)
class Level:
    """All trainings on one number of rows.

    Attributes:
        rows: That number.
        training: Mean over the repetitions with its interval, on the rows that were trained on.
        validation: The same on the validation rows.
        gap: By how much validation is worse, of each repetition; above 0 where it is.
    """

    rows: int
    training: Spread
    validation: Spread
    gap: Spread


@dataclass(frozen=True)
class Gain:
    """What the last growth of the training set brought.

    Attributes:
        rows: From how many rows to how many.
        spread: By how much validation got better, paired over the repetitions.
    """

    rows: tuple[int, int]
    spread: Spread


@dataclass(frozen=True)
class TrainingSizes:
    """A learning curve over growing training sets.

    Attributes:
        trial_id: The trial whose configuration was trained.
        fingerprint: Of the data.
        total: Rows of the whole training set.
        points: The trainings that were done.
        settings: What they had in common: epochs, seed and so on.
    """

    trial_id: str
    fingerprint: str
    total: int
    points: Sequence[SizePoint]
    settings: Mapping[str, Any] = field(default_factory=dict)

    def levels(self, metric: str, direction: str = "max") -> list[Level]:
        """Returns the sizes in rising order, as far as a metric is finite.

        Args:
            metric: Without `val_`.
            direction: `max` or `min`.
        """
        found = []
        for rows in sorted({point.rows for point in self.points}):
            pairs = [self._pair(point, metric) for point in self.points if point.rows == rows]
            known = [pair for pair in pairs if pair is not None]
            if known:
                gaps = [loss_of(after, direction) - loss_of(on, direction) for on, after in known]
                training, validation = zip(*known, strict=True)
                spreads = over_seeds(training), over_seeds(validation), over_seeds(gaps)
                found.append(Level(rows, *spreads))
        return found

    def whole(self, metric: str, direction: str = "max") -> Level | None:
        """Returns the level of the whole training set, or None where it was not trained on."""
        found = self.levels(metric, direction)
        return found[-1] if found and found[-1].rows == self.total else None

    def gain_of_more(self, metric: str, direction: str) -> Gain | None:
        """Returns what the last growth brought to validation; None with fewer than two sizes or
        fewer than two repetitions of both.
        """
        sizes = [level.rows for level in self.levels(metric, direction)][-2:]
        if len(sizes) < 2:
            return None
        before, after = (self._scores(rows, metric) for rows in sizes)
        common = sorted(set(before) & set(after))
        if len(common) < 2:
            return None
        gains = [
            loss_of(before[repeat], direction) - loss_of(after[repeat], direction)
            for repeat in common
        ]
        return Gain((sizes[0], sizes[1]), over_seeds(gains))

    def _scores(self, rows: int, metric: str) -> dict[int, float]:
        return {
            point.repeat: float(point.validation[metric])
            for point in self.points
            if point.rows == rows and self._pair(point, metric) is not None
        }

    @staticmethod
    def _pair(point: SizePoint, metric: str) -> tuple[float, float] | None:
        pair = point.training.get(metric), point.validation.get(metric)
        if not all(is_finite(value) for value in pair):
            return None
        return float(pair[0]), float(pair[1])  # type: ignore[arg-type]

    def to_dict(self) -> dict[str, Any]:
        """Returns it as plain values."""
        return {
            "schema": SCHEMA,
            "trial_id": self.trial_id,
            "fingerprint": self.fingerprint,
            "rows": self.total,
            "settings": dict(self.settings),
            "points": [point.to_dict() for point in self.points],
        }


def read_training_sizes(folder: Path) -> TrainingSizes | None:
    """Returns the learning curve of a run folder; None where there is none that can be read.

    Args:
        folder: The run folder.
    """
    try:
        content = json.loads(read_whole(folder / FILE, limits.JSON))
        points = [_point(each) for each in content["points"]]
        return TrainingSizes(
            str(content["trial_id"]),
            str(content["fingerprint"]),
            int(content["rows"]),
            points,
            dict(content["settings"]),
        )
    except (DataError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _point(content: Mapping[str, Any]) -> SizePoint:
    measured = [
        {str(name): decode_number(value) for name, value in content[split].items()}
        for split in ("training", "validation")
    ]
    best = content.get("best_epoch")
    return SizePoint(int(content["rows"]), int(content["repeat"]), best, *measured)
