"""Laws that hold for any model: one of the region, and one of all that is odd."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cqsim.compile.ir import Constant, Stock, System
from cqsim.compile.lower import read_system
from cqsim.engine.kernel import compile_model
from cqsim.engine.many import Plan, plan_many, run_plan

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


def planned(case: Any, samples: dict[str, Any], **how: Any) -> Plan:
    system, names, clock, _ = case
    return plan_many(system, samples, names, clock=clock, **how)


def bits(plan: Plan) -> list[Any]:
    ensemble = run_plan(plan)
    return [ensemble.values(name) for name in ensemble.names]


def same(first: list[Any], second: list[Any]) -> bool:
    pairs = zip(first, second, strict=True)
    return all(np.array_equal(a, b, equal_nan=True) for a, b in pairs)


def test_what_was_run_between_changes_nothing(case: Any) -> None:
    samples_of = case[3]
    plan = planned(case, samples_of(19, 1))
    first = bits(plan)
    between = bits(plan.with_samples(samples_of(40, 2)))
    assert same(bits(plan.with_samples(samples_of(19, 1))), first)
    assert not same([b[:19] for b in between], first)


def test_permuted_runs_are_permuted_results(case: Any) -> None:
    samples = case[3](21, 3)
    order = np.random.default_rng(4).permutation(21)
    straight = bits(planned(case, samples))
    mixed = bits(planned(case, {n: v[order] for n, v in samples.items()}))
    assert same(mixed, [values[order] for values in straight])


@pytest.mark.parametrize(("lanes", "threads"), [(4, 1), (32, 2)])
def test_bits_depend_neither_on_tiles_threads_nor_chunks(
    case: Any, lanes: int, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = case[3](45, 5)
    usual = bits(planned(case, samples, threads=1))
    assert same(bits(planned(case, samples, lanes=lanes, threads=threads)), usual)
    monkeypatch.setattr(Plan, "width", 32)
    assert same(bits(planned(case, samples, lanes=lanes, threads=threads)), usual)


def test_a_run_is_the_same_in_any_company(case: Any) -> None:
    samples = case[3](33, 6)
    usual = bits(planned(case, samples))
    alone = bits(planned(case, {n: v[30:31] for n, v in samples.items()}))
    assert same(alone, [values[30:31] for values in usual])


def test_a_single_run_leaves_nothing_behind(case: Any) -> None:
    system, names, clock, samples_of = case
    kernel = compile_model(system, end=clock.get("end"))
    rows = [{n: v[k] for n, v in samples_of(2, 7).items()} for k in range(2)]
    rows = [{n: v for n, v in row.items() if "[" not in n} for row in rows]
    first, _, again = (kernel.run(rows[k], names) for k in (0, 1, 0))
    assert same(list(first.values()), list(again.values()))


def test_an_ensemble_is_its_single_runs_in_an_odd_model(system_of: Make) -> None:
    system = system_of(ODD, end=12, step=0.25)
    samples = {n: v for n, v in of_the_odd(9, 8).items() if "[" not in n}
    ensemble = run_plan(plan_many(system, samples))
    kernel = compile_model(system)
    for run in range(9):
        single = kernel.run({n: v[run] for n, v in samples.items()})
        for name in ensemble.names:
            found, wanted = ensemble.values(name)[run], single[name][0]
            np.testing.assert_allclose(found, wanted, 1e-10, 1e-12, err_msg=name)
