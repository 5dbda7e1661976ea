"""Bars: waterfalls, levers, the way to each target, and a ranking with its bands."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cqsim.report.figures.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    RUST,
    SAND,
    new_figure,
    say,
    wrapped,
)
from cqsim.report.words import Both

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


CLEAR = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85}
"""Ground behind a label, so that a line behind it does not cross the letters."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A named value with the text that is printed beside it."""

    label: Both
    value: float
    shown: Both


@dataclass(frozen=True, slots=True)
class Waterfall:
    """A start, the parts that change it, and the end."""

    title: Both
    unit: Both
    start: Bar
    parts: Sequence[Bar]
    end: Bar


@dataclass(frozen=True, slots=True)
class Way:
    """How far a target is: 0 is the start of the run, 1 what is required."""

    label: Both
    done: float
    shown: Both
    shape: str


@dataclass(frozen=True, slots=True)
class Rank:
    """A region's value, with the band inside of which it cannot be told apart."""

    label: Both
    value: float
    half_width: float
    group: int


def waterfalls(drawn: Sequence[Waterfall], language: str) -> "Figure":
    """Return waterfalls side by side; hatched bars lower the number."""
    bars = max(len(one.parts) for one in drawn) + 2
    figure, axes = new_figure(0.26 * bars + 0.75, 1, len(drawn), sharey=True)
    for place, one in zip(axes, drawn, strict=True):
        _waterfall(place, one, language)
    return figure


def _waterfall(place: "Axes", drawn: Waterfall, language: str) -> None:
    bars = [drawn.start, *drawn.parts, drawn.end]
    last = len(bars) - 1
    level = drawn.start.value
    reached = [0.0, level]
    for number, bar in enumerate(bars):
        ends = number in (0, last)
        begin = 0.0 if ends else level
        lower = bar.value < 0
        place.barh(
            number,
            bar.value,
            left=begin,
            height=0.62,
            edgecolor="white",
            linewidth=0.3,
            hatch="" if ends or not lower else "////",
            color=GREY if ends else RUST if lower else GREEN,
        )
        level = level if ends else level + bar.value
        reached += [begin, begin + bar.value]
        place.annotate(
            say(bar.shown, language),
            (max(begin, begin + bar.value), number),
            xytext=(2, 0),
            textcoords="offset points",
            va="center",
            fontsize=6.8,
        )
    inner = [value for value in reached if value > 0]
    span = max(inner) - min(inner)
    place.set_xlim(max(0.0, min(inner) - 0.5 * span), max(inner) + 0.42 * span)
    place.set_yticks(range(len(bars)), [say(bar.label, language) for bar in bars])
    place.set_ylim(last + 0.5, -0.5)
    place.set_title(wrapped(say(drawn.title, language), language, 30))
    place.set_xlabel(say(drawn.unit, language), color=GREY)
    place.grid(axis="y", visible=False)
    place.tick_params(axis="x", labelsize=6.5)
    place.locator_params(axis="x", nbins=4)


def lever_bars(
    drawn: Sequence[tuple[Both, Both, Sequence[Bar], float]], language: str
) -> "Figure":
    """Return, for each target, what the strongest levers alone give it.

    Parameters
    ----------
    drawn
        The target's title, the unit, its levers from the strongest, and its shortfall,
        which is drawn as a line to be reached.
    """
    rows = -(-len(drawn) // 2)
    deepest = max(len(bars) for _, _, bars, _ in drawn)
    height = (0.23 * deepest + 0.62) * rows + 0.1
    figure, axes = new_figure(height, rows, 2)
    for place, (title, unit, bars, shortfall) in zip(axes, drawn, strict=False):
        labels = [say(bar.label, language) for bar in bars]
        values = [bar.value for bar in bars]
        place.barh(range(len(bars)), values, color=BLUE, height=0.6)
        for number, bar in enumerate(bars):
            place.annotate(
                say(bar.shown, language),
                (bar.value, number),
                xytext=(3, 0),
                textcoords="offset points",
                va="center",
                fontsize=6.8,
                bbox=CLEAR,
            )
        place.axvline(shortfall, color=RUST, linestyle="--", linewidth=1.2)
        place.set_yticks(range(len(bars)), labels, fontsize=6.8)
        place.invert_yaxis()
        place.set_xlim(0, max([*values, shortfall]) * 1.28)
        place.set_title(wrapped(say(title, language), language, 32), fontsize=7)
        place.set_xlabel(say(unit, language), fontsize=6.8, color=GREY)
        place.grid(axis="y", visible=False)
    for place in axes[len(drawn) :]:
        place.set_visible(False)
    return figure


SHAPES = {"met": ("o", GREEN), "reading": ("^", SAND), "missed": ("s", RUST)}
SHAPE_WORDS = {
    "met": Both("达标", "met"),
    "reading": Both("视读法而定", "depends on the reading"),
    "missed": Both("未达标", "missed"),
}
REQUIREMENT = Both("要求", "required")


def ways(drawn: Sequence[Way], language: str, axis: Both) -> "Figure":
    """Return how much of the way from the start to what is required is covered."""
    labels = [wrapped(say(way.label, language), language, 58) for way in drawn]
    figure, (place,) = new_figure(0.215 * len(drawn) + 0.85)
    low, high = -0.7, 1.7
    for number, way in enumerate(drawn):
        marker, colour = SHAPES[way.shape]
        end = min(max(way.done, low), high)
        place.plot([0, end], [number, number], color=colour, linewidth=1.4)
        place.plot([end], [number], marker=marker, color=colour, markersize=6)
        side = (7, "left") if end >= 0 else (-7, "right")
        place.annotate(
            say(way.shown, language),
            (end, number),
            xytext=(side[0], 0),
            textcoords="offset points",
            ha=side[1],
            va="center",
            fontsize=6.8,
            bbox=CLEAR,
        )
    place.axvline(0, color=INK, linewidth=0.8)
    place.axvline(1, color=INK, linewidth=1.2, linestyle="--")
    place.annotate(
        say(REQUIREMENT, language), (1, -0.9), ha="center", fontsize=7, bbox=CLEAR
    )
    place.set_xlim(low - 0.75, high + 0.75)
    place.set_xticks([-0.5, 0, 0.5, 1, 1.5], ["−50%", "0", "50%", "100%", "150%"])
    place.set_yticks(range(len(drawn)), labels, fontsize=6.2, linespacing=1.05)
    place.set_ylim(len(drawn) - 0.4, -1.2)
    place.set_xlabel(say(axis, language), color=GREY)
    place.grid(axis="y", visible=False)
    for key, (marker, colour) in SHAPES.items():
        if any(way.shape == key for way in drawn):
            place.plot(
                [],
                [],
                marker=marker,
                color=colour,
                linestyle="none",
                label=say(SHAPE_WORDS[key], language),
            )
    figure.legend(loc="outside lower center", ncols=3)
    return figure


def ranking(
    drawn: Sequence[tuple[Both, Both, Sequence[Rank]]], language: str
) -> "Figure":
    """Return rankings side by side: neighbours whose bands overlap share a ground."""
    longest = max(len(ranks) for _, _, ranks in drawn)
    figure, axes = new_figure(0.165 * longest + 0.75, 1, len(drawn))
    for place, (title, unit, ranks) in zip(axes, drawn, strict=True):
        for number, rank in enumerate(ranks):
            if rank.group % 2:
                place.axhspan(number - 0.5, number + 0.5, color="#eeeeee", zorder=0)
            place.plot(
                [rank.value - rank.half_width, rank.value + rank.half_width],
                [number, number],
                color=GREY,
                linewidth=2.2,
            )
            place.plot([rank.value], [number], marker="o", color=INK, markersize=3.8)
        place.set_yticks(
            range(len(ranks)), [say(r.label, language) for r in ranks], fontsize=6.6
        )
        place.set_ylim(len(ranks) - 0.5, -0.5)
        place.set_title(say(title, language))
        place.set_xlabel(say(unit, language), color=GREY)
        place.grid(axis="y", visible=False)
    return figure
