"""One page of verdicts, what stands out and would change them; and their basis."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from cqsim.judge.verdicts import Verdict
from cqsim.model.audit import assumptions_by_group
from cqsim.report.content import ReportBlock, heading, paragraph, points, table
from cqsim.report.context import ReportContext
from cqsim.report.numbers import NONE
from cqsim.report.phrases import Claim, claim
from cqsim.report.sections.changes import gains
from cqsim.report.sections.fields import observed_claim
from cqsim.report.sections.reach import reach_claim
from cqsim.report.sections.uncertainty import share_met, share_of
from cqsim.report.sections.verdicts import bound, boundary_claims, hindsight, mark

MOST = 3
"""Findings, and changes, that the page has room for."""

FINDINGS = ("one_finding", "two_findings", "three_findings")
"""The heading by how many findings there are."""


def summary(ctx: ReportContext) -> Iterator[ReportBlock]:
    """Yield the answer on one page."""
    yield heading(claim("summary_heading"))
    numeric = ctx.plans_own
    far = [v for v in ctx.verdicts if v.target.year >= ctx.case.years.outlook]
    proxies = [v for v in far if ctx.is_proxy(v)]
    others = [v for v in far if not ctx.is_proxy(v) and not ctx.is_plans(v)]
    own = next(each for each in ctx.case.classes.values() if each.own)
    users = [v for v in others if v.target.evidence == own.id]
    others = [v for v in others if v not in users]
    past = hindsight(ctx)
    yield paragraph(
        *(_count(ctx, evidence) for evidence in ctx.case.classes),
        _without_count(ctx),
        past if numeric else None,
        *_other_scenarios(ctx),
        lead=True,
    )
    heads = "numbers_of_the_plan" if past else "numbers_of_the_plan_ahead"
    groups = (
        (claim(heads, year=ctx.case.years.plan_end), numeric),
        (claim("outlook_proxies", year=ctx.case.years.outlook), proxies),
        (claim("outlook_others", year=ctx.case.years.outlook), others),
        (own.heading, users),
    )
    rows: list[list[Any]] = []
    for title, verdicts in groups:
        if verdicts:
            rows += [[title], *(_row(ctx, v) for v in verdicts)]
    yield table("summary", rows, share=share_met(ctx))
    found = key_findings(ctx)[:MOST]
    if found:
        yield heading(Claim(FINDINGS[len(found) - 1], {}), 3)
        yield points(found, numbered=True)
    changes = what_would_change(ctx)[:MOST]
    if changes:
        yield heading(claim("changers_heading"), 3)
        yield points(changes, numbered=True)
    yield from _assumptions(ctx)


def _assumptions(ctx: ReportContext) -> Iterator[ReportBlock]:
    """Yield how many of the model's numbers are judgements, sector by sector."""
    counts = assumptions_by_group(ctx.facts.main.scenario.model)
    rows = [
        [
            ctx.plan.sector.get(group, group) if group else claim("all_sectors"),
            f"{some} / {every}",
            f"{100 * some / every:.0f} %",
        ]
        for group, (some, every) in counts.items()
        if some
    ]
    if rows:
        yield table("assumptions", rows)


def _row(ctx: ReportContext, verdict: Verdict) -> list[Any]:
    sign = "≥ " if verdict.target.operator == ">=" else "≤ "
    return [
        ctx.short_name(verdict),
        sign + ctx.required(verdict),
        ctx.result(verdict),
        ctx.margin(verdict),
        *([share_of(ctx, verdict.target.id) or NONE] if ctx.facts.sweep else []),
        mark(verdict),
    ]


def _count(ctx: ReportContext, evidence: str) -> Claim | None:
    """Return how many targets of a class are met; None for an empty class."""
    verdicts = ctx.of_class(evidence)
    if not verdicts:
        return None
    met, count = sum(v.status.met for v in verdicts), ctx.numbers.count
    return claim(
        "class_count",
        title=ctx.case.classes[evidence].plural,
        total=count(f"count.{evidence}.all", len(verdicts)),
        met=count(f"count.{evidence}.met", met),
        missed=count(f"count.{evidence}.missed", len(verdicts) - met),
    )


def _without_count(ctx: ReportContext) -> Claim | None:
    """Return how many targets get no verdict; None where all get one."""
    if not ctx.without:
        return None
    total = ctx.numbers.count("count.without", len(ctx.without))
    return claim("without_count", total=total)


def _other_scenarios(ctx: ReportContext) -> list[Claim]:
    """Return which of several scenarios the page is about, and what others add."""
    found = gains(ctx)
    title = ctx.facts.main.scenario.title
    return [claim("about_scenario", title=title), *found] if found else []


# --- findings ------------------------------------------------------------------------


def key_findings(ctx: ReportContext) -> list[Claim]:
    """Return what stands out, the most decisive first."""
    headline = ctx.case.targets.get(ctx.plan.headline)
    indicator = headline.indicator if headline else ""
    found = [
        _widest_miss(ctx),
        *boundary_claims(ctx, ctx.plans_own)[:1],
        _outlook(ctx),
        observed_claim(ctx, indicator, ctx.case.whole),
    ]
    return [each for each in found if each is not None]


def _widest_miss(ctx: ReportContext) -> Claim | None:
    """Return which number of the plan is missed by most of its requirement."""
    missed = [v for v in ctx.plans_own if not v.status.met and v.target.value]
    if not missed:
        return None
    missed.sort(key=lambda v: v.margin / abs(v.target.value))
    widest, closest = missed[0], missed[-1]
    far, margin = ctx.short_name(widest), ctx.margin(widest)
    if widest is closest:
        return claim("only_miss", name=far, margin=margin)
    return claim(
        "widest_miss",
        far=far,
        margin=margin,
        near=ctx.short_name(closest),
        other=ctx.margin(closest),
    )


def _outlook(ctx: ReportContext) -> Claim | None:
    """Return how many of the far targets are met, and how many levers can reach."""
    far = [v for v in ctx.verdicts if v.target.year >= ctx.case.years.outlook]
    if not far:
        return None
    missed = [v for v in far if not v.status.met]
    reaches, count = ctx.facts.reachability.reaches, ctx.numbers.count
    total = count("outlook.all", len(far))
    lost = count("outlook.missed", len(missed))
    classes = {v.target.evidence for v in far}
    kinds = [each.plural for key, each in ctx.case.classes.items() if key in classes]
    year = ctx.case.years.outlook
    if not reaches or not missed:
        return claim("outlook", year=year, kinds=kinds, total=total, missed=lost)
    able = sum(
        v.target.id in reaches and reaches[v.target.id].margin >= 0 for v in missed
    )
    return claim(
        "outlook_reachable",
        year=year,
        kinds=kinds,
        total=total,
        missed=lost,
        able=count("outlook.able", able),
    )


def what_would_change(ctx: ReportContext) -> list[Claim]:
    """Return what would turn the verdicts: levers, readings, weather."""
    reaches, ahead = ctx.facts.reachability.reaches, ctx.open_targets()
    beyond = [v for v in ahead if reaches[v.target.id].margin < 0]
    within = [v for v in ahead if reaches[v.target.id].margin >= 0]
    proxies = [v for v in within if ctx.is_proxy(v)] or within
    found = [reach_claim(ctx, v) for v in proxies[:1] + beyond[:1]]
    vague = [v for v in ctx.verdicts if v.depends_on_reading and not v.status.met]
    vague.sort(key=lambda v: v.target.year, reverse=True)
    found += [_reading(ctx, v) for v in vague][:1]
    found += [_weather(ctx, v) for v in ctx.verdicts if v.chances][:1]
    return [each for each in found if each is not None]


def _reading(ctx: ReportContext, verdict: Verdict) -> Claim | None:
    """Return from which reading on a vague word is fulfilled."""
    met = [r.reading for r in verdict.readings if r.status.met]
    if not met:
        return None
    target = verdict.target
    key = f"reading.{target.id}.{met[0].id}"
    return claim(
        "reading_decides",
        name=ctx.short_name(verdict),
        bound=bound(verdict),
        required=ctx.register(key, target.indicator, met[0].threshold),
        reading=met[0].text,
    )


def _weather(ctx: ReportContext, verdict: Verdict) -> Claim:
    """Return how likely the weather of the one year lets a target be met."""
    chance = verdict.chances[0]
    key = f"chance.{verdict.target.id}.{chance.weather.id}"
    return claim(
        "weather_decides",
        name=ctx.short_name(verdict),
        chance=ctx.numbers.register(key, 100 * chance.probability, "%", 0),
    )


# --- basis ----------------------------------------------------------------------------


def basis(ctx: ReportContext) -> Iterator[ReportBlock]:
    """Yield basis, boundary and limits."""
    facts, scenario, (first, last) = ctx.facts, ctx.facts.main.scenario, ctx.years
    yield heading(claim("basis_heading"))
    subject = claim(
        "subject",
        regions=ctx.numbers.count("count.regions", len(facts.places), "regions"),
        scenario=scenario.title,
        first=first,
        last=last,
    )
    yield paragraph(subject, scenario.summary or None)
    kinds = Counter[str](v.target.evidence for v in ctx.verdicts)
    rows = [
        [
            words.title,
            f"{kinds[evidence]}",
            words.meaning,
        ]
        for evidence, words in ctx.case.classes.items()
        if kinds[evidence]
    ]
    yield table("classes", rows)
    yield points(ctx.plan.scope_note or (claim("rounding_note"), claim("not_for")))
    ledger, count = ctx.case.observations, ctx.numbers.count
    if ledger is None:
        return
    grades = Counter(row.grade for row in ledger)
    yield paragraph(
        claim(
            "data",
            rows=count("count.observations", len(ledger), "rows"),
            official=count("count.grade.A", grades["A"], "rows"),
            sources=count("count.sources", len(facts.sources)),
            until=facts.data_until,
        )
    )
