"""Gross regional product by sector in 2020, both margins exact."""

import numpy as np

from cqsim.ledger.derive.balancing import balance, balance_around, shares_of_total
from cqsim.ledger.derive.facts import (
    DISTRICTS,
    MUNICIPALITY,
    NORTHERN,
    SECTORS,
    Facts,
    Floats,
)
from cqsim.ledger.derive.labour import employment_2020
from cqsim.ledger.derive.table import Provenance, Table
from cqsim.ledger.places import REGIONS

RAS = "RAS: Deming and Stephan 1940, Bacharach 1965"
PUBLISHED = {
    **{"yubei": 2020, "bishan": 2020, "rongchang": 2020},
    **{"jiulongpo": 2021, "fuling": 2021, "beibei": 2022},
}
"""Districts whose sectors are published, and the year nearest to 2020."""


def sectors_of(facts: Facts, region: str, year: int) -> Floats:
    """Return gross product by sector as published, (sector,), current prices."""
    return np.array([facts.value(region, year, f"gdp_{sector}") for sector in SECTORS])


def shares_of(facts: Facts, region: str, year: int) -> Floats:
    """Return sector shares as published, (sector,), summing to 1."""
    return shares_of_total(sectors_of(facts, region, year))


def municipal_sectors(facts: Facts) -> Floats:
    """Return sectors of the municipality in 2020, (sector,), on the revised total."""
    total = facts.value(MUNICIPALITY, 2020, "gdp")
    return shares_of(facts, MUNICIPALITY, 2020) * total


def district_margin(facts: Facts) -> Floats:
    """Return sectors of the 21 districts together in 2020, (sector,).

    Seeded with what the 21 had of each sector in 2010, balanced to the total of the
    21 and to the sectors of the municipality.
    """
    sectors = municipal_sectors(facts)
    total = facts.vector("gdp", 2020, DISTRICTS).sum()
    held = sectors_of(facts, "cq21", 2010) / sectors_of(facts, MUNICIPALITY, 2010)
    seed = np.stack([held * sectors, (1 - held) * sectors])
    rows = np.array([total, sectors.sum() - total])
    return np.asarray(balance(seed, rows, sectors)[0])


def carried_shares(facts: Facts, region: str, year: int) -> Floats:
    """Return published shares carried to 2020 by the municipality's change, (sector,).

    The municipality's shares between 2020 and 2022 lie on a line.
    """
    ends = [shares_of(facts, MUNICIPALITY, end) for end in (2020, 2022)]
    then = ends[0] + (year - 2020) / 2 * (ends[1] - ends[0])
    return shares_of_total(shares_of(facts, region, year) * ends[0] / then)


def labour_seed(facts: Facts) -> Floats:
    """Return employment times the municipality's product a worker, (region, sector)."""
    workers = employment_2020(facts)
    return np.asarray(workers * municipal_sectors(facts) / workers.sum(axis=0))


def district_sectors(facts: Facts, published: dict[str, int]) -> Floats:
    """Return sectors of the 21 districts in 2020, (district, sector).

    Parameters
    ----------
    published
        Districts whose published shares are held fixed, and their year.
    """
    totals = facts.vector("gdp", 2020, DISTRICTS)
    known = {
        DISTRICTS.index(region): totals[DISTRICTS.index(region)]
        * carried_shares(facts, region, year)
        for region, year in published.items()
    }
    seed = labour_seed(facts)[: len(DISTRICTS)]
    return balance_around(seed, totals, district_margin(facts), known)


def left_out_errors(facts: Facts) -> dict[str, Floats]:
    """Return estimated less published shares of districts left out in turn.

    Each published district is estimated like the unpublished ones, from employment
    and margins, with the other published ones held fixed.
    """
    errors = {}
    for region in PUBLISHED:
        others = {name: year for name, year in PUBLISHED.items() if name != region}
        row = district_sectors(facts, others)[DISTRICTS.index(region)]
        shares = carried_shares(facts, region, PUBLISHED[region])
        errors[region] = np.asarray(row / row.sum() - shares)
    return errors


def product_2020(facts: Facts) -> Floats:
    """Return gross product in 2020, (region, sector), 10^8 CNY of 2020."""
    northern = shares_of(facts, NORTHERN, 2020) * facts.value(NORTHERN, 2020, "gdp")
    return np.vstack([district_sectors(facts, PUBLISHED), northern])


def product_2020_table(facts: Facts) -> Table:
    """Return gdp_2020.csv."""
    errors = left_out_errors(facts)
    mean = np.mean([np.abs(error) for error in errors.values()], axis=0) * 100
    worst = max(errors, key=lambda region: float(np.abs(errors[region]).max()))
    largest = float(np.abs(errors[worst]).max()) * 100
    variables = ["gdp", *(f"gdp_{sector}" for sector in SECTORS)]
    sources = {
        *facts.sources(variables, [2020], [*REGIONS, MUNICIPALITY]),
        *facts.sources(variables, [2010], ["cq21", MUNICIPALITY]),
        *facts.sources(variables, [2022], [MUNICIPALITY]),
        *facts.sources(["employment_share_primary"], [2020], REGIONS),
        facts.parameter("employment_to_working_age").source,
    }
    for region, year in PUBLISHED.items():
        sources |= set(facts.sources(variables, [year], [region]))
    entry = Provenance(
        unit="10^8 CNY/year of 2020",
        kind="derived",
        sources=tuple(sources),
        rule="Row totals: gross regional product of 2020. Columns of the 21 districts: "
        "municipal sectors on the revised total, shared by the 21's part of each "
        f"sector in 2010 and balanced to their total. Cells: {RAS} from employment x "
        "municipal product a worker. Held fixed: published shares of yubei, bishan, "
        "rongchang (2020), of jiulongpo, fuling (2021) and beibei (2022) carried back "
        "by the municipality's change, and guangan as published.",
        error="margins exact; left out in turn, a published district misses its shares "
        f"by {mean[0]:.1f}, {mean[1]:.1f}, {mean[2]:.1f} points (primary, secondary, "
        f"tertiary; mean), at worst {largest:.1f} points ({worst})",
        note="nanchuan's total is a memory row, dadukou's preliminary.",
    )
    return Table(
        "gdp_2020.csv", "region", REGIONS, SECTORS, product_2020(facts), [entry]
    )
