"""The spread of many runs: fans, swings of a share, a heat table of shares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cqsim.report.figures.style import (
    BLUE,
    GREY,
    INK,
    RUST,
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
class FanPanel:
    """The quantiles of an indicator by year (5, 25, 50, 75, 95 %), and its target.

    `ahead` says that the first year does not fulfil it yet.
    """

    title: Both
    unit: Both
    quantiles: Mapping[int, tuple[float, ...]]
    target: tuple[int, float]
    ahead: bool


@dataclass(frozen=True, slots=True)
class SwingBar:
    """An input, and the share that meets a target at its low and high end."""

    label: Both
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Tornado:
    """The inputs that move a target's share the most, and the share of all runs."""

    title: Both
    overall: float
    bars: Sequence[SwingBar]


def fan_charts(drawn: Sequence[FanPanel], language: str) -> "Figure":
    """Return fans with the path that would lead to the target."""
    rows = -(-len(drawn) // 2)
    figure, axes = new_figure(1.8 * rows + 0.1, rows, 2)
    for place, panel in zip(axes, drawn, strict=False):
        _fan(place, panel, language)
    for place in axes[len(drawn) :]:
        place.set_visible(False)
    return figure


def _fan(place: "Axes", panel: FanPanel, language: str) -> None:
    years = sorted(panel.quantiles)
    lines = list(zip(*(panel.quantiles[year] for year in years), strict=True))
    place.fill_between(years, lines[0], lines[4], color=BLUE, alpha=0.18, linewidth=0)
    place.fill_between(years, lines[1], lines[3], color=BLUE, alpha=0.38, linewidth=0)
    place.plot(years, lines[2], color=INK)
    year, goal = panel.target
    first = years[0]
    if panel.ahead:
        path = [lines[2][0], goal]
        place.plot([first, year], path, color=RUST, linestyle="--", lw=1.2)
    place.plot([year], [goal], marker="D", color=RUST, markersize=6)
    place.set_title(wrapped(say(panel.title, language), language, 46))
    place.set_ylabel(say(panel.unit, language), color=GREY)
    place.set_xticks([y for y in years if y % 5 == 0] or years)


def swing_charts(drawn: Sequence[Tornado], axis: Both, language: str) -> "Figure":
    """Return, for each target, the inputs that move its share the most."""
    rows = -(-len(drawn) // 2)
    figure, axes = new_figure(1.12 * rows + 0.15, rows, 2)
    for place, tornado in zip(axes, drawn, strict=False):
        place.axvline(tornado.overall, color=INK, linestyle="--", linewidth=0.9)
        for number, bar in enumerate(tornado.bars):
            place.plot([bar.low, bar.high], [number, number], color=GREY, linewidth=4)
            place.plot([bar.low], [number], "v", color=RUST, markersize=6)
            place.plot([bar.high], [number], "^", color=BLUE, markersize=6)
        labels = [
            wrapped(say(bar.label, language), language, 44) for bar in tornado.bars
        ]
        place.set_yticks(range(len(labels)), labels, fontsize=6.2)
        place.set_ylim(len(labels) - 0.5, -0.5)
        place.set_xlim(-4, 104)
        place.set_title(wrapped(say(tornado.title, language), language, 32), fontsize=7)
        place.set_xlabel(say(axis, language), color=GREY, fontsize=6.8)
        place.grid(axis="y", visible=False)
    for place in axes[len(drawn) :]:
        place.set_visible(False)
    return figure


def heat_table(
    regions: Sequence[Both],
    targets: Sequence[Both],
    shares: Mapping[tuple[int, int], float],
    language: str,
) -> "Figure":
    """Return shares by region (row) and target (column), each cell with its number."""
    from matplotlib.patches import Rectangle

    figure, (place,) = new_figure(0.165 * len(regions) + 1.75)
    for (row, column), share in shares.items():
        corner = (column, row)
        place.add_patch(
            Rectangle(corner, 1, 1, facecolor=shade(share), edgecolor="white")
        )
        place.text(
            column + 0.5,
            row + 0.5,
            f"{100 * share:.0f}",
            ha="center",
            va="center",
            fontsize=6.5,
            color="white" if share > 0.5 else INK,
        )
    place.set_xlim(0, len(targets))
    place.set_ylim(len(regions), 0)
    names = [wrapped(say(target, language), language, 30) for target in targets]
    place.set_xticks(
        [n + 0.5 for n in range(len(names))], names, fontsize=6.2, rotation=90
    )
    rows = [say(region, language) for region in regions]
    place.set_yticks([n + 0.5 for n in range(len(rows))], rows, fontsize=6.6)
    place.grid(visible=False)
    return figure
