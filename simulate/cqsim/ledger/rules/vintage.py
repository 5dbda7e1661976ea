# ruff: noqa: D401  (a rule's docstring states the rule; RULES.md is made of it)
"""Rules R10-R21: which edition of a statistic a row belongs to; the first that fits."""

import re

from cqsim.ledger.candidate import Candidate, Context
from cqsim.ledger.rules.naming import agree
from cqsim.ledger.rules.rule import Judge, Rule

CENSUS_YEARS = (2000, 2010, 2020)
COUNTED_BEFORE_THE_CENSUS = (
    *("resident_population", "urban_share", "birth_rate", "death_rate"),
    *("outflow_beyond_municipality", "inflow_from_outside_municipality"),
)
GDP_TABLES = ("maigoo_661116", "github_cqgdp_series")
COLUMN_VINTAGE = {
    ("maigoo_661116", 2018): "revised",
    ("maigoo_661116", 2019): "preliminary",
    ("maigoo_661116", 2020): "revised",
    ("maigoo_661116", 2021): "final",
    ("maigoo_661116", 2022): "final",
    **{("github_cqgdp_series", year): "revised" for year in range(2012, 2019)},
    ("github_cqgdp_series", 2019): "preliminary",
    ("github_cqgdp_series", 2020): "preliminary",
    ("github_cqgdp_series", 2021): "final",
    ("github_cqgdp_series", 2022): "final",
}
"""Edition that the municipal total of each column belongs to."""

ESTIMATE = re.compile(r"\bestimate \(|\bexpected\b|\bestimate in report\b")
PRELIMINARY = re.compile(
    r"\bpreliminary\b|before (the )?(4th economic )?census revision|\bflash\b"
)


def remembered(candidate: Candidate, context: Context) -> str | None:
    """What was only remembered, or is noted as unconfirmed, is `unconfirmed`.

    Nothing that no stored document says is a fact. The row is kept, because a flagged
    number is better than a hidden guess, and it never takes a documented row's place.
    """
    recalled = context.kind(candidate) == "memory"
    return "unconfirmed" if recalled or "unconfirmed" in candidate.text else None


def revised_after_the_census(candidate: Candidate, _context: Context) -> str | None:
    """Chongqing 2015 from the yearbook of 2021 is `revised`, not of the old series.

    3070.02 (10^4) is on the level of the 2020 census, its neighbours 2012-2014 and
    2017-2019 are not; the old figure of the same year was 3016.55.
    """
    marked = "revised" in candidate.text and candidate.source == "S_psic_2015"
    return "revised" if marked and candidate.year == 2015 else None


def before_the_census_of_2020(candidate: Candidate, _context: Context) -> str | None:
    """Population and its rates of 2011-2019 are `original_series`.

    The 2020 census revised them and the revised series is not published by region:
    changshou has 855 000 in 2018 and 692 960 in 2020. They are never joined with 2020.
    """
    if candidate.variable in COUNTED_BEFORE_THE_CENSUS and 2010 < candidate.year < 2020:
        return "original_series"
    return None


def old_energy_basis(candidate: Candidate, _context: Context) -> str | None:
    """Energy on the statistical basis before its revision is `original_series`.

    Energy statistics were revised later; a value on the old basis is not to be joined
    with one on the new.
    """
    return "original_series" if "old statistical basis" in candidate.text else None


def repeats_a_preliminary_figure(candidate: Candidate, context: Context) -> str | None:
    """A figure of the economy that repeats a preliminary one is `preliminary`.

    Neither the mixed GDP tables nor copies of a bulletin say a vintage. What equals, as
    far as it is printed, a figure known to be preliminary was not revised. For 2020 a
    remembered first figure counts too: memory is used here only to trust a cell less.
    """
    if candidate.file != "economy":
        return None
    unrevised = any(
        agree(candidate, other) and _known_preliminary(candidate, other, context)
        for other in context.others(candidate)
    )
    return "preliminary" if unrevised else None


def differs_from_the_preliminary_cell(
    candidate: Candidate, context: Context
) -> str | None:
    """A cell of a mixed GDP table that left the preliminary figure is `revised`.

    The tables were made after the economic census; a cell that differs from
    the first publication can only have been changed by a revision.
    """
    first = [row for row in context.others(candidate) if _says_preliminary(row)]
    return "revised" if _in_gdp_table(candidate) and first else None


def vintage_of_the_column(candidate: Candidate, _context: Context) -> str | None:
    """A cell without a second figure has the vintage of its column's municipal total.

    The totals 21588.80 (2018) and 25041.43 (2020) are the revised ones, 23605.77 (2019)
    is the preliminary one, 27894.02 and 29129.03 are those of the last bulletins.
    """
    if not _in_gdp_table(candidate):
        return None
    return COLUMN_VINTAGE.get((candidate.source, candidate.year))


def census_count(candidate: Candidate, _context: Context) -> str | None:
    """Rows that a census of 2000, 2010 or 2020 counted are `census`.

    They stand for the first of November of their year, not for its end.
    """
    counted = candidate.text.startswith("census 20") or bool(candidate.age)
    return "census" if counted and candidate.year in CENSUS_YEARS else None


def computed_by_the_collector(candidate: Candidate, _context: Context) -> str | None:
    """A value that was computed from other printed values is `derived`.

    Its rounding is worse than its digits look, and it is not independent of the values
    it came from. The county model of CO2 is downscaled from night lights: derived too.
    """
    downscaled = "downscaled estimate" in candidate.text
    return "derived" if downscaled or is_derived(candidate) else None


def first_publication(candidate: Candidate, _context: Context) -> str | None:
    """A first publication, or an estimate made before year end, is `preliminary`.

    The words of the source decide: preliminary, flash, expected, estimate, or before
    the revision by the fourth economic census.
    """
    early = is_estimate(candidate) or PRELIMINARY.search(candidate.text)
    return "preliminary" if early else None


def says_revised(candidate: Candidate, _context: Context) -> str | None:
    """A value whose source says that it is on the revised basis is `revised`."""
    return "revised" if "revised basis" in candidate.text else None


def last_known(_candidate: Candidate, _context: Context) -> str | None:
    """Everything else is `final`: the last edition that the collection knows."""
    return "final"


VINTAGE: tuple[Rule[Judge], ...] = (
    Rule("R10", remembered),
    Rule("R11", revised_after_the_census),
    Rule("R12", before_the_census_of_2020),
    Rule("R13", old_energy_basis),
    Rule("R14", repeats_a_preliminary_figure),
    Rule("R15", differs_from_the_preliminary_cell),
    Rule("R16", vintage_of_the_column),
    Rule("R17", census_count),
    Rule("R18", computed_by_the_collector),
    Rule("R19", first_publication),
    Rule("R20", says_revised),
    Rule("R21", last_known),
)


def is_derived(candidate: Candidate) -> bool:
    """Whether the row's note says that the collector computed it."""
    return re.search(r"\bderived\b", candidate.text) is not None


def is_estimate(candidate: Candidate) -> bool:
    """Whether the row is an estimate that was made before the year ended."""
    return candidate.file == "economy" and bool(ESTIMATE.search(candidate.text))


def _in_gdp_table(candidate: Candidate) -> bool:
    return candidate.variable == "gdp" and candidate.source in GDP_TABLES


def _says_preliminary(candidate: Candidate) -> bool:
    in_table = _in_gdp_table(candidate)
    return not in_table and PRELIMINARY.search(candidate.text) is not None


def _known_preliminary(
    candidate: Candidate, other: Candidate, context: Context
) -> bool:
    recalled = context.kind(other) == "memory" and other.year == 2020
    in_table = _in_gdp_table(candidate)
    return (recalled and in_table) or _says_preliminary(other)
