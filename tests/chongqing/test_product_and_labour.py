"""Gross product and employment by region and sector."""

import csv
import re

import numpy as np
import pandas as pd
import pytest

from cqsim.chongqing.economy import (
    YEARS,
    block_sectors,
    carried_shares,
    district_margin,
    district_sectors,
    employment_2010,
    employment_2020,
    employment_ratio,
    growth_rates,
    left_out_errors,
    municipal_volume,
    primary_slope,
    product_2010,
    product_2020,
    volume_index,
    working_age,
)
from cqsim.chongqing.facts import MUNICIPALITY, SECTORS, Facts
from cqsim.chongqing.initial import provenance_text

EXACT = 1e-9
"""Relative: sums of doubles after balancing."""


def test_product_of_2020_meets_both_margins(facts: Facts) -> None:
    product = product_2020(facts)
    districts = product[: len(facts.districts)]
    np.testing.assert_allclose(
        districts.sum(axis=1), facts.vector("gdp", 2020, facts.districts), rtol=EXACT
    )
    np.testing.assert_allclose(
        districts.sum(axis=0), district_margin(facts), rtol=EXACT
    )
    assert (product > 0).all()


def test_the_metro_produced_more_than_two_trillion_yuan_in_2020(facts: Facts) -> None:
    total = product_2020(facts).sum()
    assert total > 20_000
    assert total == pytest.approx(20_500, rel=0.005)


def test_published_shares_are_held(facts: Facts) -> None:
    published = facts.derivation.published_sectors
    rows = district_sectors(facts, published)
    for region, year in published.items():
        row = rows[facts.districts.index(region)]
        expected = carried_shares(facts, region, year)
        np.testing.assert_allclose(row / row.sum(), expected, rtol=EXACT)


def test_a_left_out_district_is_estimated_as_well_as_the_provenance_says(
    facts: Facts,
) -> None:
    errors = np.array(list(left_out_errors(facts).values()))
    means = np.abs(errors).mean(axis=0) * 100
    lines = provenance_text(
        facts, {"gdp_2020.csv": pd.DataFrame(columns=SECTORS)}
    ).splitlines()
    (entry,) = csv.DictReader(lines)
    stated = entry["error"]
    figures = [float(text) for text in re.findall(r"\d+\.\d", stated)]
    assert figures[:3] == pytest.approx(means, abs=0.051)
    assert figures[3] == pytest.approx(np.abs(errors).max() * 100, abs=0.051)
    assert means.max() < 6


def test_employment_says_more_than_the_mean_structure_does(facts: Facts) -> None:
    mean = district_margin(facts) / district_margin(facts).sum()
    published = facts.derivation.published_sectors.items()
    naive = [mean - carried_shares(facts, region, year) for region, year in published]
    ours = list(left_out_errors(facts).values())
    assert np.abs(ours).mean() < np.abs(naive).mean()


def test_the_blocks_of_2010_keep_their_yearbook_sectors(facts: Facts) -> None:
    early = product_2010(facts)
    centre = early[: len(facts.central)].sum(axis=0)
    districts = early[: len(facts.districts)].sum(axis=0)
    np.testing.assert_allclose(centre, block_sectors(facts, "central"), rtol=EXACT)
    np.testing.assert_allclose(districts, block_sectors(facts, "cq21"), rtol=EXACT)
    assert (early > 0).all()


def test_the_municipality_more_than_doubled_its_product_in_the_decade(
    facts: Facts,
) -> None:
    assert volume_index(facts, 2020) == 1.0
    assert 2.3 < 1 / volume_index(facts, 2010) < 2.8
    assert municipal_volume(facts, 2020) == facts.value(MUNICIPALITY, "gdp", 2020)


def test_only_three_growth_rates_are_estimated(facts: Facts) -> None:
    rates, published = growth_rates(facts)
    estimated = [y for y, flag in zip(YEARS, published, strict=True) if not flag]
    assert estimated == [2011, 2013, 2019]
    assert ((rates > 2) & (rates < 18)).all()


def test_sector_shares_do_not_change_who_is_employed(facts: Facts) -> None:
    ratio = facts.parameter("employment_to_working_age")
    sample = facts.vector("employed_in_census_sample", 2020)
    whole = facts.value(MUNICIPALITY, "employed_in_census_sample", 2020)
    level = ratio * working_age(facts, MUNICIPALITY, 2020)
    np.testing.assert_allclose(
        employment_2020(facts).sum(axis=1), level * sample / whole, rtol=EXACT
    )


def test_more_people_farmed_in_2010(facts: Facts) -> None:
    early, late = employment_2010(facts), employment_2020(facts)
    share = early[:, 0] / early.sum(axis=1), late[:, 0] / late.sum(axis=1)
    rural = [region != "yuzhong" for region in facts.regions]
    assert (share[0][rural] > share[1][rural]).all()
    np.testing.assert_allclose(
        early.sum(axis=1),
        employment_ratio(facts) * [working_age(facts, r, 2010) for r in facts.regions],
    )


def test_the_slope_of_farm_work_on_rural_residence_is_found_again() -> None:
    rural = np.array([0.1, 0.3, 0.5, 0.0])
    odds = (rural[:3] / (1 - rural[:3])) ** 1.5 / 2
    primary = np.append(odds / (1 + odds), 0.001)
    assert primary_slope(primary, rural) == pytest.approx(1.5)
