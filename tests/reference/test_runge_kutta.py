"""The methods of Runge and Kutta: of their order or refused, never Euler."""

import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cqsim
from cqsim.compile.ir import Method, System
from cqsim.engine.simulation import run_many
from cqsim.errors import CqsimError, UnknownNameError

Make = Callable[..., System]

SWING = (
    "x = INTEG(v, 1) ~ m ~ |\nv = INTEG(-x * stiffness + push, 0) ~ m ~ |\n"
    "push = 0 * Time ~ m ~ |\nstiffness = 1 ~ 1 ~ |\n"
)
GROWTH = (
    "p = INTEG(rate * p * (1 - p / room), 10) ~ t ~ |\n"
    "rate = 0.7 ~ 1/Year ~ |\nroom = 100 ~ t ~ |\n"
)
HEATED = "h = INTEG(COS(Time) - loss * h, 0) ~ K ~ |\nloss = 1 ~ 1/Year ~ |\n"
CLOSED: dict[str, tuple[str, str, float, Callable[[float], float]]] = {
    SWING: ("x", "stiffness", 1.0, math.cos),
    GROWTH: ("p", "rate", 0.7, lambda t: 100 / (1 + 9 * math.exp(-0.7 * t))),
    HEATED: (
        "h",
        "loss",
        1.0,
        lambda t: (math.cos(t) + math.sin(t) - math.exp(-t)) / 2,
    ),
}
"""Equations, and a variable of theirs whose course is known."""

TOWN = (
    "n: a, b, c ~ ~ |\n"
    "stock[n] = INTEG(births[n] - lost[n], first[n]) ~ t ~ |\n"
    "first[n] = 5, 6, 7 ~ t ~ |\n"
    "births[n] = rate * stock[n] * crowding(SUM(stock[n!]) / room) ~ t/Year ~ |\n"
    "crowding((0, 1), (0.5, 0.8), (2, 0)) ~ 1 ~ |\n"
    "lost[n] = DELAY3I(births[n], stay, 0.2) ~ t/Year ~ |\n"
    "seen[n] = SMOOTH3(lost[n], 2) ~ t/Year ~ |\n"
    "gap[n] = stock[n] ^ 0.7 - seen[n] ~ 1 ~ |\n"
    "rate = 0.3 ~ 1/Year ~ |\nroom = 60 ~ t ~ |\nstay = 6 ~ Year ~ |\n"
)


@pytest.mark.parametrize("equations", CLOSED)
@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize(("method", "order"), [("rk4", 4.0), ("rk2", 2.0)])
def test_the_error_falls_with_a_power_of_the_step(
    system_of: Make, equations: str, many: bool, method: Method, order: float
) -> None:
    name, constant, value, course = CLOSED[equations]
    errors = []
    for step in (0.25, 0.125, 0.0625):
        system = system_of(equations, end=3, step=step)
        if many:
            samples = {constant: np.full(2, value)}
            found = run_many(system, samples, [name], method=method).values[name][1]
        else:
            found = run_many(system, [{}], [name], method=method).values[name][0]
        times = np.arange(len(found)) * step
        errors.append(max(abs(found - [course(time) for time in times])))
    orders = [math.log2(a / b) for a, b in pairwise(errors)]
    assert all(order - 0.3 < found < order + 0.4 for found in orders), orders


@pytest.mark.parametrize(
    ("method", "slope"),
    [("rk4", (0 + 2 * 0.5 + 2 * 0.625 + 1.625) / 6), ("rk2", 0.5)],
)
def test_a_step_is_that_of_the_textbook(
    system_of: Make, method: Method, slope: float
) -> None:
    """y' = t y by a step of 1 from 1: the slopes are 0, 0.5, 0.625 and 1.625."""
    system = system_of("y = INTEG(Time * y * one, 1) ~ 1 ~ |\none = 1 ~ 1 ~ |\n", end=1)
    wanted = 1 + slope
    single = run_many(system, [{}], ["y"], method=method).values["y"]
    many = run_many(system, {"one": np.ones(2)}, ["y"], method=method).values["y"]
    assert float(single[0, -1]) == pytest.approx(wanted, rel=1e-15)
    assert float(many[1, -1]) == pytest.approx(wanted, rel=1e-15)


def test_an_ensemble_is_its_single_runs(system_of: Make) -> None:
    system = system_of(TOWN, end=20, step=0.5)
    rates = np.array([0.1, 0.2, 0.3, 0.45])
    many = run_many(system, {"rate": rates}, method="rk4")
    for run, rate in enumerate(rates):
        single = cqsim.run(system, {"rate": rate}, method="rk4").values
        for name, wanted in single.items():
            assert np.array_equal(many.values[name][run], wanted), name
        plain = cqsim.run(system, {"rate": rate}).values["stock"][-1]
        assert not np.allclose(single["stock"][-1], plain, rtol=1e-4)


@pytest.mark.parametrize(("lanes", "threads"), [(4, 1), (8, 2), (32, 3)])
def test_bits_depend_neither_on_tiles_nor_on_threads(
    system_of: Make, lanes: int, threads: int
) -> None:
    system = system_of(TOWN, end=5, step=0.5)
    samples = {"rate": np.linspace(0.1, 0.5, 37)}
    usual = run_many(system, samples, ["gap"], method="rk4", threads=1)
    other = run_many(
        system, samples, ["gap"], method="rk4", lanes=lanes, threads=threads
    )
    assert np.array_equal(other.values["gap"], usual.values["gap"])


DRAINED = (
    "p = INTEG(5 * Time * one + d * feedback, 10) ~ t ~ |\none = 1 ~ 1 ~ |\n"
    "k = 2 ~ Year ~ |\nfeedback = 0 ~ 1/Year ~ |\n"
)


@pytest.mark.parametrize(
    ("equation", "wanted"),
    [
        ("d = DELAY FIXED(p, k, 0) ~ t ~ |\n", [0.0, 0.0, 10.0, 12.5, 20.0]),
        (
            "d = SAMPLE IF TRUE(Time < k, p, 7) ~ t ~ |\n",
            [10.0, 12.5, 12.5, 12.5, 12.5],
        ),
    ],
)
@pytest.mark.parametrize("method", ["rk2", "rk4"])
def test_what_is_remembered_moves_in_whole_steps(
    system_of: Make, equation: str, wanted: list[float], method: Method
) -> None:
    """The stock is 10 + 2.5 t^2, which the methods meet without error."""
    system = system_of(DRAINED + equation)
    many = run_many(system, {"one": np.ones(2)}, ["d"], method=method).values["d"]
    single = run_many(system, [{}], ["d"], method=method).values["d"][0]
    np.testing.assert_allclose(single, wanted, rtol=1e-14)
    np.testing.assert_allclose(many[1], wanted, rtol=1e-14)


@pytest.mark.parametrize(
    "equation",
    [
        "d = DELAY FIXED(p, k, 1) ~ t ~ |\n",
        "d = SAMPLE IF TRUE(MODULO(Time, k) < 0.9, p, 7) ~ t ~ |\n",
        "d = DELAY N(p, k + MIN(MAX(Time - 3, 0), 1), 2, 3) ~ t ~ |\n",
    ],
)
@pytest.mark.parametrize("method", ["rk2", "rk4"])
def test_memories_that_feed_back_are_alike_in_both(
    system_of: Make, equation: str, method: Method
) -> None:
    system = system_of(DRAINED + equation, end=12, step=0.25)
    feedback = np.linspace(-0.5, 0.2, 21)
    many = run_many(system, {"feedback": feedback}, ["d", "p"], method=method)
    for run in (0, 7, 20):
        row = {"feedback": feedback[run]}
        single = cqsim.run(system, row, method=method)
        for name in ("d", "p"):
            assert np.array_equal(many.values[name][run], single.values[name])


WITHOUT_STOCKS: dict[str, list[float]] = {
    "d = SIN(Time) * one ~ t ~ |\n": [math.sin(time) for time in range(5)],
    "d = SAMPLE IF TRUE(Time < 2, Time * one, 7) ~ t ~ |\n": [0, 1, 1, 1, 1],
    "d = DELAY FIXED(Time * one, 2, -1) ~ t ~ |\n": [-1, -1, 0, 1, 2],
}


@pytest.mark.parametrize("equation", WITHOUT_STOCKS)
def test_a_model_without_a_stock_runs_by_either_method_alike(
    system_of: Make, equation: str
) -> None:
    system = system_of(equation + "one = 1 ~ 1 ~ |\n")
    many = run_many(system, {"one": np.ones(3)}, ["d"], method="rk4").values["d"]
    wanted = np.array([WITHOUT_STOCKS[equation]] * 3)
    np.testing.assert_allclose(many, wanted, rtol=1e-14)


XMILE = """<?xml version="1.0" encoding="utf-8"?>
<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">
<header><vendor>v</vendor><product version="1">p</product></header>
<sim_specs><start>0</start><stop>4</stop><dt>1</dt></sim_specs>
<model><variables>
<stock name="tank"><eqn>3</eqn><outflow>drain</outflow>
<non_negative/></stock>
<stock name="sea"><eqn>0</eqn><inflow>drain</inflow></stock>
<flow name="drain"><eqn>rate</eqn></flow><aux name="rate"><eqn>1</eqn></aux>
</variables></model></xmile>
"""


def test_a_tank_that_runs_dry_gives_no_more_than_it_held(tmp_path: Path) -> None:
    path = tmp_path / "tank.xmile"
    path.write_text(XMILE, encoding="utf-8")
    found = cqsim.run(path, {"rate": 1.3}, method="rk4").values
    assert found["tank"].min() >= 0.0
    np.testing.assert_allclose(found["tank"] + found["sea"], 3.0, rtol=1e-14)


def test_a_lost_run_is_explained_by_its_own_method(system_of: Make) -> None:
    """The pole lies at half a step, where Euler's method does not look."""
    text = "y = INTEG(y / (Time - pole), 1) ~ 1 ~ |\npole = 9 ~ Year ~ |\n"
    system = system_of(text)
    samples = {"pole": np.array([9.0, 0.5])}
    assert not run_many(system, samples, ["y"]).diverged
    (lost,) = run_many(system, samples, ["y"], method="rk4").diverged
    assert (lost.run, lost.time, lost.variable) == (1, 1.0, "y")


def every(call: Callable[..., Any]) -> None:
    for method in ("rk5", "RK4", ""):
        with pytest.raises(UnknownNameError, match="there is no method of integration"):
            call(method)


def test_a_method_that_does_not_exist_is_refused(system_of: Make) -> None:
    system = system_of(GROWTH)
    every(lambda method: run_many(system, {"rate": np.ones(2)}, method=method))
    every(lambda method: cqsim.run(system.path, method=method))


def test_vensim_s_settings_may_name_the_method_of_second_order(
    system_of: Make,
) -> None:
    path = system_of(GROWTH, end=3, step=0.25).path
    asked = cqsim.run(path, method="rk2").values["p"]
    path.write_text(
        path.read_text(encoding="utf-8")
        + "\\\\\\---/// Sketch\nV300\n///---\\\\\\\n:L<%^E!@\n15:0,0,0,4,0,0\n",
        encoding="utf-8",
    )
    assert np.array_equal(cqsim.run(path).values["p"], asked)


def test_one_run_may_be_asked_for_by_either_method(system_of: Make) -> None:
    path = system_of(GROWTH, end=3, step=0.25).path
    better = cqsim.run(path, method="rk4").values["p"][-1]
    plain = cqsim.run(path).values["p"][-1]
    right = CLOSED[GROWTH][3](3.0)
    assert abs(better - right) < 1e-3 < 0.1 < abs(plain - right)
    again = cqsim.run(path).values["p"][-1]
    assert again == plain


def test_pysd_is_not_asked_for_what_it_does_not_do(system_of: Make) -> None:
    path = system_of(GROWTH).path
    with pytest.raises(
        CqsimError, match="the engine pysd integrates by Euler's method only"
    ):
        cqsim.run(path, method="rk4", engine="pysd")
