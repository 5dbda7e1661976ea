"""Numbers and lines as figures print them, in the scale of a language."""

from cqsim.report.figures.lines import Line
from cqsim.report.numbers import chinese, digits, english, scale_of
from cqsim.report.teller import Teller
from cqsim.report.words import Both


def with_unit(value: float, unit: str, decimals: int, *, signed: bool = False) -> Both:
    """Return a number with its unit in both languages."""
    return Both(
        chinese(value, unit, decimals, signed=signed),
        english(value, unit, decimals, signed=signed),
    )


def without_unit(
    value: float, unit: str, decimals: int, *, signed: bool = False
) -> Both:
    """Return a number without its unit, in the scale of each language."""
    scale = scale_of(unit)
    return Both(
        digits(value, decimals, scale.zh_power, signed=signed, group=""),
        digits(value, decimals, scale.en_power, signed=signed, group=","),
    )


def factor(teller: Teller, indicator: str, language: str) -> float:
    """Return what an indicator is multiplied by to be in the scale of a language."""
    scale = scale_of(teller.indicator(indicator).unit)
    return float(10.0 ** (scale.zh_power if language == "zh" else scale.en_power))


def line_of(
    teller: Teller, label: Both, indicator: str, scope: str, language: str, run: int = 0
) -> Line:
    """Return an indicator by year as a line."""
    times = factor(teller, indicator, language)
    path = teller.path(indicator, scope, run)
    return Line(label, {year: value * times for year, value in path.items()})


def observed_of(
    teller: Teller, indicator: str, scope: str, language: str
) -> dict[int, float]:
    """Return what was observed of an indicator by year."""
    times = factor(teller, indicator, language)
    known = teller.facts.history.observed
    return {
        year: value * times
        for (name, place, year), value in sorted(known.items())
        if name == indicator and place == scope
    }
