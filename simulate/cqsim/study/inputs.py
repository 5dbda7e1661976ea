"""Inputs of a sweep: which constant differs, where, and by which distribution.

A distribution is its quantile function, so that every design of points, random or not,
and every correlation goes through the same door.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cqsim.case.case import Case
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
from cqsim.errors import did_you_mean
from cqsim.model.model import Model, Variable, parts_of_name
from cqsim.model.values import constant_values
from cqsim.study.sweep_schema import SHAPE_KEYS, Input

Floats = NDArray[np.float64]

SLACK = 1e-9
"""By what part of its range rounding may take a bound beyond another."""

FIRST_YEAR = 1000
"""From here on a number of years is a year of the calendar."""

LEVELS = 11
"""How many values an input takes on a grid if the file does not say."""


class Distribution(ABC):
    """The interface of a distribution: its bounds, and its quantile function."""

    low: float
    high: float

    @abstractmethod
    def inside(self, points: Floats) -> Floats:
        """Return the values at quantiles in (0, 1), rounding errors left in."""

    def values(self, points: Floats) -> Floats:
        """Return the values at quantiles in (0, 1), never beyond the two ends."""
        return np.clip(self.inside(points), self.low, self.high)


@dataclass(frozen=True, slots=True)
class Uniform(Distribution):
    """Every value between two ends is as likely as any other."""

    low: float
    high: float

    def inside(self, points: Floats) -> Floats:
        """Return the values at quantiles."""
        return self.low + (self.high - self.low) * points


@dataclass(frozen=True, slots=True)
class Triangular(Distribution):
    """Likelier the nearer to a mode, and impossible beyond two ends."""

    low: float
    mode: float
    high: float

    def inside(self, points: Floats) -> Floats:
        """Return the values at quantiles."""
        width = self.high - self.low
        turn = (self.mode - self.low) / width
        rising = self.low + np.sqrt(points * width * (self.mode - self.low))
        falling = self.high - np.sqrt((1 - points) * width * (self.high - self.mode))
        return np.where(points < turn, rising, falling)


@dataclass(frozen=True, slots=True)
class Normal(Distribution):
    """A normal distribution cut off at two ends."""

    mean: float
    deviation: float
    low: float
    high: float

    def inside(self, points: Floats) -> Floats:
        """Return the values at quantiles."""
        return self.mean + self.deviation * _cut_normal(
            points,
            (self.low - self.mean) / self.deviation,
            (self.high - self.mean) / self.deviation,
        )


@dataclass(frozen=True, slots=True)
class Lognormal(Distribution):
    """A value whose logarithm is normal, cut off at two ends.

    `deviation` is the standard deviation of the logarithm.
    """

    median: float
    deviation: float
    low: float
    high: float

    def inside(self, points: Floats) -> Floats:
        """Return the values at quantiles."""
        with np.errstate(divide="ignore"):
            ends = np.log(np.array([self.low, self.high]) / self.median)
        scaled = ends / self.deviation
        normal = _cut_normal(points, float(scaled[0]), float(scaled[1]))
        return np.asarray(self.median * np.exp(self.deviation * normal))


@dataclass(frozen=True, slots=True)
class Discrete(Distribution):
    """One of some values, each with its weight; on a grid, these in their order."""

    choices: tuple[float, ...]
    weights: tuple[float, ...]

    @property
    def low(self) -> float:  # type: ignore[override]
        """The least of the values."""
        return min(self.choices)

    @property
    def high(self) -> float:  # type: ignore[override]
        """The greatest of the values."""
        return max(self.choices)

    def inside(self, points: Floats) -> Floats:
        """Return the values at quantiles."""
        shares = np.cumsum(self.weights) / np.sum(self.weights)
        chosen = np.searchsorted(shares[:-1], points, side="right")
        return np.asarray(self.choices)[chosen]


def _cut_normal(points: Floats, low: float, high: float) -> Floats:
    """Return quantiles of a standard normal distribution between two ends."""
    from scipy.special import ndtr, ndtri

    if low > 0:  # In the upper tail 1 - ndtr has no digits left; mirror it.
        return -_cut_normal(1 - points, -high, -low)
    below, above = ndtr(low), ndtr(high)
    return np.asarray(ndtri(below + points * (above - below)), dtype=np.float64)


class InvalidInput(Exception):  # noqa: N818
    """Something in an input that does not fit: its key, what, and the remedy."""

    def __init__(self, what: str, remedy: str, key: str = "") -> None:
        super().__init__(what, remedy, key)
        self.what, self.remedy, self.key = what, remedy, key


@dataclass(frozen=True, slots=True)
class SweepInput:
    """An input of a sweep: a constant, its elements, and a distribution.

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

    def overlaps(self, other: "SweepInput") -> bool:
        """Whether both set a same place of a constant."""
        if self.constant != other.constant:
            return False
        everywhere = not self.places or not other.places
        return everywhere or not set(self.places).isdisjoint(other.places)

    def described(self) -> dict[str, Any]:
        """Return the input as plain data, for manifests and comparisons."""
        shape: Any = self.distribution
        return {
            "constant": self.constant,
            "places": [",".join(place) for place in self.places],
            "apply": self.apply,
            "distribution": type(shape).__name__.casefold(),
            **{
                key: list(value) if isinstance(value, tuple) else value
                for key, value in asdict(shape).items()
            },
            "levels": self.levels,
        }


def bind_input(given: Input, case: Case, bases: Sequence[Scenario]) -> SweepInput:
    """Return an input tied to the model of a case.

    What the file does not give of a distribution is as in the model and the first base.

    Raises
    ------
    InvalidInput
        It names what there is not, or goes beyond what the model allows.
    """
    model = case.model
    lever, name = _named(given, case.levers)
    try:
        variable = constant_of(model, name)
        chosen = _places(given, model, variable, lever)
    except Mistake as mistake:
        key = "place" if given.place and model.variable(name) else "constant"
        raise InvalidInput(mistake.what, mistake.remedy, key) from None
    bounds = _bounds(given, variable, case.levers, lever)
    base = [_base_values(model, variable, chosen, scenario) for scenario in bases]
    _refuse_year(given, variable, base[0])
    distribution = _distribution(given, bounds, base[0][0])
    _refuse_beyond(given, variable, bounds, distribution, base)
    name, element = parts_of_name(variable.name.strip('"'))
    if element:
        chosen = tuple((element, *p) for p in chosen or everywhere(model, variable))
    own = given.lever or name
    if given.part != "value":
        own = f"{own}.{given.part}"
    return SweepInput(
        id=given.id or (f"{own}[{given.place}]" if given.place else own),
        constant=name,
        places=chosen,
        apply=given.apply,
        distribution=distribution,
        bounds=_ends(bounds),
        levels=given.levels or (len(given.values) if given.values else LEVELS),
        unit=variable.unit if given.apply != "factor" else "1",
        lever=lever.id if lever else "",
    )


def _named(given: Input, levers: Levers) -> tuple[Lever | None, str]:
    """Return the lever that an input pulls, if any, and the constant that it sets."""
    if (given.constant is None) == (given.lever is None):
        what = "an input is either a constant or a lever"
        remedy = "Give one of the keys constant and lever."
        raise InvalidInput(what, remedy, "lever" if given.lever else "")
    if given.lever is None:
        if given.part != "value":
            what = f"a constant has no {given.part}"
            raise InvalidInput(what, "Name the lever in place of the constant.", "part")
        return None, str(given.constant)
    lever = levers.get(given.lever)
    if lever is None:
        what = f"there is no lever '{given.lever}'"
        raise InvalidInput(what, did_you_mean(given.lever, list(levers)), "lever")
    constant = lever.constants.get(given.part)
    if constant is None:
        what = f"the lever {lever.id} has no {given.part}"
        raise InvalidInput(what, "Remove it.", "part")
    return lever, constant


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


def _ends(bounds: Bounds) -> tuple[float, float]:
    low = -float("inf") if bounds.low is None else bounds.low
    return low, float("inf") if bounds.high is None else bounds.high


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
        raise InvalidInput(what, remedy, "lever" if given.lever else "constant")


def _distribution(given: Input, bounds: Bounds, base: float) -> Distribution:
    """Return the distribution of an input.

    Parameters
    ----------
    base
        What the first base scenario has: the middle where the file gives none.
    """
    _refuse_foreign_keys(given)
    if given.distribution == "discrete":
        return _discrete(given)
    if bounds.increment:
        what = f"it takes values in steps of {bounds.increment:g} only"
        raise InvalidInput(what, "Make it discrete, with values.", "distribution")
    low, high = _range(given, bounds)
    if given.distribution == "uniform":
        return Uniform(low, high)
    middle = base if given.apply == "value" else float(given.apply == "factor")
    return _peaked(given, low, high, middle)


def _refuse_foreign_keys(given: Input) -> None:
    """Refuse keys of another distribution; where several, the first is named."""
    known = SHAPE_KEYS[given.distribution]
    for key in sorted(set().union(*SHAPE_KEYS.values()) - known):
        if getattr(given, key) is not None:
            what = f"a {given.distribution} distribution has no {key}"
            raise InvalidInput(what, f"It has {', '.join(sorted(known))}.", key)


def _range(given: Input, bounds: Bounds) -> tuple[float, float]:
    """Return the two ends; of a value the model's own where the file gives none."""
    own = given.apply == "value"
    low = bounds.low if given.low is None and own else given.low
    high = bounds.high if given.high is None and own else given.high
    if low is None or high is None:
        key = "low" if low is None else "high"
        what = f"{key} is missing, and there is no bound of the model to take"
        raise InvalidInput(what, f"Add {key} = ….", key)
    if low >= high:
        what = f"low = {low:g} is not below high = {high:g}"
        raise InvalidInput(what, "Give a low below the high.", "low")
    return low, high


def _peaked(given: Input, low: float, high: float, middle: float) -> Distribution:
    """Return a distribution with a likeliest value, the middle if none is given."""
    if given.distribution == "triangular":
        mode = middle if given.mode is None else given.mode
        if not low <= mode <= high:
            what = f"the mode {mode:g} is outside [{low:g}, {high:g}]"
            raise InvalidInput(what, "Choose a mode between low and high.", "mode")
        return Triangular(low, mode, high)
    if given.deviation is None:
        what = f"a {given.distribution} distribution needs its deviation"
        raise InvalidInput(what, "Add deviation = ….", "distribution")
    if given.distribution == "normal":
        mean = middle if given.mean is None else given.mean
        return Normal(mean, given.deviation, low, high)
    median = middle if given.median is None else given.median
    if median <= 0 or low < 0:
        what = "a lognormal distribution has values above 0 only"
        remedy = "Give a median above 0 and no low below 0."
        raise InvalidInput(what, remedy, "median")
    return Lognormal(median, given.deviation, low, high)


def _discrete(given: Input) -> Discrete:
    if given.values is None:
        what = "a discrete distribution needs its values"
        raise InvalidInput(what, "Add values = […].", "distribution")
    weights = given.weights or (1.0,) * len(given.values)
    if len(weights) != len(given.values) or not sum(weights):
        what = f"{len(weights)} weights for {len(given.values)} values, or all are 0"
        raise InvalidInput(what, "Give one weight a value, not all 0.", "weights")
    if given.levels is not None and given.levels != len(given.values):
        what = f"{given.levels} levels for {len(given.values)} values"
        raise InvalidInput(what, "Leave levels away: each value is one.", "levels")
    return Discrete(given.values, weights)


def _refuse_beyond(
    given: Input,
    variable: Variable,
    bounds: Bounds,
    distribution: Distribution,
    bases: list[list[float]],
) -> None:
    """Refuse an input whose extremes take the constant out of its bounds."""
    low, high = _ends(bounds)
    is_discrete = given.distribution == "discrete"
    for key, end in (("low", distribution.low), ("high", distribution.high)):
        for value in _reached(given.apply, end, bases):
            slack = SLACK * max(abs(value), 1e-12)
            between = is_discrete and bounds.broken_by(value)
            if between or not low - slack <= value <= high + slack:
                what = (
                    f"'{variable.name}' would become {value:g}, outside "
                    f"{bounds.text()}, {bounds.owner}"
                )
                place = "values" if is_discrete else key
                raise InvalidInput(what, "Narrow the distribution.", place)


def _reached(apply: str, end: float, bases: list[list[float]]) -> Iterator[float]:
    """Yield what a constant becomes at an end of its distribution."""
    if apply == "value":
        yield end
        return
    for base in bases:
        for value in base:
            yield value * end if apply == "factor" else value + end
