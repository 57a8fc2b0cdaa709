"""Knob by knob: groups of knobs searched in turn, the best kept before the next (coordinate
search).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from tftune.errors import UsageError
from tftune.oracles.core.bound import BoundOracle
from tftune.oracles.core.given import check_names
from tftune.oracles.core.method import Signal
from tftune.oracles.core.phases import counted
from tftune.oracles.core.view import SearchView
from tftune.oracles.strategies.narrowing import all_tried, narrowed
from tftune.oracles.strategies.staged import Stage, StagedMethod
from tftune.space.search_space import SearchSpace, Values
from tftune.support.checks import check_count, check_number
from tftune.support.seeding import generator

SMALLEST_SHARE = (
    0.02  # of a range; the pass after the one that narrowed it so far has the whole range again
)


class KnobByKnobMethod(StagedMethod):
    """Varies one group of knobs while the others stand at the best result so far, then the next
    group: how people tune by hand.

    The first trial is a start configuration (`start=`; `start=[{}]` stands for all defaults), or
    the best of an earlier search, or else drawn at random. When all groups had their turn the next
    pass begins: it varies every number within the share `shrink` of the range of the pass before,
    around the best result (see `narrowed`), until the share is below 2 %; then it is the whole
    range again. A group of which the best result has no active knob, or that has nothing untried,
    is skipped; where a whole pass has nothing new, a configuration is drawn at random.

    Within a group trials run side by side; the next group waits until all have ended, so any number
    of workers gives the same trials if the inner oracle does not depend on results. Knobs of which
    the best value depends on each other belong into one group.

    References:
        S. J. Wright: Coordinate descent algorithms. Mathematical Programming 151:3-34, 2015.

    Args:
        groups: Lists of names of knobs, in the order in which they are searched; knobs that are not
            named follow one by one. Defaults to every knob alone, in the order of declaration.
        inner: The search method of every group, a name in `ORACLES`; one that is no strategy and
            gives trials no budget, as Hyperband does.
        inner_options: Options of the search method inside.
        levels: With `"grid"`: the values of each number in a group, at least 2, both ends of its
            range among them; a choice takes all its values. Defaults to 3.
        trials_per_group: Trials of a group and pass, at least 1. Defaults to the whole grid; with
            another inner oracle to `levels` for each knob of the group.
        shrink: What the next pass keeps of every range, above 0 and at most 1. Defaults to 0.5.

    Raises:
        UsageError: If an argument is outside its range, a name unknown or in two groups, or the
            inner oracle is refused.

    Example:
        >>> import keras_tuner
        >>> hp = keras_tuner.HyperParameters()
        >>> _ = hp.Float("dropout", 0.0, 0.8), hp.Choice("activation", ["relu", "tanh"])
        >>> oracle = KnobByKnobOracle("val_loss", max_trials=20, hyperparameters=hp, start=[{}])
        >>> print(oracle.plan())
        at most 20 trials; the space has infinitely many configurations
        in turn by grid: dropout (3), activation (2); a pass has at most 6 trials
        >>> trials = [oracle.create_trial(f"slot {slot}") for slot in range(3)]
        >>> trials[0].hyperparameters.values
        {'dropout': 0.0, 'activation': 'relu'}
        >>> [trial.hyperparameters.values["dropout"] for trial in trials[1:]]
        [0.4, 0.8]
    """

    def __init__(
        self,
        groups: Sequence[Sequence[str]] | None = None,
        inner: str = "grid",
        inner_options: Mapping[str, Any] | None = None,
        levels: int = 3,
        trials_per_group: int | None = None,
        shrink: float = 0.5,
    ) -> None:
        check_count("levels", levels, least=2)
        check_count("trials_per_group", trials_per_group, least=1, optional=True)
        check_number("shrink", shrink, 0, 1, above=True, example=0.5)
        super().__init__(inner, inner_options)
        self.named_groups, self.levels = _check_groups(groups), levels
        self.trials_per_group, self.shrink = trials_per_group, float(shrink)
        self._cycle = 1  # passes until the range is the whole one again
        if shrink < 1:
            self._cycle += max(0, math.floor(math.log(SMALLEST_SHARE) / math.log(shrink)))

    def begin(self, view: SearchView) -> None:
        """Refuses unknown names of knobs now, not in the first trial."""
        super().begin(view)
        if view.space.knobs:
            self.groups  # noqa: B018

    @property
    def groups(self) -> list[list[str]]:
        """The groups in their order: those given, then the other knobs one by one, without those
        that have one value.

        Raises:
            UsageError: If a name is unknown.
        """
        named = [name for group in self.named_groups for name in group]
        check_names("A group", named, self.view.space)
        varied = {knob.name for knob in self.view.space.knobs if knob.size != 1}
        others = [name for name in self.view.space.names if name not in named]
        groups = [*self.named_groups, *([name] for name in others)]
        return [group for group in groups if varied & set(group)]

    def options(self) -> dict[str, Any]:
        """Returns the groups as they were given, how each is searched, and the method inside."""
        return {**super().options(), "groups": self.named_groups}

    def plan(self) -> str:
        """Returns the size of the search, the groups, and what a pass costs."""
        sizes = [self._trials(group) for group in self.groups]
        turns = ", ".join(
            f"{' x '.join(group)} ({size})" for group, size in zip(self.groups, sizes, strict=True)
        )
        text = (
            f"{super().plan()}\nin turn by {self.inner}: {turns or 'nothing'}; a pass has at "
            f"most {counted(sum(sizes) + 1, 'trial')}"
        )
        if self.view.max_trials is not None and self.view.max_trials < sum(sizes) + 1:
            text += (
                "\nthe last knobs have no turn: raise max_trials, lower levels or set "
                "trials_per_group"
            )
        return text

    @property
    def patience(self) -> int:
        """A pass."""
        return max(1, len(self.groups))

    def may_begin(self) -> bool:
        """Whether the best result so far is known, or is that of the only trial."""
        return not self.view.unfinished() or (self._index == 0 and len(self.view.trials) == 1)

    def propose(self, trial_number: int) -> Values | Signal:
        """Returns the next configuration of this group or of the next; WAIT between groups while
        trials are running.
        """
        if self.view.trials or not self.groups:
            return super().propose(trial_number) if self.groups else self._only_one()
        values = self.view.tried.draw_new(
            generator(self.view.seed, trial_number, "first configuration")
        )
        return Signal.EXHAUSTED if values is None else values

    def stage(self, index: int, trial_number: int) -> Stage | None:
        """Returns the part of the space in which only one group varies, or None if it was tried
        entirely.
        """
        turn, place = divmod(index, len(self.groups))
        width, group = self.shrink ** (turn % self._cycle), self.groups[place]
        part = narrowed(self.view.space, self.view.observations, width, group, self._held())
        if all_tried(part, self.view.tried):
            return None
        if self.inner == "grid":
            return Stage(part, self.trials_per_group, {"levels": self._levels(part)})
        return Stage(part, self.trials_per_group or self.levels * len(group))

    def _held(self) -> Values:
        """Returns the best configuration so far; the first one while it has no result."""
        best = self.view.observations.best()
        if best is not None:
            return best.values
        first = next(iter(self.view.trials.values()))
        return self.view.space.canonical(first.hyperparameters.values)

    def _trials(self, group: Sequence[str]) -> int:
        """Returns how many trials a group has in the first pass, at most."""
        if self.inner != "grid" or self.trials_per_group is not None:
            return self.trials_per_group or self.levels * len(group)
        part = narrowed(self.view.space, [], 1.0, group)
        return SearchSpace.from_config(part).grid(self._levels(part)).size

    def _levels(self, part: Mapping[str, Any]) -> dict[str, int]:
        """Returns the levels of the knobs with an order; other choices take all their values."""
        return {
            record["name"]: self.levels
            for record in part["knobs"]
            if record["kind"] in ("Int", "Float") or record.get("ordered")
        }

    def _only_one(self) -> Values | Signal:
        return Signal.EXHAUSTED if self.view.tried.exhausted else self.view.space.canonical({})


def _check_groups(groups: Sequence[Sequence[str]] | None) -> list[list[str]]:
    """Returns the groups as lists.

    Raises:
        UsageError: If they are no lists of names, or name a knob twice.
    """
    if groups is None:
        return []
    if not isinstance(groups, (list, tuple)) or not all(
        isinstance(group, (list, tuple)) for group in groups
    ):
        raise UsageError(
            f"groups must be lists of names of knobs. Received: {groups!r}. Pass for example "
            "groups=[['rate', 'units']]."
        )
    lists = [[str(name) for name in group] for group in groups]
    names = [name for group in lists for name in group]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(
            f"groups name {twice} more than once. Expected every knob in one group. Received: "
            f"{groups!r}. Remove one."
        )
    return lists


class KnobByKnobOracle(BoundOracle[KnobByKnobMethod]):
    """A search knob by knob as an oracle."""
