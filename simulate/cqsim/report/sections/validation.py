"""Checks of the model, its skill, and the model and the record side by side."""

from collections.abc import Iterator
from typing import Any

from cqsim.credibility.skill import ENOUGH
from cqsim.report.content import ReportBlock, heading, paragraph, table
from cqsim.report.context import ReportContext
from cqsim.report.history import Census
from cqsim.report.numbers import NONE, bare, significant
from cqsim.report.phrases import Phrase, claim
from cqsim.report.validation import AreaScore, HindcastScore, Validation

GROUPS = (
    *("units", "evidence", "extremes", "reality", "responses", "numerics", "skill"),
)
"""The kinds of checks in the order of their table."""


def validation(ctx: ReportContext) -> Iterator[ReportBlock]:
    """Yield the checks of the model, and the model and the record side by side."""
    history, checked = ctx.facts.history, ctx.facts.validation
    if checked is None and not history.censuses and not history.later:
        return
    yield heading(claim("validation_heading"))
    if checked is None:
        yield paragraph(claim("no_checks"))
    elif not checked.is_current:
        yield paragraph(claim("stale_checks"))
    else:
        yield from _checks(ctx, checked)
    if history.censuses or history.later:
        yield heading(claim("record_heading"), 2)
    for census in history.censuses:
        yield from _census(ctx, census)
    yield _later(ctx)


def _title(ctx: ReportContext, title: str) -> Phrase:
    """Return the title of a check, of a series or of a hindcast."""
    return Phrase(ctx.files.check_titles.get(title, title), title)


# --- checks --------------------------------------------------------------------------


def _checks(ctx: ReportContext, checked: Validation) -> Iterator[ReportBlock]:
    count, checks = ctx.numbers.count, checked.checks
    failing = sum(not c.holds and c.is_gate for c in checks)
    short = sum(not c.holds and not c.is_gate for c in checks)
    yield heading(claim("checks_heading"), 2)
    yield paragraph(
        claim(
            "checks",
            every=count("checks.all", len(checks), "checks"),
            failing=count("checks.failing", failing, "checks"),
            short=count("checks.short", short, "checks"),
        )
    )
    groups = (_group(ctx, checked, group) for group in GROUPS)
    yield table("checks", [row for row in groups if row])
    least = f"{100 * ENOUGH:.0f}"
    yield table("skill", [_score(ctx, score) for score in checked.scores], least=least)
    yield table("hindcast", [_miss(ctx, miss) for miss in checked.misses])


def _group(ctx: ReportContext, checked: Validation, group: str) -> list[Any]:
    """Return the row of a kind of checks; empty where there are none of it."""
    checks = [check for check in checked.checks if check.group == group]
    if not checks:
        return []
    titles = [_title(ctx, check.title) for check in checks]
    has_tables = group == "skill"
    return [
        ctx.name("check_group", group),
        f"{len(checks)}",
        f"{sum(not c.holds and c.is_gate for c in checks)}",
        f"{sum(not c.holds and not c.is_gate for c in checks)}",
        claim("see_tables") if has_tables else claim("items", items=titles),
    ]


def _score(ctx: ReportContext, score: AreaScore) -> list[Any]:
    """Return the errors of forecasts and those of two naive ones."""
    scale, wins = ctx.units.scale(score.unit), NONE
    if score.regions:
        shape = "●" if score.wins >= ENOUGH * score.regions else "▲"
        wins = f"{shape} {score.wins}/{score.regions}"

    def error(kind: str, value: float) -> str:
        key, places = f"skill.{score.title}.{kind}", significant(value)
        return bare(ctx.numbers.register(key, value, score.unit, places))

    is_better = score.model < min(score.last, score.line)
    return [
        claim("titled_unit", title=_title(ctx, score.title), unit=scale),
        ctx.words.name["area"].get(score.place) or ctx.scope(score.place),
        f"{score.count}",
        error("model", score.model),
        error("last", score.last),
        error("line", score.line),
        claim("better_than_both" if is_better else "not_better"),
        wins,
    ]


def _miss(ctx: ReportContext, miss: HindcastScore) -> list[Any]:
    """Return the row of a hindcast: in how many places it is within its limit."""
    key, register = f"hindcast.{miss.title}", ctx.numbers.register
    shape = "●" if miss.within == miss.count else "▲"
    return [
        _title(ctx, miss.title),
        register(f"{key}.limit", miss.limit, miss.unit, 0),
        f"{shape} {miss.within}/{miss.count}",
        claim(
            "worst_miss",
            place=ctx.scope(miss.place),
            year=miss.year,
            miss=register(f"{key}.worst", miss.worst, miss.unit, 1, signed=True),
        ),
    ]


# --- the record ----------------------------------------------------------------------


def _census(ctx: ReportContext, census: Census) -> Iterator[ReportBlock]:
    indicator, (first, last) = census.indicator, census.years
    errors = {"error": census.error, "naive": census.error_of_no_change}
    shown = {
        kind: ctx.register(f"census.{indicator}.{kind}", indicator, v, difference=True)
        for kind, v in errors.items()
    }
    is_better = errors["error"] < errors["naive"]
    yield paragraph(
        claim(
            "census",
            title=ctx.title(indicator),
            first=first,
            last=last,
            error=shown["error"],
            than=claim("smaller_than" if is_better else "not_smaller_than"),
            naive=shown["naive"],
        )
    )

    def cell(kind: str, region: str, value: float) -> str:
        return bare(
            ctx.register(f"census.{indicator}.{kind}.{region}", indicator, value)
        )

    series = zip(census.before, census.simulated, census.counted, strict=True)
    rows = [
        [
            ctx.scope(region),
            cell("before", region, before),
            cell("simulated", region, simulated),
            cell("counted", region, counted),
        ]
        for region, (before, simulated, counted) in zip(
            census.regions, series, strict=True
        )
    ]
    title = ctx.titled_unit(indicator)
    yield table("census", two_columns(rows, 4), title=title, first=first, last=last)


def two_columns(rows: list[list[Any]], cells: int) -> list[list[Any]]:
    """Return rows as the left and the right half of half as many."""
    half = -(-len(rows) // 2)
    right = [*rows[half:], [""] * cells]
    return [[*one, *other] for one, other in zip(rows[:half], right, strict=False)]


def _later(ctx: ReportContext) -> ReportBlock:
    rows: list[list[Any]] = []
    known = ctx.facts.history.later
    for indicator in dict.fromkeys(row.indicator for row in known):
        rows.append([ctx.titled_unit(indicator)])
        for row in known:
            if row.indicator != indicator:
                continue
            key = f"observed.{indicator}.{row.scope}.{row.year}"
            rows.append(
                [
                    ctx.scope(row.scope),
                    f"{row.year}",
                    bare(ctx.register(key, indicator, row.observed)),
                    ctx.plain(indicator, row.scope, row.year),
                    row.grade,
                    row.source,
                ]
            )
    return table("record", rows)
