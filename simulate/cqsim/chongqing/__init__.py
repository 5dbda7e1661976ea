"""The pipeline of Chongqing's ledger: its rules, its totals, its initial vectors.

ledger.toml names it; nothing imports it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from cqsim.chongqing.precedence import (
    AREAS,
    PRECEDENCE,
    RANGE_GRADES,
    REMARKS,
    REMEMBERED,
    SIGNS,
    RetainedRows,
    remarked,
)
from cqsim.chongqing.rules import (
    ADDED_VARIABLES,
    FIRST,
    LOWERING,
    NAMES,
    PARTS,
    RAISING,
    STATED,
    SUSPECT,
    SWAP,
    THREE_COUNTIES,
    UNITS,
    VINTAGE,
    named,
    with_stated,
)
from cqsim.chongqing.totals import TOTALS
from cqsim.ledger.observed import Key
from cqsim.ledger.raw import (
    RawNames,
    RawRange,
    RawRow,
    Rejection,
    read_observations,
    read_ranges,
)
from cqsim.ledger.rules import (
    Cleaned,
    Context,
    Section,
    apply_first,
    choose,
    raise_then_lower,
)

Collected = TypeVar("Collected", RawRow, RawRange)

OPENING = """\
# Rules of the ledger

`cqsim ledger build` turns the collected rows of `raw/` into the tables beside this
page by these rules and no others, and writes this page from them. Each ledger row
lists the rules that shaped it and the raw line it came from; each raw row that did not
become a ledger row stands in `rejected.csv` with the rule that decided.

- A year's value is for the calendar year; stocks are for its end, census counts for
  the first of November.
- Vintages: census, revised, final, original_series, preliminary, derived, unconfirmed.
- Grades: A official and final; B official but preliminary or rounded, one step from
  the office that counted, or an aggregator confirmed by official totals; C an
  aggregator alone, derived or downscaled; D judged or unconfirmed.
"""
SECTIONS: tuple[Section, ...] = (
    (
        "What a row is about",
        (NAMES, PARTS, THREE_COUNTIES, SWAP, UNITS, STATED, SUSPECT),
    ),
    ("Vintage: the first rule that fits", VINTAGE),
    ("What is no evidence", (REMEMBERED,)),
    (
        "Grade: the first, raised from C to B, then lowered",
        (FIRST, *RAISING, *LOWERING),
    ),
    ("Precedence: the first rule that tells two rows apart", PRECEDENCE),
    ("Warnings in the note", REMARKS),
    ("Areas", AREAS),
    ("Ranges from the literature", (SIGNS, RANGE_GRADES)),
)


class ChongqingPipeline:
    """The rules R01 to R81, the totals, and the vectors that the model reads."""

    opening = OPENING
    sections = SECTIONS
    totals = TOTALS
    added_variables = ADDED_VARIABLES

    def clean(self, raw: Path, names: RawNames) -> Cleaned:
        """Return the rows and ranges that stay, and those that do not with a reason."""
        rows, rejections = clean_rows(read_observations(raw, names), names)
        read, signs = read_ranges(raw, names.sources, SIGNS.number, SIGNS.apply)
        context = Context(names.settings, names.sources)
        ranges, remembered = with_evidence(read, context)
        return Cleaned(
            tuple(rows),
            tuple(_graded_range(entry, names) for entry in ranges),
            (*rejections, *signs, *remembered),
        )

    def regions(self, raw: Path, rows: Iterable[RawRow], names: RawNames) -> str:
        """Return the text of regions.csv."""
        from cqsim.chongqing.space import regions_text

        return regions_text(raw, rows, names.settings)

    def derive(self, folder: Path) -> Mapping[str, str]:
        """Return the text of each file of model/initial, by name."""
        from cqsim.chongqing.facts import read_facts
        from cqsim.chongqing.initial import initial_texts

        return initial_texts(read_facts(folder))


pipeline = ChongqingPipeline()


def _graded_range(entry: RawRange, names: RawNames) -> RawRange:
    kind = names.sources[entry.cell.source].kind
    grade = RANGE_GRADES.apply(kind, entry.cell.note)
    return replace(entry, grade=grade, rules=RANGE_GRADES.number)


def clean_rows(
    raw: Iterable[RawRow], names: RawNames
) -> tuple[list[RawRow], list[Rejection]]:
    """Return the ledger rows, and the rejected raw rows with rule and reason."""
    context = Context(names.settings, names.sources)
    whole: list[RawRow] = []
    rejections: list[Rejection] = []
    for row in (named(row, context) for row in raw):
        refused = [
            Rejection(row.cell, rule.number, reason)
            for rule in (PARTS, SUSPECT)
            if (reason := rule.apply(row, context))
        ]
        if refused:
            rejections.append(refused[0])
        else:
            whole.append(row)
    context = context.with_rows(whole)
    dated = [_with_vintage(row, context) for row in whole]
    confirmed = confirmed_volumes(dated, names)
    context = replace(context.with_rows(dated), confirmed=confirmed)
    groups: dict[Key, list[RawRow]] = {}
    kept, remembered = with_evidence(dated, context)
    rejections += remembered
    for row in kept:
        graded = raise_then_lower(FIRST, RAISING, LOWERING, row, context)
        groups.setdefault(row.key, []).append(graded)
    rows = {}
    for key, group in groups.items():
        rows[key], lost = choose(PRECEDENCE, group, context)
        rejections += lost
    retained = RetainedRows(
        {row.key: row for row in with_stated(rows.values())},
        {
            key: [row for row in group if row.cell != rows[key].cell]
            for key, group in groups.items()
        },
    )
    return [remarked(row, retained) for row in retained.rows.values()], rejections


def with_evidence(
    entries: Iterable[Collected], context: Context
) -> tuple[list[Collected], list[Rejection]]:
    """Return the rows or ranges that a document has, and the others as rejected."""
    kept: list[Collected] = []
    rejections: list[Rejection] = []
    for entry in entries:
        reason = REMEMBERED.apply(entry.cell, context)
        if reason is None:
            kept.append(entry)
        else:
            rejections.append(Rejection(entry.cell, REMEMBERED.number, reason))
    return kept, rejections


def _with_vintage(row: RawRow, context: Context) -> RawRow:
    number, vintage = apply_first(VINTAGE, row, context)
    return replace(row, vintage=vintage).by_rule(number)


def confirmed_volumes(
    rows: Iterable[RawRow], names: RawNames
) -> frozenset[tuple[str, int]]:
    """Return (source, year) of age tables that agree with what others announced.

    Every region's ages must add up to its population. Beyond that, either the
    population comes from an official table, or the regions add up to stated totals of
    the nine, the twelve and the 21 districts.
    """
    people: dict[int, dict[str, RawRow]] = {}
    ages: dict[tuple[str, int], dict[str, Decimal]] = {}
    for row in rows:
        if row.age:
            table = ages.setdefault((row.source, row.year), {})
            table[row.region] = table.get(row.region, Decimal()) + row.value
        elif row.variable == "resident_population":
            people.setdefault(row.year, {})[row.region] = row
    return frozenset(
        (source, year)
        for (source, year), table in ages.items()
        if all(
            table.get(region) == people[year][region].value
            for region in names.settings.regions
        )
        and (_official(people[year], names) or _announced(people[year], table, names))
    )


def _official(people: Mapping[str, RawRow], names: RawNames) -> bool:
    districts = names.settings.regions_of["cq21"]
    return all(
        names.sources[people[region].source].kind == "official" for region in districts
    )


def _announced(
    people: Mapping[str, RawRow], ages: Mapping[str, Decimal], names: RawNames
) -> bool:
    areas = names.settings.regions_of
    return all(
        area in people
        and people[area].value == sum(ages[region] for region in areas[area])
        for area in ("central", "outer12", "cq21")
    )
