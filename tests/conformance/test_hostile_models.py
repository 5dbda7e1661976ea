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
