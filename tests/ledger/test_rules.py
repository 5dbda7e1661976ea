"""The rules of naming and vintage, shown on the rows they were written for."""

import re
from collections.abc import Callable

import pytest

from cqsim.ledger.observed import Observations, read_settings
from cqsim.ledger.sources import read_sources
from cqsim.resources import data_folder

Rejected = dict[str, dict[str, str]]
Find = Callable[..., dict[str, str]]


def test_r01_an_area_is_found_under_its_one_name(ledger: Observations) -> None:
    assert ledger.value("cq21", "resident_population", 2022) == 21_227_200
    assert ledger.value("chongqing", "resident_population", 2010) == 28_846_170
    assert ledger.value("central", "gdp", 2010) == 3490.83
    assert ledger.value("outer12", "urban_share", 2022) == 66.65


def test_r02_a_part_of_qijiang_never_stands_for_it(
    ledger: Observations, rejected: Rejected
) -> None:
    assert ledger.value("qijiang", "gdp", 2021) == 742.33
    assert ledger.find("qijiang", "gdp", 2017) is None
    parts = [row for row in rejected.values() if row["rule"] == "R02"]
    assert {row["region"] for row in parts} == {"wansheng", "qijiang_excl_wansheng"}
    assert len(parts) == 18


def test_r03_the_sum_of_37_units_is_not_the_municipality(ledger: Observations) -> None:
    assert ledger.find("chongqing", "co2_county_model", 2017) is None
    assert ledger.value("chongqing", "co2_county_model_37_units", 2017) == 153.7523


def test_r04_yuzhong_and_jiangbei_of_2022_change_places(
    ledger: Observations, rejection: Find
) -> None:
    assert ledger.value("yuzhong", "gdp", 2022) == 1560.91
    jiangbei = ledger.find("jiangbei", "gdp", 2022)
    assert jiangbei is not None
    assert jiangbei.value == 1602.76
    assert "printed under yuzhong" in jiangbei.note
    assert ledger.value("jiangbei", "gdp", 2021) == 1507.07
    assert rejection(region="jiangbei", year="2022")["value"] == "1560.91"


def test_r05_one_unit_a_variable(ledger: Observations) -> None:
    units: dict[str, set[str]] = {}
    for row in ledger:
        units.setdefault(row.variable, set()).add(row.unit)
    assert all(len(found) == 1 for found in units.values())
    assert ledger.value("metro", "resident_population", 2022) == 24_465_200
    assert ledger.value("guangan", "urban_population", 2022) == 1_467_000


def test_r06_counts_in_notes_become_rows(ledger: Observations) -> None:
    urban = ledger.find("dadukou", "urban_population", 2020)
    assert urban is not None
    assert (urban.value, urban.vintage, urban.grade) == (412_396, "census", "B")
    assert ledger.value("yuzhong", "employed_in_census_sample", 2020) == 31_961
    assert ledger.value("chongqing", "rd_expenditure", 2022) == 686.6


def test_r06_a_count_in_a_note_does_not_displace_a_printed_row(
    ledger: Observations,
) -> None:
    printed = ledger.find("chongqing", "rd_expenditure", 2020)
    assert printed is not None
    assert "R06" not in printed.rules


def test_r07_a_suspect_figure_is_rejected_and_its_neighbours_stay(
    ledger: Observations, rejected: Rejected
) -> None:
    suspect = {row["region"] for row in rejected.values() if row["rule"] == "R07"}
    assert suspect == {"hechuan", "qijiang"}
    for region in suspect:
        assert ledger.find(region, "resident_population", 2023) is None
    assert ledger.value("yongchuan", "resident_population", 2023) == 1_147_000


@pytest.mark.parametrize(
    ("region", "variable", "year"),
    [
        ("nanchuan", "gdp", 2020),
        ("chongqing", "pm25", 2020),
        ("chongqing", "electricity_use", 2020),
    ],
)
def test_r10_and_r43_a_judgement_is_d_and_gives_its_range(
    ledger: Observations, region: str, variable: str, year: int
) -> None:
    row = ledger.find(region, variable, year)
    assert row is not None
    assert (row.source, row.vintage, row.grade) == ("analyst", "unconfirmed", "D")
    match = re.search(r"(\d+) to (\d+)", row.note)
    assert match is not None
    assert float(match[1]) <= row.value <= float(match[2])


def test_r22_nothing_that_was_only_remembered_is_in_the_ledger(
    ledger: Observations,
) -> None:
    folder = data_folder("model")
    sources = read_sources(folder / "observed", read_settings(folder))
    remembered = {name for name, each in sources.items() if each.kind == "memory"}
    assert {row.source for row in ledger}.isdisjoint(remembered)
    assert {each.source for each in ledger.parameters}.isdisjoint(remembered)


def test_r11_chongqing_2015_is_on_the_level_of_the_census(ledger: Observations) -> None:
    row = ledger.find("chongqing", "resident_population", 2015)
    assert row is not None
    assert (row.value, row.vintage) == (30_700_200, "revised")
    share = ledger.find("chongqing", "urban_share", 2015)
    assert share is not None
    assert share.vintage == "revised"


def test_r12_population_between_the_censuses_is_of_the_old_series(
    ledger: Observations,
) -> None:
    changshou = ledger.find("changshou", "resident_population", 2018)
    assert changshou is not None
    assert (changshou.value, changshou.vintage) == (855_000, "original_series")
    for row in ledger.rows("resident_population"):
        if 2010 < row.year < 2020 and (row.region, row.year) != ("chongqing", 2015):
            assert row.vintage == "original_series"
        else:
            assert row.vintage != "original_series"


def test_r13_energy_on_the_old_basis_is_of_the_old_series(ledger: Observations) -> None:
    row = ledger.find("chongqing", "energy_consumption", 2010)
    assert row is not None
    assert row.vintage == "original_series"


@pytest.mark.parametrize(
    ("region", "year"),
    [("bishan", 2020), ("jiangbei", 2020), ("dazu", 2018), ("jiangjin", 2019)],
)
def test_r14_a_cell_that_repeats_a_preliminary_figure_was_not_revised(
    ledger: Observations, region: str, year: int
) -> None:
    row = ledger.find(region, "gdp", year)
    assert row is not None
    assert row.vintage == "preliminary"


def test_r14_a_copy_of_a_first_bulletin_is_preliminary_too(
    ledger: Observations, rejection: Find
) -> None:
    row = ledger.find("chongqing", "gdp_growth_real", 2020)
    assert row is not None
    assert row.vintage == "preliminary"
    lost = rejection(file="outcomes_observed.csv", value="25002.79")
    assert "this row is preliminary" in lost["reason"]


@pytest.mark.parametrize(
    ("region", "year", "value"),
    [
        ("tongliang", 2020, 629.99),
        ("yubei", 2020, 2002.34),
        ("chongqing", 2018, 21588.8),
        ("jiulongpo", 2018, 1336.87),
        ("fuling", 2019, 1151.79),
    ],
)
def test_r15_a_cell_that_left_the_preliminary_figure_is_revised(
    ledger: Observations, region: str, year: int, value: float
) -> None:
    row = ledger.find(region, "gdp", year)
    assert row is not None
    assert (row.value, row.vintage) == (value, "revised")


@pytest.mark.parametrize(
    ("region", "year", "vintage"),
    [
        ("nanan", 2020, "revised"),
        ("tongnan", 2019, "preliminary"),
        ("nanan", 2022, "final"),
        ("chongqing", 2013, "revised"),
    ],
)
def test_r16_a_lone_cell_has_the_vintage_of_its_column(
    ledger: Observations, region: str, year: int, vintage: str
) -> None:
    row = ledger.find(region, "gdp", year)
    assert row is not None
    assert row.vintage == vintage


def test_r17_census_rows_are_census(ledger: Observations) -> None:
    for year in (2000, 2010, 2020):
        found = ledger.rows("resident_population", year=year)
        assert {row.vintage for row in found} == {"census"}
    assert {row.vintage for row in ledger.rows(file="age_sex")} == {"census"}


@pytest.mark.parametrize(
    ("region", "variable", "year"),
    [
        ("yubei", "gdp_primary", 2020),
        ("beibei", "gdp_tertiary", 2022),
        ("metro", "urban_share", 2022),
        ("yuzhong", "co2_county_model", 2017),
        ("chongqing", "resident_population_year_end", 2020),
    ],
)
def test_r18_and_r36_a_derived_value_is_c_at_best(
    ledger: Observations, region: str, variable: str, year: int
) -> None:
    row = ledger.find(region, variable, year)
    assert row is not None
    assert (row.vintage, row.grade) == ("derived", "C")


def test_r19_first_publications_are_preliminary(ledger: Observations) -> None:
    for region, variable, year in (
        ("dadukou", "gdp", 2020),
        ("chongqing", "gdp_secondary", 2020),
        ("dazu", "fixed_investment", 2020),
        ("chongqing", "energy_consumption", 2021),
    ):
        row = ledger.find(region, variable, year)
        assert row is not None
        assert row.vintage == "preliminary"


def test_r19_a_superseded_release_gives_way_to_the_reviewed_figure(
    ledger: Observations, rejection: Find
) -> None:
    assert ledger.value("chongqing", "good_air_days", 2024) == 333
    first = rejection(year="2024", variable="good_air_days_first_release")
    assert (first["value"], first["rule"]) == ("329", "R50")


def test_r20_a_stated_revised_basis_is_revised(ledger: Observations) -> None:
    row = ledger.find("guangan", "gdp", 2015)
    assert row is not None
    assert (row.value, row.vintage) == (874.4, "revised")


def test_r21_the_rest_is_final(ledger: Observations) -> None:
    row = ledger.find("guangan", "gdp_primary", 2020)
    assert row is not None
    assert (row.vintage, row.grade) == ("final", "A")
