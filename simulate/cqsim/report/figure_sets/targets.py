"""The figures on targets: paths, the way covered, levers."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from cqsim.case.targets import Target
from cqsim.judge.verdicts import Verdict
from cqsim.report.figure_sets.scales import (
    factor,
    line_of,
    observed_of,
    with_unit,
    without_unit,
)
from cqsim.report.figures.bars import Bar, Way, lever_bars, ways
from cqsim.report.figures.lines import Panel, panels
from cqsim.report.numbers import DIFFERENCES, scale_of
from cqsim.report.sections.findings import of_class
from cqsim.report.sections.levers import (
    SHOWN_LEVERS,
    SHOWN_TARGETS,
    open_targets,
    strongest,
)
from cqsim.report.sentences import short_name
from cqsim.report.teller import Teller
from cqsim.report.words import MISSED, READING, Both, mark

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Draw = Callable[[str], "Figure"]


def of_targets(teller: Teller) -> dict[str, Draw]:
    """Return what draws each figure on targets that the facts allow, by its name."""
    found: dict[str, Draw] = {}
    numeric = of_class(teller.verdicts, "plan-numeric")
    if numeric:
        found["paths"] = partial(_paths, teller, numeric)
    if teller.verdicts:
        found["ways"] = partial(_ways, teller)
    if open_targets(teller):
        found["levers"] = partial(_levers, teller)
    return found


def _paths(teller: Teller, verdicts: Sequence[Verdict], language: str) -> "Figure":
    drawn = []
    for verdict in verdicts:
        target = verdict.target
        name, scope = target.indicator, target.scope
        line = line_of(teller, Both("模拟", "simulated"), name, scope, language)
        power = factor(teller, name, language)
        goal = target.value * power
        first = min(line.values)
        begin = line.values[first]
        path = {first: begin, target.year: goal}
        required = {} if fulfilled(target, begin / power) else path
        drawn.append(
            Panel(
                teller.title(name),
                teller.unit(name),
                [line],
                observed_of(teller, name, scope, language),
                (target.year, goal),
                required,
            )
        )
    return panels(drawn, language, columns=2, height=1.7)


def fulfilled(target: Target, value: float) -> bool:
    """Return whether a value fulfils what a target requires."""
    return value >= target.value if target.operator == ">=" else value <= target.value


def _shape(verdict: Verdict) -> str:
    word = mark(verdict)
    return "missed" if word == MISSED else "reading" if word == READING else "met"


def _ways(teller: Teller, language: str) -> "Figure":
    drawn = []
    first = teller.years[0]
    for verdict in teller.verdicts:
        target = verdict.target
        start = teller.raw(target.indicator, target.scope, first)
        own = teller.indicator(target.indicator)
        if start is None or fulfilled(target, start):
            continue
        done = (verdict.value - start) / (target.value - start)
        unit = DIFFERENCES.get(own.unit, own.unit)
        shown = with_unit(verdict.margin, unit, own.decimals, signed=True)
        drawn.append(Way(_short(verdict), done, shown, _shape(verdict)))
    axis = Both(
        "已走完的路程;旁注为差距", "share of the way covered; beside it the margin"
    )
    return ways(drawn, language, axis)


def _short(verdict: Verdict) -> Both:
    """Return a target's title for the side of a chart; * is a proxy."""
    title = short_name(verdict)
    proxy = "*" if verdict.target.evidence == "plan-proxy" else ""
    return Both(title.zh + proxy, title.en + proxy)


def _levers(teller: Teller, language: str) -> "Figure":
    drawn = []
    for verdict in open_targets(teller)[-SHOWN_TARGETS:]:
        own = teller.indicator(verdict.target.indicator)
        unit = DIFFERENCES.get(own.unit, own.unit)
        power = factor(teller, verdict.target.indicator, language)
        bars = [
            Bar(
                title,
                value * power,
                without_unit(value, own.unit, own.decimals, signed=True),
            )
            for title, _, value in strongest(teller, verdict.target.id)[:SHOWN_LEVERS]
        ]
        scale = scale_of(unit)
        name = short_name(verdict)
        drawn.append((name, Both(scale.zh, scale.en), bars, -verdict.margin * power))
    return lever_bars(drawn, language)
