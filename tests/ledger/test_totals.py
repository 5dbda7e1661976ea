"""Totals that were announced, each computed from the 22 regions."""

import pytest

from cqsim.case.scopes import read_geography
from cqsim.chongqing.totals import TOTALS
from cqsim.ledger.check import check_ledger
from cqsim.ledger.observed import Observations
from cqsim.resources import data_folder


@pytest.mark.parametrize(
    ("area", "persons"),
    [("cq21", 21_122_370), ("central", 10_343_462), ("metro", 24_377_253)],
)
def test_the_census_of_2020_adds_up(
    ledger: Observations, area: str, persons: int
) -> None:
    assert (
        sum(
            ledger.vector("resident_population", 2020, ledger.settings.regions_of[area])
        )
        == persons
    )


@pytest.mark.parametrize(("area", "share"), [("metro", 73.92), ("cq21", 78.52)])
def test_the_urban_share_of_2020_is_the_announced_one(
    ledger: Observations, area: str, share: float
) -> None:
    urban = sum(
        ledger.vector("urban_population", 2020, ledger.settings.regions_of[area])
    )
    people = sum(
        ledger.vector("resident_population", 2020, ledger.settings.regions_of[area])
    )
    assert round(100 * urban / people, 2) == share


def test_both_sexes_give_the_age_vector(ledger: Observations) -> None:
    for year in (2010, 2020):
        for region in ledger.regions:
            both = ledger.age_vector(region, year)
            men = ledger.age_vector(region, year, "male")
            women = ledger.age_vector(region, year, "female")
            assert [m + w for m, w in zip(men, women, strict=True)] == both
            assert sum(both) == ledger.value(region, "resident_population", year)


def test_gdp_of_2020_is_known_for_all_regions(ledger: Observations) -> None:
    total = sum(ledger.vector("gdp", 2020))
    assert total == pytest.approx(20_495.69, abs=0.005)


def test_metro_2022_is_the_sum_of_its_parts(ledger: Observations) -> None:
    parts = [
        ledger.value(area, "resident_population", 2022)
        for area in ("central", "outer12", "guangan")
    ]
    assert sum(parts) == ledger.value("metro", "resident_population", 2022)


@pytest.mark.parametrize("claim", [claim for claim, _ in TOTALS])
def test_a_total_holds(ledger: Observations, claim: str) -> None:
    assert dict(TOTALS)[claim](ledger) == []


def test_a_broken_total_is_named(ledger: Observations) -> None:
    rows = [
        row.model_copy(update={"value": row.value + 1})
        if (row.region, row.variable, row.year) == ("dazu", "resident_population", 2020)
        else row
        for row in ledger
    ]
    broken = Observations(rows, ledger.parameters, ledger.settings)
    faults = {claim: totals(broken) for claim, totals in TOTALS}
    assert any(
        "cq21 has 21122371" in fault
        for fault in faults["the census totals of 2020 are the announced ones"]
    )
    assert faults["age tables add up to the population"] == ["dazu 2020"]


def test_the_committed_ledger_passes_every_check() -> None:
    failing = [entry for entry in check_ledger(data_folder("model")) if not entry.holds]
    assert failing == []


def test_rings_part_the_regions(ledger: Observations) -> None:
    rings, areas = ledger.settings.rings, ledger.settings.regions_of
    assert [len(ring) for ring in rings.values()] == [9, 4, 4, 4, 1]
    assert [len(areas[name]) for name in ("metro", "cq21", "outer12")] == [22, 21, 12]
    assert areas["metro"] == ledger.regions
    assert len(set(ledger.regions)) == 22


def test_an_area_of_the_ledger_has_the_regions_of_the_scope_of_its_name(
    ledger: Observations,
) -> None:
    geography = read_geography(data_folder("model"))
    shared = set(ledger.settings.areas) & set(geography.scopes)
    assert shared >= {"central", "cq21", "metro"}
    for area in shared:
        regions = geography.scopes[area]
        assert set(ledger.settings.regions_of[area]) == set(regions), area
    assert tuple(geography.ring_of) == ledger.regions
