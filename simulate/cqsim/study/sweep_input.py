"""An input of a sweep, tied to the model: which constant, where, and how far."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cqsim.model.values import constant_values
from cqsim.model.variables import Model, Variable
from cqsim.registry.levers import Lever, Levers
from cqsim.scenario.bounds import Bounds, bounds_of
from cqsim.scenario.check import reachable
from cqsim.scenario.load import Scenario
from cqsim.scenario.places import (
    Mistake,
    Place,
    constant_of,
    everywhere,
    places,
    resolved,
)
from cqsim.study.distributions import (
    Discrete,
    Distribution,
    Lognormal,
    Normal,
    Triangular,
    Uniform,
)
from cqsim.study.sweep_schema import KEYS, SHAPE_KEYS, Input

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
    levels: int
    unit: str
    lever: str = ""


FIRST_YEAR = 1000
"""From here on a number of years is a year of the calendar."""


class Unfit(Exception):  # noqa: N818
    """Something in an input that does not fit: its key, what, and the remedy."""

    def __init__(self, what: str, remedy: str, key: str) -> None:
        super().__init__(what, remedy, key)
        self.key, self.what, self.remedy = key, what, remedy


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
    _refuse_foreign_keys(given)
    base = [_base_values(model, variable, chosen, scenario) for scenario in bases]
    _refuse_year(given, variable, base[0])
    distribution = _distribution(given, bounds, base[0])
    _refuse_beyond(given, variable, bounds, distribution, base)
    return SweepInput(
        id=given.id or _own_id(given, name),
        constant=variable.name.strip('"'),
        places=chosen,
        apply=given.apply,
        distribution=distribution,
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


def _refuse_foreign_keys(given: Input) -> None:
    """Refuse keys of another distribution; where several, the first is named."""
    for key in sorted(SHAPE_KEYS - KEYS[given.distribution]):
        if getattr(given, key) is not None:
            what = f"a {given.distribution} distribution has no {key}"
            known = ", ".join(sorted(KEYS[given.distribution]))
            raise Unfit(what, f"It has {known}.", key=key)


def _distribution(given: Input, bounds: Bounds, base: list[float]) -> Distribution:
    if given.distribution == "discrete":
        return _discrete(given)
    if bounds.increment:
        what = f"it takes values in steps of {bounds.increment:g} only"
        raise Unfit(what, "Make it discrete, with values.", key="distribution")
    low, high = _ends(given, bounds)
    middle = base[0] if given.apply == "value" else float(given.apply == "factor")
    if given.distribution == "uniform":
        return Uniform(low, high)
    return _peaked(given, low, high, middle)


def _peaked(given: Input, low: float, high: float, middle: float) -> Distribution:
    """Return a distribution with a likeliest value, the base's where none is given."""
    if given.distribution == "triangular":
        return _triangular(low, middle if given.mode is None else given.mode, high)
    if given.deviation is None:
        what = f"a {given.distribution} distribution needs its deviation"
        raise Unfit(what, "Add deviation = ….", key="distribution")
    if given.distribution == "normal":
        mean = middle if given.mean is None else given.mean
        return Normal(mean, given.deviation, low, high)
    median = middle if given.median is None else given.median
    if median <= 0 or low < 0:
        what = "a lognormal distribution has values above 0 only"
        raise Unfit(what, "Give a median above 0 and no low below 0.", key="median")
    return Lognormal(median, given.deviation, low, high)


def _triangular(low: float, mode: float, high: float) -> Triangular:
    if not low <= mode <= high:
        what = f"the mode {mode:g} is outside [{low:g}, {high:g}]"
        raise Unfit(what, "Choose a mode between low and high.", key="mode")
    return Triangular(low, mode, high)


def _discrete(given: Input) -> Discrete:
    if given.values is None:
        what = "a discrete distribution needs its values"
        raise Unfit(what, "Add values = […].", key="distribution")
    weights = given.weights or (1.0,) * len(given.values)
    if len(weights) != len(given.values) or not sum(weights):
        what = f"{len(weights)} weights for {len(given.values)} values, or all are 0"
        raise Unfit(what, "Give one weight a value, not all 0.", key="weights")
    if given.levels is not None and given.levels != len(given.values):
        what = f"{given.levels} levels for {len(given.values)} values"
        raise Unfit(what, "Leave levels away: each value is one.", key="levels")
    return Discrete(given.values, weights)


def _ends(given: Input, bounds: Bounds) -> tuple[float, float]:
    own = given.apply == "value"
    low = bounds.low if given.low is None and own else given.low
    high = bounds.high if given.high is None and own else given.high
    for key, end in (("low", low), ("high", high)):
        if end is None:
            what = f"{key} is missing, and there is no bound of the model to take"
            raise Unfit(what, f"Add {key} = ….", key=key)
    assert low is not None
    assert high is not None
    if low >= high:
        what = f"low = {low:g} is not below high = {high:g}"
        raise Unfit(what, "Give a low below the high.", key="low")
    return low, high


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
            low = -float("inf") if bounds.low is None else bounds.low
            high = float("inf") if bounds.high is None else bounds.high
            slack = SLACK * max(abs(value), 1e-12)
            between = given.distribution == "discrete" and bounds.broken_by(value)
            if between or not low - slack <= value <= high + slack:
                key = "values" if given.distribution == "discrete" else key
                what = (
                    f"'{variable.name}' would become {value:g}, outside "
                    f"{bounds.text()}, {bounds.owner}"
                )
                raise Unfit(what, "Narrow the distribution.", key=key)


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
