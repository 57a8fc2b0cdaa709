"""MOBSTER (Klein et al. 2020): asynchronous successive halving, filled by a Gaussian process."""

from __future__ import annotations

from tftune.errors import UsageError
from tftune.oracles.core.bound import BoundOracle
from tftune.oracles.core.method import Signal
from tftune.oracles.multifidelity.hedge import HEDGE, foretells, next_hedged
from tftune.oracles.multifidelity.pausing import PausingMethod
from tftune.oracles.multifidelity.rung_plans import rung_epochs
from tftune.space.search_space import Values
from tftune.support.checks import check_count

NOTHING_NEW = ", since no configuration is left to begin with"
_GROWTH = 4  # each rung stands at four times the epochs of the one before


class MobsterMethod(PausingMethod):
    """Trains each configuration for a few epochs, and continues whichever is among the best 1/eta
    of those that got as far as it did: at any time, and nothing waits.

    A. Klein, L. Tiao, T. Lienart, C. Archambeau, M. Seeger: Model-based asynchronous hyperparameter
    and neural architecture search, arXiv:2003.10865, 2020; the promotion is Algorithm 2 of L. Li et
    al.: A system for massively parallel hyperparameter tuning, MLSys 2020. A trial is ranked by the
    best epoch that it has had. When none can be promoted, a new configuration begins: at random
    while there are fewer than `initial_points` results, then proposed by a Gaussian process (see
    `filling.py`). When no new configuration is left, the best of the paused go on.

    Two things differ from the paper, whose process knows the losses at all epochs. Here it is
    fitted to the ranks on the first rung; the trials that went on are ranked among themselves by
    the higher rungs. And each rung stands at four times the epochs of the one before, while one
    trial of `factor` goes on.

    The first `hedge` configurations go on to the second rung whatever their rank. If their ranks on
    the two rungs correlate by less than 0.25, later configurations begin on the second rung: then
    trainings that bloom late have a chance.

    Values hold KerasTuner's keys, as those of `HyperbandMethod` do. At most `max_paused` trials
    wait to be continued; beyond that, the one with the worst rank is forgotten.

    Args:
        max_epochs: R, the most epochs of one configuration, at least 1.
        factor: eta: one of so many that reach a rung goes on; an integer of at least 2.
        min_epochs: Epochs of the first rung; None for a seventeenth of R, at least 2.
        initial_points: Results of a rung before its model proposes, at least 2.
        random_fraction: Share of the configurations that is drawn at random even then, 0 to 1.
        max_paused: Paused trials whose weights are kept, at least 1.
        hedge: How many of the first configurations go on whatever their rank; 0 for none.

    Raises:
        UsageError: If a number is outside its range.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("rate", 0.0, 1.0)
        >>> oracle = MobsterOracle("val_loss", hyperparameters=hp, seed=0, max_epochs=51)
        >>> print(oracle.plan())
        at most 100 trials; the space has infinitely many configurations
        asynchronous halving at epochs 3, 12, 51: the best of 8 goes on
        new configurations are random until there are 12 results, then a Gaussian process proposes
    """

    def __init__(
        self,
        max_epochs: int = 81,
        factor: int = 8,
        min_epochs: int | None = None,
        initial_points: int = 12,
        random_fraction: float = 0.2,
        max_paused: int = 30,
        hedge: int = 8,
    ) -> None:
        check_count("factor", factor, least=2)
        check_count("min_epochs", min_epochs, least=1, optional=True)
        super().__init__(max_epochs, initial_points, random_fraction, max_paused, hedge)
        if min_epochs is not None and min_epochs > max_epochs:
            raise UsageError(
                f"The first rung must not stand beyond the last. Expected min_epochs from 1 to "
                f"max_epochs={max_epochs}. Received: min_epochs={min_epochs}. Make it smaller."
            )
        self.factor, self.min_epochs = factor, min_epochs
        self.epochs = rung_epochs(max_epochs, _GROWTH, min_epochs)

    def expected_trials(self) -> int | None:
        """Returns `max_trials`, or what a finite space has: each configuration on each rung."""
        size = self.view.space.cardinality()
        limits = [self.view.max_trials, None if size is None else size * len(self.epochs)]
        return min((limit for limit in limits if limit is not None), default=None)

    def plan(self) -> str:
        """Returns the rungs, and when the model begins."""
        where = ", ".join(map(str, self.epochs))
        return (
            f"{super().plan()}\nasynchronous halving at epochs {where}: the best of {self.factor} "
            f"goes on\n{self.how_new()}"
        )

    def propose(self, trial_number: int) -> Values | Signal:
        """Returns what is promoted, from the highest rung down, or else a new configuration."""
        ladder = self.ladder()
        values = self._promoted()
        if values is None and len(self.epochs) > 1:
            stay = next_hedged(ladder, self.hedge, set(self.paused()))
            values = None if stay is None else self.continued(stay, 1, why=HEDGE)
        if values is None:
            values = self.new(trial_number, self.groups(self._begins), self._begins)
        if values is None:
            values = self._continued_best()
        if values is None:
            return Signal.WAIT if self.view.unfinished() else Signal.EXHAUSTED
        return values

    @property
    def _begins(self) -> int:
        """The rung on which new configurations begin."""
        return 0 if len(self.epochs) == 1 or foretells(self.ladder(), self.hedge) else 1

    def _promoted(self) -> Values | None:
        ladder, paused = self.ladder(), set(self.paused())
        for rung in range(len(self.epochs) - 2, -1, -1):
            good = len(ladder.ended(rung)) // self.factor
            for stay in ladder.ranked(rung)[:good]:
                if stay.trial_id in paused:
                    return self.continued(stay, rung + 1)
        return None

    def _continued_best(self) -> Values | None:
        best = self.best_paused()
        return None if best is None else self.continued(best, best.rung + 1, why=NOTHING_NEW)


class MobsterOracle(BoundOracle[MobsterMethod], max_trials=100):
    """MOBSTER as an oracle; 100 trials, those that continue others counted, unless `max_trials` is
    given.
    """
