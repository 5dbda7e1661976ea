"""Settings of constants: which places a key names, what lies over what, and ranges."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, TypeGuard

from cqsim.errors import did_you_mean
from cqsim.language.syntax import canonical
from cqsim.model.model import Model, Variable

HUGE = 1e300
"""A whole number of TOML may be beyond what a float can hold."""

Place = tuple[str, ...]
Amount = float | Mapping[str, float]
"""A number for the whole constant, or numbers by region, ring or other element."""

Points = tuple[tuple[float, float], ...]
"""The points of a lookup, from left to right."""

Setting = Amount | Points
"""A value of a scenario: of a constant, or the points of a lookup."""


class Mistake(Exception):  # noqa: N818
    """Something wrong, and its remedy; the caller knows where it stands."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what, remedy)
        self.what = what
        self.remedy = remedy


def constant_of(model: Model, name: str) -> Variable:
    """Return the constant of that name.

    Raises
    ------
    Mistake
        The model has none, or computes the variable of that name.
    """
    variable = model.variable(name)
    if variable is None:
        known = [constant.name for constant in model.of_kind("constant")]
        what = f"the model has no constant '{name}'"
        raise Mistake(what, did_you_mean(name, known))
    if variable.kind == "time":
        what = f"'{variable.name}' is a time of the run, not a constant"
        raise Mistake(what, "Set the start, end or step of the run instead.")
    if variable.kind != "constant":
        article = "an" if variable.kind[0] in "aeiou" else "a"
        what = f"'{variable.name}' is {article} {variable.kind}: the model computes it"
        raise Mistake(what, "Set one of the constants that it depends on.")
    return variable


def lookup_of(model: Model, name: str) -> Variable:
    """Return the lookup of that name; raise Mistake where the model has none."""
    variable = model.variable(name)
    if variable is None or variable.kind != "lookup" or variable.subscripts:
        what = f"the model has no lookup '{name}' without subscripts"
        raise Mistake(what, "Name a lookup over time that stands in the model.")
    return variable


def axes_of(model: Model, variable: Variable) -> tuple[str, ...]:
    """Return the subscript ranges of a variable, one an axis.

    A variable that several equations define has, on each axis, the range that holds the
    subscripts of all of them.
    """
    written = [equation.subscripts for equation in variable.equations]
    return tuple(_common(model, names) for names in zip(*written, strict=True))


def _common(model: Model, names: Iterable[str]) -> str:
    distinct = list(dict.fromkeys(names))
    if len(distinct) == 1 and canonical(distinct[0]) in model.ranges:
        return distinct[0]
    wanted = {e for name in distinct for e in model.elements(name)}
    fitting = [r for r in model.ranges.values() if wanted <= set(r.elements)]
    if not fitting:
        return distinct[0]
    return min(fitting, key=lambda r: len(r.elements)).name


def resolved(model: Model, variable: Variable, amount: Amount) -> dict[Place, float]:
    """Return the value of every place that an amount names; () for a plain number.

    Where two keys name the same place, the one that names fewer places holds, whatever
    their order: a region beats its ring.

    Raises
    ------
    Mistake
        A key names no element, or the constant has no subscripts.
    """
    if not isinstance(amount, Mapping):
        return {(): float(amount)}
    named = [(places(model, variable, key), value) for key, value in amount.items()]
    ordered = sorted(named, key=lambda pair: -len(pair[0]))
    return {place: float(value) for group, value in ordered for place in group}


def places(model: Model, variable: Variable, key: str) -> list[Place]:
    """Return the places that a key such as `central` or `fuling,urban` names.

    Raises
    ------
    Mistake
        A part of the key names no element or range of the constant's axes.
    """
    axes = axes_of(model, variable)
    if not axes:
        what = f"'{variable.name}' has one value, and none for '{key}'"
        raise Mistake(what, "Give one number.")
    chosen: list[Place | None] = [None] * len(axes)
    for part in key.split(","):
        axis, elements = _axis_of(model, axes, chosen, part.strip(), variable)
        chosen[axis] = elements
    whole = [model.elements(axis) for axis in axes]
    return list(product(*(c or w for c, w in zip(chosen, whole, strict=True))))


def everywhere(model: Model, variable: Variable) -> list[Place]:
    """Return all places of a variable; one empty place where it has no subscripts."""
    axes = axes_of(model, variable)
    return list(product(*(model.elements(axis) for axis in axes)))


def keys_of(model: Model, axis: str) -> list[str]:
    """Return what may name places on an axis: its elements, and ranges of them."""
    whole = set(model.elements(axis))
    ranges = [r.name for r in model.ranges.values() if set(r.elements) <= whole]
    return [*model.elements(axis), *ranges]


def _axis_of(
    model: Model,
    axes: tuple[str, ...],
    chosen: list[Place | None],
    part: str,
    variable: Variable,
) -> tuple[int, Place]:
    wanted = canonical(part)
    for index, axis in enumerate(axes):
        if chosen[index] is not None:
            continue
        for known in keys_of(model, axis):
            if canonical(known) == wanted:
                return index, model.elements(known)
    known_keys = [key for axis in axes for key in keys_of(model, axis)]
    what = f"'{variable.title}' has no place '{part}'"
    raise Mistake(what, did_you_mean(part, known_keys))


def overlay(
    model: Model, variable: Variable, below: Setting | None, above: Amount
) -> Amount:
    """Return the settings below, overwritten where the amount above names elements."""
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


def combined(
    model: Model,
    variable: Variable,
    below: Amount | None,
    above: Amount,
    reach: Sequence[str] = (),
) -> Amount:
    """Return one amount over another as a file would say it, ranges by their names.

    The amount above holds wherever it names a place, the one below everywhere else.

    Parameters
    ----------
    reach
        The places that a plain number is for, of a lever that is confined to them.
    """
    if below is None or not isinstance(above, Mapping):
        return above
    if not isinstance(below, Mapping):
        below = dict.fromkeys(reach or axes_of(model, variable)[:1], below)
    named = {key: set(places(model, variable, key)) for key in above}
    taken = set().union(*named.values())
    amount: dict[str, float] = {}
    for key, value in below.items():
        covered = set(places(model, variable, key))
        crossed = [each for each in named.values() if each & covered]
        if all(len(each) < len(covered) for each in crossed):
            amount[key] = value
        else:
            rest = sorted(covered - taken)
            amount |= {",".join(place): value for place in rest}
    return {**amount, **above}


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bounds of a value, both included, and where they come from."""

    low: float | None
    high: float | None
    unit: str
    owner: str
    source: str = ""
    increment: float | None = None

    @classmethod
    def of(cls, variable: Variable, owner: str) -> "Bounds":
        """Return the range that the model gives a variable."""
        own = (variable.low, variable.high, variable.unit)
        return cls(*own, owner, increment=variable.increment)

    def broken_by(self, value: float) -> bool:
        """Whether a value is outside, or between the steps."""
        below = self.low is not None and value < self.low
        above = self.high is not None and value > self.high
        return below or above or self._between_steps(value)

    def _between_steps(self, value: float) -> bool:
        if self.low is None or not self.increment:
            return False
        steps = (value - self.low) / self.increment
        return abs(steps - round(steps)) > 1e-9

    def text(self) -> str:
        """Return the range with its unit."""
        low = "…" if self.low is None else f"{self.low:g}"
        high = "…" if self.high is None else f"{self.high:g}"
        steps = f" in steps of {self.increment:g}" if self.increment else ""
        return f"[{low}, {high}] {self.unit}".rstrip() + steps

    def remedy(self) -> str:
        """Return what to do, with the reason and the source of the range."""
        return f"Choose a value within.{self.source}"


def time_bounds(variable: Variable) -> Bounds:
    """Return the bounds of a time of the run."""
    return replace(Bounds.of(variable, "the model's range"), unit="")


def table_of(data: dict[str, Any], key: str) -> dict[str, Any]:
    """Return a table of a document's data, an empty one where there is none."""
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value of a TOML file is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)
