"""What runs set: in every form the same; what does not fit is refused in one way."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import cqsim
from cqsim.compile.ir import System
from cqsim.errors import CqsimError

Make = Callable[..., System]
Write = Callable[..., Path]

MODEL = """
dim: a, b, c ~ ~ |
outer: b, c ~ ~ |
S[dim] = INTEG(rate[dim] * k, init[dim]) ~ 1 ~ |
init[dim] = 10, 20, 30 ~ 1 ~ |
rate[dim] = 1, 2, 3 ~ 1 [0, 9] ~ |
k = 1 ~ 1 ~ |
y[dim] = tab[dim](0.5) ~ 1 ~ |
tab[a]((0,0),(1,1)) ~ ~ |
tab[b]((0,0),(1,2)) ~ ~ |
tab[c]((0,0),(1,3)) ~ ~ |
"""
OUTPUTS = ["S", "rate", "y"]


@pytest.fixture
def system(system_of: Make) -> System:
    return system_of(MODEL)


FORMS: dict[str, tuple[Any, list[dict[str, Any]]]] = {
    "a frame": (
        pd.DataFrame({"k": [1.0, 2.0], "rate[outer]": [4.0, 5.0]}),
        [{"k": 1, "rate": {"outer": 4}}, {"k": 2, "rate": {"outer": 5}}],
    ),
    "a mapping of arrays": (
        {"rate": np.array([[1.0, 2, 3], [4, 5, 6]]), "k": 3.0},
        [{"rate": [1, 2, 3], "k": 3}, {"rate": np.array([4.0, 5, 6]), "k": 3}],
    ),
    "one element's initial value": (
        {"S[a]": np.array([5.0, 6.0])},
        [{"S": {"a": 5}}, {"S": {"a": 6}}],
    ),
    "a subrange in one run": (
        [{"rate[outer]": 5.0}, {"rate[a]": 1.5}],
        [{"rate": {"outer": 5}}, {"rate": {"a": 1.5}}],
    ),
    "a lookup in one run": (
        [{"tab": [(0, 0), (1, 10)]}, {}],
        [{"tab": [(0, 0), (1, 10)]}, {}],
    ),
    "an initial value in one run": ([{"S": 7.0}, {}], [{"S": 7.0}, {}]),
    "one curve of a lookup": (
        {"tab[b]": [(0.0, 0.0), (2.0, 9.0), (4.0, 1.0)], "k": np.ones(2)},
        [{"tab": {"b": [(0, 0), (2, 9), (4, 1)]}, "k": 1}] * 2,
    ),
    "a finer place within a coarser": (
        [{"rate": {"b": 7.0, "outer": 5.0}}],
        [{"rate": {"outer": 5.0, "b": 7.0}}],
    ),
}


@pytest.mark.parametrize("lanes", [1, 16])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_samples_is_one_run_a_row(
    system: System, form: str, lanes: int
) -> None:
    samples, rows = FORMS[form]
    many = cqsim.run_many(system, samples, OUTPUTS, lanes=lanes)
    assert many.runs == len(rows)
    for number, row in enumerate(rows):
        alone = cqsim.run(system, row)
        for name in OUTPUTS:
            wanted = alone.values[name]
            assert np.array_equal(many.values[name][number], wanted), name


def test_what_a_run_leaves_out_has_the_models_value(system: System) -> None:
    found = cqsim.run_many(system, {"S[a]": np.array([5.0, 6.0])}, ["S"]).values["S"]
    assert found[:, 0].tolist() == [[5, 20, 30], [6, 20, 30]]
    rows: list[dict[str, Any]] = [{"rate[outer]": 5.0}, {"rate[a]": 1.0}]
    found = cqsim.run_many(system, rows, ["rate"]).values["rate"]
    assert found[:, 0].tolist() == [[1, 5, 5], [1, 2, 3]]
    rows = [{"tab": [(0, 0), (1, 10)]}, {}]
    found = cqsim.run_many(system, rows, ["y"]).values["y"]
    assert found[:, 0].tolist() == [[5, 5, 5], [0.5, 1, 1.5]]


def test_the_finer_of_two_places_holds(system: System) -> None:
    found = cqsim.run(system, {"rate": {"b": 7.0, "outer": 5.0}})
    assert found.values["rate"][0].tolist() == [1, 7, 5]


MISFITS: dict[str, tuple[dict[Any, Any], str]] = {
    "an unknown name": ({"kay": 1}, "no constant 'kay'. Did you mean 'k'"),
    "a computed one": ({"y": 1}, "y: it is computed by an equation"),
    "a text": ({"k": "x"}, "k: 'x' is not a number"),
    "a list for a number": ({"k": [1, 2]}, r"k: values of shape \(2,\) do not fit"),
    "a short list": ({"rate": [1, 2]}, r"rate: values of shape \(2,\) do not fit"),
    "a series": ({"rate": pd.Series([1.0, 2, 3])}, "rate: a Series is no setting"),
    "nothing": ({"k": None}, ""),
    "no number": ({"k": float("nan")}, "k: it is set to nan"),
    "infinity": ({"rate": {"a": float("inf")}}, "rate: it is set to inf"),
    "an unknown element": ({"rate": {"d": 1}}, "no element 'd'"),
    "too many elements": ({"rate": {"a,b": 1}}, "no element 'b'|more subscripts"),
    "whole and part": ({"rate": 1, "rate[a]": 2}, "set as a whole and in parts"),
    "twice": ({"rate[a]": 1, "Rate[ A ]": 2}, "rate: it is set twice"),
    "a mapping in an element": ({"rate[a]": {"b": 1}}, "names more subscripts"),
    "no points": ({"tab": 3}, "tab: a lookup is set by a list of points"),
    "one x twice": ({"tab": [(0, 1), (0, 2)]}, "points .* whose x differ"),
    "out of range": ({"rate": {"b": 10}}, r"rate = 10 is outside its range \[0, 9\]"),
    "a number for a name": ({3: 1}, "3 is no name"),
}


@pytest.mark.parametrize("misfit", [name for name in MISFITS if name != "nothing"])
def test_a_setting_that_does_not_fit_is_refused(system: System, misfit: str) -> None:
    row, said = MISFITS[misfit]
    with pytest.raises(CqsimError, match=said):
        cqsim.run(system, row)
    with pytest.raises(CqsimError, match=said):
        cqsim.run_many(system, [row, {}])


def test_a_cell_of_a_frame_that_holds_no_number_is_refused(system: System) -> None:
    frame = pd.DataFrame({"k": [1.0, None]})
    with pytest.raises(CqsimError, match="k: it is set to nan"):
        cqsim.run_many(system, frame)


def test_ranges_hold_unless_they_are_left_out(system: System) -> None:
    found = cqsim.run(system, {"rate": 10.0}, check_ranges=False)
    assert found.values["S"][1].tolist() == [20, 30, 40]


@pytest.mark.parametrize("samples", ["k", 3, [1, 2], [["k", 1]]])
def test_what_is_no_form_of_samples_is_refused(system: System, samples: Any) -> None:
    with pytest.raises(CqsimError, match="Give a"):
        cqsim.run_many(system, samples)


def test_tables_with_rows_in_another_order_are_refused_in_every_way(
    tmp_path: Path, write_model: Write
) -> None:
    (tmp_path / "r.csv").write_text("dim,rate\nb,2\na,1\nc,3\n", encoding="utf-8")
    text = "rate[dim] = GET DIRECT CONSTANTS('r.csv', ',', 'B2*') ~ 1 ~ |\n"
    path = write_model(tmp_path, "dim: a, b, c ~ ~ |\n" + text)
    with pytest.raises(CqsimError, match="another order"):
        cqsim.run(path)
    with pytest.raises(CqsimError, match="another order"):
        cqsim.run_many(path, [{}])
