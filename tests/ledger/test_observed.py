"""The loader of the observed ledger."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cqsim.errors import InputFileError, UnknownNameError
from cqsim.ledger.check import check_ledger
from cqsim.ledger.observed import FIVE_YEAR_AGES, Observations, five_year_age

Edit = Callable[[str, str, str], None]


def test_rows_are_found_by_what_is_given(ledger: Observations) -> None:
    found = ledger.rows("gdp", "yubei")
    assert [row.year for row in found] == [2016, 2018, 2019, 2020, 2021, 2022]
    assert ledger.rows("gdp", "yubei", 2020)[0].file == "economy"
    assert ledger.rows("gdp", "yubei", 1950) == ()
    assert len(ledger.rows(file="outcomes")) == 7
    assert len(ledger) == sum(1 for _ in ledger)


def test_a_vector_is_in_the_order_of_the_regions(ledger: Observations) -> None:
    areas = ledger.vector("resident_population", 2020)
    assert len(areas) == 22
    assert areas[ledger.regions.index("changshou")] == 692_960


def test_what_is_not_there_is_named_with_what_is_near(ledger: Observations) -> None:
    assert ledger.find("yubei", "gdp", 1950) is None
    with pytest.raises(
        UnknownNameError, match=r"yubei 2020.*'gpd'. Did you mean 'gdp'"
    ):
        ledger.value("yubei", "gpd", 2020)
    with pytest.raises(UnknownNameError, match=r"no age table of 'sichuan'"):
        ledger.age_vector("sichuan", 2020)
    with pytest.raises(UnknownNameError, match=r"no parameter 'tfp'"):
        ledger.parameter("tfp")


def test_printed_ages_fall_into_the_models_groups() -> None:
    assert len(FIVE_YEAR_AGES) == 18
    assert [five_year_age(age) for age in ("0", "1-4", "5-9", "80-84", "85+")] == [
        *("age0", "age0", "age5", "age80", "age85")
    ]


def test_open_ends_of_a_range_are_none(ledger: Observations) -> None:
    share = ledger.parameter("capital_share")
    assert (share.low, share.central, share.high) == (0.4855, None, 0.6026)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("28.22,km", "far,km", r"outcomes.csv:2: 'far' stands where a number belongs"),
        ("28.22,km", "28,22,km", r"outcomes.csv:2: the line has 12 cells"),
        (
            "region,year",
            "region,jahr",
            r"outcomes.csv:1: the columns differ: missing y",
        ),
        (
            "region,year",
            "place,year",
            r"outcomes.csv:1: the columns differ: missing reg",
        ),
    ],
)
def test_a_damaged_ledger_file_is_named(
    built: Path, edit: Edit, old: str, new: str, message: str
) -> None:
    edit("outcomes.csv", old, new)
    with pytest.raises(InputFileError, match=message):
        Observations.load(built)


def test_a_missing_or_foreign_ledger_file_is_named(built: Path) -> None:
    file = built / "observed" / "energy.csv"
    file.write_bytes("能源".encode("gb18030"))
    with pytest.raises(InputFileError, match=r"energy.csv:1: the columns differ"):
        Observations.load(built)
    file.unlink()
    with pytest.raises(InputFileError, match=r"energy.csv: the file is missing"):
        Observations.load(built)


@pytest.mark.parametrize(
    ("name", "old", "new", "claim", "detail"),
    [
        (
            "outcomes.csv",
            "28.22,km,",
            "28.22,mile,",
            "variables and units are those of variables.csv",
            "jiangjin 2022 suburban_rail_open in mile, in outcomes.csv",
        ),
        (
            "outcomes.csv",
            "final,B",
            "final,E",
            "regions, vintages and grades are known words",
            "jiangjin 2022 suburban_rail_open: final, E",
        ),
        (
            "air.csv",
            "unconfirmed,D",
            "unconfirmed,A",
            "nothing unconfirmed is better than D",
            "chongqing 2020 pm25",
        ),
        (
            "population.csv",
            "original_series",
            "final",
            "no old-series population beside a census",
            "yuzhong 2013 resident_population",
        ),
        (
            "outcomes.csv",
            "central,2019,commute_time_mean",
            "jiangjin,2022,suburban_rail_open",
            "one row a region, year and variable",
            "jiangjin 2022 suburban_rail_open stands 2 times",
        ),
    ],
)
def test_a_check_names_what_does_not_hold(
    built: Path, edit: Edit, name: str, old: str, new: str, claim: str, detail: str
) -> None:
    edit(name, old, new)
    findings = {entry.check: entry for entry in check_ledger(built)}
    assert not findings[claim].holds
    assert detail in findings[claim].detail
