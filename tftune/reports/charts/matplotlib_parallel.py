"""Parallel coordinates into Matplotlib's axes."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import ListedColormap, Normalize

from tftune.reports.charts.chart import ParallelChart
from tftune.reports.charts.colours import LIGHT_STEPS, step_of
from tftune.reports.charts.parallel_layout import ABSENT, parallel_layout
from tftune.reports.charts.svg_text import plain

_MOST_TICKS = 6
_MOST_CATEGORIES = 14
_LONGEST = 16  # characters of a name


def draw_parallel(chart: ParallelChart, axes: Axes) -> None:
    """Draws parallel coordinates: the best trials dark and on top, a missing value below.

    Example:
        >>> from matplotlib.figure import Figure
        >>> from tftune.reports.charts.chart import Axis
        >>> chart = ParallelChart("all", (Axis("a"), Axis("b")), ((1, 2), (3, None)), ("0", "1"),
        ...                       ("", ""), (0, 1))
        >>> axes = Figure().subplots()
        >>> draw_parallel(chart, axes)
        >>> [len(line) for line in axes.collections[0].get_segments()]
        [2, 2]
    """
    layout = parallel_layout(chart)
    drawn = [row for row in layout.order if any(place is not None for place in layout.places[row])]
    segments, colours, widths = [], [], []
    for row in drawn:
        share = chart.colours[row] if row < len(chart.colours) else 0.0
        segments.append(
            [
                (number, ABSENT if place is None else place)
                for number, place in enumerate(layout.places[row])
            ]
        )
        colours.append(LIGHT_STEPS[step_of(share)])
        widths.append(2.4 if share >= 1 else 0.9)
    axes.add_collection(LineCollection(segments, colors=colours, linewidths=widths, alpha=0.85))
    if not drawn:
        where: dict[str, Any] = {"ha": "center", "va": "center", "transform": axes.transAxes}
        axes.text(0.5, 0.5, "no finite values to draw", alpha=0.6, **where)
    colour = axes.xaxis.label.get_color()
    halo: dict[str, Any] = {
        "facecolor": axes.get_facecolor(),
        "edgecolor": "none",
        "alpha": 0.7,
        "pad": 0.6,
    }
    for number, scale in enumerate(layout.scales):
        axes.vlines(number, 0, 1, colors=colour, linewidth=0.8, zorder=2.5)
        ticks = scale.ticks(_MOST_TICKS) if scale else ()
        told = [(tick.at, tick.text) for tick in ticks[:: -(-len(ticks) // _MOST_CATEGORIES) or 1]]
        if layout.has_absent[number] and drawn:
            told.append((ABSENT, "none"))
        for at, text in told:
            axes.annotate(
                _cut(text),
                (number, at),
                (-4, 0),
                textcoords="offset points",
                ha="right",
                va="center",
                fontsize="x-small",
                parse_math=False,
                bbox=halo,
                zorder=3,
            )
    if drawn:
        _colour_bar(axes)
    count = len(chart.axes)
    axes.set_xlim(-0.4, max(count - 1, 0) + 0.2)
    axes.set_ylim(ABSENT - 0.05 if any(layout.has_absent) and drawn else -0.03, 1.03)
    axes.xaxis.set_ticks_position("top")
    axes.set_xticks(range(count))
    axes.set_xticklabels([_cut(axis.label) for axis in chart.axes], parse_math=False)
    axes.tick_params(axis="x", length=0)
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.grid(False)


def _colour_bar(axes: Axes) -> None:
    """The scale of colours: from the worst to the best score."""
    figure = axes.get_figure()
    if figure is not None:
        colours = ScalarMappable(Normalize(0, 1), ListedColormap(list(LIGHT_STEPS)))
        bar = figure.colorbar(colours, ax=axes, fraction=0.02, pad=0.01, shrink=0.6)
        bar.set_ticks([0, 1], labels=["worst", "best"])


def _cut(text: str) -> str:
    whole = plain(text, 2000)
    half = _LONGEST // 2
    return whole if len(whole) <= _LONGEST else whole[:half] + "…" + whole[1 - half :]
