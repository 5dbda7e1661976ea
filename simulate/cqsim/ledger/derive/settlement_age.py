"""Urban and rural residents by age: the split that no census table prints by region."""

import numpy as np
from scipy.optimize import nnls

from cqsim.ledger.derive.balancing import balance, shares_of_total, whole_parts
from cqsim.ledger.derive.facts import AGES, Facts, Floats
from cqsim.ledger.derive.table import Provenance, Table
from cqsim.ledger.places import REGIONS

GOODMAN = "Goodman 1953, doi:10.2307/2088121"
FEMALE_AGES = slice(3, 10)
"""15-19 to 45-49."""


def ecological_profiles(persons: Floats, urban: Floats) -> Floats:
    """Return the urban and the rural age profile, (settlement, age), each summing to 1.

    Ecological regression: a region's age shares are a mean of two profiles, weighted
    by its urban share; least squares over regions, weighted by population, no
    negative share.

    Parameters
    ----------
    persons : (region, age)
    urban : (region,)
        Urban residents.
    """
    totals = persons.sum(axis=1)
    weight = np.sqrt(totals / totals.sum())[:, None]
    shares = persons / totals[:, None]
    mix = np.column_stack([urban, totals - urban]) / totals[:, None]
    columns = [nnls(mix * weight, age * weight[:, 0])[0] for age in shares.T]
    return shares_of_total(np.column_stack(columns))


def seed_contrast(profiles: Floats, contrast: float, floor: float = 0.05) -> Floats:
    """Return urban over rural odds by age, (age,), shrunk towards 1.

    Parameters
    ----------
    profiles : (settlement, age)
    contrast
        Share of the log odds that is kept.
    floor
        Least rural or urban share relative to their mean, so that an estimate at
        the bound does not empty an age group.
    """
    least = floor * profiles.mean(axis=0)
    bounded = np.maximum(profiles, least)
    return np.asarray((bounded[0] / bounded[1]) ** contrast)


def split_by_settlement(persons: Floats, urban: float, odds: Floats) -> Floats:
    """Return whole persons by settlement and age, (settlement, age), margins exact.

    Parameters
    ----------
    persons : (age,)
        Whole persons of one region.
    urban
        Urban residents of the region, whole.
    odds : (age,)
        Urban over rural, before balancing.
    """
    rural = persons.sum() - urban
    if rural == 0:
        return np.stack([persons, np.zeros_like(persons)])
    seed = np.stack([persons * odds, persons]) * np.array([[urban], [rural]])
    table = balance(seed, np.array([urban, rural]), persons)
    city = whole_parts(table[0], round(urban), persons)
    return np.stack([city, persons - city])


def settlement_tables(facts: Facts) -> list[Table]:
    """Return population_urban_YEAR.csv and population_rural_YEAR.csv, both years."""
    return [table for year in (2010, 2020) for table in _tables_of(facts, year)]


def split_year(facts: Facts, year: int) -> Floats:
    """Return whole persons of a census year, (region, settlement, age)."""
    persons = np.array([facts.persons(region, year) for region in REGIONS])
    urban = facts.vector("urban_population", year)
    profiles = ecological_profiles(persons, urban)
    odds = seed_contrast(profiles, facts.choice("urban_rural_age_contrast"))
    return np.stack(
        [
            split_by_settlement(ages, count, odds)
            for ages, count in zip(persons, urban, strict=True)
        ]
    )


def _tables_of(facts: Facts, year: int) -> list[Table]:
    split = split_year(facts, year)
    sources = facts.sources(
        ["urban_population", "resident_population"], [year], REGIONS
    )
    entry = Provenance(
        unit="person",
        kind="derived",
        sources=[*sources, "analyst"],
        rule="Census persons by age (both sexes) and census urban and rural totals are "
        "exact margins of each region; the split of each age is iterative proportional "
        "fitting from one seed, the urban over rural odds by age of an ecological "
        f"regression over the 22 regions ({GOODMAN}), half of its log contrast kept "
        "(derivation.toml: urban_rural_age_contrast); then rounded to whole persons.",
        error="margins exact; an urban cell 5 %, a rural cell 15 % (contrast 0.3 to "
        "1.0 moves the rural 60+ share by -2 to +4 points)",
        note="The split of age by settlement is not published by region.",
    )
    return [
        Table(
            f"population_{settlement}_{year}.csv",
            "region",
            REGIONS,
            AGES,
            split[:, place],
            [entry],
            decimals=0,
        )
        for place, settlement in enumerate(("urban", "rural"))
    ]


def female_share_table(facts: Facts) -> Table:
    """Return female_share.csv: women among persons of 15 to 49."""
    columns = [
        [
            facts.persons(region, year, "female")[FEMALE_AGES].sum()
            / facts.persons(region, year)[FEMALE_AGES].sum()
            for region in REGIONS
        ]
        for year in (2010, 2020)
    ]
    entry = Provenance(
        unit="1",
        kind="statistic",
        sources=facts.sources(["resident_population"], [2010, 2020], REGIONS),
        rule="Women of 15 to 49 over persons of 15 to 49, census.",
        error="under 0.1 %",
        note="One share for all ages of 15 to 49 and both settlements.",
    )
    return Table(
        "female_share.csv",
        "region",
        REGIONS,
        ("female share 2010", "female share 2020"),
        np.array(columns).T,
        [entry],
    )
