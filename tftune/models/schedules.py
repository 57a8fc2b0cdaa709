"""Learning-rate schedules: which share of the optimizer's learning rate a step takes.

A schedule is a pure function of a step and the number of all steps. Its greatest value is 1, at
which the rate is the one that the optimizer was made with. With t the progress from 0 to 1 after
the warm-up, and `final`, `low` and `start` the smallest shares:

    constant       1
    step           drop ** floor((drops + 1) t)
    exponential    final ** t
    polynomial     final + (1 - final) (1 - t) ** power
    cosine         final + (1 - final) (1 + cos(pi t)) / 2
    triangular     low + (1 - low) (1 - |2 x - 1|), x the progress within one of the cycles
    one_cycle      from start to 1 along half a cosine while t < rise, then likewise to final

A linear warm-up may precede each: of W steps of warm-up, step s takes (s + 1) / (W + 1) of the
schedule's first value (Goyal et al. 2017). The rest of the steps has the whole schedule.

No TensorFlow is needed here; `tftune.models.scheduling` sets an optimizer's rate.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import ClassVar

from tftune.support.checks import check_choice, check_count, check_number


@dataclass(frozen=True, kw_only=True)
class Schedule(ABC):
    """What all schedules share.

    Args:
        warmup: Share of all steps in which the rate rises from almost 0, 0 to below 1.

    Attributes:
        name: In `SCHEDULES`.
        falls: Whether it never rises after the warm-up, so that the batch may grow instead.

    Raises:
        UsageError: If a value is outside its range.
    """

    warmup: float = 0.0
    name: ClassVar[str]
    falls: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_number("warmup", self.warmup, 0, 1, below=True, example=0.1)

    @abstractmethod
    def shape(self, progress: float) -> float:
        """Returns the share of the rate at a progress from 0 to 1 after the warm-up."""

    def factor(self, step: int, total: int) -> float:
        """Returns the share of the optimizer's learning rate that a step takes.

        Args:
            step: Counted from 0; steps after the last are like the end of the schedule.
            total: Number of all steps, at least 1.

        Example:
            >>> [Polynomial(final=0.0, warmup=0.4).factor(step, 5) for step in range(5)]
            [0.333..., 0.666..., 1.0, 0.666..., 0.333...]
        """
        warm = round(self.warmup * total)
        if step < warm:
            return self.shape(0.0) * (step + 1) / (warm + 1)
        return self.shape(min((step - warm) / max(total - warm, 1), 1.0))

    def settings(self) -> dict[str, float]:
        """Returns the schedule's values by the names of their fields."""
        return asdict(self)

    def _check_share(self, *names: str) -> None:
        for name in names:
            check_number(name, getattr(self, name), 0, 1, example=0.01)


@dataclass(frozen=True, kw_only=True)
class Constant(Schedule):
    """1 throughout: the rate that the optimizer was made with.

    Example:
        >>> Constant().factor(step=7, total=10)
        1.0
    """

    name = "constant"

    def shape(self, progress: float) -> float:
        """Returns 1."""
        return 1.0


@dataclass(frozen=True, kw_only=True)
class Step(Schedule):
    """`drop ** floor((drops + 1) t)`: the rate falls at once, at equal distances (Krizhevsky et al.
    2012; He et al. 2016).

    Args:
        drops: How often it falls, at least 1.
        drop: To which share of itself it falls, above 0 and at most 1.
        warmup: As for every schedule.

    Example:
        >>> [Step(drops=2, drop=0.5).factor(step, 6) for step in range(6)]
        [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
    """

    drops: int = 2
    drop: float = 0.2
    name = "step"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_count("drops", self.drops, least=1)
        check_number("drop", self.drop, 0, 1, above=True, example=0.1)

    def shape(self, progress: float) -> float:
        """Returns the share of the rate."""
        fallen = math.floor(progress * (self.drops + 1) + 1e-9)  # a third of 6 steps is 2 of them
        return float(self.drop ** min(fallen, self.drops))


@dataclass(frozen=True, kw_only=True)
class Exponential(Schedule):
    """`final ** t`: the rate falls by the same share in each step.

    Args:
        final: Share of the rate at the end, above 0 and at most 1.
        warmup: As for every schedule.

    Example:
        >>> [round(Exponential(final=0.01).factor(step, 4), 3) for step in range(4)]
        [1.0, 0.316, 0.1, 0.032]
    """

    final: float = 0.01
    name = "exponential"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("final", self.final, 0, 1, above=True, example=0.01)

    def shape(self, progress: float) -> float:
        """Returns the share of the rate."""
        return float(self.final**progress)


@dataclass(frozen=True, kw_only=True)
class Polynomial(Schedule):
    """`final + (1 - final) (1 - t) ** power`: a straight line for power 1 (Liu et al. 2015 for
    other powers).

    Args:
        power: Above 0; below 1 the rate falls late, above 1 early.
        final: Share of the rate at the end, 0 to 1.
        warmup: As for every schedule.

    Example:
        >>> [Polynomial(power=2.0, final=0.0).factor(step, 4) for step in range(4)]
        [1.0, 0.5625, 0.25, 0.0625]
    """

    power: float = 1.0
    final: float = 0.01
    name = "polynomial"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("power", self.power, 0, above=True, example=1.0)
        self._check_share("final")

    def shape(self, progress: float) -> float:
        """Returns the share of the rate."""
        return float(self.final + (1.0 - self.final) * (1.0 - progress) ** self.power)


@dataclass(frozen=True, kw_only=True)
class Cosine(Schedule):
    """`final + (1 - final) (1 + cos(pi t)) / 2`, without restarts (Loshchilov & Hutter 2017,
    "SGDR").

    Args:
        final: Share of the rate at the end, 0 to 1.
        warmup: As for every schedule.

    Example:
        >>> [round(Cosine(final=0.0).factor(step, 4), 3) for step in range(4)]
        [1.0, 0.854, 0.5, 0.146]
    """

    final: float = 0.01
    name = "cosine"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_share("final")

    def shape(self, progress: float) -> float:
        """Returns the share of the rate."""
        return _half_cosine(1.0, self.final, progress)


@dataclass(frozen=True, kw_only=True)
class Triangular(Schedule):
    """Straight up from `low` to 1 and down again, cycle after cycle (Smith 2017, "Cyclical learning
    rates for training neural networks").

    Args:
        cycles: How often, at least 1.
        low: Share of the rate at both ends of a cycle, 0 to 1.
        warmup: As for every schedule.

    Example:
        >>> [round(Triangular(cycles=2, low=0.2).factor(step, 8), 3) for step in range(8)]
        [0.2, 0.6, 1.0, 0.6, 0.2, 0.6, 1.0, 0.6]
    """

    cycles: int = 2
    low: float = 0.1
    name = "triangular"
    falls = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_count("cycles", self.cycles, least=1)
        self._check_share("low")

    def shape(self, progress: float) -> float:
        """Returns the share of the rate."""
        within = progress * self.cycles % 1.0
        return self.low + (1.0 - self.low) * (1.0 - abs(2.0 * within - 1.0))


@dataclass(frozen=True, kw_only=True)
class OneCycle(Schedule):
    """Up once and down once, to far below the start (Smith & Topin 2018, "Super-convergence"), each
    along half a cosine; momentum stays as it is.

    Args:
        rise: Share of the steps in which it rises, above 0 and below 1.
        start: Share of the rate at the start, 0 to 1.
        final: Share of the rate at the end, 0 to 1.
        warmup: As for every schedule, though this one rises by itself.

    Example:
        >>> one = OneCycle(rise=0.5, start=0.2, final=0.0)
        >>> [round(one.factor(step, 4), 3) for step in range(4)]
        [0.2, 0.6, 1.0, 0.5]
    """

    rise: float = 0.3
    start: float = 0.04
    final: float = 1e-4
    name = "one_cycle"
    falls = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("rise", self.rise, 0, 1, above=True, below=True, example=0.3)
        self._check_share("start", "final")

    def shape(self, progress: float) -> float:
        """Returns the share of the rate."""
        if progress < self.rise:
            return _half_cosine(self.start, 1.0, progress / self.rise)
        return _half_cosine(1.0, self.final, (progress - self.rise) / (1.0 - self.rise))


def _half_cosine(begin: float, end: float, progress: float) -> float:
    return end + (begin - end) * (1.0 + math.cos(math.pi * progress)) / 2.0


SCHEDULES: dict[str, type[Schedule]] = {
    kind.name: kind
    for kind in (Constant, Step, Exponential, Polynomial, Cosine, Triangular, OneCycle)
}


def make_schedule(name: str, **settings: float | None) -> Schedule:
    """Returns a schedule.

    Args:
        name: A key of `SCHEDULES`.
        **settings: Of its class; None leaves the default.

    Raises:
        UsageError: If the name is unknown or a value outside its range.

    Example:
        >>> make_schedule("cosine", warmup=0.1)
        Cosine(warmup=0.1, final=0.01)
    """
    check_choice("schedule", name, SCHEDULES)
    given = {setting: value for setting, value in settings.items() if value is not None}
    return SCHEDULES[name](**given)
