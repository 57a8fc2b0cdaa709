"""One view as a section of the page: heading, sentences, cards, charts, tables, or why not.

Example:
    >>> from tftune.reports.views.view import View
    >>> view = View("slices", "Slices", "Each point is a trial.", why_not="No trial completed.")
    >>> "No trial completed." in section(view, 6, [])
    True
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial

from tftune.reports.charts.chart import AnyChart, ParallelChart
from tftune.reports.page.markup import Markup, element, escaped, joined
from tftune.reports.views.view import Table, View

Draw = Callable[[AnyChart], str]
_SHORT_CELL = 24  # characters
_LONGEST_CELL = 120  # characters; more is told when it is pointed at
_LONGEST_HINT = 600
_LARGEST_DRAWING = 60_000  # bytes with what hovering tells
_LONG_FACT = 44  # characters above which a card takes a whole line
_LEAD = re.compile(r"[A-Z][a-z]+(?: [a-z]+){0,2}[:?](?= )")  # "Long enough?", "Found:"
_MOST_CARDS = 8  # more facts, or mostly long ones, are a list
# 0.85, 1,000, 3e-05, 12 %, 1 min 23 s
_NUMBER = re.compile(
    r"[-+\u2212]?\d[\d.,]*(?:e[-+]?\d+)?(?: ?[a-zA-Z%]{1,6})?(?: \d+ ?[a-z]{1,6})*"
)


def anchor_of(name: str) -> str:
    """Returns the `id` of a view's section.

    Example:
        >>> anchor_of("best so far!")
        'best-so-far'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "view"


def section(view: View, number: int, names: Sequence[str], draw: Draw | None = None) -> Markup:
    """Returns a view as HTML.

    Args:
        view: What is shown.
        number: Its place on the page, from 1.
        names: Of the runs: a chart or table whose title is, or begins with, one of them belongs to
            it.
        draw: Makes SVG of a chart; `svg_of` by default.
    """
    return element(
        "section",
        _heading(view.title, view.name, number),
        element("p", view.how_to_read, class_="how") if view.how_to_read else "",
        *(_sentence(sentence, names) for sentence in view.sentences),
        element("p", view.why_not, class_="why-not") if view.why_not else "",
        _cards(view.facts),
        _charts(view, names, draw or _svg),
        *(_table(table, view.title, names) for table in view.tables),
        **_place(view.name, "" if view.can_be_drawn else " not-drawn"),
    )


def failed_section(name: str, number: int, error: Exception) -> Markup:
    """Returns the section of a view that raised: the others stand, and the fault can be told.

    Args:
        name: Of the view.
        number: Its place on the page, from 1.
        error: What it raised.
    """
    return element(
        "section",
        _heading(name.replace("-", " ").capitalize(), name, number),
        _fault("This view could not be made", error),
        **_place(name, " not-drawn"),
    )


def _svg(chart: AnyChart) -> str:
    from tftune.reports.charts.svg import svg_of

    drawing = svg_of(chart)
    # of thousands of marks the script tells the trial; their titles would be most of the file
    return drawing if len(drawing) <= _LARGEST_DRAWING else svg_of(chart, titles=False)


def _heading(title: str, name: str, number: int) -> Markup:
    label = element("span", f"{number}", class_="number", aria_hidden="true")
    return element("h2", label, " ", escaped(title, 300), id=f"{anchor_of(name)}-title")


def _place(name: str, more: str) -> dict[str, str]:
    anchor = anchor_of(name)
    return {"class_": f"view{more}", "id": anchor, "aria_labelledby": f"{anchor}-title"}


def _fault(what: str, error: Exception) -> Markup:
    told = element("code", escaped(f"{type(error).__name__}: {error}", 600))
    return element(
        "p", f"{what}: ", told, ". This is a fault of tftune; please report it.", class_="fault"
    )


def _sentence(text: str, names: Sequence[str]) -> Markup:
    """Returns a sentence as a paragraph; the run that it is about, and a word or two that say what
    it is about, are set off.
    """
    run = _run_of(text, names)
    parts: list[object] = []
    if run is not None:
        parts += [_swatch(run), element("b", f"{names[run]}:"), " "]
        text = text[len(names[run]) + 2 :]
    lead = _LEAD.match(text)
    if lead is not None:
        parts.append(element("b", lead.group()))
        text = text[lead.end() :]
    return element("p", *parts, text)


def _swatch(run: int) -> Markup:
    return element("span", class_=f"swatch c-run-{run}", aria_hidden="true")


def _cards(facts: Sequence[tuple[str, str]]) -> Markup | str:
    if not facts:
        return ""
    cards = [
        element("div", element("dt", name), element("dd", _fact(name, value)), class_=_size(value))
        for name, value in facts
    ]
    long = sum(len(value) > _LONG_FACT for _, value in facts)
    listed = len(facts) > _MOST_CARDS or long > len(facts) / 2
    return element("dl", *cards, class_="facts" if listed else "cards")


def _fact(name: str, value: str) -> Markup:
    is_command = "command" in name.lower() and value.startswith(("python ", "tftune "))
    return element("code", value) if is_command else escaped(value)


def _size(value: str) -> str | None:
    """Returns the class of a card: a number is shown large, a long text on a line of its own."""
    if len(value) > _LONG_FACT:
        return "long"
    return "figure" if len(value) <= 20 and _NUMBER.fullmatch(value) else None


def _run_of(title: str, names: Sequence[str]) -> int | None:
    """Returns the run that a title names, as `name` or `name: more`, or None."""
    named = [name for name in names if title == name or title.startswith(f"{name}: ")]
    return names.index(max(named, key=len)) if len(names) > 1 and named else None


def _charts(view: View, names: Sequence[str], draw: Draw) -> Markup | str:
    figures = [_figure(view, chart, names, draw) for chart in view.charts]
    return element("div", *figures, class_="charts") if figures else ""


def _figure(view: View, chart: AnyChart, names: Sequence[str], draw: Draw) -> Markup:
    wide = isinstance(chart, ParallelChart) or chart.wide
    try:
        drawing: object = Markup(draw(chart))
    except Exception as error:  # one chart must not cost the page
        drawing = _fault("This chart could not be drawn", error)
    box = partial(element, "div", drawing)
    label = escaped(chart.title or view.title, 200)
    # what scrolls must be reachable by the keyboard
    inner = box(class_="scroll", tabindex="0", role="region", aria_label=label) if wide else box()
    return element(
        "figure",
        inner,
        class_=_width(chart) if wide else None,
        data_run=_run_of(chart.title, names),
    )


def _width(chart: AnyChart) -> str:
    """Returns the classes of a figure that may be wider than the page: by its axes, so that their
    labels can be read.
    """
    count = len(chart.axes) if isinstance(chart, ParallelChart) else 0
    step = max(least for least in (0, 10, 17, 27) if count >= least)
    return f"wide axes-{step}" if step else "wide"


def _table(table: Table, title: str, names: Sequence[str]) -> Markup:
    kinds = [_kind(table, column) for column in range(len(table.header))]
    head = [
        element("th", _cell(name), scope="col", class_=None if kind == "short" else kind)
        for name, kind in zip(table.header, kinds, strict=True)
    ]
    rows = []
    for place, row in enumerate(table.rows):
        cells = [
            element("td", _cell(cell), class_=kind) for cell, kind in zip(row, kinds, strict=False)
        ]
        key = table.keys[place] if place < len(table.keys) and table.keys[place] else None
        rows.append(element("tr", *cells, data_key=key))
    caption = escaped(table.title or title, 300)
    return element(
        "div",
        element(
            "table",
            element("caption", caption, class_=None if table.title else "unseen"),
            element("thead", element("tr", *head)),
            element("tbody", joined(rows, "\n")),
        ),
        class_="table scroll",
        tabindex="0",
        role="region",
        aria_label=caption,
        data_run=_run_of(table.title, names),
    )


def _kind(table: Table, column: int) -> str | None:
    """Returns the class of a column: of numbers, or of words so short that none is broken."""
    if column in table.numbers:
        return "number"
    lengths = [len(row[column]) for row in table.rows if column < len(row)]
    return "short" if lengths and max(lengths) <= _SHORT_CELL else None


def _cell(text: str) -> Markup:
    """Returns a cell; of a long text the beginning, and more of it when it is pointed at."""
    if len(text) <= _LONGEST_CELL:
        return escaped(text)
    short = text[: _LONGEST_CELL - 1].rstrip() + "\u2026"
    return element("span", short, title=escaped(text, _LONGEST_HINT))
