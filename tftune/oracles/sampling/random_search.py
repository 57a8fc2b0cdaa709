"""Random search (Bergstra & Bengio 2012, JMLR 13:281-305), without repeats."""

from __future__ import annotations

from tftune.oracles.core.bound import BoundOracle
from tftune.oracles.core.method import SearchMethod, Signal
from tftune.space.search_space import Values
from tftune.support.seeding import generator


class RandomMethod(SearchMethod):
    """Draws every knob evenly over its range, never a configuration twice, until a finite space is
    exhausted.

    Trial number n is a function of (seed, n) and of the configurations before it, not of results:
    any number of workers gives the same trials. All N configurations of a finite space are found.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Boolean("flag")
        >>> oracle = RandomOracle("val_loss", hyperparameters=hp, seed=0)
        >>> trials = [oracle.create_trial(f"slot {slot}") for slot in range(3)]
        >>> sorted(trial.hyperparameters.values["flag"] for trial in trials[:2]), trials[2].status
        ([False, True], 'STOPPED')
    """

    def propose(self, trial_number: int) -> Values | Signal:
        """Returns the configuration of trial `trial_number`, or EXHAUSTED."""
        draws = generator(self.view.seed, trial_number, "proposal")
        values = self.view.tried.draw_new(draws)
        return Signal.EXHAUSTED if values is None else values


class RandomOracle(BoundOracle[RandomMethod]):
    """Random search as an oracle."""
