"""Bars: waterfalls, levers, progress to each target, rankings, swings of a share."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cqsim.case.levers import Lever
from cqsim.judge.verdicts import Verdict
from cqsim.report.context import ReportContext
from cqsim.report.decompositions import Decomposition
from cqsim.report.figures.lines import is_fulfilled
from cqsim.report.figures.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    RUST,
    SAND,
    annotate,
    new_figure,
    panels,
    rows_of,
    wrapped,
)
from cqsim.report.phrases import claim
from cqsim.report.sweep import Swing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


CLEAR = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85}
"""Ground behind a label, so that a line behind it does not cross the letters."""


def waterfalls(
    ctx: ReportContext, drawn: Sequence[Decomposition], language: str
) -> "Figure":
    """Return waterfalls side by side; hatched bars lower the number."""
    bars = max(len(one.parts) for one in drawn) + 2
    figure, axes = new_figure(0.26 * bars + 0.75, 1, len(drawn), sharey=True)
    for place, one in zip(axes, drawn, strict=True):
        _waterfall(ctx, place, one, language)
    return figure


def _waterfall(
    ctx: ReportContext, place: "Axes", drawn: Decomposition, language: str
) -> None:
    first, last = (f"{year}" for year in drawn.years)
    ends = (0, len(drawn.parts) + 1)
    bars: list[tuple[Any, float]] = [
        (first, drawn.start),
        *drawn.parts,
        (last, drawn.end),
    ]
    factor = ctx.factor(drawn.indicator, language)
    level = drawn.start * factor
    reached = [0.0, level]
    for number, (_, value) in enumerate(bars):
        is_end, size = number in ends, value * factor
        begin = 0.0 if is_end else level
        is_loss = value < 0
        place.barh(
            number,
            size,
            left=begin,
            height=0.62,
            edgecolor="white",
            linewidth=0.3,
            hatch="" if is_end or not is_loss else "////",
            color=GREY if is_end else RUST if is_loss else GREEN,
        )
        level = level if is_end else level + size
        reached += [begin, begin + size]
        own = ctx.indicator(drawn.indicator)
        shown = (value, own.unit, own.decimals, language)
        text = ctx.units.bare(*shown, signed=not is_end)
        annotate(place, text, (max(begin, begin + size), number), 2)
    inner = [value for value in reached if value > 0]
    span = max(inner) - min(inner)
    place.set_xlim(max(0.0, min(inner) - 0.5 * span), max(inner) + 0.42 * span)
    place.set_yticks(range(len(bars)), [ctx.label(name, language) for name, _ in bars])
    place.set_ylim(ends[1] + 0.5, -0.5)
    place.set_title(wrapped(ctx.label(ctx.scope(drawn.scope), language), language, 30))
    place.set_xlabel(ctx.label(ctx.unit(drawn.indicator), language), color=GREY)
    place.grid(axis="y", visible=False)
    place.tick_params(axis="x", labelsize=6.5)
    place.locator_params(axis="x", nbins=4)


def lever_bars(
    ctx: ReportContext,
    drawn: Sequence[tuple[Verdict, Sequence[tuple[Lever, float]]]],
    language: str,
) -> "Figure":
    """Return what the strongest levers alone give each target, and its shortfall."""
    deepest = max(len(levers) for _, levers in drawn)
    height = (0.23 * deepest + 0.62) * rows_of(len(drawn)) + 0.1
    figure, axes = panels(len(drawn), height)
    for place, (verdict, levers) in zip(axes, drawn, strict=True):
        own = ctx.indicator(verdict.target.indicator)
        factor = ctx.factor(verdict.target.indicator, language)
        values = [gain * factor for _, gain in levers]
        place.barh(range(len(values)), values, color=BLUE, height=0.6)
        for number, (_, gain) in enumerate(levers):
            shown = (gain, own.unit, own.decimals, language)
            text = ctx.units.bare(*shown, signed=True)
            annotate(place, text, (values[number], number), bbox=CLEAR)
        shortfall = -verdict.margin * factor
        place.axvline(shortfall, color=RUST, linestyle="--", linewidth=1.2)
        labels = [ctx.label(lever.title, language) for lever, _ in levers]
        place.set_yticks(range(len(labels)), labels, fontsize=6.8)
        place.invert_yaxis()
        place.set_xlim(0, max([*values, shortfall]) * 1.28)
        title = ctx.label(ctx.short_name(verdict), language)
        place.set_title(wrapped(title, language, 32), fontsize=7)
        scale = ctx.units.scale(ctx.units.difference(own.unit))
        place.set_xlabel(ctx.label(scale, language), fontsize=6.8, color=GREY)
        place.grid(axis="y", visible=False)
    return figure


SHAPES = {"met": ("o", GREEN), "depends": ("^", SAND), "missed": ("s", RUST)}
SHAPE_WORDS = {"met": "is_met", "depends": "depends_on_reading", "missed": "is_missed"}


def progress_bars(ctx: ReportContext, language: str) -> "Figure":
    """Return how much of the way from the start to what is required is covered.

    Targets that the first year fulfils are left out; 0 is the first year, 1 what is
    required, and a star marks a proxy.
    """
    drawn = []
    for verdict in ctx.verdicts:
        target = verdict.target
        start = ctx.raw(target.indicator, target.scope, ctx.years[0])
        if start is not None and not is_fulfilled(verdict, start):
            done = (verdict.value - start) / (target.value - start)
            drawn.append((verdict, done))
    labels = []
    figure, (place,) = new_figure(0.215 * len(drawn) + 0.85)
    low, high = -0.7, 1.7
    for number, (verdict, done) in enumerate(drawn):
        name = ctx.words.text(ctx.short_name(verdict), language)
        star = "*" if ctx.is_proxy(verdict) else ""
        labels.append(wrapped(ctx.label(name + star, language), language, 58))
        marker, colour = SHAPES[_shape(verdict)]
        end = min(max(done, low), high)
        place.plot([0, end], [number, number], color=colour, linewidth=1.4)
        place.plot([end], [number], marker=marker, color=colour, markersize=6)
        own = ctx.indicator(verdict.target.indicator)
        unit = ctx.units.difference(own.unit)
        shown = (verdict.margin, unit, own.decimals, language)
        text = ctx.label(ctx.units.text(*shown, signed=True), language)
        annotate(place, text, (end, number), 7 if end >= 0 else -7, bbox=CLEAR)
    place.axvline(0, color=INK, linewidth=0.8)
    place.axvline(1, color=INK, linewidth=1.2, linestyle="--")
    required = ctx.label(claim("required"), language)
    place.annotate(required, (1, -0.9), ha="center", fontsize=7, bbox=CLEAR)
    place.set_xlim(low - 0.75, high + 0.75)
    place.set_xticks([-0.5, 0, 0.5, 1, 1.5], ["−50%", "0", "50%", "100%", "150%"])
    place.set_yticks(range(len(drawn)), labels, fontsize=6.2, linespacing=1.05)
    place.set_ylim(len(drawn) - 0.4, -1.2)
    place.set_xlabel(ctx.label(claim("way_covered"), language), color=GREY)
    place.grid(axis="y", visible=False)
    for shape, (marker, colour) in SHAPES.items():
        if any(_shape(verdict) == shape for verdict, _ in drawn):
            label = ctx.label(claim(SHAPE_WORDS[shape]), language)
            place.plot([], [], marker, color=colour, label=label)
    figure.legend(loc="outside lower center", ncols=3)
    return figure


def _shape(verdict: Verdict) -> str:
    if verdict.depends_on_reading:
        return "depends"
    return "met" if verdict.status.met else "missed"


def ranking(
    ctx: ReportContext, half_widths: Mapping[str, float], language: str
) -> "Figure":
    """Return rankings of regions: neighbours whose bands overlap share a ground.

    Parameters
    ----------
    half_widths
        Half of a region's band by indicator, in the indicator's unit.
    """
    last, places = ctx.years[1], {place.id: place for place in ctx.facts.places}
    values = {name: ctx.at(name, list(places), last) for name in half_widths}
    longest = max(map(len, values.values()))
    figure, axes = new_figure(0.165 * longest + 0.75, 1, len(values))
    for place, (name, by_region) in zip(axes, values.items(), strict=True):
        factor, width = ctx.factor(name, language), half_widths[name]
        order = sorted(by_region, key=lambda region: -by_region[region])
        groups = grouped([by_region[region] for region in order], width)
        for number, (region, group) in enumerate(zip(order, groups, strict=True)):
            if group % 2:
                place.axhspan(number - 0.5, number + 0.5, color="#eeeeee", zorder=0)
            value, half = by_region[region] * factor, width * factor
            ends = [value - half, value + half]
            place.plot(ends, [number, number], color=GREY, linewidth=2.2)
            place.plot([value], [number], marker="o", color=INK, markersize=3.8)
        labels = [ctx.label(places[region].short, language) for region in order]
        place.set_yticks(range(len(labels)), labels, fontsize=6.6)
        place.set_ylim(len(labels) - 0.5, -0.5)
        place.set_title(ctx.label(ctx.title(name), language))
        place.set_xlabel(ctx.label(ctx.unit(name), language), color=GREY)
        place.grid(axis="y", visible=False)
    return figure


def grouped(values: Sequence[float], half_width: float) -> list[int]:
    """Return a group for each of values in falling order.

    A group ends where a value's band no longer overlaps that of the group's first.
    """
    groups: list[int] = []
    top = 0.0
    for number, value in enumerate(values):
        if number == 0 or top - value > 2 * half_width:
            top = value
            groups.append(groups[-1] + 1 if groups else 0)
        else:
            groups.append(groups[-1])
    return groups


def swing_charts(
    ctx: ReportContext, swings: Mapping[str, Sequence[Swing]], language: str
) -> "Figure":
    """Return the inputs that move the share that meets a target most, by target."""
    sweep = ctx.facts.sweep
    assert sweep is not None
    names = {v.target.id: ctx.short_name(v) for v in ctx.verdicts}
    figure, axes = panels(len(swings), 1.12 * rows_of(len(swings)) + 0.15)
    for place, (target, inputs) in zip(axes, swings.items(), strict=True):
        overall = 100 * sweep.targets[target].share
        place.axvline(overall, color=INK, linestyle="--", linewidth=0.9)
        for number, swing in enumerate(inputs):
            ends = [100 * swing.low, 100 * swing.high]
            place.plot(ends, [number, number], color=GREY, linewidth=4)
            place.plot(ends[:1], [number], "v", color=RUST, markersize=6)
            place.plot(ends[1:], [number], "^", color=BLUE, markersize=6)
        titles = [sweep.inputs[swing.input].title for swing in inputs]
        labels = [wrapped(ctx.label(t, language), language, 44) for t in titles]
        place.set_yticks(range(len(labels)), labels, fontsize=6.2)
        place.set_ylim(len(labels) - 0.5, -0.5)
        place.set_xlim(-4, 104)
        title = ctx.label(names[target], language)
        place.set_title(wrapped(title, language, 32), fontsize=7)
        axis = ctx.label(claim("share_of_runs"), language)
        place.set_xlabel(axis, color=GREY, fontsize=6.8)
        place.grid(axis="y", visible=False)
    return figure
