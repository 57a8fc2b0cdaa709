"""How often a search has looked at its validation split before it chose, and what that flatters.

Every epoch whose score could become that of its trial is a look; so is every score that a scheduler
or the early-stopping rule has judged. A look is not free: the best of many noisy numbers is too
good by the noise times the expected greatest of as many standard normal numbers.

Example:
    >>> from tftune.journal.state import SearchState, TrialRecord
    >>> header = {"objective": {"name": "val_auc", "direction": "max"}, "training": {}}
    >>> looks_of(SearchState(header=header)).words
    'none: no trial has a score'
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tftune.journal.state import SearchState, TrialRecord
from tftune.journal.status import TrialStatus, loss_of
from tftune.reports.analysis.curves import curve_of
from tftune.reports.analysis.noise import Optimism, optimism_of
from tftune.reports.analysis.trials import score_of, scored, trials_of
from tftune.reports.analysis.words import counted, name_of


@dataclass(frozen=True)
class Looks:
    """Looks at the validation split.

    Attributes:
        trials: Trials that have a score.
        epochs: Epochs whose score could decide; as many as trials where the last epoch counts.
        judged: Epochs after which the scheduler was asked whether to stop.
        stopped: Trials that it stopped.
        early: Trials that the early-stopping rule ended before their last epoch.
        scheduler: Its name, or "none".
        reduced: Whether the plateau rule was on, which lowers the learning rate by the validation
            loss; a schedule that the journal does not tell of switches it off.
        splits: Of how many folds each look is a mean; 1 without folds.
        losses: Of all looks that could decide, lower is better.
    """

    trials: int
    epochs: int
    judged: int
    stopped: int
    early: int
    scheduler: str
    reduced: bool
    splits: int
    losses: tuple[float, ...] = ()

    @property
    def words(self) -> str:
        """How many there were, in words."""
        if not self.trials:
            return "none: no trial has a score"
        told = f"{self.epochs:,}: "
        if self.epochs > self.trials:
            told += f"each of the {self.epochs:,} epochs of {counted(self.trials, 'trial')} could "
            told += "have become the best"
        else:
            told += f"the score of {counted(self.trials, 'trial')}"
        if self.splits > 1:
            told += f", each a mean over {self.splits} folds"
        more = []
        if self.judged:
            more.append(
                f"{name_of(self.scheduler)} judged {counted(self.judged, 'score')} and stopped "
                f"{counted(self.stopped, 'trial')}"
            )
        if self.early:
            more.append(f"early stopping ended {counted(self.early, 'trial')}")
        if self.reduced:
            more.append(
                "the plateau rule may have lowered the learning rate by the validation loss"
            )
        return told + (f"; {', '.join(more)}" if more else "")

    def optimism(self, noise: float | None) -> Optimism | None:
        """Returns what choosing among all looks adds to the best, or None where the noise is not
        known.

        Args:
            noise: Standard deviation of one score about its true value.

        Example:
            >>> looks = Looks(1, 3, 0, 0, 0, "none", False, 1, (0.10, 0.11, 0.50))
            >>> looks.optimism(0.01).contenders
            2
        """
        return optimism_of(self.losses, noise) if noise is not None and self.losses else None


def looks_of(state: SearchState) -> Looks:
    """Returns how often a search has looked at its validation split."""
    training = state.header.get("training") or {}
    ranked = scored(state)
    every = training.get("keep_weights", "best") == "best"
    losses = _losses(state, ranked, every)
    trials = list(trials_of(state))
    scheduler = str(state.header.get("scheduler") or "none")
    asked = scheduler != "none"
    judged = sum(len(curve_of(trial, state.objective)) for trial in trials) if asked else 0
    patience = training.get("early_stopping_patience", 0)
    return Looks(
        trials=len(ranked),
        epochs=len(losses),
        judged=judged,
        stopped=sum(trial.status is TrialStatus.PRUNED for trial in trials),
        early=sum(_ended_early(trial) for trial in ranked) if patience else 0,
        scheduler=scheduler,
        reduced=_follows_loss(state, trials),
        splits=max(int(training.get("folds") or 0), 1),
        losses=tuple(losses),
    )


def _losses(state: SearchState, ranked: Sequence[TrialRecord], every: bool) -> list[float]:
    """Returns the scores that could decide, as losses."""
    found: list[float] = []
    for trial in ranked:
        values = [value for _, value in curve_of(trial, state.objective)] if every else []
        found += [loss_of(value, state.direction) for value in values or [score_of(trial)]]
    return found


def _ended_early(trial: TrialRecord) -> bool:
    """Whether a trial completed before the epoch that was planned as its last."""
    if trial.status is not TrialStatus.COMPLETED or trial.last_epoch is None or not trial.epochs:
        return False
    return trial.epochs[-1][0] < trial.last_epoch


def _follows_loss(state: SearchState, trials: Sequence[TrialRecord]) -> bool:
    """Whether the plateau rule, which watches `val_loss`, was on, and no schedule in its place."""
    training = state.header.get("training") or {}
    own = training.get("schedule", "constant") != "constant" or training.get("warmup", 0)
    return (
        bool(training.get("plateau_patience")) and not own and not all(map(_is_scheduled, trials))
    )


def _is_scheduled(trial: TrialRecord) -> bool:
    """Whether the knobs of a schedule set the rate of a trial, in whatever scope of names."""
    return any(name.split("/")[-1] == "schedule_warmup" for name in trial.values)
