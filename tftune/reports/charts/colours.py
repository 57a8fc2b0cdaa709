"""Colours, markers and steps of colour that every drawing of a chart shares.

The colours are Okabe and Ito's, which the colour-blind tell apart; each has a marker of its own,
too. Values become nine steps of ColorBrewer's YlGnBu, taken at even steps of lightness
(of OKLab): the strongest, `q8`, is the one that stands out most from the background, dark on white
and bright on black.
"""

from __future__ import annotations

from collections.abc import Iterable

# name of a colour: on a light background, on a dark one, marker
PALETTE: dict[str, tuple[str, str, str]] = {
    "completed": ("#0072b2", "#56b4e9", "circle"),
    "pruned": ("#e69f00", "#e69f00", "down"),
    "failed": ("#d55e00", "#ff7f50", "cross"),
    "best": ("#009e73", "#2cc99b", "star"),
    "reference": ("#cc79a7", "#e08fbd", "square"),
    "neutral": ("#6b6b6b", "#a8a8a8", "circle"),
    "run-0": ("#0072b2", "#56b4e9", "circle"),
    "run-1": ("#e69f00", "#e69f00", "square"),
    "run-2": ("#009e73", "#2cc99b", "triangle"),
    "run-3": ("#cc79a7", "#e08fbd", "diamond"),
    "run-4": ("#56b4e9", "#9ad5f5", "down"),
    "run-5": ("#d55e00", "#ff7f50", "cross"),
    "run-6": ("#222222", "#eeeeee", "plus"),
    "run-7": ("#9a9200", "#f0e442", "star"),
}
MARKERS = ("circle", "square", "triangle", "diamond", "down", "cross", "plus", "star")
STEPS = 9
LIGHT_STEPS = (
    *("#c2e7b4", "#90d4b9", "#57bec1", "#2fa4c2", "#1e88bc"),
    *("#216daf", "#2350a1", "#233390", "#11246b"),
)
DARK_STEPS = (
    *("#21308b", "#234c9f", "#216aad", "#1e86bb", "#2ea3c2"),
    *("#55bec1", "#90d4b9", "#c6e9b4", "#f5fbc2"),
)


def step_of(share: float) -> int:
    """Returns the step of colour, 0 to 8, of a value between 0 and 1.

    Example:
        >>> step_of(0), step_of(0.5), step_of(1)
        (0, 4, 8)
    """
    return min(max(int(share * STEPS), 0), STEPS - 1)


def markers(series: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Returns a marker for each series, given as its name and its colour: the colour's own, or the
    next that is free.

    Example:
        >>> markers([("tried", "completed"), ("left", "completed"), ("lost", "failed")])
        {'tried': 'circle', 'left': 'square', 'lost': 'cross'}
    """
    chosen: dict[str, str] = {}
    listed = list(series)
    wanted = {PALETTE.get(colour, PALETTE["neutral"])[2] for _, colour in listed}
    for name, colour in listed:
        if name in chosen:
            continue
        marker = PALETTE.get(colour, PALETTE["neutral"])[2]
        if marker in chosen.values():
            spare = [each for each in MARKERS if each not in {*wanted, *chosen.values()}]
            marker = spare[0] if spare else marker
        chosen[name] = marker
    return chosen
