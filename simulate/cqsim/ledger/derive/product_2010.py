"""Gross regional product by sector in 2010 at prices of 2020: a backcast."""

import numpy as np

from cqsim.ledger.derive.balancing import shares_of_total
from cqsim.ledger.derive.facts import (
    CENTRAL,
    DISTRICTS,
    MUNICIPALITY,
    SECTORS,
    Facts,
    Floats,
)
from cqsim.ledger.derive.product import product_2020, sectors_of, shares_of
from cqsim.ledger.derive.table import Provenance, Table
from cqsim.ledger.places import REGIONS

YEARS = tuple(range(2010, 2023))
DATED = "dadukou"
"""The one district with sectors near 2010 (2011, before its steel works closed)."""


def growth_rates(facts: Facts) -> tuple[Floats, Floats]:
    """Return the municipality's real growth by year, percent, and whether published.

    A missing year lies on the line between its neighbours; where the revised nominal
    series has the year, the mean with nominal growth less the neighbours' inflation.
    """
    known = [y for y in YEARS if facts.has(MUNICIPALITY, y, "gdp_growth_real")]
    rates = [facts.value(MUNICIPALITY, year, "gdp_growth_real") for year in known]
    filled = np.interp(YEARS, known, rates)
    for place, year in enumerate(YEARS):
        if year not in known and year > 2012:
            filled[place] = (filled[place] + _deflated(facts, year, known)) / 2
    return filled, np.isin(YEARS, known).astype(float)


def _nominal_growth(facts: Facts, year: int) -> float:
    now, before = (facts.value(MUNICIPALITY, y, "gdp") for y in (year, year - 1))
    return (now / before - 1) * 100


def _deflated(facts: Facts, year: int, known: list[int]) -> float:
    """Return nominal growth less the mean inflation of the published neighbours."""
    near = [y for y in (year - 1, year + 1) if y in known and y > 2012]
    gaps = [
        _nominal_growth(facts, y) - facts.value(MUNICIPALITY, y, "gdp_growth_real")
        for y in near
    ]
    return _nominal_growth(facts, year) - float(np.mean(gaps))


def volume_index(facts: Facts, year: int) -> float:
    """Return the municipality's real product of a year over that of 2020."""
    rates, _ = growth_rates(facts)
    later = [rate for y, rate in zip(YEARS, rates, strict=True) if year < y <= 2020]
    return float(1 / np.prod(1 + np.array(later) / 100))


def municipal_volume(facts: Facts, year: int) -> float:
    """Return the municipality's product of a year at prices of 2020, 10^8 CNY."""
    return facts.value(MUNICIPALITY, 2020, "gdp") * volume_index(facts, year)


def price_level(facts: Facts, year: int) -> float:
    """Return the municipality's nominal product of a year over its volume."""
    return facts.value(MUNICIPALITY, year, "gdp") / municipal_volume(facts, year)


def block_sectors(facts: Facts, scope: str) -> Floats:
    """Return a yearbook block's sectors of 2010 at prices of 2020, (sector,).

    The scope is cq21 or central; one price level serves all sectors.
    """
    if scope == "central":
        total = facts.value(scope, 2010, "gdp")
        goods = [facts.value(scope, 2010, f"gdp_{sector}") for sector in SECTORS[:2]]
        sectors = np.array([*goods, total - sum(goods)])
    else:
        sectors = sectors_of(facts, scope, 2010)
    return np.asarray(sectors / price_level(facts, 2010))


def dated_sectors(facts: Facts) -> Floats:
    """Return dadukou's sectors of 2010 at prices of 2020, (sector,), from 2011."""
    prices = np.sqrt(price_level(facts, 2010) * price_level(facts, 2012))
    growth = 1 + facts.value(DATED, 2011, "gdp_growth_real") / 100
    total = facts.value(DATED, 2011, "gdp") / growth / prices
    return np.asarray(shares_of(facts, DATED, 2011) * total)


def northern_sectors(facts: Facts, districts_2010: Floats, late: Floats) -> Floats:
    """Return Guang'an's sectors of 2010 at prices of 2020, (sector,).

    Back to 2015 with its own mean growth, before that with the municipality's; its
    shares move like those of the twelve outer districts.

    Parameters
    ----------
    districts_2010 : (district, sector)
    late : (region, sector)
        Gross product of 2020.
    """
    own = (1 + facts.choice("guangan_growth_2016_2020") / 100) ** 5
    before = volume_index(facts, 2015) / volume_index(facts, 2010)
    total = late[-1].sum() / own / before
    outer = slice(len(CENTRAL), len(DISTRICTS))
    early, now = (block[outer].sum(axis=0) for block in (districts_2010, late))
    change = shares_of_total(early) / shares_of_total(now)
    return np.asarray(shares_of_total(late[-1] * change) * total)


def product_2010(facts: Facts) -> Floats:
    """Return gross product in 2010, (region, sector), 10^8 CNY at prices of 2020.

    Inside each of the two yearbook blocks, each sector is shared by the product of
    2020 times the change of population; dadukou is held at its own record.
    """
    late = product_2020(facts)
    people = [
        np.array([facts.persons(r, year).sum() for r in REGIONS])
        for year in (2010, 2020)
    ]
    weights = late * (people[0] / people[1])[:, None]
    dated = dated_sectors(facts)
    central = block_sectors(facts, "central")
    outer = block_sectors(facts, "cq21") - central
    weights[REGIONS.index(DATED)] = 0.0
    centre = slice(0, len(CENTRAL))
    rest = slice(len(CENTRAL), len(DISTRICTS))
    early = np.zeros_like(late)
    early[centre] = weights[centre] / weights[centre].sum(0) * (central - dated)
    early[rest] = weights[rest] / weights[rest].sum(0) * outer
    early[REGIONS.index(DATED)] = dated
    early[-1] = northern_sectors(facts, early[: len(DISTRICTS)], late)
    return early


def product_2010_table(facts: Facts) -> Table:
    """Return gdp_2010.csv."""
    variables = ["gdp", "gdp_growth_real", *(f"gdp_{sector}" for sector in SECTORS)]
    sources = {
        *facts.sources(variables, range(2010, 2021), [MUNICIPALITY]),
        *facts.sources(variables, [2010], ["cq21", "central"]),
        *facts.sources(variables, [2011], [DATED]),
        facts.judgement["guangan_growth_2016_2020"].source,
        *facts.sources(["gdp"], [2020], REGIONS),
        *facts.sources(["resident_population"], [2010], REGIONS),
    }
    entry = Provenance(
        unit="10^8 CNY/year of 2020",
        kind="derived",
        sources=(*sources, "analyst"),
        rule="Municipal volume: 2020 chained back with published real growth (2011, "
        "2013 and 2019 estimated, see external.csv). Sectors of the nine central and "
        "the other twelve districts: yearbook shares of 2010, one price level. Inside "
        "a block: product of 2020 x population 2010 over 2020. dadukou: its own 2011. "
        "guangan: own growth 2016-2020, the municipality's before, outer districts' "
        "change of shares.",
        error="blocks 5 %, a region 25 %, a region's sector 35 %",
        note="Constant prices of 2020; relative prices of sectors as in 2010. Check: "
        "yuzhong's own 958 in 2015, 74 % above 2010, gives about 610 against 700 here.",
    )
    return Table(
        "gdp_2010.csv", "region", REGIONS, SECTORS, product_2010(facts), [entry]
    )


def external_table(facts: Facts) -> Table:
    """Return external.csv: growth of the municipality by year."""
    rates, published = growth_rates(facts)
    sources = facts.sources(["gdp_growth_real", "gdp"], YEARS, [MUNICIPALITY])
    entries = [
        Provenance(
            unit="percent/year",
            kind="derived",
            sources=(*sources, "analyst"),
            rule="Published real growth. A missing year (published = 0): the line "
            "between neighbours, averaged, where the revised nominal series has both "
            "years, with nominal growth less the inflation of the neighbouring years.",
            error="published 0.3 points, estimated 1.3 points",
            column="real growth",
        ),
        Provenance(
            unit="1",
            kind="statistic",
            sources=sources,
            rule="1 where the rate is published, 0 where it is estimated.",
            error="none",
            column="published",
        ),
    ]
    return Table(
        "external.csv",
        "year",
        [str(year) for year in YEARS],
        ("real growth", "published"),
        np.column_stack([rates, published]),
        entries,
    )
