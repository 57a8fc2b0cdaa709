"""Texts in SVG: escaped, without what is not seen, as wide as there is room."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache

from tftune.errors import printable

TICK, LABEL, TITLE = 11, 12, 13  # sizes of texts, in units of the view box
LONGEST_HOVER = 500  # characters that hovering tells
_NARROW, _WIDE = frozenset("iljtfrI.,:;|!'()[]{}`/\\ -"), frozenset("mwMWQGOD@%&+=<>~")
_NOT_IN_XML = re.compile("[\ufffe\uffff]")


@lru_cache(4096)
def plain(text: str, most: int | None = None) -> str:
    """Returns a text in one line in which every character is seen.

    Example:
        >>> plain("a\\tb\\u202e c\\n")
        'a b\\\\u202e c'
    """
    return _NOT_IN_XML.sub("?", " ".join(printable(str(text), most).split()))


def escaped(text: str, most: int | None = LONGEST_HOVER) -> str:
    """Returns a text for the inside of an element or of an attribute.

    Example:
        >>> escaped('<b title="x">')
        '&lt;b title=&quot;x&quot;&gt;'
    """
    return html.escape(plain(text, most))


def hover_title(text: str) -> str:
    """Returns the `<title>` that a browser shows when an element is pointed at, or nothing."""
    return f"<title>{escaped(text)}</title>" if text else ""


@lru_cache(8192)
def width_of(text: str, size: float = TICK) -> float:
    """Returns about how wide a text is in a sans-serif font, rather too much than too little.

    Example:
        >>> width_of("will", 10) < width_of("WILL", 10)
        True
    """
    width = 0.0
    for character in text:
        if character in _NARROW:
            width += 0.36
        elif character in _WIDE:
            width += 0.92
        elif unicodedata.east_asian_width(character) in "WF":
            width += 1.05
        elif character.isupper():
            width += 0.72
        else:
            width += 0.0 if unicodedata.combining(character) else 0.61
    return width * size


@lru_cache(4096)
def fitted(text: str, room: float, size: float = TICK) -> str:
    """Returns a text that fits the room: its middle is left out, for names often differ at their
    ends.

    Example:
        >>> fitted("learning_rate_schedule", 80)
        'learni…hedule'
        >>> fitted("units", 80)
        'units'
    """
    if width_of(text, size) <= room:
        return text
    keep = min(len(text) - 1, int(room / (0.3 * size)))
    while keep > 1:
        head, tail = (keep + 1) // 2, keep // 2
        cut = text[:head].rstrip() + "…" + text[len(text) - tail :].lstrip()
        if width_of(cut, size) <= room:
            return cut
        keep -= 1
    return text[:1] + "…"


@lru_cache(4096)
def in_two_lines(text: str, room: float, size: float = TICK) -> tuple[str, ...]:
    """Returns a text in one line or in two, broken behind a word, or nothing if it has no room.

    Example:
        >>> in_two_lines("batch_normalization", 90), in_two_lines("units", 90)
        (('batch_', 'normalization'), ('units',))
        >>> in_two_lines("normalization", 60)
        ()
    """
    if width_of(text, size) <= room:
        return (text,)
    breaks = [found.end() for found in re.finditer(r"[\s_/.,:;-]+(?=\S)", text)]
    pairs = [(text[:place].rstrip(), text[place:]) for place in breaks]
    widest = [max(width_of(line, size) for line in pair) for pair in pairs]
    if not widest or min(widest) > room:
        return ()
    return pairs[widest.index(min(widest))]


def text_element(
    x: float,
    y: float,
    text: str,
    kind: str,
    anchor: str = "start",
    room: float = 1e9,
    size: float = TICK,
    more: str = "",
) -> str:
    """Returns a `<text>`, cut to the room; then hovering tells the whole of it.

    Args:
        x: Where it begins, or what `anchor` says.
        y: Its baseline.
        text: What it says.
        kind: Its class.
        anchor: `start`, `middle` or `end`.
        room: Its greatest width.
        size: Height of its letters, as its class has.
        more: Further attributes.
    """
    whole = plain(text, 2000)
    cut = fitted(whole, round(room / (1.1 if size == TITLE else 1)), size)  # a title is bold
    place = f' text-anchor="{anchor}"' if anchor != "start" else ""
    letters = f' font-size="{size}"' if size != TICK else ""
    title = hover_title(whole) if cut != whole else ""
    return (
        f'<text class="{kind}" x="{short(x)}" y="{short(y)}"{place}{letters}{more}>'
        f"{html.escape(cut)}{title}</text>"
    )


def short(number: float) -> str:
    """Returns a coordinate with one decimal, as short as SVG takes it.

    Example:
        >>> short(12.04), short(-0.26), short(0)
        ('12', '-.3', '0')
    """
    return tenths_text(round(number * 10))


@lru_cache(65536)
def tenths_text(tenths: int) -> str:
    """Returns a number of tenths as a coordinate.

    Example:
        >>> tenths_text(123), tenths_text(-5), tenths_text(400)
        ('12.3', '-.5', '40')
    """
    whole, rest = divmod(abs(tenths), 10)
    text = f"{whole or ''}.{rest}" if rest else str(whole)
    return "-" + text if tenths < 0 else text
