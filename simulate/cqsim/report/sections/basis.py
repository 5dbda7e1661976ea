"""What the report rests on: area, classes of targets, boundary, data."""

from collections import Counter
from collections.abc import Iterator

from cqsim.report.content import ReportBlock, heading, paragraph, points, table
from cqsim.report.context import ReportContext
from cqsim.report.phrases import claim


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
