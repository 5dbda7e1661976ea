"""Levels that are set after a step: SINTEG."""

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


def test_a_bound_that_is_no_number_is_refused(system_of: Make) -> None:
    with pytest.raises(InputFileError, match="bounds of SINTEG are not all numbers"):
        system_of("x = SINTEG(1, 0, Time, :NA:, :NA:, :NA:, :NA:) ~~|\n")
