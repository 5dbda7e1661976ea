"""Every target with its base, path, pace and verdict, and how firm the verdict is."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from cqsim.case.targets import Alternative
from cqsim.judge.progress import progress_of
from cqsim.judge.verdicts import Status, Verdict, WithoutVerdict, margin_of
from cqsim.report.content import PAGE_BREAK, ReportBlock, figure, heading, points, table
from cqsim.report.content import paragraph as say
from cqsim.report.context import ReportContext
from cqsim.report.figures.bars import progress_bars
from cqsim.report.figures.lines import target_paths
from cqsim.report.numbers import NONE, bare
from cqsim.report.phrases import Claim, Phrase, claim, margin_words
from cqsim.report.sections.uncertainty import share_met, share_of


def mark(verdict: Verdict) -> Claim:
    """Return shape and word for a verdict: met, missed, or up to the reading."""
    if verdict.depends_on_reading:
        return claim("depends")
    return status_mark(verdict.status)


def status_mark(status: Status) -> Claim:
    """Return shape and word for met or missed."""
    return claim("met" if status.met else "missed")


def outcome(status: Status) -> Claim:
    """Return the word for met or missed."""
    return claim("is_met" if status.met else "is_missed")


def bound(verdict: Verdict) -> Claim:
    """Return whether a target is the least or the most that is allowed."""
    return claim("at_least" if verdict.target.operator == ">=" else "at_most")


def verdict_claim(ctx: ReportContext, verdict: Verdict) -> Claim:
    """Return what is required, what is reached, and the distance between."""
    operator, distance = verdict.target.operator, ctx.distance(verdict)
    return claim(
        "verdict",
        name=verdict.target.title,
        bound=bound(verdict),
        required=ctx.required(verdict),
        value=ctx.result(verdict),
        distance=margin_words(operator, verdict.margin, distance),
        mark=mark(verdict),
    )


def hindsight(ctx: ReportContext) -> Claim | None:
    """Return what has to be said of the plan's year once it is past."""
    if ctx.case.years.plan_end > ctx.last_known:
        return None
    first = ctx.years[0]
    is_census = first in ctx.case.years.censuses
    origin = claim("the_census" if is_census else "the_year_itself", year=first)
    return claim("hindsight", year=ctx.case.years.plan_end, origin=origin)


def boundary_claims(ctx: ReportContext, verdicts: Sequence[Verdict]) -> list[Claim]:
    """Return the targets whose verdict another boundary or measure turns round."""
    found = []
    for verdict in verdicts:
        for other in verdict.alternatives:
            if other.status.met == verdict.status.met:
                continue
            value = ctx.numbers.register(
                f"alternative.{verdict.target.id}.{other.alternative.id}",
                other.value,
                other.unit,
                ctx.indicator(other.indicator).decimals,
            )
            turned = claim(
                "otherwise",
                name=ctx.short_name(verdict),
                result=ctx.result(verdict),
                text=other.alternative.text,
                value=value,
                outcome=outcome(other.status),
            )
            found.append(
                claim("decides", what=_deciding(other.alternative), turned=turned)
            )
    return found


def _deciding(alternative: Alternative) -> Claim:
    """Return what an alternative changes."""
    if alternative.indicator is not None:
        return claim("the_measure")
    return claim("the_boundary" if alternative.year is None else "the_year")


# --- progress ------------------------------------------------------------------------


def progress(ctx: ReportContext) -> Iterator[ReportBlock]:
    """Yield the state of every target, the plan's own numbers first."""
    if not ctx.verdicts:
        return
    yield PAGE_BREAK
    yield heading(claim("progress_heading"))
    numeric = ctx.plans_own
    sentences = [verdict_claim(ctx, verdict) for verdict in numeric]
    yield points(sentences)
    if numeric:
        draw = partial(target_paths, ctx, numeric)
        yield figure("paths", draw, sentences=sentences)
    rows: list[list[Any]] = []
    for evidence, words in ctx.case.classes.items():
        members = ctx.of_class(evidence)
        if members:
            number = list(ctx.case.classes).index(evidence) + 1
            title = claim("class_heading", number=number, heading=words.heading)
            rows.append([title])
            rows += [_progress_row(ctx, v) for v in members]
    yield table(
        "progress",
        rows,
        note=[
            claim("pace_note", year=ctx.facts.observed.known_until),
            ctx.plan.remark.get("progress", ""),
        ],
        first=ctx.years[0],
        share=share_met(ctx),
    )
    yield table("without", [_without_row(ctx, each) for each in ctx.without])
    yield figure("ways", partial(progress_bars, ctx))
    past = hindsight(ctx)
    if past is not None:
        yield say(past)


def _progress_row(ctx: ReportContext, verdict: Verdict) -> list[Any]:
    target = verdict.target
    indicator, sign = target.indicator, "≥" if target.operator == ">=" else "≤"
    unit, none = ctx.unit(indicator, alone=True), ctx.words.phrase(claim("no_unit"))
    after = "reached" if verdict.status.met else "not_reached"
    status = claim(after) if ctx.is_past(verdict) else verdict.status
    return [
        claim(
            "target_place_unit",
            name=target.title,
            doubt="?" if target.unconfirmed else "",
            place=ctx.scope(target.scope),
            unit=Phrase(unit.zh or none.zh, unit.en or none.en),
        ),
        ctx.plain(indicator, target.scope, ctx.years[0]),
        sign + bare(ctx.required(verdict)),
        bare(ctx.result(verdict)),
        bare(ctx.margin(verdict)),
        *_paces(ctx, verdict),
        *([share_of(ctx, target.id) or NONE] if ctx.facts.sweep else []),
        claim("mark_and_status", mark=mark(verdict), status=status),
    ]


def _without_row(ctx: ReportContext, each: WithoutVerdict) -> list[Any]:
    """Return a target, its number, the value beside it, and why that is no verdict."""
    target, indicator = each.target, each.target.indicator
    sign, value = "≥" if target.operator == ">=" else "≤", NONE
    required = ctx.numbers.register(
        f"required.{target.id}",
        target.value,
        target.unit,
        ctx.indicator(indicator).decimals if indicator else 0,
    )
    if each.value is not None:
        value = ctx.value(indicator, target.scope, target.year)
    return [target.title, sign + required, value, each.status, target.why]


def _paces(ctx: ReportContext, verdict: Verdict) -> tuple[str, str]:
    """Return what a year has to bring from now on, and what a year has brought."""
    target = verdict.target
    way = progress_of(ctx.facts.measures[0], target, ctx.facts.observed)
    if way is None:
        return NONE, NONE

    def shown(kind: str, pace: float) -> str:
        places = min(ctx.indicator(target.indicator).decimals + 1, 3)
        key = f"{kind}.{target.id}"
        return bare(ctx.register_change(key, target.indicator, pace, places))

    needed, past = way.pace.required, shown("pace", way.pace.past)
    is_ahead = margin_of(needed, target.operator, 0.0) > 0
    return shown("pace_needed", needed) if is_ahead else NONE, past


# --- robustness ----------------------------------------------------------------------


def robustness(ctx: ReportContext) -> Iterator[ReportBlock]:
    """Yield which verdicts depend on a reading, a boundary or the weather of a year."""
    judged = [v for v in ctx.verdicts if v.readings or v.alternatives or v.chances]
    if not judged:
        return
    yield heading(claim("robustness_heading"))
    turned = boundary_claims(ctx, ctx.verdicts)
    reading = [v for v in ctx.verdicts if v.depends_on_reading]
    count = ctx.numbers.count
    yield say(
        claim(
            "depending",
            readings=count("count.depends", len(reading)),
            others=count("count.turned", len(turned)),
        )
    )
    yield points(turned)
    rows: list[list[Any]] = []
    for verdict in judged:
        found = [*_readings(ctx, verdict), *_alternatives(ctx, verdict)]
        found += _chances(ctx, verdict)
        marks = {row[3].id for row in found}
        if len(found) > 1 and (len(marks) > 1 or ctx.is_plans(verdict)):
            rows += [[ctx.short_name(verdict)], *found]
    yield table("robustness", rows)


def _readings(ctx: ReportContext, verdict: Verdict) -> list[list[Any]]:
    indicator = verdict.target.indicator
    rows: list[list[Any]] = []
    for each in verdict.readings:
        key = f"{verdict.target.id}.{each.reading.id}"
        rows.append(
            [
                each.reading.text,
                ctx.register(f"reading.{key}", indicator, each.reading.threshold),
                ctx.shown_margin(f"reading_margin.{key}", indicator, each.margin),
                status_mark(each.status),
            ]
        )
    return rows


def _alternatives(ctx: ReportContext, verdict: Verdict) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for each in verdict.alternatives:
        key = f"{verdict.target.id}.{each.alternative.id}"
        rows.append(
            [
                each.alternative.text,
                ctx.register(f"other.{key}", each.indicator, each.required),
                ctx.shown_margin(f"other_margin.{key}", each.indicator, each.margin),
                status_mark(each.status),
            ]
        )
    return rows


def _chances(ctx: ReportContext, verdict: Verdict) -> list[list[Any]]:
    return [
        [
            claim("weather", text=each.weather.text),
            ctx.required(verdict),
            ctx.numbers.register(
                f"chance.{verdict.target.id}.{each.weather.id}",
                100 * each.probability,
                "%",
                0,
            ),
            claim("chance"),
        ]
        for each in verdict.chances
    ]
