"""Energy, CO2 and power by region, downscaled from the municipal inventory."""

import numpy as np
import pandas as pd

from cqsim.chongqing.balancing import balance, exact_shares, shares_of_total
from cqsim.chongqing.economy import product_2010, product_2020, volume_index
from cqsim.chongqing.facts import (
    CENSUSES,
    MUNICIPALITY,
    NORTHERN,
    USES,
    Facts,
    Floats,
)

BURNT = ("coal", "oil", "gas")
FUELS = (*BURNT, "electricity")
CEMENT = "cement_glass_nonmetal"
POWER = "power_heat"
INVENTORY = {2010: 2010, 2020: 2019}
"""Year of the inventory that stands for a start year; 2019 is its last."""


def process_total(facts: Facts, year: int) -> float:
    """Return CO2 of cement process in the municipality in a year, Mt."""
    return facts.value(MUNICIPALITY, "co2_process", INVENTORY[year])


def burning(facts: Facts, year: int) -> pd.DataFrame:
    """Return CO2 of burning in the municipality, (sector, fuel), Mt, for a start year.

    Both margins are exact. Sector totals hold process emissions, all of them in cement;
    they are taken out first. The fuels' sum may differ from the sectors' by rounding:
    sectors decide.
    """
    entries = facts.derivation.sectors
    seed = pd.DataFrame([[s.coal, s.oil, s.gas] for s in entries.values()])
    found = INVENTORY[year]
    sectors, fuels = (
        np.array([facts.value(MUNICIPALITY, f"co2_{kind}_{n}", found) for n in names])
        for kind, names in (("sector", entries), ("fuel", BURNT))
    )
    sectors[list(entries).index(CEMENT)] -= process_total(facts, year)
    fuels *= sectors.sum() / fuels.sum()
    table = balance(seed.to_numpy() * sectors[:, None], sectors, fuels)
    return pd.DataFrame(table, index=list(entries), columns=BURNT)


def burning_by_use(facts: Facts, year: int) -> Floats:
    """Return CO2 of burning, (use, fuel), Mt, in the municipality's final uses."""
    uses = [sector.use for sector in facts.derivation.sectors.values()]
    return burning(facts, year).groupby(uses).sum().loc[list(USES)].to_numpy()


def emission_factors(facts: Facts) -> Floats:
    """Return t CO2 per tce by fuel, (fuel,): raw coal, petrol and diesel, gas, none."""
    petrol, diesel = (
        facts.parameter(f"emission_factor_{fuel}") for fuel in ("gasoline", "diesel")
    )
    return np.array(
        [
            facts.parameter("emission_factor_raw_coal"),
            (petrol + diesel) / 2,
            facts.parameter("emission_factor_natural_gas"),
            0.0,
        ]
    )


def burnt_energy(facts: Facts, year: int) -> Floats:
    """Return final fuel use of the municipality, (use, burnt fuel), 10^4 tce/year."""
    emitted = burning_by_use(facts, year)
    return np.asarray(emitted / emission_factors(facts)[:3] * 100)


def electricity_shares(facts: Facts) -> Floats:
    """Return shares of final electricity by use, (use,), from derivation.toml."""
    names = [f"electricity_{use.replace(' ', '_')}" for use in USES]
    shares = np.array([facts.choice(name) for name in names])
    return np.asarray(shares / shares.sum())


def municipal_electricity(facts: Facts, year: int) -> float:
    """Return electricity use of the municipality, 10^8 kWh/year.

    2020 is a memory row. 2010 lies, geometrically, half way between moving with
    total energy and moving with real product.
    """
    late = facts.value(MUNICIPALITY, "electricity_use", 2020)
    if year == 2020:
        return late
    energy = [facts.value(MUNICIPALITY, "energy_consumption", y) for y in (year, 2020)]
    return late * float(np.sqrt(energy[0] / energy[1] * volume_index(facts, year)))


def municipal_energy(facts: Facts, year: int) -> Floats:
    """Return final energy of the municipality, (use, fuel), 10^4 tce/year."""
    tce = municipal_electricity(facts, year) * facts.choice("electricity_calorific")
    return np.column_stack([burnt_energy(facts, year), tce * electricity_shares(facts)])


def fuel_shares(facts: Facts, year: int) -> Floats:
    """Return each use's shares of fuels, (use, fuel), rows summing to 1 as printed."""
    energy = municipal_energy(facts, year)
    return exact_shares(shares_of_total(energy))


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
    return counties / facts.value(MUNICIPALITY, MUNICIPAL_COUNTIES, source_year)


def keys(facts: Facts, year: int) -> Floats:
    """Return what each use is shared by inside the 21 districts, (region, use).

    Columns sum to 1 over the 21; Guang'an stands on the same scale.
    """
    product = product_2020(facts) if year == 2020 else product_2010(facts)
    people = np.array([facts.persons(region, year).sum() for region in facts.regions])
    urban = facts.vector("urban_population", year)
    at_home = urban + (people - urban) * facts.choice("rural_household_energy")
    columns = {
        "heavy industry": county_shares(facts, year),
        "light industry": product[:, 1],
        "services": product[:, 2],
        "transport": _scaled(facts, people) + _scaled(facts, product.sum(axis=1)),
        "households": at_home,
        "agriculture": product[:, 0],
    }
    return np.column_stack([_scaled(facts, columns[use]) for use in USES])


def _scaled(facts: Facts, column: Floats) -> Floats:
    return np.asarray(column / column[: len(facts.districts)].sum())


def northern_factor(facts: Facts, year: int) -> float:
    """Return the factor on Guang'an's keys that gives it its county share of CO2.

    Its direct CO2, without power plants, is to be the municipality's times the county
    CO2 of Guang'an over that of the municipality.
    """
    direct = burning_by_use(facts, year).sum(axis=1)
    direct[0] += process_total(facts, year)
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
    return np.asarray(region_weights(facts, year)[:, 0] * process_total(facts, year))


def power_emissions(facts: Facts, year: int) -> Floats:
    """Return CO2 of power plants, Mt/year: the 21 districts together, Guang'an."""
    power = float(burning(facts, year).loc[POWER].to_numpy().sum())
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
    levels = [facts.value(MUNICIPALITY, "co2_total", year) for year in LEVEL_YEARS]
    county = facts.value(MUNICIPALITY, MUNICIPAL_COUNTIES, 2017)
    north = facts.value(NORTHERN, "co2_county_model", 2017)
    share = float(county_shares(facts, 2020)[:-1].sum())
    ratio = facts.value(MUNICIPALITY, "co2_total", 2017) / county
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


def energy_tables(facts: Facts) -> dict[str, pd.DataFrame]:
    """Return energy, fuels, process CO2, power and the reference, by name of file."""
    tables = {}
    for year in CENSUSES:
        energy = facts.by_region(energy_use(facts, year), USES)
        tables[f"energy_use_{year}.csv"] = energy
        tables[f"fuel_share_{year}.csv"] = pd.DataFrame(
            fuel_shares(facts, year), index=pd.Index(USES, name="use"), columns=FUELS
        )
    tables["emission_factor.csv"] = pd.DataFrame(
        {"emission factor": emission_factors(facts)},
        index=pd.Index(FUELS, name="fuel"),
    )
    tables["process_emissions.csv"] = facts.by_region(
        {f"process {year}": process_emissions(facts, year) for year in CENSUSES}
    )
    scope = pd.Index(["metro"], name="scope")
    tables["power.csv"] = pd.DataFrame(power_terms(facts), index=scope)
    tables["reference_emissions.csv"] = pd.DataFrame(
        reference_terms(facts), index=scope
    )
    return tables


def power_terms(facts: Facts) -> dict[str, float]:
    """Return CO2 and electricity of both start years, the renewable share, by term."""
    terms: dict[str, float] = {}
    for year in (2020, 2010):
        emitted = power_emissions(facts, year)
        supplied = electricity_supply(facts, year)
        terms[f"power emissions {year}"] = float(emitted[0])
        terms[f"power emissions guangan {year}"] = float(emitted[1])
        terms[f"electricity supply {year}"] = float(supplied[0])
        terms[f"electricity supply guangan {year}"] = float(supplied[1])
    renewable = facts.value(MUNICIPALITY, "renewable_share_electricity", 2020)
    return {**terms, "renewable share 2020": renewable / 100}
