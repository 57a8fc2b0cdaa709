"""One view as a section of the page: heading, sentences, facts, charts, tables, or why not.

Example:
    >>> from tftune.reports.views.view import View
    >>> view = View("slices", "Slices", "Each point is a trial.", why_not="No trial completed.")
    >>> "No trial completed." in section(view, 6, [])
    True
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from tftune.reports.charts.chart import AnyChart, ParallelChart
from tftune.reports.page.blocks import facts, pictures, run_of, sentences, table
from tftune.reports.page.markup import Markup, element, escaped
from tftune.reports.views.view import View

Draw = Callable[[AnyChart], str]
_LARGEST_DRAWING = 60_000  # characters with what hovering tells
_AXES = (0, 10, 17, 27)  # from so many axes on, parallel coordinates are wider


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
        names: Of the runs: what bears one of them in its title belongs to it.
        draw: Makes SVG of a chart; `svg_of` by default.
    """
    figures = [_figure(view, chart, names, draw or _svg) for chart in view.charts]
    return element(
        "section",
        _heading(view.title, view.name, number),
        element("p", view.how_to_read, class_="how") if view.how_to_read else "",
        sentences(view.sentences, names),
        element("p", view.why_not, class_="why-not") if view.why_not else "",
        facts(view.facts, view.title, names),
        element("div", *figures, class_="charts") if figures else "",
        *(table(each, view.title, names) for each in view.tables),
        pictures(view.pictures),
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


def _figure(view: View, chart: AnyChart, names: Sequence[str], draw: Draw) -> Markup:
    try:
        drawing: object = Markup(draw(chart))
    except Exception as error:  # one chart must not cost the page
        drawing = _fault("This chart could not be drawn", error)
    width = _width(chart)
    label = escaped(chart.title or view.title, 200)
    # what scrolls must be reachable by the keyboard
    scrolls = {"class_": "scroll", "tabindex": "0", "role": "region", "aria_label": label}
    box = element("div", drawing, **(scrolls if width else {}))
    return element("figure", box, class_=width, data_run=run_of(chart.title, names))


def _width(chart: AnyChart) -> str | None:
    """Returns the classes of a figure that takes the whole width: one of many axes more, so that
    their labels can be read.
    """
    if not isinstance(chart, ParallelChart):
        return "wide" if chart.wide else None
    step = max(least for least in _AXES if len(chart.axes) >= least)
    return f"wide axes-{step}" if step else "wide"
