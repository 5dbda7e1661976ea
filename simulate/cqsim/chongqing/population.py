"""Residents by age and settlement, deaths and births, from censuses and records."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.interpolate import PchipInterpolator
from scipy.optimize import brentq, minimize_scalar, nnls
from scipy.stats import norm

from cqsim.chongqing.balancing import (
    balance,
    exact_shares,
    shares_of_total,
    whole_parts,
)
from cqsim.chongqing.facts import AGES, CENSUSES, MUNICIPALITY, Facts, Floats

FIRST_CENSUS = 2010
SECOND_CENSUS = 2020
CENSUS_GAP = float(SECOND_CENSUS - FIRST_CENSUS)
GROUPS = len(AGES)
OPEN_AGE = 85
LAST_AGE = 110
OLD_AGE = 75
"""From here on deaths bend a cohort's path so much that group counts are safer."""


@dataclass(frozen=True, slots=True)
class AgeCurve:
    """How many persons are younger than an age, as a smooth monotone curve."""

    below: PchipInterpolator

    def between(self, first: Floats, last: Floats) -> Floats:
        """Return persons whose age is in [first, last)."""
        ends = np.clip([first, last], 0.0, LAST_AGE)
        return np.asarray(self.below(ends[1]) - self.below(ends[0]))


def age_curve(groups: Floats) -> AgeCurve:
    """Return the curve through five-year counts, (age,).

    The open group is spread with the yearly ratio that its size beside 80-84 implies,
    or halves every year where one of the two is empty.
    """
    eldest, before = groups[-1], groups[-2]
    ratio = (eldest / (eldest + before)) ** 0.2 if before > 0 < eldest else 0.5
    ages = np.arange(OPEN_AGE, LAST_AGE + 1)
    tail = eldest * (1 - ratio ** (ages - OPEN_AGE)) / (1 - ratio ** (ages[-1] - 85))
    knots = np.concatenate([np.arange(0, OPEN_AGE, 5), ages])
    persons = np.concatenate([[0.0], np.cumsum(groups[:-1])[:-1]])
    counts = np.concatenate([persons, groups[:-1].sum() + tail])
    return AgeCurve(PchipInterpolator(knots, counts))


def cohort_path(first: Floats, second: Floats) -> Callable[[float], Floats]:
    """Return the function that gives persons by five-year age, (age,), at a time.

    The time is in years since the first census, 0 to 10. A cohort moves geometrically
    from its size at the first census to that at the second; who was born between them
    counts as at the second; from age 75 on the groups themselves are interpolated. Ends
    are exact.

    Parameters
    ----------
    first, second : (age,)
        Counts of the two censuses.
    """
    starts = np.arange(0.0, 5.0 * GROUPS, 5.0, dtype=np.float64)
    early, late = age_curve(first), age_curve(second)

    def population_at(time: float) -> Floats:
        share = time / CENSUS_GAP
        before = early.between(starts - time, starts + 5 - time)
        after = late.between(starts + CENSUS_GAP - time, starts + 5 + CENSUS_GAP - time)
        path = np.where(starts < time, after, before ** (1 - share) * after**share)
        groups = (1 - share) * first + share * second
        return np.where(starts >= OLD_AGE, groups, path)

    return population_at


def population_after(years: float, second: Floats, mortality: Floats) -> Floats:
    """Return the population some years after the second census, without migration.

    The youngest group stays as counted: it feeds neither births nor many deaths.

    Parameters
    ----------
    years : since the second census
    second : (age,)
    mortality : (age,), 1/year
    """
    starts = np.arange(0.0, 5.0 * GROUPS, 5.0, dtype=np.float64)
    ends = np.append(starts[1:], LAST_AGE + years)
    aged = age_curve(second).between(starts - years, ends - years)
    survivors = aged * np.exp(-mortality * years)
    survivors[0] = second[0]
    return np.asarray(survivors)


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


def split_year(facts: Facts, year: int) -> Floats:
    """Return whole persons of a census year, (region, settlement, age)."""
    persons = np.array([facts.persons(region, year) for region in facts.regions])
    urban = facts.vector("urban_population", year)
    profiles = ecological_profiles(persons, urban)
    odds = seed_contrast(profiles, facts.choice("urban_rural_age_contrast"))
    return np.stack(
        [
            split_by_settlement(ages, count, odds)
            for ages, count in zip(persons, urban, strict=True)
        ]
    )


STEP = 0.1
LEVEL_DECIMALS = 6
"""Of the logarithm of a fitted level: an optimiser's last digits are its own."""
CHECK_YEARS = (2012, 2013)
"""Years of the original series whose deaths pin the schedule of 2010."""


@dataclass(frozen=True, slots=True)
class MortalitySchedule:
    """A force of mortality over age.

    Parameters
    ----------
    level
        1/year, at age 0, of the part that rises with age.
    slope
        1/year, rise of its logarithm a year of age.
    infant
        1/year, extra at birth, fading by e a year of age.
    """

    level: float
    slope: float
    infant: float

    def force(self, age: Floats) -> Floats:
        """Return deaths a person-year at each age, 1/year."""
        rising = self.level * np.exp(self.slope * age)
        return np.asarray(rising + self.infant * np.exp(-age))

    def survivors(self, age: Floats) -> Floats:
        """Return the share of births alive in the middle of each step of age."""
        force = self.force(age) * STEP
        return np.asarray(np.exp(-(np.cumsum(force) - force / 2)))


def middle_ages() -> Floats:
    """Return the middle of each step of age, years."""
    return np.asarray(np.arange(0, LAST_AGE, STEP) + STEP / 2)


def life_expectancy(schedule: MortalitySchedule) -> float:
    """Return the expectation of life at birth, years."""
    return float(schedule.survivors(middle_ages()).sum() * STEP)


def group_rates(schedule: MortalitySchedule) -> Floats:
    """Return deaths a person-year by five-year age, (age,), 85+ included.

    Within a group the force is weighted by the survivors of the schedule itself.
    """
    age = middle_ages()
    alive = schedule.survivors(age)
    group = np.minimum((age // 5).astype(int), GROUPS - 1)
    deaths = np.bincount(group, schedule.force(age) * alive)
    return np.asarray(deaths / np.bincount(group, alive))


def crude_rate(schedule: MortalitySchedule, persons: Floats) -> float:
    """Return deaths a person-year of a population, 1/year."""
    return float((group_rates(schedule) * persons).sum() / persons.sum())


def fit_schedule(facts: Facts) -> MortalitySchedule:
    """Return the schedule of 2020: the best compromise of two published numbers.

    They are the life expectancy (2024) and the crude death rate on the census age
    structure of 2020; no schedule with a human slope meets both.
    """
    persons = facts.persons(MUNICIPALITY, 2020)
    rate = facts.value(MUNICIPALITY, "death_rate", 2020) / 1000
    expectancy = facts.parameter("life_expectancy")

    def schedule(log_level: float) -> MortalitySchedule:
        slope, infant = (
            facts.choice(name)
            for name in ("mortality_slope", "infant_mortality_excess")
        )
        return MortalitySchedule(float(np.exp(log_level)), slope, infant)

    def misfit(log_level: float) -> float:
        tried = schedule(log_level)
        deaths = (crude_rate(tried, persons) / rate - 1) / facts.choice(
            "death_rate_weight"
        )
        years = (life_expectancy(tried) - expectancy) / facts.choice(
            "life_expectancy_weight"
        )
        return deaths**2 + years**2

    best = minimize_scalar(
        misfit, bounds=(-14, -7), method="bounded", options={"xatol": 1e-10}
    )
    return schedule(round(float(best.x), LEVEL_DECIMALS))


def between(first: Floats, second: Floats, year: float) -> Floats:
    """Return rates of a year, geometrically between those of 2010 and 2020."""
    share = (year - 2010) / 10
    return np.asarray(first ** (1 - share) * second**share)


def recorded_deaths(facts: Facts, year: int) -> float:
    """Return deaths of the municipality in a year: rate times that series' people."""
    rate = facts.value(MUNICIPALITY, "death_rate", year) / 1000
    return rate * facts.value(MUNICIPALITY, "resident_population", year)


def modelled_deaths(facts: Facts, year: int, rates: Floats) -> float:
    """Return deaths of the municipality from rates and interpolated ages."""
    path = cohort_path(*(facts.persons(MUNICIPALITY, census) for census in CENSUSES))
    return float((path(year - 2010 - 1 / 3) * rates).sum())


def earlier_rates(facts: Facts, late: MortalitySchedule) -> Floats:
    """Return the rates of 2010 that give the recorded deaths of 2012 and 2013, (age,).

    The schedule of 2010 has the slope of 2020 and another level.
    """
    second = group_rates(late)
    recorded = sum(recorded_deaths(facts, year) for year in CHECK_YEARS)

    def excess(log_level: float) -> float:
        tried = MortalitySchedule(float(np.exp(log_level)), late.slope, late.infant)
        first = group_rates(tried)
        return recorded - sum(
            modelled_deaths(facts, year, between(first, second, year))
            for year in CHECK_YEARS
        )

    level = float(np.exp(round(brentq(excess, -13, -7), LEVEL_DECIMALS)))
    return group_rates(MortalitySchedule(level, late.slope, late.infant))


def mortality_rates(facts: Facts) -> tuple[Floats, Floats]:
    """Return rates of 2010 and of 2020, each (age,), 1/year."""
    late = fit_schedule(facts)
    return earlier_rates(facts, late), group_rates(late)


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
    return cohort_path(first, second)(max(time, 0.0))


def recorded_births(facts: Facts, year: int) -> float:
    """Return births of the municipality: rate times the people of that series."""
    rate = facts.value(MUNICIPALITY, "birth_rate", year) / 1000
    return rate * facts.value(MUNICIPALITY, "resident_population", year)


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
                / child_woman_ratio(facts, facts.regions, year)
                for region in facts.regions
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
    women = [facts.persons(r, 2020, "female")[MOTHERS].sum() for r in facts.regions]
    return np.asarray(shrunk / np.average(shrunk, weights=women))


def metropolitan_over_municipal(facts: Facts) -> float:
    """Return fertility of the 22 regions over that of the municipality."""
    return float(
        np.mean(
            [
                child_woman_ratio(facts, facts.regions, year)
                / child_woman_ratio(facts, (MUNICIPALITY,), year)
                for year in (2010, 2020)
            ]
        )
    )


def population_tables(facts: Facts) -> dict[str, pd.DataFrame]:
    """Return residents, women, deaths and births, by name of file."""
    tables = {}
    for year in CENSUSES:
        split = split_year(facts, year)
        for place, settlement in enumerate(("urban", "rural")):
            name = f"population_{settlement}_{year}.csv"
            tables[name] = facts.by_region(split[:, place], AGES)
    tables["female_share.csv"] = facts.by_region(
        {f"female share {year}": female_share(facts, year) for year in CENSUSES}
    )
    ages = pd.Index(AGES, name="age")
    tables["mortality.csv"] = pd.DataFrame(
        dict(
            zip(
                ("mortality 2010", "mortality 2020"),
                mortality_rates(facts),
                strict=True,
            )
        ),
        index=ages,
    )
    municipal = municipal_fertility(facts)
    tables["fertility.csv"] = pd.DataFrame(
        {
            "total fertility rate": municipal * metropolitan_over_municipal(facts),
            "total fertility rate chongqing": municipal,
        },
        index=pd.Index(YEARS, name="year"),
    )
    tables["fertility_schedule.csv"] = pd.DataFrame(
        {"share of total fertility": exact_shares(pattern(facts))}, index=ages[FERTILE]
    )
    tables["regional_fertility.csv"] = facts.by_region(
        {"relative fertility": relative_fertility(facts)}
    )
    return tables


def female_share(facts: Facts, year: int) -> Floats:
    """Return women among persons of 15 to 49, (region,), 0 to 1."""
    women, all_persons = (
        np.array([facts.persons(r, year, sex)[FERTILE].sum() for r in facts.regions])
        for sex in ("female", "")
    )
    return np.asarray(women / all_persons)


def population_figures(facts: Facts) -> dict[str, dict[str, float]]:
    """Return the numbers that the provenance of a file quotes, by file."""
    schedule = fit_schedule(facts)
    crude = crude_rate(schedule, facts.persons(MUNICIPALITY, 2020)) * 1000
    return {
        "mortality.csv": {
            "life_expectancy": life_expectancy(schedule),
            "crude_death_rate": crude,
        },
        "regional_fertility.csv": {"reliability": reliability(regional_ratios(facts))},
    }
