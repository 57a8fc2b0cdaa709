"""One bracket of successive halving that knows its budget, filled by a Gaussian process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tftune.errors import UsageError
from tftune.oracles.core.bound import BoundOracle
from tftune.oracles.core.method import Signal
from tftune.oracles.core.phases import counted
from tftune.oracles.multifidelity.brackets import Rung
from tftune.oracles.multifidelity.epoch_budget import EpochBudget, check_budget
from tftune.oracles.multifidelity.hedge import HEDGE, foretells, next_hedged
from tftune.oracles.multifidelity.pausing import PausingMethod
from tftune.oracles.multifidelity.rung_plans import rung_epochs, rungs_for_epochs
from tftune.space.search_space import Values
from tftune.support.checks import check_count, check_number

_HEDGED = 0.1  # of the budget, at the most, for trials that go on whatever their rank
_FEWEST_HEDGED, _MOST_HEDGED = 5, 8  # fewer than five tell nothing
_TRAININGS = 20  # the budget where none is given, in whole trainings


class FilledHalvingMethod(PausingMethod):
    """Spends half of a budget of epochs on short trainings, whose configurations a Gaussian process
    proposes, and the other half on the best of them, fewer and longer from rung to rung.

    Successive halving (Jamieson & Talwalkar: Non-stochastic best arm identification and
    hyperparameter optimization, AISTATS 2016) in one bracket, its first rung filled by a model as
    in BOHB and MOBSTER. The first rung stands at a seventeenth of R, each later one at twice the
    epochs of the one before; the later rungs share their half of the budget equally. A trial is
    ranked by the best epoch that it has had. What is left of the budget in the end continues the
    best trial that is not at its end. The method has to know its budget: before half of it is spent
    the result is poor. Where nobody knows when the search will end, `mobster` is better.

    The first `hedge` configurations go on to the third rung whatever their rank. If their ranks on
    the first and the third rung correlate by less than 0.25, later configurations begin on the
    second rung, so that trainings that bloom late have a chance.

    The first `initial_points` configurations are drawn at random. Each later one is proposed from
    the ranks on the first rung by a Gaussian process (see `filling.py`). With several workers a
    trial goes on as soon as no running one can push it out of those that do. A failed trial is not
    replaced: its epochs are spent. Values hold KerasTuner's keys, as those of `HyperbandMethod` do.

    A search that is resumed with another budget, or with a time limit of its own, has other
    rungs. Weights of paused trials are not kept once a budget is spent, so that those which then go
    on train their first epochs again.

    Args:
        max_epochs: R, the most epochs of one configuration, at least 1.
        budget: Epochs of all trials together, at least R; None for 20 R. `max_trials` does not
            change the plan, it only breaks it off.
        seconds: The budget as seconds of all trials together, above 0, in place of `budget`: the
            first five trials tell what an epoch costs. `--timeout` sets it to nine tenths of the
            time limit, times the workers.
        initial_points: Configurations that are drawn at random, at least 2.
        random_fraction: Share of the later ones that is drawn at random, too, 0 to 1.
        max_paused: Paused trials whose weights are kept, at least 1; so many go on from a rung at
            the most.
        hedge: How many of the first configurations go on whatever their rank, one for every eight
            trials on the first rung; 0 for none. None for as many as a tenth of the budget pays
            for: at most 8, and none if that is fewer than 5.

    Raises:
        UsageError: If a number is outside its range, or both `budget` and `seconds` are given.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("rate", 0.0, 1.0)
        >>> options = {"max_epochs": 51, "budget": 1000}
        >>> oracle = FilledHalvingOracle("val_loss", hyperparameters=hp, seed=0, **options)
        >>> print(oracle.plan())
        one bracket for 1000 epochs, 242 trials: 178 until epoch 3, 30 until epoch 6, \
20 until epoch 12, 10 until epoch 24, 4 until epoch 51
        new configurations are random until there are 20 results, then a Gaussian process proposes
    """

    def __init__(
        self,
        max_epochs: int = 81,
        budget: int | None = None,
        seconds: float | None = None,
        initial_points: int = 20,
        random_fraction: float = 0.2,
        max_paused: int = 30,
        hedge: int | None = None,
    ) -> None:
        check_count("hedge", hedge, least=0, optional=True)
        super().__init__(max_epochs, initial_points, random_fraction, max_paused, hedge or 0)
        self.hedge = hedge  # type: ignore[assignment]  # None has to be told apart
        check_budget(budget, max_epochs)
        if seconds is not None:
            check_number("seconds", seconds, 0, above=True, example=3600)
        if budget is not None and seconds is not None:
            raise UsageError(
                "budget and seconds are two limits of the same plan. Expected one of them. "
                f"Received: budget={budget}, seconds={seconds}. Leave one out."
            )
        self.budget = budget if seconds is not None else budget or _TRAININGS * max_epochs
        self.seconds = None if seconds is None else float(seconds)
        self._limit = EpochBudget(self.budget, self.seconds, max_epochs)
        self.epochs = rung_epochs(max_epochs, 2)

    @property
    def _begins(self) -> int:
        """The rung on which new configurations begin."""
        return 0 if len(self.epochs) == 1 or foretells(self.ladder(), self.hedged_trials) else 1

    @property
    def rungs(self) -> tuple[Rung, ...] | None:
        """Sizes and epochs of the rungs; None while it is not known what an epoch costs."""
        total = self._total()
        return None if total is None else rungs_for_epochs(self.epochs, total, self.max_paused)

    def _total(self) -> int | None:
        return self._limit.total(self.ladder(), self.view)

    def _sizes(self) -> list[int]:
        """Returns how many trials each rung gets; planned anew if the first tells too little."""
        rungs, begun = self.rungs, len(self.ladder().on(0))
        if rungs is None:
            return [begun + 1]
        if not self._begins:
            return [rung.size for rung in rungs]
        left = (self._total() or 0) - begun * self.epochs[0]
        later = rungs_for_epochs(self.epochs[1:], left, self.max_paused)
        return [begun, *(rung.size for rung in later)]

    def extend(self, budget: int | None, seconds: float | None) -> bool:
        """Widens or narrows the plan for a session that may spend so much; a search that is limited
        by epochs heeds epochs, one that is limited by seconds heeds seconds.
        """
        before = self._limit.told
        if self.seconds is None:
            check_budget(budget, self.max_epochs)
            self._limit = EpochBudget(budget or self._limit.epochs, None, self.max_epochs)
        elif seconds is not None:
            spent = self._limit.spent_seconds(self.view)
            self._limit = EpochBudget(None, spent + seconds, self.max_epochs)
        return self._limit.told != before

    def memo(self) -> dict[str, Any]:
        """Returns the paused trials, the model's lengths, and the limit if it is another one than
        the search began with.
        """
        extended = self._limit.told != [self.budget, self.seconds]
        return {**super().memo(), **({"limit": self._limit.told} if extended else {})}

    def restore_memo(self, memo: Mapping[str, Any]) -> None:
        """Sets what `memo` described."""
        super().restore_memo(memo)
        if "limit" in memo:
            epochs, seconds = memo["limit"]
            self._limit = EpochBudget(epochs, seconds, self.max_epochs)

    def expected_trials(self) -> int | None:
        """Returns the trials of the plan, or `max_trials` where those are fewer; None while no plan
        can be made.
        """
        rungs, size = self.rungs, self.view.space.cardinality()
        limits = [self.view.max_trials, None if size is None else size * len(self.epochs)]
        limits.append(None if rungs is None else sum(rung.size for rung in rungs))
        return min((limit for limit in limits if limit), default=None)

    def plan(self) -> str:
        """Returns the rungs, and when the model begins."""
        rungs, trials = self.rungs, self.view.max_trials
        if rungs is None:
            where = ", ".join(map(str, self.epochs))
            text = (
                f"one bracket for {self._limit.seconds:g} seconds of training, at epochs {where}; "
                f"the first trials tell how wide\n{self.how_new()}"
            )
        else:
            wide = ", ".join(f"{size} until epoch {epochs}" for size, epochs in rungs)
            count = counted(self.expected_trials() or 0, "trial")
            text = f"one bracket for {counted(self._total() or 0, 'epoch')}, {count}: {wide}\n"
            text += self.how_new()
        if trials is not None and (rungs is None or trials < sum(rung.size for rung in rungs)):
            text += f"\nthe search ends after {counted(trials, 'trial')}"
        return text

    def propose(self, trial_number: int) -> Values | Signal:
        """Returns what the lowest rung that is not full needs; then the best go on."""
        ladder = self.ladder()
        stay = next_hedged(ladder, self.hedged_trials, set(self.paused()))
        if stay is not None and self._left >= self.epochs[self._middle] - stay.epochs:
            return self.continued(stay, self._middle, why=HEDGE)
        for rung, size in enumerate(self._sizes()):
            if len(ladder.on(rung)) >= size:
                continue
            values = self._filled(trial_number, rung, size)
            if values is not None:
                return values
            if rung and ladder.running(rung - 1):
                return Signal.WAIT
        return self._rest(trial_number)

    def needed_checkpoints(self) -> set[str]:
        """Returns the paused trials, and those that are being continued; when the budget is spent,
        only those.
        """
        needed = super().needed_checkpoints()
        # of seconds more may be left than it seemed once those that run have ended
        may_rise = self.seconds is not None and bool(self.view.unfinished())
        return needed if may_rise or self._left > 0 else needed - set(self.paused())

    @property
    def hedged_trials(self) -> int:
        """How many go on whatever their rank. Unless the user said, as many as a tenth of the
        budget pays for, but none where that is too few to tell anything.
        """
        if self.hedge is not None:
            return self.hedge
        cost = max(1, self.epochs[self._middle] - self.epochs[0])
        paid = int(_HEDGED * (self._total() or 0)) // cost
        return min(_MOST_HEDGED, paid) if paid >= _FEWEST_HEDGED else 0

    @property
    def _middle(self) -> int:
        """The rung to which the hedge goes."""
        return min(2, len(self.epochs) - 1)

    def _filled(self, trial_number: int, rung: int, size: int) -> Values | None:
        """Returns what a rung that is not full gets, or None if there is nothing now."""
        ladder = self.ladder()
        if rung <= self._begins:
            return self._begun(trial_number)
        running, paused = ladder.running(rung - 1), set(self.paused())
        for place, stay in enumerate(ladder.ranked(rung - 1)):
            if running and place + running >= size:
                return None  # one that runs may yet be better
            if stay.trial_id in paused and self._left >= self.epochs[rung] - stay.epochs:
                return self.continued(stay, rung)
        return None

    def _begun(self, trial_number: int) -> Values | None:
        rung = self._begins
        if self._left < self.epochs[rung]:
            return None
        return self.new(trial_number, self.groups(rung), rung)

    @property
    def _left(self) -> int:
        return self._limit.left(self.ladder(), self.view)

    def _rest(self, trial_number: int) -> Values | Signal:
        """Returns the best paused trial, to go on to its next rung or as far as the budget goes."""
        best = self.best_paused()
        if best is not None and self._left > 0:
            rung = min(best.rung + 1, len(self.epochs) - 1)  # one cut short stays on the last
            until = min(self.epochs[rung], best.epochs + self._left)
            return self.continued(best, rung, until, why=" with what is left of the budget")
        if self.view.unfinished():
            return Signal.WAIT
        values = self._begun(trial_number)
        return Signal.EXHAUSTED if values is None else values


class FilledHalvingOracle(BoundOracle[FilledHalvingMethod], max_trials=None):
    """Halving filled by a model as an oracle; its whole budget, unless `max_trials` is given."""
