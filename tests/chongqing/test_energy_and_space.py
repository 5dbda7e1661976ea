"""CO2 inventory, energy, distance, access."""

import numpy as np
import pytest

from cqsim.chongqing.energy import (
    BURNT,
    FUELS,
    INVENTORY,
    burning,
    burning_by_use,
    county_shares,
    electricity_supply,
    emission_factors,
    energy_use,
    fuel_shares,
    municipal_energy,
    power_emissions,
    process_emissions,
    process_total,
    reference_terms,
    region_weights,
)
from cqsim.chongqing.facts import MUNICIPALITY, USES, Facts, Floats
from cqsim.chongqing.space import distances, marked, road_distances

YEARS = (2010, 2020)


def direct_emissions(facts: Facts, year: int) -> Floats:
    carbon = fuel_shares(facts, year) @ emission_factors(facts) / 100
    return energy_use(facts, year) @ carbon + process_emissions(facts, year)


@pytest.mark.parametrize("year", YEARS)
def test_the_inventory_keeps_sectors_and_fuels(facts: Facts, year: int) -> None:
    source_year, table = INVENTORY[year], burning(facts, year)
    for fuel in BURNT:
        printed = facts.value(MUNICIPALITY, f"co2_fuel_{fuel}", source_year)
        assert table[fuel].sum() == pytest.approx(printed, rel=1e-3)
    for sector in facts.derivation.sectors:
        printed = facts.value(MUNICIPALITY, f"co2_sector_{sector}", source_year)
        cement = sector == "cement_glass_nonmetal"
        process = process_total(facts, year) if cement else 0.0
        assert table.loc[sector].sum() == pytest.approx(printed - process)


@pytest.mark.parametrize("year", YEARS)
def test_energy_by_fuel_gives_back_the_co2_it_came_from(
    facts: Facts, year: int
) -> None:
    burnt = burning_by_use(facts, year).sum(axis=1)
    emitted = municipal_energy(facts, year) @ emission_factors(facts) / 100
    np.testing.assert_allclose(emitted, burnt, rtol=1e-9)


@pytest.mark.parametrize("year", YEARS)
def test_fuel_shares_of_each_use_sum_to_one(facts: Facts, year: int) -> None:
    shares = fuel_shares(facts, year)
    assert shares.shape == (len(USES), len(FUELS))
    assert (shares >= 0).all()
    assert np.abs(shares.sum(axis=1) - 1).max() < 1e-15 * len(FUELS)


@pytest.mark.parametrize("year", YEARS)
def test_the_districts_have_their_county_share_of_every_use(
    facts: Facts, year: int
) -> None:
    held = region_weights(facts, year)[: len(facts.districts)].sum(axis=0)
    share = county_shares(facts, year)[: len(facts.districts)].sum()
    np.testing.assert_allclose(held, share, rtol=1e-12)
    assert 0.7 < share < 0.85


@pytest.mark.parametrize("year", YEARS)
def test_guangan_has_its_county_share_of_direct_co2(facts: Facts, year: int) -> None:
    emitted = direct_emissions(facts, year)
    ours = emitted[-1] / emitted[:-1].sum()
    shares = county_shares(facts, year)
    assert ours == pytest.approx(shares[-1] / shares[:-1].sum(), rel=1e-4)


def test_scope_1_of_2020_is_within_a_tenth_of_the_reference(facts: Facts) -> None:
    terms = reference_terms(facts)
    total = direct_emissions(facts, 2020).sum() + power_emissions(facts, 2020).sum()
    assert terms["reference low"] < total < terms["reference high"]
    assert total == pytest.approx(terms["reference 2020"], rel=0.05)


def test_the_reference_is_the_sum_of_its_terms(facts: Facts) -> None:
    terms = reference_terms(facts)
    level = terms["chongqing level 2017 2019"] * terms["district share of county data"]
    north = terms["guangan county co2 2017"] * terms["inventory over county data"]
    assert terms["reference 2020"] == pytest.approx(level + north)


def test_electricity_of_the_districts_is_their_share_of_the_municipality(
    facts: Facts,
) -> None:
    supplied, _ = electricity_supply(facts, 2020)
    use = facts.value(MUNICIPALITY, "electricity_use", 2020)
    share = county_shares(facts, 2020)[: len(facts.districts)].sum()
    assert supplied == pytest.approx(use * share, rel=1e-5)


def test_distance_is_symmetric_and_never_beaten_by_a_detour(facts: Facts) -> None:
    table = distances(facts)
    assert (table == table.T).all()
    assert (np.diag(table) == np.sqrt(facts.area() / np.pi)).all()
    off = table - np.diag(np.diag(table))
    through = (off[:, :, None] + off[None, :, :]).min(axis=1)
    assert (off <= through + 1e-9).all()


def test_the_shortest_path_goes_round_a_long_edge() -> None:
    radius = {"a": 1.0, "b": 1.0, "c": 1.0, "d": 10.0}
    pairs = [("a", "b"), ("b", "c"), ("a", "d"), ("d", "c")]
    found = road_distances(pairs, radius, 2.0)[0]
    assert found.tolist() == [1.0, 4.0, 8.0, 22.0]


def test_marks_stand_at_the_regions_named(facts: Facts) -> None:
    marks = marked(facts, ("hechuan",))
    assert marks.sum() == 1
    assert marks[facts.regions.index("hechuan")] == 1
