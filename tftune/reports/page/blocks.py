"""What a section is made of beside charts: sentences, facts as cards, tables, pictures.

Where several runs are shown, what begins with the name of one and a colon belongs to it.

Example:
    >>> run_of("two: the best", ["one", "two"]), run_of("all of them", ["one", "two"])
    (1, None)
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from itertools import groupby

from tftune.reports.page.markup import Markup, element, escaped, joined
from tftune.reports.views.view import Picture, Table

_SHORT_CELL, _LONGEST_CELL = 24, 120  # characters: never broken; more is told by pointing at it
_LONGEST_HINT = 600
_LONG_FACT = 44  # characters above which a card takes a whole line
_MOST_CARDS = 8  # more facts, or mostly long ones, are a list
_LEAD = re.compile(r"[A-Z][a-z]+(?:[ -][a-z]+){0,2}[:?](?= )")  # "Long enough?", "Warm-up:"
_INTERVAL = re.compile(r" \(\S+ to \S+\)$")
# 0.85, 1,000, 3e-05, 12 %, 1 min 23 s
_NUMBER = re.compile(
    r"[-+\u2212]?\d[\d.,]*(?:e[-+]?\d+)?(?: ?[a-zA-Z%]{1,6})?(?: \d+ ?[a-z]{1,6})*"
)


def run_of(text: str, names: Sequence[str]) -> int | None:
    """Returns the run that a title or a sentence is about, or None; of one run nothing is said.

    Args:
        text: `name`, `name: more`, or `more: name`.
        names: Of the runs.
    """
    if len(names) < 2:
        return None
    found = [
        name
        for name in names
        if text == name or text.startswith(f"{name}: ") or text.endswith(f": {name}")
    ]
    return names.index(max(found, key=len)) if found else None


def _begins_with(text: str, names: Sequence[str]) -> int | None:
    run = run_of(text, names)
    return run if run is not None and text.startswith(f"{names[run]}: ") else None


def swatch(run: int) -> Markup:
    """Returns a dot in the colour of a run."""
    return element("span", class_=f"swatch c-run-{run}", aria_hidden="true")


def sentences(texts: Sequence[str], names: Sequence[str]) -> Markup:
    """Returns paragraphs; those about one run stand together, beside a line of its colour."""
    parts = []
    for run, group in groupby(texts, lambda text: _begins_with(text, names)):
        if run is None:
            parts += [_sentence(text) for text in group]
            continue
        start = len(names[run]) + 2
        told = [_sentence(text[start:]) for text in group]
        name = element("h3", swatch(run), escaped(names[run], 120))
        parts.append(element("div", name, *told, class_=f"of-run c-run-{run}"))
    return joined(parts)


def _sentence(text: str) -> Markup:
    """Returns a paragraph; a word or two that say what it is about are set off."""
    lead = _LEAD.match(text)
    if lead is None:
        return element("p", text)
    return element("p", element("b", lead.group()), text[lead.end() :])


def facts(pairs: Sequence[tuple[str, str]], title: str, names: Sequence[str]) -> Markup:
    """Returns facts as cards, many or long ones as a list; those of several runs side by side.

    Args:
        pairs: What it is, and what it is worth.
        title: Of the view.
        names: Of the runs.
    """
    runs = [_begins_with(name, names) for name, _ in pairs]
    common = [pair for pair, run in zip(pairs, runs, strict=True) if run is None]
    beside: dict[str, dict[int, str]] = {}
    for (name, value), run in zip(pairs, runs, strict=True):
        if run is not None:
            beside.setdefault(name[len(names[run]) + 2 :], {})[run] = value
    rows = [
        (name, *(_fact(name, values.get(run, "")) for run in range(len(names))))
        for name, values in beside.items()
    ]
    side = table(Table(("what", *names), tuple(rows)), title, names, "beside") if rows else ""
    return joined([_cards(common), side])


def _cards(pairs: Sequence[tuple[str, str]]) -> Markup | str:
    if not pairs:
        return ""
    cards = [
        element("div", element("dt", name), element("dd", _fact(name, value)), class_=_size(value))
        for name, value in pairs
    ]
    long = sum(len(value) > _LONG_FACT for _, value in pairs)
    listed = len(pairs) > _MOST_CARDS or long > len(pairs) / 2
    return element("dl", *cards, class_="facts" if listed else "cards")


def _fact(name: str, value: str) -> Markup:
    if "command" not in name.lower() or not value.startswith(("python ", "tftune ")):
        interval = _INTERVAL.search(value)
        if interval is None:
            return escaped(value)
        number = escaped(value[: interval.start()])
        return joined([number, element("small", escaped(interval[0].strip()))], " ")
    # lines break between words only, so that an option can be read
    return element("code", joined([element("span", word) for word in value.split(" ")], " "))


def _size(value: str) -> str | None:
    """Returns the class of a card: a number is shown large, a long text on a line of its own."""
    if len(value) > _LONG_FACT:
        return "long"
    value = _INTERVAL.sub("", value)
    return "figure" if len(value) <= 20 and _NUMBER.fullmatch(value) else None


def table(content: Table, title: str, names: Sequence[str], more: str = "") -> Markup:
    """Returns a table in a box that scrolls.

    Args:
        content: What it says.
        title: Of the view, for a table without one.
        names: Of the runs.
        more: A further class; cells of `beside` are shown whole.
    """
    kinds = [_kind(content, column) for column in range(len(content.header))]
    cell = escaped if more == "beside" else _cell
    head = [
        element("th", cell(name), scope="col", class_=None if kind == "short" else kind)
        for name, kind in zip(content.header, kinds, strict=True)
    ]
    rows = []
    for place, row in enumerate(content.rows):
        cells = [
            element("td", cell(text), class_=kind) for text, kind in zip(row, kinds, strict=False)
        ]
        key = content.keys[place] if place < len(content.keys) and content.keys[place] else None
        rows.append(element("tr", *cells, data_key=key))
    caption = escaped(content.title or title, 300)
    return element(
        "div",
        element(
            "table",
            element("caption", caption, class_=None if content.title else "unseen"),
            element("thead", element("tr", *head)),
            element("tbody", joined(rows, "\n")),
        ),
        class_=f"table scroll {more}".rstrip(),
        tabindex="0",  # what scrolls must be reachable by the keyboard
        role="region",
        aria_label=caption,
        data_run=run_of(content.title, names),
    )


def _kind(content: Table, column: int) -> str | None:
    """Returns the class of a column: of numbers, or of words so short that none is broken."""
    if column in content.numbers:
        return "number"
    lengths = [len(row[column]) for row in content.rows if column < len(row)]
    return "short" if lengths and max(lengths) <= _SHORT_CELL else None


def _cell(text: str) -> Markup:
    """Returns a cell; of a long text the beginning, and more of it when it is pointed at."""
    if len(text) <= _LONGEST_CELL:
        return escaped(text)
    short = text[: _LONGEST_CELL - 1].rstrip() + "\u2026"
    return element("span", short, title=escaped(text, _LONGEST_HINT))


def pictures(shown: Sequence[Picture]) -> Markup:
    """Returns pictures in a row that breaks, each with its caption, inside the file."""
    figures = [
        element(
            "figure",
            element(
                "img",
                # whole, unlike a text that users wrote; base64 has nothing to escape
                src=Markup(f"data:image/png;base64,{base64.b64encode(each.png).decode('ascii')}"),
                alt=each.caption,
            ),
            element("figcaption", each.caption),
            class_="picture",
        )
        for each in shown
    ]
    return element("div", *figures, class_="pictures") if figures else Markup("")
