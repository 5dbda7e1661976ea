"""The rules applied in their order: raw rows in, ledger rows and rejections out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cqsim.ledger.candidate import Candidate, Context, Rejection
from cqsim.ledger.places import AREAS, REGIONS
from cqsim.ledger.rules.grade import graded
from cqsim.ledger.rules.naming import PARTS
from cqsim.ledger.rules.precedence import chosen
from cqsim.ledger.rules.remark import Chosen, remarked
from cqsim.ledger.rules.rule import with_vintage
from cqsim.ledger.rules.stated import with_stated
from cqsim.ledger.rules.vintage import VINTAGE
from cqsim.ledger.sources import Source

Grouped = dict[tuple[str, int, str, str, str], list[Candidate]]


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What came of the raw rows: each is in one of the two, never in both."""

    rows: tuple[Candidate, ...]
    rejections: tuple[Rejection, ...]


def clean(raw: Iterable[Candidate], sources: Mapping[str, Source]) -> Cleaned:
    """Return the ledger rows and the rejected raw rows with rule and reason."""
    whole, parts = _without_parts(list(raw), Context(sources))
    named = Context(sources, _by_value(whole))
    dated = [with_vintage(VINTAGE, row, named) for row in whole]
    context = Context(sources, _by_value(dated), confirmed_volumes(dated, sources))
    groups: Grouped = {}
    for row in dated:
        groups.setdefault(row.key, []).append(graded(row, context))
    rows = {}
    rejections = list(parts)
    for key, group in groups.items():
        rows[key], lost = chosen(group, context)
        rejections += lost
    known = Chosen(
        {row.key: row for row in with_stated(rows.values())},
        {
            key: [row for row in group if row.printed != rows[key].printed]
            for key, group in groups.items()
        },
    )
    return Cleaned(
        tuple(remarked(row, known) for row in known.rows.values()),
        tuple(
            sorted(rejections, key=lambda lost: (lost.printed.file, lost.printed.line))
        ),
    )


def confirmed_volumes(
    rows: Sequence[Candidate], sources: Mapping[str, Source]
) -> frozenset[tuple[str, int]]:
    """Return (source, year) of age tables that agree with what others announced.

    Every region's ages must add up to its population. Beyond that, either the
    population comes from an official table, or the regions add up to stated totals of
    the nine, the twelve and the 21 districts.
    """
    found = set()
    tables = {(row.source, row.year) for row in rows if row.age}
    for source, year in tables:
        people = {
            row.region: row
            for row in rows
            if (row.variable, row.year) == ("resident_population", year)
        }
        ages = dict.fromkeys(REGIONS, Decimal())
        for row in rows:
            if row.age and (row.source, row.year) == (source, year):
                ages[row.region] = ages.get(row.region, Decimal()) + row.value
        same = all(ages[region] == people[region].value for region in REGIONS)
        if same and (_official(people, sources) or _announced(people, ages)):
            found.add((source, year))
    return frozenset(found)


def _official(people: Mapping[str, Candidate], sources: Mapping[str, Source]) -> bool:
    return all(
        sources[people[region].source].kind == "official" for region in AREAS["cq21"]
    )


def _announced(people: Mapping[str, Candidate], ages: Mapping[str, Decimal]) -> bool:
    stated = [area for area in ("central", "outer12", "cq21") if area in people]
    return len(stated) == 3 and all(
        people[area].value == sum(ages[region] for region in AREAS[area])
        for area in stated
    )


def _without_parts(
    rows: Sequence[Candidate], context: Context
) -> tuple[list[Candidate], list[Rejection]]:
    whole, parts = [], []
    for row in rows:
        reason = PARTS.apply(row, context)
        if reason is None:
            whole.append(row)
        else:
            parts.append(Rejection(row.printed, PARTS.number, reason))
    return whole, parts


def _by_value(
    rows: Iterable[Candidate],
) -> dict[tuple[str, int, str], tuple[Candidate, ...]]:
    grouped: dict[tuple[str, int, str], list[Candidate]] = {}
    for row in rows:
        if not row.age:
            grouped.setdefault((row.region, row.year, row.variable), []).append(row)
    return {key: tuple(group) for key, group in grouped.items()}
