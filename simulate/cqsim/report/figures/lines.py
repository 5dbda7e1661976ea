"""Lines over the years: paths with their targets, rings, scenarios, fans of runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cqsim.judge.verdicts import Verdict
from cqsim.report.context import ReportContext
from cqsim.report.figures.style import (
    BLUE,
    GREY,
    INK,
    RUST,
    SERIES,
    new_figure,
    panels,
    rows_of,
    wrapped,
)
from cqsim.report.phrases import claim

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Path = Mapping[int, float]
"""Values by year."""

DECADE = 10
"""Years before the run whose observations are drawn with it."""


@dataclass(frozen=True, slots=True)
class Panel:
    """An indicator on one pair of axes, in the scale of a language.

    `lines` has the path of each named line, `target` the year and the value that are
    required, `required` the path that would lead there from the start of the run.
    """

    indicator: str
    lines: Sequence[tuple[Any, Path]]
    observed: Path = field(default_factory=dict)
    target: tuple[int, float] | None = None
    required: Path = field(default_factory=dict)


def target_paths(
    ctx: ReportContext, verdicts: Sequence[Verdict], language: str
) -> "Figure":
    """Return the path of each target's indicator, with the path that it requires."""
    drawn = []
    for verdict in verdicts:
        target = verdict.target
        name, factor = target.indicator, ctx.factor(target.indicator, language)
        path = _path(ctx, name, target.scope, language)
        first, goal = min(path), target.value * factor
        required = {first: path[first], target.year: goal}
        if is_fulfilled(verdict, path[first] / factor):
            required = {}
        observed = _observed(ctx, name, target.scope, language)
        line = (claim("simulated"), path)
        drawn.append(Panel(name, [line], observed, (target.year, goal), required))
    return _drawn(ctx, drawn, language, columns=2, height=1.7)


def is_fulfilled(verdict: Verdict, value: float) -> bool:
    """Return whether a value fulfils what a target requires."""
    target = verdict.target
    return value >= target.value if target.operator == ">=" else value <= target.value


def theme_lines(ctx: ReportContext, names: Sequence[str], language: str) -> "Figure":
    """Return indicators side by side: the widest scope and every ring."""
    drawn = []
    for name in names:
        widest = ctx.widest_scope(name)
        paths = {scope: _path(ctx, name, scope, language) for scope in ctx.rings}
        lines = [(ctx.scope(widest), _path(ctx, name, widest, language))]
        lines += [(ctx.scope(scope), path) for scope, path in paths.items() if path]
        observed = _observed(ctx, name, widest, language)
        first = ctx.years[0] - DECADE
        recent = {year: value for year, value in observed.items() if year >= first}
        drawn.append(Panel(name, lines, recent))
    return _drawn(ctx, drawn, language, columns=len(drawn), height=2.3)


def scenario_lines(ctx: ReportContext, names: Sequence[str], language: str) -> "Figure":
    """Return indicators of the widest scope side by side, a line a scenario."""
    drawn = []
    for name in names:
        scope = ctx.widest_scope(name)
        lines = [
            (outcome.scenario.title, _path(ctx, name, scope, language, run))
            for run, outcome in enumerate(ctx.facts.outcomes)
        ]
        drawn.append(Panel(name, lines))
    return _drawn(ctx, drawn, language, columns=2, height=1.8)


def _path(
    ctx: ReportContext, indicator: str, scope: str, language: str, run: int = 0
) -> Path:
    factor = ctx.factor(indicator, language)
    path = ctx.path(indicator, scope, run)
    return {year: value * factor for year, value in path.items()}


def _observed(ctx: ReportContext, indicator: str, scope: str, language: str) -> Path:
    factor = ctx.factor(indicator, language)
    return {
        year: value * factor
        for (name, place, year), value in sorted(ctx.facts.history.observed.items())
        if name == indicator and place == scope
    }


def _drawn(
    ctx: ReportContext,
    drawn: Sequence[Panel],
    language: str,
    columns: int,
    height: float,
) -> "Figure":
    """Return panels side by side, with one legend for all below them."""
    rows = -(-len(drawn) // columns)
    figure, axes = new_figure(height * rows + 0.35, rows, columns)
    handles: dict[str, Artist] = {}
    for place, panel in zip(axes, drawn, strict=False):
        _panel(ctx, place, panel, language, 92 // columns)
        found, labels = place.get_legend_handles_labels()
        handles |= dict(zip(labels, found, strict=True))
    for place in axes[len(drawn) :]:
        place.set_visible(False)
    figure.legend(
        list(handles.values()),
        list(handles),
        loc="outside lower center",
        ncols=min(4 if language == "zh" else 3, len(handles)),
    )
    return figure


def _panel(
    ctx: ReportContext, place: "Axes", panel: Panel, language: str, width: int
) -> None:
    for (colour, dash, marker), (label, path) in zip(SERIES, panel.lines, strict=False):
        place.plot(
            list(path),
            list(path.values()),
            color=colour,
            linestyle=dash,
            marker=marker,
            markevery=5,
            label=ctx.label(label, language),
        )
    if panel.required:
        place.plot(
            list(panel.required),
            list(panel.required.values()),
            color=RUST,
            linestyle=(0, (4, 3)),
            linewidth=1.2,
            label=ctx.label(claim("required_path"), language),
        )
    if panel.observed:
        place.plot(
            list(panel.observed),
            list(panel.observed.values()),
            linestyle="none",
            marker="o",
            markerfacecolor="white",
            markeredgecolor=INK,
            markersize=5.5,
            zorder=5,
            label=ctx.label(claim("observed_values"), language),
        )
    if panel.target:
        place.plot(
            [panel.target[0]],
            [panel.target[1]],
            linestyle="none",
            marker="D",
            color=RUST,
            markersize=6.5,
            zorder=6,
            label=ctx.label(claim("target_value"), language),
        )
    title = ctx.label(ctx.title(panel.indicator), language)
    place.set_title(wrapped(title, language, width))
    place.set_ylabel(ctx.label(ctx.unit(panel.indicator), language), color=GREY)
    years = [year for _, path in panel.lines for year in path]
    years += [*panel.observed, *(panel.target[:1] if panel.target else ())]
    first, last = min(years), max(years)
    gap = max(1, (last - first) // 3)
    nice = 5 if last - first >= 10 else gap
    place.set_xticks(range(first - first % 5 if nice == 5 else first, last + 1, nice))
    place.set_xlim(first - 0.6, last + 0.8)
    place.margins(y=0.12)


def fan_charts(
    ctx: ReportContext, verdicts: Sequence[Verdict], language: str
) -> "Figure":
    """Return the spread of a sweep's runs, with the path that leads to each target."""
    figure, axes = panels(len(verdicts), 1.8 * rows_of(len(verdicts)) + 0.1)
    for place, verdict in zip(axes, verdicts, strict=True):
        _fan(ctx, place, verdict, language)
    return figure


def _fan(ctx: ReportContext, place: "Axes", verdict: Verdict, language: str) -> None:
    target, sweep = verdict.target, ctx.facts.sweep
    assert sweep is not None
    factor = ctx.factor(target.indicator, language)
    quantiles = sweep.fans[target.indicator, target.scope]
    years = sorted(quantiles)
    # Quantiles at 5, 25, 50, 75 and 95 %.
    scaled = [[factor * value for value in quantiles[year]] for year in years]
    lines = list(zip(*scaled, strict=True))
    place.fill_between(years, lines[0], lines[4], color=BLUE, alpha=0.18, linewidth=0)
    place.fill_between(years, lines[1], lines[3], color=BLUE, alpha=0.38, linewidth=0)
    place.plot(years, lines[2], color=INK)
    goal = target.value * factor
    if not is_fulfilled(verdict, quantiles[years[0]][2]):
        path = [lines[2][0], goal]
        ends = [years[0], target.year]
        place.plot(ends, path, color=RUST, linestyle="--", lw=1.2)
    place.plot([target.year], [goal], marker="D", color=RUST, markersize=6)
    title = ctx.label(ctx.short_name(verdict), language)
    place.set_title(wrapped(title, language, 46))
    place.set_ylabel(ctx.label(ctx.unit(target.indicator), language), color=GREY)
    place.set_xticks([year for year in years if year % 5 == 0] or years)
