"""What an evaluator is told of the plan's first target, and of all others."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cqsim.case.case import Case
from cqsim.case.indicators import Growth
from cqsim.case.scenario import read_scenario
from cqsim.judge.progress import (
    Details,
    Observed,
    contributions_of,
    details_of,
    read_observed,
)
from cqsim.judge.record import detail_record
from cqsim.judge.verdicts import Status, Verdict, verdict_on
from cqsim.model.model import Model
from cqsim.study.compare import Comparison, compared


@pytest.fixture(scope="session")
def observed(model: Model) -> Observed:
    return read_observed(Case.of(model))


@pytest.fixture(scope="session")
def within_cq21() -> Comparison:
    return compared([read_scenario("baseline")], "cq21")


def verdict(comparison: Comparison, name: str) -> Verdict:
    return next(v for v in comparison.judgements[0].verdicts if v.target.id == name)


def details(comparison: Comparison, name: str, observed: Observed) -> Details:
    measure = comparison.measures[0]
    return details_of(measure, verdict(comparison, name), observed)


def test_with_and_without_guangan_the_share_of_2022_differs_by_the_boundary(
    comparison: Comparison, within_cq21: Comparison, observed: Observed
) -> None:
    for side, published in ((comparison, 75.2), (within_cq21, 79.8)):
        progress = details(side, "urban_share_2025", observed).progress
        assert progress is not None
        assert progress.observed
        assert progress.value == pytest.approx(published, abs=0.05)
        simulated = side.measures[0].value("urban_share", "metro", 2022)
        assert simulated == pytest.approx(published, abs=1.0)


def test_the_pace_has_to_be_two_and_a_half_times_that_of_2020_to_2022(
    comparison: Comparison, within_cq21: Comparison, observed: Observed
) -> None:
    progress = details(comparison, "urban_share_2025", observed).progress
    assert progress is not None
    assert progress.printed is not None
    assert progress.printed_range is not None
    # 80 less 75.23 in three years, against 75.23 less 74 in two.
    assert progress.printed.ratio == pytest.approx(4.77 / 3 / (1.23 / 2), rel=1e-9)
    assert progress.printed.ratio == pytest.approx(2.6, abs=0.05)
    low, high = progress.printed_range
    assert (low.ratio, high.ratio) == pytest.approx((1.84, 4.36), abs=0.01)
    assert progress.elapsed == pytest.approx(0.4)
    inside = details(within_cq21, "urban_share_2025", observed).progress
    assert inside is not None
    assert inside.pace.ratio == pytest.approx(0.1, abs=0.05)


def test_the_growth_that_is_needed_leads_to_the_target_in_its_year(
    comparison: Comparison, observed: Observed
) -> None:
    found = details(comparison, "gdp_growth_2025", observed)
    progress, measure = found.progress, comparison.measures[0]
    target = found.verdict.target
    indicator = measure.indicators[target.indicator]
    assert progress is not None
    assert isinstance(indicator, Growth)
    base, now = (
        measure.value(indicator.of, target.scope, year)
        for year in (indicator.base_year, progress.year)
    )
    reached = now * (1 + progress.pace.required / 100) ** (2025 - progress.year)
    goal = base * (1 + target.value / 100) ** (2025 - indicator.base_year)
    assert reached == pytest.approx(goal)
    past = base * (1 + progress.pace.past / 100) ** (
        progress.year - indicator.base_year
    )
    assert past == pytest.approx(now)


def test_the_municipality_starts_at_its_census_and_follows_to_2022(
    comparison: Comparison,
) -> None:
    measure = comparison.measures[0]
    place = ("municipal_urban_share", "chongqing")
    assert measure.value(*place, 2020) == pytest.approx(69.46, abs=0.005)
    assert measure.value(*place, 2022) == pytest.approx(70.96, abs=0.5)
    # The districts of the area alone are well past what is asked of the whole.
    judged = verdict(comparison, "municipal_urban_share_2025")
    assert judged.value == measure.value(*place, 2025)
    assert measure.value("urban_share", "cq21", 2025) > judged.value + 5


def test_the_verdict_is_given_under_every_reading_of_about(
    comparison: Comparison,
) -> None:
    found = verdict(comparison, "urban_share_2025")
    thresholds = [each.reading.threshold for each in found.readings]
    assert thresholds == [80.0, 79.5, 79.0, 78.0]
    assert {each.status for each in found.readings} == {Status.BEHIND}
    (other,) = found.alternatives
    assert other.alternative.boundary == "cq21"
    assert other.status.met


def test_the_rounding_of_the_printed_base_moves_what_is_required(
    comparison: Comparison, observed: Observed
) -> None:
    bases = details(comparison, "urban_share_2025", observed).bases
    # The census has 73.92; who starts from 73.5 has to gain half a point more.
    assert [base.end for base in bases] == ["low", "printed", "high"]
    required = [base.required for base in bases]
    assert required == pytest.approx([80.42, 79.92, 79.42], abs=0.005)
    assert all(base.status is Status.BEHIND for base in bases)


def test_a_rounded_base_can_decide_a_change_in_percent(
    comparison: Comparison, observed: Observed
) -> None:
    # 0.7 t in print may be 0.65: a fall by 18 % from there is one of 11.7 %.
    measure, target = (
        comparison.measures[0],
        comparison.case.targets["co2_per_gdp_2025"],
    )
    bases = details_of(measure, verdict_on(measure, target), observed).bases
    required = {base.end: base.required for base in bases}
    assert required["printed"] == pytest.approx(-18.0)
    assert required["low"] == pytest.approx(100 * (0.7 * 0.82 / 0.65 - 1))
    assert required["high"] == pytest.approx(100 * (0.7 * 0.82 / 0.75 - 1))
    assert len({base.status.met for base in bases}) == 2


def test_what_regions_add_sums_to_the_margin(
    comparison: Comparison, observed: Observed
) -> None:
    measure = comparison.measures[0]
    told = 0
    for found in comparison.judgements[0].verdicts:
        target = found.target
        parts = details_of(measure, found, observed).contributions
        if parts is None:
            continue
        told += 1
        summed = sum(part.margin for part in parts.parts)
        value = measure.value(parts.indicator, target.scope, target.year)
        sign = 1 if target.operator == ">=" else -1
        whole = sign * (value - parts.required)
        scale = max(abs(value), abs(parts.required))
        assert summed == pytest.approx(whole, abs=1e-9 * scale), target.id
        assert math.copysign(1, summed) == math.copysign(1, found.margin), target.id
    assert told > 20


def test_of_a_sum_a_region_owes_its_share_of_the_base_year(
    comparison: Comparison,
) -> None:
    measure = comparison.measures[0]
    target = verdict(comparison, "gdp_growth_2025").target
    found = contributions_of(measure, target)
    assert found is not None
    first = measure.value("gdp", target.scope, 2020)
    for part in found.parts:
        owed = found.required * measure.value("gdp", part.region, 2020) / first
        own = measure.value("gdp", part.region, 2025)
        assert part.margin == pytest.approx(own - owed), part.region


def test_what_regions_add_does_not_depend_on_the_first_year_of_the_run(
    comparison: Comparison, observed: Observed
) -> None:
    # A run from 2010 has other numbers in 2020, so years before are added to this one.
    measure = comparison.measures[0]
    series: Any = measure.runs
    earlier = np.arange(2015.0, 2020.0)
    values = {
        name: np.concatenate([_doubling(array[0], len(earlier)), array])
        for name, array in series.values.items()
    }
    longer = replace(
        series, times=np.concatenate([earlier, series.times]), values=values
    )
    before = measure.of(longer)
    told = 0
    for found in comparison.judgements[0].verdicts:
        expected = contributions_of(measure, found.target)
        assert contributions_of(before, found.target) == expected, found.target.id
        told += expected is not None
    assert told > 20


def _doubling(values: NDArray[np.float64], years: int) -> NDArray[np.float64]:
    """Return years in which the regions grow unlike one another, (year, *axes)."""
    unlike = np.linspace(0.2, 1.0, values.size).reshape(values.shape)
    return np.array([values * unlike ** (years - n) for n in range(years)])


def test_guangan_is_furthest_from_its_share_of_the_urban_target(
    comparison: Comparison, observed: Observed
) -> None:
    parts = details(comparison, "urban_share_2025", observed).contributions
    assert parts is not None
    assert parts.furthest[0].region == "guangan"
    assert [p.margin for p in parts.furthest] == sorted(
        p.margin for p in parts.furthest
    )


def test_a_capacity_of_the_whole_area_has_no_parts_by_region(
    comparison: Comparison, observed: Observed
) -> None:
    assert details(comparison, "wind_solar_2025", observed).contributions is None


def test_every_target_has_a_record_of_plain_values(
    comparison: Comparison, observed: Observed
) -> None:
    import json

    measure = comparison.measures[0]
    for found in comparison.judgements[0].verdicts:
        record = detail_record(details_of(measure, found, observed))
        json.dumps(record, allow_nan=False)
        assert {"progress", "bases", "contributions"} <= set(record)


def test_a_narrower_boundary_leaves_out_what_has_no_regions(
    within_cq21: Comparison,
) -> None:
    judged = {v.target.id for v in within_cq21.judgements[0].verdicts}
    assert "co2_peak" not in judged
    assert "guangan_gdp_share_2025" not in judged
    assert "urban_share_2025" in judged


def test_within_the_centre_only_its_nine_districts_count() -> None:
    centre = compared([read_scenario("baseline")], "central")
    measure = centre.measures[0]
    whole = measure.value("resident_population", "metro", 2020)
    assert whole == pytest.approx(1034.3, abs=0.5)
    assert measure.value("gdp_share", "central", 2020) == pytest.approx(100.0)
