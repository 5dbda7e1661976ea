"""Data that are computed from other data and constants by `:=`."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import cqsim

Run = Callable[[str], np.ndarray]

CLOCK = (
    "INITIAL TIME = 0 ~~|\nFINAL TIME = 4 ~~|\nTIME STEP = 1 ~~|\n"
    "SAVEPER = TIME STEP ~~|\n"
)
TABLE = "year,0,2,4\nnorth,1,5,2\nsouth,3,3,8\n"
READ = (
    "place: north, south ~~|\nscale = 10 ~~|\n"
    "sold[place] := GET DIRECT DATA('sold.csv', ',', '1', 'B2') ~~|\n"
)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    (tmp_path / "sold.csv").write_text(TABLE, encoding="utf-8")

    def run(equations: str) -> np.ndarray:
        path = tmp_path / "m.mdl"
        path.write_text(READ + equations + CLOCK, encoding="utf-8")
        return cqsim.run(path).values["x"]

    return run


@pytest.mark.parametrize(
    ("keyword", "wanted"),
    [
        ("", [10, 30, 50, 35, 20]),
        (":INTERPOLATE:", [10, 30, 50, 35, 20]),
        (":HOLD BACKWARD:", [10, 10, 50, 50, 20]),
        (":LOOK FORWARD:", [10, 50, 50, 20, 20]),
    ],
)
def test_computed_data_are_read_as_their_own_keyword_says(
    run: Run, keyword: str, wanted: list[float]
) -> None:
    found = run(f"x[place] {keyword} := sold[place] * scale ~~|\n")
    assert found[:, 0].tolist() == wanted


def test_data_may_be_computed_from_computed_data(run: Run) -> None:
    found = run("y := SUM(sold[place!]) ~~|\nx := y / 2 ~~|\n")
    assert found.tolist() == [2, 3, 4, 4.5, 5]


def test_some_elements_may_be_computed_and_others_read(run: Run) -> None:
    found = run(
        "x[north] := GET DIRECT DATA('sold.csv', ',', '1', 'B3') ~~|\n"
        "x[south] := sold[north] + 1 ~~|\n"
    )
    assert found.tolist() == [[3, 2], [3, 4], [3, 6], [5.5, 4.5], [8, 3]]


def test_a_shift_looks_ahead(run: Run) -> None:
    found = run("ahead = 2 ~~|\nx := TIME SHIFT(sold[north], ahead) ~~|\n")
    assert found.tolist() == [5, 3.5, 2, 2, 2]
