"""One lane without optimisation and many lanes with it give the same bits."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import binom

from cqsim.compile.expr import Along, Fixed, Index, Now, Scalar, Value
from cqsim.compile.ir import Block, Memory, Method, System
from cqsim.compile.schedule import schedule
from cqsim.llvm.module import emit_module
from cqsim.llvm.native import Opt
from models import auxiliary, axis, system
from running import simulate

Make = Callable[..., System]

TOWN = (
    "n: a, b, c ~ ~ |\n"
    "stock[n] = INTEG(births[n] - lost[n], first[n]) ~ t ~ |\n"
    "first[n] = 5, 6, 7 ~ t ~ |\n"
    "births[n] = rate * stock[n] * crowding(SUM(stock[n!]) / room) ~ t/Year ~ |\n"
    "crowding((0, 1), (0.5, 0.8), (2, 0)) ~ 1 ~ |\n"
    "lost[n] = DELAY3I(births[n], stay, 0.2) ~ t/Year ~ |\n"
    "late[n] = DELAY FIXED(lost[n], 3, 0.1) ~ t/Year ~ |\n"
    "kept = SAMPLE IF TRUE(SIN(Time) > rate, stock[a] + STEP(1, 2), 0) ~ 1 ~ |\n"
    "gap[n] = stock[n] ^ 0.7 - EXP(-late[n]) * LN(1 + kept) ~ 1 ~ |\n"
    "rate = 0.3 ~ 1/Year ~ |\nroom = 60 ~ t ~ |\nstay = 6 ~ Year ~ |\n"
)


@pytest.mark.parametrize("method", ["euler", "rk4"])
def test_bits_depend_neither_on_lanes_nor_on_optimisation(
    system_of: Make, method: Method
) -> None:
    system = system_of(TOWN)
    rates = {"rate": np.linspace(0.1, 0.5, 19).tolist()}

    def bits(lanes: int, opt: Opt) -> bytes:
        made = simulate(
            system,
            ["gap", "kept"],
            rates,
            steps=40,
            step=0.25,
            lanes=lanes,
            opt=opt,
            method=method,
        )
        assert np.isfinite(made).all()
        return made.tobytes()

    wanted = bits(1, 0)
    for lanes in (1, 4, 8, 16):
        assert bits(lanes, 3) == wanted
    assert bits(16, 0) == wanted


@pytest.mark.parametrize(
    ("equation", "wanted"),
    [
        ("d = SAMPLE IF TRUE(Time < k, Time, 7) ~ 1 ~ |\n", [0, 1, 1, 1]),
        ("d = DELAY FIXED(Time * Time, k, -1) ~ 1 ~ |\n", [-1, -1, 0, 1]),
        ("d = Time * k ~ 1 ~ |\n", [0, 2, 4, 6]),
    ],
)
def test_a_model_without_stocks_runs_by_either_method(
    system_of: Make, equation: str, wanted: list[float]
) -> None:
    system = system_of("k = 2 ~ Year ~ |\n" + equation)
    for method in ("euler", "rk4"):
        made = simulate(system, ["d"], {"k": [2.0, 2.0]}, steps=3, method=method)
        assert made[1, :, 0].tolist() == wanted


def test_test_inputs_are_held_within_a_step(system_of: Make) -> None:
    """The exact step of ds/dt = u - s/2 for a u that is held is that of 4 terms."""
    system = system_of(
        "s = INTEG(in - 0.5 * s, 8) ~ 1 ~ |\n"
        "in = STEP(4, 3) + RAMP(1, 5, 8) + PULSE(6, 1) * 3 ~ 1 ~ |\n"
    )
    made = simulate(system, ["s"], {}, steps=10, method="rk4")[0, :, 0]
    kept = 1 - 1 / 2 + 1 / 8 - 1 / 48 + 1 / 384
    wanted = [8.0]
    for time in range(10):
        held = 4 * (time >= 3) + min(max(time - 5, 0), 3) + 3 * (time == 6)
        wanted.append(kept * wanted[-1] + (1 - kept) * 2 * held)
    np.testing.assert_allclose(made, wanted, rtol=1e-14)


def test_a_long_conveyor_is_a_short_program() -> None:
    """What moves on by a slot a step is a loop: more slots make no more code."""

    def conveyor(slots: int) -> System:
        belt = axis("slot", slots)
        inner = Index("i", belt.elements[1:])
        on, before = tuple(range(1, slots)), tuple(range(slots - 1))
        following = (
            Block((), (Fixed(0),), Now()),
            Block((inner,), (Along("i", on),), Value("belt", (Along("i", before),))),
        )
        every = Index("j", belt.elements)
        empty = Block((every,), (Along("j", tuple(range(slots))),), Scalar(-1.0))
        return system(
            Memory("belt", (belt,), (empty,), following),
            auxiliary("out", Value("belt", (Fixed(slots - 1),))),
        )

    def text(slots: int) -> str:
        return emit_module(schedule(conveyor(slots), ["out"], []), 4)

    made = simulate(conveyor(5), ["out"], {}, steps=8)[0, :, 0]
    assert made.tolist() == [-1.0] * 5 + [0.0, 1.0, 2.0, 3.0]
    assert len(text(20000)) < len(text(5)) + 200


@pytest.mark.parametrize("order", [1, 2, 3, 7])
def test_a_delay_of_some_order_lets_pass_what_has_moved_on_so_often(
    system_of: Make, order: int
) -> None:
    """In each step a share of each level moves on: what is out is binomial."""
    system = system_of(
        f"out = DELAY N(inflow, stay, 0, {order}) ~ 1 ~ |\n"
        "inflow = 1 ~ 1 ~ |\nstay = 4 ~ Year ~ |\n"
    )
    stays = [4.0, 7.0, 20.0]
    for lanes in (1, 4):
        made = simulate(
            system, ["out"], {"stay": stays}, steps=40, step=0.25, lanes=lanes
        )
        for run, stay in enumerate(stays):
            share = order * 0.25 / stay
            wanted = binom.sf(order - 1, np.arange(41), share)
            np.testing.assert_allclose(made[run, :, 0], wanted, rtol=1e-12, atol=1e-15)
