"""New values of constants for one run, by name and place."""

import math
from collections.abc import Mapping

from cqsim.errors import CqsimError, UnknownNameError
from cqsim.model.variables import Model, Variable
from cqsim.scenario.places import Amount, Mistake, resolved

Settings = Mapping[str, Amount]
Assignments = dict[str, dict[tuple[str, ...], float]]
"""By canonical name: values by place, or by () where one value holds everywhere."""


class SettingError(CqsimError):
    """A setting that the model cannot take."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what, remedy)

    def __str__(self) -> str:
        what, remedy = self.args
        return f"{what}. {remedy}"


def assignments(model: Model, settings: Settings) -> Assignments:
    """Return settings by canonical name and place.

    Raises
    ------
    UnknownNameError
        The model has no such constant.
    SettingError
        The name is no constant, a key names no place, or a value is not a number.
    """
    found: Assignments = {}
    for name, amount in settings.items():
        variable = constant_named(model, name)
        try:
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


def constant_named(model: Model, name: str) -> Variable:
    """Return the constant of that name.

    Raises
    ------
    UnknownNameError
        The model has no variable of that name.
    SettingError
        It has, and computes it.
    """
    variable = model.variable(name)
    constants = [v.name for v in model.of_kind("constant")]
    if variable is None:
        raise UnknownNameError(str(model.path), "constant", name, constants)
    if variable.kind == "time":
        what = f"'{variable.name}' is a time of the run, not a constant"
        raise SettingError(what, "Set the start, end or step of the run instead.")
    if variable.kind != "constant":
        what = f"'{variable.name}' is a {variable.kind}: the model computes it"
        raise SettingError(what, "Set one of the constants that it depends on.")
    return variable
