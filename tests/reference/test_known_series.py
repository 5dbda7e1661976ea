"""Series that are known without running anything."""

import math
from collections.abc import Callable

import numpy as np
import pytest

import cqsim
from cqsim.compile.ir import System
from cqsim.engine.simulation import run_many

Make = Callable[..., System]


def both(system: System, name: str, **setting: float) -> list[float]:
    """Return a variable's series, the same from a single run and from an ensemble."""
    single = run_many(system, [setting], [name]).values[name][0]
    samples = {key: np.full(3, value) for key, value in setting.items()}
    many = run_many(system, samples or [{}, {}, {}], [name], lanes=16).values[name]
    assert np.array_equal(many[0], many[2])
    assert np.array_equal(many[0], single)
    return [float(value) for value in single.ravel()]


def test_a_stock_that_grows_by_half_is_a_power_of_one_and_a_half(
    system_of: Make,
) -> None:
    system = system_of("x = INTEG(x * rate, 2) ~ t ~ |\nrate = 1 ~ 1/Year ~ |\n")
    assert both(system, "x", rate=0.5) == [2.0, 3.0, 4.5, 6.75, 10.125]


def test_flows_are_evaluated_before_any_stock_moves(system_of: Make) -> None:
    system = system_of("a = INTEG(b, 1) ~ t ~ |\nb = INTEG(a, 0) ~ t ~ |\n", end=3)
    assert both(system, "a") == [1.0, 1.0, 2.0, 4.0]
    assert both(system, "b") == [0.0, 1.0, 2.0, 4.0]


def test_a_delay_holds_what_has_flowed_in(system_of: Make) -> None:
    system = system_of(
        "inflow = STEP(8, 2) ~ t ~ |\n"
        "outflow = DELAY3I(inflow, 6, 0) ~ t ~ |\n"
        "held = INTEG(inflow - outflow, 0) ~ t ~ |\n",
        end=60,
    )
    held = both(system, "held")
    assert math.isclose(held[-1], 8 * 6, rel_tol=1e-3)
    assert both(system, "outflow")[:4] == [0.0, 0.0, 0.0, 0.0]


def test_a_smooth_moves_by_its_share_of_the_gap(system_of: Make) -> None:
    system = system_of("x = SMOOTHI(goal, 4, 0) ~ 1 ~ |\ngoal = 16 ~ 1 ~ |\n", end=3)
    assert both(system, "x", goal=16.0) == [0.0, 4.0, 7.0, 9.25]


def test_a_fixed_delay_gives_back_what_came_in(system_of: Make) -> None:
    system = system_of("x = DELAY FIXED(Time, 2, -1) ~ 1 ~ |\n")
    assert both(system, "x") == [-1.0, -1.0, 0.0, 1.0, 2.0]


def test_a_sample_keeps_its_last_value(system_of: Make) -> None:
    system = system_of("x = SAMPLE IF TRUE(Time = 2, Time * 10, 5) ~ 1 ~ |\n")
    assert both(system, "x") == [5.0, 5.0, 20.0, 20.0, 20.0]


def test_a_lookup_holds_its_ends_and_is_exact_at_its_points(system_of: Make) -> None:
    system = system_of(
        "table((0.5,1),(1.5,3),(3,0.3)) ~ 1 ~ |\nx = table(Time) ~ 1 ~ |\n"
    )
    assert both(system, "x") == [1.0, 2.0, 2.1, 0.3, 0.3]


def test_step_ramp_and_pulse_have_their_edges_on_their_steps(system_of: Make) -> None:
    system = system_of(
        "a = STEP(3, 2) ~ 1 ~ |\nb = RAMP(2, 1, 3) ~ 1 ~ |\nc = PULSE(1, 2) ~ 1 ~ |\n"
    )
    assert both(system, "a") == [0.0, 0.0, 3.0, 3.0, 3.0]
    assert both(system, "b") == [0.0, 0.0, 2.0, 4.0, 4.0]
    assert both(system, "c") == [0.0, 1.0, 1.0, 0.0, 0.0]


@pytest.mark.parametrize("step", [1.0, 0.25])
def test_a_pulse_is_there_where_the_middle_of_a_step_is_within_it(
    system_of: Make, step: float
) -> None:
    """Vensim's manual: Time + TIME STEP / 2 lies between start and start + width."""
    for start in (1.0, 1.1, 1.6, 2.875):
        for width in (0.3, 0.5, 1.0, 1.2):
            text = f"x = PULSE({start}, {width}) ~ 1 ~ |\n"
            found = cqsim.run(system_of(text, end=6, step=step)).values["x"]
            middle = np.arange(len(found)) * step + step / 2
            wanted = (start < middle) & (middle < start + width)
            assert found.tolist() == wanted.tolist(), (start, width)


def test_a_pulse_without_width_lasts_one_step(system_of: Make) -> None:
    system = system_of("x = PULSE(2, 0) ~ 1 ~ |\n")
    assert both(system, "x") == [0.0, 0.0, 1.0, 0.0, 0.0]


def test_a_minus_before_a_power_is_applied_after_it(system_of: Make) -> None:
    system = system_of("x = -2^2 ~ 1 ~ |\ny = (-2)^2 ~ 1 ~ |\nz = 2^-1 ~ 1 ~ |\n")
    assert both(system, "x")[0] == -4.0
    assert both(system, "y")[0] == 4.0
    assert both(system, "z")[0] == 0.5


def test_division_by_nearly_nothing_gives_what_is_asked_for(system_of: Make) -> None:
    system = system_of(
        "x = ZIDZ(1, tiny) ~ 1 ~ |\ny = XIDZ(1, tiny, 7) ~ 1 ~ |\ntiny = 0 ~ 1 ~ |\n"
    )
    assert both(system, "x", tiny=9e-7)[0] == 0.0
    assert both(system, "y", tiny=9e-7)[0] == 7.0
    assert both(system, "x", tiny=2e-6)[0] == 5e5


def test_exceptions_subranges_and_mappings_meet_where_they_should(
    system_of: Make,
) -> None:
    system = system_of(
        "place: north, south, east ~ ~ |\n"
        "edge: north, east ~ ~ |\n"
        "town <-> place ~ ~ |\n"
        "x[place] :EXCEPT: [south] = 1 ~ 1 ~ |\n"
        "x[south] = 5 ~ 1 ~ |\n"
        "y = SUM(x[edge!]) ~ 1 ~ |\n"
        "far[place, town] = x[place] - 2 * x[town] ~ 1 ~ |\n"
        "z = far[south, east] ~ 1 ~ |\n"
    )
    assert both(system, "y")[0] == 2.0
    assert both(system, "z")[0] == 3.0


def test_two_variables_may_need_elements_of_each_other(system_of: Make) -> None:
    system = system_of(
        "n: a, b ~ ~ |\n"
        "x[a] = Time ~ 1 ~ |\n"
        "x[b] = y[a] * 2 ~ 1 ~ |\n"
        "y[a] = x[a] + 1 ~ 1 ~ |\n"
        "y[b] = x[b] + 1 ~ 1 ~ |\n",
        end=1,
    )
    assert both(system, "y") == [1.0, 3.0, 2.0, 5.0]


@pytest.mark.parametrize("value", [0.3, 0.30000000000000004])
def test_times_are_counted_and_not_added_up(system_of: Make, value: float) -> None:
    system = system_of("x = Time ~ Year ~ |\n", end=value, step=0.1)
    assert len(run_many(system, [{}], ["x"]).times) == 4
