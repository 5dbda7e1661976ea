"""What meeting targets would take: each lever alone, and all that help together."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from cqsim.case.levers import Lever
from cqsim.judge.verdicts import Verdict
from cqsim.report.content import ReportBlock, figure, heading, paragraph, points, table
from cqsim.report.context import ReportContext
from cqsim.report.figures.bars import lever_bars
from cqsim.report.numbers import NONE, Marker
from cqsim.report.phrases import Claim, claim
from cqsim.report.sections.changes import span

SHOWN_TARGETS, SHOWN_LEVERS = 6, 4


def reach_claim(ctx: ReportContext, verdict: Verdict) -> Claim | None:
    """Return whether all levers at their ends together would let a target be met."""
    reach = ctx.facts.reachability.reaches.get(verdict.target.id)
    if reach is None:
        return None
    best, name = _best_margin(ctx, verdict), ctx.short_name(verdict)
    if reach.margin < 0:
        return claim("out_of_reach", name=name, best=best)
    titles = {e.lever.id: e.lever.title for e in ctx.facts.reachability.effects}
    strongest = [titles[lever] for lever in reach.levers[:2]]
    return claim("within_reach", name=name, best=best, levers=strongest)


def _best_margin(ctx: ReportContext, verdict: Verdict) -> Marker:
    """Return the marker of the best margin that levers give a target."""
    target = verdict.target
    margin = ctx.facts.reachability.reaches[target.id].margin
    return ctx.register_change(f"reach.{target.id}", target.indicator, margin)


def strongest_levers(ctx: ReportContext, target: str) -> list[tuple[Lever, float]]:
    """Return the levers that help a target with their gains, strongest first."""
    effects = [
        (effect.lever, effect.gains[target])
        for effect in ctx.facts.reachability.effects
        if target in effect.gains
    ]
    return sorted(effects, key=lambda effect: -effect[1])[:SHOWN_LEVERS]


def reach(ctx: ReportContext) -> Iterator[ReportBlock]:
    """Yield what levers can do for the targets that are missed."""
    shown = ctx.open_targets()
    if not shown:
        return
    yield heading(claim("reach_heading"))
    yield paragraph(claim("reach_method"))
    yield points([reach_claim(ctx, verdict) for verdict in shown])
    drawn = [
        (verdict, strongest_levers(ctx, verdict.target.id))
        for verdict in shown[-SHOWN_TARGETS:]
    ]
    yield figure("levers", partial(lever_bars, ctx, drawn))
    rows: list[list[Any]] = []
    for verdict in shown:
        title = claim(
            "reach_of_target",
            name=ctx.short_name(verdict),
            margin=ctx.margin(verdict),
            best=_best_margin(ctx, verdict),
        )
        rows += [[title], *_rows(ctx, verdict)]
    yield table("measures", rows)


def _rows(ctx: ReportContext, verdict: Verdict) -> list[list[Any]]:
    target = verdict.target
    return [
        [
            lever.title,
            ctx.register_change(f"gain.{target.id}.{lever.id}", target.indicator, gain),
            lever_value(ctx, lever),
            span(lever.floor, lever.ceiling),
            ctx.name("lever_unit", lever.unit),
            f"{getattr(lever, 'earliest_start', None) or NONE}",
            " ".join(lever.clauses),
        ]
        for lever, gain in strongest_levers(ctx, target.id)
    ]


def lever_value(ctx: ReportContext, lever: Lever) -> str:
    """Return what a lever's constant is in the run, a range where regions differ."""
    result = ctx.facts.main.result
    values = result.values[result.name_of(lever.constant)][0].ravel()
    return span(float(values.min()), float(values.max()))
