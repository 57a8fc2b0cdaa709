"""Makes the trials of another tool fit a space, and says what does not.

| what                                       | what becomes of it                               |
|--------------------------------------------|--------------------------------------------------|
| a knob that the space does not have        | dropped and named                                |
| a knob of the space that a trial lacks     | its default is assumed, and named                |
| the text `nan`, `none` or `null` for it    | the same, unless it is one of the knob's choices |
| a number outside the range                 | the trial is left out; knob and value are named  |
| a choice that is none of the knob's        | the same                                         |
| a number between two steps                 | moved to the nearest step, and named             |
| a knob that plays no part beside the other values | passed over                               |
| no knob in common, or no score left        | refused                                          |

Example:
    >>> from tftune.search.foreign.foreign_trials import foreign_trial
    >>> units = Knob("units", "Int", 8, low=8, high=64)
    >>> knobs = (units, Knob("act", "Choice", "a", choices=("a",)))
    >>> trials = [foreign_trial(str(n), {"units": n, "lr": 1}, 0.5, "completed") for n in (9, 99)]
    >>> fitted = fit_trials(trials, knobs)
    >>> fitted.results
    ({'values': {'units': 9, 'act': 'a'}, 'score': 0.5, 'status': 'completed', 'seconds': None},)
    >>> for sentence in fitted.sentences():
    ...     print(sentence)
    1 of 2 trials left out: units 99 is outside 8 to 64
    not a knob here, dropped: 'lr'
    not told there, taken at the default: act='a'
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tftune.errors import UsageError
from tftune.search.foreign.foreign_trials import ForeignTrial, ForeignTrials
from tftune.search.foreign.knob_values import is_missing, is_moved, value_of
from tftune.space.knob import Knob, Value, Values
from tftune.support.texts import shown

_MOST = 5  # values of one knob that a sentence names


@dataclass(frozen=True)
class Fitted:
    """Trials that fit a space.

    Attributes:
        results: Mappings with values, score, status and seconds.
        total: Trials that there were.
        outside: For each knob the values because of which trials were left out, and what it takes.
        unknown: Names that no knob has.
        assumed: Knobs that some trial did not tell, with their default.
        moved: Knobs whose value was moved to a step, with the number of trials.
        known: Whether any knob of the space was told by any trial.
    """

    results: tuple[dict[str, Any], ...]
    total: int
    outside: Mapping[str, tuple[tuple[str, ...], str]]
    unknown: tuple[str, ...]
    assumed: Mapping[str, Value]
    moved: Mapping[str, int]
    known: bool

    def sentences(self) -> list[str]:
        """Returns what does not fit, in words; nothing if all does."""
        told = []
        if self.outside:
            words = "; ".join(
                f"{name} {_some(values)} {'is' if len(values) == 1 else 'are'} {expected}"
                for name, (values, expected) in self.outside.items()
            )
            gone = self.total - len(self.results)
            told.append(f"{gone} of {self.total} trials left out: {words}")
        if self.unknown:
            told.append(f"not a knob here, dropped: {_some(tuple(map(repr, self.unknown)), 12)}")
        if self.assumed:
            words = ", ".join(f"{name}={shown(value)}" for name, value in self.assumed.items())
            told.append(f"not told there, taken at the default: {words}")
        if self.moved:
            words = ", ".join(
                f"{name} of {count} trial{'' if count == 1 else 's'}"
                for name, count in self.moved.items()
            )
            told.append(f"moved to the nearest step: {words}")
        return told


def fit_source(found: ForeignTrials, knobs: Sequence[Knob]) -> tuple[ForeignTrials, Fitted]:
    """Returns a source with results for a space, and what does not fit.

    Raises:
        UsageError: If no knob of the space is in the source, or no trial with a score is left.
    """
    fitted = fit_trials(found.trials, knobs)
    what = f"{found.source} ({found.kind})"
    if not fitted.known:
        raise UsageError(
            f"{what} knows none of the knobs of this search. Expected some of: "
            f"{', '.join(dict.fromkeys(knob.name for knob in knobs))}. Received: "
            f"{_some(tuple(map(repr, fitted.unknown)), 12) or 'none'}. "
            "Rename them: tftune import --help"
        )
    if all(result["score"] is None for result in fitted.results):
        raise UsageError(
            f"No trial of {what} that has a score fits this search: "
            f"{'; '.join(fitted.sentences())}. Expected one at least. Leave it out."
        )
    return replace(found, results=fitted.results), fitted


def fit_trials(trials: Iterable[ForeignTrial], knobs: Sequence[Knob]) -> Fitted:
    """Returns the trials whose values a space can have.

    Args:
        trials: As they were read.
        knobs: Of the space, in declaration order.
    """
    results, total = [], 0
    outside: dict[str, dict[str, str]] = {}
    assumed: dict[str, Value] = {}
    moved: dict[str, int] = {}
    names: dict[str, None] = {}
    for trial in trials:
        total += 1
        names.update(dict.fromkeys(trial.values))
        found = _fit(trial.values, knobs)
        for knob, text in found.misfits:
            outside.setdefault(knob.name, {}).setdefault(text, _expected(knob))
        if found.misfits:
            continue
        assumed.update(found.assumed)
        for name in found.moved:
            moved[name] = moved.get(name, 0) + 1
        result = {"score": trial.score, "status": trial.status, "seconds": trial.seconds}
        results.append({"values": found.values, **result})
    mine = {knob.name for knob in knobs}
    return Fitted(
        tuple(results),
        total,
        {name: (tuple(texts), next(iter(texts.values()))) for name, texts in outside.items()},
        tuple(name for name in names if name not in mine),
        assumed,
        moved,
        any(name in mine for name in names),
    )


@dataclass(frozen=True)
class _Configuration:
    """The values of one trial, and which of them are not what the trial told."""

    values: Values
    misfits: Sequence[tuple[Knob, str]]
    assumed: Mapping[str, Value]
    moved: Sequence[str]


def _fit(given: Mapping[str, Any], knobs: Sequence[Knob]) -> _Configuration:
    values: Values = {}
    misfits, assumed, moved = [], {}, []
    for knob in knobs:
        name = knob.name
        if name in values or not knob.active(values):
            continue
        value = None if given.get(name) is None else value_of(knob, given[name])
        values[name] = knob.default if value is None else knob.canonical(value)
        if given.get(name) is None or (value is None and is_missing(given[name])):
            assumed[name] = knob.default
        elif value is None:
            misfits.append((knob, _said(given[name])))
        elif is_moved(knob, value):
            moved.append(name)
    return _Configuration(values, misfits, assumed, moved)


def _said(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else shown(value, 60).strip("'")


def _expected(knob: Knob) -> str:
    if knob.kind == "Fixed":
        return f"not {shown(knob.default)}, at which it is fixed"
    if knob.choices:
        return f"none of {', '.join(map(str, knob.choices))}"
    return f"outside {knob.low:g} to {knob.high:g}"


def _some(words: Sequence[str], most: int = _MOST) -> str:
    more = len(words) - most
    return ", ".join(words[:most]) + (f" and {more} more" if more > 0 else "")


def warning_of(found: ForeignTrials, fitted: Fitted, objective: str, direction: str) -> str:
    """Returns what a search says of a source that it starts from: what is taken, what is not, and
    what is not known.
    """
    told = [*found.notes, *fitted.sentences()]
    kept = f"{len(fitted.results)} of {fitted.total} trials"
    name = (
        ""
        if found.objective
        else f"; it does not say what its score is, which is taken as {objective} ({direction})"
    )
    return (
        f"{kept} of {found.source} ({found.kind}) are taken{name}. "
        + "".join(f"{sentence[0].upper()}{sentence[1:]}. " for sentence in told)
        + "With which data and for how many epochs they were trained is not told there: their "
        "scores only hint at those of this search. The best of them is tried again."
    )
