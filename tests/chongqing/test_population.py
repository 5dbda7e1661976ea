"""The split by settlement, cohorts, deaths, births and moves."""

from dataclasses import replace

import numpy as np
import pytest

from cqsim.chongqing.facts import MUNICIPALITY, Facts
from cqsim.chongqing.migration import arrival_profile, net_migration, survived
from cqsim.chongqing.population import (
    FERTILE,
    MOTHERS,
    RECORDED_YEARS,
    YEARS,
    MortalitySchedule,
    between,
    cohort_path,
    crude_rate,
    ecological_profiles,
    fit_schedule,
    group_rates,
    life_expectancy,
    modelled_deaths,
    mortality_rates,
    municipal_fertility,
    pattern,
    population_after,
    recorded_births,
    recorded_deaths,
    relative_fertility,
    seed_contrast,
    split_by_settlement,
    split_year,
    women_at,
)
from cqsim.credibility.skill_plan import read_skill_plan
from cqsim.resources import data_folder


@pytest.mark.parametrize("year", [2010, 2020])
def test_the_split_by_settlement_meets_both_margins_to_the_person(
    facts: Facts, year: int
) -> None:
    split = split_year(facts, year)
    ages = np.array([facts.persons(region, year) for region in facts.regions])
    assert (split.sum(axis=1) == ages).all()
    assert (split[:, 0].sum(axis=1) == facts.vector("urban_population", year)).all()
    assert (split >= 0).all()


def test_the_metro_of_2020_is_the_census_metro(facts: Facts) -> None:
    split = split_year(facts, 2020)
    assert split.sum() == 24_377_253
    assert split[:, 0].sum() / split.sum() == pytest.approx(0.7392, abs=5e-5)
    assert split[facts.regions.index("yuzhong"), 1].sum() == 0


def test_the_countryside_of_2020_is_older_than_the_towns(facts: Facts) -> None:
    urban, rural = split_year(facts, 2020).sum(axis=0)
    assert rural[12:].sum() / rural.sum() > 1.3 * urban[12:].sum() / urban.sum()


def test_ecological_regression_finds_profiles_that_all_regions_share() -> None:
    profiles = np.array([[0.2, 0.5, 0.3], [0.4, 0.1, 0.5]])
    urban = np.array([100.0, 300.0, 800.0])
    totals = np.array([1000.0, 1000.0, 1000.0])
    persons = urban[:, None] * profiles[0] + (totals - urban)[:, None] * profiles[1]
    np.testing.assert_allclose(ecological_profiles(persons, urban), profiles, atol=1e-9)


def test_without_contrast_both_settlements_have_one_age_profile() -> None:
    odds = seed_contrast(np.array([[0.2, 0.8], [0.6, 0.4]]), contrast=0.0)
    city, country = split_by_settlement(np.array([600.0, 400.0]), 500.0, odds)
    assert city.tolist() == country.tolist() == [300.0, 200.0]


def test_interpolated_ages_are_the_censuses_at_their_dates(facts: Facts) -> None:
    first, second = (facts.persons(MUNICIPALITY, year) for year in (2010, 2020))
    path = cohort_path(first, second)
    np.testing.assert_allclose(path(0.0), first, rtol=1e-9)
    np.testing.assert_allclose(path(10.0), second, rtol=1e-9)


def test_a_cohort_grows_older_without_deaths() -> None:
    groups = np.zeros(18)
    groups[4] = 1000.0
    after = population_after(5.0, groups, np.zeros(18))
    assert after[5] == pytest.approx(1000.0)
    assert after.sum() == pytest.approx(1000.0)


def test_a_constant_force_gives_its_inverse_as_life_expectancy() -> None:
    schedule = MortalitySchedule(level=0.2, slope=0.0, infant=0.0)
    assert life_expectancy(schedule) == pytest.approx(5.0, rel=1e-4)
    assert group_rates(schedule) == pytest.approx(np.full(18, 0.2))


def test_mortality_meets_life_expectancy_and_crude_rate_within_its_stated_error(
    facts: Facts,
) -> None:
    schedule = fit_schedule(facts)
    persons = facts.persons(MUNICIPALITY, 2020)
    assert life_expectancy(schedule) == pytest.approx(79.72, abs=0.8)
    assert crude_rate(schedule, persons) == pytest.approx(0.00770, rel=0.05)


@pytest.mark.parametrize("year", [2012, 2013, 2014, 2015, 2019, 2020])
def test_recorded_deaths_between_the_censuses_are_reproduced_within_a_tenth(
    facts: Facts, year: int
) -> None:
    rates = between(*mortality_rates(facts), year)
    deaths = modelled_deaths(facts, year, rates)
    assert deaths == pytest.approx(recorded_deaths(facts, year), rel=0.1)


@pytest.mark.parametrize("year", [2021, 2022])
def test_recorded_deaths_after_the_census_are_reproduced_within_a_tenth(
    facts: Facts, year: int
) -> None:
    _, rates = mortality_rates(facts)
    persons = facts.persons(MUNICIPALITY, 2020)
    ages = population_after(year + 0.5 - 2020 - 10 / 12, persons, rates)
    deaths = (ages * rates).sum()
    assert deaths == pytest.approx(recorded_deaths(facts, year), rel=0.1)


def test_mortality_rises_with_age_and_fell_over_the_decade(facts: Facts) -> None:
    first, second = mortality_rates(facts)
    assert (np.diff(second[1:]) > 0).all()
    assert (second < first).all()


@pytest.mark.parametrize("year", RECORDED_YEARS)
def test_fertility_times_women_gives_the_recorded_births(
    facts: Facts, year: int
) -> None:
    _, mortality = mortality_rates(facts)
    rate = municipal_fertility(facts)[YEARS.index(year)]
    women = women_at(facts, year, mortality)[FERTILE]
    births = rate * (women * pattern(facts)).sum() / 5
    assert births == pytest.approx(recorded_births(facts, year))


def test_births_of_the_decade_agree_with_the_children_of_the_2020_census(
    facts: Facts,
) -> None:
    _, mortality = mortality_rates(facts)
    rates = municipal_fertility(facts)
    births = [
        rate * (women_at(facts, year, mortality)[FERTILE] * pattern(facts)).sum() / 5
        for year, rate in zip(YEARS, rates, strict=True)
    ]
    young = births[5] / 6 + sum(births[6:10]) + births[10] * 10 / 12
    older = births[0] / 6 + sum(births[1:5]) + births[5] * 10 / 12
    children = facts.persons(MUNICIPALITY, 2020)
    assert children[:2].sum() == pytest.approx(young + older, rel=0.03)
    assert children[0] == pytest.approx(young, rel=0.05)
    assert children[1] == pytest.approx(older, rel=0.08)


def test_regional_fertility_has_mean_one_over_women(facts: Facts) -> None:
    women = [facts.persons(r, 2020, "female")[MOTHERS].sum() for r in facts.regions]
    mean = np.average(relative_fertility(facts), weights=women)
    assert mean == pytest.approx(1.0, abs=1e-12)


def test_births_deaths_and_moves_account_for_the_change_between_the_censuses(
    facts: Facts,
) -> None:
    births, deaths, moves = net_migration(facts).T
    totals = [
        np.array([facts.persons(r, year).sum() for r in facts.regions])
        for year in (2010, 2020)
    ]
    np.testing.assert_allclose(births - deaths + moves, totals[1] - totals[0])
    assert moves[: len(facts.central)].sum() > 2_000_000


def test_nobody_under_ten_survives_from_a_census_ten_years_before() -> None:
    later = survived(np.full(18, 100.0), np.zeros(18))
    assert later[:2].tolist() == [0.0, 0.0]
    assert later.sum() == pytest.approx(1800.0)


def test_more_move_in_from_15_to_19_than_at_any_other_age(facts: Facts) -> None:
    profile = arrival_profile(facts)
    assert profile.sum() == pytest.approx(1.0)
    assert profile.argmax() == 3


def test_nobody_of_70_or_more_moves_in_on_balance(facts: Facts) -> None:
    assert arrival_profile(facts)[14:].tolist() == [0.0] * 4


def test_census_survival_finds_the_migration_that_accounts_find(facts: Facts) -> None:
    """Net arrivals of who was born by 2010: change less deaths, by two methods."""
    rates = np.sqrt(np.multiply(*mortality_rates(facts)))
    found = sum(
        (facts.persons(r, 2020) - survived(facts.persons(r, 2010), rates))[2:].sum()
        for r in facts.regions
    )
    born_since = sum(facts.persons(r, 2020)[:2].sum() for r in facts.regions)
    births, _, moves = net_migration(facts).T
    with_children = found + born_since - births.sum()
    assert with_children == pytest.approx(moves.sum(), rel=0.1)


def test_the_stated_effect_of_the_contrast_on_rural_ageing_holds(facts: Facts) -> None:
    def rural_elderly(contrast: float) -> float:
        name = "urban_rural_age_contrast"
        chosen = facts.judgement(name).model_copy(update={"value": contrast})
        derivation = facts.derivation.model_copy(update={name: chosen})
        rural = split_year(replace(facts, derivation=derivation), 2020).sum(axis=0)[1]
        return float(rural[12:].sum() / rural.sum())

    assert rural_elderly(0.3) - rural_elderly(0.5) == pytest.approx(-0.02, abs=0.005)
    assert rural_elderly(1.0) - rural_elderly(0.5) == pytest.approx(0.04, abs=0.005)


def test_the_districts_stand_in_by_what_both_censuses_say(facts: Facts) -> None:
    """Children under five a resident, and deaths by the model's rates, in both."""
    plan = read_skill_plan(data_folder("model") / "skill.toml")
    stated = {h.id: dict(h.stand_in) for h in plan.hindcast if h.stand_in}
    districts = [region for region in facts.regions if region != "guangan"]
    for year, rates in zip((2010, 2020), mortality_rates(facts), strict=True):
        own = np.sum([facts.persons(r, year) for r in districts], axis=0)
        whole = facts.persons(MUNICIPALITY, year)
        children = (own[0] / own.sum()) / (whole[0] / whole.sum())
        deaths = np.average(rates, weights=own) / np.average(rates, weights=whole)
        assert stated["births"][year] == pytest.approx(children, abs=5e-4)
        assert stated["deaths"][year] == pytest.approx(deaths, abs=5e-4)
