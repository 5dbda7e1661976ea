from pathlib import Path

import pytest

from cqsim.model.model import Model
from cqsim.model.polarity import Interval, Polarity
from cqsim.model.resolve import read_model

KNOWN = """
x= INTEG(y, 1) ~ m [0,?] ~ X. |
y= 1 ~ m [0,9] ~ Y. |
z= Time - 5 ~ m [-9,9] ~ Z. |
share= 0.5 ~ 1 [0,1] ~ A share. |
falls((0,1),(1,0.5),(3,-1)) ~ 1 ~ Falls. |
humps((0,1),(1,2),(2,0)) ~ 1 ~ Humps. |
"""


def sign(folder: Path, right: str, cause: str = "x") -> str:
    text = f"{KNOWN}\neffect= {right} ~ 1 ~ The effect. |\n"
    (folder / "m.mdl").write_text(text, encoding="utf-8")
    model = read_model(folder / "m.mdl")
    return Polarity(model).link(cause, "effect")


@pytest.mark.parametrize(
    ("right", "expected"),
    [
        ("x + y", "+"),
        ("y - x", "-"),
        ("x - x*y", "?"),
        ("-x", "-"),
        ("y", "0"),
        ("x * y", "+"),
        ("x * z", "?"),
        ("x * (y - 20)", "-"),
        ("x * (1 - share)", "+"),
        ("y / x", "-"),
        ("z / x", "?"),
        ("1 - x/y", "-"),
        ("x / (x + y)", "+"),
        ("y / (x + y)", "-"),
        ("x / (x + x*y)", "?"),
        ("x ^ 0.5", "+"),
        ("x ^ -2", "-"),
        ("0.9 ^ x", "-"),
        ("2 ^ x", "+"),
        ("z ^ 2 + x", "+"),
        ("EXP(-x)", "-"),
        ("LN(x + 1)", "+"),
        ("MIN(x, y)", "+"),
        ("MAX(y - x, 0)", "-"),
        ("MAX(x, -x)", "?"),
        ("SMOOTH3(x, y)", "+"),
        ("SMOOTH(y, x)", "?"),
        ("DELAY1I(y, 2, x)", "0"),
        ("INITIAL(x)", "0"),
        ("falls(x)", "-"),
        ("humps(x)", "?"),
        ("WITH LOOKUP(-x, ((0,1),(5,0)))", "+"),
        ("IF THEN ELSE(y > 1, x, 2*x)", "+"),
        ("IF THEN ELSE(y > 1, x, -x)", "?"),
        ("IF THEN ELSE(x > 1, y, 0)", "?"),
        ("ZIDZ(y, x)", "-"),
        ("XIDZ(x, y, x)", "+"),
        ("SUM(x[region!]) / 2", "+"),
        ("SIN(x)", "?"),
        ("INTEG(-x, y)", "-"),
        ("INTEG(y, x)", "0"),
        ("x > y", "?"),
    ],
)
def test_the_sign_follows_from_the_equation(
    tmp_path: Path, right: str, expected: str
) -> None:
    assert sign(tmp_path, right) == expected


def test_a_range_that_may_be_negative_takes_the_sign_away(tmp_path: Path) -> None:
    assert sign(tmp_path, "y * z", "z") == "+"
    assert sign(tmp_path, "z * z", "z") == "?"


def test_equations_for_parts_of_a_range_are_one_link(tmp_path: Path) -> None:
    assert sign(tmp_path, "x ~~|\nr: a, b ~~|\neffect[b]= 2*x") == "+"
    assert sign(tmp_path, "x ~~|\nr: a, b ~~|\neffect[b]= 2-x") == "?"


def test_links_of_the_small_model(small: Model) -> None:
    signs = Polarity(small)
    assert signs.link("births", "Residents") == "+"
    assert signs.link("deaths", "Residents") == "-"
    assert signs.link("life span", "deaths") == "-"
    assert signs.link("room", "pull (jobs)") == "+"
    assert signs.link("Residents", "pull (jobs)") == "-"


def test_what_is_sampled_stays_where_its_value_does_not_its_condition(
    tmp_path: Path,
) -> None:
    text = "x ~~|\nk= SAMPLE IF TRUE(Time > 1, SIN(Time), -5) ~~|\neffect[r]= k*x"
    assert sign(tmp_path, f"{text} ~~|\nr: a") == "?"


def test_a_thousand_variables_may_stand_in_a_chain(tmp_path: Path) -> None:
    chain = "".join(f"v{n}= v{n - 1} + 1 ~~|\n" for n in range(1000, 0, -1))
    (tmp_path / "m.mdl").write_text(f"{chain}v0= 1 ~~|\ny= v1000*v1000 ~~|")
    model = read_model(tmp_path / "m.mdl")
    assert Polarity(model).link("v1000", "y") == "+"
    assert Polarity(model).intervals["v1000"] == Interval(1001.0, 1001.0)


@pytest.mark.parametrize(("factor", "stays"), [("0.5", "+"), ("-1", "?")])
def test_a_circle_of_smooths_is_non_negative_where_that_follows(
    tmp_path: Path, factor: str, stays: str
) -> None:
    text = f"a= SMOOTH(b, 2) + 1 ~~|\nb= SMOOTH(a, 2)*{factor} ~~|"
    (tmp_path / "m.mdl").write_text(text)
    assert Polarity(read_model(tmp_path / "m.mdl")).intervals["a"].sign == stays
