"""Numbers as a report prints them: each once, in the scales of both languages.

A number is rounded once, in the model's unit; both languages then move its decimal
point, so that they print the same digits.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from cqsim.tomlschema import Frozen

NO_BREAK = "\u00a0"
MINUS = "\u2212"
NONE = "—"
NEGLIGIBLE = 1e-6
"""Below this a margin is a rounding error of the arithmetic."""

OPEN, CLOSE = "\u27e6", "\u27e7"


class Scale(Frozen):
    """A unit in both languages: its words, and the power of ten that leads to it.

    Attributes
    ----------
    en_one
        The English word beside a one, where it differs.
    en_alone
        The English word where no number stands before it, where it differs.
    difference
        The unit of the difference of two numbers of this one, where it differs.
    grouped
        Whether English parts thousands by commas.
    """

    zh: str
    en: str
    zh_power: int = 0
    en_power: int = 0
    en_one: str = ""
    en_alone: str = ""
    difference: str = ""
    grouped: bool = True

    def power(self, language: str) -> int:
        """Return the power of ten that leads to the scale of a language."""
        return self.zh_power if language == "zh" else self.en_power


@dataclass(frozen=True, slots=True)
class UnitScales:
    """The scales of units; a unit without one is its own word in both languages."""

    scales: Mapping[str, Scale]

    def scale(self, unit: str) -> Scale:
        """Return the scale of a unit."""
        return self.scales.get(unit) or Scale(zh=unit, en=unit)

    def difference(self, unit: str) -> str:
        """Return the unit of the difference of two numbers of a unit."""
        return self.scale(unit).difference or unit

    def factor(self, unit: str, language: str) -> float:
        """Return what a number is multiplied by to be in the scale of a language."""
        return float(10.0 ** self.scale(unit).power(language))

    def bare(
        self,
        value: float,
        unit: str,
        decimals: int,
        language: str,
        *,
        signed: bool = False,
    ) -> str:
        """Return a number as a language prints it, without its unit."""
        scale = self.scale(unit)
        group = "," if language == "en" and scale.grouped else ""
        power = scale.power(language)
        return digits(value, decimals, power, signed=signed, group=group)

    def text(
        self,
        value: float,
        unit: str,
        decimals: int,
        language: str,
        *,
        signed: bool = False,
    ) -> str:
        """Return a number as a language prints it, with its unit."""
        scale = self.scale(unit)
        number = self.bare(value, unit, decimals, language, signed=signed)
        if language == "zh":
            # 2.2 and 10^6 m3 would otherwise read as one number.
            glue = NO_BREAK if scale.zh[:1].isdigit() else ""
            return number + glue + scale.zh
        is_one = number.lstrip("+" + MINUS) == "1"
        word = scale.en_one if is_one and scale.en_one else scale.en
        glue = "" if word.startswith("%") or not word else NO_BREAK
        return number + glue + word.replace(" ", NO_BREAK)


def digits(
    value: float, decimals: int, power: int = 0, *, signed: bool = False, group: str
) -> str:
    """Return a number rounded to decimals and then moved by a power of ten.

    What rounds to zero has no sign; `group` stands between thousands.
    """
    if not Decimal(value).is_finite():
        return NONE
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)
    places = max(0, decimals - power)
    text = f"{abs(rounded.scaleb(power)):,.{places}f}".replace(",", group)
    if rounded == 0:
        return text
    sign = MINUS if rounded < 0 else "+" if signed else ""
    return sign + text


def significant(value: float, figures: int = 3) -> int:
    """Return how many decimals show a number with so many significant figures."""
    if value == 0:
        return 0
    return max(0, figures - 1 - math.floor(math.log10(abs(value))))


def decimals_to_show(value: float, decimals: int) -> int:
    """Return how many decimals keep a margin from being printed as nothing.

    A miss by less than the last place would otherwise read as 0.0 and missed.
    """
    while NEGLIGIBLE < abs(value) <= 0.5 * 10.0**-decimals:
        decimals += 1
    return decimals


class Marker(str):
    """The place of a registered number in a text; `value` is the number."""

    __slots__ = ("value",)
    value: float

    def __new__(cls, text: str, value: float) -> "Marker":
        """Return a marker with its number."""
        made = super().__new__(cls, text)
        made.value = value
        return made


@dataclass(slots=True)
class PrintedNumbers:
    """The numbers of a report by key; texts hold markers in their place."""

    units: UnitScales
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)

    def register(
        self,
        key: str,
        value: float,
        unit: str,
        decimals: int,
        *,
        signed: bool = False,
    ) -> Marker:
        """Register a number under its key and return the marker that prints it.

        Raises
        ------
        ValueError
            Another number has the key: a fault of ours, never of the user.
        """
        shown = (value, unit, decimals)
        entry: dict[str, Any] = {
            "value": float(value),
            "unit": unit,
            "decimals": decimals,
        }
        for language in ("zh", "en"):
            entry[language] = self.units.text(*shown, language, signed=signed)
            bare_text = self.units.bare(*shown, language, signed=signed)
            entry[f"{language}_bare"] = bare_text
        known = self.entries.setdefault(key, entry)
        if known != entry:
            what = f"two numbers have the key {key}: {known} and {entry}"
            raise ValueError(what)
        return Marker(f"{OPEN}{key}{CLOSE}", value)

    def count(self, key: str, value: int, unit: str = "items") -> Marker:
        """Register a count, and return its marker."""
        return self.register(key, value, unit, 0)


def bare(marker: str) -> str:
    """Return a marker that prints the number without its unit."""
    return marker.replace(CLOSE, f"|bare{CLOSE}")


def filled(text: str, numbers: Mapping[str, Mapping[str, Any]], language: str) -> str:
    """Return a text with its markers replaced by the numbers, as the PDF prints it."""
    first, *others = text.split(OPEN)
    parts = [first]
    for part in others:
        marker, _, rest = part.partition(CLOSE)
        key, _, form = marker.partition("|")
        entry = numbers[key]
        parts += [str(entry[f"{language}_bare" if form else language]), rest]
    return "".join(parts)
