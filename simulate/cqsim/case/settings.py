"""From what a scenario says to values of the model's constants and lookups."""

from collections.abc import Iterator, Mapping

from cqsim.case.case import Case
from cqsim.case.levers import Lever
from cqsim.case.places import (
    Amount,
    Place,
    Setting,
    everywhere,
    places,
    resolved,
)
from cqsim.case.schema import LeverSetting, ScenarioFile
from cqsim.case.shock_points import parts_of
from cqsim.model.model import Model, Variable


def settings_of(case: Case, whole: ScenarioFile) -> dict[str, Setting]:
    """Return the constants and lookups that levers, constants and shocks set."""
    model = case.model
    settings: dict[str, Setting] = {}
    for name, amount in _amounts(case, whole):
        variable = model.variable(name)
        assert variable is not None
        if isinstance(amount, tuple):
            settings[variable.name] = amount
            continue
        below = settings.get(variable.name)
        settings[variable.name] = laid_over(model, variable, below, amount)
    return settings


def _amounts(case: Case, whole: ScenarioFile) -> Iterator[tuple[str, Setting]]:
    """Yield each constant or lookup that is set, with its amount or points."""
    for name, setting in whole.levers.items():
        yield from _of_lever(case.model, case.levers[name], setting)
    yield from whole.constants.items()
    for name, shock_setting in whole.shocks.items():
        parts = parts_of(case.shocks[name], shock_setting)
        yield from parts.constants.items()
        yield from parts.lookups.items()


def _of_lever(
    model: Model, lever: Lever, setting: LeverSetting
) -> Iterator[tuple[str, Amount]]:
    parts: tuple[tuple[str | None, Amount | None], ...] = (
        (lever.constant, setting.value),
        (lever.start_constant, setting.start),
        (lever.ramp_constant, setting.ramp),
    )
    for constant, amount in parts:
        if amount is not None and constant is not None:
            yield constant, _within_reach(model, lever, constant, amount)


def laid_over(
    model: Model, variable: Variable, below: Setting | None, above: Amount
) -> Amount:
    """Return one amount put over another, place by place."""
    over = resolved(model, variable, above)
    if () in over and not isinstance(above, Mapping):
        return over[()]
    whole: dict[Place, float] = {}
    if isinstance(below, Mapping):
        whole = resolved(model, variable, below)
    elif below is not None and not isinstance(below, tuple):
        whole = dict.fromkeys(everywhere(model, variable), float(below))
    whole.update(over)
    return {",".join(place): value for place, value in whole.items()}


def _within_reach(model: Model, lever: Lever, constant: str, amount: Amount) -> Amount:
    """Return a lever's plain number as numbers by the places that it reaches."""
    variable = model.variable(constant)
    assert variable is not None
    if isinstance(amount, Mapping) or not variable.subscripts or not lever.reach:
        return amount if isinstance(amount, Mapping) else float(amount)
    chosen = {p: None for part in lever.reach for p in places(model, variable, part)}
    return {",".join(place): float(amount) for place in chosen}
