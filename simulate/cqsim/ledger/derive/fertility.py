"""Births: the total fertility rate by year, its age pattern, its regional pattern."""

import numpy as np
from scipy.stats import norm

from cqsim.ledger.derive.balancing import exact_shares, shares_of_total
from cqsim.ledger.derive.cohorts import population_after, population_at
from cqsim.ledger.derive.facts import AGES, MUNICIPALITY, Facts, Floats
from cqsim.ledger.derive.mortality import mortality_rates
from cqsim.ledger.derive.table import Provenance, Table
from cqsim.ledger.places import REGIONS

MANUAL_X = "United Nations 1983, Manual X, child-woman ratios"
YEARS = tuple(range(2010, 2023))
RECORDED_YEARS = (2012, 2013, 2014, 2015, 2019, 2020, 2021, 2022)
"""2016 to 2018 are memory rows; the census count of births of 2010 is short."""
CENSUS_DATE = 2010 + 10 / 12
FERTILE = slice(3, 10)
"""15-19 to 45-49."""
MOTHERS = slice(4, 8)
"""20-24 to 35-39: where the mothers of children under five are."""


def age_shares(mean: float, spread: float) -> Floats:
    """Return shares of total fertility by five-year age from 15 to 49, (age,)."""
    ends = np.arange(15, 51, 5)
    return shares_of_total(np.diff(norm.cdf(ends, mean, spread)))


def women_at(facts: Facts, year: int, mortality: Floats) -> Floats:
    """Return women of the municipality in the middle of a year, (age,)."""
    first, second = (
        facts.persons(MUNICIPALITY, census, "female") for census in (2010, 2020)
    )
    time = year + 0.5 - CENSUS_DATE
    if time > 10:
        return population_after(time - 10, second, mortality)
    return population_at(max(time, 0.0), first, second)


def recorded_births(facts: Facts, year: int) -> float:
    """Return births of the municipality: rate times the people of that series."""
    rate = facts.value(MUNICIPALITY, year, "birth_rate") / 1000
    return rate * facts.value(MUNICIPALITY, year, "resident_population")


def total_fertility(births: float, women: Floats, shares: Floats) -> float:
    """Return children a woman: births over women weighted by the age pattern.

    Parameters
    ----------
    births : persons a year
    women : (age,)
        All 18 groups.
    shares : (age,)
        From 15 to 49, summing to 1.
    """
    return float(5 * births / (women[FERTILE] * shares).sum())


def municipal_fertility(facts: Facts) -> Floats:
    """Return the total fertility rate of Chongqing by year, (year,).

    Years without a usable record lie on the line between their neighbours; 2010 and
    2011 take the value of 2012.
    """
    _, mortality = mortality_rates(facts)
    shares = pattern(facts)
    known = [
        total_fertility(
            recorded_births(facts, year), women_at(facts, year, mortality), shares
        )
        for year in RECORDED_YEARS
    ]
    return np.asarray(np.interp(YEARS, RECORDED_YEARS, known))


def pattern(facts: Facts) -> Floats:
    """Return the age pattern of derivation.toml, (age,)."""
    return age_shares(
        facts.choice("mean_age_of_childbearing"), facts.choice("spread_of_childbearing")
    )


def child_woman_ratio(facts: Facts, regions: tuple[str, ...], year: int) -> float:
    """Return children under five over women of 20 to 39 in some regions together."""
    children = sum(facts.persons(region, year)[0] for region in regions)
    women = sum(facts.persons(r, year, "female")[MOTHERS].sum() for r in regions)
    return float(children / women)


def regional_ratios(facts: Facts) -> Floats:
    """Return each region's child-woman ratio over that of all, (year, region)."""
    return np.array(
        [
            [
                child_woman_ratio(facts, (region,), year)
                / child_woman_ratio(facts, REGIONS, year)
                for region in REGIONS
            ]
            for year in (2010, 2020)
        ]
    )


def reliability(ratios: Floats) -> float:
    """Return the share of the spread of the two-census mean that lasts, 0 to 1.

    What the two censuses share (their covariance) is taken as lasting.

    Parameters
    ----------
    ratios : (year, region)
    """
    both = np.cov(np.log(ratios))
    return float(np.clip(both[0, 1] / (both.sum() / 4), 0, 1))


def relative_fertility(facts: Facts) -> Floats:
    """Return regional over metropolitan fertility, (region,); women-weighted mean 1."""
    ratios = regional_ratios(facts)
    shrunk = np.exp(reliability(ratios) * np.log(ratios).mean(axis=0))
    women = [facts.persons(r, 2020, "female")[MOTHERS].sum() for r in REGIONS]
    return np.asarray(shrunk / np.average(shrunk, weights=women))


def metropolitan_over_municipal(facts: Facts) -> float:
    """Return fertility of the 22 regions over that of the municipality."""
    return float(
        np.mean(
            [
                child_woman_ratio(facts, REGIONS, year)
                / child_woman_ratio(facts, (MUNICIPALITY,), year)
                for year in (2010, 2020)
            ]
        )
    )


def fertility_tables(facts: Facts) -> list[Table]:
    """Return fertility.csv, fertility_schedule.csv and regional_fertility.csv."""
    census = facts.sources(["resident_population"], [2010, 2020], REGIONS)
    return [
        _level_table(facts, census),
        _schedule_table(facts),
        _regional_table(facts, census),
    ]


def _level_table(facts: Facts, census: tuple[str, ...]) -> Table:
    municipal = municipal_fertility(facts)
    sources = facts.sources(
        ["birth_rate", "resident_population"], RECORDED_YEARS, [MUNICIPALITY]
    )
    entry = Provenance(
        unit="person/person",
        kind="derived",
        sources=[*sources, *census, "analyst"],
        rule="Births (birth rate times resident population of the same series) over "
        "women of the interpolated censuses, weighted by fertility_schedule.csv. 2016 "
        "to 2018 (memory rows) are interpolated, 2010 and 2011 take 2012. The metro's "
        "rate is Chongqing's times the ratio of their child-woman ratios "
        f"({MANUAL_X}).",
        error="8 %: the 0-9 of the 2020 census are 1 % above the births used (the 5-9 "
        "6 % above, the 0-4 4 % below), deaths and moves apart; 2010 and 2011 15 %",
        note="The level of the yearly records is taken, since the census children "
        "agree with it. The census count of births of 2010 (9.14 per mille) is short "
        "and unused. 2015 pairs the original rate with the revised population (the "
        "revised rate differs by 0.2 %). The rise after the two-child rule of 2016 is "
        "smoothed away.",
    )
    return Table(
        "fertility.csv",
        "year",
        [str(year) for year in YEARS],
        ("total fertility rate", "total fertility rate chongqing"),
        np.column_stack([municipal * metropolitan_over_municipal(facts), municipal]),
        [entry],
    )


def _schedule_table(facts: Facts) -> Table:
    entry = Provenance(
        unit="1",
        kind="assumption",
        sources=["analyst"],
        rule="Normal curve, mean and spread of derivation.toml, cut at 15 and 50.",
        error="mean age 1 year",
        note="Births by age of mother are not in the collected tables.",
    )
    return Table(
        "fertility_schedule.csv",
        "age",
        AGES[FERTILE],
        ("share of total fertility",),
        exact_shares(pattern(facts))[:, None],
        [entry],
        decimals=6,
    )


def _regional_table(facts: Facts, census: tuple[str, ...]) -> Table:
    entry = Provenance(
        unit="1",
        kind="derived",
        sources=census,
        rule=f"Children under 5 over women of 20 to 39 ({MANUAL_X}), over that of the "
        "22 regions together, geometric mean of both censuses, shrunk towards 1 by the "
        f"reliability {reliability(regional_ratios(facts)):.2f} of that mean; the mean "
        "weighted by women is 1.",
        error="10 %; left-behind children raise it in regions of out-migration",
        note="Multiplies the metropolitan total fertility rate of fertility.csv.",
    )
    return Table(
        "regional_fertility.csv",
        "region",
        REGIONS,
        ("relative fertility",),
        relative_fertility(facts)[:, None],
        [entry],
    )
