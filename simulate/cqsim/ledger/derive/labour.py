"""Employed persons by region and sector."""

import numpy as np

from cqsim.ledger.derive.balancing import shares_of_total
from cqsim.ledger.derive.facts import MUNICIPALITY, SECTORS, Facts, Floats
from cqsim.ledger.derive.table import Provenance, Table
from cqsim.ledger.places import REGIONS

WORKING = slice(3, 12)
"""15-19 to 55-59."""


def working_age(facts: Facts, region: str, year: int) -> float:
    """Return persons of 15 to 59."""
    return float(facts.persons(region, year)[WORKING].sum())


def employed_2020(facts: Facts) -> Floats:
    """Return employed persons, (region,).

    The census sample says how the employed spread over regions; the level is the
    published ratio to the working ages of the municipality.
    """
    ratio = facts.parameter("employment_to_working_age").value
    level = ratio * working_age(facts, MUNICIPALITY, 2020)
    sample = facts.value(MUNICIPALITY, 2020, "employed_in_census_sample")
    return facts.vector("employed_in_census_sample", 2020) * level / sample


def employment_ratio(facts: Facts) -> Floats:
    """Return the employed of 2020 over persons of 15 to 59, (region,)."""
    ages = [working_age(facts, region, 2020) for region in REGIONS]
    return np.asarray(employed_2020(facts) / np.array(ages))


def sector_shares_2020(facts: Facts) -> Floats:
    """Return census shares of employment, (region, sector), each row summing to 1."""
    shares = np.column_stack(
        [facts.vector(f"employment_share_{sector}", 2020) for sector in SECTORS]
    )
    return shares_of_total(shares)


def employment_2020(facts: Facts) -> Floats:
    """Return employed persons in 2020, (region, sector)."""
    return employed_2020(facts)[:, None] * sector_shares_2020(facts)


def logit(share: Floats) -> Floats:
    """Return the log odds of a share."""
    return np.asarray(np.log(share / (1 - share)))


def primary_slope(primary: Floats, rural: Floats) -> float:
    """Return how the log odds of farm work follow those of rural residence.

    Least squares over the regions that have rural residents.

    Parameters
    ----------
    primary, rural : (region,)
        Shares, 0 to 1.
    """
    inside = rural > 0
    return float(np.polyfit(logit(rural[inside]), logit(primary[inside]), 1)[0])


def employment_2010(facts: Facts) -> Floats:
    """Return employed persons in 2010, (region, sector).

    The ratio to the working ages is that of 2020. Farm work moves with rural
    residence on the logit scale; the other two keep their proportion of 2020.
    """
    ages = np.array([working_age(facts, region, 2010) for region in REGIONS])
    shares = sector_shares_2020(facts)
    rural = [1 - urban_share(facts, year) for year in (2010, 2020)]
    slope = primary_slope(shares[:, 0], rural[1])
    primary = shares[:, 0].copy()
    inside = (rural[0] > 0) & (rural[1] > 0)
    shift = logit(rural[0][inside]) - logit(rural[1][inside])
    primary[inside] = 1 / (1 + np.exp(-(logit(primary[inside]) + slope * shift)))
    others = shares_of_total(shares[:, 1:])
    moved = np.column_stack([primary, (1 - primary)[:, None] * others])
    return np.asarray((ages * employment_ratio(facts))[:, None] * moved)


def urban_share(facts: Facts, year: int) -> Floats:
    """Return the census urban share, (region,), 0 to 1."""
    totals = np.array([facts.persons(region, year).sum() for region in REGIONS])
    return np.asarray(facts.vector("urban_population", year) / totals)


def labour_tables(facts: Facts) -> list[Table]:
    """Return employment_2020.csv, employment_2010.csv and employment_ratio.csv."""
    everywhere = [*REGIONS, MUNICIPALITY]
    variables = [f"employment_share_{sector}" for sector in SECTORS]
    variables += ["employed_in_census_sample", "resident_population"]
    sources = (
        *facts.sources(variables, [2020], everywhere),
        facts.parameter("employment_to_working_age").source,
    )
    return [
        _table("employment_2020.csv", employment_2020(facts), _late_entry(sources)),
        _table(
            "employment_2010.csv", employment_2010(facts), _early_entry(facts, sources)
        ),
        _ratio_table(facts, sources),
    ]


def _late_entry(sources: tuple[str, ...]) -> Provenance:
    return Provenance(
        unit="person",
        kind="derived",
        sources=sources,
        rule="Employed in the census long-form sample, expanded by one factor so that "
        "Chongqing has 0.8581 employed a person of 15 to 59; sectors by census shares.",
        error="level 5 %, a region 5 %, a sector share 1 point",
        note="The ratio is published for 16 to 59 in 2024; Guang'an takes the factor "
        "of Chongqing.",
    )


def _early_entry(facts: Facts, sources: tuple[str, ...]) -> Provenance:
    early = facts.sources(["resident_population", "urban_population"], [2010], REGIONS)
    return Provenance(
        unit="person",
        kind="derived",
        sources=[*sources, *early, "analyst"],
        rule="Persons of 15 to 59 in 2010 times the region's employment ratio of 2020; "
        "the primary share follows the rural share of 2010 on the logit scale (slope "
        "from the regions in 2020), the others keep their proportion of 2020.",
        error="total 8 %, primary share 6 points, secondary share 8 points",
        note="No sector shares of 2010 by region are in the collected tables.",
    )


def _ratio_table(facts: Facts, sources: tuple[str, ...]) -> Table:
    entry = Provenance(
        unit="1",
        kind="derived",
        sources=sources,
        rule="Employed of employment_2020.csv over persons of 15 to 59.",
        error="5 %",
        note="Low where students live.",
    )
    return Table(
        "employment_ratio.csv",
        "region",
        REGIONS,
        ("employment ratio",),
        employment_ratio(facts)[:, None],
        [entry],
    )


def _table(file: str, persons: Floats, entry: Provenance) -> Table:
    return Table(file, "region", REGIONS, SECTORS, persons, [entry])
