"""What the table of functions states of direction and interval, against runs."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import cqsim
from cqsim.language.builtins import BUILTINS, Builtin

Floats = NDArray[np.float64]

#: Functions that need more than arguments: whole arrays, or numbers as written.
APART = {
    "allocate available", "allocate by priority", "elmcount", "marketp",
    "shift if true", "sinteg", "vector reorder", "xmile history", "xmile interpolate",
    "xmile size", "xmile stddev",
}  # fmt: skip
STATED = [
    row
    for row in BUILTINS.values()
    if (row.interval or {*row.direction} & {*"+-"}) and row.name not in APART
]
#: Arguments by the unit that they are in; `i` runs up and down between -9 and 9.
VALUES = {"x": "i", "x/t": "i", "t": "3", "1/t": "0.1", "1": "2", "y": "1", "?": "2"}
#: Arguments of functions that are not defined everywhere, or that take conditions.
ARGUMENTS = {
    "ln": ["i + 10"], "sqrt": ["i + 10"], "xmile log10": ["i + 10"],
    "arcsin": ["i / 20"], "arccos": ["i / 20"], "xmile invnorm": ["i / 40 + 0.25"],
    "xmile factorial": ["5"], "random 0 1": [],
    "if then else": ["wave", "i", "TIME - 4"],
    "sample if true": ["wave", "i", "-5"],
    "random binomial": ["0", "9", "0.5", "8", "0", "1", "2"],
    "random negative binomial": ["0", "9", "0.5", "3", "0", "1", "2"],
    "random beta": ["0", "1", "2", "2", "0", "1", "2"],
    "random gamma": ["0", "9", "2", "0", "1", "2"],
    "random weibull": ["0", "9", "2", "0", "1", "2"],
    "random triangular": ["-2", "3", "-1", "0", "2", "2"],
    "random lognormal": ["-2", "9", "1", "1", "2"],
    "random poisson": ["-2", "9", "3", "0", "1", "2"],
    "xmile geometric": ["0.3"], "xmile exprnd": ["2"], "xmile poisson": ["2"],
}  # fmt: skip
XMILE = """<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">
<sim_specs><start>0</start><stop>12</stop><dt>0.25</dt></sim_specs>
<model><variables>{}</variables></model></xmile>"""


def arguments_of(row: Builtin) -> list[str]:
    if row.name in ARGUMENTS:
        return ARGUMENTS[row.name]
    if row.name.startswith("random"):
        return [*["-2", "3", "0", "1", "2"][: row.least - 1], "2"]
    given = [VALUES[row.unit_of(n)] for n in range(row.least)]
    return ["i", *given[1:]] if given and row.unit_of(0) == "1" else given


def called(row: Builtin, arguments: list[str]) -> str:
    """Return the call; what sums over elements does so over one that adds nothing."""
    name = (row.vensim or row.xmile)[0].upper()
    if row.name in ("sum", "vmin", "vmax"):
        arguments = [f"{arguments[0]} + nought[one!]"]
    return f"{name}({', '.join(arguments)})"


def run_of(row: Builtin, folder: Path) -> dict[str, Floats]:
    """Return the arguments `a0`, …, the result, and `b0`, …: it with one raised."""
    given = arguments_of(row)
    names = [f"a{n}" for n in range(len(given))]
    wave = "SIN(2*TIME)"
    equations = {"wave": wave, "i": "9*wave", **dict(zip(names, given, strict=True))}
    equations["result"] = called(row, names)
    for n in range(len(given)):
        if row.direction_of(n) in "+-":
            raised = [f"({a} + 0.5)" if a == f"a{n}" else a for a in names]
            equations[f"b{n}"] = called(row, raised)
    text = "one: e ~~|\nnought[one]= 0 ~~|\nFINAL TIME= 12 ~~|\nTIME STEP= 0.25 ~~|\n"
    text += "".join(f"{name}= {right} ~~|\n" for name, right in equations.items())
    path = folder / "m.mdl"
    if not row.vensim:
        path = folder / "m.xmile"
        boxes = (
            f'<aux name="{name}"><eqn>{right}</eqn></aux>'
            for name, right in equations.items()
        )
        text = XMILE.format("".join(boxes))
    path.write_text(text, encoding="utf-8")
    runs = cqsim.run(path, outputs=[*equations])
    return {name: np.asarray(runs[name], dtype=float).ravel() for name in equations}


@pytest.mark.parametrize("row", STATED, ids=lambda row: row.name)
def test_a_function_moves_and_stays_as_the_table_states(
    row: Builtin, tmp_path: Path
) -> None:
    found = run_of(row, tmp_path)
    result = found["result"]
    assert np.isfinite(result).all()
    for n in range(row.least):
        if f"b{n}" in found:
            change = found[f"b{n}"] - result
            sign = 1 if row.direction_of(n) == "+" else -1
            assert (sign * change >= -1e-12).all()
    low, high = interval_of(row, found)
    assert (low - 1e-12 <= result).all()
    assert (result <= high + 1e-12).all()


def interval_of(row: Builtin, found: dict[str, Floats]) -> tuple[float, float]:
    """Return the ends between which the table says that a result stays."""
    if "," in row.interval:
        low, high = map(float, row.interval.split(","))
        return low, high
    count = sum(name[0] == "a" for name in found)
    alike = [f"a{n}" for n in range(count) if row.unit_of(n) == "x"] or ["a0"]
    if not row.interval:
        return -np.inf, np.inf
    low = min(found[name].min() for name in alike)
    high = max(found[name].max() for name in alike)
    if row.interval == "sign":
        return (-np.inf if low < 0 else 0.0), (np.inf if high > 0 else 0.0)
    return (min(low, 0.0), max(high, 0.0)) if row.interval == "0x" else (low, high)
