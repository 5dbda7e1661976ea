"""What runs give back is labelled: by run, time and subscript range, with units."""

from collections.abc import Callable

import numpy as np
import pytest

import cqsim
from cqsim.compile.ir import System
from cqsim.engine.result import Runs
from cqsim.errors import UnknownNameError

Make = Callable[..., System]
MODEL = (
    "dim: a, b ~ ~ |\nS[dim] = INTEG(k, 1) ~ kg ~ |\nk = 2 ~ kg/Year ~ |\n"
    "total = SUM(S[dim!]) ~ kg ~ |\n"
)


@pytest.fixture
def one(system_of: Make) -> Runs:
    return cqsim.run(system_of(MODEL))


@pytest.fixture
def many(system_of: Make) -> Runs:
    return cqsim.run_many(system_of(MODEL), {"k": np.array([2.0, 3.0])})


def test_a_variable_has_dimensions_units_and_a_name(one: Runs, many: Runs) -> None:
    assert one["s"].dims == ("time", "dim")
    assert many["S"].dims == ("run", "time", "dim")
    assert many["S"].attrs == {"units": "kg", "long_name": "S"}


def test_an_element_is_found_by_its_name(one: Runs, many: Runs) -> None:
    assert one["S[b]"].values.tolist() == [1, 3, 5, 7, 9]
    assert many["s[ B ]"].values[1].tolist() == [1, 4, 7, 10, 13]
    with pytest.raises(UnknownNameError, match="no element 'c'"):
        one["S[c]"]


def test_all_variables_make_a_data_set(many: Runs) -> None:
    found = many.to_xarray()
    assert dict(found.sizes) == {"run": 2, "time": 5, "dim": 2}
    assert found["total"].attrs["units"] == "kg"


def test_a_table_has_a_column_a_series(one: Runs, many: Runs) -> None:
    frame = one.to_frame()
    assert frame.index.name == "time"
    assert list(frame.columns) == ["S[a]", "S[b]", "k", "total"]
    both = many.to_frame()
    assert both.index.names == ["run", "time"]
    assert both.loc[(1, 4.0), "total"] == 26.0


def test_it_is_shown_in_a_line(one: Runs, many: Runs) -> None:
    assert repr(one) == "<one run: 3 variables, 5 times from 0 to 4>"
    assert repr(many) == "<2 runs: 3 variables, 5 times from 0 to 4>"


def test_one_of_many_is_a_run_alone(one: Runs, many: Runs) -> None:
    assert many.run(0).to_frame().equals(one.to_frame())
