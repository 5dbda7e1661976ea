"""Employed persons and gross regional product by region and sector."""

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from cqsim.chongqing.balancing import balance, balance_around, shares_of_total
from cqsim.chongqing.facts import MUNICIPALITY, NORTHERN, SECTORS, Facts, Floats

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
    ratio = facts.parameter("employment_to_working_age")
    level = ratio * working_age(facts, MUNICIPALITY, 2020)
    sample = facts.value(MUNICIPALITY, "employed_in_census_sample", 2020)
    return facts.vector("employed_in_census_sample", 2020) * level / sample


def employment_ratio(facts: Facts) -> Floats:
    """Return the employed of 2020 over persons of 15 to 59, (region,)."""
    ages = [working_age(facts, region, 2020) for region in facts.regions]
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
    ages = np.array([working_age(facts, region, 2010) for region in facts.regions])
    shares = sector_shares_2020(facts)
    rural = [1 - urban_share(facts, year) for year in (2010, 2020)]
    slope = primary_slope(shares[:, 0], rural[1])
    primary = shares[:, 0].copy()
    inside = (rural[0] > 0) & (rural[1] > 0)
    shift = logit(rural[0][inside]) - logit(rural[1][inside])
    primary[inside] = expit(logit(primary[inside]) + slope * shift)
    others = shares_of_total(shares[:, 1:])
    moved = np.column_stack([primary, (1 - primary)[:, None] * others])
    return np.asarray((ages * employment_ratio(facts))[:, None] * moved)


def urban_share(facts: Facts, year: int) -> Floats:
    """Return the census urban share, (region,), 0 to 1."""
    totals = np.array([facts.persons(region, year).sum() for region in facts.regions])
    return np.asarray(facts.vector("urban_population", year) / totals)


def sectors_of(facts: Facts, region: str, year: int) -> Floats:
    """Return gross product by sector as published, (sector,), current prices."""
    return np.array([facts.value(region, f"gdp_{sector}", year) for sector in SECTORS])


def shares_of(facts: Facts, region: str, year: int) -> Floats:
    """Return sector shares as published, (sector,), summing to 1."""
    return shares_of_total(sectors_of(facts, region, year))


def municipal_sectors(facts: Facts) -> Floats:
    """Return sectors of the municipality in 2020, (sector,), on the revised total."""
    total = facts.value(MUNICIPALITY, "gdp", 2020)
    return shares_of(facts, MUNICIPALITY, 2020) * total


def district_margin(facts: Facts) -> Floats:
    """Return sectors of the 21 districts together in 2020, (sector,).

    Seeded with what the 21 had of each sector in 2010, balanced to the total of the
    21 and to the sectors of the municipality.
    """
    sectors = municipal_sectors(facts)
    total = facts.vector("gdp", 2020, facts.districts).sum()
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
    totals = facts.vector("gdp", 2020, facts.districts)
    known = {
        facts.districts.index(region): totals[facts.districts.index(region)]
        * carried_shares(facts, region, year)
        for region, year in published.items()
    }
    seed = labour_seed(facts)[: len(facts.districts)]
    return balance_around(seed, totals, district_margin(facts), known)


def left_out_errors(facts: Facts) -> dict[str, Floats]:
    """Return estimated less published shares of districts left out in turn.

    Each published district is estimated like the unpublished ones, from employment
    and margins, with the other published ones held fixed.
    """
    errors = {}
    published = facts.derivation.published_sectors
    for region in published:
        others = {name: year for name, year in published.items() if name != region}
        row = district_sectors(facts, others)[facts.districts.index(region)]
        shares = carried_shares(facts, region, published[region])
        errors[region] = np.asarray(row / row.sum() - shares)
    return errors


def product_2020(facts: Facts) -> Floats:
    """Return gross product in 2020, (region, sector), 10^8 CNY of 2020."""
    northern = shares_of(facts, NORTHERN, 2020) * facts.value(NORTHERN, "gdp", 2020)
    districts = district_sectors(facts, facts.derivation.published_sectors)
    return np.vstack([districts, northern])


YEARS = tuple(range(2010, 2023))
DATED = "dadukou"
"""The one district with sectors near 2010 (2011, before its steel works closed)."""


def growth_rates(facts: Facts) -> tuple[Floats, Floats]:
    """Return the municipality's real growth by year, percent, and whether published.

    A missing year lies on the line between its neighbours; where the revised nominal
    series has the year, the mean with nominal growth less the neighbours' inflation.
    """
    found = {
        row.year: row.value
        for row in facts.ledger.rows("gdp_growth_real", MUNICIPALITY)
    }
    known = [year for year in YEARS if year in found]
    rates = [found[year] for year in known]
    filled = np.interp(YEARS, known, rates)
    for place, year in enumerate(YEARS):
        if year not in known and year > 2012:
            filled[place] = (filled[place] + _deflated(facts, year, known)) / 2
    return filled, np.isin(YEARS, known).astype(float)


def _nominal_growth(facts: Facts, year: int) -> float:
    now, before = (facts.value(MUNICIPALITY, "gdp", y) for y in (year, year - 1))
    return (now / before - 1) * 100


def _deflated(facts: Facts, year: int, known: list[int]) -> float:
    """Return nominal growth less the mean inflation of the published neighbours."""
    near = [y for y in (year - 1, year + 1) if y in known and y > 2012]
    gaps = [
        _nominal_growth(facts, y) - facts.value(MUNICIPALITY, "gdp_growth_real", y)
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
    return facts.value(MUNICIPALITY, "gdp", 2020) * volume_index(facts, year)


def price_level(facts: Facts, year: int) -> float:
    """Return the municipality's nominal product of a year over its volume."""
    return facts.value(MUNICIPALITY, "gdp", year) / municipal_volume(facts, year)


def block_sectors(facts: Facts, scope: str) -> Floats:
    """Return a yearbook block's sectors of 2010 at prices of 2020, (sector,).

    The scope is cq21 or central; one price level serves all sectors.
    """
    if scope == "central":
        total = facts.value(scope, "gdp", 2010)
        goods = [facts.value(scope, f"gdp_{sector}", 2010) for sector in SECTORS[:2]]
        sectors = np.array([*goods, total - sum(goods)])
    else:
        sectors = sectors_of(facts, scope, 2010)
    return np.asarray(sectors / price_level(facts, 2010))


def dated_sectors(facts: Facts) -> Floats:
    """Return dadukou's sectors of 2010 at prices of 2020, (sector,), from 2011."""
    prices = np.sqrt(price_level(facts, 2010) * price_level(facts, 2012))
    growth = 1 + facts.value(DATED, "gdp_growth_real", 2011) / 100
    total = facts.value(DATED, "gdp", 2011) / growth / prices
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
    outer = slice(len(facts.central), len(facts.districts))
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
        np.array([facts.persons(r, year).sum() for r in facts.regions])
        for year in (2010, 2020)
    ]
    weights = late * (people[0] / people[1])[:, None]
    dated = dated_sectors(facts)
    central = block_sectors(facts, "central")
    outer = block_sectors(facts, "cq21") - central
    weights[facts.regions.index(DATED)] = 0.0
    centre = slice(0, len(facts.central))
    rest = slice(len(facts.central), len(facts.districts))
    early = np.zeros_like(late)
    early[centre] = weights[centre] / weights[centre].sum(0) * (central - dated)
    early[rest] = weights[rest] / weights[rest].sum(0) * outer
    early[facts.regions.index(DATED)] = dated
    early[-1] = northern_sectors(facts, early[: len(facts.districts)], late)
    return early


def economy_tables(facts: Facts) -> dict[str, pd.DataFrame]:
    """Return employment, product and growth, by name of file."""
    rates, published = growth_rates(facts)
    return {
        "employment_2020.csv": facts.by_region(employment_2020(facts), SECTORS),
        "employment_2010.csv": facts.by_region(employment_2010(facts), SECTORS),
        "employment_ratio.csv": facts.by_region(
            {"employment ratio": employment_ratio(facts)}
        ),
        "gdp_2020.csv": facts.by_region(product_2020(facts), SECTORS),
        "gdp_2010.csv": facts.by_region(product_2010(facts), SECTORS),
        "external.csv": pd.DataFrame(
            {"real growth": rates, "published": published},
            index=pd.Index(YEARS, name="year"),
        ),
    }


def economy_figures(facts: Facts) -> dict[str, dict[str, float | str]]:
    """Return the numbers that the provenance of a file quotes, by file."""
    errors = pd.DataFrame(left_out_errors(facts), index=SECTORS).abs() * 100
    worst = errors.max()
    return {
        "gdp_2020.csv": {
            **dict(zip(SECTORS, map(float, errors.mean(axis=1)), strict=True)),
            "worst": float(worst.max()),
            "district": str(worst.idxmax()),
        }
    }
