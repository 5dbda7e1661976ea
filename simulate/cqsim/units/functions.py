"""What units the functions of a model take and give.

A rule writes each unit as `x` times or over `t`, the unit of time: `INTEG` takes a rate
in `x/t` and a start in `x` and gives `x`. `1` is a pure number, `?` any unit.
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


def _rules() -> dict[str, Rule]:
    pure = Rule(("1",), "1")
    same = Rule(("x",), "x")
    found = dict.fromkeys(
        ("exp", "ln", "log", "sin", "cos", "tan", "arcsin", "arccos", "arctan"), pure
    )
    found |= dict.fromkeys(("sinh", "cosh", "tanh", "gamma ln", "prod"), pure)
    found |= dict.fromkeys(("abs", "min", "max", "sum", "vmin", "vmax"), same)
    found |= dict.fromkeys(("integer", "quantum", "modulo"), same)
    found |= dict.fromkeys(("initial", "active initial", "game"), same)
    memory = Rule(("x", "t", "x", "1"), "x")
    for name in ("smooth", "smooth3", "smoothi", "smooth3i", "smooth n"):
        found[name] = memory
    for name in ("delay1", "delay1i", "delay3", "delay3i", "delay n", "delay fixed"):
        found[name] = memory
    found |= {
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
        "random uniform": Rule(("x", "x", "?"), "x"),
        "random normal": Rule(("x", "x", "x", "x", "?"), "x"),
        "random 0 1": Rule(("?",), "1"),
        "elmcount": Rule(("?",), "1"),
        "with lookup": Rule(("?",), "?"),
    }
    return found


RULES: Mapping[str, Rule] = _rules()
"""By canonical name; what divides or raises is in the analysis itself."""
