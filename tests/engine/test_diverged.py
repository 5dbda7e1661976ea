"""A run is lost when a number is lost on the way, and the first culprit is named."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import cqsim
from cqsim.compile.ir import System
from cqsim.engine.diagnosis import DivergedError
from cqsim.errors import InputFileError

Make = Callable[..., System]
Write = Callable[..., Path]


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
    text = "r:RAW: = GET DIRECT DATA('d.csv', ',', 'A', 'B2') ~ 1 ~ |\n"
    path = write_model(tmp_path, text + "double = 2 * r ~ 1 ~ |\nk = 1 ~ 1 ~ |\n")
    found = cqsim.run(path)
    assert found.values["r"][::2].tolist() == [1, 3, 5]
    assert np.isnan(found.values["double"][1::2]).all()
    assert not cqsim.run_many(path, {"k": np.ones(2)}).lost


def test_a_stock_that_takes_in_missing_data_is_lost(
    tmp_path: Path, write_model: Write
) -> None:
    (tmp_path / "d.csv").write_text("time,v\n0,1\n2,3\n4,5\n", encoding="utf-8")
    text = "r:RAW: = GET DIRECT DATA('d.csv', ',', 'A', 'B2') ~ 1 ~ |\n"
    path = write_model(tmp_path, text + "S = INTEG(r, 0) ~ 1 ~ |\n")
    with pytest.raises(DivergedError, match="S is nan at 2"):
        cqsim.run(path)


def test_a_delay_that_is_too_short_is_named_with_its_line(system_of: Make) -> None:
    text = "d = DELAY3(Time, wait) ~ 1 ~ |\nwait = 5 ~ Year ~ |\n"
    with pytest.raises(InputFileError, match=r"'d' takes 2, .* 3 steps"):
        cqsim.run(system_of(text), {"wait": 2.0})
