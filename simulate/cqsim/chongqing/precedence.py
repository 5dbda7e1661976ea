# ruff: noqa: D401  (a rule's docstring states the rule; RULES.md is made of it)
"""Rules on which row stays, its warnings, areas and ranges: R50 to R81."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cqsim.chongqing.rules import BY_KIND, is_derived, is_estimate
from cqsim.ledger.observed import Key, LedgerSettings
from cqsim.ledger.raw import RawRow, SourceCell
from cqsim.ledger.rules import VINTAGES, Context, RankRule, Rule, agree, apart
from cqsim.ledger.sources import KINDS


def only_remembered(cell: SourceCell, context: Context) -> str | None:
    """What is only remembered is rejected.

    Nothing in the ledger may rest on it: where a run needs the number, judged.csv has
    one with its range and its reason.
    """
    recalled = context.sources[cell.source].kind == "memory"
    return "no document has it" if recalled else None


def later_vintage(row: RawRow, _context: Context) -> int:
    """A counted, revised or final figure stays before an older or a weaker one.

    Order: census, revised, final, original series, preliminary, derived, unconfirmed.
    So a revised aggregator's cell replaces a preliminary official figure: the series
    of one edition is worth more than the last digit of one cell.
    """
    return VINTAGES.index(row.vintage)


def after_the_year(row: RawRow, _context: Context) -> int:
    """An estimate made before the year ended gives way to any figure made after it."""
    return int(is_estimate(row))


def printed_before_computed(row: RawRow, _context: Context) -> int:
    """A printed figure stays before one that the collector computed."""
    return int(is_derived(row))


def in_its_own_cell(row: RawRow, _context: Context) -> int:
    """A figure printed under its own region stays before one that R04 moved there."""
    return int(row.relabelled)


def finer_where_they_agree(row: RawRow, context: Context) -> int:
    """Of figures that agree, the one printed with more digits stays.

    A rounded official figure confirms the finer one (R32) and loses nothing by it.
    """
    finer = any(
        other.vintage == row.vintage
        and other.value != row.value
        and other.quantum < row.quantum
        and agree(row, other)
        for other in context.others(row)
    )
    return int(finer)


def nearer_source(row: RawRow, context: Context) -> int:
    """The source nearer to the office that counted stays.

    Order: official, data set, paper, newspaper, aggregator, judgement.
    """
    return KINDS.index(context.kind(row))


def earlier_file(row: RawRow, _context: Context) -> int:
    """Of equals, the row that stands first in the raw files stays.

    Two ids of one document (S_hualong_2022 and CQ_POP2022, say) count as one witness.
    """
    return row.rank_in_files


REMEMBERED = Rule("R22", only_remembered)
PRECEDENCE: tuple[Rule[RankRule], ...] = (
    Rule("R50", later_vintage),
    Rule("R51", after_the_year),
    Rule("R52", printed_before_computed),
    Rule("R53", in_its_own_cell),
    Rule("R54", finer_where_they_agree),
    Rule("R55", nearer_source),
    Rule("R56", earlier_file),
)


SECTORS = ("gdp_primary", "gdp_secondary", "gdp_tertiary")
ROUNDING = Decimal("0.1")
"""10^8 CNY: three sectors rounded to 0.05 each, less the total's own rounding."""
CONFLICT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class RetainedRows:
    """The rows that stay, by key, and the rows that each of them superseded."""

    rows: Mapping[Key, RawRow]
    superseded: Mapping[Key, Sequence[RawRow]]


def sectors_of_another_total(row: RawRow, retained: RetainedRows) -> str | None:
    """Sectors that do not add up to the GDP kept for their region are shares only.

    They belong to another edition of the total; only their proportions may be used.
    """
    if row.variable not in SECTORS:
        return None
    region, year = row.region, row.year
    keys = [(region, year, name, "", "") for name in (*SECTORS, "gdp")]
    if not all(key in retained.rows for key in keys):
        return None
    *sectors, gdp = (retained.rows[key].value for key in keys)
    if abs(sum(sectors) - gdp) <= ROUNDING:
        return None
    return f"the sectors add up to {sum(sectors)}, not to {gdp}: use as shares"


def growth_over_the_revision(row: RawRow, _retained: RetainedRows) -> str | None:
    """A preliminary regional GDP of 2018 gives no growth to 2019.

    The fourth economic census moved 2018 by up to a fifth (tongliang 456.98 to 547.03);
    2019 was first published on the new level.
    """
    unsafe = row.variable == "gdp" and row.vintage == "preliminary"
    if unsafe and row.year == 2018:
        return "level before the economic census: no growth to 2019 from it"
    return None


def in_conflict(row: RawRow, retained: RetainedRows) -> str | None:
    """A value that another row contradicts by more than 1 % says so in its note."""
    others = [
        f"{other.value} of {other.source} ({other.vintage})"
        for other in retained.superseded.get(row.key, ())
        if apart(row, other) > CONFLICT
    ]
    return f"conflict with {' and '.join(others)}" if others else None


def undocumented(row: RawRow, retained: RetainedRows) -> str | None:
    """A value that no document has is kept with what else is known of it.

    GDP of nanchuan in 2020 is such: the one figure beside it is the preliminary 280.37
    of 2018, before the economic census.
    """
    if row.vintage != "unconfirmed":
        return None
    others = [
        f"{other.value} in {other.year} ({other.vintage}, {other.grade})"
        for (region, _, variable, *_), other in sorted(retained.rows.items())
        if (region, variable) == (row.region, row.variable)
        and other.vintage != "unconfirmed"
    ]
    known = ", ".join(others) or "no other year"
    return f"not documented; documented are: {known}"


REMARKS = (
    Rule("R60", sectors_of_another_total),
    Rule("R61", growth_over_the_revision),
    Rule("R62", in_conflict),
    Rule("R63", undocumented),
)


def remarked(row: RawRow, retained: RetainedRows) -> RawRow:
    """Return the row with the warnings that are due."""
    for rule in REMARKS:
        remark = rule.apply(row, retained)
        if remark:
            row = row.with_remark(remark).by_rule(rule.number)
    return row


COMPILATION = "S_mapchina"
PLAN_AREA = Decimal(35000)
PLAN_TOLERANCE = Decimal("0.01")
DISTRICT_TOLERANCE = Decimal("0.001")


def area_of_a_region(rows: Sequence[RawRow]) -> RawRow:
    """Areas come from the one compilation that has nearly all districts.

    Other pages disagree about single districts (shapingba 383, nanan 274, dadukou 103),
    because each draws the city's inner borders in its own way; one compilation counts
    each strip of land once. bishan and guangan, which it lacks, have their own, newest,
    source. Qijiang includes Wansheng, Dazu includes Shuangqiao.
    """
    return min(rows, key=lambda row: (row.source != COMPILATION, -row.year))


def areas_add_up(
    areas: Mapping[str, RawRow], stated: Decimal, settings: LedgerSettings
) -> list[str]:
    """The areas must add up to the totals stated for 21 districts and for the whole.

    The 21 districts must give the published 28 657 km2 within 0.1 %, the 22 regions the
    plan's 35 000 within 1 %; else the build stops, since a wrong area would silently
    change every density of the model.
    """
    missing = [region for region in settings.regions if region not in areas]
    if missing:
        return [f"there is no area for {', '.join(missing)}"]
    total = sum((areas[region].value for region in settings.regions), Decimal())
    districts = sum(
        (areas[region].value for region in settings.regions_of["cq21"]), Decimal()
    )
    faults = []
    if abs(total - PLAN_AREA) > PLAN_AREA * PLAN_TOLERANCE:
        faults.append(f"the 22 areas add up to {total} km2, the plan has {PLAN_AREA}")
    if abs(districts - stated) > stated * DISTRICT_TOLERANCE:
        faults.append(f"the 21 areas add up to {districts} km2, stated are {stated}")
    return faults


NO_NUMBER = "sign"
CAUTIONS = ("derived", "weak source", "with care", "one pair of years")


def only_a_sign(unit: str) -> str:
    """A finding that has a sign but no number is rejected.

    It cannot be a constant; it may still be read in the raw file.
    """
    return "the source gives a sign, not a number" if unit == NO_NUMBER else ""


def grade_of_a_parameter(kind: str, note: str) -> str:
    """A range has the grade of its source's kind; C at best where derived or weak.

    Derived ranges were computed by the collector from other printed numbers; some
    notes warn of their source. What is unconfirmed is D.
    """
    grade, text = BY_KIND[kind], note.lower()
    if "unconfirmed" in text:
        return "D"
    cautious = any(word in text for word in CAUTIONS)
    return max(grade, "C") if cautious else grade


AREAS = (Rule("R70", area_of_a_region), Rule("R71", areas_add_up))
SIGNS = Rule("R80", only_a_sign)
RANGE_GRADES = Rule("R81", grade_of_a_parameter)
