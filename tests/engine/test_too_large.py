"""What is too large, too deep or no number is refused at once, however it is read."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cqsim
from cqsim.compile.lower import read_system
from cqsim.engine.simulation import run_many
from cqsim.errors import CqsimError

Write = Callable[..., Path]


def nest(calls: Sequence[int]) -> str:
    """Return macros of which each calls the next so many times, and the last none."""
    sums = [" + ".join([f"m{n + 1}(a)"] * count) for n, count in enumerate(calls)]
    return "".join(
        f":MACRO: m{n}(a)\nm{n} = {total} ~ ~ |\n:END OF MACRO:\n"
        for n, total in enumerate([*sums, "a"])
    )


def ways(path: Path) -> list[Callable[[], Any]]:
    """Return all ways of running a model."""
    return [
        lambda: run_many(path, [{}, {}]),
        lambda: cqsim.run(path),
    ]


@pytest.fixture
def model(tmp_path: Path, write_model: Write) -> Write:
    """Return what writes a model that saves once a year, whatever its step."""
    return partial(write_model, tmp_path, save="1")


def refused(path: Path, said: str, seconds: float = 30) -> None:
    """Assert that a model is refused soon, in whatever way it is run."""
    for way in ways(path):
        before = time.monotonic()
        with pytest.raises(CqsimError, match=said):
            way()
        assert time.monotonic() - before < seconds


LARGE = "n: (a1-a{size}) ~ ~ |\nm <-> n ~ ~ |\nx[n] = Time ~ 1 ~ |\n"


@pytest.mark.parametrize(
    ("equations", "said"),
    [
        (
            LARGE.format(size=6000) + "y = SUM(x[n!] * x[m!]) ~ 1 ~ |\n",
            "sums over 36000000 elements",
        ),
        (
            LARGE.format(size=4000)
            + "".join(f"y{n}[n, m] = x[n] ~ 1 ~ |\n" for n in range(14)),
            "more than 200000000 elements",
        ),
        (
            "r: (a1-a1000000000) ~ ~ |\nx[r] = 1 ~ 1 ~ |\n",
            "numeric range has more than",
        ),
        (f"x = {'(' * 9999}1{')' * 9999} ~ 1 ~ |\n", "nested more than 100 deep"),
        (f"x = {'-' * 9999}1 ~ 1 ~ |\n", "nested more than|cannot be read"),
        ("y = 1 ~ 1 ~ |\nx = " + "^".join(["y"] * 999) + " ~ 1 ~ |\n", "more than"),
        (
            "y = 1 ~ 1 ~ |\nx = " + " :OR: ".join(["y"] * 999) + " ~ 1 ~ |\n",
            "in a row",
        ),
        (
            f'"{chr(92)}"' + f'{chr(92)}"' * 50_000 + " = 1 ~ 1 ~ |\n",
            "'\"' cannot stand here",
        ),
        (f"{'n' * 100_000} = 1 ~ 1 ~ |\n", "more than 1000 characters"),
        (f"x = {'9' * 100_000} ~ 1 ~ |\n", "more than 1000 characters"),
        ("t(" + "(1,1)," * 10**5 + "(2,2)) ~ ~ |\n", "no variable but its clock"),
        ("x = 1e999 ~ 1 ~ |\n", "a number is too large"),
        ("n: a, b ~ ~ |\nx[n] = 1, 1e999 ~ 1 ~ |\n", "too large"),
        ("t((0, 1e999), (1, 2)) ~ ~ |\nx = t(Time) ~ 1 ~ |\n", "too large"),
        ("Time = 5 ~ 1 ~ |\n", "can't be given an equation|Time"),
        (":MACRO: m(a)\nm = m(a) ~ ~ |\n:END OF MACRO:\nx = m(Time) ~ ~ |\n", "itself"),
    ],
    ids=lambda part: part[:20] if len(part) < 300 else "long",
)
def test_a_model_is_refused_soon_in_every_way(
    model: Write, equations: str, said: str
) -> None:
    refused(model(equations), said)


@pytest.mark.parametrize(
    ("clock", "said"),
    [
        ({"step": "1e-12"}, "more than 10000000 steps"),
        ({"step": "5e-324"}, "more than 10000000 steps"),
        ({"step": "0"}, "no run from|step of the run is 0"),
        ({"step": "-1"}, "no run from|step of the run is -1"),
        ({"end": "-1"}, "no run from|ends at -1"),
        ({"end": "1e308"}, "more than 10000000 steps"),
        ({"save": "0"}, "SAVEPER is 0"),
        ({"end": "Time + 1"}, "does not reach its 'FINAL TIME'"),
    ],
    ids=str,
)
def test_a_clock_that_no_run_can_follow_is_refused(
    model: Write, clock: dict[str, str], said: str
) -> None:
    equations = "x = INTEG(1, 1) ~ 1 ~ |\n"
    refused(model(equations, **clock), said)


def test_more_than_memory_holds_is_not_saved(model: Write) -> None:
    equations = "n: (a1-a2000) ~ ~ |\nx[n] = INTEG(1, 1) ~ 1 ~ |\n"
    path = model(equations, step="1e-5", save="1e-5")
    refused(path, "numbers would be saved, more than 500000000")


def test_macros_within_macros_are_computed(model: Write) -> None:
    path = model(nest([2] * 12) + "x = m0(Time) ~ 1 ~ |\n")
    assert run_many(read_system(path), [{}], ["x"]).values["x"][0, 3] == 3 * 2**12


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(calls=st.lists(st.integers(1, 3), max_size=5), times=st.integers(1, 3))
def test_what_macros_come_to_is_counted_before_one_is_lowered(
    model: Write, calls: list[int], times: int
) -> None:
    text = nest(calls) + f"x = {' + '.join(['m0(Time)'] * times)} ~ 1 ~ |\n"
    path = model(text)
    count = sum(name.startswith("#") for name in read_system(path).variables)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cqsim.compile.lower.macros._MOST", count - 1)
        patch.setattr("cqsim.compile.lower.model._lower_all", None)
        with pytest.raises(CqsimError, match=f"more than {count - 1} variables"):
            read_system(path)


def test_macros_that_double_with_each_are_refused_before_one_is_lowered(
    model: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cqsim.compile.lower.model._lower_all", None)
    path = model(nest([2] * 18) + "x = m0(Time) ~ 1 ~ |\n")
    with pytest.raises(CqsimError, match="macros come to more than 200000 variables"):
        read_system(path)
    call = ":MACRO: {}(a)\n{} = {}(a) + {}(a) ~ ~ |\n:END OF MACRO:\n"
    ring = call.format("k", "k", "l", "l") + call.format("l", "l", "k", "k")
    path = model(ring + "x = 1 + k(Time) ~ 1 ~ |\n")
    with pytest.raises(CqsimError, match=r"'x': the macro '[kl]' calls itself, or"):
        read_system(path)


@pytest.mark.parametrize("depth", [20, 21])
def test_macros_may_be_nested_twenty_deep(model: Write, depth: int) -> None:
    path = model(nest([1] * (depth - 1)) + "x = m0(Time) ~ 1 ~ |\n")
    if depth > 20:
        with pytest.raises(CqsimError, match="calls itself, or lies too deep"):
            read_system(path)
    else:
        assert cqsim.run(path).values["x"].tolist() == [0, 1, 2, 3, 4]


def test_ranges_of_the_same_ranges_are_expanded_once(model: Write) -> None:
    ranges = "".join(f"r{n}: r{n + 1}, r{n + 1} ~ ~ |\n" for n in range(60))
    path = model(ranges + "r60: a, b ~ ~ |\nx[r0] = 1 ~ 1 ~ |\n")
    assert cqsim.run(path).values["x"].shape == (5, 2)


@pytest.mark.parametrize(
    ("equations", "name"),
    [
        ("x = 1 / (Time - 2) ~ 1 ~ |\n", "x"),
        ("x = 1 / 0 ~ 1 ~ |\n", "x"),
        ("n: a, b ~ ~ |\nx[n] = (0 / 0) * Time ~ 1 ~ |\n", "x"),
        (
            "n: a, b ~ ~ |\nm <-> n ~ ~ |\nA[n, m] = 1 ~ 1 ~ |\n"
            "x[n, m] = INVERT MATRIX(A[n, m], 2) ~ 1 ~ |\n",
            "x",
        ),
        (
            "n: a, b ~ ~ |\nv[n] = 1, 2 ~ 1 ~ |\no[n] = 1e18, -7 ~ 1 ~ |\n"
            "x[n] = VECTOR REORDER(v[n], o[n]) ~ 1 ~ |\n",
            "x",
        ),
    ],
)
def test_what_has_no_number_is_a_run_that_diverged(
    model: Write, equations: str, name: str
) -> None:
    path = model(equations)
    with pytest.raises(CqsimError, match=f"the run diverged: {name}"):
        cqsim.run(path)
    many = run_many(path, [{}, {}], [name])
    assert [lost.run for lost in many.diverged] == [0, 1]
    assert all(lost.variable.startswith(name) for lost in many.diverged)


@pytest.mark.parametrize("wait", ["1e300", "1e308 * 10", "-5", "0 / 0"])
def test_a_fixed_delay_of_any_length_is_alike_in_both(model: Write, wait: str) -> None:
    text = f"x = DELAY FIXED(Time, wait, 7) ~ 1 ~ |\nwait = {wait} ~ Year ~ |\n"
    path = model(text + "unused = 1 ~ 1 ~ |\n")
    single = run_many(read_system(path), [{}], ["x"]).values["x"]
    many = run_many(path, {"unused": np.ones(2)}, ["x"]).values["x"]
    assert many[1].tolist() == single[0].tolist()


def test_a_long_chain_of_variables_is_compiled_in_parts(model: Write) -> None:
    """Seen at once, a thousand and more cost a minute of compiling."""
    chain = "".join(f"x{n} = x{n - 1} + 1 ~ 1 ~ |\n" for n in range(1, 1200))
    path = model("x0 = Time * k ~ 1 ~ |\nk = 1 ~ 1 ~ |\n" + chain)
    before = time.monotonic()
    many = run_many(path, {"k": np.array([1.0, 2.0])})
    assert time.monotonic() - before < 60
    assert many.values["x1199"][1].tolist() == [1199.0 + 2 * t for t in range(5)]


HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>{before}\n'
    '<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">'
    '<header><vendor>v</vendor><product version="1">p</product></header>{specs}{dims}\n'
    "<model><variables>{variables}</variables></model></xmile>"
)
SPECS = "<sim_specs><start>0</start><stop>4</stop><dt>1</dt></sim_specs>"
AUX = '<aux name="x"><eqn>{}</eqn></aux>'
DECLARED = '<!DOCTYPE x [<!ENTITY e "1">]>'


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"before": DECLARED}, "declares a document type or entities"),
        (
            {"before": f"<?p <!-- ?>{DECLARED}<?p --> ?>"},
            "declares a document type or entities",
        ),
        ({"before": f"<!-- -->{DECLARED}"}, "declares a document type or entities"),
        ({"variables": '<module name="m" resource="/etc/passwd"/>'}, "modules"),
        ({"specs": SPECS + "<includes/>"}, "includes other files"),
        ({"variables": AUX.format("(" * 9999 + "1" + ")" * 9999)}, "nested more than"),
        ({"variables": AUX.format("-" * 9999 + "1")}, "nested more than"),
        ({"variables": AUX.format("1e999")}, "a number is too large"),
        ({"variables": AUX.format("???")}, "'x' has no equation"),
        (
            {"variables": AUX.format("1") + AUX.format("2")},
            "'x' is defined in line 3 too",
        ),
        ({"specs": ""}, "the file has no <sim_specs>"),
        ({"specs": SPECS.replace("<dt>1", "<dt>0")}, "no run from 0 to 4 by 0|step"),
        ({"specs": SPECS.replace("<stop>4", "<stop>inf")}, "has no number for <stop>"),
        (
            {
                "variables": '<aux name="x"><eqn>TIME</eqn><gf><xscale min="0" '
                'max="1"/><ypts>nan,1</ypts></gf></aux>'
            },
            "a point in <ypts> is no number",
        ),
    ],
)
def test_an_xmile_model_is_refused_soon_in_every_way(
    tmp_path: Path, parts: dict[str, str], said: str
) -> None:
    path = tmp_path / "model.xmile"
    usual = {"before": "", "specs": SPECS, "dims": "", "variables": AUX.format("1")}
    path.write_text(HEAD.format(**{**usual, **parts}), encoding="utf-8")
    refused(path, said)


def test_a_name_in_xmile_is_only_ever_a_name(tmp_path: Path) -> None:
    path = tmp_path / "model.xmile"
    name = "&quot;&quot;&quot;&#10;import os; os.abort() #"
    variables = f'<aux name="{name}"><eqn>TIME</eqn></aux>'
    usual = {"before": "", "specs": SPECS, "dims": "", "variables": variables}
    path.write_text(HEAD.format(**usual), encoding="utf-8")
    for way in ways(path):
        way()
