"""The story of a search in five lines: what was searched, how long, what was found, what it is
worth, and whether it was long enough.
"""

from __future__ import annotations

from collections.abc import Sequence

from tftune.journal.state import TrialRecord
from tftune.reports.analysis.clock import Clock
from tftune.reports.analysis.groups import prefix
from tftune.reports.analysis.knobs import active_among, knob_records, knobs_of
from tftune.reports.analysis.progress import Outlook, ended_trials, was_long_enough
from tftune.reports.analysis.trials import (
    by_score,
    count_fates,
    fates_in_words,
    score_of,
    scored,
    trials_of,
)
from tftune.reports.analysis.trust import Trust, trust_of
from tftune.reports.analysis.words import counted, knob_words, name_of, spoken
from tftune.reports.analysis.worth import Worth, place_words, trainings_of, validation_worth
from tftune.reports.confirmation import luck_words, overtaken
from tftune.reports.run_data import RunData
from tftune.reports.tables import format_value
from tftune.reports.views.view import Table, View

_TITLE = "The story in five lines"
_HOW_TO_READ = (
    "A trial is one set of values for the knobs, trained and scored on the validation split: rows "
    "that the model does not learn from, but by which the best trial is chosen."
)
_MOST_KNOBS = 12
_ENOUGH = 20  # trials: of fewer, one more is too likely to be the best
_BEST_OF = {"max": "highest", "min": "lowest"}
_ENDINGS = {
    "done": "",
    "interrupted": "; it was interrupted and can be resumed",
    "timeout": "; it ended at its time limit",
    "flat": "; it ended because one trial after the other was no better",
    "failures": "; it ended because too many trials failed one after the other",
    "error": "; an error ended it",
    "finished": "; it was broken off, and what it had found was taken as its result",
}


def story(runs: Sequence[RunData]) -> View:
    """Returns the view that tells each search in five lines."""
    told: list[str] = []
    facts: list[tuple[str, str]] = []
    tables: list[Table] = []
    for run in runs:
        clock = Clock(run.records)
        trust = trust_of(run.state)
        lines = [
            _searched(run),
            _how_long(run, clock),
            _found(run),
            _worth(run, trust),
            _long_enough(run, clock),
        ]
        told += [prefix(run, runs) + line for line in lines]
        facts += [(prefix(run, runs) + name, value) for name, value in _facts(run, clock, trust)]
        table = _best_against_median(run, runs)
        tables += [table] if table else []
    return View(
        "story", _TITLE, _HOW_TO_READ, tuple(told), tables=tuple(tables), facts=tuple(facts)
    )


def _searched(run: RunData) -> str:
    state = run.state
    header, knobs = state.header, [name_of(knob.name) for knob in knobs_of(state)]
    shown = ", ".join(knobs[:_MOST_KNOBS])
    more = f" and {len(knobs) - _MOST_KNOBS} more" if len(knobs) > _MOST_KNOBS else ""
    over = f"over {counted(len(knobs), 'knob')} ({shown}{more})" if knobs else "over no knob"
    task = f" of the task {name_of(header['task'])}" if header.get("task") else ""
    method = f", by the method {name_of(header['search'])}" if header.get("search") else ""
    scheduler = header.get("scheduler") or "none"
    rule = ", without stopping any trial early"
    if scheduler != "none":
        rule = f", while {name_of(scheduler)} stopped hopeless trials early"
    elif any(trial.parent is not None for trial in trials_of(state)):
        rule = ", which trains many trials for few epochs and goes on with the best of them"
    objective = f"the {_BEST_OF.get(state.direction, 'best')} {name_of(state.objective)}"
    return f"Searched: {objective}{task} {over}{method}{rule}."


def _how_long(run: RunData, clock: Clock) -> str:
    counts = count_fates(run.state)
    trials = sum(counts.values())
    finish = run.state.finish
    if finish is None:
        ending = "; it has not ended: it is running, or was broken off"
    else:
        reason = str(finish.get("reason"))
        ending = _ENDINGS.get(reason, f"; it ended: {name_of(reason)}")
    if not trials:
        return f"How long: no trial has started{ending}."
    again = run.state.confirmed
    repeats = "" if again is None else f"; {counted(again['trainings'], 'repeat')} of the best"
    sessions = f" in {len(clock.sessions):,} sessions" if len(clock.sessions) > 1 else ""
    return (
        f"How long: {counted(trials, 'trial')} in {spoken(clock.total)}{sessions}, "
        f"{clock.workers:,} at a time: {fates_in_words(counts)}{repeats}{ending}."
    )


def _found(run: RunData) -> str:
    state, ranked = run.state, scored(run.state)
    if not ranked:
        return "Found: nothing yet, because no trial has a score."
    best, records = ranked[0], knob_records(state)
    values = knob_words(dict(active_among(best, records)), _MOST_KNOBS)
    trainings = trainings_of(state)
    over = "one training" if trainings == 1 else f"the mean of {trainings} trainings"
    told = (
        f"Found: trial {best.trial_id} with {name_of(state.objective)} {format_value(best.score)}"
        f"{_ends(validation_worth(state, best))} on the validation split ({over}, epoch "
        f"{best.best_epoch})"
    )
    told += f", with {values}" if values else ""
    if len(ranked) > 1:
        middle = format_value(_middle(by_score(state)))
        told += f"; the trial in the middle of the ranking has {middle}"
    again = state.confirmed
    if again is not None and again["trial_id"] == best.trial_id:
        told += (
            f". Trained again on fresh seeds its mean is {format_value(again['repeated'])}: the "
            f"search score was {luck_words(again['luck'])}"
        )
        if (other := overtaken(state)) is not None:
            score = format_value(state.trials[other].score)
            told += f". Trial {other} had the best score, {score}, and lost to it there"
    return f"{told}."


def _worth(run: RunData, trust: Trust | None) -> str:
    if trust is None:
        return "Worth: not known, because no trial has a score."
    if trust.test is None:
        return (
            "Worth: not known, because the best trial was not evaluated on the test split; its "
            f"validation score, {place_words(run.state)}, is likely too good."
        )
    whose = "the finished model" if (run.state.test or {}).get("finished") else "one training"
    told = (
        f"Worth: on the test split, on which nothing was chosen, {trust.test.words()}, of {whose}"
    )
    if trust.gap is None:
        return f"{told}."
    if trust.gap <= 0:
        return f"{told}; that is no worse than the validation score."
    beyond = trust.explained is not None and trust.gap > trust.explained
    judged = ", more than chance explains" if beyond else ""
    return f"{told}; that is {format_value(trust.gap)} worse than the validation score{judged}."


def _long_enough(run: RunData, clock: Clock) -> str:
    ended = ended_trials(run.state, run.records, clock)
    outlook = was_long_enough([each.score for each in ended], run.state.direction)
    if not ended or ended[-1].best is None:
        return "Long enough? That cannot be told without a score."
    if outlook.gain is None:
        return (
            f"Long enough? {counted(outlook.trials, 'trial')} cannot tell; if they came in "
            "random order, one more would be the best of all with a chance of 1 in "
            f"{outlook.trials + 1:,}."
        )
    told = f"Long enough? The last quarter, {counted(outlook.last_quarter, 'trial')}, "
    told += (
        f"improved the best by {format_value(outlook.gain)}" if outlook.gain else "gained nothing"
    )
    told += (
        "; if the trials came in random order, one more would be the best of all with a chance of "
        f"1 in {outlook.trials + 1:,}"
    )
    if outlook.expected_gain is not None:
        told += f" and would add {_small(outlook.expected_gain)} on average"
    return f"{told}: {_judged(outlook)}."


def _judged(outlook: Outlook) -> str:
    if outlook.gain:
        return "it still improved, so more trials may pay"
    if outlook.trials < _ENOUGH:
        return "too few trials to be sure"
    return "a few more of the same would hardly help"


def _facts(run: RunData, clock: Clock, trust: Trust | None) -> list[tuple[str, str]]:
    trials = sum(count_fates(run.state).values())
    facts = [("trials", f"{trials:,}"), ("time", spoken(clock.total))]
    if trust is not None:
        score = format_value(trust.validation.value)
        score += _ends(trust.validation)
        whose = "best" if overtaken(run.state) is None else "confirmed trial's"
        facts.insert(0, (f"{whose} {name_of(run.state.objective)}, validation", score))
    if trust is not None and trust.test is not None:
        value = format_value(trust.test.value) + _ends(trust.test)
        facts.insert(1, (f"{name_of(trust.test.metric)}, test", value))
    return facts


def _best_against_median(run: RunData, runs: Sequence[RunData]) -> Table | None:
    """Returns the knobs of the best trial beside those of the one in the middle of the ranking."""
    ranked, knobs = scored(run.state), knobs_of(run.state)
    if not ranked or not knobs:
        return None
    records = knob_records(run.state)
    middle = by_score(run.state)[len(ranked) // 2]
    shown = [ranked[0], *([middle] if len(ranked) > 2 and middle is not ranked[0] else [])]
    values = [active_among(trial, records) for trial in shown]
    rows = [
        (
            name_of(knob.name),
            *(format_value(each[knob.name]) if knob.name in each else "" for each in values),
        )
        for knob in knobs
    ]
    rows.insert(0, (name_of(run.state.objective), *(format_value(trial.score) for trial in shown)))
    header = ("knob", *(f"{word}, {trial.trial_id}" for word, trial in _named(shown)))
    return Table(header, tuple(rows), title=f"{prefix(run, runs)}best and middle trial")


def _named(shown: Sequence[TrialRecord]) -> list[tuple[str, TrialRecord]]:
    return list(zip(("best trial", "middle trial"), shown, strict=False))


def _ends(worth: Worth) -> str:
    """Returns the interval of a value in few words."""
    found = worth.interval
    return "" if found is None else f" ({format_value(found.low)} to {format_value(found.high)})"


def _middle(ranked: Sequence[TrialRecord]) -> float:
    return score_of(ranked[len(ranked) // 2])


def _small(number: float) -> str:
    return "nothing" if not number else format_value(number)
