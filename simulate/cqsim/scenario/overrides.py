"""Settings from the command line: `constant=value` and `constant[region]=value`."""

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from cqsim.scenario.check import OverrideError, bounds_of
from cqsim.scenario.load import Scenario
from cqsim.scenario.places import Mistake, constant_of, places

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
    for text in texts:
        try:
            scenario = _with(scenario, text)
        except Mistake as mistake:
            option = f'--set "{text}"'
            raise OverrideError(option, mistake.what, mistake.remedy) from None
    return replace(scenario, overrides=(*scenario.overrides, *texts))


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
