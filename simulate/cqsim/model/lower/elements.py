"""From the equations of one name to a variable or lookup of the system."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from cqsim.compile.ir import (
    Along,
    Auxiliary,
    Axes,
    Axis,
    Block,
    Constant,
    Curve,
    Expr,
    Fixed,
    Interpolation,
    Lookup,
    Number,
    Numbers,
    Place,
    Stock,
    Table,
    Time,
    Value,
)
from cqsim.model.lower import constants
from cqsim.model.lower.expression import lower
from cqsim.model.lower.names import Names, Scope
from cqsim.model.lower.shapes import Region, Side, parts_of, regions_of, sides_of

_LOOKUPS = ("LookupsStructure", "GetLookupsStructure")
_REMEDY_TWICE = "Leave one of them out, or use :EXCEPT:."


@dataclass(frozen=True, slots=True)
class Part:
    """One equation of a name: what stands left of it, and PySD's tree of it."""

    region: Region
    node: Any
    keyword: str | None


def is_lookup(element: Any) -> bool:
    """Tell whether a name is a lookup, to be called, and not a variable."""
    return any(type(c.ast).__name__ in _LOOKUPS for c in element.components)


def left_sides(names: Names, element: Any) -> list[tuple[Side, ...]]:
    """Return the left side of each equation of a name."""
    return [
        sides_of(element.name, parts_of(c)[0], names.ranges, names.source)
        for c in element.components
    ]


def lower_element(names: Names, element: Any, name: str) -> None:
    """Lower all equations of one name into the variables and lookups.

    Raises
    ------
    InputFileError
        If an equation holds what is not supported, or elements are given twice or
        not at all.
    """
    axes = names.axes[name]
    parts = _parts(names, element, name, axes)
    _refuse_overlap(names, name, parts, axes)
    _lower_parts(names, element, name, parts)


def lower_within(names: Names, name: str, element: Any, region: Region) -> None:
    """Lower a name within a macro, for all places from which it is called."""
    parts = [
        Part(region, c.ast, getattr(c, "keyword", None)) for c in element.components
    ]
    _lower_parts(names, element, name, parts)


def _lower_parts(names: Names, element: Any, name: str, parts: list[Part]) -> None:
    axes = names.axes[name]
    if is_lookup(element):
        _lower_lookup(names, name, axes, parts)
    elif all(type(part.node).__name__ == "IntegStructure" for part in parts):
        _lower_stock(names, name, axes, parts)
    elif not _lower_constant(names, name, axes, parts):
        blocks = tuple(_block(names, name, axes, part) for part in parts)
        names.variables[name] = Auxiliary(name, axes, blocks)


def _parts(names: Names, element: Any, name: str, axes: Axes) -> list[Part]:
    parts: list[Part] = []
    for component in element.components:
        subscripts, exceptions = parts_of(component)
        source, ranges = names.source, names.ranges
        sides = sides_of(name, subscripts, ranges, source)
        holes = [sides_of(name, group, ranges, source) for group in exceptions]
        keyword = getattr(component, "keyword", None)
        parts.extend(
            Part(region, component.ast, keyword)
            for region in regions_of(name, sides, holes, axes, source)
        )
    return parts


def _refuse_overlap(names: Names, name: str, parts: list[Part], axes: Axes) -> None:
    """Refuse elements that two equations give, and elements that none gives."""
    given = constants.full_size(axes)
    count = 0
    for part in parts:
        size = np.ones(tuple(len(side.elements) for side in part.region.sides))
        constants.place_values(given, part.region, size, axes)
        count += int(np.prod([_width(place) for place in part.region.target]))
    if count > given.size:
        what = f"an element of '{name}' is given by two equations"
        raise names.source.fault(name, what, _REMEDY_TWICE)
    if not constants.all_given(given):
        missing = np.argwhere(np.isnan(given))[0]
        shown = ", ".join(a.elements[i] for a, i in zip(axes, missing, strict=True))
        what = f"'{name}' has no equation for [{shown}]"
        raise names.source.fault(name, what, "Add one.")


def _width(place: Any) -> int:
    return len(getattr(place, "positions", (0,)))


def _lower_constant(names: Names, name: str, axes: Axes, parts: list[Part]) -> bool:
    """Lower a name all of whose equations are numbers; tell whether it is one."""
    values = constants.full_size(axes)
    for part in parts:
        scope = Scope(names, name, part.region)
        literal = constants.literal_of(scope, part.node)
        if literal is None and isinstance(part.node, (int, float)):
            expr = lower(scope, part.node)
            literal = np.full(
                _shape(part), expr.value if isinstance(expr, Number) else 0
            )
        if literal is None:
            return False
        constants.place_values(values, part.region, literal, axes)
    numbers = tuple(float(v) for v in values.ravel())
    names.variables[name] = Constant(name, axes, numbers)
    return True


def _shape(part: Part) -> tuple[int, ...]:
    return tuple(len(side.elements) for side in part.region.sides)


def _block(names: Names, name: str, axes: Axes, part: Part) -> Block:
    scope = Scope(names, name, part.region)
    return Block(part.region.indices, part.region.target, _expr(scope, part, axes))


def _expr(scope: Scope, part: Part, axes: Axes) -> Expr:
    kind = type(part.node).__name__
    if kind == "GetDataStructure":
        return _data(scope, part)
    if kind == "DataStructure":
        what = "the variable takes its values from a Vensim data file (.vdf)"
        raise scope.fault(what, "Use GET DIRECT DATA with a file beside the model.")
    literal = constants.literal_of(scope, part.node)
    if literal is None:
        return lower(scope, part.node)
    return _numbers(scope, part, axes, literal)


def _numbers(scope: Scope, part: Part, axes: Axes, literal: constants.Array) -> Expr:
    """Return a reference to the data that one of several equations of a name gives."""
    if literal.size == 1:
        return Number(float(literal.ravel()[0]))
    values = constants.full_size(axes)
    constants.place_values(values, part.region, literal, axes)
    if len(part.region.indices) == 1:
        kept = values[~np.isnan(values)]
        return Numbers(part.region.indices[0].name, tuple(float(v) for v in kept))
    hidden = scope.hidden_name()
    numbers = tuple(float(v) for v in np.nan_to_num(values).ravel())
    scope.names.variables[hidden] = Constant(hidden, axes, numbers)
    return Value(hidden, part.region.target)


def _data(scope: Scope, part: Part) -> Expr:
    """Return the reading, at the current time, of a series in a file."""
    curves, interpolation = constants.series_of(scope, part.node, part.keyword)
    hidden = f"#{scope.owner}#data{len(scope.names.lookups)}"
    axes: list[Axis] = []
    places: list[Place] = []
    counters = iter(part.region.indices)
    for side in part.region.sides:
        if side.range is None:
            axes.append(Axis(side.elements[0], side.elements))
            places.append(Fixed(0))
            continue
        index = next(counters)
        order = {element: n for n, element in enumerate(side.elements)}
        axes.append(Axis(side.range.name, side.elements))
        places.append(Along(index.name, tuple(order[e] for e in index.elements)))
    lookup = Lookup(hidden, tuple(axes), tuple(curves), interpolation)
    scope.names.lookups[hidden] = lookup
    return Table(hidden, tuple(places), Time())


def _lower_stock(names: Names, name: str, axes: Axes, parts: list[Part]) -> None:
    initial, rate = [], []
    for part in parts:
        scope = Scope(names, name, part.region)
        sides = (part.region.indices, part.region.target)
        rate.append(Block(*sides, lower(scope, part.node.flow)))
        initial.append(Block(*sides, lower(scope, part.node.initial)))
    floored = any(bool(part.node.non_negative) for part in parts)
    stock = Stock(name, axes, tuple(initial), tuple(rate), floored)
    names.variables[name] = stock


def _lower_lookup(names: Names, name: str, axes: Axes, parts: list[Part]) -> None:
    size = int(np.prod([len(axis.elements) for axis in axes]))
    curves: list[Curve | None] = [None] * size
    kind: Interpolation = "linear"
    for part in parts:
        scope = Scope(names, name, part.region)
        found, kind = constants.curves_of(scope, part.node)
        order = constants.full_size(axes)
        numbers = np.arange(len(found), dtype=float).reshape(_shape(part))
        constants.place_values(order, part.region, numbers, axes)
        for position, number in enumerate(order.ravel()):
            if not np.isnan(number):
                curves[position] = found[int(number)]
    complete = tuple(curve for curve in curves if curve is not None)
    names.lookups[name] = Lookup(name, axes, complete, kind)
