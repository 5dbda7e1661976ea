"""Final energy, process CO2 and power by region, downscaled from the municipality."""

import numpy as np

from cqsim.ledger.derive.carbon import (
    BURNT,
    FUELS,
    INVENTORY,
    SEEDS,
    USES,
    emission_factors,
    fuel_shares,
    municipal_energy,
    read_inventory,
)
from cqsim.ledger.derive.facts import (
    DISTRICTS,
    MUNICIPALITY,
    NORTHERN,
    Facts,
    Floats,
)
from cqsim.ledger.derive.product import product_2020
from cqsim.ledger.derive.product_2010 import product_2010
from cqsim.ledger.derive.table import Provenance, Table
from cqsim.ledger.places import REGIONS

COUNTY_YEAR = {2010: 2010, 2020: 2017}
"""Year of the county data that stands for a start year; 2017 is its last."""
MUNICIPAL_COUNTIES = "co2_county_model_37_units"
"""Sum of the county data over the municipality, less three counties not in them."""
LEVEL_YEARS = (2017, 2018, 2019)
"""Years of the inventory behind the observed level of 2017 to 2020."""


def county_shares(facts: Facts, year: int) -> Floats:
    """Return each region's CO2 over the municipality's in the county data, (region,).

    Guang'an is measured with the same yard-stick, though outside the municipality.
    """
    source_year = COUNTY_YEAR[year]
    counties = facts.vector("co2_county_model", source_year)
    return counties / facts.value(MUNICIPALITY, source_year, MUNICIPAL_COUNTIES)


def keys(facts: Facts, year: int) -> Floats:
    """Return what each use is shared by inside the 21 districts, (region, use).

    Columns sum to 1 over the 21; Guang'an stands on the same scale.
    """
    product = product_2020(facts) if year == 2020 else product_2010(facts)
    people = np.array([facts.persons(region, year).sum() for region in REGIONS])
    urban = facts.vector("urban_population", year)
    at_home = urban + (people - urban) * facts.choice("rural_household_energy")
    columns = {
        "heavy industry": county_shares(facts, year),
        "light industry": product[:, 1],
        "services": product[:, 2],
        "transport": _scaled(people) + _scaled(product.sum(axis=1)),
        "households": at_home,
        "agriculture": product[:, 0],
    }
    return np.column_stack([_scaled(columns[use]) for use in USES])


def _scaled(column: Floats) -> Floats:
    return np.asarray(column / column[: len(DISTRICTS)].sum())


def northern_factor(facts: Facts, year: int) -> float:
    """Return the factor on Guang'an's keys that gives it its county share of CO2.

    Its direct CO2, without power plants, is to be the municipality's times the county
    CO2 of Guang'an over that of the municipality.
    """
    inventory = read_inventory(facts, INVENTORY[year])
    direct = inventory.by_use().sum(axis=1)
    direct[0] += inventory.process
    shares = county_shares(facts, year)
    wanted = direct.sum() * shares[-1]
    keyed = float((keys(facts, year)[-1] * direct).sum()) * shares[:-1].sum()
    return float(wanted / keyed)


def region_weights(facts: Facts, year: int) -> Floats:
    """Return each region's part of the municipality's energy by use, (region, use).

    The 21 districts sum to their share of the county CO2 in every use.
    """
    weights: Floats = keys(facts, year) * county_shares(facts, year)[:-1].sum()
    weights[-1] *= northern_factor(facts, year)
    return weights


def energy_use(facts: Facts, year: int) -> Floats:
    """Return final energy, (region, use), 10^4 tce/year."""
    totals = municipal_energy(facts, year).sum(axis=1)
    return np.asarray(region_weights(facts, year) * totals)


def process_emissions(facts: Facts, year: int) -> Floats:
    """Return process CO2, (region,), Mt/year, shared like heavy industry."""
    process = read_inventory(facts, INVENTORY[year]).process
    return np.asarray(region_weights(facts, year)[:, 0] * process)


def power_emissions(facts: Facts, year: int) -> Floats:
    """Return CO2 of power plants, Mt/year: the 21 districts together, Guang'an."""
    power = read_inventory(facts, INVENTORY[year]).power()
    shares = county_shares(facts, year)
    return np.array([shares[:-1].sum(), shares[-1]]) * power


def electricity_supply(facts: Facts, year: int) -> Floats:
    """Return electricity use, 10^8 kWh/year: the 21 districts together, Guang'an."""
    shares = fuel_shares(facts, year)[:, FUELS.index("electricity")]
    use = (energy_use(facts, year) * shares).sum(axis=1)
    calorific = facts.choice("electricity_calorific")
    return np.array([use[:-1].sum(), use[-1]]) / calorific


def reference_terms(facts: Facts) -> dict[str, float]:
    """Return the observed level of CO2 that a run of 2020 is compared with, by term."""
    levels = [facts.value(MUNICIPALITY, year, "co2_total") for year in LEVEL_YEARS]
    county = facts.value(MUNICIPALITY, 2017, MUNICIPAL_COUNTIES)
    north = facts.value(NORTHERN, 2017, "co2_county_model")
    share = float(county_shares(facts, 2020)[:-1].sum())
    ratio = facts.value(MUNICIPALITY, 2017, "co2_total") / county
    level = float(np.mean(levels))
    return {
        "chongqing level 2017 2019": level,
        "district share of county data": share,
        "districts": level * share,
        "guangan county co2 2017": north,
        "inventory over county data": ratio,
        "guangan": north * ratio,
        "reference 2020": level * share + north * ratio,
        "reference low": 0.9 * (level * share + north * ratio),
        "reference high": 1.1 * (level * share + north * ratio),
    }


def inventory_sources(facts: Facts) -> tuple[str, ...]:
    """Return the sources behind the municipal inventory and the county shares."""
    variables = [
        *(f"co2_sector_{sector}" for sector in SEEDS),
        *(f"co2_fuel_{fuel}" for fuel in BURNT),
        *("co2_process", "co2_total", "electricity_use", "energy_consumption"),
        *("co2_county_model", MUNICIPAL_COUNTIES),
    ]
    factors = facts.parameter("emission_factor_raw_coal").source
    found = facts.sources(variables, range(2010, 2021), [*REGIONS, MUNICIPALITY])
    return (*found, factors, "analyst")


def energy_tables(facts: Facts) -> list[Table]:
    """Return energy_use and fuel_share of both years and emission_factor.csv."""
    sources = inventory_sources(facts)
    return [
        *(_energy_table(facts, year, sources) for year in (2020, 2010)),
        *(_fuel_table(facts, year, sources) for year in (2020, 2010)),
        _factor_table(facts),
    ]


def _energy_table(facts: Facts, year: int, sources: tuple[str, ...]) -> Table:
    entry = Provenance(
        unit="10^4 tce/year",
        kind="derived",
        sources=sources,
        rule=f"Fuel: CO2 by sector and fuel of the inventory of {INVENTORY[year]} "
        "(balanced, power sector apart) over emission factors. Electricity at its "
        "calorific value, by use as in derivation.toml. The 21 districts have their "
        f"share of the county CO2 of {COUNTY_YEAR[year]}; inside, heavy industry by "
        "county CO2, light industry, services and agriculture by product of the "
        "sector, transport by people and product, households by people. guangan: same "
        "keys, scaled to its county CO2.",
        error="a use of the whole 15 %, a region's use 40 %"
        if year == 2020
        else "a use of the whole 25 %, a region's use 50 %",
        note="A downscaled estimate, never a measurement. Electricity of 2020 is a "
        "memory row (1187); of 2010 scaled, error 30 %.",
    )
    return Table(
        f"energy_use_{year}.csv",
        "region",
        REGIONS,
        USES,
        energy_use(facts, year),
        [entry],
    )


def _fuel_table(facts: Facts, year: int, sources: tuple[str, ...]) -> Table:
    entry = Provenance(
        unit="1",
        kind="derived",
        sources=sources,
        rule="Fuels of each use in the municipal energy table of energy_use; the same "
        "in every region.",
        error="a share 5 points; electricity 8 points",
        note="Electricity at calorific value. Coal holds coke and coal gases.",
    )
    shares = fuel_shares(facts, year)
    file = f"fuel_share_{year}.csv"
    return Table(file, "use", USES, FUELS, shares, [entry], decimals=6)


def _factor_table(facts: Facts) -> Table:
    entry = Provenance(
        unit="t CO2/tce",
        kind="literature",
        sources=[facts.parameter("emission_factor_raw_coal").source],
        rule="Raw coal; mean of petrol and diesel; natural gas; electricity has none "
        "in scope 1.",
        error="coal 10 % (coke 3.17), oil 5 %, gas 3 %",
        note="The factors that turned CO2 into energy in energy_use; a run must use "
        "the same.",
    )
    return Table(
        "emission_factor.csv",
        "fuel",
        FUELS,
        ("emission factor",),
        emission_factors(facts)[:, None],
        [entry],
    )
