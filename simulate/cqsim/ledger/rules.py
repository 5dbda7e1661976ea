"""Rules of the ledger, how they are applied, and the page that lists them."""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Generic, TypeVar

from cqsim.ledger.observed import LedgerSettings
from cqsim.ledger.raw import RawRange, RawRow, Rejection
from cqsim.ledger.sources import LedgerSource

GRADES = ("A", "B", "C", "D")
"""How far a row is to be trusted, the best first."""

VINTAGES = (
    *("census", "revised", "final", "original_series"),
    *("preliminary", "derived", "unconfirmed"),
)
"""Editions of a statistic, in the order in which one is believed before the next."""

Apply = TypeVar("Apply", bound=Callable[..., object], covariant=True)


@dataclass(frozen=True, slots=True)
class Context:
    """The data that a rule may use besides the row itself.

    Parameters
    ----------
    settings
        Places and series of the ledger.
    sources
        By id.
    rows
        All rows that were not refused, by (region, year, variable), age tables aside.
    confirmed
        (source, year) of tables whose totals agree with official ones.
    """

    settings: LedgerSettings
    sources: Mapping[str, LedgerSource]
    rows: Mapping[tuple[str, int, str], tuple[RawRow, ...]] = field(
        default_factory=dict
    )
    confirmed: frozenset[tuple[str, int]] = frozenset()

    def with_rows(self, rows: Iterable[RawRow]) -> "Context":
        """Return it with these rows to look at."""
        grouped: dict[tuple[str, int, str], list[RawRow]] = {}
        for row in rows:
            if not row.age:
                grouped.setdefault((row.region, row.year, row.variable), []).append(row)
        return replace(self, rows={key: tuple(group) for key, group in grouped.items()})

    def kind(self, row: RawRow) -> str:
        """Return the kind of the row's source."""
        return self.sources[row.source].kind

    def others(self, row: RawRow) -> tuple[RawRow, ...]:
        """Return the other rows that say something about the same value."""
        group = self.rows.get((row.region, row.year, row.variable), ())
        return tuple(other for other in group if other.cell != row.cell)


TextRule = Callable[[RawRow, Context], str | None]
"""A rule that gives a vintage, a grade, a name or a reason, or None."""
RankRule = Callable[[RawRow, Context], int]
"""A rule of precedence: of two rows for one key, the smaller rank stays."""


@dataclass(frozen=True, slots=True)
class Rule(Generic[Apply]):
    """A written rule: its docstring's first line is the rule, the rest its reason."""

    number: str
    apply: Apply

    @property
    def title(self) -> str:
        """Return the rule in one sentence."""
        return (inspect.getdoc(self.apply) or "").split("\n\n")[0].replace("\n", " ")

    @property
    def reason(self) -> str:
        """Return why the rule is so."""
        parts = (inspect.getdoc(self.apply) or "").split("\n\n")[1:]
        return " ".join(part.replace("\n", " ") for part in parts)


AnyRule = Rule[Callable[..., object]]
Section = tuple[str, Sequence[AnyRule]]


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The raw rows after cleaning: each is retained or rejected, never both."""

    rows: tuple[RawRow, ...]
    ranges: tuple[RawRange, ...]
    rejections: tuple[Rejection, ...]


def apply_first(
    rules: Sequence[Rule[TextRule]], row: RawRow, context: Context
) -> tuple[str, str]:
    """Return the number and the word of the first rule that gives one, or blanks."""
    for rule in rules:
        word = rule.apply(row, context)
        if word is not None:
            return rule.number, word
    return "", ""


def raise_then_lower(
    first: Rule[TextRule],
    raising: Sequence[Rule[TextRule]],
    lowering: Sequence[Rule[TextRule]],
    row: RawRow,
    context: Context,
) -> RawRow:
    """Return the row with its grade: the first, raised from C, then lowered.

    A rule that raises moves a C only; one that lowers never makes a grade better.
    """
    grade = first.apply(row, context) or GRADES[-1]
    for rule in raising:
        better = rule.apply(row, context)
        if grade == "C" and better:
            grade, row = better, row.by_rule(rule.number)
    for rule in lowering:
        worse = rule.apply(row, context)
        if worse and worse > grade:
            grade, row = worse, row.by_rule(rule.number)
    return replace(row, grade=grade)


def choose(
    rules: Sequence[Rule[RankRule]], rows: Sequence[RawRow], context: Context
) -> tuple[RawRow, list[Rejection]]:
    """Return the row that stays, and the others with the rule that decided.

    Ranks are compared in the order of the rules, so the first that tells two rows
    apart decides.
    """
    ranks = {row.cell: [rule.apply(row, context) for rule in rules] for row in rows}
    retained = min(rows, key=lambda row: ranks[row.cell])
    rejections = []
    for row in rows:
        if row.cell == retained.cell:
            continue
        pairs = zip(rules, ranks[retained.cell], ranks[row.cell], strict=True)
        decided = next(rule for rule, ours, theirs in pairs if ours != theirs)
        retained = retained.by_rule(decided.number)
        reason = _reason(retained, row, context)
        rejections.append(Rejection(row.cell, decided.number, reason))
    return retained, rejections


def _reason(retained: RawRow, row: RawRow, context: Context) -> str:
    kept = (
        f"{retained.plain_value} {retained.unit} of {retained.source} "
        f"({retained.vintage}) is kept"
    )
    if not agree(retained, row):
        return f"{kept}; this row is {row.vintage} and differs"
    addresses = {context.sources[entry.source].address for entry in (retained, row)}
    same = len(addresses) == 1 and retained.source != row.source
    return f"{kept}; this row agrees" + (", and is the same document" if same else "")


def agree(one: RawRow, other: RawRow) -> bool:
    """Whether two values are the same as far as the coarser is printed."""
    coarser = max(one.quantum, other.quantum)
    return abs(one.value - other.value) <= coarser / 2


def apart(one: RawRow, other: RawRow) -> Decimal:
    """Return how far two values are apart, as a share of the first."""
    if not one.value:
        return abs(other.value)
    return abs(one.value - other.value) / abs(one.value)


def rules_page(
    opening: str,
    sections: Sequence[Section],
    kept: Mapping[str, int],
    rejected: Mapping[str, int],
) -> str:
    """Return RULES.md, with how many rows each rule shaped and rejected."""
    parts = [opening]
    for title, rules in sections:
        parts.append(f"\n## {title}\n")
        parts += [_entry(rule, kept, rejected) for rule in rules]
    return "".join(parts)


def _entry(rule: AnyRule, kept: Mapping[str, int], rejected: Mapping[str, int]) -> str:
    counts = [
        f"{what} {count}"
        for what, count in (
            ("rows shaped:", kept.get(rule.number, 0)),
            ("rejected:", rejected.get(rule.number, 0)),
        )
        if count
    ]
    touched = f" *({', '.join(counts)})*" if counts else ""
    reason = f"\n  {rule.reason}" if rule.reason else ""
    return f"\n- **{rule.number}** {rule.title}{touched}{reason}\n"
