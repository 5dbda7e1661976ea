"""Check a scenario against its case; every fault has file, line and key.

The checks look at the data as read, so that they also serve a file whose shape is wrong
somewhere else: all faults are said at once.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from cqsim.case.case import Case
from cqsim.case.levers import Lever, Shock, bounds_of, bounds_of_shock, lever_bounds
from cqsim.case.schema import ScenarioFile
from cqsim.case.settings import (
    HUGE,
    Amount,
    Bounds,
    Mistake,
    constant_of,
    is_number,
    places,
    table_of,
    time_bounds,
)
from cqsim.errors import PlacedError, did_you_mean
from cqsim.language.syntax import canonical
from cqsim.model.model import Model, Variable
from cqsim.tomlfile import Document, Fault
from cqsim.tomlspans import Key

YEAR = re.compile("(19|20|21)[0-9][0-9]")
"""The keys of a series; the schema of scenarios has the same pattern."""


class OverrideError(PlacedError):
    """An option of the command line that does not fit the model."""


def faults_of(document: Document, case: Case) -> list[Fault]:
    """Return what in one document of a scenario does not fit its case."""
    checker = _ScenarioChecker(document, case, case.model)
    return [
        *checker.time(),
        *checker.levers(),
        *checker.constants(),
        *checker.shocks(),
        *checker.targets(),
    ]


def merged_faults(document: Document) -> list[Fault]:
    """Return what does not fit together of a scenario and of what it extends.

    Parameters
    ----------
    document
        The scenario's own file, with the data of the whole chain.
    """
    faults = list(_time_faults(document))
    for name, setting in table_of(document.data, "targets").items():
        if "at_least" in setting and "at_most" in setting:
            what = (
                f"targets.{name} has at_least and at_most, one of them from what the "
                "scenario extends"
            )
            remedy = "Give the same end as there, or the target another name."
            faults.append(document.fault(("targets", name), what, remedy))
    return faults


def ambiguities(case: Case, scenario: ScenarioFile) -> Iterator[str]:
    """Yield a sentence for each two keys of an amount that name the same place."""
    for name, setting in scenario.levers.items():
        for key, constant in case.levers[name].constants.items():
            title = f"levers.{name}.{key}"
            yield from _ambiguous(case.model, title, constant, getattr(setting, key))
    for name, amount in scenario.constants.items():
        yield from _ambiguous(case.model, f"constants.{name}", name, amount)


def _ambiguous(
    model: Model, title: str, constant: str, amount: Amount | None
) -> Iterator[str]:
    if not isinstance(amount, Mapping):
        return
    variable = constant_of(model, constant)
    named = {key: set(places(model, variable, key)) for key in amount}
    for one, other in combinations(named, 2):
        if named[one] & named[other] and amount[one] != amount[other]:
            narrow, wide = sorted((one, other), key=lambda key: len(named[key]))
            yield (
                f"{title}: '{narrow}' lies in '{wide}' and both are set; "
                f"in {narrow} its own {amount[narrow]:g} holds"
            )


def _time_faults(document: Document) -> Iterator[Fault]:
    """Yield an end of the run that is not after its start."""
    table = table_of(document.data, "time")
    start, end = table.get("start"), table.get("end")
    if isinstance(start, int) and isinstance(end, int) and end <= start:
        what = f"time.end = {end} is not after time.start = {start}"
        remedy = "Let the run end after its start."
        yield document.fault(("time", "end"), what, remedy, value=True)


@dataclass(frozen=True, slots=True)
class _ScenarioChecker:
    document: Document
    case: Case
    model: Model

    def time(self) -> Iterator[Fault]:
        """Yield what is wrong with the years of the run."""
        table = table_of(self.document.data, "time")
        for key, name in (("start", "initial time"), ("end", "final time")):
            variable = self.model.variable(name)
            if variable is not None:
                bounds = time_bounds(variable)
                yield from self.outside(("time", key), table.get(key), bounds)
        yield from _time_faults(self.document)

    def levers(self) -> Iterator[Fault]:
        """Yield what is wrong with the levers."""
        levers = self.case.levers
        for name, setting in table_of(self.document.data, "levers").items():
            lever = levers.get(name)
            if lever is None:
                what = f"there is no lever '{name}'"
                remedy = did_you_mean(name, list(levers))
                yield self.document.fault(("levers", name), what, remedy)
            elif isinstance(setting, dict):
                yield from self.lever(lever, setting)

    def lever(self, lever: Lever, setting: dict[str, Any]) -> Iterator[Fault]:
        """Yield what is wrong with one lever's value, start and ramp."""
        where: Key = ("levers", lever.id)
        if not setting:
            what = f"levers.{lever.id} sets nothing"
            yield self.document.fault(where, what, "Give it a value, or remove it.")
        yield from self.unit(where, setting, lever.unit)
        for key in ("value", "start", "ramp"):
            constant = lever.constants.get(key)
            if key not in setting:
                continue
            if constant is None:
                what = f"the lever {lever.id} has no {key}"
                yield self.document.fault((*where, key), what, f"Remove {key}.")
                continue
            variable = self.model.variable(constant)
            if variable is not None:
                bounds = lever_bounds(lever, key, variable, self.case.levers)
                place = (*where, key)
                yield from self.amount(place, setting[key], variable, bounds, lever)

    def constants(self) -> Iterator[Fault]:
        """Yield what is wrong with the constants."""
        set_by = self.set_elsewhere()
        spelled: dict[str, str] = {}
        for name, value in table_of(self.document.data, "constants").items():
            where: Key = ("constants", name)
            if canonical(name) in set_by:
                what = f"'{name}' is set here and by {set_by[canonical(name)]}"
                yield self.document.fault(where, what, "Set it in one place.")
            try:
                variable = constant_of(self.model, name)
            except Mistake as mistake:
                yield self.document.fault(where, mistake.what, mistake.remedy)
                continue
            first = spelled.setdefault(variable.key, name)
            if first != name:
                what = f"'{name}' is the constant that '{first}' sets already"
                yield self.document.fault(where, what, "Set it in one place.")
            bounds = bounds_of(variable, self.case.levers)
            yield from self.amount(where, value, variable, bounds, None)

    def set_elsewhere(self) -> dict[str, str]:
        """Return what sets the constants that levers and pulses of the file set."""
        data = self.document.data
        levers = table_of(data, "levers")
        found = {
            canonical(lever.constant): f"levers.{name}"
            for name, lever in self.case.levers.items()
            if name in levers
        }
        for name, setting in table_of(data, "shocks").items():
            shock = self.case.shocks.get(name)
            if shock and isinstance(setting, dict) and table_of(setting, "pulse"):
                for constant in shock.pulse_constants or ():
                    found[canonical(constant)] = f"shocks.{name}.pulse"
        return found

    def shocks(self) -> Iterator[Fault]:
        """Yield what is wrong with the shocks."""
        settings = table_of(self.document.data, "shocks")
        for name, setting in settings.items():
            shock = self.case.shocks.get(name)
            if shock is None:
                what = f"there is no shock '{name}'"
                remedy = did_you_mean(name, list(self.case.shocks))
                yield self.document.fault(("shocks", name), what, remedy)
            elif isinstance(setting, dict):
                yield from self.shock(shock, setting)

    def shock(self, shock: Shock, setting: dict[str, Any]) -> Iterator[Fault]:
        """Yield what is wrong with one shock's pulse and series."""
        where: Key = ("shocks", shock.id)
        if "pulse" not in setting and "series" not in setting:
            what = f"shocks.{shock.id} disturbs nothing"
            remedy = "Give it a pulse or a series, or remove it."
            yield self.document.fault(where, what, remedy)
        yield from self.unit(where, setting, shock.unit)
        bounds = bounds_of_shock(shock)
        pulse = table_of(setting, "pulse")
        yield from self.outside((*where, "pulse", "size"), pulse.get("size"), bounds)
        timing = (shock.pulse_constants or ())[1:]
        for key, constant in zip(("start", "duration"), timing, strict=False):
            variable = self.model.variable(constant)
            if variable is not None:
                own = Bounds.of(variable, "its range in the model")
                yield from self.outside((*where, "pulse", key), pulse.get(key), own)
        years = _years(self.model)
        for year, value in table_of(setting, "series").items():
            place = (*where, "series", year)
            yield from self.outside(place, value, bounds)
            if not YEAR.fullmatch(year):
                what = f"shocks.{shock.id}.series: '{year[:40]}' is not a year"
                remedy = f"Write years, as in {self.case.years.base} = 0.1."
                yield self.document.fault(place, what, remedy)
            elif years.broken_by(float(year)):
                what = f"shocks.{shock.id}.series: {year} is outside {years.text()}"
                yield self.document.fault(place, what, f"Name a year of {years.owner}.")

    def targets(self) -> Iterator[Fault]:
        """Yield what is wrong with the analyst's own targets."""
        for name, setting in table_of(self.document.data, "targets").items():
            where: Key = ("targets", name)
            if name in self.case.registered_targets:
                what = f"the register has a target '{name}' already"
                yield self.document.fault(where, what, "Choose another name.")
            if isinstance(setting, dict):
                yield from self.target(where, setting)

    def target(self, where: Key, setting: dict[str, Any]) -> Iterator[Fault]:
        """Yield what is wrong with one target."""
        indicators = self.case.indicators
        for key, known in (("indicator", indicators), ("scope", self.case.scopes)):
            name = setting.get(key)
            if isinstance(name, str) and name and name not in known:
                what = f"there is no {key} '{name}'"
                yield self.at((*where, key), what, did_you_mean(name, list(known)))
        indicator = setting.get("indicator")
        if isinstance(indicator, str) and indicator in indicators:
            yield from self.unit(where, setting, indicators[indicator].unit)
        first, last = self.case.years.base, self.case.years.last
        years = Bounds(first, last, "", "what can be judged")
        yield from self.outside((*where, "year"), setting.get("year"), years)

    def unit(self, where: Key, setting: dict[str, Any], unit: str) -> Iterator[Fault]:
        """Yield a fault where a setting states another unit than it must have."""
        stated = setting.get("unit")
        if isinstance(stated, str) and stated.strip() != unit:
            title = ".".join(str(part) for part in where)
            what = f"{title}.unit is '{stated[:40]}', and the values are in '{unit}'"
            remedy = f"Convert the values to '{unit}', or remove the unit."
            yield self.at((*where, "unit"), what, remedy)

    def amount(
        self,
        where: Key,
        value: object,
        variable: Variable,
        bounds: Bounds,
        lever: Lever | None,
    ) -> Iterator[Fault]:
        """Yield what is wrong with a number, or with a table by region."""
        yield from self.outside(where, value, bounds)
        if not isinstance(value, dict):
            return
        if not value:
            title = ".".join(str(part) for part in where)
            yield self.at(where, f"{title} is an empty table", "Give a number.")
        for key, number in value.items():
            try:
                chosen = places(self.model, variable, key)
                reachable(self.model, variable, lever, key, chosen)
            except Mistake as mistake:
                place = (*where, key)
                yield self.document.fault(place, mistake.what, mistake.remedy)
                continue
            yield from self.outside((*where, key), number, bounds)

    def outside(self, where: Key, value: object, bounds: Bounds) -> Iterator[Fault]:
        """Yield a fault for a number outside its bounds."""
        if is_number(value) and bounds.broken_by(value):
            title = ".".join(str(part) for part in where)
            number = f"{value:g}" if abs(value) < HUGE else "a huge number"
            what = f"{title} = {number} is outside {bounds.text()}, {bounds.owner}"
            yield self.at(where, what, bounds.remedy())

    def at(self, where: Key, what: str, remedy: str) -> Fault:
        """Return a fault at the value of a key."""
        return self.document.fault(where, what, remedy, value=True)


def _years(model: Model) -> Bounds:
    """Return the years that a run of the model can have."""
    first, last = model.variable("initial time"), model.variable("final time")
    low = first.low if first else None
    high = last.high if last else None
    return Bounds(low, high, "", "the model's runs")


def reachable(
    model: Model,
    variable: Variable,
    lever: Lever | None,
    key: str,
    chosen: list[tuple[str, ...]],
) -> None:
    """Raise a Mistake where a key names places that a lever does not reach."""
    if lever is None or not lever.reach:
        return
    within = {p for part in lever.reach for p in places(model, variable, part)}
    if not set(chosen) <= within:
        what = f"the lever {lever.id} does not reach '{key}'"
        raise Mistake(what, f"It reaches: {', '.join(lever.reach)}.")
