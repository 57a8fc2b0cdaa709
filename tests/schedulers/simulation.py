"""Named schedulers for searches on paper."""

from __future__ import annotations

from typing import Any

from tftune.schedulers import SCHEDULERS
from tftune.schedulers.base import AbstractScheduler
from tftune.testing.schedulers import EPOCHS, negated, plans, run_all

__all__ = ["EPOCHS", "make", "negated", "plans", "run_all"]


def make(name: str, direction: str = "max", **options: Any) -> AbstractScheduler:
    rule: AbstractScheduler = SCHEDULERS[name](direction=direction, max_epochs=EPOCHS, **options)
    return rule
