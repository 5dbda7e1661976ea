"""The numbers that the project promises to show, from the shipped data."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Simulate = Callable[..., dict[str, Floats]]
Run = dict[str, Floats]

CENTRAL = slice(0, 9)
DISTRICTS = slice(0, 21)
JIANGJIN = 10
"""Its students leave from its towns, the model's young from its villages as well."""


def year(run: Run, name: str, when: int) -> Floats:
    """Return a variable of the only run in a year, (*axes)."""
    at = int(np.flatnonzero(run["time"] == when)[0])
    return np.asarray(run[name][0, at])


def column(path: Path, name: str) -> list[float]:
    with path.open(encoding="utf-8", newline="") as lines:
        return [float(row[name]) for row in csv.DictReader(lines)]


def people_in(folder: Path, settlement: str, when: int) -> Floats:
    """Return the people of a census by region."""
    path = folder / "initial" / f"population_{settlement}_{when}.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        _, *rows = csv.reader(lines)
    return np.array([sum(map(float, row[1:])) for row in rows])


def test_the_area_starts_with_its_people(baseline: Run) -> None:
    people = year(baseline, "resident population", 2020)
    assert people.shape == (22,)
    assert people.sum() == pytest.approx(24.377e6, rel=1e-4)
    assert people[CENTRAL].sum() > 10e6


def test_the_area_starts_as_urban_as_the_census_found_it(baseline: Run) -> None:
    people = year(baseline, "resident population", 2020).sum()
    share = year(baseline, "urban population", 2020).sum() / people
    assert 100 * share == pytest.approx(73.92, abs=0.05)


def test_output_in_2020_is_that_of_the_ledger_and_above_two_trillion(
    baseline: Run, folder: Path
) -> None:
    path = folder / "initial" / "gdp_2020.csv"
    sectors = ("primary", "secondary", "tertiary")
    stated = np.array([column(path, sector) for sector in sectors]).sum()
    found = year(baseline, "sector gdp", 2020)
    assert found.sum() > 20_000
    assert found.sum() == pytest.approx(stated, rel=1e-6)


def test_the_area_measures_35_000_km2(folder: Path) -> None:
    areas = column(folder / "regions.csv", "area_km2")
    assert len(areas) == 22
    assert sum(areas) == pytest.approx(35_000, rel=0.01)


def test_the_run_from_2010_arrives_at_the_population_of_2020(
    from_2010: Run, folder: Path
) -> None:
    towns, villages = (people_in(folder, s, 2020) for s in ("urban", "rural"))
    found = year(from_2010, "resident population", 2020)
    miss = np.abs(found / (towns + villages) - 1)
    assert miss.max() < 0.04
    assert np.median(miss) < 0.015
    assert found.sum() == pytest.approx((towns + villages).sum(), rel=0.01)


def test_the_run_from_2010_arrives_at_the_urban_share_of_2020_but_in_jiangjin(
    from_2010: Run, folder: Path
) -> None:
    towns, villages = (people_in(folder, s, 2020) for s in ("urban", "rural"))
    people = year(from_2010, "resident population", 2020)
    urban = year(from_2010, "urban population", 2020)
    miss = np.abs(urban / people - towns / (towns + villages))
    assert np.delete(miss, JIANGJIN).max() < 0.001
    assert 0.02 < miss[JIANGJIN] < 0.05
    observed = towns.sum() / (towns + villages).sum()
    assert urban.sum() / people.sum() == pytest.approx(observed, abs=0.01)


def test_urban_shares_of_2022_come_near_the_published_for_both_boundaries(
    baseline: Run,
) -> None:
    people = year(baseline, "resident population", 2022)
    urban = year(baseline, "urban population", 2022)
    assert 100 * urban.sum() / people.sum() == pytest.approx(75.2, abs=1.0)
    districts = urban[DISTRICTS].sum() / people[DISTRICTS].sum()
    assert 100 * districts == pytest.approx(79.8, abs=1.0)


def test_emissions_of_scope_1_in_2020_are_within_a_tenth_of_the_reference(
    baseline: Run, folder: Path
) -> None:
    path = folder / "initial" / "reference_emissions.csv"
    (reference,) = column(path, "reference 2020")
    found = float(year(baseline, "territorial emissions", 2020))
    assert found == pytest.approx(reference, rel=0.1)


def test_the_reference_of_emissions_says_scope_and_scaling(folder: Path) -> None:
    path = folder / "initial" / "provenance.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [
            row
            for row in csv.DictReader(lines)
            if row["file"] == "reference_emissions.csv"
        ]
    assert rows
    for row in rows:
        assert "Scope 1" in row["note"]
        assert "share of the 21 districts" in row["rule"]
        assert row["error"]


def test_nothing_jumps_when_the_run_from_2010_passes_2020(simulate: Simulate) -> None:
    names = ["resident population", "metro gdp", "territorial emissions"]
    clock = {"INITIAL TIME": 2010, "FINAL TIME": 2030, "SAVEPER": 0.25}
    run = simulate(clock, names)
    for name in names:
        path = run[name][0].reshape(len(run["time"]), -1).sum(1)
        steps = np.abs(np.diff(path) / path[:-1])
        assert steps.max() < 0.06, name
