"""Knob by knob: groups of knobs searched in turn, the best kept before the next (coordinate
search).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from tftune.errors import UsageError
from tftune.oracles.core.given import check_names
from tftune.oracles.core.oracle import Signal
from tftune.oracles.strategies.narrowing import all_tried, narrowed
from tftune.oracles.strategies.staged import Stage, StagedOracle
from tftune.space.search_space import SearchSpace, Values
from tftune.support.checks import check_count, check_number
from tftune.support.seeding import generator

SMALLEST_SHARE = (
    0.02  # of a range; the pass after the one that narrowed it so far has the whole range again
)


class KnobByKnobOracle(StagedOracle):
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
        objective: See `AbstractOracle`.
        max_trials: See `AbstractOracle`.
        hyperparameters: See `AbstractOracle`.
        seed: See `AbstractOracle`.
        groups: Lists of names of knobs, in the order in which they are searched; knobs that are not
            named follow one by one. Defaults to every knob alone, in the order of declaration.
        inner: The oracle of every group, a name in `ORACLES`; see `StagedOracle`. Defaults to
            `"grid"`.
        inner_options: Its further arguments.
        levels: With `"grid"`: the values of each number in a group, at least 2, both ends of its
            range among them; a choice takes all its values. Defaults to 3.
        trials_per_group: Trials of a group and pass, at least 1. Defaults to the whole grid; with
            another inner oracle to `levels` for each knob of the group.
        shrink: What the next pass keeps of every range, above 0 and at most 1. Defaults to 0.5.
        **options: See `AbstractOracle`.

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
        >>> oracle.create_trial("slot 0").hyperparameters.values
        {'dropout': 0.0, 'activation': 'relu'}
        >>> [oracle.create_trial(f"slot {slot}").hyperparameters.values["dropout"] for slot in (1, 2)]
        [0.4, 0.8]
    """

    def __init__(
        self,
        objective: Any = None,
        max_trials: int | None = 10,
        hyperparameters: Any = None,
        seed: int | None = None,
        groups: Sequence[Sequence[str]] | None = None,
        inner: str = "grid",
        inner_options: Mapping[str, Any] | None = None,
        levels: int = 3,
        trials_per_group: int | None = None,
        shrink: float = 0.5,
        **options: Any,
    ) -> None:
        check_count("levels", levels, least=2)
        check_count("trials_per_group", trials_per_group, least=1, optional=True)
        check_number("shrink", shrink, 0, 1, above=True, example=0.5)
        self.named_groups, self.levels, self.trials_per_group, self.shrink = (
            _check_groups(groups),
            levels,
            trials_per_group,
            float(shrink),
        )
        self._cycle = (
            1
            if shrink == 1
            else 1 + max(0, math.floor(math.log(SMALLEST_SHARE) / math.log(shrink)))
        )
        super().__init__(
            objective, max_trials, hyperparameters, seed, inner, inner_options, **options
        )
        if hyperparameters is not None:
            self.groups  # noqa: B018 - refuses unknown names now, not in the first trial

    @property
    def groups(self) -> list[list[str]]:
        """The groups in their order: those given, then the other knobs one by one, without those
        that have one value.

        Raises:
            UsageError: If a name is unknown.
        """
        check_names("A group", [name for group in self.named_groups for name in group], self.space)
        named = {name for group in self.named_groups for name in group}
        varied = {knob.name for knob in self.space.knobs if knob.size != 1}
        groups = [*self.named_groups, *([name] for name in self.space.names if name not in named)]
        return [group for group in groups if varied & set(group)]

    def options(self) -> dict[str, Any]:
        """Returns the groups, how each is searched, and the oracle inside."""
        own = {
            "groups": self.named_groups,
            "levels": self.levels,
            "trials_per_group": self.trials_per_group,
            "shrink": self.shrink,
        }
        return {**super().options(), **own}

    def plan(self) -> str:
        """Returns the size of the search, the groups, and what a pass costs."""
        sizes = [self._trials(group) for group in self.groups]
        turns = ", ".join(
            f"{' x '.join(group)} ({size})" for group, size in zip(self.groups, sizes, strict=True)
        )
        text = (
            f"{super().plan()}\nin turn by {self.inner}: {turns or 'nothing'}; a pass has at "
            f"most {sum(sizes) + 1} trials"
        )
        if self.max_trials is not None and self.max_trials < sum(sizes) + 1:
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
        return not self.unfinished() or (self._index == 0 and len(self.trials) == 1)

    def suggest(self, trial_number: int) -> Values | Signal:
        """Returns the next configuration of this group or of the next; WAIT between groups while
        trials are running.
        """
        if self.trials or not self.groups:
            return super().suggest(trial_number) if self.groups else self._only_one()
        values = self.tried.draw_new(generator(self.seed, trial_number, "first configuration"))
        return Signal.EXHAUSTED if values is None else values

    def stage(self, index: int, trial_number: int) -> Stage | None:
        """Returns the part of the space in which only one group varies, or None if it was tried
        entirely.
        """
        turn, place = divmod(index, len(self.groups))
        group, best = self.groups[place], self.observations.best()
        held = (
            best.values
            if best is not None
            else self.space.canonical(next(iter(self.trials.values())).hyperparameters.values)
        )
        part = narrowed(
            self.space, self.observations, self.shrink ** (turn % self._cycle), group, held
        )
        if all_tried(part, self.tried):
            return None
        if self.inner == "grid":
            return Stage(part, self.trials_per_group, {"levels": self._levels(part)})
        return Stage(part, self.trials_per_group or self.levels * len(group))

    def _trials(self, group: Sequence[str]) -> int:
        """Returns how many trials a group has in the first pass, at most."""
        if self.inner != "grid" or self.trials_per_group is not None:
            return self.trials_per_group or self.levels * len(group)
        part = narrowed(self.space, [], 1.0, group)
        return SearchSpace.from_config(part).grid(self._levels(part)).size

    def _levels(self, part: Mapping[str, Any]) -> dict[str, int]:
        """Returns the levels of the knobs with an order; choices without one take all their values."""
        return {
            record["name"]: self.levels
            for record in part["knobs"]
            if record["kind"] in ("Int", "Float") or record.get("ordered")
        }

    def _only_one(self) -> Values | Signal:
        return Signal.EXHAUSTED if self.tried.exhausted else self.space.canonical({})


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
