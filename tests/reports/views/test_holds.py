"""What holds for each view, whatever became of the search."""

from __future__ import annotations

import functools
import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tftune.journal import journal
from tftune.journal.state import SearchState
from tftune.reports.run_data import RunData
from tftune.reports.views import VIEWS
from tftune.reports.views.view import View

OLD = sorted((Path(__file__).parents[2] / "journal" / "old").rglob("*.jsonl"))
NAMES = tuple(VIEWS)
HOSTILE = "<script>alert('\u202e\"&')</script>\n" + "x" * 10_000

Draw = Callable[..., Any]
Check = Callable[[View], None]

pytestmark = pytest.mark.parametrize("name", NAMES)


def no_trial(draw: Draw) -> Any:
    return draw().session()


def no_session(draw: Draw) -> Any:
    return draw()


def one_trial(draw: Draw) -> Any:
    return draw().session().trial(0, 0.5).finish()


def two_equal_trials(draw: Draw) -> Any:
    return draw().session().trial(0, 0.5).trial(1, 0.5).finish()


def all_failed(draw: Draw) -> Any:
    return draw().session().trial(0, None).trial(1, None).finish("failures")


def to_be_minimised(draw: Draw) -> Any:
    return draw("min").session().trials(12).finish()


def losses_over_decades(draw: Draw) -> Any:
    search = draw("min").session()
    for number in range(6):
        search.trial(number, 10.0**-number + 0.2)
    return search.trial(6, 1e-9 + 0.1).finish()


def one_far_off(draw: Draw) -> Any:
    return draw().session().trials(8).trial(8, -1e9).finish()


def running(draw: Draw) -> Any:
    search = draw().session().trials(3)
    search.start(3)
    search.epoch(3, 1, 0.5)
    search.start(4)
    return search


def interrupted_and_resumed(draw: Draw) -> Any:
    search = draw().session().trials(3)
    search.start(3)
    search.finish("interrupted").session(pause=1e6)
    search.start(3, attempt=2)
    search.epoch(3, 1, 0.75)
    search.end(3, 0.75)
    return search.finish()


def continued(draw: Draw) -> Any:
    search = draw(search="hyperband").session().trials(4)
    search.start(4, parent="0000", first_epoch=2, last_epoch=4)
    search.epoch(4, 3, 0.9)
    search.end(4, 0.9)
    search.start(5, parent="unknown", first_epoch=2)
    return search


def hostile(draw: Draw) -> Any:
    knobs = [{"name": HOSTILE, "kind": "Choice", "values": [HOSTILE, "b"], "conditions": []}]
    search = draw(
        task=HOSTILE,
        search=HOSTILE,
        space={"knobs": knobs},
        data={"source": HOSTILE, "split": HOSTILE, "train": "many", "test": None},
        objective={"name": HOSTILE, "direction": "max"},
        versions={HOSTILE: HOSTILE},
    ).session()
    search.objective = HOSTILE
    search.trial(0, 0.5)
    for record in search.records:
        record["values"] = {HOSTILE: HOSTILE} if record["kind"] == "start" else {}
    return search.finish(HOSTILE)


def bare_header(draw: Draw) -> Any:
    search = draw().session().trials(4).finish()
    search.records[0] = {
        "kind": "header",
        "objective": {"name": "val_auc", "direction": "max"},
        "time": 0.0,
    }
    return search


def header_of_nothing(draw: Draw) -> Any:
    empty = dict.fromkeys(
        ("task", "search", "options", "scheduler", "seed", "training", "data", "space", "origin")
    )
    return draw(**empty, versions=None).session().trials(4)


def only_fixed_knobs(draw: Draw) -> Any:
    knobs = [{"name": "seed", "kind": "Fixed", "default": 7, "conditions": []}]
    search = draw(space={"knobs": knobs}).session().trials(4).finish()
    for record in search.records:
        if record["kind"] == "start":
            record["values"] = {"seed": 7}
    return search


def enough_to_learn_from(draw: Draw) -> Any:
    return draw().session().trials(60).finish()


def with_predictions(draw: Draw) -> Any:
    search = draw(search="auto").session().trials(40)
    for record in search.records:
        if record["kind"] == "start" and record["number"] > 5:
            record["predicted"] = {"mean": 0.5, "low": 0.25, "high": 0.75 + record["number"]}
    return search.finish()


def equal_scores(draw: Draw) -> Any:
    search = draw().session()
    for number in range(30):
        search.trial(number, 0.5)
    return search.finish()


def only_choices(draw: Draw) -> Any:
    knobs = [
        {"name": name, "kind": "Choice", "values": values, "conditions": []}
        for name, values in (("odd", [1, True, "1", None, 1.5]), ("kind", ["a", "b"]))
    ]
    search = draw(space={"knobs": knobs}).session().trials(40).finish()
    for record in search.records:
        if record["kind"] == "start":
            number = record["number"]
            odd = [1, True, "1", None, 1.5][number % 5]
            record["values"] = {"odd": odd, "kind": "ab"[number // 5 % 2]}
    return search


def values_outside_of_the_space(draw: Draw) -> Any:
    search = draw("min").session().trials(30).finish()
    for record in search.records:
        if record["kind"] == "start" and record["number"] % 3 == 0:
            odd = [math.nan, "text", -5.0, 1e300, None][record["number"] % 5]
            record["values"] = {**record["values"], "rate": odd, "unknown": record["number"]}
    return search


SEARCHES = [
    enough_to_learn_from,
    with_predictions,
    equal_scores,
    only_choices,
    values_outside_of_the_space,
    no_trial,
    no_session,
    one_trial,
    two_equal_trials,
    all_failed,
    to_be_minimised,
    losses_over_decades,
    one_far_off,
    running,
    interrupted_and_resumed,
    continued,
    hostile,
    bare_header,
    header_of_nothing,
    only_fixed_knobs,
]


# A run is made once for all views, as for a page: what one works out serves the others.
@functools.cache
def drawn(search: Draw, draw: Draw, name: str = "drawn") -> RunData:
    run: RunData = search(draw).run(name)
    return run


@functools.cache
def recorded(path: Path, length: int | None = None) -> RunData:
    records = journal.read(path)[0][:length]
    return RunData("old", SearchState().apply_all(records), records)


@pytest.mark.parametrize("search", SEARCHES, ids=lambda search: search.__name__)
def test_any_search_has_a_view(name: str, search: Draw, draw: Draw, check_view: Check) -> None:
    view = VIEWS[name]([drawn(search, draw)])
    check_view(view)
    assert view.name == name


def test_any_searches_can_be_shown_together(name: str, draw: Draw, check_view: Check) -> None:
    runs = [drawn(search, draw, search.__name__) for search in SEARCHES]
    check_view(VIEWS[name](runs))
    check_view(VIEWS[name](runs[::-1]))


@pytest.mark.parametrize("path", OLD, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_an_old_journal_has_a_view(name: str, path: Path, check_view: Check) -> None:
    check_view(VIEWS[name]([recorded(path)]))


def test_any_beginning_of_a_journal_has_a_view(name: str, check_view: Check) -> None:
    path = next(path for path in OLD if path.parent.name == "failures")
    for length in range(1, len(journal.read(path)[0])):
        check_view(VIEWS[name]([recorded(path, length)]))


def test_hostile_texts_are_short_and_plain(name: str, draw: Draw) -> None:
    view = VIEWS[name]([hostile(draw).run(HOSTILE)])
    texts = [*view.sentences, *(text for fact in view.facts for text in fact)]
    texts += [cell for table in view.tables for row in (table.header, *table.rows) for cell in row]
    texts += [chart.title for chart in view.charts]
    assert all(len(text) < 1500 and "\u202e" not in text and "\n" not in text for text in texts)


@pytest.mark.slow
def test_a_thousand_trials_are_quick_and_not_too_much(name: str, draw: Draw) -> None:
    run = draw().session().trials(1000).finish().run()
    VIEWS[name]([run])  # unpacks the trials for all views
    began = time.process_time()
    view = VIEWS[name]([run])
    assert time.process_time() - began < 2.0  # 0.1 on a machine that has nothing else to do
    assert len(json.dumps([str(chart) for chart in view.charts])) < 600_000
