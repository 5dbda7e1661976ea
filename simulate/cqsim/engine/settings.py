"""New values of constants and lookups for one run, by name and place."""

import math
from collections.abc import Mapping

from cqsim.errors import StatedError
from cqsim.model.model import Model
from cqsim.scenario.places import Mistake, Points, Setting, constant_of, resolved
from cqsim.scenario.shocks import lookup_of

Settings = Mapping[str, Setting]
Assignments = dict[str, dict[tuple[str, ...], float] | Points]
"""By canonical name: values by place, or by () where one value holds everywhere; of a
lookup its points."""


class SettingError(StatedError):
    """A setting that the model cannot take."""


def assignments(model: Model, settings: Settings) -> Assignments:
    """Return settings by canonical name and place.

    Raises
    ------
    SettingError
        A name is no constant, a key names no place, or a value is not a number.
    """
    found: Assignments = {}
    for name, amount in settings.items():
        try:
            if isinstance(amount, tuple):
                found[lookup_of(model, name).key] = amount
                continue
            variable = constant_of(model, name)
            values = resolved(model, variable, amount)
        except Mistake as mistake:
            raise SettingError(mistake.what, mistake.remedy) from None
        for value in values.values():
            if not math.isfinite(value):
                what = f"'{variable.name}' is set to {value}"
                raise SettingError(what, "Give a finite number.")
        if values:
            found[variable.key] = values
    return found
