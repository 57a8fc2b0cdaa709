"""A page of views that belong to no search: an experiment, pictures of methods.

Example:
    >>> from tftune.reports.views.view import View
    >>> page = article("chapter", ["python -m ..."], [View("one", "One", "Read it.", ("Found.",))])
    >>> page[:15], "Found." in page
    ('<!DOCTYPE html>', True)
"""

from __future__ import annotations

from collections.abc import Sequence

import tftune
from tftune.reports.page.document import document
from tftune.reports.page.markup import element, escaped
from tftune.reports.page.sections import contents, section
from tftune.reports.views.view import View


def article(title: str, lines: Sequence[str], views: Sequence[View]) -> str:
    """Returns views as one HTML page that needs nothing else.

    Args:
        title: Its heading.
        lines: Stand below the heading, such as the command that made it.
        views: Its sections, in order.
    """
    head = element(
        "header",
        element("p", "tftune", class_="brand"),
        element("h1", escaped(title, 200)),
        *(element("p", element("code", escaped(line, 1000)), class_="subtitle") for line in lines),
    )
    main = element(
        "main",
        contents([(view.name, view.title) for view in views]),
        *(section(view, number, []) for number, view in enumerate(views, 1)),
        id="main",
    )
    foot = element(
        "footer",
        element(
            "p", f"Made by tftune {tftune.__version__}. This file is complete: it loads nothing."
        ),
    )
    return document(title, head, main, foot)
