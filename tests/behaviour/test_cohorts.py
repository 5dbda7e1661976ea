"""How people grow older: as birth cohorts, each as a whole."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Simulate = Callable[..., dict[str, Floats]]

STAY = {
    "base moving rate": 0.0,
    "departure rate to outside": 0.0,
    "reference arrivals from outside": 0.0,
    "talent attraction policy": 0.0,
}
STAGES = ("studying", "starting", "family", "later")


def by_age(simulate: Simulate, start: int, end: int, **constants: float) -> Floats:
    """Return people by region and age over the years, nobody moving: (time, *axes)."""
    clock = {"INITIAL TIME": start, "FINAL TIME": end, "TIME STEP": 0.0625}
    name = "population by age"
    run = simulate({**STAY, **clock, **constants}, [name])
    return np.asarray(run[name][0].sum(axis=2))


@pytest.mark.parametrize("start", [2010, 2020])
def test_in_ten_years_a_cohort_is_ten_years_older(
    simulate: Simulate, start: int
) -> None:
    """Who is of one group passes through two: the mean of rates is by both."""
    people = by_age(simulate, start, start + 10)
    clock = {"INITIAL TIME": start, "FINAL TIME": start + 10}
    rates = simulate(clock, ["mortality"])["mortality"][0].mean(axis=0)
    decade = 2.5 * (rates[:-2] + 2 * rates[1:-1] + rates[2:])[:14]
    expected = people[0, :, :14] * np.exp(-decade)
    np.testing.assert_allclose(people[-1][:, 2:16], expected, rtol=0.005)


def test_the_uneven_cohorts_of_the_census_stay_as_uneven_as_they_are(
    simulate: Simulate,
) -> None:
    people = by_age(simulate, 2010, 2030).sum(axis=1)
    uneven = people[0, 7] / people[0, 9]
    assert people[20, 11] / people[20, 13] == pytest.approx(uneven, rel=0.15)
    assert uneven > 1.1 or uneven < 0.9


def test_between_two_censuses_a_group_is_of_both_its_cohorts(
    simulate: Simulate,
) -> None:
    """Without deaths the groups lie on the line between two shifts by one."""
    people = by_age(simulate, 2010, 2015)[:, :, :10]
    middle = by_age(simulate, 2010, 2013)[-1][:, 1:10]
    line = 0.4 * people[0][:, 1:10] + 0.6 * people[0][:, :9]
    np.testing.assert_allclose(middle, line, rtol=0.01)


def test_each_region_holds_its_people_by_stage_of_life_at_both_censuses(
    simulate: Simulate,
) -> None:
    name = "population by stage"
    found = simulate({"INITIAL TIME": 2010, "FINAL TIME": 2020}, [name])[name][0, -1]
    census = simulate({"INITIAL TIME": 2020, "FINAL TIME": 2021}, [name])[name][0, 0]
    assert found.shape == (22, len(STAGES))
    np.testing.assert_allclose(found, census, rtol=0.001)
