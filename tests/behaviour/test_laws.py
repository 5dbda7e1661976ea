"""What holds in every run: nobody is lost, no energy appears, shares are shares."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cqsim.case.case import Case
from cqsim.model.resolve import read_model
from cqsim.resources import data_folder

Floats = NDArray[np.float64]
Simulate = Callable[..., dict[str, Floats]]
Run = dict[str, Floats]

FOLDER = data_folder("model")
LEVERS = Case.load(FOLDER).levers
MODEL = read_model(FOLDER / "metro.mdl")
STEP = 0.25
EXACT = 1e-9
"""Relative: what an hour of rounding in floats leaves room for."""

STOCKS = [stock.name for stock in MODEL.of_kind("stock")]
SHARES = (
    *("urban share", "metro urban share", "Labour share", "fuel share"),
    *("destination share", "town share of arrivals", "share within one hour"),
    *("Rail planned", "Rail under construction", "Rail in service", "rail usable"),
    *("Electric fleet", "renewable electricity share", "shortage"),
    *("good air day share", "Precursor control", "power shortage effect"),
    *("provincial crossing", "border effect"),
)
OUTPUTS = sorted(
    {
        *STOCKS,
        *(name for name in SHARES if MODEL.variable(name)),
        *("births", "deaths", "resident population", "urban population"),
        *("rural population", "net internal migration", "net external migration"),
        *("final energy", "fuel use", "electricity use"),
        *("total energy", "electricity per energy", "investment", "depreciation"),
        *("capital relocation", "total investment", "sector gdp", "metro gdp"),
        *("regional gdp", "renewable supply", "thermal supply", "power demand"),
        "thermal imports",
        *("direct emissions", "power plant emissions", "guangan power emissions"),
        *("territorial emissions", "regional emissions", "electricity emissions"),
        *("grid emission factor", "access time", "fine particles"),
        *("electric conversion gain", "fuel share 2020"),
        *("income per person", "population by age", "newborn", "local moves"),
    }
)


@st.composite
def lever_settings(draw: st.DrawFn) -> dict[str, float]:
    """Draw a value, a start and a ramp for every lever, corners among them."""
    chosen: dict[str, float] = {}
    for lever in LEVERS.values():
        inside = st.floats(lever.floor, lever.ceiling, allow_nan=False)
        ends = st.sampled_from([lever.floor, lever.ceiling])
        chosen[lever.constant] = draw(ends | inside)
        if lever.start_constant:
            years = st.integers(lever.earliest_start, 2030)
            chosen[lever.start_constant] = float(draw(years))
        if lever.ramp_constant:
            chosen[lever.ramp_constant] = draw(st.sampled_from([0.25, 1.0, 5.0, 20.0]))
    return chosen


def saved_each_step(
    chosen: dict[str, float], start: float, end: float
) -> dict[str, float]:
    """Return the settings with results kept at every step."""
    clock = {"INITIAL TIME": start, "FINAL TIME": end}
    return {**chosen, **clock, "TIME STEP": STEP, "SAVEPER": STEP}


def gap(found: Floats, wanted: Floats, scale: Floats) -> float:
    """Return the largest difference, relative to a scale."""
    return float(np.max(np.abs(found - wanted) / np.maximum(np.abs(scale), 1e-12)))


def assert_laws_hold(run: Run) -> None:
    people_are_accounted_for(run)
    capital_is_accounted_for(run)
    energy_is_accounted_for(run)
    projects_are_accounted_for(run)
    values_make_sense(run)


def people_are_accounted_for(run: Run) -> None:
    people = run["resident population"]
    change = run["births"] - run["deaths"]
    change = change + run["net internal migration"] + run["net external migration"]
    assert gap(np.diff(people, axis=1), STEP * change[:, :-1], people[:, :-1]) < EXACT
    moved = run["net internal migration"].sum(2)
    assert gap(moved, np.zeros(1), people.sum(2)) < EXACT
    by_settlement = run["urban population"] + run["rural population"]
    assert gap(by_settlement, people, people) < EXACT
    of_age, everybody = run["population by age"].sum(-1), run["Population"].sum(-1)
    assert gap(of_age, everybody, people[..., None]) < EXACT
    assert gap(run["newborn"].sum((3, 4)), run["births"], run["births"]) < EXACT
    moved = run["local moves"].sum(3)
    assert gap(moved, np.zeros(1), run["Population"].sum(3)) < EXACT


def capital_is_accounted_for(run: Run) -> None:
    capital = run["Capital"]
    change = run["investment"] + run["capital relocation"] - run["depreciation"]
    assert gap(np.diff(capital, axis=1), STEP * change[:, :-1], capital[:, :-1]) < EXACT
    whole = capital.sum((2, 3))
    assert gap(run["capital relocation"].sum((2, 3)), np.zeros(1), whole) < EXACT
    invested = run["total investment"]
    assert gap(run["investment"].sum((2, 3)), invested, invested) < EXACT
    assert (
        gap(run["sector gdp"].sum(-1), run["regional gdp"], run["regional gdp"]) < EXACT
    )
    assert gap(run["regional gdp"].sum(-1), run["metro gdp"], run["metro gdp"]) < EXACT
    assert gap(run["Labour share"].sum(-1), np.ones(1), np.ones(1)) < EXACT


def energy_is_accounted_for(run: Run) -> None:
    total = run["total energy"]
    assert gap(run["fuel use"].sum(-1), run["final energy"], total[..., None]) < EXACT
    assert gap(run["final energy"].sum(-1), total, total) < EXACT
    electricity = run["fuel use"][..., -1].sum(-1)
    held = run["electricity use"] / run["electricity per energy"][..., None]
    assert gap(electricity, held, total) < EXACT
    demand = run["power demand"]
    supplied = run["renewable supply"] + run["thermal supply"] + run["thermal imports"]
    assert gap(supplied + run["shortage"] * demand, demand, demand) < EXACT
    emitted = run["direct emissions"].sum(-1) + run["power plant emissions"]
    emitted = emitted + run["guangan power emissions"]
    assert gap(emitted, run["territorial emissions"], emitted) < EXACT
    emitted = run["direct emissions"] + run["electricity emissions"]
    assert gap(emitted, run["regional emissions"], emitted) < EXACT
    added = np.diff(run["Cumulative emissions"], axis=1)
    yearly = run["territorial emissions"][:, :-1]
    assert gap(added, STEP * yearly, run["Cumulative emissions"][:, 1:]) < EXACT


def a_fuel_gives_way_to_what_does_its_work(run: Run) -> None:
    """Since 2020, when the mix is that of 2020; electricity does more of the work."""
    first = run["fuel share 2020"][..., -1]
    more = (run["Fuel mix"][..., -1] - first) / (1 - run["electric conversion gain"])
    work = run["Fuel mix"][..., :-1].sum(-1) + first + more
    assert gap(work, np.ones(1), np.ones(1)) < EXACT


def projects_are_accounted_for(run: Run) -> None:
    lines = (
        run["Rail planned"] + run["Rail under construction"] + run["Rail in service"]
    )
    assert gap(lines, lines[:, :1], np.ones(1)) < EXACT


def values_make_sense(run: Run) -> None:
    for name in OUTPUTS:
        assert np.isfinite(run[name]).all(), name
    for name in STOCKS:
        assert run[name].min() >= -EXACT * np.abs(run[name]).max(), name
    for name in set(SHARES) & set(run):
        assert run[name].min() >= -EXACT, name
        assert run[name].max() <= 1 + EXACT, name
    assert run["grid emission factor"].max() < 0.12, "above 1.2 kg a kWh"
    yearly = run["metro gdp"][:, 4:] / run["metro gdp"][:, :-4] - 1
    assert -0.1 < yearly.min() <= yearly.max() < 0.2
    assert 0 < run["access time"].min() <= run["access time"].max() < 240
    assert 0 < run["fine particles"].min() <= run["fine particles"].max() < 120


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(lever_settings(), min_size=4, max_size=4))
def test_the_laws_hold_wherever_the_levers_stand(
    simulate: Simulate, rows: list[dict[str, float]]
) -> None:
    chosen = [saved_each_step(row, 2020, 2035) for row in rows]
    run = simulate(chosen, OUTPUTS)
    assert_laws_hold(run)
    a_fuel_gives_way_to_what_does_its_work(run)


@pytest.mark.parametrize("end", ["floor", "ceiling"])
def test_the_laws_hold_to_2060_with_all_levers_at_an_end(
    simulate: Simulate, end: str
) -> None:
    chosen = {lever.constant: getattr(lever, end) for lever in LEVERS.values()}
    assert_laws_hold(simulate(saved_each_step(chosen, 2020, 2060), OUTPUTS))


def test_the_laws_hold_from_the_census_of_2010(simulate: Simulate) -> None:
    assert_laws_hold(simulate(saved_each_step({}, 2010, 2035), OUTPUTS))


@pytest.mark.parametrize("end", ["low", "high"])
def test_each_constant_at_the_end_of_its_range_gives_finite_numbers(
    simulate: Simulate, end: str
) -> None:
    times = ("INITIAL TIME", "FINAL TIME", "TIME STEP", "SAVEPER")
    rows = [
        {constant.name: float(getattr(constant, end)), "FINAL TIME": 2035.0}
        for constant in MODEL.of_kind("constant")
        if not constant.subscripts and constant.name not in times
    ]
    for first in range(0, len(rows), 40):
        some = rows[first : first + 40]
        run = simulate(some, OUTPUTS)
        for name in OUTPUTS:
            bad = ~np.isfinite(run[name].reshape(len(some), -1)).all(1)
            assert not bad.any(), (name, [some[n] for n in np.flatnonzero(bad)])


@pytest.mark.parametrize("seed", range(4))
def test_random_constants_give_finite_numbers_and_keep_people(
    simulate: Simulate, seed: int
) -> None:
    random = np.random.default_rng(seed)
    drawn = [
        {
            constant.name: float(random.choice([constant.low, constant.high]))
            if seed % 2
            else float(random.uniform(constant.low, constant.high))
            for constant in MODEL.of_kind("constant")
            if not constant.subscripts
            and constant.low is not None
            and constant.high is not None
            and "TIME" not in constant.name
            and constant.name != "SAVEPER"
        }
        for _ in range(12)
    ]
    run = simulate([saved_each_step(row, 2020, 2035) for row in drawn], OUTPUTS)
    for name in OUTPUTS:
        assert np.isfinite(run[name]).all(), name
    people_are_accounted_for(run)
    capital_is_accounted_for(run)
    energy_is_accounted_for(run)
    for name in STOCKS:
        assert run[name].min() >= -EXACT * np.abs(run[name]).max(), name
