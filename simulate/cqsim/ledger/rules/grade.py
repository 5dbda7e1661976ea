# ruff: noqa: D401  (a rule's docstring states the rule; RULES.md is made of it)
"""Rules R30-R43: how far a row is to be trusted, from A to D."""

from cqsim.ledger.candidate import Candidate, Context
from cqsim.ledger.rules.naming import agree
from cqsim.ledger.rules.rule import Judge, Rule
from cqsim.ledger.rules.vintage import is_derived, is_estimate

GRADES = ("A", "B", "C", "D")
BY_KIND = {
    **{"official": "A", "dataset": "B", "paper": "B", "newspaper": "B"},
    **{"aggregator": "C", "memory": "D", "analyst": "D"},
}
WEAK_URBAN_SHARES = ("banan", "shapingba", "hechuan")


def kind_of_source(candidate: Candidate, context: Context) -> str | None:
    """The source's kind gives the first grade: official A, memory D.

    Papers, data sets and newspapers are B: they are one step from the office that
    counted. Aggregators are C: they copy without saying from where.
    """
    return BY_KIND[context.kind(candidate)]


def census_volume_confirmed(candidate: Candidate, context: Context) -> str | None:
    """The digitised census volumes rise to B, if their totals are the official ones.

    The build adds up the age tables: every region must give its population to the
    person, and the regions must give the totals that were announced.
    """
    if (candidate.source, candidate.year) in context.confirmed:
        return "B"
    return None


def agrees_with_an_official_figure(
    candidate: Candidate, context: Context
) -> str | None:
    """An aggregator's figure rises to B where an official one agrees with it.

    The official one may be rounded; an estimate before year end confirms nothing.
    """
    official = [
        row for row in context.others(candidate) if context.kind(row) == "official"
    ]
    if context.kind(candidate) != "aggregator" or candidate.relabelled:
        return None
    same = [
        row
        for row in official
        if row.vintage == candidate.vintage and not is_estimate(row)
    ]
    return "B" if any(agree(candidate, row) for row in same) else None


def said_to_agree_with_official_texts(
    candidate: Candidate, _context: Context
) -> str | None:
    """An aggregator's figure rises to B where its note names the official texts."""
    return "B" if "in the two official texts" in candidate.text else None


def early_or_rounded(candidate: Candidate, _context: Context) -> str | None:
    """A preliminary, rounded or approximate figure is B at best."""
    words = ("rounded", '"about', "more than", "two official figures differ")
    vague = any(word in candidate.text for word in words)
    return "B" if vague or candidate.vintage == "preliminary" else None


def other_unit_list(candidate: Candidate, _context: Context) -> str | None:
    """A zone that only covers the same ground as the 21 districts is B at best.

    The one-hour economic circle of 2009-2012 had 23 units; by their list they cover
    today's 21 districts, but nobody printed that.
    """
    return "B" if "cover the present 21 districts" in candidate.text else None


def computed_or_downscaled(candidate: Candidate, _context: Context) -> str | None:
    """A derived or downscaled value, or an estimate before year end, is C at best."""
    weak = candidate.vintage == "derived" or is_derived(candidate)
    return "C" if weak or is_estimate(candidate) else None


def undercounted_births(candidate: Candidate, _context: Context) -> str | None:
    """Births and deaths of the 2010 census are C at best: they are under-counted."""
    vital = candidate.variable in ("birth_rate", "death_rate")
    return "C" if vital and candidate.year == 2010 else None


def year_inferred(candidate: Candidate, _context: Context) -> str | None:
    """A table that prints no year is C at best; it was dated by its sums.

    The nine districts of 413yy.cn add up to the 808.53 (10^4) of 2013, and their
    weighted urban shares give the published 94.36 and 77.88.
    """
    return "C" if "does not print the year" in candidate.text else None


def weak_urban_share(candidate: Candidate, _context: Context) -> str | None:
    """Urban shares of 2022 of banan, shapingba and hechuan are D.

    The stored copy lost its year digits and hechuan's share has no decimals.
    """
    weak = candidate.region in WEAK_URBAN_SHARES and candidate.source == "S_huinuo"
    return "D" if weak and candidate.variable == "urban_share" else None


def unclear_denominator(candidate: Candidate, _context: Context) -> str | None:
    """Birth and death rates of guangan in 2022 are D: per whom is not known.

    3.1 x 10^4 births are 9.6 per mille of the residents and 6.9 of the registered, the
    bulletin prints 7.06. Counts from the household register keep the name `_hukou`, so
    that they are never taken for those of the residents.
    """
    return "D" if "denominators unclear" in candidate.text else None


def year_not_stated(candidate: Candidate, _context: Context) -> str | None:
    """A value whose source does not say the year exactly is D."""
    return "D" if "year not stated" in candidate.text else None


def year_approximate(candidate: Candidate, _context: Context) -> str | None:
    """A value whose year is approximate is C at best."""
    return "C" if "year approximate" in candidate.text else None


def unconfirmed(candidate: Candidate, _context: Context) -> str | None:
    """Whatever is `unconfirmed` is D."""
    return "D" if candidate.vintage == "unconfirmed" else None


FIRST: Rule[Judge] = Rule("R30", kind_of_source)
RAISING: tuple[Rule[Judge], ...] = (
    Rule("R31", census_volume_confirmed),
    Rule("R32", agrees_with_an_official_figure),
    Rule("R33", said_to_agree_with_official_texts),
)
LOWERING: tuple[Rule[Judge], ...] = (
    Rule("R34", early_or_rounded),
    Rule("R35", other_unit_list),
    Rule("R36", computed_or_downscaled),
    Rule("R37", undercounted_births),
    Rule("R38", year_inferred),
    Rule("R39", weak_urban_share),
    Rule("R40", unclear_denominator),
    Rule("R41", year_not_stated),
    Rule("R42", year_approximate),
    Rule("R43", unconfirmed),
)
GRADING = (FIRST, *RAISING, *LOWERING)


def graded(candidate: Candidate, context: Context) -> Candidate:
    """Return the row with its grade: the first, raised to B, then lowered."""
    grade = FIRST.apply(candidate, context) or "D"
    used = [FIRST.number]
    for rule in RAISING:
        said = rule.apply(candidate, context)
        if grade == "C" and said:
            grade, used = said, [*used, rule.number]
    for rule in LOWERING:
        said = rule.apply(candidate, context)
        if said and said > grade:
            grade, used = said, [*used, rule.number]
    for number in used[1:]:
        candidate = candidate.by_rule(number)
    return candidate.with_grade(grade)
