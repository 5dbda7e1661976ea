"""What in a scenario's shocks does not fit the model, every fault with its place."""

import re
from collections.abc import Iterator
from typing import Any

from cqsim.case.bounds import HUGE, Bounds, is_number, table_of
from cqsim.case.case import Case
from cqsim.case.levers import Shock
from cqsim.case.shock_points import bounds_of_shock
from cqsim.case.units import unit_fault
from cqsim.errors import did_you_mean
from cqsim.language.syntax import canonical
from cqsim.model.model import Model
from cqsim.tomlfile import Document, Fault
from cqsim.tomlspans import Key

YEAR = re.compile("(19|20|21)[0-9][0-9]")
"""The keys of a series; the schema of scenarios has the same pattern."""


def shock_faults(document: Document, case: Case) -> Iterator[Fault]:
    """Yield what is wrong with the shocks."""
    settings = table_of(document.data, "shocks")
    if not settings:
        return
    shocks = case.shocks
    for name, setting in settings.items():
        if name not in shocks:
            what = f"there is no shock '{name}'"
            remedy = did_you_mean(name, list(shocks))
            yield document.fault(("shocks", name), what, remedy)
        elif isinstance(setting, dict):
            yield from _of_one(document, case.model, shocks[name], setting)


def _of_one(
    document: Document, model: Model, shock: Shock, setting: dict[str, Any]
) -> Iterator[Fault]:
    where: Key = ("shocks", shock.id)
    if "pulse" not in setting and "series" not in setting:
        what = f"shocks.{shock.id} disturbs nothing"
        yield document.fault(where, what, "Give it a pulse or a series, or remove it.")
    yield from unit_fault(document, where, setting, shock.unit)
    bounds = bounds_of_shock(shock)
    pulse = table_of(setting, "pulse")
    yield from _outside(document, (*where, "pulse", "size"), pulse.get("size"), bounds)
    for key, constant in zip(
        ("start", "duration"), (shock.pulse_constants or ())[1:], strict=False
    ):
        place = (*where, "pulse", key)
        yield from _outside(document, place, pulse.get(key), _own(model, constant))
    constants = table_of(document.data, "constants")
    pulsed = [canonical(name) for name in shock.pulse_constants or () if pulse]
    for name in constants:
        if canonical(name) in pulsed:
            what = f"'{name}' is set here and by shocks.{shock.id}.pulse"
            yield document.fault(("constants", name), what, "Set it in one place.")
    years = _years(model)
    for year, value in table_of(setting, "series").items():
        place = (*where, "series", year)
        yield from _outside(document, place, value, bounds)
        if not YEAR.fullmatch(year):
            what = f"shocks.{shock.id}.series: '{year[:40]}' is not a year"
            yield document.fault(place, what, "Write years, as in 2025 = 0.1.")
        elif years.broken_by(float(year)):
            what = f"shocks.{shock.id}.series: {year} is outside {years.text()}"
            yield document.fault(place, what, f"Name a year of {years.owner}.")


def _own(model: Model, constant: str) -> Bounds:
    """Return the range that the model gives a constant of a pulse."""
    variable = model.variable(constant)
    low, high = (variable.low, variable.high) if variable else (None, None)
    unit = variable.unit if variable else ""
    return Bounds(low, high, unit, "its range in the model")


def _years(model: Model) -> Bounds:
    """Return the years that a run of the model can have."""
    first, last = model.variable("initial time"), model.variable("final time")
    low = first.low if first else None
    high = last.high if last else None
    return Bounds(low, high, "", "the model's runs")


def _outside(
    document: Document, where: Key, value: object, bounds: Bounds
) -> Iterator[Fault]:
    """Yield a fault for a number outside its bounds."""
    if is_number(value) and bounds.broken_by(value):
        title = ".".join(str(part) for part in where)
        number = f"{value:g}" if abs(value) < HUGE else "a huge number"
        what = f"{title} = {number} is outside {bounds.text()}, {bounds.owner}"
        yield document.fault(where, what, bounds.remedy(), value=True)
