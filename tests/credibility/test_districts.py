"""Skill over regions: how many are forecast better, and is their order right."""

import math
from pathlib import Path

import pytest

from cqsim.case.case import Case
from cqsim.credibility.districts import RegionalSkill, regional_skill
from cqsim.credibility.forecasts import Forecast
from cqsim.credibility.skill import Skill, skill_of

MODEL = Path(__file__).parents[2] / "model"
TOWNS = ("north", "south", "east")


def forecast(place: str, year: int, observed: float, model: float) -> Forecast:
    """A forecast from 100 in 2020; the line adds one a year."""
    line = 100.0 + (year - 2020)
    return Forecast(
        *("people", place, 2020, year, observed, 1.0, model, 1.0, 100.0, line)
    )


def by_year(made: list[Forecast]) -> dict[int | None, RegionalSkill]:
    return {score.year: score for score in regional_skill(made, TOWNS)}


def test_regions_are_counted_by_who_is_nearer() -> None:
    made = [
        forecast("north", 2021, 104, 103),  # nearer than both
        forecast("south", 2021, 102, 100.9),  # nearer than the last value alone
        forecast("east", 2021, 98, 99.9),  # nearer than both
        forecast("whole", 2021, 98, 150),  # no region
    ]
    (score,) = regional_skill(made, TOWNS)
    assert score.count == 3
    assert score.over_last == 1
    assert score.over_line == pytest.approx(2 / 3)
    assert score.over_both == pytest.approx(2 / 3)


@pytest.mark.parametrize(("sign", "expected"), [(1, 1), (-1, -1)])
def test_half_the_growth_in_the_right_order_agrees_fully(
    sign: int, expected: int
) -> None:
    grown = dict(zip(TOWNS, (6, 2, -2), strict=True))
    made = [forecast(t, 2021, 100 + g, 100 + sign * g / 2) for t, g in grown.items()]
    assert by_year(made)[2021].growth == pytest.approx(expected)


def test_a_model_in_which_all_grow_alike_has_no_order() -> None:
    made = [forecast(t, 2021, 100 + n, 101) for n, t in enumerate(TOWNS)]
    assert math.isnan(by_year(made)[2021].growth)


def test_all_years_take_a_region_once_and_its_growth_by_the_year() -> None:
    made = [
        forecast("north", 2021, 102, 102),
        forecast("north", 2022, 104, 104),
        forecast("south", 2021, 101, 101),
        forecast("east", 2022, 96, 96),
    ]
    scores = by_year(made)
    assert {year: score.count for year, score in scores.items()} == {
        **{2021: 2, 2022: 2, None: 3}
    }
    assert scores[None].growth == pytest.approx(1)


@pytest.fixture(scope="module")
def skill() -> Skill:
    return skill_of(Case.load(MODEL))


def test_only_what_starts_at_the_first_census_is_called_fitted(skill: Skill) -> None:
    origins = {(score.origin, score.is_fitted) for score in skill.by_region}
    assert origins == {(2010, True), (2020, False), (2021, False)}
    fitted = [score for score in skill.by_region if score.is_fitted]
    assert {score.year for score in fitted} == {2020}
    assert {score.count for score in fitted} == {22}


def test_districts_of_2023_are_scored_and_the_suspect_ones_are_not(
    skill: Skill,
) -> None:
    (score,) = (
        s
        for s in skill.by_region
        if (s.series, s.origin, s.year) == ("population", 2020, 2023)
    )
    scored = {
        f.place
        for f in skill.forecasts
        if (f.series, f.origin, f.year) == ("population", 2020, 2023)
    }
    assert score.count == len(scored - {"central"}) == 11
    assert not scored & {"hechuan", "qijiang"}


def test_output_is_not_deflated_over_a_change_of_edition(skill: Skill) -> None:
    """Values of 2023 are of another edition than the municipality's of 2022."""
    years = {f.year for f in skill.forecasts if f.series == "gdp"}
    assert years == {2021, 2022}
