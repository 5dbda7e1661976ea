"""Levels that are set after a step: SINTEG, and those that SHIFT IF TRUE moves on."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

import cqsim
from cqsim.compile.ir import System
from cqsim.errors import InputFileError

Make = Callable[..., System]


@pytest.fixture
def level(system_of: Make) -> Callable[[str, str], NDArray[np.float64]]:
    def run(rate: str, bounds: str) -> NDArray[np.float64]:
        text = f"x = SINTEG({rate}, 1, {bounds}) ~~|\n"
        return cqsim.run(system_of(text, end=4, step=0.5)).values["x"]

    return run


@pytest.mark.parametrize(
    ("rate", "bounds", "wanted"),
    [
        ("2", ":NA:, :NA:, :NA:, :NA:, :NA:", [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ("2", "0, 6, :NA:, :NA:, :NA:", [1, 2, 3, 4, 5, 6, 6, 6, 6]),
        ("-1", "0, 6, :NA:, :NA:, :NA:", [1, 0.5, 0, 0, 0, 0, 0, 0, 0]),
        ("3.4", ":NA:, 9, 1, :NA:, :NA:", [1, 3, 5, 7, 9, 9, 9, 9, 9]),
        ("-1", ":NA:, :NA:, :NA:, -1, 0.6", [1, 0.5, 0, -1, -1, -1, -1, -1, -1]),
    ],
)
def test_a_special_level_keeps_to_its_bounds(
    level: Callable[..., NDArray[np.float64]],
    rate: str,
    bounds: str,
    wanted: list[float],
) -> None:
    assert level(rate, bounds).tolist() == wanted


def test_a_special_level_may_feed_back_and_stand_for_each_element(
    system_of: Make,
) -> None:
    system = system_of(
        "n: a, b ~~|rate[n] = 0.5, -0.5 ~~|\n"
        "x[n] = SINTEG(rate[n] * x[n], 8, 1, 30, :NA:, :NA:, :NA:) ~~|\n",
        end=6,
    )
    found = cqsim.run(system).values["x"]
    steps = np.arange(7)
    np.testing.assert_allclose(found[:, 0], np.minimum(8 * 1.5**steps, 30), rtol=1e-15)
    np.testing.assert_allclose(found[:, 1], np.maximum(8 * 0.5**steps, 1), rtol=1e-15)


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        ("Time, :NA:, :NA:", "bounds of SINTEG are not all numbers"),
        ("5, 2, :NA:", "SINTEG's bounds cross, or its multiple is not above 0"),
        (":NA:, :NA:, 0", "SINTEG's bounds cross, or its multiple is not above 0"),
    ],
)
def test_bounds_that_bound_nothing_are_refused(
    system_of: Make, bounds: str, said: str
) -> None:
    with pytest.raises(InputFileError, match=said):
        system_of(f"x = SINTEG(1, 0, {bounds}, :NA:, :NA:) ~~|\n")


COHORTS = (
    "age: unborn, (age1-age4) ~~|older: (age1-age4) ~~|sex: f, m ~~|\n"
    "born[sex] = 8, 4 ~~|\n"
    "people[sex, unborn] = INTEG(born[sex] - lost[sex, unborn], 0) ~~|\n"
    "people[sex, older] = INTEG(-lost[sex, older], 10) ~~|\n"
    "lost[sex, age] = fraction * people[sex, age] ~~|\nfraction = 0 ~~|\n"
    "out[sex] = SHIFT IF TRUE(people[sex, unborn], MODULO(Time, 1) = 0 :AND: Time > 0,"
    " ELMCOUNT(age), gathers, 0) ~~:SUP|\ngathers = 1 ~~|\n"
)


def test_cohorts_move_on_once_a_year_and_the_oldest_gather(system_of: Make) -> None:
    found = cqsim.run(system_of(COHORTS, end=3, step=0.25)).values
    people = found["people"][:, 0]
    assert people[4].tolist() == [8, 10, 10, 10, 10]
    assert people[5].tolist() == [2, 8, 10, 10, 20]
    assert people[9].tolist() == [2, 8, 8, 10, 30]
    born = 8 * 0.25 * np.arange(13)
    np.testing.assert_allclose(people.sum(axis=1), 40 + born, rtol=1e-15)
    assert (found["out"] == 0).all()


def test_a_shift_may_lose_the_last_cohort_and_says_how_many(system_of: Make) -> None:
    text = COHORTS.replace("gathers = 1", "gathers = 0")
    text = text.replace("fraction = 0", "fraction = 0.1")
    found = cqsim.run(system_of(text, end=6, step=0.5)).values
    people, out = found["people"], found["out"]
    total = people.sum(axis=2)
    rate = np.array([8, 4]) - 0.1 * total
    np.testing.assert_allclose(total[1:], (total + 0.5 * rate - out)[:-1], rtol=1e-14)
    assert np.flatnonzero(out[:, 0]).tolist() == [2, 4, 6, 8, 10, 12]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("ELMCOUNT(age)", "6", "6 elements from the first one"),
        ("gathers, 0)", "Time, 0)", "is no constant"),
        ("TRUE(people[sex, unborn]", "TRUE(lost[sex, unborn]", "takes a subscripted l"),
        ("TRUE(people[sex, unborn]", "TRUE(people[f, unborn]", "a part of 'people'"),
    ],
)
def test_what_can_not_be_shifted_is_refused(
    system_of: Make, before: str, after: str, said: str
) -> None:
    with pytest.raises(InputFileError, match=said):
        system_of(COHORTS.replace(before, after))


def test_a_value_at_the_ends_of_periods_is_that_of_spreadsheets(
    system_of: Make,
) -> None:
    """NPV of spreadsheets: the sum of payment n / (1 + rate)^n, from n = 1."""
    text = "paid = -70 + 30 * Time ~~|\nx = NPVE(paid, 0.1, 0, 1) ~~|\n"
    found = cqsim.run(system_of(text, end=5)).values["x"]
    steps = np.arange(1, 7)
    wanted = np.cumsum((-70 + 30 * (steps - 1)) / 1.1**steps)
    np.testing.assert_allclose(found, wanted, rtol=1e-13)
