"""Settings from the command line: `constant=value` and `constant[region]=value`."""

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from cqsim.case.bounds import bounds_of
from cqsim.case.check import OverrideError
from cqsim.case.load import Scenario
from cqsim.case.places import (
    Amount,
    Mistake,
    Place,
    constant_of,
    places,
    resolved,
)
from cqsim.model.graph import dependency_graph
from cqsim.model.model import Model, Variable
from cqsim.model.values import constant_values

FORM = re.compile(
    r"(?P<name>[^\[\]]+?)\s*(?:\[(?P<key>[^\[\]]*)\])?\s*=(?P<value>[^=]*)"
)


def overridden(scenario: Scenario, texts: Sequence[str]) -> Scenario:
    """Return a scenario with the settings of the command line over its own, in order.

    Raises
    ------
    OverrideError
        A setting has another form, names no constant or place of the model, is no
        number, or is out of range.
    """
    notes = []
    for text in texts:
        try:
            changed = _with(scenario, text)
        except Mistake as mistake:
            option = f'--set "{text}"'
            raise OverrideError(option, mistake.what, mistake.remedy) from None
        reason = _why_idle(scenario, changed)
        if reason:
            notes.append(f'--set "{text}" changes nothing: {reason}')
        scenario = changed
    overrides = (*scenario.overrides, *texts)
    return replace(scenario, overrides=overrides, notes=(*scenario.notes, *notes))


def _why_idle(before: Scenario, after: Scenario) -> str:
    """Return why a setting changes nothing; nothing where it may change something."""
    model = before.model
    for name in after.settings:
        amount, other = after.settings[name], before.settings.get(name)
        if amount is other or isinstance(amount, tuple) or isinstance(other, tuple):
            continue
        variable = constant_of(model, name)
        if _effective(model, variable, other) == _effective(model, variable, amount):
            return "this is the value that holds anyway"
        if not dependency_graph(model).uses[variable.key]:
            return f"nothing in the model depends on '{variable.name}'"
    return ""


def _effective(
    model: Model, variable: Variable, amount: Amount | None
) -> dict[Place, float]:
    """Return the values of a constant at all its places under a setting."""
    values = {v.elements: v.value for v in constant_values(model, variable)}
    if amount is None:
        return values
    over = resolved(model, variable, amount)
    everywhere = over.get(()) if variable.subscripts else None
    if everywhere is not None:
        return dict.fromkeys(values, everywhere)
    return {**values, **over}


def _with(scenario: Scenario, text: str) -> Scenario:
    parts = FORM.fullmatch(text.strip())
    if parts is None:
        what = "this is not a setting"
        raise Mistake(what, 'Write "constant=value" or "constant[region]=value".')
    variable = constant_of(scenario.model, parts["name"])
    value = _number(parts["value"].strip())
    bounds = bounds_of(variable, scenario.known_levers)
    if bounds.broken_by(value):
        what = f"{value:g} is outside {bounds.text()}, {bounds.owner}"
        raise Mistake(what, "Choose a value within.")
    if parts["key"] is None:
        return scenario.with_settings({variable.name: value})
    places(scenario.model, variable, parts["key"])
    return scenario.with_settings({variable.name: {parts["key"]: value}})


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or "_" in text:
        what = f"'{text}' is not a finite number"
        raise Mistake(what, "Write a number, as 0.25.")
    return value
