"""A unit as a product of powers of named units, and its text."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from cqsim.errors import InputFileError
from cqsim.language.expression import folded, parse_text
from cqsim.language.syntax import Binary, Expression, Number, Reference, bottom_up

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


class UnitTextError(Exception):
    """A text that is no unit."""


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


def read_unit_text(text: str) -> Unit:
    """Return the unit that a text names, as `CNY/(person*year)` or `10^4 tce`.

    A number and the name after it are one factor, so that `t/10^4 CNY` divides by
    both; words that follow one another are one name, with `_` between them.

    Raises
    ------
    UnitTextError
        The text is no unit.
    """
    plain = text.translate(_SIGNS).replace("**", "^")
    if not _UNIT.fullmatch(plain):
        raise UnitTextError(text)
    written = re.sub(r"\bper\b", "/", _SIZED.sub(r"(\1*\2)", plain))
    try:
        tree = parse_text(written)
        unit = bottom_up(tree, _unit)[id(tree)]
    except (InputFileError, ArithmeticError):
        raise UnitTextError(text) from None
    if unit is None or not 0 < unit.factor < math.inf:
        raise UnitTextError(text)
    return unit


def _unit(node: Expression, inner: Sequence[Unit | None]) -> Unit | None:
    """Return the unit that a part of a text names; None for what is no unit."""
    match node:
        case Number(value=value):
            return Unit(value)
        case Reference(name=name):
            return Unit(1.0, ((name.replace(" ", "_"), Fraction(1)),))
        case Binary(operator="^", right=right):
            exponent = folded(right)
            return None if exponent is None or not inner[0] else inner[0] ** exponent
        case Binary(operator="*" | "/" as operator):
            one, other = inner
            if one is None or other is None:
                return None
            return one * other if operator == "*" else one / other
        case _:
            return None
