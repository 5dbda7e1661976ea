"""Whatever a model holds, it is run or refused in words, soon and in little memory."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from comparing.engines import cqsim
from comparing.processes import Limits, run_alone
from failing import HOSTILE

CLOCK = """
INITIAL TIME = {start} ~~|
FINAL TIME = {end} ~~|
TIME STEP = {step} ~~|
SAVEPER = {save} ~~|
"""
XMILE = """<?xml version="1.0" encoding="utf-8"?>
<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">
<sim_specs><start>0</start><stop>10</stop><dt>1</dt></sim_specs>
<model><variables>{variables}</variables></model></xmile>"""
TANK = """<stock name="s"><eqn>100</eqn><outflow>out</outflow></stock>
<flow name="out"><eqn>1</eqn></flow><aux name="a"><eqn>10</eqn></aux>"""

ARRAY = '<aux name="x"><dimensions><dim name="d"/></dimensions><eqn>d</eqn></aux>'
TANK_MACRO = """<macro name="m"><parm>p</parm><eqn>s</eqn><variables>
<stock name="s"><eqn>3</eqn><outflow>out</outflow><non_negative/></stock>
<flow name="out"><eqn>2 * p</eqn></flow></variables></macro>"""
TABLE = '<gf><xscale min="0" max="10"/><ypts>{}</ypts></gf>'


def vensim(
    equations: str, start: str = "0", end: str = "10", step: str = "1", save: str = "1"
) -> str:
    return equations + CLOCK.format(start=start, end=end, step=step, save=save)


def xmile(variables: str) -> str:
    return XMILE.format(variables=variables)


def cut_after(text: str, mark: str) -> str:
    return text[: text.index(mark) + len(mark)]


@dataclass(frozen=True)
class Hostile:
    """A model, what lies beside it, and words of its refusal, or the value of `a`."""

    name: str
    text: str
    words: str = ""
    value: float = 0.0
    beside: dict[str, bytes] = field(default_factory=dict)


DATA = "a = GET DIRECT CONSTANTS('data.{0}', {1}, 'B1') ~~|"
MACRO = ":MACRO: m(a : b)\nm = a ~~|\n{}:END OF MACRO:\n"
RANGE = "r: e, f, g ~~|\nq: h, i ~~|\n"
HOLES = "r: (e1-e400) ~~|\nq: (f1-f400) ~~|\nx[r, q] :EXCEPT: "
HOLES += ", ".join(f"[e{n}, f{n}]" for n in range(1, 401)) + " = 1 ~~|\n"
RANGES = "".join(f"r{n}: (e{n}x1-e{n}x90000) ~~|\n" for n in range(60))
MODELS = (
    Hostile(
        "a workbook that is none.mdl",
        vensim(DATA.format("xlsx", "'Sheet1'")),
        "data.xlsx",
        beside={"data.xlsx": b"not a zip archive"},
    ),
    Hostile(
        "an old workbook that is none.mdl",
        vensim(DATA.format("xls", "'Sheet1'")),
        "data.xls",
        beside={"data.xls": b"\xd0\xcf\x11\xe0 nothing"},
    ),
    Hostile(
        "an endless cell.mdl",
        vensim(DATA.format("csv", "','")),
        "data.csv",
        beside={"data.csv": b"x," + b"9" * 200_000},
    ),
    Hostile("a number of 900 digits.mdl", vensim(f"a = {'9' * 900} ~~|"), ":1:"),
    Hostile(
        "an encoding without a name.mdl", vensim("{undefined}\na = 1 ~~|"), "", 1.0
    ),
    Hostile(
        "an encoding that hides a sign.mdl",
        vensim("{utf-7}\nADA = 100 ~~|\na = 1+ADA-2 ~~|"),
        "",
        99.0,
    ),
    Hostile(
        "deep parentheses.mdl", vensim(f"a = {'(' * 5000}1{')' * 5000} ~~|"), "deep"
    ),
    Hostile("90 parentheses.mdl", vensim(f"a = {'(' * 90}1{')' * 90} ~~|"), "", 1.0),
    Hostile("90 signs.mdl", vensim(f"a = {'- ' * 90}1 ~~|"), "", 1.0),
    Hostile(
        "deep conditions.mdl", vensim(f"a = {'IF THEN ELSE(' * 5000}1 ~~|"), "deep"
    ),
    Hostile("60 large ranges.mdl", vensim(f"{RANGES}a = 1 ~~|"), "elements"),
    Hostile(
        "a table of a billion cells.mdl",
        vensim("r: (x1-x40000) ~~|\nt <-> r ~~|\na[r,t] = Time ~~|"),
        "elements",
    ),
    Hostile("400 holes.mdl", vensim(HOLES + "a = x[e1, f2] ~~|"), "", 1.0),
    Hostile(
        "nothing but holes.mdl", vensim(RANGE + "a[r] :EXCEPT: [r] = 1 ~~|"), ":3:"
    ),
    Hostile(
        "a hole that is none.mdl", vensim(RANGE + "a[r] :EXCEPT: [z] = 1 ~~|"), "'z'"
    ),
    Hostile(
        "rows that are columns.mdl",
        vensim(RANGE + "a[r, q] = 1, 2, 3; 4, 5, 6; ~~|"),
        "a row has 3 numbers for 2 elements",
    ),
    Hostile(
        "rows of two lengths.mdl",
        vensim(RANGE + "a[r, q] = TABBED ARRAY(1\t2\n3\n4\t5\t6) ~~|"),
        "a row has 1 numbers for 2 elements",
    ),
    Hostile("an empty name.mdl", vensim('"" = 1 ~~|\na = "" ~~|'), "a name is empty"),
    Hostile(
        "two macros of a name.mdl",
        vensim(2 * MACRO.format("b = 1 ~~|\n") + "a = m(1 : c) ~~|"),
        "the macro 'm' is defined again",
    ),
    Hostile(
        "a macro without its output.mdl",
        vensim(MACRO.format("") + "a = m(1 : c) ~~|"),
        "no equation for 'b'",
    ),
    Hostile(
        "more outputs than a macro has.mdl",
        vensim(MACRO.format("b = 1 ~~|\n") + "a = m(1 : c, d) ~~|"),
        "1 further outputs",
    ),
    Hostile(
        "an output that is defined.mdl",
        vensim(MACRO.format("b = 1 ~~|\n") + "c = 2 ~~|\na = m(1 : c) ~~|"),
        "gives 'c'",
    ),
    Hostile(
        "70 subscripts.mdl",
        vensim(
            "".join(f"r{n}: e{n} ~~|\n" for n in range(70))
            + f"a[{', '.join(f'r{n}' for n in range(70))}] = 1 ~~|"
        ),
        "70 subscripts",
    ),
    Hostile(
        "a text in a sum.mdl", vensim("c :IS: 'x' ~~|\na = c + 1 ~~|"), "is a text"
    ),
    Hostile(
        "a clock in a circle.mdl",
        vensim("a = 1 ~~|", step="SAVEPER", save="TIME STEP"),
        "need each other",
    ),
    Hostile("a billion steps.mdl", vensim("a = 1 ~~|", step="1e-8"), "steps"),
    Hostile(
        "a step lost in rounding.mdl",
        vensim("a = 1 ~~|", start="1e16", end="1.00000001e16"),
        "TIME STEP",
    ),
    Hostile(
        "a save that never comes.mdl", vensim("a = 1 ~~|", save="1e300"), "SAVEPER"
    ),
    Hostile(
        "10 000 variables in a chain.mdl",
        vensim(
            "a1 = 1 ~~|\n"
            + "".join(f"a{n} = a{n - 1} ~~|\n" for n in range(2, 10_001))
            + "a = a10000 ~~|"
        ),
        "",
        1.0,
    ),
    Hostile("nothing.mdl", "", "nothing.mdl: "),
    Hostile("only a clock.mdl", vensim(""), "variable"),
    Hostile("nothing.xmile", "", ":1:"),
    Hostile("no XML.xmile", "a = 1", ":1:"),
    Hostile(
        "cut off in a number.xmile", cut_after(xmile(TANK), "<eqn>10"), "well-formed"
    ),
    Hostile(
        "cut off in a list of flows.xmile",
        cut_after(xmile(TANK), "<outf"),
        "well-formed",
    ),
    Hostile(
        "cut off between variables.xmile",
        cut_after(xmile(TANK), "</stock>"),
        "well-formed",
    ),
    Hostile(
        "an entity that is unknown.xmile",
        xmile(TANK.replace("10<", "1&nope;0<")),
        "well-formed",
    ),
    Hostile(
        "a comment in a number.xmile", xmile(TANK.replace("10<", "1<!-- -->0<")), "", 10
    ),
    Hostile(
        "an instruction in a number.xmile",
        xmile(TANK.replace("10<", "1<?x y?>0<")),
        "",
        10,
    ),
    Hostile(
        "a tag in a number.xmile",
        xmile(TANK.replace("10<", "1<b>2</b>0<")),
        "<b> stands",
    ),
    Hostile(
        "two tables of a variable.xmile",
        xmile(TANK.replace("</aux>", 2 * TABLE.format("0,10") + "</aux>")),
        "two <gf>",
    ),
    Hostile(
        "a table that lacks a point.xmile",
        xmile(TANK.replace("</aux>", TABLE.format("0,,10") + "</aux>")),
        "no number",
    ),
    Hostile(
        "a slice from its end.xmile",
        xmile(ARRAY + '<aux name="a"><eqn>SUM(x[2:1])</eqn></aux>').replace(
            "<model>", '<dimensions><dim name="d" size="2"/></dimensions><model>'
        ),
        "'2:1' has no elements",
    ),
    Hostile(
        "a macro whose stock is non-negative.xmile",
        xmile('<aux name="a"><eqn>m(1)</eqn></aux>').replace(
            "<model>", TANK_MACRO + "<model>"
        ),
        "of a macro is non-negative",
    ),
    Hostile("8000 stocks that begin.xmile", xmile("<stock " * 8000), ":"),
    Hostile(
        "300 groups in groups.xmile",
        xmile("<group>" * 300 + TANK + "</group>" * 300),
        "group",
    ),
    Hostile(
        "two models.xmile",
        xmile("</variables></model><model><variables>" + TANK),
        "model",
    ),
    Hostile(
        "two clocks.xmile",
        xmile(TANK).replace("<model>", "<sim_specs><stop>3</stop></sim_specs><model>"),
        "sim_specs",
    ),
    Hostile(
        "a foreign file by entity.xmile",
        xmile("<aux name='a'><eqn>&x;</eqn></aux>").replace(
            "<xmile", '<!DOCTYPE xmile [<!ENTITY x SYSTEM "/etc/hostname">]><xmile'
        ),
        ":",
    ),
)


def marked(model: Hostile) -> object:
    why = HOSTILE.get(model.name)
    marks = [] if why is None else [pytest.mark.xfail(reason=why, strict=True)]
    return pytest.param(model, id=model.name, marks=marks)


@pytest.mark.parametrize("model", [*map(marked, MODELS)])
def test_a_hostile_model_is_run_or_refused_soon_in_little_memory(
    model: Hostile, tmp_path: Path
) -> None:
    path = tmp_path / model.name
    path.write_text(model.text, encoding="utf-8")
    for name, content in model.beside.items():
        (tmp_path / name).write_bytes(content)
    outcome = run_alone(cqsim, path, Limits(10.0, 2**31), tmp_path / "cache")
    if model.words:
        assert outcome.kind == "refused", outcome.said
        assert model.words in outcome.said
        assert len(outcome.said) < 5000
    else:
        assert outcome.series is not None, outcome.said
        assert (outcome.series.values["a"] == model.value).all()
