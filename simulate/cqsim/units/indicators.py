"""Check the units of indicators and targets against the model's variables."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from cqsim.model.model import Model
from cqsim.registry.indicators import (
    Change,
    Difference,
    Gap,
    Growth,
    Indicator,
    Level,
    Mean,
    PeakYear,
    Ratio,
    Share,
    Sum,
    Term,
    read_indicators,
)
from cqsim.registry.toml_file import TomlFile, read_toml
from cqsim.units.equations import UnitFinding
from cqsim.units.registry import UnitNameError, Units
from cqsim.units.unit import PURE, Unit

_FIXED = {Share: "%", Gap: "%", Change: "%", Growth: "%/year", PeakYear: "year"}


def indicator_findings(
    model: Model, units: Units, folder: Path
) -> Iterator[UnitFinding | None]:
    """Yield a comparison for each indicator, and for each target with its indicator."""
    path = folder / "indicators.toml"
    file = read_toml(path)
    declared: dict[str, Unit] = {}
    for indicator in read_indicators(path).values():
        place = f"{path}:{file.line((indicator.id, 'unit'))}"
        try:
            declared[indicator.id] = units.read(indicator.unit)
        except UnitNameError as error:
            texts = (indicator.unit, "", error.what, error.remedy)
            yield UnitFinding(place, indicator.id, "", "", *texts)
            continue
        wanted = _Wanted(model, units, declared.get).unit(indicator)
        if wanted is not None:
            unit = declared[indicator.id]
            yield _difference(units, place, indicator.id, unit, wanted, "its value")
    if (folder / "targets.toml").is_file():
        yield from _targets(units, read_toml(folder / "targets.toml"), declared)


class _Wanted:
    """What unit the value of an indicator has by its definition."""

    def __init__(
        self, model: Model, units: Units, earlier: Callable[[str], Unit | None]
    ) -> None:
        self.model = model
        self.units = units
        self.earlier = earlier

    def unit(self, indicator: Indicator) -> Unit | None:
        """Return it, None where a variable of the indicator is not there."""
        if isinstance(indicator, Share | Gap | Change | Growth | PeakYear):
            return self.units.read(_FIXED[type(indicator)])
        if isinstance(indicator, Difference):
            return self.earlier(indicator.of)
        value = self._value(indicator)
        return None if value is None else value / Unit(indicator.scale)

    def _value(self, indicator: Sum | Level | Ratio | Mean) -> Unit | None:
        if isinstance(indicator, Mean):
            return self._variable(indicator.variable)
        if isinstance(indicator, Ratio):
            over = self._terms(indicator.numerator)
            under = self._terms(indicator.denominator)
            return None if over is None or under is None else over / under
        return self._terms(indicator.terms)

    def _terms(self, terms: Sequence[Term]) -> Unit | None:
        found = [self._variable(term.variable) for term in terms]
        known = [unit for unit in found if unit is not None]
        if len(known) < len(found):
            return None
        if not all(self.units.same(unit, known[0]) for unit in known):
            return PURE
        return known[0]

    def _variable(self, name: str) -> Unit | None:
        variable = self.model.variable(name)
        try:
            return None if variable is None else self.units.read(variable.unit)
        except UnitNameError:
            return None


def _difference(
    units: Units, place: str, name: str, unit: Unit, wanted: Unit, whose: str
) -> UnitFinding | None:
    if units.same(unit, wanted):
        return None
    what = f"its unit is {unit}, and {whose} is in {wanted}"
    remedy = "Correct the unit or the scale."
    return UnitFinding(place, name, "", "", str(unit), str(wanted), what, remedy)


def _targets(
    units: Units, file: TomlFile, declared: dict[str, Unit]
) -> Iterator[UnitFinding | None]:
    for key, entry in file.tables.items():
        wanted = declared.get(entry.get("indicator", ""))
        if wanted is None or "unit" not in entry:
            continue
        place = f"{file.path}:{file.line((key, 'unit'))}"
        try:
            unit = units.read(entry["unit"])
        except UnitNameError as error:
            texts = (entry["unit"], "", error.what, error.remedy)
            yield UnitFinding(place, key, "", "", *texts)
            continue
        whose = f"its indicator '{entry['indicator']}'"
        yield _difference(units, place, key, unit, wanted, whose)
