"""Random search (Bergstra & Bengio 2012, JMLR 13:281-305), without repeats."""

from __future__ import annotations

from tftune.oracles.core.oracle import AbstractOracle, Signal
from tftune.space.search_space import Values
from tftune.support.seeding import generator


class RandomOracle(AbstractOracle):
    """Draws every knob evenly over its range, never a configuration twice, until a finite space is
    exhausted.

    Trial number n is a function of (seed, n) and of the configurations before it, not of results:
    any number of workers gives the same trials. All N configurations of a finite space are found.

    Args:
        **options: See `AbstractOracle`.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Boolean("flag")
        >>> oracle = RandomOracle("val_loss", hyperparameters=hp, seed=0)
        >>> sorted(oracle.create_trial(f"slot {slot}").hyperparameters.values["flag"] for slot in range(2))
        [False, True]
        >>> oracle.create_trial("slot 2").status
        'STOPPED'
    """

    def suggest(self, trial_number: int) -> Values | Signal:
        """Returns the configuration of trial `trial_number`, or EXHAUSTED."""
        values = self.tried.draw_new(generator(self.seed, trial_number, "proposal"))
        return Signal.EXHAUSTED if values is None else values
