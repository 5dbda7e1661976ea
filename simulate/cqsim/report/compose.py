"""The whole report as data: sections in order, numbers once, nothing typed by hand."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from cqsim.report.content import (
    APPENDICES,
    PAGE_BREAK,
    Record,
    ReportBlock,
    heading,
    records,
    words_of,
)
from cqsim.report.context import ReportContext
from cqsim.report.numbers import NONE
from cqsim.report.phrases import claim
from cqsim.report.sections import appendices
from cqsim.report.sections.changes import causes, comparison
from cqsim.report.sections.fields import regions, themes
from cqsim.report.sections.reach import reach
from cqsim.report.sections.summary import basis, summary
from cqsim.report.sections.uncertainty import uncertainty
from cqsim.report.sections.validation import validation
from cqsim.report.sections.verdicts import progress, robustness

BRIEF_FIGURES, BRIEF_WIDTH = ("paths", "levers"), "84%"


def composed(
    ctx: ReportContext, record: Mapping[str, Any], *, brief: bool
) -> list[ReportBlock]:
    """Return the blocks of a report; `record` says what it was made from."""
    return [*summary(ctx), *(_brief(ctx) if brief else _sections(ctx, record))]


def _sections(ctx: ReportContext, record: Mapping[str, Any]) -> Iterator[ReportBlock]:
    for section in (progress, basis, themes, regions, comparison, reach):
        yield from section(ctx)
    for section in (causes, uncertainty, robustness):
        yield from section(ctx)
    yield APPENDICES
    yield from appendices.equations(ctx)
    yield from appendices.parameters(ctx)
    yield from appendices.ledger(ctx)
    yield from validation(ctx)
    yield from appendices.glossary(ctx)
    yield from appendices.manifest(record)
    yield from appendices.checklist(ctx)


def _brief(ctx: ReportContext) -> Iterator[ReportBlock]:
    """Yield of the full report the paths of the plan's numbers and the levers."""
    yield PAGE_BREAK
    yield heading(claim("brief_heading"))
    for block in (*progress(ctx), *reach(ctx)):
        if block.id in BRIEF_FIGURES and block.kind == "figure":
            yield replace(block, options={**block.options, "width": BRIEF_WIDTH})


def as_data(
    ctx: ReportContext,
    blocks: list[ReportBlock],
    record: Mapping[str, Any],
    *,
    brief: bool,
) -> Record:
    """Return what the templates read: cover, numbers, blocks."""
    titles = [outcome.scenario.title for outcome in ctx.facts.outcomes]
    title = ctx.plan.brief_title if brief else ctx.plan.title
    default = claim("brief_title") if brief else claim("title")
    return {
        "title": words_of(title or default, ctx.words),
        "subtitle": words_of(claim("subtitle", titles=titles), ctx.words),
        "brief": brief,
        "date": record["control"]["date"],
        "control": [
            {
                "name": words_of(name, ctx.words),
                "value": words_of(value, ctx.words),
                "brief": in_brief,
            }
            for name, value, in_brief in _control(ctx, record)
        ],
        "numbers": ctx.numbers.entries,
        "blocks": list(records(blocks, ctx.words)),
    }


def _control(
    ctx: ReportContext, record: Mapping[str, Any]
) -> Iterator[tuple[Any, Any, bool]]:
    """Yield the rows of document control: name, value, whether a brief has it."""
    (first, last), model = ctx.years, ctx.facts.main.scenario.model
    cover, control = ctx.plan.cover, record["control"]
    if control["dated"]:
        yield claim("date"), control["date"], False
    for row in cover.first:
        yield row.name, row.value, row.brief
    yield claim("period"), f"{first}–{last}", False
    yield claim("data_up_to"), ctx.facts.data_until or NONE, True
    path = f"{model.path.name}, SHA-256 {model.sha256[:16]}…"
    yield claim("model_file"), path, False
    yield claim("run"), record["run"][:16], True
    yield claim("program"), f"cqsim {record['cqsim']}", True
    for row in cover.last:
        yield row.name, row.value, row.brief
    yield claim("to_check"), "cqsim verify", False
