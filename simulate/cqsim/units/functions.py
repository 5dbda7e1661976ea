"""What units the functions of a model take and give.

A rule writes each unit as `x` times or over `t`, the unit of time: `INTEG` takes a rate
in `x/t` and a start in `x` and gives `x`. Arguments in `y` share a unit of their own;
`1` is a pure number, `?` any unit. Names that no modeller writes are those that XMILE's
functions have once they are read.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """Units of the arguments, the last for all that follow, and of the result."""

    arguments: tuple[str, ...]
    result: str

    def argument(self, number: int) -> str:
        """Return the unit of an argument, counted from 0."""
        return self.arguments[min(number, len(self.arguments) - 1)]


_OTHERS = {
    "integ": Rule(("x/t", "x"), "x"),
    "delay material": Rule(("x", "t", "x", "x"), "x"),
    "trend": Rule(("x", "t", "1/t"), "1/t"),
    "forecast": Rule(("x", "t", "t", "1/t"), "x"),
    "sample if true": Rule(("1", "x", "x"), "x"),
    "if then else": Rule(("1", "x", "x"), "x"),
    "step": Rule(("x", "t"), "x"),
    "ramp": Rule(("x/t", "t"), "x"),
    "pulse": Rule(("t",), "1"),
    "pulse train": Rule(("t",), "1"),
    "xramp": Rule(("x/t", "t"), "x"),
    "xpulse": Rule(("t", "x"), "x/t"),
    "xpulse train": Rule(("t", "t", "x"), "x/t"),
    "random uniform": Rule(("x", "x", "?"), "x"),
    "random normal": Rule(("x", "x", "x", "x", "?"), "x"),
    "random 0 1": Rule(("?",), "1"),
    "elmcount": Rule(("?",), "1"),
    "allocate available": Rule(("x", "?", "x"), "x"),
    "allocate by priority": Rule(("x", "y", "1", "y", "x"), "x"),
    "vector select": Rule(("1", "x", "x", "1"), "?"),
    "vector sort order": Rule(("x", "1"), "1"),
    "vector rank": Rule(("x", "1"), "1"),
    "vector reorder": Rule(("x", "1"), "x"),
    "invert matrix": Rule(("x", "?"), "1/x"),
    "with lookup": Rule(("?",), "?"),
}


def _rules() -> dict[str, Rule]:
    pure = Rule(("1",), "1")
    same = Rule(("x",), "x")
    found = dict.fromkeys(
        ("exp", "ln", "log", "sin", "cos", "tan", "arcsin", "arccos", "arctan"), pure
    )
    found |= dict.fromkeys(("sinh", "cosh", "tanh", "gamma ln", "prod"), pure)
    found |= dict.fromkeys(
        ("abs", "min", "max", "sum", "vmin", "vmax", "vmin xmile", "vmax xmile"), same
    )
    found |= dict.fromkeys(("integer", "quantum", "modulo"), same)
    found |= dict.fromkeys(("initial", "active initial", "game"), same)
    memory = Rule(("x", "t", "x", "1"), "x")
    for name in ("smooth", "smooth3", "smoothi", "smooth3i", "smooth n"):
        found[name] = memory
    for name in ("delay1", "delay1i", "delay3", "delay3i", "delay n", "delay fixed"):
        found[name] = memory
    return found | _OTHERS


RULES: Mapping[str, Rule] = _rules()
"""By canonical name; what divides or raises is in the analysis itself."""
