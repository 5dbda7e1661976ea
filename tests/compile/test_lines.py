"""Discrete delays and write-offs, held to Vensim's reference manual."""

from pathlib import Path

import pytest

import cqsim
from cqsim.errors import CqsimError

CLOCK = """
INITIAL TIME = 0 ~~|
FINAL TIME = 14 ~~|
TIME STEP = 1 ~~|
SAVEPER = 1 ~~|
"""
TIMES = """
x = Time ~~|
tau = 3 - STEP(2, 4) + STEP(3, 7) ~~|
"""


def series(folder: Path, equations: str, name: str) -> list[float]:
    path = folder / "m.mdl"
    path.write_text(equations + CLOCK, encoding="utf-8")
    return [round(float(v), 9) for v in cqsim.run(path).to_frame()[name]]


def test_a_material_delay_adds_what_arrives_together_and_loses_nothing(
    tmp_path: Path,
) -> None:
    found = series(tmp_path, f"{TIMES}y = DELAY MATERIAL(x, tau, 5, -1) ~~|", "y")
    # At 4 the delay falls from 3 to 1: what entered at 2 and 4 arrives at 5.
    assert found == [5, 5, 5, 0, 1, 2 + 4, 3 + 5, 6, -1, -1, -1, 7, 8, 9, 10]


def test_an_information_delay_lets_newer_values_overtake_and_holds_the_last(
    tmp_path: Path,
) -> None:
    found = series(tmp_path, f"{TIMES}y = DELAY INFORMATION(x, tau, 5) ~~|", "y")
    assert found == [5, 5, 5, 0, 1, 4, 5, 6, 6, 6, 6, 7, 8, 9, 10]


def test_a_subscripted_delay_is_one_for_each_element(tmp_path: Path) -> None:
    text = """r: a, b ~~|
    tau[r] = 1, 2 ~~|
    y[r] = DELAY MATERIAL(Time, tau[r] + STEP(0, 1), 9, 0) ~~|"""
    assert series(tmp_path, text, "y[b]")[:4] == [9, 9, 0, 1]


def test_a_batch_starts_when_enough_has_gathered_and_none_is_in_process(
    tmp_path: Path,
) -> None:
    found = series(tmp_path, "y = DELAY BATCH(10, 25, 2, 7, 1, 20) ~~|", "y")
    assert found[:6] == [0, 7, 0, 25, 0, 25]


def test_a_conveyor_conserves_what_does_not_leak(tmp_path: Path) -> None:
    text = """flat((0,1),(1,1)) ~~|
    out = DELAY CONVEYOR(4, 4, 0.1, flat, 20, 4) ~~|
    on belt = INTEG(4 - out - leak, 20) ~~|
    leak = 0.1 * (on belt + 4 - out) ~~|"""
    found = series(tmp_path, text, "out")
    assert found[:4] == [5, 4.5, 4.05, 3.645]
    assert found[4:] == pytest.approx([4 * 0.9**4] * 11)
    on_belt = 4 * (0.9 + 0.9**2 + 0.9**3 + 0.9**4)
    assert series(tmp_path, text, "on belt")[-1] == pytest.approx(on_belt)


def test_a_profile_says_in_which_order_a_conveyor_empties(tmp_path: Path) -> None:
    text = """front((0,3),(2,1),(4,1)) ~~|
    y = DELAY CONVEYOR(0, 4, 0, front, 7, 4) ~~|"""
    assert series(tmp_path, text, "y")[:5] == [3, 2, 1, 1, 0]


def test_a_straight_line_writes_off_in_equal_parts_by_fiscal_period(
    tmp_path: Path,
) -> None:
    text = "y = DEPRECIATE STRAIGHTLINE(10 + STEP(10, 5), 4, 2, 10) ~~|"
    assert series(tmp_path, text, "y")[:9] == [10] * 5 + [15, 17.5, 17.5, 20]


def test_a_schedule_writes_off_by_its_shares(tmp_path: Path) -> None:
    text = """period: p1, p2, p3 ~~|
    share[period] = 50, 30, 20 ~~|
    none = 0 ~~|
    y = DEPRECIATE BY SCHEDULE(PULSE(0, 1) * 6, share[p1], none, 3, 0) ~~|"""
    assert series(tmp_path, text, "y")[:4] == [3, 1.8, 1.2, 0]


def test_a_third_order_delay_tells_its_pipeline(tmp_path: Path) -> None:
    text = "y = DELAYP(5 + STEP(3, 2), 3 : within) ~~|"
    found = series(tmp_path, text, "within")
    assert (found[0], found[-1]) == (15, 24)


def test_a_conveyor_whose_time_changes_is_refused(tmp_path: Path) -> None:
    text = """flat((0,1),(1,1)) ~~|
    y = DELAY CONVEYOR(4, 4 + STEP(1, 2), 0, flat, 20, 4) ~~|"""
    with pytest.raises(CqsimError, match="DELAY CONVEYOR is no constant"):
        series(tmp_path, text, "y")
