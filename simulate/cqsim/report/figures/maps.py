"""Regions: tiles at their true relative places, no border drawn, and a heat table."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cqsim.report.context import ReportContext
from cqsim.report.facts import Region
from cqsim.report.figures.style import (
    BLUE,
    GREY,
    INK,
    WIDTH,
    new_figure,
    shade,
    wrapped,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def tile_maps(ctx: ReportContext, names: Sequence[str], language: str) -> "Figure":
    """Return maps side by side; the darker a tile, the larger its value."""
    last = ctx.years[1]
    values = {name: _values(ctx, name, last) for name in names}
    drawn = [place for by_place in values.values() for place, _ in by_place]
    rows = max((place.row for place in drawn), default=0) + 1
    columns = max((place.column for place in drawn), default=0) + 1
    side = WIDTH / 2 / columns
    figure, axes = new_figure(side * 0.62 * rows + 0.45, 1, 2)
    for axes_of_map, (name, by_place) in zip(axes, values.items(), strict=False):
        _map(ctx, axes_of_map, name, by_place, language)
        axes_of_map.set_xlim(0, columns)
        axes_of_map.set_ylim(rows, 0)
        axes_of_map.set_axis_off()
        title = wrapped(ctx.label(ctx.title(name), language), language, 46)
        unit = ctx.label(ctx.unit(name), language)
        axes_of_map.set_title(f"{title}\n{unit}" if unit else title, fontsize=8)
    for empty in axes[len(values) :]:
        empty.set_visible(False)
    return figure


def _values(ctx: ReportContext, name: str, year: int) -> list[tuple[Region, float]]:
    found = ((place, ctx.raw(name, place.id, year)) for place in ctx.facts.places)
    return [(place, value) for place, value in found if value is not None]


def _map(
    ctx: ReportContext,
    axes: "Axes",
    name: str,
    values: Sequence[tuple[Region, float]],
    language: str,
) -> None:
    from matplotlib.patches import Rectangle

    low = min(value for _, value in values)
    high = max(value for _, value in values)
    decimals = min(ctx.indicator(name).decimals, 1)
    for place, value in values:
        depth = (value - low) / (high - low) if high > low else 0.3
        corner = (place.column + 0.03, place.row + 0.03)
        ground = shade(depth)
        tile = Rectangle(corner, 0.94, 0.94, facecolor=ground, edgecolor=GREY, lw=0.4)
        axes.add_patch(tile)
        label = ctx.label(place.short, language)
        size = 7.5 if language == "zh" else min(7.0, 46 / max(len(label), 1))
        number = ctx.number(name, value, language, decimals)
        for height, text, letters in ((0.34, label, size), (0.70, number, 7.0)):
            axes.text(
                place.column + 0.5,
                place.row + height,
                text,
                ha="center",
                va="center",
                color="white" if depth > 0.5 else INK,
                fontsize=letters,
            )


def small_multiples(ctx: ReportContext, name: str, language: str) -> "Figure":
    """Return one small path a region, on the tile grid, all on the same axes."""
    from matplotlib.figure import Figure

    factor = ctx.factor(name, language)
    paths = {place: ctx.path(name, place.id) for place in ctx.facts.places}
    drawn = {place: path for place, path in paths.items() if path}
    rows = max(place.row for place in drawn) + 1
    columns = max(place.column for place in drawn) + 1
    # Constrained layout takes seconds for so many axes; these places are known.
    figure = Figure(figsize=(WIDTH, 0.62 * rows + 0.3))
    first = None
    for place, path in drawn.items():
        number = place.row * columns + place.column + 1
        axes = figure.add_subplot(rows, columns, number, sharex=first, sharey=first)
        years, values = list(path), [value * factor for value in path.values()]
        if first is None:
            # Axes that share a scale share its ticks: once is enough.
            first, ends = axes, (min(years), max(years))
            axes.set_xticks(ends, [f"{year % 100:02d}" for year in ends])
        axes.plot(years, values, color=BLUE, linewidth=1.4)
        axes.plot(years[-1:], values[-1:], color=BLUE, marker="o", markersize=3)
        decimals = min(ctx.indicator(name).decimals, 1)
        last = ctx.number(name, path[max(path)], language, decimals)
        title = f"{ctx.label(place.short, language)} {last}"
        axes.set_title(title, fontsize=6.6, fontweight="normal", pad=2)
        axes.tick_params(labelsize=6)
        below = any(p.column == place.column and p.row > place.row for p in drawn)
        before = any(p.row == place.row and p.column < place.column for p in drawn)
        axes.tick_params(labelbottom=not below, labelleft=not before)
    figure.subplots_adjust(0.07, 0.05, 0.99, 0.95, wspace=0.16, hspace=0.85)
    unit = ctx.label(ctx.unit(name), language)
    figure.supylabel(unit, fontsize=7.5, color=GREY)
    return figure


def heat_table(
    ctx: ReportContext,
    targets: Sequence[str],
    shares: Mapping[tuple[str, str], float],
    language: str,
) -> "Figure":
    """Return shares by region (row) and target (column), each cell with its number.

    Parameters
    ----------
    shares
        By target and region.
    """
    from matplotlib.patches import Rectangle

    places = ctx.facts.places
    figure, (axes,) = new_figure(0.165 * len(places) + 1.75)
    for row, place in enumerate(places):
        for column, target in enumerate(targets):
            share = shares.get((target, place.id))
            if share is None:
                continue
            ground, corner = shade(share), (column, row)
            cell = Rectangle(corner, 1, 1, facecolor=ground, edgecolor="white")
            axes.add_patch(cell)
            axes.text(
                column + 0.5,
                row + 0.5,
                f"{100 * share:.0f}",
                ha="center",
                va="center",
                fontsize=6.5,
                color="white" if share > 0.5 else INK,
            )
    axes.set_xlim(0, len(targets))
    axes.set_ylim(len(places), 0)
    names = {v.target.id: ctx.label(ctx.short_name(v), language) for v in ctx.verdicts}
    heads = [wrapped(names[target], language, 30) for target in targets]
    axes.set_xticks(
        [n + 0.5 for n in range(len(heads))], heads, fontsize=6.2, rotation=90
    )
    rows = [ctx.label(place.short, language) for place in places]
    axes.set_yticks([n + 0.5 for n in range(len(rows))], rows, fontsize=6.6)
    axes.grid(visible=False)
    return figure
