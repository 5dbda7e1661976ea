# ruff: noqa: D401  (a rule's docstring states the rule; RULES.md is made of it)
"""Rules on what a row is about, its vintage and its grade: R01 to R43."""

import re
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from cqsim.ledger.raw import RawRow
from cqsim.ledger.rules import Context, Rule, TextRule, agree

COUNTY_MODEL = "co2_county_model"
ALL_COUNTIES_BUT_THREE = f"{COUNTY_MODEL}_37_units"
SWAPPED = {"yuzhong": "jiangbei", "jiangbei": "yuzhong"}
IN_NOTES = {
    "urban_share": (
        *(r"urban (\d+) / total \d+", "urban_population", "persons", "population"),
    ),
    "employment_share_primary": (
        *(r"(\d+) employed in sample", "employed_in_census_sample", "persons"),
        "economy",
    ),
    "rd_intensity": (
        *(r"^R&D ([\d.]+) CNY_100M", "rd_expenditure", "10^8 CNY", "economy"),
    ),
}
"""By variable: where a note states a value, its variable, its unit and its file."""

ADDED_VARIABLES = (
    *(entry[1:] for entry in IN_NOTES.values()),
    (ALL_COUNTIES_BUT_THREE, "Mt CO2", "energy"),
)
"""Variable, unit and file of values that only rules R03 and R06 make."""


def one_name_per_area(row: RawRow, context: Context) -> str | None:
    """An area has one id: seven other spellings are renamed.

    The collected files name the municipality, the 21 districts, the nine and the twelve
    districts in several ways; under two ids their values could not be compared.
    """
    return context.settings.aliases.get(row.region)


def part_of_a_region(row: RawRow, context: Context) -> str | None:
    """Qijiang without Wansheng, and Wansheng alone, are rejected.

    The plan's unit is Qijiang with Wansheng; a part of it must never stand for the
    whole, and the two parts are never there for the same year and variable.
    """
    if row.region in context.settings.parts:
        return f"{row.region} is a part of qijiang, never to be used as it"
    return None


def municipality_without_three_counties(row: RawRow, _context: Context) -> str | None:
    """The county model's sum for Chongqing gets a name of its own.

    It lacks Xiushan, Youyang and Pengshui, so it is not the municipality's CO2 and
    must not be found under the name of a value that is.
    """
    if row.variable == COUNTY_MODEL and row.region == "chongqing":
        return ALL_COUNTIES_BUT_THREE
    return None


def swapped_cells(row: RawRow, _context: Context) -> str | None:
    """In the aggregator's GDP of 2022, yuzhong and jiangbei change places.

    A second source has 1560.91 for yuzhong, and a newspaper (guandian_2022) ranks
    jiangbei third and yuzhong fourth: the table has the two cells the wrong way round.
    """
    in_table = row.source == "maigoo_661116" and row.year == 2022
    if in_table and row.variable == "gdp":
        return SWAPPED.get(row.region)
    return None


def one_name_and_unit_per_variable(row: RawRow, _context: Context) -> str | None:
    """A variable has one name and one unit, those of variables.csv.

    The same quantity is printed as urbanisation_rate and urban_share, in persons and in
    10^4 persons; the factor of variables.csv makes them one.
    """
    printed = row.cell
    same = row.variable == printed.variable and row.unit == printed.unit
    return None if same else f"{row.variable} in {row.unit}"


NAMES: Rule[TextRule] = Rule("R01", one_name_per_area)
PARTS: Rule[TextRule] = Rule("R02", part_of_a_region)
THREE_COUNTIES: Rule[TextRule] = Rule("R03", municipality_without_three_counties)
SWAP: Rule[TextRule] = Rule("R04", swapped_cells)
UNITS: Rule[TextRule] = Rule("R05", one_name_and_unit_per_variable)


def named(row: RawRow, context: Context) -> RawRow:
    """Return the row under its area's, variable's and unit's one name."""
    if UNITS.apply(row, context):
        row = row.by_rule(UNITS.number)
    area = NAMES.apply(row, context)
    if area:
        row = replace(row, region=area).by_rule(NAMES.number)
    variable = THREE_COUNTIES.apply(row, context)
    if variable:
        row = replace(row, variable=variable).by_rule(THREE_COUNTIES.number)
    other = SWAP.apply(row, context)
    if other:
        remark = f"printed under {row.region}"
        row = replace(row, region=other, relabelled=True)
        row = row.with_remark(remark).by_rule(SWAP.number)
    return row


def value_in_the_note(row: RawRow) -> RawRow | None:
    """A count that is printed in a note becomes a row, where there is none.

    The census rows give urban residents to the person and the size of the employment
    sample only there; a share rounded to 0.01 % of 24 million people is 2 400 people.
    """
    if row.variable not in IN_NOTES:
        return None
    pattern, variable, unit, file = IN_NOTES[row.variable]
    match = re.search(pattern, row.cell.note)
    if not match:
        return None
    value = Decimal(match[1])
    return replace(row, variable=variable, value=value, unit=unit, file=file, rules=())


def marked_as_suspect(row: RawRow, _context: Context) -> str | None:
    """A figure that the collector marked as suspect is rejected.

    The mark was set against the district's other years and the way it is printed, ahead
    of any forecast: a slip of a copyist is not to score one.
    """
    return "its note says that it is suspect" if "suspect" in row.text else None


STATED = Rule("R06", value_in_the_note)
SUSPECT: Rule[TextRule] = Rule("R07", marked_as_suspect)


def with_stated(rows: Iterable[RawRow]) -> list[RawRow]:
    """Return the rows and the values that only their notes state."""
    kept = list(rows)
    known = {row.key for row in kept}
    stated = [found for row in kept if (found := value_in_the_note(row))]
    return kept + [row.by_rule(STATED.number) for row in stated if row.key not in known]


CENSUS_YEARS = (2000, 2010, 2020)
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
    r"|\bsuperseded by\b"
)


def remembered(row: RawRow, context: Context) -> str | None:
    """What is remembered, judged, or noted as unconfirmed, is `unconfirmed`.

    Nothing that no stored document says is a fact. A judgement says its range and its
    reason, and it never takes a documented row's place.
    """
    undocumented = context.kind(row) in ("memory", "analyst")
    return "unconfirmed" if undocumented or "unconfirmed" in row.text else None


def revised_after_the_census(row: RawRow, _context: Context) -> str | None:
    """Chongqing 2015 from the yearbook of 2021 is `revised`, not of the old series.

    3070.02 (10^4) is on the level of the 2020 census, its neighbours 2012-2014 and
    2017-2019 are not; the old figure of the same year was 3016.55.
    """
    marked = "revised" in row.text and row.source == "S_psic_2015"
    return "revised" if marked and row.year == 2015 else None


def before_the_census_of_2020(row: RawRow, context: Context) -> str | None:
    """Population and its rates of 2011-2019 are `original_series`.

    The 2020 census revised them and the revised series is not published by region:
    changshou has 855 000 in 2018 and 692 960 in 2020. They are never joined with 2020.
    """
    series = context.settings.original_series
    return "original_series" if series.covers(row.variable, row.year) else None


def old_energy_basis(row: RawRow, _context: Context) -> str | None:
    """Energy on the statistical basis before its revision is `original_series`.

    Energy statistics were revised later; a value on the old basis is not to be joined
    with one on the new.
    """
    return "original_series" if "old statistical basis" in row.text else None


def repeats_a_preliminary_figure(row: RawRow, context: Context) -> str | None:
    """A figure of the economy that repeats a preliminary one is `preliminary`.

    Neither the mixed GDP tables nor copies of a bulletin say a vintage. What equals, as
    far as it is printed, a figure known to be preliminary was not revised. For 2020 a
    remembered first figure counts too: memory is used here only to trust a cell less.
    """
    if row.file != "economy":
        return None
    unrevised = any(
        agree(row, other) and _known_preliminary(row, other, context)
        for other in context.others(row)
    )
    return "preliminary" if unrevised else None


def differs_from_the_preliminary_cell(row: RawRow, context: Context) -> str | None:
    """A cell of a mixed GDP table that left the preliminary figure is `revised`.

    The tables were made after the economic census; a cell that differs from
    the first publication can only have been changed by a revision.
    """
    first = [r for r in context.others(row) if _says_preliminary(r)]
    return "revised" if _in_gdp_table(row) and first else None


def vintage_of_the_column(row: RawRow, _context: Context) -> str | None:
    """A cell without a second figure has the vintage of its column's municipal total.

    The totals 21588.80 (2018) and 25041.43 (2020) are the revised ones, 23605.77 (2019)
    is the preliminary one, 27894.02 and 29129.03 are those of the last bulletins.
    """
    if not _in_gdp_table(row):
        return None
    return COLUMN_VINTAGE.get((row.source, row.year))


def census_count(row: RawRow, _context: Context) -> str | None:
    """Rows that a census of 2000, 2010 or 2020 counted are `census`.

    They stand for the first of November of their year, not for its end.
    """
    counted = row.text.startswith("census 20") or bool(row.age)
    return "census" if counted and row.year in CENSUS_YEARS else None


def computed_by_the_collector(row: RawRow, _context: Context) -> str | None:
    """A value that was computed from other printed values is `derived`.

    Its rounding is worse than its digits look, and it is not independent of the values
    it came from. The county model of CO2 is downscaled from night lights: derived too.
    """
    downscaled = "downscaled estimate" in row.text
    return "derived" if downscaled or is_derived(row) else None


def first_publication(row: RawRow, _context: Context) -> str | None:
    """A first publication, or an estimate made before year end, is `preliminary`.

    The words of the source decide: preliminary, flash, expected, estimate, superseded,
    or before the revision by the fourth economic census.
    """
    early = is_estimate(row) or PRELIMINARY.search(row.text)
    return "preliminary" if early else None


def says_revised(row: RawRow, _context: Context) -> str | None:
    """A value whose source says that it is on the revised basis is `revised`."""
    return "revised" if "revised basis" in row.text else None


def last_known(_candidate: RawRow, _context: Context) -> str | None:
    """Everything else is `final`: the last edition that the collection knows."""
    return "final"


VINTAGE: tuple[Rule[TextRule], ...] = (
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


def is_derived(row: RawRow) -> bool:
    """Whether the row's note says that the collector computed it."""
    return re.search(r"\bderived\b", row.text) is not None


def is_estimate(row: RawRow) -> bool:
    """Whether the row is an estimate that was made before the year ended."""
    return row.file == "economy" and bool(ESTIMATE.search(row.text))


def _in_gdp_table(row: RawRow) -> bool:
    return row.variable == "gdp" and row.source in GDP_TABLES


def _says_preliminary(row: RawRow) -> bool:
    in_table = _in_gdp_table(row)
    return not in_table and PRELIMINARY.search(row.text) is not None


def _known_preliminary(row: RawRow, other: RawRow, context: Context) -> bool:
    recalled = context.kind(other) == "memory" and other.year == 2020
    in_table = _in_gdp_table(row)
    return (recalled and in_table) or _says_preliminary(other)


BY_KIND = {
    **{"official": "A", "dataset": "B", "paper": "B", "newspaper": "B"},
    **{"aggregator": "C", "analyst": "D"},
}
WEAK_URBAN_SHARES = ("banan", "shapingba", "hechuan")


def kind_of_source(row: RawRow, context: Context) -> str | None:
    """The source's kind gives the first grade: official A, a judgement D.

    Papers, data sets and newspapers are B: they are one step from the office that
    counted. Aggregators are C: they copy without saying from where.
    """
    return BY_KIND[context.kind(row)]


def census_volume_confirmed(row: RawRow, context: Context) -> str | None:
    """The digitised census volumes rise to B, if their totals are the official ones.

    The build adds up the age tables: every region must give its population to the
    person, and the regions must give the totals that were announced.
    """
    if (row.source, row.year) in context.confirmed:
        return "B"
    return None


def agrees_with_an_official_figure(row: RawRow, context: Context) -> str | None:
    """An aggregator's figure rises to B where an official one agrees with it.

    The official one may be rounded; an estimate before year end confirms nothing.
    """
    if context.kind(row) != "aggregator" or row.relabelled:
        return None
    confirmed = any(
        agree(row, other)
        for other in context.others(row)
        if context.kind(other) == "official"
        and other.vintage == row.vintage
        and not is_estimate(other)
    )
    return "B" if confirmed else None


def said_to_agree_with_official_texts(row: RawRow, _context: Context) -> str | None:
    """An aggregator's figure rises to B where its note names the official texts."""
    return "B" if "in the two official texts" in row.text else None


def early_or_rounded(row: RawRow, _context: Context) -> str | None:
    """A preliminary, rounded or approximate figure is B at best."""
    words = ("rounded", '"about', "more than", "two official figures differ")
    vague = any(word in row.text for word in words)
    return "B" if vague or row.vintage == "preliminary" else None


def other_unit_list(row: RawRow, _context: Context) -> str | None:
    """A zone that only covers the same ground as the 21 districts is B at best.

    The one-hour economic circle of 2009-2012 had 23 units; by their list they cover
    today's 21 districts, but nobody printed that.
    """
    return "B" if "cover the present 21 districts" in row.text else None


def computed_or_downscaled(row: RawRow, _context: Context) -> str | None:
    """A derived or downscaled value, or an estimate before year end, is C at best."""
    weak = row.vintage == "derived" or is_derived(row)
    return "C" if weak or is_estimate(row) else None


def undercounted_births(row: RawRow, _context: Context) -> str | None:
    """Births and deaths of the 2010 census are C at best: they are under-counted."""
    vital = row.variable in ("birth_rate", "death_rate")
    return "C" if vital and row.year == 2010 else None


def year_inferred(row: RawRow, _context: Context) -> str | None:
    """A table that prints no year is C at best; it was dated by its sums.

    The nine districts of 413yy.cn add up to the 808.53 (10^4) of 2013, and their
    weighted urban shares give the published 94.36 and 77.88.
    """
    return "C" if "does not print the year" in row.text else None


def weak_urban_share(row: RawRow, _context: Context) -> str | None:
    """Urban shares of 2022 of banan, shapingba and hechuan are D.

    The stored copy lost its year digits and hechuan's share has no decimals.
    """
    weak = row.region in WEAK_URBAN_SHARES and row.source == "S_huinuo"
    return "D" if weak and row.variable == "urban_share" else None


def unclear_denominator(row: RawRow, _context: Context) -> str | None:
    """Birth and death rates of guangan in 2022 are D: per whom is not known.

    3.1 x 10^4 births are 9.6 per mille of the residents and 6.9 of the registered, the
    bulletin prints 7.06. Counts from the household register keep the name `_hukou`, so
    that they are never taken for those of the residents.
    """
    return "D" if "denominators unclear" in row.text else None


def year_not_stated(row: RawRow, _context: Context) -> str | None:
    """A value whose source does not say the year exactly is D."""
    return "D" if "year not stated" in row.text else None


def year_approximate(row: RawRow, _context: Context) -> str | None:
    """A value whose year is approximate is C at best."""
    return "C" if "year approximate" in row.text else None


def unconfirmed(row: RawRow, _context: Context) -> str | None:
    """Whatever is `unconfirmed` is D."""
    return "D" if row.vintage == "unconfirmed" else None


FIRST: Rule[TextRule] = Rule("R30", kind_of_source)
RAISING: tuple[Rule[TextRule], ...] = (
    Rule("R31", census_volume_confirmed),
    Rule("R32", agrees_with_an_official_figure),
    Rule("R33", said_to_agree_with_official_texts),
)
LOWERING: tuple[Rule[TextRule], ...] = (
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
