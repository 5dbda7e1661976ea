"""An input of a sweep, tied to the model: which constant, where, and how far."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cqsim.case.check import reachable
from cqsim.case.levers import Lever, Levers, bounds_of
from cqsim.case.scenario import Scenario
from cqsim.case.settings import (
    Bounds,
    Mistake,
    Place,
    constant_of,
    everywhere,
    places,
    resolved,
)
from cqsim.model.model import Model, Variable
from cqsim.model.values import constant_values
from cqsim.study.distributions import Distribution
from cqsim.study.shape import Unfit, distribution_of, refuse_foreign_keys
from cqsim.study.sweep_schema import Input

SLACK = 1e-9
"""By what part of its range rounding may take a bound beyond another."""


@dataclass(frozen=True, slots=True)
class SweepInput:
    """What differs from run to run.

    Attributes
    ----------
    constant
        The constant's name as the model spells it.
    places
        The places that it is set at; none for all of them.
    apply
        Whether the value takes the base's place, is multiplied with it or added to it.
    bounds
        The least and the most that the constant may become.
    levels
        How many values it takes on a grid.
    lever
        The lever that it pulls, or nothing.
    """

    id: str
    constant: str
    places: tuple[Place, ...]
    apply: str
    distribution: Distribution
    bounds: tuple[float, float]
    levels: int
    unit: str
    lever: str = ""


FIRST_YEAR = 1000
"""From here on a number of years is a year of the calendar."""


def sweep_input(
    given: Input, model: Model, levers: Levers, bases: tuple[Scenario, ...]
) -> SweepInput:
    """Return an input tied to the model.

    Raises
    ------
    Unfit
        It names what there is not, or goes beyond what the model allows.
    """
    lever = _lever(given, levers)
    name = _constant_name(given, lever)
    try:
        variable = constant_of(model, name)
        chosen = _places(given, model, variable, lever)
    except Mistake as mistake:
        key = "place" if given.place and model.variable(name) else "constant"
        raise Unfit(mistake.what, mistake.remedy, key=key) from None
    bounds = _bounds(given, variable, levers, lever)
    refuse_foreign_keys(given)
    base = [_base_values(model, variable, chosen, scenario) for scenario in bases]
    _refuse_year(given, variable, base[0])
    distribution = distribution_of(given, bounds, base[0])
    _refuse_beyond(given, variable, bounds, distribution, base)
    return SweepInput(
        id=given.id or _own_id(given, name),
        constant=variable.name.strip('"'),
        places=chosen,
        apply=given.apply,
        distribution=distribution,
        bounds=_ends_of(bounds),
        levels=given.levels or (len(given.values) if given.values else 11),
        unit=variable.unit if given.apply != "factor" else "1",
        lever=lever.id if lever else "",
    )


def _own_id(given: Input, name: str) -> str:
    own = given.lever or name
    if given.part != "value":
        own = f"{own}.{given.part}"
    return f"{own}[{given.place}]" if given.place else own


def _lever(given: Input, levers: Levers) -> Lever | None:
    if (given.constant is None) == (given.lever is None):
        key = "lever" if given.lever else ""
        what = "an input is either a constant or a lever"
        raise Unfit(what, "Give one of the keys constant and lever.", key=key)
    if given.lever is None:
        if given.part != "value":
            what = f"a constant has no {given.part}"
            raise Unfit(what, "Name the lever in place of the constant.", key="part")
        return None
    if given.lever not in levers:
        from cqsim.errors import did_you_mean

        what = f"there is no lever '{given.lever}'"
        raise Unfit(what, did_you_mean(given.lever, list(levers)), key="lever")
    return levers[given.lever]


def _constant_name(given: Input, lever: Lever | None) -> str:
    if lever is None:
        return str(given.constant)
    parts = {
        "value": lever.constant,
        "start": lever.start_constant,
        "ramp": lever.ramp_constant,
    }
    name = parts[given.part]
    if name is None:
        what = f"the lever {lever.id} has no {given.part}"
        raise Unfit(what, "Remove it.", key="part")
    return name


def _places(
    given: Input, model: Model, variable: Variable, lever: Lever | None
) -> tuple[Place, ...]:
    """Return the places that an input sets; none where it sets the whole constant."""
    pulled = lever if given.part == "value" else None
    if given.place is not None:
        chosen = places(model, variable, given.place)
        reachable(model, variable, pulled, given.place, chosen)
        return tuple(chosen)
    if pulled is not None and pulled.reach and variable.subscripts:
        return tuple(
            dict.fromkeys(p for r in pulled.reach for p in places(model, variable, r))
        )
    return ()


def _bounds(
    given: Input, variable: Variable, levers: Levers, lever: Lever | None
) -> Bounds:
    if lever is not None and given.part == "start":
        low = max(lever.earliest_start, variable.low or lever.earliest_start)
        owner = f"what the lever {lever.id} allows"
        return Bounds(low, variable.high, variable.unit, owner)
    return bounds_of(variable, levers)


def _base_values(
    model: Model, variable: Variable, chosen: tuple[Place, ...], scenario: Scenario
) -> list[float]:
    """Return what the base scenario has at the places of an input."""
    values = {v.elements: v.value for v in constant_values(model, variable)}
    amount = scenario.settings.get(variable.name)
    if amount is not None and not isinstance(amount, tuple):
        over = resolved(model, variable, amount)
        whole = over.get(()) if variable.subscripts else None
        values = dict.fromkeys(values, whole) if whole is not None else values | over
    return [values[place] for place in chosen or everywhere(model, variable)]


def _refuse_year(given: Input, variable: Variable, base: list[float]) -> None:
    """Refuse a constant that is a year, but where its values are listed."""
    is_year = variable.unit.strip() == "year" and min(base) >= FIRST_YEAR
    if is_year and (given.distribution != "discrete" or given.apply != "value"):
        what = f"'{variable.name}' is a year, which no range of numbers stands for"
        remedy = 'Name years: distribution = "discrete", values = [2024, 2026].'
        key = "lever" if given.lever else "constant"
        raise Unfit(what, remedy, key=key)


def _refuse_beyond(
    given: Input,
    variable: Variable,
    bounds: Bounds,
    distribution: Distribution,
    bases: list[list[float]],
) -> None:
    """Refuse an input whose extremes take the constant out of its bounds."""
    ends = (("low", distribution.low), ("high", distribution.high))
    for key, end in ends:
        for value in _reached(given.apply, end, bases):
            low, high = _ends_of(bounds)
            slack = SLACK * max(abs(value), 1e-12)
            between = given.distribution == "discrete" and bounds.broken_by(value)
            if between or not low - slack <= value <= high + slack:
                key = "values" if given.distribution == "discrete" else key
                what = (
                    f"'{variable.name}' would become {value:g}, outside "
                    f"{bounds.text()}, {bounds.owner}"
                )
                raise Unfit(what, "Narrow the distribution.", key=key)


def _ends_of(bounds: Bounds) -> tuple[float, float]:
    low = -float("inf") if bounds.low is None else bounds.low
    return low, float("inf") if bounds.high is None else bounds.high


def _reached(apply: str, end: float, bases: list[list[float]]) -> Iterator[float]:
    if apply == "value":
        yield end
        return
    for base in bases:
        for value in base:
            yield value * end if apply == "factor" else value + end


def described(found: SweepInput) -> Mapping[str, Any]:
    """Return an input as plain data, for manifests and comparisons."""
    fields = found.distribution.__dataclass_fields__  # type: ignore[attr-defined]
    shape = {name: getattr(found.distribution, name) for name in fields}
    return {
        "constant": found.constant,
        "places": [",".join(place) for place in found.places],
        "apply": found.apply,
        "distribution": type(found.distribution).__name__.casefold(),
        **{k: list(v) if isinstance(v, tuple) else v for k, v in shape.items()},
        "levels": found.levels,
    }
