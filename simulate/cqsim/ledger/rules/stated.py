# ruff: noqa: D401  (a rule's docstring states the rule; RULES.md is made of it)
"""Rule R06: values that a raw row states only in its note."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from cqsim.ledger.candidate import Candidate


@dataclass(frozen=True, slots=True)
class Stated:
    """Where a note states a value, and what it is."""

    variable: str
    pattern: re.Pattern[str]
    stated: str
    unit: str
    file: str


STATED = (
    Stated(
        variable="urban_share",
        pattern=re.compile(r"urban (\d+) / total \d+"),
        stated="urban_population",
        unit="persons",
        file="population",
    ),
    Stated(
        variable="employment_share_primary",
        pattern=re.compile(r"(\d+) employed in sample"),
        stated="employed_in_census_sample",
        unit="persons",
        file="economy",
    ),
    Stated(
        variable="rd_intensity",
        pattern=re.compile(r"^R&D ([\d.]+) CNY_100M"),
        stated="rd_expenditure",
        unit="10^8 CNY",
        file="economy",
    ),
)


def value_in_the_note(candidate: Candidate) -> Candidate | None:
    """A count that is printed in a note becomes a row, where there is none.

    The census rows give urban residents to the person and the size of the employment
    sample only there; a share rounded to 0.01 % of 24 million people is 2 400 people.
    """
    for entry in STATED:
        match = entry.pattern.search(candidate.printed.note)
        if candidate.variable == entry.variable and match:
            return replace(
                candidate,
                variable=entry.stated,
                value=Decimal(match[1]),
                unit=entry.unit,
                file=entry.file,
                rules=(),
            ).by_rule(NUMBER)
    return None


NUMBER = "R06"


def with_stated(rows: Iterable[Candidate]) -> list[Candidate]:
    """Return the chosen rows and those that their notes state beside them."""
    kept = list(rows)
    known = {row.key for row in kept}
    stated = [found for row in kept if (found := value_in_the_note(row))]
    return kept + [row for row in stated if row.key not in known]
