"""The best so far as a small picture for a notebook: SVG in the colours of the text around it, so
that it is seen on light and dark pages; no scripts, no style sheets.

Example:
    >>> from tftune.reports.progress import Progress
    >>> small_curve(Progress().snapshot())
    ''
"""

from __future__ import annotations

from html import escape

from tftune.reports import lines
from tftune.reports.progress import Snapshot
from tftune.reports.tables import format_value
from tftune.support.texts import one_line

_WIDTH, _HEIGHT = 320, 72
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 8, 8, 16
_MOST = 200  # steps that are drawn
_LONGEST = 40


def small_curve(now: Snapshot) -> str:
    """Returns the curve as one `<svg>`: a step wherever the best got better; nothing before there
    are two scores.
    """
    if not now.curve or now.curve[-1][0] < 2:
        return ""
    steps = now.curve[-_MOST:]
    first, last = steps[0][0], now.curve[-1][0]
    scores = [score for _, score in steps]
    low, high = min(scores), max(scores)

    def place(count: int, score: float) -> tuple[float, float]:
        across = (count - first) / max(last - first, 1)
        up = (score - low) / (high - low) if high > low else 0.5
        return (
            _LEFT + across * (_WIDTH - _LEFT - _RIGHT),
            _HEIGHT - _BOTTOM - up * (_HEIGHT - _TOP - _BOTTOM),
        )

    points = [place(*steps[0])]
    for (_, before), (count, score) in zip(steps, steps[1:], strict=False):
        points += [place(count, before), place(count, score)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    words = escape(lines.best_so_far(now) or "", quote=True)
    name = escape(one_line(now.objective, _LONGEST))
    ends = {score: place(first, score)[1] for score in (low, high)}
    text = 'font-size="9" font-family="sans-serif" fill="currentColor"'
    beside = f'x="{_LEFT - 4}" text-anchor="end" {text}'
    labels = [
        f'<text y="{y + 3:.1f}" {beside}>{format_value(score)}</text>' for score, y in ends.items()
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{words}" '
        f'width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}">'
        f"<title>{words}</title>"
        f'<polyline points="{path}" fill="none" stroke="currentColor" stroke-width="1.5"/>'
        f"{''.join(labels)}"
        f'<text x="{_LEFT}" y="{_HEIGHT - 4}" {text}>best {name}, trials {first} to {last}</text>'
        "</svg>"
    )
