"""Deaths by age: a Gompertz schedule that meets the few totals that are published."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from cqsim.ledger.derive.cohorts import GROUPS, population_at
from cqsim.ledger.derive.facts import AGES, MUNICIPALITY, Facts, Floats
from cqsim.ledger.derive.table import Provenance, Table

GOMPERTZ = "Gompertz 1825, doi:10.1098/rstl.1825.0026"
STEP = 0.1
LAST_AGE = 110.0
LEVEL_DECIMALS = 6
"""Of the logarithm of a fitted level: an optimiser's last digits are its own."""
CHECK_YEARS = (2012, 2013)
"""Years of the original series whose deaths pin the schedule of 2010."""


@dataclass(frozen=True, slots=True)
class Schedule:
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


def life_expectancy(schedule: Schedule) -> float:
    """Return the expectation of life at birth, years."""
    return float(schedule.survivors(middle_ages()).sum() * STEP)


def group_rates(schedule: Schedule) -> Floats:
    """Return deaths a person-year by five-year age, (age,), 85+ included.

    Within a group the force is weighted by the survivors of the schedule itself.
    """
    age = middle_ages()
    alive = schedule.survivors(age)
    group = np.minimum((age // 5).astype(int), GROUPS - 1)
    deaths = np.bincount(group, schedule.force(age) * alive)
    return np.asarray(deaths / np.bincount(group, alive))


def crude_rate(schedule: Schedule, persons: Floats) -> float:
    """Return deaths a person-year of a population, 1/year."""
    return float((group_rates(schedule) * persons).sum() / persons.sum())


def fit_schedule(facts: Facts) -> Schedule:
    """Return the schedule of 2020: the best compromise of two published numbers.

    They are the life expectancy (2024) and the crude death rate on the census age
    structure of 2020; no schedule with a human slope meets both.
    """
    persons = facts.persons(MUNICIPALITY, 2020)
    rate = facts.value(MUNICIPALITY, 2020, "death_rate") / 1000
    expectancy = facts.parameter("life_expectancy").value

    def schedule(log_level: float) -> Schedule:
        slope, infant = (
            facts.choice(name)
            for name in ("mortality_slope", "infant_mortality_excess")
        )
        return Schedule(float(np.exp(log_level)), slope, infant)

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
    rate = facts.value(MUNICIPALITY, year, "death_rate") / 1000
    return rate * facts.value(MUNICIPALITY, year, "resident_population")


def modelled_deaths(facts: Facts, year: int, rates: Floats) -> float:
    """Return deaths of the municipality from rates and interpolated ages."""
    ages = population_at(
        year - 2010 - 1 / 3,
        facts.persons(MUNICIPALITY, 2010),
        facts.persons(MUNICIPALITY, 2020),
    )
    return float((ages * rates).sum())


def earlier_rates(facts: Facts, late: Schedule) -> Floats:
    """Return the rates of 2010 that give the recorded deaths of 2012 and 2013, (age,).

    The schedule of 2010 has the slope of 2020 and another level.
    """
    second = group_rates(late)
    recorded = sum(recorded_deaths(facts, year) for year in CHECK_YEARS)

    def excess(log_level: float) -> float:
        tried = Schedule(float(np.exp(log_level)), late.slope, late.infant)
        first = group_rates(tried)
        return recorded - sum(
            modelled_deaths(facts, year, between(first, second, year))
            for year in CHECK_YEARS
        )

    level = float(np.exp(round(brentq(excess, -13, -7), LEVEL_DECIMALS)))
    return group_rates(Schedule(level, late.slope, late.infant))


def mortality_rates(facts: Facts) -> tuple[Floats, Floats]:
    """Return rates of 2010 and of 2020, each (age,), 1/year."""
    late = fit_schedule(facts)
    return earlier_rates(facts, late), group_rates(late)


def mortality_table(facts: Facts) -> Table:
    """Return mortality.csv."""
    late = fit_schedule(facts)
    first, second = mortality_rates(facts)
    expectancy = life_expectancy(late)
    crude = crude_rate(late, facts.persons(MUNICIPALITY, 2020)) * 1000
    years = (*CHECK_YEARS, 2020)
    sources = [
        *facts.sources(["death_rate", "resident_population"], years, [MUNICIPALITY]),
        facts.parameter("life_expectancy").source,
        "analyst",
    ]
    entry = Provenance(
        unit="1/year",
        kind="derived",
        sources=sources,
        rule=f"Gompertz schedule with an infant term ({GOMPERTZ}), slope from "
        "derivation.toml. 2020: level fitted to the life expectancy of 2024 and the "
        "crude death rate of 2020 on the census ages of Chongqing. 2010: level that "
        "gives the recorded deaths of 2012 and 2013 (original series) with rates "
        "geometrically between 2010 and 2020.",
        error=f"life expectancy {expectancy:.2f} (published 79.72), crude rate 2020 "
        f"{crude:.2f} per mille (published 7.70); yearly deaths 2012-2022 within 10 %; "
        "a single age group 25 %",
        note="Both sexes, all 22 regions alike; no table of deaths by age is public.",
    )
    return Table(
        "mortality.csv",
        "age",
        AGES,
        ("mortality 2010", "mortality 2020"),
        np.column_stack([first, second]),
        [entry],
    )
