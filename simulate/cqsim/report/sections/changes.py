"""Decompositions of changes over the years, and differences between scenarios."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from cqsim.language.syntax import canonical
from cqsim.report.content import (
    ReportBlock,
    equation,
    figure,
    heading,
    paragraph,
    table,
)
from cqsim.report.context import ReportContext
from cqsim.report.decompositions import Decomposition
from cqsim.report.figures.bars import waterfalls
from cqsim.report.figures.lines import scenario_lines
from cqsim.report.numbers import NONE, bare
from cqsim.report.phrases import Claim, Phrase, claim
from cqsim.report.sections import verdicts
from cqsim.study.compare import Attributed

# --- causes --------------------------------------------------------------------------


def causes(ctx: ReportContext) -> Iterator[ReportBlock]:
    """Yield what changed the number of people and the emissions."""
    people, emissions = ctx.facts.people, ctx.facts.emissions
    if people or emissions:
        yield heading(claim("causes_heading"))
    if people and ctx.plan.people:
        yield heading(ctx.plan.people.title, 2)
        yield from _decomposed(ctx, "people", people, claim("flows_method"))
    if emissions and ctx.plan.kaya:
        kaya = ctx.plan.kaya
        yield heading(kaya.title, 2)
        yield equation(kaya.formula, kaya.read_aloud)
        yield paragraph(kaya.symbols)
        yield from _decomposed(ctx, "emissions", emissions, kaya.method)


def _decomposed(
    ctx: ReportContext, name: str, found: Sequence[Decomposition], method: Any
) -> Iterator[ReportBlock]:
    title = ctx.titled_unit(found[0].indicator)
    sentences = [_sentence(ctx, each) for each in found]
    said = [sentence for sentence in sentences if sentence is not None]
    yield paragraph(*said, method)
    yield figure(
        "waterfall",
        partial(waterfalls, ctx, found),
        name=f"waterfall-{name}",
        title=title,
        sentences=said,
    )
    first, last = found[0].years
    rows = [
        [
            ctx.scope(d.scope),
            ctx.plain(d.indicator, d.scope, first),
            *(bare(_part(ctx, d, n)) for n in range(len(d.parts))),
            ctx.plain(d.indicator, d.scope, last),
        ]
        for d in found
    ]
    parts = [part for part, _ in found[0].parts]
    yield table("parts", rows, title=title, first=first, last=last, parts=parts)


def _part(ctx: ReportContext, found: Decomposition, number: int) -> str:
    """Return the marker of one part of a change."""
    key = f"part.{found.indicator}.{found.scope}.{number}"
    return ctx.register(key, found.indicator, found.parts[number][1], signed=True)


def _sentence(ctx: ReportContext, found: Decomposition) -> Claim | None:
    """Return what raises and what lowers a number, each with its part."""
    material = ctx.indicator(found.indicator).material
    sizes = [abs(value) for _, value in found.parts]
    order = sorted(range(len(sizes)), key=lambda n: -sizes[n])
    shown = [
        claim("part", name=found.parts[n][0], part=_part(ctx, found, n))
        for n in order
        if sizes[n] >= material
    ]
    if not shown:
        return None
    first, last = found.years
    return claim(
        "decomposition",
        place=ctx.scope(found.scope),
        title=ctx.title(found.indicator),
        first=first,
        last=last,
        moved=ctx.change(found.indicator, found.scope, first, last),
        parts=shown,
    )


# --- scenarios -----------------------------------------------------------------------


def comparison(ctx: ReportContext) -> Iterator[ReportBlock]:
    """Yield how the scenarios differ; nothing where there is only one."""
    outcomes = ctx.facts.outcomes
    if len(outcomes) < 2:
        return
    titles = [outcome.scenario.title for outcome in outcomes]
    yield heading(claim("comparison_heading"))
    yield paragraph(*gains(ctx))
    if names := _compared(ctx):
        area = ctx.plan.area or claim("whole_area")
        yield figure("scenarios", partial(scenario_lines, ctx, names), area=area)
    rows: list[list[Any]] = []
    for verdict in ctx.verdicts:
        cells = []
        for run, outcome in enumerate(outcomes):
            judged = {v.target.id: v for v in outcome.judgement.verdicts}
            other = judged.get(verdict.target.id)
            if other is None:
                cells.append(NONE)
                continue
            shape = ctx.words.phrase(verdicts.mark(other)).en[0]
            cells.append(f"{shape} {bare(ctx.result(other, run))}")
        name = ctx.titled_unit(verdict.target.indicator, ctx.short_name(verdict))
        rows.append([name, bare(ctx.required(verdict)), *cells])
    yield table("scenarios", rows, titles=titles)
    for number, found in enumerate(ctx.facts.attributions, start=1):
        yield _attribution(ctx, found, titles[number], number)
    yield _settings(ctx, titles)


def _compared(ctx: ReportContext) -> list[str]:
    """Return the lead indicators of the themes, or else those that targets judge."""
    leads = [theme.lead for theme in ctx.plan.theme]
    names = leads or [verdict.target.indicator for verdict in ctx.verdicts]
    runs = range(len(ctx.facts.outcomes))
    return [
        name
        for name in dict.fromkeys(names)
        if all(ctx.path(name, ctx.widest_scope(name), run) for run in runs)
    ]


def gains(ctx: ReportContext) -> list[Claim]:
    """Return what each other scenario meets that the first does not, and loses."""
    first, *others = ctx.facts.outcomes
    met = {v.target.id: v.status.met for v in ctx.verdicts}
    count, found = ctx.numbers.count, []
    for run, outcome in enumerate(others, start=1):
        both = [v for v in outcome.judgement.verdicts if v.target.id in met]
        won = [v for v in both if v.status.met and not met[v.target.id]]
        lost = [v for v in both if not v.status.met and met[v.target.id]]
        found.append(
            claim(
                "gains",
                first=first.scenario.title,
                other=outcome.scenario.title,
                won=count(f"scenario.{run}.won", len(won)),
                lost=count(f"scenario.{run}.lost", len(lost)),
            )
        )
    return found


def _attribution(
    ctx: ReportContext, found: Attributed, title: Any, number: int
) -> ReportBlock:
    """Return what each change from the first scenario did: Shapley values.

    Outcomes on which every part rounds to nothing have no column.
    """
    levers = ctx.case.levers
    parts = found.attribution.parts
    names = [name for name, _, _ in found.outcomes]
    smallest = [0.5 * 10.0 ** -ctx.indicator(name).decimals for name in names]
    columns = [n for n in range(len(names)) if any(abs(parts[:, n]) >= smallest[n])]
    rows: list[list[Any]] = []
    for row, change in enumerate(found.changes):
        lever = levers.get(change.title.removeprefix("levers."))
        cells = [
            ctx.register_change(
                f"shapley.{number}.{change.title}.{names[n]}",
                names[n],
                float(parts[row, n]),
            )
            for n in columns
        ]
        rows.append([lever.title if lever else change.title, *map(bare, cells)])
    return table(
        "attribution",
        rows,
        note=claim("parts_exact" if found.attribution.exact else "parts_sampled"),
        title=title,
        titles=[ctx.titled_unit(names[n]) for n in columns],
    )


def _settings(ctx: ReportContext, titles: Sequence[Any]) -> ReportBlock:
    """Return the constants that the scenarios set, in the model's own units."""
    settings = [outcome.scenario.settings for outcome in ctx.facts.outcomes]
    rows: list[list[Any]] = []
    for name in sorted({name for each in settings for name in each}):
        term = ctx.case.glossary.get(canonical(name))
        title = Phrase(f"{term.zh} {name}" if term else name, name)
        rows.append([title, *(_setting(each.get(name)) for each in settings)])
    return table("settings", rows, titles=titles)


def _setting(value: object) -> Any:
    if value is None:
        return NONE
    if isinstance(value, int | float):
        return f"{value:g}"
    if not isinstance(value, Mapping):
        return claim("year_by_year")
    numbers = [float(number) for number in value.values()]
    return claim(
        "setting_of_places", value=span(min(numbers), max(numbers)), places=len(numbers)
    )


def span(low: float, high: float, form: str = "g") -> str:
    """Return two numbers and a dash between them, or the one that both are."""
    return f"{low:{form}}" if low == high else f"{low:{form}} – {high:{form}}"
