"""Migration of the decade 2010 to 2020: what births and deaths do not explain."""

import numpy as np

from cqsim.ledger.derive.balancing import exact_shares, shares_of_total
from cqsim.ledger.derive.cohorts import population_at
from cqsim.ledger.derive.facts import AGES, CENTRAL, Facts, Floats
from cqsim.ledger.derive.fertility import (
    CENSUS_DATE,
    FERTILE,
    YEARS,
    metropolitan_over_municipal,
    municipal_fertility,
    pattern,
    relative_fertility,
)
from cqsim.ledger.derive.mortality import between, mortality_rates
from cqsim.ledger.derive.table import Provenance, Table
from cqsim.ledger.places import REGIONS

STEPS = 40
"""Quarters of a year between the censuses."""
ORIGINS = {
    "hukou other county": "migrants_hukou_other_county_same_province",
    "hukou other province": "migrants_hukou_other_province",
}


def natural_change(facts: Facts, region: str) -> tuple[float, float]:
    """Return births and deaths of a region between the censuses, persons.

    Both are sums over quarters of rates times the interpolated population by age.
    """
    first_rates, second_rates = mortality_rates(facts)
    fertility = municipal_fertility(facts) * metropolitan_over_municipal(facts)
    relative = relative_fertility(facts)[REGIONS.index(region)]
    persons = [facts.persons(region, year) for year in (2010, 2020)]
    women = [facts.persons(region, year, "female") for year in (2010, 2020)]
    births = deaths = 0.0
    for step in range(STEPS):
        time = (step + 0.5) * 10 / STEPS
        moment = CENSUS_DATE + time
        rates = between(first_rates, second_rates, moment)
        deaths += (population_at(time, *persons) * rates).sum() * 10 / STEPS
        mothers = (population_at(time, *women)[FERTILE] * pattern(facts)).sum() / 5
        rate = np.interp(moment, np.array(YEARS) + 0.5, fertility) * relative
        births += float(rate * mothers) * 10 / STEPS
    return births, float(deaths)


def net_migration(facts: Facts) -> Floats:
    """Return births, deaths, net migration of the decade, (region, kind), persons."""
    lines = []
    for region in REGIONS:
        births, deaths = natural_change(facts, region)
        change = facts.persons(region, 2020).sum() - facts.persons(region, 2010).sum()
        lines.append([births, deaths, change - births + deaths])
    return np.array(lines)


def survived(first: Floats, rates: Floats) -> Floats:
    """Return who of the first census would be alive ten years on, (age,).

    Two five-year steps; the two youngest groups, born since, are zero.

    Parameters
    ----------
    first : (age,)
    rates : (age,), 1/year
    """
    groups = first.copy()
    for _ in range(2):
        alive = groups * np.exp(-5 * rates)
        groups = np.concatenate([[0.0], alive[:-1]])
        groups[-1] += alive[-1]
    return groups


def arrival_profile(facts: Facts) -> Floats:
    """Return the age profile of net arrivals in the central city, (age,), sum 1.

    Census survival: the 2020 census less the survivors of 2010, by age in 2020,
    without the two groups born since; moved back by half the decade, negative
    groups set to zero.
    """
    rates = np.sqrt(np.multiply(*mortality_rates(facts)))
    flows = sum(
        facts.persons(region, 2020) - survived(facts.persons(region, 2010), rates)
        for region in CENTRAL
    )
    gained = np.maximum(np.asarray(flows), 0)
    gained[:2] = 0
    return shares_of_total(np.append(gained[1:], 0.0))


def migration_tables(facts: Facts) -> list[Table]:
    """Return migration_2020.csv and migration_age.csv."""
    counts = {
        f"{name} {year}": facts.vector(variable, year)
        for name, variable in ORIGINS.items()
        for year in (2010, 2020)
    }
    balance = net_migration(facts)
    derived = ("births 2010 2020", "deaths 2010 2020", "net migration 2010 2020")
    columns = (*counts, *derived)
    census = facts.sources(["resident_population"], [2010, 2020], REGIONS)
    origins = facts.sources(ORIGINS.values(), [2010, 2020], REGIONS)
    gross = [
        Provenance(
            unit="person",
            kind="statistic",
            sources=origins,
            rule="Census residents whose hukou is elsewhere, by place of registration.",
            error="2 %",
            note="Stock of gross in-migrants, not a flow and not net.",
            column=name,
        )
        for name in counts
    ]
    net = [
        Provenance(
            unit="person",
            kind="derived",
            sources=[*census, "analyst"],
            rule="Sum over 40 quarters of mortality.csv and fertility.csv x "
            "regional_fertility.csv on ages interpolated along cohorts; net migration "
            "is the change between the censuses less births plus deaths.",
            error="births 8 %, deaths 8 %, net migration about 3 % of the population",
            note="The decade 2010-11-01 to 2020-11-01; errors of the 2010 count of "
            "children (short by up to a sixth) fall into net migration.",
            column=name,
        )
        for name in derived
    ]
    return [
        Table(
            "migration_2020.csv",
            "region",
            REGIONS,
            columns,
            np.column_stack([*counts.values(), balance]),
            [*gross, *net],
            decimals=0,
        ),
        _profile_table(facts, census),
    ]


def _profile_table(facts: Facts, census: tuple[str, ...]) -> Table:
    entry = Provenance(
        unit="1",
        kind="derived",
        sources=census,
        rule="Census survival in the nine central districts: census 2020 less the "
        "survivors of census 2010, negative groups zero, moved back five years; sums "
        "to 1.",
        error="a group 30 %; children under 5 at the move are missing",
        note="Age at the move into the central city, 2010 to 2020.",
    )
    return Table(
        "migration_age.csv",
        "age",
        AGES,
        ("share of movers",),
        exact_shares(arrival_profile(facts))[:, None],
        [entry],
        decimals=6,
    )
