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
)
from cqsim.report.words import Both

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


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


LOWER = Both("减少", "lowers")
HIGHER = Both("增加", "raises")


def waterfalls(drawn: Sequence[Waterfall], language: str) -> "Figure":
    """Return waterfalls side by side; hatched bars lower the number."""
    figure, axes = new_figure(2.7, 1, len(drawn))
    for place, one in zip(axes, drawn, strict=True):
        _waterfall(place, one, language)
    return figure


def _waterfall(place: "Axes", drawn: Waterfall, language: str) -> None:
    level = drawn.start.value
    bars = [drawn.start, *drawn.parts, drawn.end]
    tops = []
    for number, bar in enumerate(bars):
        ends = number in (0, len(bars) - 1)
        bottom = 0.0 if ends else level
        colour = GREY if ends else GREEN if bar.value >= 0 else RUST
        hatch = "" if ends or bar.value >= 0 else "////"
        place.bar(number, bar.value, bottom=bottom, color=colour, width=0.62,
                  hatch=hatch, edgecolor="white", linewidth=0.3)  # fmt: skip
        top = max(bottom, bottom + bar.value)
        tops += [top, min(bottom, bottom + bar.value) if not ends else top]
        place.annotate(say(bar.shown, language), (number, top), xytext=(0, 2),
                       textcoords="offset points", ha="center", fontsize=7)  # fmt: skip
        level = level if ends else level + bar.value
    span = max(tops) - min(tops) or max(tops)
    low = max(0.0, min(tops) - 0.35 * span)
    place.set_ylim(low, max(tops) + 0.16 * span)
    labels = [_wrapped(say(bar.label, language), language) for bar in bars]
    place.set_xticks(range(len(bars)), labels, fontsize=6.6)
    place.set_title(say(drawn.title, language))
    place.set_ylabel(say(drawn.unit, language), color=GREY)
    place.grid(axis="x", visible=False)


def _wrapped(text: str, language: str) -> str:
    """Return a label in lines that fit below a bar."""
    if language == "zh":
        return "\n".join(text[at : at + 4] for at in range(0, len(text), 4))
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + len(word) < 9:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return "\n".join(lines)


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
            place.annotate(say(bar.shown, language), (bar.value, number), xytext=(3, 0),
                           textcoords="offset points", va="center", fontsize=6.8)  # fmt: skip
        place.axvline(shortfall, color=RUST, linestyle="--", linewidth=1.2)
        place.set_yticks(range(len(bars)), labels, fontsize=6.8)
        place.invert_yaxis()
        place.set_xlim(0, max([*values, shortfall]) * 1.28)
        place.set_title(say(title, language), fontsize=7.4)
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
    figure, (place,) = new_figure(0.235 * len(drawn) + 0.85)
    low, high = -0.6, 1.8
    for number, way in enumerate(drawn):
        marker, colour = SHAPES[way.shape]
        end = min(max(way.done, low), high)
        place.plot([0, end], [number, number], color=colour, linewidth=1.4)
        place.plot([end], [number], marker=marker, color=colour, markersize=6)
        side = (7, "left") if end >= 0 else (-7, "right")
        place.annotate(say(way.shown, language), (end, number), xytext=(side[0], 0),
                       textcoords="offset points", ha=side[1], va="center", fontsize=6.8)  # fmt: skip
    place.axvline(0, color=INK, linewidth=0.8)
    place.axvline(1, color=INK, linewidth=1.2, linestyle="--")
    place.annotate(say(REQUIREMENT, language), (1, -0.9), ha="center", fontsize=7)
    place.set_xlim(low - 0.3, high + 0.3)
    place.set_xticks([-0.5, 0, 0.5, 1, 1.5], ["−50%", "0", "50%", "100%", "150%"])
    place.set_yticks(range(len(drawn)), [say(way.label, language) for way in drawn],
                     fontsize=6.9)  # fmt: skip
    place.set_ylim(len(drawn) - 0.4, -1.2)
    place.set_xlabel(say(axis, language), color=GREY)
    place.grid(axis="y", visible=False)
    for key, (marker, colour) in SHAPES.items():
        if any(way.shape == key for way in drawn):
            place.plot([], [], marker=marker, color=colour, linestyle="none",
                       label=say(SHAPE_WORDS[key], language))  # fmt: skip
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
            place.plot([rank.value - rank.half_width, rank.value + rank.half_width],
                       [number, number], color=GREY, linewidth=2.2)  # fmt: skip
            place.plot([rank.value], [number], marker="o", color=INK, markersize=3.8)
        place.set_yticks(range(len(ranks)), [say(r.label, language) for r in ranks],
                         fontsize=6.6)  # fmt: skip
        place.set_ylim(len(ranks) - 0.5, -0.5)
        place.set_title(say(title, language))
        place.set_xlabel(say(unit, language), color=GREY)
        place.grid(axis="y", visible=False)
    return figure
