"""The rules of grade, precedence, warning and area, shown on their rows."""

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from cqsim.chongqing import SECTIONS, clean_rows
from cqsim.chongqing.precedence import grade_of_a_parameter
from cqsim.chongqing.rules import undercounted_births
from cqsim.ledger.observed import Observations, read_settings
from cqsim.ledger.raw import RawNames, RawRow, SourceCell
from cqsim.ledger.rules import Context, Rule, TextRule, raise_then_lower
from cqsim.ledger.sources import LedgerSource
from cqsim.resources import data_folder

Find = Callable[..., dict[str, str]]
ALL_RULES = [rule for _, rules in SECTIONS for rule in rules]


Grading = Callable[..., RawRow]


@pytest.fixture(scope="module")
def graded() -> Grading:
    """The grading of a row of 2022 that is alone in its ledger."""
    names = RawNames.read(data_folder("model"))

    def row(kind: str, note: str = "") -> RawRow:
        source = LedgerSource(
            source_id="S", kind=kind, title="T", publisher="", date="", address=""
        )
        alone = RawNames(names.settings, names.variables, {"S": source}, names.places)
        cell = SourceCell("f.csv", 2, "fuling", 2022, "gdp", "1", "CNY_100M", "S", note)
        raw = RawRow(cell, "fuling", 2022, "gdp", Decimal(1), "10^8 CNY", "economy")
        ((found,), _) = clean_rows([raw], alone)
        return found

    return row


@pytest.mark.parametrize(
    ("region", "variable", "year", "grade"),
    [
        ("fuling", "gdp", 2022, "A"),
        ("chongqing", "co2_total", 2019, "B"),
        ("cq21", "urban_share", 2022, "B"),
        ("hechuan", "gdp", 2022, "C"),
    ],
)
def test_r30_the_kind_of_the_source_gives_the_first_grade(
    ledger: Observations, region: str, variable: str, year: int, grade: str
) -> None:
    row = ledger.find(region, variable, year)
    assert row is not None
    assert row.grade == grade


def test_r31_census_volumes_with_official_totals_are_b(ledger: Observations) -> None:
    for region in ledger.regions:
        for variable in ("urban_share", "share_age_60_plus"):
            row = ledger.find(region, variable, 2020)
            assert row is not None
            assert row.grade == "B"


def test_r32_an_agreeing_official_figure_confirms_an_aggregator(
    ledger: Observations,
) -> None:
    row = ledger.find("yongchuan", "gdp", 2021)
    assert row is not None
    assert (row.value, row.source, row.grade) == (1144.17, "maigoo_661116", "B")


def test_r32_an_estimate_before_year_end_confirms_nothing(ledger: Observations) -> None:
    row = ledger.find("bishan", "gdp", 2019)
    assert row is not None
    assert (row.value, row.grade) == (681.02, "C")


def test_r33_agreement_with_official_texts_confirms(ledger: Observations) -> None:
    row = ledger.find("chongqing", "energy_consumption", 2020)
    assert row is not None
    assert (row.value, row.grade) == (8874.54, "B")


def test_r34_preliminary_and_rounded_official_figures_are_b(
    ledger: Observations,
) -> None:
    for region, variable, year in (
        ("chongqing", "gdp_primary", 2020),
        ("bishan", "gdp", 2020),
        ("chongqing", "industrial_energy_use", 2020),
    ):
        row = ledger.find(region, variable, year)
        assert row is not None
        assert row.grade == "B"


def test_r35_a_zone_with_the_same_ground_is_b(ledger: Observations) -> None:
    row = ledger.find("cq21", "gdp", 2010)
    assert row is not None
    assert (row.value, row.grade) == (6145.32, "B")


def test_r37_births_of_the_2010_census_are_c(ledger: Observations) -> None:
    found = [
        *ledger.rows("birth_rate", year=2010),
        *ledger.rows("death_rate", year=2010),
    ]
    assert len(found) == 46
    assert {row.grade for row in found} == {"C"}


def test_r38_the_table_without_a_year_is_c(ledger: Observations) -> None:
    found = ledger.rows("resident_population", year=2013)
    nine = [row for row in found if row.source == "S_413yy"]
    assert len(nine) == 9
    assert {(row.grade, row.vintage) for row in nine} == {("C", "original_series")}


@pytest.mark.parametrize("region", ["banan", "shapingba", "hechuan"])
def test_r39_three_urban_shares_of_2022_are_d(
    ledger: Observations, region: str
) -> None:
    row = ledger.find(region, "urban_share", 2022)
    assert row is not None
    assert row.grade == "D"


def test_r40_rates_of_guangan_2022_are_d_and_register_counts_keep_apart(
    ledger: Observations,
) -> None:
    for variable in ("birth_rate", "death_rate"):
        row = ledger.find("guangan", variable, 2022)
        assert row is not None
        assert row.grade == "D"
        assert ledger.find("guangan", variable, 2018) is None
    assert ledger.value("guangan", "births_hukou", 2018) == 49_635


def test_r41_a_value_without_an_exact_year_is_d(ledger: Observations) -> None:
    row = ledger.find("bishan", "rd_intensity", 2021)
    assert row is not None
    assert row.grade == "D"


def test_r42_a_value_of_an_approximate_year_is_c(ledger: Observations) -> None:
    row = ledger.find("chongqing", "coal_share_energy_wb", 2016)
    assert row is not None
    assert row.grade == "C"


def test_r50_revised_stays_before_preliminary(
    rejection: Find,
) -> None:
    for value, region in (
        ("661", "tongliang"),
        ("2009.5", "yubei"),
    ):
        row = rejection(value=value, region=region, variable="gdp")
        assert row["rule"] == "R50"


def test_r51_an_estimate_gives_way(rejection: Find) -> None:
    assert rejection(value="1300", region="yubei")["rule"] == "R51"
    for value in ("947", "820", "680"):
        assert rejection(value=value, variable="gdp")["rule"] == "R50"


def test_r52_a_printed_figure_stays_before_a_computed_one(rejection: Find) -> None:
    row = rejection(value="65.5", variable="urban_share")
    assert (row["source"], row["rule"]) == ("S_xianji", "R52")


def test_r53_a_figure_in_its_own_cell_stays(
    ledger: Observations, rejection: Find
) -> None:
    row = ledger.find("yuzhong", "gdp", 2022)
    assert row is not None
    assert row.source == "yuzhong_baike"
    assert rejection(region="jiangbei", year="2022")["rule"] == "R53"


def test_r54_of_agreeing_figures_the_finer_stays(
    ledger: Observations, rejection: Find
) -> None:
    assert ledger.value("rongchang", "gdp", 2021) == 813.466
    assert rejection(region="rongchang", value="813.47")["rule"] == "R54"
    assert rejection(region="banan", value="781.2")["rule"] == "R54"


def test_r55_the_nearer_source_stays(ledger: Observations, rejection: Find) -> None:
    row = ledger.find("fuling", "gdp", 2021)
    assert row is not None
    assert row.source == "fuling_tjgb_2021"
    assert rejection(region="fuling", value="1402.74")["rule"] == "R55"


def test_r56_two_ids_of_a_document_are_one_witness(rejection: Find) -> None:
    row = rejection(value="2122.72")
    assert row["rule"] == "R56"
    assert "same document" in row["reason"]


def test_r60_sectors_of_another_total_say_so(ledger: Observations) -> None:
    for region, year, total in (("chongqing", 2020, 25002.79), ("yubei", 2020, 2009.5)):
        for sector in ("primary", "secondary", "tertiary"):
            row = ledger.find(region, f"gdp_{sector}", year)
            assert row is not None
            assert re.search(rf"add up to {total}\d*, not", row.note)
    own = ledger.find("guangan", "gdp_primary", 2020)
    assert own is not None
    assert "add up" not in own.note


def test_r61_preliminary_2018_warns_of_growth(ledger: Observations) -> None:
    warned = [
        row.region
        for row in ledger.rows("gdp", year=2018)
        if "no growth to 2019" in row.note
    ]
    assert warned == [
        *("dadukou", "jiangbei", "shapingba", "nanan", "banan"),
        *("bishan", "nanchuan", "qijiang", "dazu"),
    ]


def test_r62_conflicts_are_named(ledger: Observations) -> None:
    row = ledger.find("tongliang", "gdp", 2020)
    assert row is not None
    assert "conflict with 661 of tongliang_2020 (preliminary)" in row.note


def test_r63_a_judgement_says_what_is_documented(ledger: Observations) -> None:
    row = ledger.find("nanchuan", "gdp", 2020)
    assert row is not None
    assert "documented are: 280.37 in 2018 (preliminary, C)" in row.note


def test_r70_areas_are_of_one_compilation(ledger: Observations) -> None:
    for region, area in (("shapingba", 395.8), ("nanan", 262.4), ("dadukou", 102)):
        row = ledger.rows("area", region)[0]
        assert (row.value, row.source) == (area, "S_mapchina")
    assert ledger.rows("area", "bishan")[0].source == "S_zhwiki_bishan"


def test_r71_areas_give_the_stated_totals(ledger: Observations) -> None:
    areas = {row.region: Decimal(str(row.value)) for row in ledger.rows("area")}
    total = sum((areas[region] for region in ledger.regions), Decimal())
    assert abs(total - 35_000) < 350
    districts = total - areas["guangan"]
    assert abs(districts - areas["cq21"]) < Decimal("28.7")


def test_r80_a_sign_is_not_a_constant(ledger: Observations, rejection: Find) -> None:
    assert rejection(variable="hsr_bypass_effect")["rule"] == "R80"
    assert "hsr_bypass_effect" not in {entry.parameter for entry in ledger.parameters}


@pytest.mark.parametrize(
    ("parameter", "grade"),
    [
        ("good_air_days_per_pm25", "C"),
        ("pm25_trend", "B"),
        ("urbanisation_increment_above_70pct", "C"),
        ("capital_share", "C"),
    ],
)
def test_r81_a_range_has_the_grade_of_its_source(
    ledger: Observations, parameter: str, grade: str
) -> None:
    assert ledger.parameter(parameter).grade == grade


@pytest.mark.parametrize(
    ("kind", "grade"),
    [
        *(("official", "A"), ("dataset", "B"), ("paper", "B"), ("newspaper", "B")),
        *(("aggregator", "C"), ("analyst", "D")),
    ],
)
def test_a_row_of_each_kind_of_source_has_its_grade_and_no_better(
    kind: str, grade: str, graded: Grading
) -> None:
    assert graded(kind).grade == grade


@pytest.mark.parametrize(
    ("note", "best"),
    [
        *(("rounded in the text", "B"), ("a preliminary figure", "B")),
        ("cover the present 21 districts", "B"),
        *(("derived from two totals", "C"), ("downscaled estimate", "C")),
        *(("the page does not print the year", "C"), ("year approximate", "C")),
        *(
            ("year not stated", "D"),
            ("denominators unclear", "D"),
            ("unconfirmed", "D"),
        ),
    ],
)
@pytest.mark.parametrize("kind", ["official", "paper", "aggregator", "analyst"])
def test_a_warning_in_a_note_lowers_a_grade_to_its_bound_and_raises_none(
    note: str, best: str, kind: str, graded: Grading
) -> None:
    assert graded(kind, note).grade == max(graded(kind).grade, best)


@pytest.mark.parametrize(
    ("kind", "note", "grade"),
    [
        *(("official", "", "A"), ("official", "weak source", "C")),
        *(("paper", "", "B"), ("paper", "derived from two shares", "C")),
        *(("aggregator", "", "C"), ("dataset", "unconfirmed", "D")),
    ],
)
def test_a_range_is_no_better_than_its_source_and_its_note(
    kind: str, note: str, grade: str
) -> None:
    assert grade_of_a_parameter(kind, note) == grade


def test_births_counted_by_the_census_of_2010_are_c_from_any_source() -> None:
    cell = SourceCell("f.csv", 2, "fuling", 2010, "birth_rate", "9", "1", "S", "")
    row = RawRow(cell, "fuling", 2010, "birth_rate", Decimal(9), "1", "population")
    context = Context(read_settings(data_folder("model")), {})
    assert undercounted_births(row, context) == "C"
    assert undercounted_births(replace(row, year=2020), context) is None


def test_agreement_with_official_texts_raises_an_aggregator_to_b_and_no_other(
    graded: Grading,
) -> None:
    note = "in the two official texts"
    grades = {kind: graded(kind, note).grade for kind in ("aggregator", "analyst")}
    assert grades == {"aggregator": "B", "analyst": "D"}


def test_every_rule_has_a_test_of_its_name() -> None:
    files = Path(__file__).parent.glob("test_rules*.py")
    source = "".join(file.read_text(encoding="utf-8") for file in files)
    names = " ".join(re.findall(r"def (test_\w+)", source))
    tested = {number.upper() for number in re.findall(r"r\d\d(?=_)", names)}
    assert tested == {rule.number for rule in ALL_RULES}


def test_every_rule_says_what_it_is() -> None:
    for rule in ALL_RULES:
        assert rule.title.endswith(".")
    numbers = [rule.number for rule in ALL_RULES]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("lowered", [None, "A", "D"])
@pytest.mark.parametrize("raised", [None, "B"])
@pytest.mark.parametrize("first", ["A", "B", "C", "D"])
def test_only_a_c_is_raised_and_no_rule_that_lowers_makes_better(
    graded: Grading, first: str, raised: str | None, lowered: str | None
) -> None:
    rules = [Rule(f"R{n}", giving(word)) for n, word in enumerate((raised, lowered))]
    start = Rule("R9", giving(first))
    row, context = graded("official"), Context(read_settings(data_folder("model")), {})
    found = raise_then_lower(start, rules[:1], rules[1:], row, context).grade
    best = raised if raised and first == "C" else first
    assert found == max(best, lowered or best)


def giving(word: str | None) -> TextRule:
    return lambda row, context: word
