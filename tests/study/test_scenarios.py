"""The ten scenarios differ from the baseline in the way the literature expects."""

from pathlib import Path

import pytest

from cqsim.case.case import Case
from cqsim.case.indicators import variables_behind
from cqsim.case.scenario import read_scenario
from cqsim.case.settings import Setting
from cqsim.engine.simulation import run_many
from cqsim.judge.effects import settings_without_effect
from cqsim.judge.measure import Measure
from cqsim.model.model import Model
from cqsim.resources import data_folder
from cqsim.study.compare import Comparison
from cqsim.study.reach import everywhere_reached

SCENARIOS = sorted(path.stem for path in data_folder("scenarios").glob("*.toml"))

# Which way each scenario moves an indicator from the baseline, and why.
EXPECTED = [
    ("plan", "one_hour_share", "outer", 2035, 1, "trains and roads of the plan"),
    ("plan", "urban_share", "metro", 2035, 1, "fewer barriers to moves to town"),
    ("plan", "regional_co2", "metro", 2035, -1, "clean power and less coal"),
    ("plan", "pm25", "metro", 2035, -1, "controls and less coal"),
    ("delayed", "pm25", "metro", 2035, -1, "late measures still count by 2035"),
    ("integration", "gdp_share", "outer", 2035, 1, "plants move out, access improves"),
    ("integration", "access_time", "outer", 2035, -1, "trains and roads"),
    ("green", "regional_co2", "metro", 2035, -1, "all energy measures"),
    ("green", "pm25", "metro", 2035, -1, "controls, less coal"),
    ("green", "non_fossil_share", "metro", 2035, 1, "imports and renewables"),
    ("growth", "gdp", "metro", 2035, 1, "investment and research"),
    ("growth", "regional_co2", "metro", 2035, 1, "output without green measures"),
    ("ageing", "resident_population", "metro", 2035, -1, "fewer births and newcomers"),
    ("ageing", "elderly_share", "metro", 2035, 1, "longer lives, fewer young"),
    ("guangan", "resident_population", "northern", 2035, 1, "no border, talent, homes"),
    ("guangan", "gdp_share", "northern", 2035, 1, "joint parks and people"),
    ("stress", "gdp", "metro", 2028, -1, "a demand shock and a power shortage"),
    ("stress", "renewable_electricity_share", "metro", 2028, -1, "no water"),
    ("stress", "pm25", "metro", 2025, 1, "still air"),
    ("stagnation", "gdp", "metro", 2035, -1, "less investment and progress"),
    ("stagnation", "urban_share", "metro", 2035, -1, "fewer jobs to move to"),
]


def number(comparison: Comparison, name: str) -> int:
    return [scenario.id for scenario in comparison.scenarios].index(name)


def value(
    comparison: Comparison, scenario: str, indicator: str, scope: str, year: int
) -> float:
    measure = comparison.measures[number(comparison, scenario)]
    return measure.value(indicator, scope, year)


def test_ten_scenarios_are_shipped_with_comment_and_both_languages() -> None:
    assert len(SCENARIOS) == 10
    for name in SCENARIOS:
        scenario = read_scenario(name)
        assert scenario.id == name
        for words in (scenario.title, scenario.summary):
            assert set(words) == {"zh", "en"}
        text = (data_folder("scenarios") / f"{name}.toml").read_text(encoding="utf-8")
        assert text.startswith("#:schema ./scenario.schema.json\n")
        assert text.count("\n# ") >= 2
        assert len(text.splitlines()) <= 60


@pytest.mark.parametrize("name", SCENARIOS)
def test_nothing_in_a_shipped_scenario_is_without_effect(name: str) -> None:
    scenario = read_scenario(name)
    assert scenario.notes == ()
    assert settings_without_effect(scenario) == ()


@pytest.mark.parametrize(
    ("scenario", "indicator", "scope", "year", "sign", "reason"), EXPECTED
)
def test_a_scenario_moves_an_indicator_as_expected(
    comparison: Comparison,
    scenario: str,
    indicator: str,
    scope: str,
    year: int,
    sign: int,
    reason: str,
) -> None:
    moved = value(comparison, scenario, indicator, scope, year)
    moved -= value(comparison, "baseline", indicator, scope, year)
    assert moved * sign > 0, reason


def test_the_delayed_plan_lies_between_the_baseline_and_the_plan(
    comparison: Comparison,
) -> None:
    for indicator in ("urban_share", "regional_co2", "pm25", "one_hour_share"):
        ends = sorted(
            value(comparison, name, indicator, "metro", 2035)
            for name in ("baseline", "plan")
        )
        late = value(comparison, "delayed", indicator, "metro", 2035)
        assert ends[0] < late < ends[1], indicator


def test_fewer_births_and_newcomers_take_workers_by_2035_but_more_children(
    comparison: Comparison,
) -> None:
    def lost(year: int, *indicators: str) -> float:
        left = 1.0
        for indicator in indicators:
            left *= value(comparison, "ageing", indicator, "metro", year)
            left /= value(comparison, "baseline", indicator, "metro", year)
        return 1 - left

    def workers_lost(year: int) -> float:
        return lost(year, "resident_population", "working_age_share")

    assert 0 < 2 * workers_lost(2025) < workers_lost(2035)
    assert workers_lost(2035) < lost(2035, "resident_population")


def measured(model: Model, rows: list[dict[str, Setting]]) -> list[Measure]:
    rules = Case.of(model)
    needed = variables_behind(rules.indicators)
    runs = run_many(model, rows, sorted(needed))
    return [Measure(run, rules) for run in runs.each()]


def test_more_rail_raises_outer_growth_and_eases_the_centre(model: Model) -> None:
    rail = Case.of(model).levers["rail"]
    setting: dict[str, Setting] = {
        rail.constant: everywhere_reached(model, rail, rail.ceiling)
    }
    without, with_rail = measured(model, [{}, setting])

    def gain(indicator: str, scope: str) -> float:
        return with_rail.value(indicator, scope, 2035) - without.value(
            indicator, scope, 2035
        )

    assert gain("gdp_growth", "outer") > gain("gdp_growth", "central")
    assert gain("gdp_growth", "outer") > 0
    assert gain("population_share", "central") < 0


def test_efficiency_lowers_energy_and_emissions(model: Model) -> None:
    lever = Case.of(model).levers["efficiency"]
    usual, saving = measured(model, [{}, {lever.constant: lever.ceiling}])

    def saved(indicator: str) -> float:
        before = usual.value(indicator, "metro", 2035)
        return 1 - saving.value(indicator, "metro", 2035) / before

    assert saved("regional_co2") > 0.05
    # 0.018 a year more from 2026 on, less what the dual control then eases.
    assert 0.1 < saved("energy_use") < 0.2


def test_the_drought_of_2022_takes_hydropower_in_2022_alone(
    comparison: Comparison,
) -> None:
    share = "renewable_electricity_share"
    drop = {
        year: value(comparison, "stress", share, "metro", year)
        - value(comparison, "baseline", share, "metro", year)
        for year in (2021, 2022, 2023, 2026)
    }
    assert drop[2021] == 0.0
    assert drop[2022] < -5
    # Firms still feel the shortage in 2023 and need less power than there is again.
    assert 0 < drop[2023] < 3
    assert abs(drop[2026]) < 0.5


def test_the_committed_schema_is_that_of_the_model(folder: Path) -> None:
    import json

    from cqsim.case.case import Case
    from cqsim.case.json_schema import json_schema

    committed = (data_folder("scenarios") / "scenario.schema.json").read_text("utf-8")
    schema = json_schema(Case.load(folder))
    remedy = "run cqsim schema > scenarios/scenario.schema.json"
    assert json.loads(committed) == schema, remedy
