"""Small XMILE models from their text to their numbers."""

from pathlib import Path

import pytest

import cqsim
from cqsim.errors import CqsimError
from xmile_text import xmile

BEFORE = """<sim_specs><start>0</start><stop>1</stop><dt>1</dt></sim_specs>
<dimensions><dim name="age" size="3"/>
<dim name="sex"><elem name="f"/><elem name="m"/></dim></dimensions>"""


def array(name: str, dimensions: str, equation: str) -> str:
    """Return an aux over dimensions with one equation for all elements."""
    listed = "".join(f"<dim name='{one}'/>" for one in dimensions.split())
    inner = f"<dimensions>{listed}</dimensions><eqn>{equation}</eqn>"
    return f"<aux name='{name}'>{inner}</aux>"


def aux(name: str, equation: str) -> str:
    return array(name, "", equation)


TENS = array("y", "age", "age*10")
PLANE = array("y", "age sex", "age*10 + sex")


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        (TENS + aux("a", "y[2]"), [20, 20]),
        (TENS + aux("a", "y[age.2]"), [20, 20]),
        (TENS + aux("a", "y[@2]"), [20, 20]),
        (TENS + aux("a", "y[1+1] + y[INT(TIME+1)]"), [30, 40]),
        (TENS + aux("a", "SUM(y[1:2]) + SUM(y[age.*])"), [90, 90]),
        (PLANE + aux("a", "SUM(y) + SUM(y[*, f])"), [192, 192]),
        (PLANE + aux("a", "y[2, 1] + SUM(y[*, 2]) + SUM(y[2:3, 1])"), [139, 139]),
        (PLANE + aux("a", "SIZE(y) + MAX(y)"), [38, 38]),
        (PLANE + array("a", "sex", "SUM(y[*, sex])"), [63, 63]),
        (PLANE + array("w", "sex", "sex*2") + array("a", "age sex", "y*w"), [22, 22]),
        (array("a", "sex", "IF sex = sex.f THEN TIME ELSE 9"), [0, 1]),
        (aux("a", "TIME // 0 + 7 MOD 4 + INT(-0.5)"), [2, 2]),
        # The remainder has the sign of the divisor.
        (aux("a", "(0 - 7) MOD 4 + 10*((0 - 7) MOD (0 - 4))"), [-29, -29]),
        (aux("a", "STARTTIME + STOPTIME + DT"), [2, 2]),
        (aux("a", "IF NOT TIME THEN 5 ELSE 6"), [5, 6]),
    ],
)
def test_an_equation_has_the_values_that_xmile_says(
    tmp_path: Path, variables: str, expected: list[float]
) -> None:
    path = tmp_path / "model.xmile"
    path.write_bytes(xmile(variables, before=BEFORE))
    frame = cqsim.run(path).to_frame()
    column = next(name for name in frame.columns if name.split("[")[0] == "a")
    assert list(frame[column]) == pytest.approx(expected)


def test_each_element_s_equation_reads_arrays_at_that_element(tmp_path: Path) -> None:
    elements = "".join(
        f"<element subscript='{number}'><eqn>{equation}</eqn></element>"
        for number, equation in enumerate(("y", "y[age]+100", "age+0.5"), 1)
    )
    dimensions = "<dimensions><dim name='age'/></dimensions>"
    path = tmp_path / "model.xmile"
    text = f"{TENS}<aux name='z'>{dimensions}{elements}</aux>"
    path.write_bytes(xmile(text, before=BEFORE))
    frame = cqsim.run(path).to_frame()
    assert [frame[f"z[{n}]"].iloc[0] for n in (1, 2, 3)] == [10, 120, 3.5]


def test_a_module_runs_with_its_inputs(tmp_path: Path) -> None:
    farm = """<model name="farm"><variables><aux name="water" access="input"/>
    <stock name="crop"><eqn>1</eqn><inflow>grow</inflow></stock>
    <flow name="grow"><eqn>water/2</eqn></flow></variables></model>"""
    module = "<module name='farm'><connect to='water' from='rain'/></module>"
    path = tmp_path / "model.xmile"
    path.write_bytes(xmile(module + aux("rain", "4"), before=BEFORE, after=farm))
    frame = cqsim.run(path).to_frame()
    assert list(frame["farm.crop"]) == [1, 3]


def test_a_macro_runs_with_its_arguments(tmp_path: Path) -> None:
    macro = """<macro name="twice"><parm>x</parm><parm>k</parm><eqn>y*k</eqn>
    <variables><aux name="y"><eqn>x*2+1</eqn></aux></variables></macro>"""
    path = tmp_path / "model.xmile"
    path.write_bytes(xmile(aux("a", "TWICE(TIME, 3)"), before=BEFORE, after=macro))
    assert list(cqsim.run(path).to_frame()["a"]) == [3, 9]


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        ("M(2, 5, 7)", [257, 257]),
        ("M(2, 5)", [260, 260]),
        ("M(TIME + 2)", [249, 371]),
        ("M(TIME + 1, a)", [116, 216]),
    ],
)
def test_a_macro_takes_its_defaults_for_what_a_call_leaves_out(
    tmp_path: Path, call: str, wanted: list[float]
) -> None:
    macro = """<macro name="m"><parm>x</parm><parm default="x * 2">y</parm>
    <parm default="y + 5">z</parm><eqn>100*x + 10*y + z</eqn></macro>"""
    path = tmp_path / "m.xmile"
    text = aux("a", "1") + aux("b", call)
    path.write_bytes(xmile(text, before=BEFORE, after=macro))
    assert cqsim.run(path).to_frame()["b"].tolist() == wanted


def test_a_macro_refuses_fewer_arguments_than_it_needs(tmp_path: Path) -> None:
    macro = """<macro name='m'><parm>x</parm><parm default='1'>y</parm>
    <eqn>x</eqn></macro>"""
    path = tmp_path / "m.xmile"
    path.write_bytes(xmile(aux("b", "M()"), before=BEFORE, after=macro))
    with pytest.raises(CqsimError, match="takes 1 to 2 arguments, and stands with 0"):
        cqsim.run(path)


def test_a_macro_whose_default_calls_it_is_refused(tmp_path: Path) -> None:
    macro = """<macro name='m'><parm>x</parm><parm default='m(x)'>y</parm>
    <eqn>x + y</eqn></macro>"""
    path = tmp_path / "m.xmile"
    path.write_bytes(xmile(aux("b", "m(1)"), before=BEFORE, after=macro))
    with pytest.raises(CqsimError, match="'m' calls itself"):
        cqsim.run(path)


@pytest.mark.parametrize("smooth", ["SMTH", "DELAY"])
def test_a_delay_of_an_order_is_the_one_that_has_it_in_its_name(
    tmp_path: Path, smooth: str
) -> None:
    path = tmp_path / "m.xmile"
    text = aux("u", "3 + 2*SIN(TIME)") + aux("t", "4 + COS(TIME/2)")
    for order in (1, 3):
        text += aux(f"n{order}", f"{smooth}N(u, t, {order}, 5)")
        text += aux(f"own{order}", f"{smooth}{order}(u, t, 5)")
    clock = "<sim_specs><start>0</start><stop>9</stop><dt>0.25</dt></sim_specs>"
    path.write_bytes(xmile(text, before=clock))
    found = cqsim.run(path).to_frame()
    for order in (1, 3):
        assert found[f"n{order}"].tolist() == found[f"own{order}"].tolist()
