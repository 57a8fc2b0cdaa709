"""HTML that cannot be injected into: what is not `Markup` already is text, and is escaped.

Example:
    >>> element("p", "a < b, ", element("b", "bold"), class_="note")
    '<p class="note">a &lt; b, <b>bold</b></p>'
    >>> element("td", '<img src=x onerror="alert(1)">')
    '<td>&lt;img src=x onerror=&quot;alert(1)&quot;&gt;</td>'
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from typing import Any

from tftune.support.texts import printable

LONGEST = 4000  # characters of one text: a name may be a file's content
_VOID = frozenset({"meta", "link", "br", "hr", "img"})


class Markup(str):
    """HTML that is ready; only `element`, `joined` and `escaped` make it of what users wrote."""

    __slots__ = ()


def escaped(text: object, most: int = LONGEST) -> Markup:
    """Returns a text as HTML: nothing in it is a tag, turns the direction of writing or is unseen.

    Args:
        text: Anything; `Markup` is returned as it is.
        most: Characters; the middle of a longer text is left out, and said.

    Example:
        >>> escaped("\\u202edrowssap & <script>")
        '\\\\u202edrowssap &amp; &lt;script&gt;'
    """
    if isinstance(text, Markup):
        return text
    return Markup(html.escape(printable(str(text), most), quote=True))


def joined(parts: Iterable[object], separator: str = "") -> Markup:
    """Returns parts one after another, as HTML."""
    return Markup(str(escaped(separator)).join(escaped(part) for part in parts))


def element(tag: str, *content: object, **attributes: Any) -> Markup:
    """Returns an element.

    Args:
        tag: Its name.
        *content: Elements and texts; a text is escaped.
        **attributes: `class_` for `class`, `data_key` for `data-key`; True is an attribute without
            a value, and None and False leave it out.
    """
    given = "".join(
        f" {name.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{escaped(value)}"')
        for name, value in attributes.items()
        if value is not None and value is not False
    )
    return Markup(f"<{tag}{given}>{'' if tag in _VOID else f'{joined(content)}</{tag}>'}")


def data_block(name: str, content: object) -> Markup:
    """Returns data for a script: JSON in a block that no browser runs and no content can end.

    Args:
        name: Its `id`.
        content: What JSON can say; a number that is not finite becomes null.

    Example:
        >>> data_block("d", {"a": "</script>", "b": float("nan")})
        '<script type="application/json" id="d">{"a":"\\\\u003c/script\\\\u003e","b":null}</script>'
    """
    text = json.dumps(_finite(content), separators=(",", ":"), allow_nan=False)
    safe = re.sub("[<>&]", lambda found: f"\\u{ord(found.group()):04x}", text)
    return Markup(f'<script type="application/json" id="{escaped(name)}">{safe}</script>')


def _finite(content: Any) -> Any:
    if isinstance(content, dict):
        return {str(name): _finite(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(value) for value in content]
    if isinstance(content, float) and content - content != 0:  # NaN and infinity
        return None
    return content
