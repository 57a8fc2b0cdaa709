"""One HTML file that needs nothing else: its style and script stand in it, and a content security
policy lets nothing else run or load.

Example:
    >>> page = document("Test", Markup("<header></header>"), Markup("<main></main>"))
    >>> page.startswith("<!DOCTYPE html>"), "<title>Test</title>" in page
    (True, True)
"""

from __future__ import annotations

import base64
import hashlib
from importlib import resources

import tftune
from tftune.reports.page.markup import Markup, element, escaped


def document(title: str, *parts: Markup) -> str:
    """Returns a page as text.

    Args:
        title: That of the window.
        *parts: The body, in order; the main part has the id `main`.
    """
    style, script = _resource("report.css"), _resource("report.js")
    body = element(
        "body",
        element("a", "Skip to the report", href="#main", class_="skip"),
        *parts,
        element("script", Markup(script)),
    )
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
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"


def _resource(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8")


def _policy(style: str, script: str) -> str:
    """Returns a policy that allows this style and this script, and nothing to be fetched."""
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> Markup:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Markup(f"'sha256-{digest}'")
