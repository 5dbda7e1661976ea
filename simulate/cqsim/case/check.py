"""What in a scenario does not fit the model and its levers, every fault with its place.

The checks look at the data as read, so that they also serve a file whose shape is wrong
somewhere else: all faults are said at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cqsim.case.bounds import (
    HUGE,
    Bounds,
    bounds_of,
    is_number,
    table_of,
    time_bounds,
)
from cqsim.case.case import Case
from cqsim.case.check_shocks import shock_faults
from cqsim.case.check_targets import target_faults
from cqsim.case.levers import Lever, Levers
from cqsim.case.places import Mistake, constant_of, places
from cqsim.case.units import unit_fault
from cqsim.errors import PlacedError, did_you_mean
from cqsim.language.syntax import canonical
from cqsim.model.model import Model, Variable
from cqsim.tomlfile import Document, Fault
from cqsim.tomlspans import Key


class OverrideError(PlacedError):
    """An option of the command line that does not fit the model."""


def faults_of(document: Document, case: Case) -> list[Fault]:
    """Return what in a scenario does not fit a model and what stands beside it."""
    checker = _Checker(document, case.model, case.levers)
    return [
        *checker.time(),
        *checker.all_levers(),
        *checker.all_constants(),
        *shock_faults(document, case),
        *target_faults(document, case),
    ]


@dataclass(frozen=True, slots=True)
class _Checker:
    document: Document
    model: Model
    levers: Levers

    def time(self) -> Iterator[Fault]:
        """Yield what is wrong with the years of the run."""
        table = table_of(self.document.data, "time")
        for key, name in (("start", "initial time"), ("end", "final time")):
            value, variable = table.get(key), self.model.variable(name)
            if is_number(value) and variable is not None:
                bounds = time_bounds(variable)
                yield from self.outside(("time", key), f"time.{key}", value, bounds)
        start, end = table.get("start"), table.get("end")
        if isinstance(start, int) and isinstance(end, int) and end <= start:
            what = f"time.end = {end} is not after time.start = {start}"
            yield self.at(("time", "end"), what, "Let the run end after its start.")

    def all_levers(self) -> Iterator[Fault]:
        """Yield what is wrong with the levers."""
        for name, setting in table_of(self.document.data, "levers").items():
            lever = self.levers.get(name)
            if lever is None:
                what = f"there is no lever '{name}'"
                remedy = did_you_mean(name, list(self.levers))
                yield self.document.fault(("levers", name), what, remedy)
            elif isinstance(setting, dict):
                yield from self.lever(lever, setting)

    def lever(self, lever: Lever, setting: dict[str, Any]) -> Iterator[Fault]:
        """Yield what is wrong with one lever's value, start and ramp."""
        where: Key = ("levers", lever.id)
        if not setting:
            what = f"levers.{lever.id} sets nothing"
            yield self.document.fault(where, what, "Give it a value, or remove it.")
        yield from unit_fault(self.document, where, setting, lever.unit)
        variable = self.model.variable(lever.constant)
        if "value" in setting and variable is not None:
            bounds = bounds_of(variable, self.levers)
            place = (*where, "value")
            yield from self.amount(place, setting["value"], variable, bounds, lever)
        starts = (("start", lever.start_constant), ("ramp", lever.ramp_constant))
        for key, constant in starts:
            if key in setting:
                yield from self.timing(lever, key, constant, setting[key])

    def timing(
        self, lever: Lever, key: str, constant: str | None, value: object
    ) -> Iterator[Fault]:
        """Yield what is wrong with the years a lever starts or the years it takes."""
        where: Key = ("levers", lever.id, key)
        if constant is None:
            what = f"the lever {lever.id} has no {key}"
            yield self.document.fault(where, what, f"Remove {key}.")
            return
        variable = self.model.variable(constant)
        if variable is None:
            return
        low = variable.low
        if key == "start":
            low = max(lever.earliest_start, low or lever.earliest_start)
        owner = f"what the lever allows ('{variable.name}')"
        bounds = Bounds(low, variable.high, variable.unit, owner)
        yield from self.amount(where, value, variable, bounds, lever)

    def all_constants(self) -> Iterator[Fault]:
        """Yield what is wrong with the constants."""
        pulled = {
            canonical(lever.constant): lever.id
            for name, lever in self.levers.items()
            if name in table_of(self.document.data, "levers")
        }
        spelled: dict[str, str] = {}
        for name, value in table_of(self.document.data, "constants").items():
            where: Key = ("constants", name)
            try:
                variable = constant_of(self.model, name)
            except Mistake as mistake:
                yield self.document.fault(where, mistake.what, mistake.remedy)
                continue
            first = spelled.setdefault(variable.key, name)
            if first != name:
                what = f"'{name}' is the constant that '{first}' sets already"
                yield self.document.fault(where, what, "Set it in one place.")
            if variable.key in pulled:
                what = f"'{name}' is set here and by levers.{pulled[variable.key]}"
                yield self.document.fault(where, what, "Set it in one place.")
            bounds = bounds_of(variable, self.levers)
            yield from self.amount(where, value, variable, bounds, None)

    def amount(
        self,
        where: Key,
        value: object,
        variable: Variable,
        bounds: Bounds,
        lever: Lever | None,
    ) -> Iterator[Fault]:
        """Yield what is wrong with a number, or with a table by region."""
        title = ".".join(str(part) for part in where)
        if is_number(value):
            yield from self.outside(where, title, value, bounds)
        if not isinstance(value, dict):
            return
        if not value:
            yield self.at(where, f"{title} is an empty table", "Give a number.")
        for key, number in value.items():
            place = (*where, key)
            try:
                chosen = places(self.model, variable, key)
                reachable(self.model, variable, lever, key, chosen)
            except Mistake as mistake:
                yield self.document.fault(place, mistake.what, mistake.remedy)
                continue
            if is_number(number):
                yield from self.outside(place, f"{title}.{key}", number, bounds)

    def outside(
        self, where: Key, title: str, value: Any, bounds: Bounds
    ) -> Iterator[Fault]:
        """Yield a fault for a value outside its bounds."""
        if bounds.broken_by(value):
            number = f"{value:g}" if abs(value) < HUGE else "a huge number"
            what = f"{title} = {number} is outside {bounds.text()}, {bounds.owner}"
            yield self.at(where, what, bounds.remedy())

    def at(self, where: Key, what: str, remedy: str) -> Fault:
        """Return a fault at the value of a key."""
        return self.document.fault(where, what, remedy, value=True)


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
