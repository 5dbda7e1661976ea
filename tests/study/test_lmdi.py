from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cqsim.engine.result import Runs
from cqsim.study.attribution import (
    effects_between,
    effects_over_years,
    lmdi,
    logarithmic_mean,
    share_change,
)
from cqsim.study.compare import Comparison

Floats = NDArray[np.float64]
positive = st.floats(1e-3, 1e4)
factors = st.lists(st.lists(positive, min_size=5, max_size=5), min_size=4, max_size=4)


@given(factors, factors)
def test_the_effects_leave_no_residual(
    before: list[list[float]], after: list[list[float]]
) -> None:
    one, other = np.array(before), np.array(after)
    change = other.prod(axis=0) - one.prod(axis=0)
    effects = lmdi(one, other)
    scale = np.abs(effects).sum(axis=0) + np.abs(change) + 1e-300
    assert np.abs((effects.sum(axis=0) - change) / scale).max() < 1e-9


@given(factors, factors)
def test_backwards_the_effects_change_their_signs(
    before: list[list[float]], after: list[list[float]]
) -> None:
    one, other = np.array(before), np.array(after)
    there, back = lmdi(one, other), lmdi(other, one)
    assert there == pytest.approx(-back, rel=1e-6, abs=1e-6 * np.abs(there).max())


def test_the_logarithmic_mean_is_that_of_the_definition() -> None:
    # (a - b) / ln(a/b), and the number itself where both are the same.
    two, one = np.array([2.0, 3.0]), np.array([1.0, 3.0])
    assert logarithmic_mean(two, one) == pytest.approx([1 / np.log(2), 3.0])


def test_doubling_one_factor_is_that_factors_effect_alone() -> None:
    effects = lmdi(np.array([[2.0], [5.0]]), np.array([[4.0], [5.0]]))
    assert effects[:, 0] == pytest.approx([10.0, 0.0])


def test_an_emptied_region_counts_as_its_people() -> None:
    effects = lmdi(np.array([[2.0], [5.0]]), np.array([[0.0], [np.nan]]))
    assert effects[:, 0].tolist() == [-10.0, 0.0]


@given(factors, factors, factors)
def test_the_parts_of_a_chain_of_years_leave_no_residual(
    one: list[list[float]], two: list[list[float]], three: list[list[float]]
) -> None:
    paths = np.stack([np.array(each) for each in (one, two, three)], axis=-1)
    effects = lmdi(paths[..., :-1], paths[..., 1:]).sum(axis=-1)
    products = paths.prod(axis=0)
    change = products[:, -1] - products[:, 0]
    scale = products.max(axis=1)
    assert (np.abs(effects.sum(axis=0) - change) <= 1e-9 * scale).all()


def test_a_factor_that_does_not_move_has_no_part() -> None:
    paths = np.array([[[1.0, 2.0, 3.0]], [[1.0, 1.0, 1.0]]])
    effects = lmdi(paths[..., :-1], paths[..., 1:]).sum(axis=-1)
    assert effects[:, 0] == pytest.approx([2.0, 0.0])


@pytest.mark.parametrize("number", range(10))
def test_co2_over_the_years_leaves_no_residual(
    comparison: Comparison, number: int
) -> None:
    identity = comparison.decompositions.emissions
    assert identity is not None
    measure = comparison.measures[number]
    found = effects_over_years(identity, measure, "metro")
    assert found.residual < 1e-9
    regional = measure.value("regional_co2", "metro", 2035)
    regional -= measure.value("regional_co2", "metro", 2020)
    assert found.effects.sum() == pytest.approx(regional, abs=1e-9)


def test_what_two_periods_add_is_what_the_years_of_both_add(
    comparison: Comparison,
) -> None:
    identity = comparison.decompositions.emissions
    assert identity is not None
    measure = comparison.measures[0]
    whole = effects_over_years(identity, measure, "metro").effects
    first, second = (
        effects_over_years(identity, measure.of(part), "metro").effects
        for part in _parted(measure.runs, 2027)
    )
    assert first + second == pytest.approx(whole, abs=1e-9)


def _parted(run: Runs, year: float) -> Iterator[Runs]:
    """Yield the saved times of a run up to a year, and those from it on."""
    for kept in (run.times <= year, run.times >= year):
        values = {name: array[kept] for name, array in run.values.items()}
        yield replace(run, times=run.times[kept], values=values)


def test_co2_between_two_runs_leaves_no_residual(comparison: Comparison) -> None:
    identity = comparison.decompositions.emissions
    assert identity is not None
    one, other = comparison.measures[0], comparison.measures[4]
    found = effects_between(identity, (one, other), 2035, "metro")
    assert found.residual < 1e-9
    parts = dict(zip(found.factors, found.effects.sum(axis=1), strict=True))
    assert parts["carbon"] < parts["intensity"] < 0


@pytest.mark.parametrize("scope", ["metro", "cq21", "central", "guangan", "yuzhong"])
def test_the_flows_of_people_are_all_of_the_change_of_the_urban_share(
    comparison: Comparison, scope: str
) -> None:
    flows = comparison.decompositions.urban_share
    assert flows is not None
    for measure, steps in zip(
        comparison.measures[:3], comparison.every_step(flows.variables), strict=False
    ):
        found = share_change(flows, steps, scope, 2020, 2035)
        assert found.residual < 1e-9
        assert found.after == pytest.approx(measure.value("urban_share", scope, 2035))


def test_a_part_of_the_years_adds_up_to_the_whole(comparison: Comparison) -> None:
    flows = comparison.decompositions.urban_share
    assert flows is not None
    measure = comparison.every_step(flows.variables)[0]
    whole = share_change(flows, measure, "metro", 2020, 2035)
    first = share_change(flows, measure, "metro", 2020, 2027)
    second = share_change(flows, measure, "metro", 2027, 2035)
    assert first.parts + second.parts == pytest.approx(whole.parts, abs=1e-9)
