"""Appendices: equations, parameters, data, glossary, manifest, checklist."""

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from cqsim.case.indicators import Indicator
from cqsim.errors import CqsimError
from cqsim.model.model import Variable
from cqsim.model.values import constant_values
from cqsim.report.content import (
    ReportBlock,
    equation,
    heading,
    listing,
    paragraph,
    points,
    table,
)
from cqsim.report.context import ReportContext
from cqsim.report.facts import read_rows
from cqsim.report.numbers import NONE
from cqsim.report.phrases import Phrase, claim
from cqsim.report.plan import Item
from cqsim.report.sections.changes import span
from cqsim.report.sections.reach import lever_value
from cqsim.report.sections.validation import two_columns

NUMBERS = ("constant", "lookup", "time")
HASH = 24
"""How many digits of a hash are printed; the whole is attached."""


# --- equations and parameters --------------------------------------------------------


def equations(ctx: ReportContext) -> Iterator[ReportBlock]:
    """Yield every equation of the model, sector by sector, as the model has it."""
    variables = ctx.facts.main.scenario.model.variables.values()
    moving = [v for v in variables if v.kind not in NUMBERS]
    if not moving:
        return
    yield heading(claim("equations_heading"))
    count = ctx.numbers.count("count.equations", len(moving), "rows")
    yield paragraph(claim("equations", count=count))
    stock = ctx.words.equation["stock"]
    yield equation(stock.source, stock.alt)
    yield listing(
        [
            (
                ctx.plan.sector.get(group) or group or claim("model"),
                [_entry(ctx, v) for v in moving if v.group == group],
            )
            for group in dict.fromkeys(v.group for v in moving)
        ]
    )


def _entry(ctx: ReportContext, variable: Variable) -> tuple[Any, Any, str]:
    term = ctx.case.glossary.get(variable.key)
    meaning = variable.documentation.split(" Source:")[0].strip()
    unit = variable.unit or "1"
    return (
        variable.title,
        Phrase(f"{term.zh if term else ''} [{unit}]", f"{meaning} [{unit}]"),
        # Where a line ends means nothing in a model file.
        "\n".join(" ".join(e.text.split()) for e in variable.equations),
    )


def parameters(ctx: ReportContext) -> Iterator[ReportBlock]:
    """Yield levers and constants: value, unit, class of evidence, source or clause."""
    constants = ctx.facts.main.scenario.model.of_kind("constant", "lookup")
    if not constants:
        return
    yield heading(claim("parameters_heading"))
    of_levers = _constants_of_levers(ctx)
    yield _levers(ctx, of_levers)
    shown = {v.key for parts in of_levers.values() for v in parts if v}
    rows: list[list[Any]] = []
    for evidence, title in ctx.words.name["evidence"].items():
        members = [
            v for v in constants if v.evidence == evidence and v.key not in shown
        ]
        if members:
            rows.append([claim("with_count", title=title, count=len(members))])
            rows += [_constant(ctx, v) for v in members]
    yield table("constants", rows)


def _constant(ctx: ReportContext, variable: Variable) -> list[Any]:
    """Return a constant's row; its unit is in Chinese where it has a word of its power.

    A word that stands for another power of ten is not of the number as it is printed.
    """
    term, name = ctx.case.glossary.get(variable.key), variable.name.strip('"')
    own = "" if variable.unit == "1" else variable.unit
    scale, value = ctx.units.scale(own), _spread(ctx, variable)
    chinese = scale.zh if scale.zh_power == 0 else own
    return [
        Phrase(f"{term.zh} {name}" if term else name, name),
        Phrase(f"{value} {chinese}", f"{value} {own}"),
        ", ".join(variable.sources),
    ]


def _spread(ctx: ReportContext, variable: Variable | None) -> str:
    """Return a constant's number, or what its numbers lie between."""
    if variable is None or variable.kind != "constant":
        return NONE
    try:
        values = constant_values(ctx.facts.main.scenario.model, variable)
    except CqsimError:
        return NONE
    numbers = [value.value for value in values]
    return span(min(numbers), max(numbers), ".4g") if numbers else NONE


def _constants_of_levers(ctx: ReportContext) -> dict[str, list[Variable | None]]:
    """Return by lever its constants: today, policy, start and ramp, as far as known."""
    model = ctx.facts.main.scenario.model
    found: dict[str, list[Variable | None]] = {}
    for lever in ctx.case.levers.values():
        today = f"{lever.constant.removesuffix('policy').strip()} today"
        names = (today, lever.constant, lever.start_constant, lever.ramp_constant)
        found[lever.id] = [model.variable(name) if name else None for name in names]
    return found


def _levers(
    ctx: ReportContext, constants: Mapping[str, list[Variable | None]]
) -> ReportBlock:
    rows: list[list[Any]] = []
    for lever in ctx.case.levers.values():
        today, _, start, ramp = (_spread(ctx, v) for v in constants[lever.id])
        rows.append(
            [
                lever.title,
                today,
                lever_value(ctx, lever),
                span(lever.floor, lever.ceiling),
                ctx.name("lever_unit", lever.unit),
                start,
                ramp,
                " ".join(lever.clauses),
                ", ".join(lever.sources),
            ]
        )
    return table("levers", rows)


# --- data ----------------------------------------------------------------------------


def ledger(ctx: ReportContext) -> Iterator[ReportBlock]:
    """Yield what is observed, how well, what was rejected, and what is missing."""
    facts, grades = ctx.facts, ctx.words.name["grade"]
    if ctx.case.observations is None:
        return
    yield heading(claim("ledger_heading"))
    yield points([claim("grade", grade=g, meaning=t) for g, t in grades.items()])
    rows: list[list[Any]] = []
    for file, title in ctx.plan.ledger.items():
        found = ctx.case.observations.rows(file=file)
        if found:
            by_grade = Counter(row.grade for row in found)
            counts = [f"{by_grade[grade]}" for grade in grades]
            years = [row.year for row in found]
            ends = f"{min(years)}–{max(years)}"
            rows.append([title, f"{len(found)}", *counts, ends])
    yield table("ledger", rows, grades=list(grades))
    rejected = read_rows(facts.folder / "observed" / "rejected.csv")
    if rejected:
        count = ctx.numbers.count("count.rejected", len(rejected), "rows")
        yield paragraph(claim("rejected", count=count))
    yield _gaps(ctx)
    yield _vectors(ctx)


def _gaps(ctx: ReportContext) -> ReportBlock:
    path, entries = ctx.facts.folder / "boundary.toml", []
    if path.is_file():
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        entries = document.get("excluded", [])
    rows = [
        [entry["title"], entry["reason"], " ".join(entry.get("clauses", []))]
        for entry in entries
    ]
    return table("gaps", rows)


def _vectors(ctx: ReportContext) -> ReportBlock:
    """Return where the initial vectors come from; columns of one origin share a row."""
    merged: dict[tuple[str, ...], list[str]] = {}
    for row in read_rows(ctx.facts.folder / "initial" / "provenance.csv"):
        origin = (row["file"], row["class"], row["sources"], row["error"])
        merged.setdefault(origin, []).append(row["column"])
    rows = [
        [
            f"{file}: {', '.join(columns)}" if columns != ["*"] else file,
            ctx.name("evidence", kind),
            sources.replace(" ", ", "),
            error,
        ]
        for (file, kind, sources, error), columns in merged.items()
    ]
    return table("vectors", rows)


# --- words and record ----------------------------------------------------------------


def glossary(ctx: ReportContext) -> Iterator[ReportBlock]:
    """Yield the words of the report in both languages."""
    judged = {v.target.indicator for v in ctx.verdicts}
    indicators = ctx.case.indicators.values()
    shown = [i for i in indicators if i.ring_table or i.id in judged]
    if not shown:
        return
    yield heading(claim("glossary_heading"))
    rows: list[list[Any]] = [[claim("indicators")]]
    rows += [_term(ctx, indicator) for indicator in shown]
    rows.append([claim("scopes")])
    titles = ctx.case.scope_titles.values()
    rows += [[title["zh"], title["en"], "", ""] for title in titles]
    yield table("glossary", rows)
    rings = dict.fromkeys(place.ring for place in ctx.facts.places)
    rows = [[ctx.scope(r or ctx.case.whole), _regions(ctx, r)] for r in rings]
    yield table("regions_by_area", rows)


def _regions(ctx: ReportContext, ring: str) -> str:
    names = [place.name for place in ctx.facts.places if place.ring == ring]
    return ", ".join(f"{name.zh} {name.en}" for name in names)


def _term(ctx: ReportContext, indicator: Indicator) -> list[Any]:
    unit = ctx.unit(indicator.id, alone=True)
    return [indicator.title.zh, indicator.title.en, unit.zh, unit.en]


def manifest(record: Mapping[str, Any]) -> Iterator[ReportBlock]:
    """Yield what the report was made from; the same is attached as a file."""
    yield heading(claim("manifest_heading"))
    yield paragraph(claim("manifest"))
    time = record["time"]
    rows: list[list[Any]] = [
        [claim("run"), record["run"]],
        [claim("program_version"), f"cqsim {record['cqsim']}"],
        [claim("engine_solver"), f"{record['engine']}, {record['solver']}"],
        [claim("step"), f"{time['step']:g}"],
        [claim("time_span"), f"{time['start']:g} – {time['end']:g}"],
        [claim("seed"), claim("no_seed")],
        [claim("commit"), record["commit"] or NONE],
    ]
    rows += [
        [claim("scenario"), f"{entry['id']}: {entry['sha256']}"]
        for entry in record["scenarios"]
    ]
    yield table("run", rows)
    hashes = [[e["path"], e["sha256"][:HASH]] for e in record["inputs"]]
    yield table("hashes", two_columns(hashes, 2), digits=HASH)


def checklist(ctx: ReportContext) -> Iterator[ReportBlock]:
    """Yield the reporting checklist; what has no answer stays visibly open."""
    items = ctx.files.checklist
    if not items:
        return
    yield heading(claim("checklist_heading"))
    count, unanswered = ctx.numbers.count, sum(item.answer is None for item in items)
    yield paragraph(
        claim(
            "checklist",
            total=count("count.checklist", len(items)),
            unanswered=count("count.checklist.open", unanswered),
        )
    )
    rows: list[list[Any]] = []
    for group in dict.fromkeys(item.list for item in items):
        rows += [[group], *(_item(item) for item in items if item.list == group)]
    yield table("checklist", rows)


def _item(item: Item) -> list[Any]:
    if item.answer is None:
        return [item.question, claim("open"), ""]
    return [item.question, item.answer, item.where or ""]
