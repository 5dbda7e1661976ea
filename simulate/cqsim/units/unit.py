"""A unit as a product of powers of named units, and its text."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?)"
    r"|(?P<per>per\b)"
    r"|(?P<name>[^\W\d]\w*|[$%#])"
    r"|(?P<power>\*\*|\^)\s*(?P<exponent>\([+-]?\d+(?:[./]\d+)?\)|[+-]?\d+)"
    r"|(?P<sign>[*/()]))"
)
_SYMBOLS = {"$": "dollar", "%": "percent", "#": "number"}
_SIGNS = str.maketrans({"²": "^2", "³": "^3", "·": "*", "×": "*"})


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
        return Unit(self.factor * other.factor, _ordered(powers))

    def __truediv__(self, other: "Unit") -> "Unit":
        return self * other**-1

    def __pow__(self, exponent: float) -> "Unit":
        power = Fraction(exponent).limit_denominator(1000)
        powers = {name: old * power for name, old in self.powers}
        return Unit(self.factor ** float(power), _ordered(powers))

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


def _ordered(powers: dict[str, Fraction]) -> tuple[tuple[str, Fraction], ...]:
    return tuple(sorted((n, p) for n, p in powers.items() if p))


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
    words = list(_words(text.translate(_SIGNS)))
    reader = _Reader(text, words)
    try:
        unit = reader.product()
    except ArithmeticError:
        raise UnitTextError(text) from None
    if reader.place < len(words) or not 0 < unit.factor < math.inf:
        raise UnitTextError(text)
    return unit


def _words(text: str) -> Iterator[tuple[str, str]]:
    """Yield kind and text of each word; neighbouring names are joined."""
    place, name = 0, ""
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if match is None:
            raise UnitTextError(text)
        place = match.end()
        kind = str(match.lastgroup)
        if kind == "name":
            word = _SYMBOLS.get(match["name"], match["name"])
            name = f"{name}_{word}" if name else word
            continue
        if name:
            yield "name", name
            name = ""
        if kind == "exponent":
            yield "power", match["exponent"].strip("()")
        elif kind == "per":
            yield "sign", "/"
        else:
            yield kind, match[kind]
    if name:
        yield "name", name


class _Reader:
    """Reads products and quotients from left to right."""

    def __init__(self, text: str, words: list[tuple[str, str]]) -> None:
        self.text = text
        self.words = words
        self.place = 0

    def _next(self) -> tuple[str, str]:
        if self.place >= len(self.words):
            return "end", ""
        return self.words[self.place]

    def product(self) -> Unit:
        unit = self.factor()
        while self._next() in (("sign", "*"), ("sign", "/")):
            sign = self._next()[1]
            self.place += 1
            right = self.factor()
            unit = unit * right if sign == "*" else unit / right
        return unit

    def factor(self) -> Unit:
        kind, word = self._next()
        self.place += 1
        if kind == "number":
            unit = self._raised(Unit(float(word)))
            following = self._next()[0] == "name"
            return unit * self.factor() if following else unit
        if kind == "name":
            return self._raised(Unit(1.0, ((word, Fraction(1)),)))
        if (kind, word) == ("sign", "("):
            unit = self.product()
            if self._next() != ("sign", ")"):
                raise UnitTextError(self.text)
            self.place += 1
            return self._raised(unit)
        raise UnitTextError(self.text)

    def _raised(self, unit: Unit) -> Unit:
        kind, word = self._next()
        if kind != "power":
            return unit
        self.place += 1
        return unit ** float(Fraction(word))
