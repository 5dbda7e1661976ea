# ruff: noqa: D401  (a rule's docstring states the rule; RULES.md is made of it)
"""Rules R01-R05: which area, variable and unit a raw row is about."""

from dataclasses import replace
from decimal import Decimal

from cqsim.ledger.candidate import Candidate, Context
from cqsim.ledger.rules.rule import Judge, Rule

ALIASES = {
    "chongqing_all": "chongqing",
    "metro_cq21": "cq21",
    "chongqing_21_districts": "cq21",
    "central9": "central",
    "central_9": "central",
    "outer_12": "outer12",
    "outer_12_districts": "outer12",
}
PARTIAL = ("qijiang_excl_wansheng", "wansheng")
COUNTY_MODEL = "co2_county_model"
SWAPPED = {"yuzhong": "jiangbei", "jiangbei": "yuzhong"}


def one_name_per_area(candidate: Candidate, _context: Context) -> str | None:
    """An area has one id: seven other spellings are renamed.

    The collected files name the municipality, the 21 districts, the nine and the twelve
    districts in several ways; under two ids their values could not be compared.
    """
    return ALIASES.get(candidate.region)


def part_of_a_region(candidate: Candidate, _context: Context) -> str | None:
    """Qijiang without Wansheng, and Wansheng alone, are rejected.

    The plan's unit is Qijiang with Wansheng; a part of it must never stand for the
    whole, and the two parts are never there for the same year and variable.
    """
    if candidate.region in PARTIAL:
        return f"{candidate.region} is a part of qijiang, never to be used as it"
    return None


def municipality_without_three_counties(
    candidate: Candidate, _context: Context
) -> str | None:
    """The county model's sum for Chongqing gets a name of its own.

    It lacks Xiushan, Youyang and Pengshui, so it is not the municipality's CO2 and
    must not be found under the name of a value that is.
    """
    if candidate.variable == COUNTY_MODEL and candidate.region == "chongqing":
        return f"{COUNTY_MODEL}_37_units"
    return None


def swapped_cells(candidate: Candidate, _context: Context) -> str | None:
    """In the aggregator's GDP of 2022, yuzhong and jiangbei change places.

    A second source has 1560.91 for yuzhong, and a newspaper (guandian_2022) ranks
    jiangbei third and yuzhong fourth: the table has the two cells the wrong way round.
    """
    in_table = candidate.source == "maigoo_661116" and candidate.year == 2022
    if in_table and candidate.variable == "gdp":
        return SWAPPED.get(candidate.region)
    return None


def one_name_and_unit_per_variable(
    candidate: Candidate, _context: Context
) -> str | None:
    """A variable has one name and one unit, those of variables.csv.

    The same quantity is printed as urbanisation_rate and urban_share, in persons and in
    10^4 persons; the factor of variables.csv makes them one.
    """
    printed = candidate.printed
    same = candidate.variable == printed.variable and candidate.unit == printed.unit
    return None if same else f"{candidate.variable} in {candidate.unit}"


NAMES: Rule[Judge] = Rule("R01", one_name_per_area)
PARTS: Rule[Judge] = Rule("R02", part_of_a_region)
THREE_COUNTIES: Rule[Judge] = Rule("R03", municipality_without_three_counties)
SWAP: Rule[Judge] = Rule("R04", swapped_cells)
UNITS: Rule[Judge] = Rule("R05", one_name_and_unit_per_variable)
NAMING = (NAMES, PARTS, THREE_COUNTIES, SWAP, UNITS)


def named(candidate: Candidate, context: Context) -> Candidate:
    """Return the row under its area's, variable's and unit's one name."""
    if UNITS.apply(candidate, context):
        candidate = candidate.by_rule(UNITS.number)
    area = NAMES.apply(candidate, context)
    if area:
        candidate = replace(candidate, region=area).by_rule(NAMES.number)
    variable = THREE_COUNTIES.apply(candidate, context)
    if variable:
        candidate = replace(candidate, variable=variable).by_rule(THREE_COUNTIES.number)
    other = SWAP.apply(candidate, context)
    if other:
        remark = f"printed under {candidate.region}"
        candidate = replace(candidate, region=other, relabelled=True)
        candidate = candidate.with_remark(remark).by_rule(SWAP.number)
    return candidate


def agree(one: Candidate, other: Candidate) -> bool:
    """Whether two values are the same as far as the coarser is printed."""
    coarser = max(one.quantum, other.quantum)
    return abs(one.value - other.value) <= coarser / 2


def apart(one: Candidate, other: Candidate) -> Decimal:
    """Return how far two values are apart, as a share of the first."""
    if not one.value:
        return abs(other.value)
    return abs(one.value - other.value) / abs(one.value)
