"""The rule that lowers the learning rate on a plateau, unless something else sets the rate.

It watches `val_loss` wherever validation happens, else `loss`; which of the two, the epochs show:
`validation_data` of any kind, `validation_split`, or a HyperModel that validates by itself.

It is off, and this is said once, where the learning rate follows a schedule of tftune's. It is left
out, likewise, where the optimizer has a schedule or another rate that
cannot be set, where a callback of the user's is there to set it, and from the epoch on in which
something else has set it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from tftune.training.callback_paths import is_kind
from tftune.training.callbacks import Continued
from tftune.training.epoch_metrics import RATE, Logs, learning_rates, numbers_of
from tftune.training.notes import note

_SETS_THE_RATE = ("LearningRateScheduler", "ReduceLROnPlateau")


class ReduceLROnPlateau(Continued, keras.callbacks.ReduceLROnPlateau):
    """Keras' ReduceLROnPlateau that goes on counting in a continued training and gives way to
    others.

    Args:
        validates: Whether validation is asked for.
        seldom: Whether only some epochs validate.
        users: The user's callbacks.
        **rule: As for Keras' own, without `monitor` and `mode`.
    """

    best: Any
    counters = ("wait", "best", "cooldown_counter", "monitor", "left_out")

    def __init__(
        self, validates: bool, seldom: bool = False, users: Sequence[Any] = (), **rule: Any
    ) -> None:
        super().__init__(monitor="val_loss" if validates else "loss", mode="min", **rule)
        self._unseen = self.best  # None; infinity with Keras 3.8
        self._seldom = seldom
        self._rates: dict[str, float] = {}
        names = [type(callback).__name__ for callback in users if sets_the_rate(callback)]
        self.left_out: str | None = f"your callback {names[0]} sets it" if names else None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        super().on_train_begin(logs)
        self._rates = learning_rates(self.model)
        if self._rates and self.left_out is None and not _can_be_set(self.model.optimizer):
            self.left_out = "a schedule in the optimizer sets it"
        self._say()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if not self.has_begun:
            self.on_train_begin()
        self._choose(numbers_of(logs))
        if self.left_out is None and learning_rates(self.model) != self._rates:
            self.left_out = "something else has set it during the training"
            self._say()
        if self._rates and self.left_out is None:
            super().on_epoch_end(epoch, logs)
            self._rates = learning_rates(self.model)

    def _choose(self, numbers: dict[str, float]) -> None:
        """Watches what an epoch really has."""
        if "val_loss" in numbers:
            chosen = "val_loss"
        else:  # an epoch without validation is waited out if others have had it, or will
            waits = self.monitor == "val_loss" and (self._seldom or self.best != self._unseen)
            chosen = self.monitor if waits else "loss"
        if chosen != self.monitor:
            self.monitor, self.best = chosen, self._unseen
            self.wait = self.cooldown_counter = 0

    def _say(self) -> None:
        if self.left_out is not None:
            say_left_out(self.left_out)


def say_left_out(reason: str) -> None:
    """Says once in a search why the rule is left out."""
    note(
        "The learning rate is not lowered on a plateau, as tftune does by default, because "
        f"{reason}. With plateau_patience=0 it never is."
    )


def sets_the_rate(callback: Any) -> bool:
    """Whether a callback is one of Keras' that set the learning rate, or derived from it."""
    return any(is_kind(callback, kind) for kind in _SETS_THE_RATE)


def _can_be_set(optimizer: Any) -> bool:
    """Whether an optimizer takes another learning rate; each of several must."""
    try:
        for part in getattr(optimizer, "optimizers", None) or [optimizer]:
            setattr(part, RATE, float(keras.ops.convert_to_numpy(getattr(part, RATE))))
    except Exception:  # TypeError of a schedule, AttributeError of a function
        return False
    return True
