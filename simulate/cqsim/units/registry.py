"""Units: powers of named units, which names there are, and which are alike."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

from cqsim.errors import InputFileError, StatedError, did_you_mean
from cqsim.language.expression import folded, parse_text
from cqsim.language.syntax import Binary, Expression, Number, Reference, bottom_up
from cqsim.resources import data_folder

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


FILE = "units.txt"
_TOLERANCE = 1e-9


class UnitNameError(StatedError):
    """A unit that the registry does not have, or a text that is no unit."""

    def __init__(self, text: str, remedy: str) -> None:
        super().__init__(f"'{text}' is not a unit of the registry", remedy)


class Units:
    """Units by name, defined in a file in the notation of pint.

    Parameters
    ----------
    path
        The definitions.
    is_open
        Whether a name that the file lacks is a kind of quantity of its own, as in the
        models of other people, and not a mistake.
    alike
        Groups of names that the model's file declares to be one unit.
    """

    def __init__(
        self, path: Path, *, is_open: bool, alike: Sequence[Sequence[str]] = ()
    ) -> None:
        self.path = path
        self.is_open = is_open
        self._pint = _registry(path)
        self._listed = {str(name) for name in self._pint}
        self._base: dict[Unit, tuple[float, Mapping[str, Fraction]]] = {}
        self._units: dict[str, Unit] = {}
        self._alike: dict[str, str] = {}
        for group in alike if is_open else ():
            self._equate(group)

    def read(self, text: str) -> Unit:
        """Return the unit that a text names.

        Raises
        ------
        UnitNameError
            A name is not in the registry, or the text is no unit.
        """
        unit = read_unit(text, self._named)
        if unit is None:
            raise UnitNameError(text, "Write it as CNY/(person*year).")
        return unit

    def _named(self, name: str) -> Unit:
        if name not in self._units:
            known = self._known(name)
            powers = () if known == "dmnl" else ((known, Fraction(1)),)
            self._units[name] = Unit(1.0, powers)
        return self._units[name]

    def same(self, one: Unit, other: Unit) -> bool:
        """Whether two units are of one kind and one size."""
        ratio, kinds = self.base(one / other)
        return not kinds and math.isclose(ratio, 1.0, rel_tol=_TOLERANCE)

    def base(self, unit: Unit) -> tuple[float, Mapping[str, Fraction]]:
        """Return a unit as a number times powers of the registry's first units."""
        if unit not in self._base:
            container = self._pint.UnitsContainer(
                {name: float(power) for name, power in unit.powers}
            )
            factor, root = self._pint.get_root_units(container)
            powers = root._units if hasattr(root, "_units") else root
            kinds = {
                str(name): Fraction(power).limit_denominator(1000)
                for name, power in powers.items()
                if abs(power) > _TOLERANCE
            }
            self._base[unit] = (unit.factor * float(factor), kinds)
        return self._base[unit]

    def _equate(self, group: Sequence[str]) -> None:
        """Let names stand for one unit: one that is known, else the first."""
        names = [_singular(name.strip()) for name in group]
        names = [name for name in names if _is_name(name)]
        listed = [name for name in names if name in self._listed]
        for name in names:
            self._alike[name] = (*listed, *names)[0]

    def _known(self, name: str) -> str:
        """Return the registry's spelling of a name: singular, in its own case."""
        singular = self._alike.get(_singular(name), _singular(name))
        for spelled in (name, name.casefold(), singular):
            if spelled in self._listed:
                return str(self._pint.get_name(spelled)) or "dmnl"
        if not self.is_open:
            raise UnitNameError(name, did_you_mean(name, sorted(self._listed)))
        if not _is_name(singular):
            raise UnitNameError(name, "Write it in letters, as widget/month.")
        self._pint.define(f"{singular} = [{singular}]")
        self._listed.add(singular)
        return singular


def _singular(name: str) -> str:
    """Return a name without its plural's -s, in lower case."""
    return name.casefold().removesuffix("s") or name.casefold()


def _is_name(text: str) -> bool:
    """Whether a text may name a unit: a word that pint takes for no number."""
    numbers = ("nan", "inf", "infinity")
    return text.isidentifier() and not text.startswith("_") and text not in numbers


def _registry(path: Path) -> Any:
    """Return pint's registry of a file of definitions."""
    import pint

    registry: Any = pint.UnitRegistry(None, cache_folder=None)
    try:
        registry.load_definitions(path)
        registry.get_name("dmnl")
    except OSError as error:
        what = f"the units cannot be read: {error.strerror}"
        raise InputFileError(path, 0, what, "Give a file of units.") from None
    except Exception as error:
        what = f"this is not a file of units ({' '.join(str(error).split())[:160]})"
        remedy = "Write a line a unit, as: km = 1000 * m"
        raise InputFileError(path, 0, what, remedy) from error
    return registry


def units_of(folder: Path, alike: Sequence[Sequence[str]] = ()) -> Units:
    """Return the units of a model's folder.

    A folder with a file of its own knows only the units in it; any other uses the
    shipped ones, and a name that they lack opens a kind of its own, alike or not.
    """
    own = folder / FILE
    if own.is_file():
        return Units(own, is_open=False)
    return Units(data_folder("model") / FILE, is_open=True, alike=alike)
