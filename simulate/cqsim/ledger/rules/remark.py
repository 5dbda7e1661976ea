# ruff: noqa: D401  (a rule's docstring states the rule; RULES.md is made of it)
"""Rules R60-R63: what the note of a row must warn of, beside its raw text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cqsim.ledger.candidate import Candidate
from cqsim.ledger.rules.naming import apart

SECTORS = ("gdp_primary", "gdp_secondary", "gdp_tertiary")
ROUNDING = Decimal("0.1")
"""10^8 CNY: three sectors rounded to 0.05 each, less the total's own rounding."""
CONFLICT = Decimal("0.01")
Key = tuple[str, int, str, str, str]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The rows that stay, by key, and the rows that each of them displaced."""

    rows: Mapping[Key, Candidate]
    displaced: Mapping[Key, Sequence[Candidate]]


def sectors_of_another_total(candidate: Candidate, chosen: Chosen) -> str | None:
    """Sectors that do not add up to the GDP kept for their region are shares only.

    They belong to another edition of the total; only their proportions may be used.
    """
    if candidate.variable not in SECTORS:
        return None
    region, year = candidate.region, candidate.year
    keys = [(region, year, name, "", "") for name in (*SECTORS, "gdp")]
    if not all(key in chosen.rows for key in keys):
        return None
    *sectors, gdp = (chosen.rows[key].value for key in keys)
    if abs(sum(sectors) - gdp) <= ROUNDING:
        return None
    return f"the sectors add up to {sum(sectors)}, not to {gdp}: use as shares"


def growth_over_the_revision(candidate: Candidate, _chosen: Chosen) -> str | None:
    """A preliminary regional GDP of 2018 gives no growth to 2019.

    The fourth economic census moved 2018 by up to a fifth (tongliang 456.98 to 547.03);
    2019 was first published on the new level.
    """
    unsafe = candidate.variable == "gdp" and candidate.vintage == "preliminary"
    if unsafe and candidate.year == 2018:
        return "level before the economic census: no growth to 2019 from it"
    return None


def in_conflict(candidate: Candidate, chosen: Chosen) -> str | None:
    """A value that another row contradicts by more than 1 % says so in its note."""
    others = [
        f"{row.value} of {row.source} ({row.vintage})"
        for row in chosen.displaced.get(candidate.key, ())
        if apart(candidate, row) > CONFLICT
    ]
    return f"conflict with {' and '.join(others)}" if others else None


def only_remembered(candidate: Candidate, chosen: Chosen) -> str | None:
    """A value that is only remembered is kept with what else is known of it.

    GDP of nanchuan in 2020 is such: the one figure beside it is the preliminary 280.37
    of 2018, before the economic census.
    """
    if candidate.vintage != "unconfirmed":
        return None
    others = [
        f"{row.value} in {row.year} ({row.vintage}, {row.grade})"
        for (region, _, variable, *_), row in sorted(chosen.rows.items())
        if (region, variable) == (candidate.region, candidate.variable)
        and row.vintage != "unconfirmed"
    ]
    known = ", ".join(others) or "no other year"
    return f"not documented; documented are: {known}"


REMARKS = {
    "R60": sectors_of_another_total,
    "R61": growth_over_the_revision,
    "R62": in_conflict,
    "R63": only_remembered,
}


def remarked(candidate: Candidate, chosen: Chosen) -> Candidate:
    """Return the row with the warnings that are due."""
    for number, remark in REMARKS.items():
        said = remark(candidate, chosen)
        if said:
            candidate = candidate.with_remark(said).by_rule(number)
    return candidate
