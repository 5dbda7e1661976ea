"""A unit as a product of powers of named units, and its text."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from cqsim.errors import InputFileError
from cqsim.language.expression import folded, parse_text
from cqsim.language.syntax import Binary, Expression, Number, Reference
from cqsim.language.traversal import bottom_up

_SIGNS = str.maketrans(
    {"²": "^2", "³": "^3", "·": "*", "×": "*", "$": " dollar ", "%": " percent "}
    | {"#": " number "}
)
_NAME = r"(?!per\b)[^\W\d]\w*"
_NAMES = rf"{_NAME}(?:\s+{_NAME})*"
_POWER = r"(?:\s*\^\s*(?:\([+-]?\d+(?:[./]\d+)?\)|[+-]?\d+))?"
_NUMBER = r"(?<!\w)\d+\.?\d*(?:[eE][+-]?\d+)?"
_SIZED = re.compile(rf"({_NUMBER}{_POWER})\s*({_NAMES}{_POWER})")
_UNIT = re.compile(rf"(?:{_NAMES}|{_NUMBER}|[\s*/()^.+-]|per\b)*")


@dataclass(frozen=True, slots=True)
class Unit:
    """A number times powers of named units, sorted by name, no power zero."""

    factor: float = 1.0
    powers: tuple[tuple[str, Fraction], ...] = ()

    def __mul__(self, other: "Unit") -> "Unit":
        powers = dict(self.powers)
        for name, power in other.powers:
            powers[name] = powers.get(name, Fraction(0)) + power
        kept = tuple(sorted((name, power) for name, power in powers.items() if power))
        return Unit(self.factor * other.factor, kept)

    def __truediv__(self, other: "Unit") -> "Unit":
        return self * other**-1

    def __pow__(self, exponent: float) -> "Unit":
        power = Fraction(exponent).limit_denominator(1000)
        powers = tuple((name, old * power) for name, old in self.powers if power)
        return Unit(self.factor ** float(power), powers)

    def __str__(self) -> str:
        over = [_factor(n, p) for n, p in self.powers if p > 0]
        under = [_factor(n, -p) for n, p in self.powers if p < 0]
        if self.factor != 1:
            over.insert(0, f"{self.factor:g}")
        text = "*".join(over) or "1"
        if not under:
            return text
        joined = "*".join(under)
        return f"{text}/({joined})" if len(under) > 1 else f"{text}/{joined}"


PURE = Unit()
"""The unit of a pure number."""


def _factor(name: str, power: Fraction) -> str:
    if power == 1:
        return name
    return f"{name}^{power}" if power.denominator == 1 else f"{name}^({power})"


def read_unit(text: str, named: Callable[[str], Unit]) -> Unit | None:
    """Return the unit that a text names, as `CNY/(person*year)`; None for no unit.

    A number and the name after it are one factor, so that `t/10^4 CNY` divides by
    both; words that follow one another are one name, with `_` between them.

    Parameters
    ----------
    named
        The unit of a name.
    """
    plain = text.translate(_SIGNS).replace("**", "^")
    if not _UNIT.fullmatch(plain):
        return None
    written = re.sub(r"\bper\b", "/", _SIZED.sub(r"(\1*\2)", plain))

    try:
        tree = parse_text(written)
        found = bottom_up(tree, partial(_unit, named))[id(tree)]
    except (InputFileError, ArithmeticError):
        return None
    return found if found and 0 < found.factor < math.inf else None


def _unit(
    named: Callable[[str], Unit], node: Expression, inner: Sequence[Unit | None]
) -> Unit | None:
    """Return the unit of a part of a text; None for what is no unit."""
    match node, inner:
        case Number(value=value), _:
            return Unit(value)
        case Reference(name=name), _:
            return named(name.replace(" ", "_"))
        case Binary(operator="^", right=right), (Unit() as base, _):
            exponent = folded(right)
            return None if exponent is None else base**exponent
        case Binary(operator="*"), (Unit() as one, Unit() as other):
            return one * other
        case Binary(operator="/"), (Unit() as one, Unit() as other):
            return one / other
        case _:
            return None
