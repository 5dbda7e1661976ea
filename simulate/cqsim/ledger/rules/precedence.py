# ruff: noqa: D401  (a rule's docstring states the rule; RULES.md is made of it)
"""Rules R50-R56: which of several rows for one value stays in the ledger.

Each gives a row a rank; the smaller stays. They are compared in their order, so the
first rule that tells two rows apart decides, and its number stands with the rejected.
"""

from collections.abc import Sequence
from decimal import Decimal

from cqsim.ledger.candidate import Candidate, Context, Rejection
from cqsim.ledger.rules.naming import agree
from cqsim.ledger.rules.rule import Rank, Rule
from cqsim.ledger.rules.vintage import is_derived, is_estimate
from cqsim.ledger.sources import KINDS

VINTAGES = (
    *("census", "revised", "final", "original_series"),
    *("preliminary", "derived", "unconfirmed"),
)
"""In the order in which one is believed before the next."""


def later_vintage(candidate: Candidate, _context: Context) -> int:
    """A counted, revised or final figure stays before an older or a weaker one.

    Order: census, revised, final, original series, preliminary, derived, unconfirmed.
    So a revised aggregator's cell replaces a preliminary official figure: the series
    of one edition is worth more than the last digit of one cell.
    """
    return VINTAGES.index(candidate.vintage)


def after_the_year(candidate: Candidate, _context: Context) -> int:
    """An estimate made before the year ended gives way to any figure made after it."""
    return int(is_estimate(candidate))


def printed_before_computed(candidate: Candidate, _context: Context) -> int:
    """A printed figure stays before one that the collector computed."""
    return int(is_derived(candidate))


def in_its_own_cell(candidate: Candidate, _context: Context) -> int:
    """A figure printed under its own region stays before one that R04 moved there."""
    return int(candidate.relabelled)


def finer_where_they_agree(candidate: Candidate, context: Context) -> int:
    """Of figures that agree, the one printed with more digits stays.

    A rounded official figure confirms the finer one (R32) and loses nothing by it.
    """
    finer = [
        row
        for row in context.others(candidate)
        if row.vintage == candidate.vintage
        and row.value != candidate.value
        and row.quantum < candidate.quantum
        and agree(candidate, row)
    ]
    return int(bool(finer))


def nearer_source(candidate: Candidate, context: Context) -> int:
    """The source nearer to the office that counted stays.

    Order: official, data set, paper, newspaper, aggregator, memory.
    """
    return KINDS.index(context.kind(candidate))


def earlier_file(candidate: Candidate, _context: Context) -> int:
    """Of equals, the row that stands first in the raw files stays.

    Two ids of one document (S_hualong_2022 and CQ_POP2022, say) count as one witness.
    """
    return candidate.rank_in_files


PRECEDENCE: tuple[Rule[Rank], ...] = (
    Rule("R50", later_vintage),
    Rule("R51", after_the_year),
    Rule("R52", printed_before_computed),
    Rule("R53", in_its_own_cell),
    Rule("R54", finer_where_they_agree),
    Rule("R55", nearer_source),
    Rule("R56", earlier_file),
)


def chosen(
    rows: Sequence[Candidate], context: Context
) -> tuple[Candidate, list[Rejection]]:
    """Return the row that stays, and the others with the rule that decided."""
    ranks = {
        row.printed: [rule.apply(row, context) for rule in PRECEDENCE] for row in rows
    }
    winner = min(rows, key=lambda row: ranks[row.printed])
    rejections = []
    for row in rows:
        if row.printed == winner.printed:
            continue
        pairs = zip(PRECEDENCE, ranks[winner.printed], ranks[row.printed], strict=True)
        decided = next(rule for rule, ours, theirs in pairs if ours != theirs)
        winner = winner.by_rule(decided.number)
        reason = _reason(winner, row, context)
        rejections.append(Rejection(row.printed, decided.number, reason))
    return winner, rejections


def _reason(winner: Candidate, row: Candidate, context: Context) -> str:
    value = _plain(winner.value)
    kept = f"{value} {winner.unit} of {winner.source} ({winner.vintage}) is kept"
    if not agree(winner, row):
        return f"{kept}; this row is {row.vintage} and differs"
    addresses = {context.sources[entry.source].address for entry in (winner, row)}
    same = len(addresses) == 1 and winner.source != row.source
    return f"{kept}; this row agrees" + (", and is the same document" if same else "")


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
