import json

import numpy as np
import pytest

from cqsim.case.scenario import read_scenario
from cqsim.errors import UnknownNameError
from cqsim.study.compare import (
    Comparison,
    ComparisonError,
    Outcome,
    analysed,
    attributed,
    changes_between,
    chosen,
    compared,
    record_of,
)

OUTCOMES: list[Outcome] = [
    ("urban_share", "metro", 2025),
    ("urban_share", "metro", 2035),
    ("gdp", "metro", 2035),
    ("co2_per_gdp_change", "cq21", 2035),
    ("co2_peak_year", "metro", 2035),
]


def scenario_number(comparison: Comparison, name: str) -> int:
    return [scenario.id for scenario in comparison.scenarios].index(name)


@pytest.mark.parametrize("name", ["growth", "guangan", "stress", "ageing", "plan"])
def test_the_parts_of_a_difference_sum_to_it(comparison: Comparison, name: str) -> None:
    number = scenario_number(comparison, name)
    found = attributed(comparison, number, OUTCOMES)
    for column, outcome in enumerate(found.outcomes):
        ends = [comparison.measures[n].value(*outcome) for n in (0, number)]
        difference = ends[1] - ends[0]
        parts = found.attribution.parts[:, column].sum()
        assert parts == pytest.approx(difference, rel=1e-9, abs=1e-9)
    exact = len(found.changes) <= 10
    assert found.attribution.exact == exact
    if exact:
        assert found.attribution.runs == 2 ** len(found.changes)


def test_only_what_differs_is_a_change() -> None:
    baseline, delayed, plan = map(read_scenario, ("baseline", "delayed", "plan"))
    assert changes_between(plan, plan) == ()
    titles = {change.title for change in changes_between(plan, delayed)}
    assert "levers.rail" in titles
    assert len(titles) == 13
    rail = next(
        change
        for change in changes_between(plan, delayed)
        if change.title == "levers.rail"
    )
    assert set(rail.names) == {
        "start of local policy[rail programme]",
        "ramp of local policy[rail programme]",
    }
    assert len(changes_between(baseline, plan)) == 13


def test_a_lever_without_effect_has_no_part(comparison: Comparison) -> None:
    number = scenario_number(comparison, "green")
    outcomes: list[Outcome] = [("one_hour_share", "metro", 2035)]
    found = attributed(comparison, number, outcomes)
    titles = [change.title for change in found.changes]
    air = found.attribution.parts[titles.index("levers.renewables"), 0]
    rail = found.attribution.parts[titles.index("levers.commuter_trains"), 0]
    # Renewables reach it only through a shortage of power that they avert.
    assert abs(air) < 1e-2 < rail


def test_a_comparison_with_itself_says_that_nothing_differs() -> None:
    baseline = read_scenario("baseline")
    twin = baseline.with_overrides(["vehicle life=10"])
    assert changes_between(baseline, baseline) == ()
    assert [change.title for change in changes_between(baseline, twin)] == [
        "constants.vehicle life"
    ]


def test_the_json_holds_every_table(comparison: Comparison) -> None:
    small = compared([read_scenario("baseline"), read_scenario("guangan")])
    found = record_of(analysed(small, *chosen(small, (), ("gdp",))))
    json.dumps(found, allow_nan=False)
    assert [each["id"] for each in found["scenarios"]] == ["baseline", "guangan"]
    assert {len(row["scenarios"]) for row in found["targets"]} == {2}
    (attribution,) = found["attributions"]
    for outcome in attribution["outcomes"]:
        parts = sum(outcome["parts"].values())
        assert parts == pytest.approx(outcome["difference"], abs=1e-6)
    assert all(each["residual"] < 1e-9 for each in found["emissions"])
    assert all(each["residual"] < 1e-9 for each in found["urban_share"])
    assert len(found["emissions"][0]["regions"]) == 22


def test_ten_scenarios_stand_side_by_side(comparison: Comparison) -> None:
    values = [m.value("gdp", "metro", 2035) for m in comparison.measures]
    assert len(np.unique(values)) == 10


def test_what_cannot_stand_side_by_side_is_refused(comparison: Comparison) -> None:
    baseline, plan = read_scenario("baseline"), read_scenario("plan")
    early = plan.with_time(2010, None)
    with pytest.raises(ComparisonError, match="plan starts or steps unlike baseline"):
        compared([baseline, early])
    with pytest.raises(ComparisonError, match="two of the scenarios have the id plan"):
        compared([plan, plan])
    with pytest.raises(ComparisonError, match="--year 2041 is outside the runs"):
        chosen(comparison, (2041,), ())
    with pytest.raises(UnknownNameError, match="Did you mean 'gdp'"):
        chosen(comparison, (), ("gpd",))
