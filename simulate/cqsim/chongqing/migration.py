"""Migration of the decade 2010 to 2020: what births and deaths do not explain."""

import numpy as np
import pandas as pd

from cqsim.chongqing.balancing import exact_shares, shares_of_total
from cqsim.chongqing.facts import AGES, CENSUSES, Facts, Floats
from cqsim.chongqing.population import (
    CENSUS_DATE,
    CENSUS_GAP,
    FERTILE,
    YEARS,
    between,
    cohort_path,
    metropolitan_over_municipal,
    mortality_rates,
    municipal_fertility,
    pattern,
    relative_fertility,
)

STEPS = 40
"""Quarters of a year between the censuses."""
ORIGINS = {
    "hukou other county": "migrants_hukou_other_county_same_province",
    "hukou other province": "migrants_hukou_other_province",
}
DERIVED = ("births 2010 2020", "deaths 2010 2020", "net migration 2010 2020")


def net_migration(facts: Facts) -> Floats:
    """Return births, deaths, net migration of the decade, (region, kind), persons.

    Births and deaths are sums over quarters of rates times the interpolated population
    by age; net migration is what they leave of the change between the censuses.
    """
    fertility = municipal_fertility(facts) * metropolitan_over_municipal(facts)
    mortality, ages = mortality_rates(facts), pattern(facts)
    moments = (np.arange(STEPS) + 0.5) * CENSUS_GAP / STEPS
    lines = []
    for region, relative in zip(facts.regions, relative_fertility(facts), strict=True):
        first, second = (facts.persons(region, year) for year in CENSUSES)
        persons = cohort_path(first, second)
        women = cohort_path(*(facts.persons(region, y, "female") for y in CENSUSES))
        births = deaths = 0.0
        for time in moments:
            date = CENSUS_DATE + time
            level = np.interp(date, np.array(YEARS) + 0.5, fertility)
            mothers = (women(time)[FERTILE] * ages).sum() / 5
            births += float(level * relative * mothers) * CENSUS_GAP / STEPS
            lost = (persons(time) * between(*mortality, date)).sum()
            deaths += float(lost) * CENSUS_GAP / STEPS
        lines.append([births, deaths, second.sum() - first.sum() - births + deaths])
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
    """Return the age profile of net arrivals in the area, (age,), sum 1.

    Census survival (United Nations 1970, Manual VI): the 2020 census less the
    survivors of 2010, by age in 2020; moved back by half the decade, negative groups
    set to zero. Two groups were born since: children under five at the move arrive
    with their parents, as many to a resident as those of five to nine.
    """
    rates = np.sqrt(np.multiply(*mortality_rates(facts)))
    first, second = (
        np.sum([facts.persons(region, year) for region in facts.regions], axis=0)
        for year in (2010, 2020)
    )
    gained = np.append((second - survived(first, rates))[1:], 0.0)
    residents = first + second
    gained[0] = gained[1] * residents[0] / residents[1]
    return shares_of_total(np.maximum(gained, 0.0))


def migration_tables(facts: Facts) -> dict[str, pd.DataFrame]:
    """Return who moved, and at which ages, by name of file."""
    counts = {
        f"{name} {year}": facts.vector(variable, year)
        for name, variable in ORIGINS.items()
        for year in CENSUSES
    }
    flows = dict(zip(DERIVED, net_migration(facts).T, strict=True))
    return {
        "migration_2020.csv": facts.by_region({**counts, **flows}),
        "migration_age.csv": pd.DataFrame(
            {"share of movers": exact_shares(arrival_profile(facts))},
            index=pd.Index(AGES, name="age"),
        ),
    }
