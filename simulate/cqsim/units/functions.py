"""What units the functions of a model take and give, as `language.builtins` states.

A rule writes each unit as `x` times or over `t`, the unit of time: `INTEG` takes a rate
in `x/t` and a start in `x` and gives `x`. Arguments in `y` share a unit of their own;
`1` is a pure number, `?` any unit.
"""

from dataclasses import dataclass

from cqsim.language.builtins import Builtin


@dataclass(frozen=True, slots=True)
class Rule:
    """Units of the arguments, the last for all that follow, and of the result."""

    arguments: tuple[str, ...]
    result: str

    def argument(self, number: int) -> str:
        """Return the unit of an argument, counted from 0."""
        return self.arguments[min(number, len(self.arguments) - 1)]


def rule_of(row: Builtin) -> Rule:
    """Return the rule of units of a function."""
    arguments, _, result = row.units.partition(">")
    return Rule(tuple(arguments.split(",")), result)
