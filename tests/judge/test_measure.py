import gc
import weakref
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from cqsim.case.case import Case
from cqsim.case.indicators import Indicators
from cqsim.errors import UnknownNameError
from cqsim.judge.measure import Measure, NotANumberError, UndefinedIndicatorError, table

Floats = NDArray[np.float64]
Change = Callable[[Floats], Floats]

amounts = arrays(np.float64, (16, 6), elements=st.floats(1.0, 1e6))


def with_values(measure: Measure, name: str, values: Floats) -> Measure:
    series: Any = measure.runs
    changed = replace(series, values={**series.values, name: values})
    return measure.of(changed)


def without(measure: Measure, name: str) -> Measure:
    series: Any = measure.runs
    kept = {key: value for key, value in series.values.items() if key != name}
    return measure.of(replace(series, values=kept))


def test_a_sum_adds_the_regions_of_its_scope(measure: Measure) -> None:
    # Regions count 1 to 6 persons each in 2020; 10^4 persons are asked for.
    assert measure.value("resident_population", "metro", 2020) == pytest.approx(21e-4)
    assert measure.value("resident_population", "central", 2020) == pytest.approx(3e-4)
    assert measure.value("resident_population", "cq21", 2035) == pytest.approx(22.5e-4)
    assert measure.value("resident_population", "dazu", 2020) == pytest.approx(5e-4)


def test_a_term_counts_only_the_elements_that_it_chooses(measure: Measure) -> None:
    assert measure.value("secondary_share", "metro", 2030) == pytest.approx(100 / 3)


def test_a_negative_factor_subtracts(measure: Measure) -> None:
    assert measure.value("natural_change", "metro", 2025) == 0.0


def test_a_share_compares_within_the_boundary(measure: Measure) -> None:
    inside = measure.within("cq21")
    assert measure.value("gdp_share", "outer", 2025) == pytest.approx(100 * 18 / 21)
    assert inside.value("gdp_share", "outer", 2025) == pytest.approx(100 * 12 / 15)


def test_a_gap_compares_with_its_reference(measure: Measure) -> None:
    gdp = measure.runs.values["regional gdp"] * np.array([2, 2, 1, 1, 1, 1])
    uneven = with_values(measure, "regional gdp", gdp)
    assert uneven.value("gdp_per_head_gap", "outer", 2025) == pytest.approx(50.0)
    assert uneven.value("gdp_per_head_gap", "central", 2025) == pytest.approx(100.0)


def test_growth_is_the_rate_that_compounds_to_the_change(measure: Measure) -> None:
    compounding = 1.06 ** (measure.runs.times - 2020)
    gdp = np.multiply.outer(compounding, np.arange(1.0, 7.0))
    steady = with_values(measure, "regional gdp", gdp)
    assert steady.value("gdp_growth", "cq21", 2025) == pytest.approx(6.0)
    assert steady.value("gdp_growth", "metro", 2035) == pytest.approx(6.0)


def test_change_and_difference_start_at_nothing(measure: Measure) -> None:
    assert measure.value("income_per_head_change", "metro", 2020) == 0.0
    assert measure.value("gdp_share_gain", "outer", 2020) == 0.0
    assert measure.value("income_per_head_change", "metro", 2035) == pytest.approx(50.0)


def test_a_peak_is_the_first_year_of_the_highest_value(measure: Measure) -> None:
    rise = 10.0 - np.abs(measure.runs.times - 2027)
    peaked = with_values(measure, "territorial emissions", rise)
    assert peaked.value("co2_peak_year", "metro", 2035) == 2027
    assert peaked.value("co2_peak_year", "metro", 2025) == 2025
    assert measure.value("co2_peak_year", "metro", 2035) == 2035
    level = with_values(measure, "territorial emissions", np.minimum(rise, 8.0))
    assert level.value("co2_peak_year", "metro", 2035) == 2025


def test_a_rate_adds_up_to_what_comes_after_the_base_year(measure: Measure) -> None:
    rate, times = measure.path("net_migration", "outer"), measure.times
    added = measure.path("net_migration_since", "outer")
    # A rate that runs straight from year to year adds up to its mean.
    assert times[0] == 2020
    assert added[0] == 0
    assert added[5] == pytest.approx(rate[1:5].sum() + (rate[0] + rate[5]) / 2)


def test_the_largest_is_that_of_one_region_of_the_scope(measure: Measure) -> None:
    by_region = [measure.path("access_time", each) for each in measure.scopes["outer"]]
    longest = measure.path("longest_access_time", "outer")
    assert longest == pytest.approx(np.max(by_region, axis=0))
    assert (longest > measure.path("access_time", "outer")).all()


def test_a_mean_counts_each_region_by_its_weight(measure: Measure) -> None:
    air = np.tile([30.0, 60.0, 0.0, 0.0, 0.0, 0.0], (16, 1))
    people = np.tile([1.0, 2.0, 1.0, 1.0, 1.0, 1.0], (16, 1))
    uneven = with_values(measure, "fine particles", air)
    uneven = with_values(uneven, "resident population", people)
    assert uneven.value("pm25", "central", 2030) == pytest.approx(50.0)


def test_every_shipped_indicator_can_be_measured(
    measure: Measure, indicators: Indicators
) -> None:
    rows = table(measure, indicators, ["metro"], [2025])
    assert {row.id for row in rows} == set(indicators)


def test_a_table_leaves_out_what_has_no_value(measure: Measure) -> None:
    rows = table(measure, ["gdp", "wind_solar_capacity"], ["central"], [2030, 2040])
    assert [(row.id, row.year) for row in rows] == [("gdp", 2030)]


def test_a_variable_of_the_whole_area_has_no_value_for_a_ring(measure: Measure) -> None:
    message = r"'territorial_co2' has no value .* for the whole area only"
    with pytest.raises(UndefinedIndicatorError, match=message):
        measure.value("territorial_co2", "outer", 2025)
    with pytest.raises(UndefinedIndicatorError, match="for the whole area only"):
        measure.within("cq21").value("territorial_co2", "metro", 2025)


def test_a_municipal_variable_has_the_municipality_as_a_scope(measure: Measure) -> None:
    value = measure.value("wind_solar_capacity", "chongqing", 2035)
    assert value == pytest.approx(1.5)
    with pytest.raises(UnknownNameError, match="no scope 'chongqing'"):
        measure.value("territorial_co2", "chongqing", 2035)


def test_a_scope_outside_of_the_boundary_has_no_value(measure: Measure) -> None:
    inside = measure.within("cq21")
    with pytest.raises(UndefinedIndicatorError, match="no region of it lies inside"):
        inside.value("gdp", "guangan", 2025)


def test_a_year_that_was_not_saved_has_no_value(measure: Measure) -> None:
    with pytest.raises(UndefinedIndicatorError, match="no value saved for 2050"):
        measure.value("gdp", "metro", 2050)


def test_growth_has_no_value_in_its_base_year(measure: Measure) -> None:
    with pytest.raises(UndefinedIndicatorError, match="not defined in 2020"):
        measure.value("gdp_growth", "metro", 2020)


def test_division_by_nobody_has_no_value(measure: Measure) -> None:
    nobody = with_values(measure, "outer population", np.zeros((16, 6)))
    with pytest.raises(UndefinedIndicatorError, match="'one_hour_share' has no value"):
        nobody.value("one_hour_share", "central", 2025)


def test_a_missing_variable_is_named_with_its_indicator(measure: Measure) -> None:
    message = r"indicator 'gdp': there is no variable 'regional gdp'\."
    with pytest.raises(UnknownNameError, match=message):
        without(measure, "regional gdp").value("gdp", "metro", 2025)


def test_an_unknown_indicator_or_scope_is_named(measure: Measure) -> None:
    with pytest.raises(UnknownNameError, match=r"no indicator 'gpd'.*'gdp'"):
        measure.value("gpd", "metro", 2025)
    with pytest.raises(UnknownNameError, match=r"no scope 'centre'.*'central'"):
        measure.value("gdp", "centre", 2025)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_value_that_is_not_finite_is_named_with_its_year(
    measure: Measure, bad: float
) -> None:
    broken = measure.runs.values["regional gdp"].copy()
    broken[7, 3] = bad
    message = r"'gdp' .* variable 'regional gdp' is not a finite number at 2027"
    with pytest.raises(NotANumberError, match=message):
        with_values(measure, "regional gdp", broken).value("gdp", "metro", 2025)


def test_an_unknown_subscript_or_element_is_named(measure: Measure) -> None:
    series: Any = measure.runs
    flat = replace(series, axes={**series.axes, "sector gdp": ("region", "branch")})
    flat = replace(flat, elements={**flat.elements, "branch": ("a", "b", "c")})
    message = r"'primary_share': there is no subscript of variable 'sector gdp' called"
    with pytest.raises(UnknownNameError, match=message):
        measure.of(flat).value("primary_share", "metro", 2025)
    other = {**series.elements, "sector": ("farms", "works", "offices")}
    message = r"there is no element of variable 'sector gdp' called 'primary'"
    odd = replace(series, elements=other)
    with pytest.raises(UnknownNameError, match=message):
        measure.of(odd).value("primary_share", "metro", 2025)


@given(values=amounts)
def test_the_rings_add_up_to_the_area(measure: Measure, values: Floats) -> None:
    drawn = with_values(measure, "regional gdp", values)
    parts = sum(drawn.path("gdp", ring) for ring in Case.load().parts)
    shares = sum(drawn.path("gdp_share", ring) for ring in Case.load().parts)
    assert parts == pytest.approx(drawn.path("gdp", "metro"))
    assert shares == pytest.approx(np.full(16, 100.0))


@given(values=amounts, weights=amounts)
def test_a_mean_lies_between_its_regions(
    measure: Measure, values: Floats, weights: Floats
) -> None:
    drawn = with_values(measure, "fine particles", values)
    drawn = with_values(drawn, "resident population", weights)
    mean = drawn.path("pm25", "metro")
    assert (mean >= values.min(axis=1) * (1 - 1e-12)).all()
    assert (mean <= values.max(axis=1) * (1 + 1e-12)).all()


@given(values=amounts, factor=st.floats(1e-3, 1e3))
def test_shares_and_changes_do_not_depend_on_the_unit(
    measure: Measure, values: Floats, factor: float
) -> None:
    drawn = with_values(measure, "regional gdp", values)
    scaled = with_values(measure, "regional gdp", factor * values)
    for indicator in ("gdp_share", "gdp_per_head_gap", "gdp_per_head_change"):
        one = drawn.path(indicator, "outer")
        assert scaled.path(indicator, "outer") == pytest.approx(one, abs=1e-6)


def test_runs_are_freed_with_the_measure_that_saw_them(measure: Measure) -> None:
    other = with_values(measure, "births", measure.runs.values["births"].copy())
    other.within("cq21").path("gdp_share", "outer")
    other.within(other.boundary).path("natural_change", "metro")
    runs = weakref.ref(other.runs.values["births"])
    gc.collect()
    gc.disable()
    try:
        del other
        assert runs() is None
    finally:
        gc.enable()
