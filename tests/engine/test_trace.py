from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cqsim.compile.ir import System
from cqsim.engine.diagnosis import TraceError, evaluation_order, traced
from cqsim.engine.result import Runs
from cqsim.engine.simulation import run

Make = Callable[..., System]
EQUATIONS = """
place: north, south ~ ~ |
level[place] = INTEG(inflow[place], 1) ~ t ~ |
inflow[place] = level[place] * rate[place] * push ~ t/Year ~ |
push = 1 + STEP(extra, 2) ~ 1 ~ |
extra = 0 ~ 1 ~ |
rate[place] = 0.1, 0.2 ~ 1/Year ~ |
total = SUM(level[place!]) ~ t ~ |
"""


def series(system: System, **settings: Any) -> Runs:
    return run(system, settings, save="step")


def test_the_first_variable_to_differ_is_named_with_its_time(system_of: Make) -> None:
    system = system_of(EQUATIONS)
    found = traced(system, series(system), series(system, extra=0.5))
    assert [d.title for d in found.settings] == ["extra"]
    assert [d.title for d in found.computed] == ["push", "inflow[north]"]
    first = found.computed[0]
    assert (first.time, first.first, first.second, first.line) == (2.0, 1.0, 1.5, 6)


def test_what_is_downstream_comes_later(system_of: Make) -> None:
    order = evaluation_order(system_of(EQUATIONS))
    wanted = ["level", "push", "inflow", "total"]
    assert [name for name in order if name in wanted] == wanted


def test_runs_that_are_the_same_have_no_difference(system_of: Make) -> None:
    system = system_of(EQUATIONS)
    found = traced(system, series(system), series(system))
    assert (found.settings, found.computed) == ((), ())


def test_what_is_within_the_tolerance_is_the_same(system_of: Make) -> None:
    system = system_of(EQUATIONS)
    rate = np.array([0.1, 0.2 * (1 + 1e-12)])
    assert traced(system, series(system), series(system, rate=rate)).computed == ()


def test_runs_of_other_times_are_refused(system_of: Make) -> None:
    system = system_of(EQUATIONS)
    shorter = series(system, **{"FINAL TIME": 3})
    with pytest.raises(TraceError, match="do not have the same times"):
        traced(system, series(system), shorter)
