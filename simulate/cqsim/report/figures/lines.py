"""Lines over the years: panels, each with its series, observations and target."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cqsim.report.figures.style import (
    GREY,
    INK,
    RUST,
    SERIES,
    new_figure,
    say,
    wrapped,
)
from cqsim.report.words import Both

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OBSERVED = Both("统计数", "observed")
REQUIRED = Both("达标所需路径", "required path")
TARGET = Both("目标值", "target")


@dataclass(frozen=True, slots=True)
class Line:
    """One series: its name, and its values by year."""

    label: Both
    values: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Panel:
    """One pair of axes. `target` is the year and the value that are required.

    `required` is the path that would lead there from the start of the run.
    """

    title: Both
    unit: Both
    lines: Sequence[Line]
    observed: Mapping[int, float] = field(default_factory=dict)
    target: tuple[int, float] | None = None
    required: Mapping[int, float] = field(default_factory=dict)


def panels(
    drawn: Sequence[Panel], language: str, columns: int = 2, height: float = 2.1
) -> "Figure":
    """Return panels side by side, with one legend for all below them."""
    rows = -(-len(drawn) // columns)
    figure, axes = new_figure(height * rows + 0.35, rows, columns)
    handles: dict[str, Artist] = {}
    for place, panel in zip(axes, drawn, strict=False):
        _panel(place, panel, language, 92 // columns)
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


def _panel(place: "Axes", panel: Panel, language: str, width: int) -> None:
    for (colour, dash, marker), line in zip(SERIES, panel.lines, strict=False):
        place.plot(
            list(line.values),
            list(line.values.values()),
            color=colour,
            linestyle=dash,
            marker=marker,
            markevery=5,
            label=say(line.label, language),
        )
    if panel.required:
        place.plot(
            list(panel.required),
            list(panel.required.values()),
            color=RUST,
            linestyle=(0, (4, 3)),
            linewidth=1.2,
            label=say(REQUIRED, language),
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
            label=say(OBSERVED, language),
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
            label=say(TARGET, language),
        )
    place.set_title(wrapped(say(panel.title, language), language, width))
    place.set_ylabel(say(panel.unit, language), color=GREY)
    years = [year for line in panel.lines for year in line.values]
    years += [*panel.observed, *(panel.target[:1] if panel.target else ())]
    first, last = min(years), max(years)
    gap = max(1, (last - first) // 3)
    nice = 5 if last - first >= 10 else gap
    place.set_xticks(range(first - first % 5 if nice == 5 else first, last + 1, nice))
    place.set_xlim(first - 0.6, last + 0.8)
    place.margins(y=0.12)
