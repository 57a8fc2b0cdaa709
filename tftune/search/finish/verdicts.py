"""What became of a step, and whether it is kept."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from tftune.reports.summary import json_ready
from tftune.search.finish.judging import Gain

STEPS = ("confirm", "average", "refit", "ensemble")
KEPT, NOT_KEPT, SKIPPED, DONE = "kept", "not kept", "skipped", "done"


@dataclass
class Step:
    """What became of a step, as the journal tells it.

    Attributes:
        step: Its name.
        status: `kept`, `not kept`, `skipped`, or `done` for what is not judged.
        why: In words.
        gain: What it is worth, where it was judged.
        trainings: How many it took.
        seconds: Of them.
    """

    step: str
    status: str
    why: str
    gain: Gain | None = None
    trainings: int = 0
    seconds: float = 0.0

    def record(self) -> dict[str, Any]:
        """Returns it as the journal has it; ends that are not known are None."""
        found = json_ready(asdict(self))
        gain = found.pop("gain") or dict.fromkeys(
            ("before", "after", "gain", "low", "high", "rows")
        )
        return {**found, "seconds": round(self.seconds, 3), **gain}


def verdict(gain: Gain | None) -> tuple[str, str]:
    """Returns whether a step is kept, and why.

    A gain is kept also where its interval contains zero: the steps are chosen because they help as
    a rule, and the few rows that judge them seldom tell more than the direction. The interval is
    that of the rows; another seed of the trainings would give another gain.

    Args:
        gain: What it is worth; None where its measure is not defined.

    Example:
        >>> verdict(Gain(0.8, 0.81, 0.01, -0.01, 0.03, 50))
        ('kept', 'it gains, within the noise')
    """
    if gain is None or not math.isfinite(gain.gain):
        return NOT_KEPT, "the measure is not defined on these rows"
    if gain.gain <= 0:
        return NOT_KEPT, "it does not gain"
    return KEPT, "it gains beyond the noise" if gain.low > 0 else "it gains, within the noise"
