"""The honesty card: how far the numbers of a search can be trusted, and how to repeat it."""

from __future__ import annotations

from collections.abc import Sequence

from tftune.reports.analysis.curves import trained_to_the_end
from tftune.reports.analysis.data_facts import (
    balance_words,
    ceiling_words,
    floor_words,
    leak_words,
    leaks,
    near_leaks,
    near_words,
)
from tftune.reports.analysis.groups import nothing_ended, prefix
from tftune.reports.analysis.looks import looks_of
from tftune.reports.analysis.noise import Optimism
from tftune.reports.analysis.trust import Trust, trust_of
from tftune.reports.analysis.words import counted, name_of
from tftune.reports.analysis.worth import chosen_words, trainings_of
from tftune.reports.confirmation import cut_words, luck_words, sentences, winner_of
from tftune.reports.nested import measured_words, nested_worth
from tftune.reports.nested import sentences as of_nested
from tftune.reports.run_data import RunData
from tftune.reports.tables import format_value
from tftune.reports.views.view import View
from tftune.support.texts import one_line

_TITLE = "Honesty card: how far to trust the numbers"
_HOW_TO_READ = (
    "The best trial was chosen by its validation score, so that score is likely too good; the test "
    "value, from rows on which nothing was chosen, is the one to quote, together with its interval."
)
_Facts = list[tuple[str, str]]


def honesty(runs: Sequence[RunData]) -> View:
    """Returns the view that says how far the numbers can be trusted."""
    told: list[str] = []
    facts: _Facts = []
    for run in runs:
        trust = trust_of(run.state)
        sentences = _verdict(run, trust) if trust else [nothing_ended([run])]
        told += [prefix(run, runs) + sentence for sentence in sentences]
        card = [*(_score_facts(run, trust) if trust else []), *_data_facts(run), *_origin(run)]
        facts += [(prefix(run, runs) + name, worth) for name, worth in card]
    return View("honesty", _TITLE, _HOW_TO_READ, tuple(told), facts=tuple(facts))


def _verdict(run: RunData, trust: Trust) -> list[str]:
    state = run.state
    confirmed = sentences(state)
    if trust.test is None:
        told = [
            f"There is no test value: {name_of(state.objective)} "
            f"{format_value(trust.validation.value)} is {chosen_words(state)} on the validation "
            "split, so what the model does on new data is likely worse."
        ]
    else:
        told = [f"Quote the test value: {trust.test.words()}."]
    told += [*confirmed, *of_nested(state)]
    if trust.gap is not None:
        told += _gap_words(trust)
    uses = state.test_uses
    if uses > 1:
        told.append(
            f"The test split was used {uses} times; every choice made after looking at it makes "
            "its value look better than it is."
        )
    if leaks(state.header.get("data") or {}):
        told.append(
            "Rows of the training split are also in other splits, so the scores are likely too "
            "good."
        )
    elif near_leaks(state.header.get("data") or {}):
        told.append(
            f"{_capital(near_words(state.header['data']))}: the test value is about inputs that "
            "resemble the training data, and unlike ones are likely answered worse."
        )
    if trained_to_the_end(trust.best) is False:
        told.append(
            f"The best epoch, {trust.best.best_epoch}, was the last that was trained: the model "
            "may not be trained to its end, and more epochs might help."
        )
    return told


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _gap_words(trust: Trust) -> list[str]:
    gap = trust.gap or 0.0
    amount = format_value(abs(gap))
    if gap <= 0:
        return ["The test value is no worse than the validation score: nothing hints at optimism."]
    told = f"The test value is {amount} worse than the validation score"
    if trust.explained is None:
        return [f"{told}; without intervals of both it cannot be said whether that is chance."]
    limit = format_value(trust.explained)
    if gap <= trust.explained:
        return [f"{told}, which chance and choosing the best can explain (up to {limit})."]
    return [
        f"{told}, more than chance and choosing the best explain (up to {limit}): the splits may "
        "differ, or the search may have fitted the validation split."
    ]


def _score_facts(run: RunData, trust: Trust) -> _Facts:
    state = run.state
    objective, trainings = name_of(state.objective), trainings_of(state)
    number = chosen_words(state)
    flatters = "chosen for it, so likely too good" if trust.chosen_from > 1 else "the only one"
    looks = looks_of(state)
    facts = [
        ("looks at the validation split", looks.words),
        ("validation score", f"{trust.validation.words()}; {number}: {flatters}"),
        ("confirmed by further trainings", _confirmed(run, trust, trainings)),
        ("test value", trust.test.words() if trust.test else "not evaluated on the test split"),
        ("times the test split was used", str(state.test_uses)),
    ]
    if trust.validation.error is not None:
        facts.append(
            (
                "noise of the score, from the rows",
                f"standard error {format_value(trust.validation.error)}: other rows of the same "
                "kind would give another score",
            )
        )
    if trust.fold_spread is not None:
        spread = format_value(trust.fold_spread)
        facts.append(("noise of the score, between folds", f"standard deviation {spread}"))
    if trust.jitter is not None:
        facts.append(
            (
                "noise of the score, from epoch to epoch",
                f"standard deviation {format_value(trust.jitter)} near the best epoch",
            )
        )
    if trust.optimism is not None:
        words = _optimism_words(trust, trust.optimism)
        facts.append(("expected optimism of the best", words))
    seen = looks.optimism(trust.noise)
    if seen is not None and looks.epochs > looks.trials:
        words = (
            f"about {format_value(seen.amount)}: {counted(seen.contenders, 'epoch')} of all "
            f"trials within twice the noise ({format_value(trust.noise)}) of the best; epochs of "
            "one trial are no independent looks, so this is an upper estimate"
        )
        facts.append(("the same, counting every epoch as a look", words))
    if (nested := nested_worth(state)) is not None and nested.results:
        facts.append(("optimism, measured by nested evaluation", measured_words(nested)))
    epochs = trust.best.epochs[-1][0] if trust.best.epochs else None
    if trust.best.best_epoch is not None and epochs is not None:
        last = " (the last)" if trust.best.best_epoch == epochs else ""
        facts.append(("best epoch", f"{trust.best.best_epoch} of {epochs} trained{last}"))
    guessing = floor_words(
        state.header.get("data") or {}, state.objective, "test" if trust.test else "validation"
    )
    facts += [(f"{objective} of guessing", guessing)] if guessing else []
    return facts


def _confirmed(run: RunData, trust: Trust, trainings: int) -> str:
    record = run.state.confirmed
    if record is not None:
        interval = (
            ""
            if record["low"] is None
            else f", 90 % interval {format_value(record['low'])} to {format_value(record['high'])}"
        )
        return (
            f"yes: {format_value(record['repeated'])} is the mean of "
            f"{len(winner_of(record)['repeats'])} trainings on fresh seeds{interval}, "
            f"{cut_words(record)}; the search score was {luck_words(record['luck'])}"
        )
    folds = (run.state.header.get("training") or {}).get("folds")
    if trainings == 1:
        return "no: the score is of one training; another seed would give another score"
    if folds:
        again = f", each {trainings // folds} times" if trainings > folds else ""
        return f"yes: the score is a mean over {folds} folds{again}"
    return f"yes: the score is a mean over {trainings} trainings"


def _optimism_words(trust: Trust, optimism: Optimism) -> str:
    contenders, noise = optimism.contenders, format_value(trust.noise)
    if contenders == 1:
        return f"about 0: no other trial is within twice the noise ({noise}, {trust.noise_is})"
    return (
        f"about {format_value(optimism.amount)}: {contenders:,} trials are within twice the "
        f"noise ({noise}, {trust.noise_is}) of the best, and the best of so many equally good "
        "ones looks better by that much (noise times the expected greatest of as many standard "
        "normal numbers)"
    )


def _data_facts(run: RunData) -> _Facts:
    data = run.state.header.get("data") or {}
    splits = [
        f"{data[split]:,} {split}"
        for split in ("train", "validation", "test")
        if isinstance(data.get(split), int)
    ]
    facts = [("rows", ", ".join(splits) or "not recorded")]
    if data.get("source"):
        facts.append(("data", one_line(str(data["source"]))))
    if data.get("split"):
        facts.append(("how the rows were split", name_of(data["split"])))
    facts.append(("leak", leak_words(data)))
    if near := near_words(data):
        facts.append(("near duplicates", near))
    if balance := balance_words(data):
        facts.append(("class balance", balance))
    facts.append(("ceiling", ceiling_words(data, run.state.objective)))
    if data.get("fingerprint"):
        facts.append(("fingerprint of the data", str(data["fingerprint"])[:16]))
    return facts


def _origin(run: RunData) -> _Facts:
    header = run.state.header
    versions = header.get("versions") or {}
    told = ", ".join(f"{name_of(name)} {name_of(version)}" for name, version in versions.items())
    seed, origin = header.get("seed"), header.get("origin") or {}
    command = origin.get("command") or origin.get("script")
    facts = [
        ("seed", "not recorded" if seed is None else str(seed)),
        *([("seed of the splits", str(header["split_seed"]))] if "split_seed" in header else []),
        ("versions", told or "not recorded"),
        ("schema of the journal", str(header.get("schema", "not recorded"))),
    ]
    repeat = str(command) if command else "not recorded: begun in a notebook, or older"
    return [*facts, ("the command that repeats it", repeat)]
