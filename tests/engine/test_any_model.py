"""Laws that hold for any model: one of the region, and one of all that is odd."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cqsim.compile.ir import Constant, Stock, System
from cqsim.compile.lower import read_system
from cqsim.engine.settings import samples_of
from cqsim.engine.simulation import run_many

Make = Callable[..., System]
Case = tuple[System, list[str], dict[str, Any], dict[str, float]]

CONTROLS = ("INITIAL TIME", "FINAL TIME", "TIME STEP", "SAVEPER")
METRO = Path(__file__).parents[2] / "model" / "metro.mdl"
ODD = """
place: north, south, east ~ ~ |
edge: north, east ~ ~ |
part: ptype, ppriority, pwidth, pextra ~ ~ |
stock[place] = INTEG(inflow[place] - outflow[place], ACTIVE INITIAL(Time, 4)) ~ t ~ |
inflow[place] = rate[place] * EXP(-stock[place] / room) ~ t/Year ~ |
rate[place] = 3, 5, 7 ~ t/Year ~ |
room = 20 ~ t ~ |
outflow[edge] = DELAY FIXED(inflow[edge], wait, 1) ~ t/Year ~ |
outflow[south] = DELAY N(inflow[south], 3 + STEP(1, 4), 1, 3) ~ t/Year ~ |
wait = 2 ~ Year ~ |
best[place] = SAMPLE IF TRUE(stock[place] > room / 4, stock[place], 0) ~ t ~ |
asked[place] = MAX(0, stock[place] - 2) ~ t ~ |
profile[place, part] = 1, 3, 1, 0; 3, 2, 1, 0; 4, 1, 2, 0; ~ 1 ~ |
share[place] = ALLOCATE AVAILABLE(asked[place], profile[place, ptype], room / 6)
    ~ t ~ |
trend[place] = TREND(stock[place], 3, 0.1) ~ 1/Year ~ |
price = curve(SUM(share[place!])) ^ 0.7 + SIN(Time) * PULSE(2, 3) ~ 1 ~ |
curve((0, 5), (2, 3), (9, 1)) ~ 1 ~ |
"""
SORTED = ODD + "order[place] = VECTOR SORT ORDER(stock[place], 1) ~ 1 ~ |\n"


def of_the_region(runs: int, seed: int) -> dict[str, Any]:
    """Return samples of the single numbers that are no years, switches or counts."""
    chance = np.random.default_rng(seed)
    system = read_system(METRO)
    return {
        name: variable.values[0] * chance.uniform(0.99, 1.01, runs)
        for name, variable in system.variables.items()
        if isinstance(variable, Constant)
        and not variable.axes
        and name not in (*CONTROLS, *system.structural)
        and name[0] != "#"
        and variable.values[0] != int(variable.values[0])
    }


def of_the_odd(runs: int, seed: int) -> dict[str, Any]:
    chance = np.random.default_rng(seed)
    return {
        "rate": chance.uniform(1, 9, (runs, 3)),
        "room": chance.uniform(5, 40, runs),
        "wait": chance.uniform(0, 6, runs),
        "profile[south,pwidth]": chance.uniform(0.1, 3, runs),
    }


@pytest.fixture(params=["region", "odd", "odd and sorted"])
def case(request: pytest.FixtureRequest, system_of: Make) -> Any:
    """Return a system, its outputs, its clock, and what makes samples of it."""
    if request.param == "region":
        system = read_system(METRO)
        stocks = [n for n, v in system.variables.items() if isinstance(v, Stock)]
        names = [name for name in stocks if not name.startswith("#")][:12]
        return system, names, {"end": 2022.0}, of_the_region
    text = SORTED if "sorted" in request.param else ODD
    names = ["stock", "best", "share", "trend", "price"]
    names += ["order"] * ("sorted" in request.param)
    return system_of(text, end=12, step=0.25), names, {}, of_the_odd


def bits(case: Any, samples: dict[str, Any], **how: Any) -> list[Any]:
    system, names, clock, _ = case
    how = {"clock": clock, "check_ranges": False, **how}
    found = run_many(system, samples, names, **how)
    return list(found.values.values())


def same(first: list[Any], second: list[Any]) -> bool:
    pairs = zip(first, second, strict=True)
    return all(np.array_equal(a, b, equal_nan=True) for a, b in pairs)


def test_what_was_run_between_changes_nothing(case: Any) -> None:
    drawn = case[3]
    first = bits(case, drawn(19, 1))
    between = bits(case, drawn(40, 2))
    assert same(bits(case, drawn(19, 1)), first)
    assert not same([b[:19] for b in between], first)


def test_permuted_runs_are_permuted_results(case: Any) -> None:
    samples = case[3](21, 3)
    order = np.random.default_rng(4).permutation(21)
    straight = bits(case, samples)
    mixed = bits(case, {n: v[order] for n, v in samples.items()})
    assert same(mixed, [values[order] for values in straight])


@pytest.mark.parametrize(("lanes", "threads"), [(1, 2), (4, 1), (32, 2)])
def test_bits_depend_neither_on_lanes_threads_nor_chunks(
    case: Any, lanes: int, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = case[3](45, 5)
    usual = bits(case, samples, threads=1, lanes=16)
    assert same(bits(case, samples, lanes=lanes, threads=threads), usual)
    monkeypatch.setattr("cqsim.engine.program.CHUNK", 1)
    assert same(bits(case, samples, lanes=lanes, threads=threads), usual)


def test_a_run_alone_is_that_run_of_many_to_the_bit(case: Any) -> None:
    """Whatever else is recorded, and although a run alone is not optimised."""
    system, names, clock, drawn = case
    samples = drawn(33, 6)
    many = run_many(
        system, samples, names, clock=clock, lanes=16, check_ranges=False
    ).run(30)
    table = samples_of(system, samples, check_ranges=False)
    alone = run_many(system, table.row(30), clock=clock).run(0)
    for name in names:
        assert np.array_equal(many.values[name], alone.values[name]), name
