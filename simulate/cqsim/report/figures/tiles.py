"""The tile grid: every region a tile at its true relative place, no border drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cqsim.report.figures.style import (
    BLUE,
    GREY,
    INK,
    WIDTH,
    new_figure,
    say,
    shade,
    wrapped,
)
from cqsim.report.words import Both

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class Tile:
    """A region's place on the grid, its short names, and a value with its text."""

    row: int
    column: int
    name: Both
    value: float
    shown: Both


@dataclass(frozen=True, slots=True)
class TileMap:
    """One map: what it shows, in which unit, and its tiles."""

    title: Both
    unit: Both
    tiles: Sequence[Tile]


@dataclass(frozen=True, slots=True)
class Mini:
    """A region's place, its names, and its path."""

    row: int
    column: int
    name: Both
    values: Mapping[int, float]
    last: Both


def tile_maps(maps: Sequence[TileMap], language: str) -> "Figure":
    """Return maps side by side; the darker a tile, the larger its value."""
    rows = max((t.row for m in maps for t in m.tiles), default=0) + 1
    columns = max((t.column for m in maps for t in m.tiles), default=0) + 1
    side = WIDTH / 2 / columns
    figure, axes = new_figure(side * 0.62 * rows + 0.45, 1, 2)
    for place, drawn in zip(axes, maps, strict=False):
        _map(place, drawn, language, rows, columns)
    for place in axes[len(maps) :]:
        place.set_visible(False)
    return figure


def _map(place: "Axes", drawn: TileMap, language: str, rows: int, columns: int) -> None:
    from matplotlib.patches import Rectangle

    values = [tile.value for tile in drawn.tiles]
    low, high = min(values), max(values)
    for tile in drawn.tiles:
        depth = (tile.value - low) / (high - low) if high > low else 0.3
        corner = (tile.column + 0.03, tile.row + 0.03)
        place.add_patch(
            Rectangle(
                corner, 0.94, 0.94, facecolor=shade(depth), edgecolor=GREY, lw=0.4
            )
        )
        ink = "white" if depth > 0.5 else INK
        name = say(tile.name, language)
        size = 7.5 if language == "zh" else min(7.0, 46 / max(len(name), 1))
        middle = tile.column + 0.5
        place.text(
            middle,
            tile.row + 0.34,
            name,
            ha="center",
            va="center",
            color=ink,
            fontsize=size,
        )
        place.text(
            middle,
            tile.row + 0.70,
            say(tile.shown, language),
            ha="center",
            va="center",
            color=ink,
            fontsize=7,
        )
    place.set_xlim(0, columns)
    place.set_ylim(rows, 0)
    place.set_axis_off()
    unit = say(drawn.unit, language)
    title = wrapped(say(drawn.title, language), language, 46)
    place.set_title(f"{title}\n{unit}" if unit else title, fontsize=8)


def small_multiples(drawn: Sequence[Mini], unit: Both, language: str) -> "Figure":
    """Return one small path a region, on the tile grid, all on the same axes."""
    from matplotlib.figure import Figure

    rows = max(mini.row for mini in drawn) + 1
    columns = max(mini.column for mini in drawn) + 1
    # Constrained layout takes seconds for so many axes; these places are known.
    figure = Figure(figsize=(WIDTH, 0.62 * rows + 0.3))
    first = None
    for mini in drawn:
        number = mini.row * columns + mini.column + 1
        place = figure.add_subplot(rows, columns, number, sharex=first, sharey=first)
        if first is None:
            # Axes that share a scale share its ticks: once is enough.
            first, ends = place, (min(mini.values), max(mini.values))
            place.set_xticks(ends, [f"{year % 100:02d}" for year in ends])
        years, values = list(mini.values), list(mini.values.values())
        place.plot(years, values, color=BLUE, linewidth=1.4)
        place.plot(years[-1:], values[-1:], color=BLUE, marker="o", markersize=3)
        name, last = say(mini.name, language), say(mini.last, language)
        place.set_title(f"{name} {last}", fontsize=6.6, fontweight="normal", pad=2)
        place.tick_params(labelsize=6)
        below = [m for m in drawn if m.column == mini.column and m.row > mini.row]
        before = [m for m in drawn if m.row == mini.row and m.column < mini.column]
        place.tick_params(labelbottom=not below, labelleft=not before)
    figure.subplots_adjust(0.07, 0.05, 0.99, 0.95, wspace=0.16, hspace=0.85)
    figure.supylabel(say(unit, language), fontsize=7.5, color=GREY)
    return figure
