"""A raw row on its way to become a row of the ledger, or to be rejected."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from cqsim.ledger.sources import Source


@dataclass(frozen=True, slots=True)
class Printed:
    """What the raw file says, as it says it."""

    file: str
    line: int
    region: str
    year: int
    variable: str
    value: str
    unit: str
    source: str
    note: str

    @property
    def origin(self) -> str:
        """Where the row stands in the raw files."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A raw row in the ledger's names and units, with what the rules found.

    `quantum` is one unit of the last digit printed, in the ledger's unit; `relabelled`
    says that its region was corrected; `rank_in_files` is its place among all rows;
    `rules` are the numbers of the rules that touched it, in order.
    """

    printed: Printed
    region: str
    year: int
    variable: str
    value: Decimal
    unit: str
    file: str
    quantum: Decimal = Decimal(1)
    rank_in_files: int = 0
    relabelled: bool = False
    age: str = ""
    sex: str = ""
    vintage: str = ""
    grade: str = ""
    remarks: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, int, str, str, str]:
        """What the ledger has one row for."""
        return (self.region, self.year, self.variable, self.age, self.sex)

    @property
    def source(self) -> str:
        """The id of the source."""
        return self.printed.source

    @property
    def text(self) -> str:
        """The raw note, lower case, for rules that look for a word."""
        return self.printed.note.lower()

    @property
    def note(self) -> str:
        """The raw note and the remarks of the rules."""
        return "; ".join(part for part in (self.printed.note, *self.remarks) if part)

    def with_remark(self, remark: str) -> "Candidate":
        """Return it with one more remark in its note."""
        return replace(self, remarks=(*self.remarks, remark))

    def with_grade(self, grade: str) -> "Candidate":
        """Return it with a grade."""
        return replace(self, grade=grade)

    def by_rule(self, number: str) -> "Candidate":
        """Return it with the rule's number added, once."""
        if number in self.rules:
            return self
        return replace(self, rules=(*self.rules, number))


@dataclass(frozen=True, slots=True)
class Rejection:
    """A raw row that did not become a ledger row, the rule and the reason."""

    printed: Printed
    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule may look at beside the row itself.

    Parameters
    ----------
    sources
        By id.
    rows
        All rows that were not refused, by (region, year, variable), age tables aside.
    confirmed
        (source, year) of census volumes whose totals agree with official ones.
    """

    sources: Mapping[str, Source]
    rows: Mapping[tuple[str, int, str], tuple[Candidate, ...]] = field(
        default_factory=dict
    )
    confirmed: frozenset[tuple[str, int]] = frozenset()

    def kind(self, candidate: Candidate) -> str:
        """Return the kind of the row's source."""
        return self.sources[candidate.source].kind

    def others(self, candidate: Candidate) -> tuple[Candidate, ...]:
        """Return the other rows that say something about the same value."""
        region, year, variable, *_ = candidate.key
        return tuple(
            row
            for row in self.rows.get((region, year, variable), ())
            if row.printed != candidate.printed
        )
