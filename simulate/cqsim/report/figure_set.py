"""Which figures a report has: by name, what draws each in a language."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from cqsim.engine.verdicts import Verdict
from cqsim.registry.targets import Target
from cqsim.report.decompositions import Decomposition
from cqsim.report.figures.bars import (
    Bar,
    Rank,
    Waterfall,
    Way,
    lever_bars,
    ranking,
    waterfalls,
    ways,
)
from cqsim.report.figures.lines import Line, Panel, panels
from cqsim.report.figures.tiles import Mini, Tile, TileMap, small_multiples, tile_maps
from cqsim.report.numbers import DIFFERENCES, chinese, digits, english, scale_of
from cqsim.report.sections.levers import (
    SHOWN_LEVERS,
    SHOWN_TARGETS,
    open_targets,
    strongest,
)
from cqsim.report.sections.regions import half_widths, map_pairs
from cqsim.report.sections.summary import of_class
from cqsim.report.sections.themes import RINGS, widest_scope
from cqsim.report.sentences import short_name
from cqsim.report.spread_set import spread_figures
from cqsim.report.teller import Teller
from cqsim.report.words import MISSED, READING, Both, mark

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Draw = Callable[[str], "Figure"]


def figure_set(teller: Teller) -> Mapping[str, Draw]:
    """Return what draws each figure that the facts allow, by its name."""
    parts = (_of_targets, _of_themes, _of_regions, _of_causes, spread_figures)
    return {name: draw for part in parts for name, draw in part(teller).items()}


def _of_targets(teller: Teller) -> dict[str, Draw]:
    found: dict[str, Draw] = {}
    numeric = of_class(teller.verdicts, "plan-numeric")
    if numeric:
        found["paths"] = partial(_paths, teller, numeric)
    if teller.verdicts:
        found["ways"] = partial(_ways, teller)
    if open_targets(teller):
        found["levers"] = partial(_levers, teller)
    return found


def _of_themes(teller: Teller) -> dict[str, Draw]:
    found: dict[str, Draw] = {}
    for theme in teller.facts.plan.theme:
        shown = [name for name in (theme.lead, theme.beside) if teller.has(name)]
        if shown:
            found[f"theme-{theme.id}"] = partial(_theme, teller, shown)
    if len(teller.facts.outcomes) > 1:
        found["scenarios"] = partial(_scenarios, teller)
    return found


def _of_regions(teller: Teller) -> dict[str, Draw]:
    found: dict[str, Draw] = {
        f"map-{number}": partial(_maps, teller, pair)
        for number, pair in enumerate(map_pairs(teller), start=1)
    }
    multiples = teller.facts.plan.regions.multiples
    if teller.has(multiples):
        found["multiples"] = partial(_multiples, teller, multiples)
    if half_widths(teller):
        found["ranking"] = partial(_ranking, teller)
    return found


def _of_causes(teller: Teller) -> dict[str, Draw]:
    facts = teller.facts
    pairs = (("people", facts.people), ("emissions", facts.emissions))
    return {
        f"waterfall-{name}": partial(_waterfalls, teller, parts)
        for name, parts in pairs
        if parts
    }


def _both(value: float, unit: str, decimals: int, *, signed: bool = False) -> Both:
    return Both(
        chinese(value, unit, decimals, signed=signed),
        english(value, unit, decimals, signed=signed),
    )


def _bare(value: float, unit: str, decimals: int, *, signed: bool = False) -> Both:
    scale = scale_of(unit)
    return Both(
        digits(value, decimals, scale.zh_power, signed=signed, group=""),
        digits(value, decimals, scale.en_power, signed=signed, group=","),
    )


def _power(teller: Teller, indicator: str, language: str) -> int:
    scale = scale_of(teller.indicator(indicator).unit)
    return scale.zh_power if language == "zh" else scale.en_power


def _line(
    teller: Teller, label: Both, indicator: str, scope: str, language: str, run: int = 0
) -> Line:
    power = _power(teller, indicator, language)
    path = teller.path(indicator, scope, run)
    return Line(label, {year: value * 10.0**power for year, value in path.items()})


def _observed(
    teller: Teller, indicator: str, scope: str, language: str
) -> dict[int, float]:
    power = _power(teller, indicator, language)
    known = teller.facts.history.observed
    return {
        year: value * 10.0**power
        for (name, place, year), value in sorted(known.items())
        if name == indicator and place == scope
    }


def _paths(teller: Teller, verdicts: Sequence[Verdict], language: str) -> "Figure":
    drawn = []
    for verdict in verdicts:
        target = verdict.target
        name, scope = target.indicator, target.scope
        line = _line(teller, Both("模拟", "simulated"), name, scope, language)
        power = 10.0 ** _power(teller, name, language)
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
                _observed(teller, name, scope, language),
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
        shown = _both(verdict.margin, unit, own.decimals, signed=True)
        drawn.append(Way(_short(verdict), done, shown, _shape(verdict)))
    axis = Both(
        "已走完的路程;旁注为差距", "share of the way covered; beside it the margin"
    )
    return ways(drawn, language, axis)


def _short(verdict: Verdict) -> Both:
    """Return a target's title short enough for the side of a chart; * is a proxy."""
    title = short_name(verdict)
    proxy = "*" if verdict.target.evidence == "plan-proxy" else ""
    return Both(_cut(title.zh, 26) + proxy, _cut(title.en, 48) + proxy)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _theme(teller: Teller, names: Sequence[str], language: str) -> "Figure":
    drawn = []
    for name in names:
        widest = widest_scope(teller, name)
        lines = [_line(teller, teller.scope(widest), name, widest, language)]
        for ring in RINGS:
            line = _line(teller, teller.scope(ring), name, ring, language)
            if line.values:
                lines.append(line)
        observed = _observed(teller, name, widest, language)
        observed = {y: v for y, v in observed.items() if y >= teller.years[0] - 10}
        panel = Panel(teller.title(name), teller.unit(name), lines, observed)
        drawn.append(panel)
    return panels(drawn, language, columns=len(drawn), height=2.3)


def _maps(teller: Teller, names: Sequence[str], language: str) -> "Figure":
    last = teller.years[1]
    maps = []
    for name in names:
        own = teller.indicator(name)
        tiles = [
            Tile(
                place.row,
                place.column,
                place.short,
                value,
                _bare(value, own.unit, min(own.decimals, 1)),
            )
            for place in teller.facts.places
            if (value := teller.raw(name, place.id, last)) is not None
        ]
        maps.append(TileMap(teller.title(name), teller.unit(name), tiles))
    return tile_maps(maps, language)


def _multiples(teller: Teller, name: str, language: str) -> "Figure":
    own = teller.indicator(name)
    drawn = []
    for place in teller.facts.places:
        line = _line(teller, place.short, name, place.id, language)
        if line.values:
            last = teller.raw(name, place.id, max(line.values)) or 0.0
            shown = _bare(last, own.unit, min(own.decimals, 1))
            drawn.append(Mini(place.row, place.column, place.short, line.values, shown))
    return small_multiples(drawn, teller.unit(name), language)


def _ranking(teller: Teller, language: str) -> "Figure":
    last = teller.years[1]
    drawn = []
    for name, width in half_widths(teller).items():
        power = 10.0 ** _power(teller, name, language)
        values = {
            place: value
            for place in teller.facts.places
            if (value := teller.raw(name, place.id, last)) is not None
        }
        order = sorted(values, key=lambda place: -values[place])
        groups = banded([values[place] for place in order], width)
        ranks = [
            Rank(place.short, values[place] * power, width * power, group)
            for place, group in zip(order, groups, strict=True)
        ]
        drawn.append((teller.title(name), teller.unit(name), ranks))
    return ranking(drawn, language)


def banded(values: Sequence[float], half_width: float) -> list[int]:
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


def _levers(teller: Teller, language: str) -> "Figure":
    drawn = []
    for verdict in open_targets(teller)[-SHOWN_TARGETS:]:
        own = teller.indicator(verdict.target.indicator)
        unit = DIFFERENCES.get(own.unit, own.unit)
        power = 10.0 ** _power(teller, verdict.target.indicator, language)
        bars = [
            Bar(title, value * power, _bare(value, own.unit, own.decimals, signed=True))
            for title, _, value in strongest(teller, verdict.target.id)[:SHOWN_LEVERS]
        ]
        scale = scale_of(unit)
        name = short_name(verdict)
        drawn.append((name, Both(scale.zh, scale.en), bars, -verdict.margin * power))
    return lever_bars(drawn, language)


def _waterfalls(
    teller: Teller, parts: Sequence[Decomposition], language: str
) -> "Figure":
    drawn = []
    for found in parts:
        first, last = found.years
        drawn.append(
            Waterfall(
                teller.scope(found.scope),
                teller.unit(found.indicator),
                _bar(
                    teller, found, language, Both(f"{first}", f"{first}"), found.start
                ),
                [
                    _bar(teller, found, language, label, value, signed=True)
                    for label, value in found.parts
                ],
                _bar(teller, found, language, Both(f"{last}", f"{last}"), found.end),
            )
        )
    return waterfalls(drawn, language)


def _bar(
    teller: Teller,
    found: Decomposition,
    language: str,
    label: Both,
    value: float,
    *,
    signed: bool = False,
) -> Bar:
    own = teller.indicator(found.indicator)
    power = 10.0 ** _power(teller, found.indicator, language)
    return Bar(
        label, value * power, _bare(value, own.unit, own.decimals, signed=signed)
    )


def _scenarios(teller: Teller, language: str) -> "Figure":
    drawn = []
    for theme in teller.facts.plan.theme:
        name = theme.lead
        if not teller.has(name):
            continue
        scope = widest_scope(teller, name)
        lines = [
            _line(
                teller,
                Both(o.scenario.title["zh"], o.scenario.title["en"]),
                name,
                scope,
                language,
                run,
            )
            for run, o in enumerate(teller.facts.outcomes)
        ]
        if all(line.values for line in lines):
            drawn.append(Panel(teller.title(name), teller.unit(name), lines))
    return panels(drawn, language, columns=2, height=1.8)
