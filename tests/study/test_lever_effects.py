from pathlib import Path

import numpy as np
import pytest

from cqsim.documentation.effects import effects_page
from cqsim.model.model import Model
from cqsim.study.reach import LeverEffects

ROOT = Path(__file__).parents[2]

# At its ceiling a lever moves an indicator this way by 2035, and why.
SIGNS = [
    ("hukou", "urban_share", "metro", 1, "fewer barriers, more moves to town"),
    ("relocation", "gdp_share_gain", "outer", 1, "plants leave the centre"),
    ("rail", "one_hour_share", "metro", 1, "suburban trains are faster than roads"),
    ("rail", "gdp_share_gain", "outer", 1, "market access and spillover"),
    ("road", "one_hour_share", "metro", 1, "road time is saved"),
    ("commuter_trains", "one_hour_share", "metro", 1, "trains to more units"),
    ("research", "research_intensity", "cq21", 1, "it is the indicator itself"),
    ("research", "gdp_growth", "cq21", 1, "knowledge raises productivity"),
    ("investment", "gdp_growth", "cq21", 1, "more capital"),
    ("efficiency", "co2_per_gdp_change", "metro", -1, "less energy for the same"),
    ("coal", "pm25_change", "metro", -1, "coal is the worst precursor"),
    ("coal", "co2_per_gdp_change", "metro", -1, "gas and power emit less than coal"),
    ("imports", "non_fossil_share", "metro", 1, "clean power displaces thermal"),
    ("imports", "co2_per_gdp_change", "metro", -1, "clean power displaces thermal"),
    ("thermal_retirement", "co2_per_gdp_change", "metro", -1, "lines replace plants"),
    ("renewables", "wind_solar_capacity", "chongqing", 1, "it is the capacity"),
    ("renewables", "non_fossil_share", "metro", 1, "more renewable power"),
    ("electric_vehicles", "pm25_change", "metro", -1, "less oil is burnt"),
    ("precursors", "pm25_change", "metro", -1, "fewer precursors"),
    ("precursors", "good_air_share", "metro", 1, "days follow PM2.5"),
    ("family", "gdp_per_head_change", "metro", -1, "children first, workers later"),
    ("talent", "urban_share", "metro", 1, "newcomers settle in towns"),
    ("talent", "gdp_growth", "cq21", 1, "more workers"),
    ("guangan", "gdp_share_gain", "northern", 1, "an open border"),
    ("carbon_price", "co2_per_gdp_change", "metro", -1, "dearer carbon, less use"),
]


def test_no_lever_is_without_effect_at_either_year_or_end(
    effects: LeverEffects,
) -> None:
    for number, lever in enumerate(effects.levers):
        moved = np.nanmax(np.abs(effects.effects[number]), axis=(1, 2))
        ends = [lever.floor != lever.today, lever.ceiling != lever.today]
        assert moved.max() > 1e-3, lever.id
        # Where an end is today's value and the baseline's, there is nothing to move.
        assert all(m > 1e-6 for m, differs in zip(moved, ends, strict=True) if differs)


@pytest.mark.parametrize(("lever", "indicator", "scope", "sign", "reason"), SIGNS)
def test_a_lever_moves_an_indicator_the_way_that_theory_has_it(
    effects: LeverEffects,
    lever: str,
    indicator: str,
    scope: str,
    sign: int,
    reason: str,
) -> None:
    ceiling = effects.of(lever, 1, indicator, scope, 2035)
    floor = effects.of(lever, 0, indicator, scope, 2035)
    assert sign * ceiling > 0, reason
    assert sign * floor <= 0, reason


def test_every_lever_has_a_sign_asserted(effects: LeverEffects) -> None:
    assert {lever.id for lever in effects.levers} == {row[0] for row in SIGNS}


def test_the_committed_page_is_what_the_runs_say(model: Model) -> None:
    page = (ROOT / "docs" / "lever-effects.md").read_text(encoding="utf-8")
    remedy = "run cqsim docs --levers docs/lever-effects.md"
    assert effects_page(model) == page, remedy
