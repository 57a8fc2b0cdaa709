"""An HTML file that needs nothing else: its style and script stand inside it, and a content
security policy lets nothing else run or load.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib import resources

import tftune
from tftune.reports.page.markup import Markup, element, escaped
from tftune.reports.page.sections import Draw, anchor_of, section
from tftune.reports.views.view import View

_NOTHING = "'none'"


def page_of_views(
    title: str,
    subtitle: str,
    views: Sequence[View],
    brand: str = "tftune",
    draw: Draw | None = None,
) -> str:
    """Returns views that belong to no run, such as those of an experiment, as one HTML file.

    Args:
        title: Its heading.
        subtitle: A line under it.
        views: Its sections, in order.
        brand: A few words above the heading.
        draw: Makes SVG of a chart; `tftune.reports.charts.svg.svg_of` by default.

    Example:
        >>> view = View("slices", "Slices", "Each point is a trial.", why_not="None completed.")
        >>> page_of_views("Pictures", "of one view", [view]).count("<section")
        1
    """
    names = [(view.name, view.title) for view in views]
    end = (
        f"Made by tftune {tftune.__version__}. This file is complete: it loads nothing, and "
        "nothing leaves it."
    )
    body = (
        element("a", "Skip to the content", href="#main", class_="skip"),
        element(
            "header",
            element("p", brand, class_="brand"),
            element("h1", escaped(title, 200)),
            element("p", subtitle, class_="subtitle"),
        ),
        element(
            "main",
            contents(names) if len(names) > 1 else "",
            *(section(view, number, [], draw) for number, view in enumerate(views, 1)),
            id="main",
        ),
        element("footer", element("p", end)),
    )
    return document(title, body, resource("report.css"))


def document(title: str, body: Sequence[Markup], style: str, script: str = "") -> str:
    """Returns an HTML file.

    Args:
        title: Of the window.
        body: What is shown.
        style: CSS.
        script: JavaScript, run at the end; "" for none.
    """
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy(style, script)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="generator", content=f"tftune {tftune.__version__}"),
        element("link", rel="icon", href="data:,"),
        element("title", escaped(title, 200)),
        element("style", Markup(style)),
    )
    end = element("script", Markup(script)) if script else ""
    whole = element("html", head, element("body", *body, end), lang="en")
    return f"<!DOCTYPE html>\n{whole}\n"


def contents(titles: Sequence[tuple[str, str]]) -> Markup:
    """Returns links to the sections, each given by its name and its title."""
    links = [
        element("li", element("a", escaped(title.split(":")[0], 80), href=f"#{anchor_of(name)}"))
        for name, title in titles
    ]
    return element("nav", element("ol", *links), aria_label="Contents", class_="contents")


def resource(name: str) -> str:
    """Returns a file that stands beside this module."""
    return resources.files(__package__).joinpath(name).read_text("utf-8")


def _policy(style: str, script: str) -> str:
    """Returns a policy that allows this style and this script, and nothing to be fetched."""
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src "
        f"{_hash(script) if script else Markup(_NOTHING)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> Markup:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Markup(f"'sha256-{digest}'")
