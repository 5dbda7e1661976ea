"""When runs start, step, save and end; alike for one run and for many."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cqsim
from cqsim.compile.ir import System
from cqsim.engine.clock import Clock, ClockError
from cqsim.engine.result import Runs

Make = Callable[..., System]
Write = Callable[..., Path]
COUNT = "x = INTEG(1, 0) ~ 1 ~ |\n"


@pytest.fixture
def timed(tmp_path: Path, write_model: Write) -> Callable[..., Runs]:
    """Return what runs a model with such a clock, once and many times alike."""

    def both(equations: str = COUNT, start: str = "0", **clock: Any) -> Runs:
        path = write_model(tmp_path, equations, **clock)
        text = path.read_text(encoding="utf-8")
        text = text.replace("INITIAL TIME = 0", f"INITIAL TIME = {start}")
        path.write_text(text, encoding="utf-8")
        alone, many = cqsim.run(path), cqsim.run_many(path, [{}, {}])
        assert np.array_equal(alone.times, many.times)
        assert np.array_equal(alone.values["x"], many.values["x"][1])
        return alone

    return both


def test_times_may_be_expressions_and_variables(timed: Callable[..., Runs]) -> None:
    text = COUNT + "first = 2010 ~ 1 ~ |\nlength = 3 + first - 2010 ~ 1 ~ |\n"
    found = timed(text, start="first", end="first + length", step="1/8", save="1")
    assert found.times.tolist() == [2010, 2011, 2012, 2013]
    assert found.values["x"].tolist() == [0, 1, 2, 3]


def test_a_saving_time_between_steps_is_met_at_the_next_step(
    timed: Callable[..., Runs],
) -> None:
    assert timed(end=5, save="1.5").times.tolist() == [0, 2, 3, 5]


def test_a_saving_time_shorter_than_the_step_saves_every_step(
    timed: Callable[..., Runs],
) -> None:
    assert timed(end=3, save="0.25").times.tolist() == [0, 1, 2, 3]


def test_a_run_ends_with_the_first_step_that_reaches_the_end(
    timed: Callable[..., Runs],
) -> None:
    times = timed(end=1, step="0.3").times
    np.testing.assert_allclose(times, [0, 0.3, 0.6, 0.9, 1.2])


def test_an_end_that_moves_ends_the_run_when_it_is_reached(
    timed: Callable[..., Runs],
) -> None:
    text = COUNT + "over = IF THEN ELSE(x * 2 > 5, Time, 100) ~ 1 ~ |\n"
    assert timed(text, end="over").times.tolist() == [0, 1, 2, 3]


def test_a_saving_time_longer_than_the_run_is_said(
    timed: Callable[..., Runs],
) -> None:
    found = timed(end=4, save="100")
    assert found.times.tolist() == [0]
    assert "SAVEPER 100 is longer than the run of 4" in found.warnings[0]


def test_a_step_that_is_lost_in_the_rounding_of_time_is_refused(
    system_of: Make,
) -> None:
    clock = {"start": 1e16, "end": 1e16 + 100}
    with pytest.raises(ClockError, match="lost in the rounding of Time"):
        cqsim.run_many(system_of(COUNT), [{}], clock=clock)


@pytest.mark.parametrize(
    ("clock", "said"),
    [
        ({"stop": 5}, "a clock has no 'stop'. Did you mean 'step'"),
        ({"end": "5"}, "the end of the run is '5'"),
        ({"end": float("nan")}, "the end of the run is nan"),
    ],
)
def test_a_clock_that_does_not_fit_is_refused(
    system_of: Make, clock: dict[str, Any], said: str
) -> None:
    with pytest.raises(ClockError, match=said):
        cqsim.run_many(system_of(COUNT), [{}], clock=clock)


def test_runs_of_other_clocks_are_refused_together(system_of: Make) -> None:
    rows = [{"FINAL TIME": 3}, {"FINAL TIME": 4}]
    with pytest.raises(ClockError, match="differ in FINAL TIME"):
        cqsim.run_many(system_of(COUNT), rows)


def test_saved_steps_are_counted_without_rounding() -> None:
    clock = Clock(0.0, 1000.0, 0.001, 0.1)
    assert clock.steps == 1_000_000
    assert len(clock.times) == 10_001
    assert clock.times[-1] == 1000.0


def test_what_the_start_depends_on_moves_it(system_of: Make) -> None:
    path = system_of(COUNT + "census = 3 ~ 1 ~ |\n").path
    text = path.read_text(encoding="utf-8")
    text = text.replace("INITIAL TIME = 0", "INITIAL TIME = census - 1")
    path.write_text(text, encoding="utf-8")
    found = cqsim.run(path, {"census": 2.0})
    assert found.times.tolist() == [1, 2, 3, 4]
