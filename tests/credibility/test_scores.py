"""Scores against values worked out by hand, and laws that they obey."""

from math import isnan, pi, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from cqsim.credibility.scores import crps, explained, root_mean_square, theil_parts

values = st.lists(st.floats(-100, 100), min_size=4, max_size=12)


@given(values, values)
def test_the_parts_of_theils_u_sum_to_one(one: list[float], other: list[float]) -> None:
    size = min(len(one), len(other))
    observed, model = np.array(one[:size]), np.array(other[:size])
    parts = theil_parts(observed, model)
    if not any(isnan(part) for part in parts):
        assert sum(parts) == pytest.approx(1)
        assert min(parts[:2]) >= 0


def test_a_constant_bias_is_all_bias() -> None:
    observed = np.array([1.0, 2.0, 4.0, 7.0])
    assert theil_parts(observed, observed + 3) == pytest.approx((1, 0, 0))


def test_the_crps_of_a_sure_forecast_is_its_absolute_error() -> None:
    observed, centre = np.array([3.0]), np.array([5.0])
    assert crps(observed, centre, np.array([1e-9])) == pytest.approx(2)


def test_the_crps_at_the_centre_is_that_of_the_normal() -> None:
    sure = np.array([0.0])
    expected = 2 / sqrt(2 * pi) - 1 / sqrt(pi)
    assert crps(sure, sure, np.array([1.0])) == pytest.approx(expected)


def test_the_crps_is_the_integral_of_squared_differences_of_distributions() -> None:
    grid = np.linspace(-12, 12, 200_001)
    squared = (norm.cdf(grid, 0.4, 1.3) - (grid >= -0.7)) ** 2
    integral = float(np.trapezoid(squared, grid))
    found = crps(np.array([-0.7]), np.array([0.4]), np.array([1.3]))
    assert found == pytest.approx(integral, abs=1e-4)


def test_a_perfect_forecast_explains_everything_and_errs_by_nothing() -> None:
    observed = np.array([1.0, 2.0, 4.0])
    assert explained(observed, observed) == 1
    assert root_mean_square(observed - observed) == 0


def test_two_points_are_too_few_to_explain() -> None:
    assert isnan(explained(np.array([1.0, 2.0]), np.array([1.0, 2.0])))
