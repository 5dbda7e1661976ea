"""A run is lost when a number is lost on the way, and the first culprit is named."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import cqsim
from cqsim.compile.ir import Constant, System
from cqsim.engine.diagnosis import DivergedError
from cqsim.errors import InputFileError

Make = Callable[..., System]
Write = Callable[..., Path]
NA = -(2.0**109)
"""What Vensim has where there is no value."""


def test_the_first_variable_in_the_order_of_evaluation_is_blamed(
    system_of: Make,
) -> None:
    """Its name is part of another's, and it stands after its users."""
    system = system_of(
        "e = f2 * 2 ~ 1 ~ |\nf2 = Time / zero ~ 1 ~ |\nzero = 0 ~ 1 ~ |\n"
        "S = INTEG(e, 0) ~ 1 ~ |\n"
    )
    with pytest.raises(DivergedError, match="f2 is nan at 0, and 1 other variables"):
        cqsim.run(system)
    (lost,) = cqsim.run_many(system, [{}]).diverged
    assert (lost.time, lost.variable) == (0.0, "f2")


def test_data_without_a_value_between_its_points_lose_no_run(
    tmp_path: Path, write_model: Write
) -> None:
    (tmp_path / "d.csv").write_text("time,v\n0,1\n2,3\n4,5\n", encoding="utf-8")
    text = "r:RAW::= GET DIRECT DATA('d.csv', ',', 'A', 'B2') ~ 1 ~ |\n"
    path = write_model(tmp_path, text + "k = 1 ~ 1 ~ |\n")
    assert cqsim.run(path).values["r"].tolist() == [1, NA, 3, NA, 5]
    assert not cqsim.run_many(path, {"k": np.ones(2)}).lost


def test_an_infinite_constant_loses_no_run_but_a_stock_that_it_fills(
    system_of: Make,
) -> None:
    def endless(equation: str) -> System:
        system = system_of("most = 1 * huge ~ 1 ~ |\nhuge = 9 ~ 1 ~ |\n" + equation)
        huge = Constant("huge", (), (float("inf"),))
        return replace(system, variables={**system.variables, "huge": huge})

    found = cqsim.run(endless("least = MIN(most, 3) ~ 1 ~ |\n"))
    assert found.values["least"].tolist() == [3] * 5
    with pytest.raises(DivergedError, match="S is inf at 1"):
        cqsim.run(endless("S = INTEG(most, 0) ~ 1 ~ |\n"))


def test_a_delay_that_is_too_short_is_named_with_its_line(system_of: Make) -> None:
    text = "d = DELAY3(Time, wait) ~ 1 ~ |\nwait = 5 ~ Year ~ |\n"
    with pytest.raises(InputFileError, match=r"'d' takes 2, .* 3 steps"):
        cqsim.run(system_of(text), {"wait": 2.0})
