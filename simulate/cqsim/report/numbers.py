"""Numbers as a report prints them: each once, in Chinese and English scales.

A number is rounded once, in the model's unit; both languages then move its decimal
point, so that they print the same digits.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

NO_BREAK = "\u00a0"
MINUS = "\u2212"
NONE = "—"
NOTHING = 1e-6
"""Below this a margin is a rounding error of the arithmetic."""

OPEN, CLOSE = "\u27e6", "\u27e7"


@dataclass(frozen=True, slots=True)
class Scale:
    """A unit in both languages: its words, and the power of ten that leads to it."""

    zh: str
    zh_power: int
    en: str
    en_power: int


SCALES: Mapping[str, Scale] = {
    "10^4 persons": Scale("万人", 0, "million people", -2),
    "10^4 persons/year": Scale("万人/年", 0, "thousand people a year", 1),
    "10^8 CNY/year": Scale("亿元", 0, "billion CNY", -1),
    "10^8 CNY": Scale("亿元", 0, "billion CNY", -1),
    "10^4 CNY/(person*year)": Scale("万元", 0, "thousand CNY", 1),
    "CNY/(person*year)": Scale("万元", -4, "CNY", 0),
    "CNY/tCO2": Scale("元/吨", 0, "CNY per t CO2", 0),
    "10^4 tce/year": Scale("万吨标准煤", 0, "million tce", -2),
    "10^4 tce": Scale("万吨标准煤", 0, "million tce", -2),
    "10^8 kWh/year": Scale("亿千瓦时", 0, "billion kWh", -1),
    "10^6 t CO2/year": Scale("万吨", 2, "million t", 0),
    "10^6 t CO2": Scale("万吨", 2, "million t", 0),
    "10^4 kW": Scale("万千瓦", 0, "million kW", -2),
    "10^4 t": Scale("万吨", 0, "million t", -2),
    "10^8 m3": Scale("亿立方米", 0, "billion m³", -1),
    "tce/10^4 CNY": Scale("吨标准煤/万元", 0, "tce per 10,000 CNY", 0),
    "t CO2/10^4 CNY": Scale("吨/万元", 0, "t per 10,000 CNY", 0),
    "t CO2/(person*year)": Scale("吨/人", 0, "t per person", 0),
    "ug/m3": Scale("微克/立方米", 0, "µg/m³", 0),
    "days/year": Scale("天", 0, "days", 0),
    "minute": Scale("分钟", 0, "minutes", 0),
    "m2/person": Scale("平方米/人", 0, "m² per person", 0),
    "%": Scale("%", 0, "%", 0),
    "per_mille": Scale("‰", 0, "‰", 0),
    "%/year": Scale("%/年", 0, "% a year", 0),
    "points": Scale("个百分点", 0, "points", 0),
    "points/year": Scale("个百分点/年", 0, "points a year", 0),
    "1/year": Scale("/年", 0, "a year", 0),
    "km/hour": Scale("千米/小时", 0, "km/h", 0),
    "child/person": Scale("个孩子/人", 0, "children per person", 0),
    "day/(year*year)": Scale("天/年", 0, "days a year", 0),
    "day/(year*ug/m3)": Scale("天/(微克/立方米)", 0, "days per µg/m³", 0),
    "GWh100/(kW10k*year)": Scale("小时/年", 4, "hours a year", 4),
    "year": Scale("年", 0, "", 0),
    "years": Scale("年", 0, "years", 0),
    "items": Scale("项", 0, "", 0),
    "regions": Scale("个区市", 0, "units", 0),
    "runs": Scale("次", 0, "runs", 0),
    "checks": Scale("项", 0, "checks", 0),
    "rows": Scale("条", 0, "rows", 0),
    "1": Scale("", 0, "", 0),
}
"""By the unit of an indicator; a unit that is not here is printed as it stands."""

COUNTED = ("days", "years", "minutes", "runs", "checks", "rows", "units", "points")
"""English words that lose their s beside a one."""

DIFFERENCES = {"%": "points", "%/year": "points", "year": "years"}
"""What the difference of two numbers of a unit is in."""


def scale_of(unit: str) -> Scale:
    """Return a unit's scale; an unknown unit is its own word in both languages."""
    return SCALES.get(unit) or Scale(unit, 0, unit, 0)


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


def chinese(value: float, unit: str, decimals: int, *, signed: bool = False) -> str:
    """Return a number with its unit as Chinese reports write it."""
    scale = scale_of(unit)
    return digits(value, decimals, scale.zh_power, signed=signed, group="") + scale.zh


def english(value: float, unit: str, decimals: int, *, signed: bool = False) -> str:
    """Return a number with its unit in English."""
    scale = scale_of(unit)
    group = "" if unit == "year" else ","
    text = digits(value, decimals, scale.en_power, signed=signed, group=group)
    words = scale.en
    if words in COUNTED and text.lstrip("+" + MINUS) == "1":
        words = words.removesuffix("s")
    glue = "" if words.startswith("%") or not words else NO_BREAK
    return text + glue + words.replace(" ", NO_BREAK)


def significant(value: float, figures: int = 3) -> int:
    """Return how many decimals show a number with so many significant figures."""
    if value == 0:
        return 0
    return max(0, figures - 1 - math.floor(math.log10(abs(value))))


def telling(value: float, decimals: int) -> int:
    """Return how many decimals keep a margin from being printed as nothing.

    A miss by less than the last place would otherwise read as 0.0 and missed.
    """
    while NOTHING < abs(value) <= 0.5 * 10.0**-decimals:
        decimals += 1
    return decimals


@dataclass(slots=True)
class Numbers:
    """The numbers of a report by key; texts hold markers in their place."""

    entries: dict[str, dict[str, Any]] = field(default_factory=dict)

    def put(
        self,
        key: str,
        value: float,
        unit: str,
        decimals: int,
        *,
        signed: bool = False,
    ) -> str:
        """Keep a number under its key and return the marker that prints it.

        Raises
        ------
        ValueError
            Another number has the key: a fault of ours, never of the user.
        """
        scale = scale_of(unit)
        entry = {
            "value": float(value),
            "unit": unit,
            "decimals": decimals,
            "zh": chinese(value, unit, decimals, signed=signed),
            "en": english(value, unit, decimals, signed=signed),
            "zh_bare": digits(value, decimals, scale.zh_power, signed=signed, group=""),
            "en_bare": digits(
                value,
                decimals,
                scale.en_power,
                signed=signed,
                group="" if unit == "year" else ",",
            ),
        }
        known = self.entries.setdefault(key, entry)
        if known != entry:
            what = f"two numbers have the key {key}: {known} and {entry}"
            raise ValueError(what)
        return f"{OPEN}{key}{CLOSE}"

    def count(self, key: str, value: int, unit: str = "items") -> str:
        """Keep a count, and return its marker."""
        return self.put(key, value, unit, 0)


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
