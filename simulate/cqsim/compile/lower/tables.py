"""Lookups, graphical functions, and series over time read at any time."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from cqsim.compile.expr import (
    Expr,
    Index,
    Interpolation,
    Now,
    Place,
    Reduce,
    Reduction,
    Scalar,
    Table,
    Value,
    call,
    either,
    equal,
)
from cqsim.compile.ir import Axis, Constant, Curve, Lookup
from cqsim.compile.lower.scope import Handler, Scope
from cqsim.compile.lower.subscripts import places_of
from cqsim.language.expression import MISSING
from cqsim.language.syntax import Call, Expression, LookupTable, Reference, canonical
from cqsim.model.model import is_computed

_KINDS: Mapping[str, Interpolation] = {
    "continuous": "linear",
    "extrapolate": "extrapolate",
    "discrete": "step",
}


def data_lookup(name: str) -> str:
    """Return the lookup that holds the series of a data variable."""
    return f"#{name}#data"


def kind_of_table(table: LookupTable) -> Interpolation:
    """Return how a lookup is read between its points."""
    return _KINDS[table.interpolation]


def _with_lookup(scope: Scope, node: Call) -> Expr:
    table = node.arguments[1]
    if not isinstance(table, LookupTable):
        scope.refuse(
            "WITH LOOKUP takes points", "Write: WITH LOOKUP(x, ((0,0),(1,1)))."
        )
    name = scope.add_lookup(table.points, kind_of_table(table))
    return Table(name, (), scope.lower(node.arguments[0]))


@dataclass(frozen=True, slots=True)
class Curves:
    """A lookup, data series or graphical function that an argument names, and where.

    `scope` is the equation that names it.
    """

    scope: Scope
    lookup: Lookup
    places: tuple[Place, ...]

    def at(self, x: Expr, interpolation: Interpolation | None = None) -> Table:
        """Return its value at an argument."""
        return Table(self.lookup.name, self.places, x, interpolation)

    def made(self, word: str, make: Callable[[Curve], Curve]) -> "Curves":
        """Return a lookup made of this one, curve by curve."""
        name = f"#{self.lookup.name.removeprefix('#')}#{word}"
        lookups = self.scope.lowering.lookups
        if name not in lookups:
            curves = tuple(map(make, self.lookup.curves))
            lookups[name] = Lookup(name, self.lookup.axes, curves)
        return Curves(self.scope, lookups[name], self.places)

    def points(self, word: Literal["times", "values"]) -> tuple[Value, Index]:
        """Return the times or values of its points, over an index of these."""
        most = max(len(curve.x) for curve in self.lookup.curves)
        name = f"{self.lookup.name}#{word}"
        index = Index(f"{self.lookup.name}#point", tuple(map(str, range(most))))
        if name not in self.scope.lowering.variables:
            sides = [c.x if word == "times" else c.y for c in self.lookup.curves]
            flat = [side[min(n, len(side) - 1)] for side in sides for n in range(most)]
            axes = (*self.lookup.axes, Axis("point", index.elements))
            constant = Constant(name, axes, tuple(flat))
            self.scope.lowering.variables[name] = constant
        return Value(name, (*self.places, index.whole)), index


def curves_named(scope: Scope, node: Expression) -> Curves:
    """Return the lookup, data series or graphical function that an argument names."""
    if not isinstance(node, Reference):
        scope.refuse("it takes the name of a lookup", "Name one.")
    name, lowering = canonical(node.name), scope.lowering
    local = scope.locals.get(name)
    if local is not None:
        return Curves(scope, lowering.lookups[local.lookup], local.places)
    if name not in lowering.axes:
        raise scope.unknown(node.name)
    shown = lowering.shown[name]
    for known in (shown, data_lookup(shown), _graph(scope, name)):
        if known in lowering.lookups:
            places = places_of(scope, name, node.subscripts)
            return Curves(scope, lowering.lookups[known], places)
    what = f"'{node.name}' is neither a lookup nor data"
    raise scope.fault(what, "Name one of these.")


def _graph(scope: Scope, name: str) -> str:
    """Return the lookup of an XMILE variable's graphical function, added if new."""
    known = f"#{scope.lowering.shown[name]}#graph"
    variable = scope.model.variables[name]
    tables = [
        equation.value.arguments[1]
        for equation in variable.equations
        if isinstance(equation.value, Call)
        and canonical(equation.value.function) == "with lookup"
    ]
    found = [table for table in tables if isinstance(table, LookupTable)]
    if found and known not in scope.lowering.lookups:
        axes = scope.lowering.axes[name]
        count = math.prod(len(axis.elements) for axis in axes)
        curves = [scope.curve(table.points) for table in found]
        if len(curves) not in (1, count):
            scope.refuse(f"'{variable.name}' has no graphical function", "Add it.")
        every = tuple(curves) if len(curves) == count else (curves[0],) * count
        kind = kind_of_table(found[0])
        scope.lowering.lookups[known] = Lookup(known, axes, every, kind)
    return known


def _read(interpolation: Interpolation | None) -> Handler:
    def handle(scope: Scope, node: Call) -> Expr:
        curves = curves_named(scope, node.arguments[0])
        return curves.at(scope.lower(node.arguments[1]), interpolation)

    return handle


def _inverse(scope: Scope, node: Call) -> Expr:
    """Return the argument at which a lookup has a value."""
    inverse = curves_named(scope, node.arguments[0]).made("inverse", _turned)
    return inverse.at(scope.lower(node.arguments[1]))


def _turned(curve: Curve) -> Curve:
    """Return a curve with x and y exchanged; of equal values the first counts."""
    pairs = dict(zip(reversed(curve.y), reversed(curve.x), strict=True))
    order = sorted(pairs)
    return Curve(tuple(order), tuple(pairs[y] for y in order))


def _area(scope: Scope, node: Call) -> Expr:
    """Return the area under a lookup between two arguments, or from its first point."""
    curves = curves_named(scope, node.arguments[0])
    ends = [scope.named(scope.lower(a)) for a in node.arguments[1:]]
    areas = [area_to(curves, end) for end in ends]
    return areas[0] if len(areas) == 1 else areas[1] - areas[0]


def area_to(curves: Curves, end: Expr) -> Expr:
    """Return the area under a lookup from its first point; beyond its ends it is level.

    Within a segment from x0 on it is A0 + y0 d + slope d^2 / 2, with d = x - x0.
    """
    named = curves.scope.named
    ends = curves.made("ends", lambda c: Curve(*((c.x[0], c.x[-1]),) * 2))
    x = named(ends.at(end))
    d = named(x - curves.made("x", lambda c: Curve(c.x, c.x)).at(x, "step"))
    y = curves.made("y", lambda c: c).at(x, "step")
    rise = curves.made("slope", _slope_curve).at(x, "step") * d * (d / 2)
    inside = curves.made("area", _area_curve).at(x, "step") + (y * d + rise)
    return inside + curves.at(x) * (end - x)


def _area_curve(curve: Curve) -> Curve:
    """Return the area from the first point up to each."""
    area = [0.0]
    for (x0, y0), (x1, y1) in pairwise(zip(curve.x, curve.y, strict=True)):
        area.append(area[-1] + (x1 - x0) * (y0 + y1) / 2)
    return Curve(curve.x, tuple(area))


def _mean(scope: Scope, node: Call) -> Expr:
    """Return the mean of a graphical function over its range."""
    curves = curves_named(scope, node.arguments[0])
    first, last = (Scalar(curves.lookup.curves[0].x[end]) for end in (0, -1))
    return area_to(curves, last) / (last - first)


def _slope(scope: Scope, node: Call) -> Expr:
    """Return the slope of a lookup at an argument, over the segment that it is in."""
    slope = curves_named(scope, node.arguments[0]).made("slope", _slope_curve)
    return slope.at(scope.lower(node.arguments[1]), "step")


def _slope_curve(curve: Curve) -> Curve:
    points = list(zip(curve.x, curve.y, strict=True))
    pairs = [(a, b) for a, b in pairwise(points) if b[0] > a[0]]
    rises = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairs]
    starts = [a[0] for a, _ in pairs]
    return Curve((*starts, curve.x[-1]), (*rises, rises[-1] if rises else 0.0))


# Series over time.


def series_within(scope: Scope, name: str, node: Reference) -> Expr | None:
    """Return a data variable within an equation that computes other data from it.

    It is read as those are asked for between their points; None elsewhere, and of data
    that are computed themselves.
    """
    variable = scope.model.variables.get(name)
    if scope.interpolation is None or variable is None or variable.kind != "data":
        return None
    if any(is_computed(equation.value) for equation in variable.equations):
        return None
    series = data_lookup(scope.lowering.shown[name])
    places = places_of(scope, name, node.subscripts)
    return Table(series, places, Now(held=True), scope.interpolation)


def _shifted(scope: Scope, node: Call) -> Expr:
    """Return TIME SHIFT(data, shift): what the data are so much later."""
    data = curves_named(scope, node.arguments[0])
    shift = scope.lower(node.arguments[1])
    return data.at(Now(held=True) + shift, scope.interpolation)


def _between(scope: Scope, node: Call) -> Expr:
    """Return GET DATA BETWEEN TIMES(data, time, mode): 0 linear, 1 next, -1 last."""
    data = curves_named(scope, node.arguments[0])
    time, mode = (scope.lower(argument) for argument in node.arguments[1:])
    kinds: dict[float, Interpolation] = {0.0: "linear", 1.0: "next", -1.0: "step"}
    if not isinstance(mode, Scalar) or mode.value not in kinds:
        scope.refuse("the mode of GET DATA BETWEEN TIMES is -1, 0 or 1", "Write one.")
    return data.at(time, kinds[mode.value])


def _end(function: Reduction) -> Handler:
    """Return the handler of the first or last time of a series."""

    def handle(scope: Scope, node: Call) -> Expr:
        times, index = curves_named(scope, node.arguments[0]).points("times")
        return Reduce(function, (index,), times)

    return handle


def _extreme(function: Reduction) -> Handler:
    """Return the handler of an extreme of a series between two times."""

    def handle(scope: Scope, node: Call) -> Expr:
        worst = float("inf") if function == "least" else -float("inf")
        inside, values, index = _within(scope, node)
        body = either(inside, values, worst)
        found = scope.named(Reduce(function, (index,), body))
        return either(equal(found, worst), MISSING, found)

    return handle


def _mean_within(scope: Scope, node: Call) -> Expr:
    """Return the mean of a series between two times."""
    inside, values, index = _within(scope, node)
    total = Reduce("sum", (index,), either(inside, values, 0))
    count = Reduce("sum", (index,), either(inside, 1, 0))
    return call("divide or else", total, count, MISSING)


def _within(scope: Scope, node: Call) -> tuple[Expr, Expr, Index]:
    """Return which points of a series are between two times, and their values."""
    data = curves_named(scope, node.arguments[0])
    start, end = (scope.named(scope.lower(a)) for a in node.arguments[1:])
    (times, index), (values, _) = data.points("times"), data.points("values")
    after = equal(start, MISSING) | (times >= start)
    before = equal(end, MISSING) | (times <= end)
    return after & before, values, index


def _misplaced(scope: Scope, node: Call) -> Expr:
    what = f"{node.function.upper()} stands within an expression"
    scope.refuse(what, "Let it be all of a variable's equation.")


_READ = ("constants", "data", "lookups", "subscript")


# RANDOM LOOKUP: a draw whose density is a lookup, by inverting the area below it.


_COLUMNS = ("area", "x", "y", "slope")


def _random_lookup(scope: Scope, node: Call) -> Expr:
    """Return RANDOM LOOKUP(density, least, greatest, shift, stretch, seed).

    The draw is stretched, then shifted, and from the part of the density that leads to
    the least and the greatest. Where an area A is left after a segment has begun, with
    y and slope s, the draw lies 2 A / (y + sqrt(y^2 + 2 s A)) beyond its begin.
    """
    density = curves_named(scope, node.arguments[0])
    if any(min(curve.y) < 0 or max(curve.y) <= 0 for curve in density.lookup.curves):
        what = "a density is negative, or nowhere above 0"
        scope.refuse(what, "Give values of 0 and more.")
    low, high, shift, stretch, seed = map(
        scope.named, (scope.lower(argument) for argument in node.arguments[1:])
    )
    ends = density.made("ends", lambda c: Curve(*((c.x[0], c.x[-1]),) * 2))
    first, last = (
        scope.named(area_to(density, ends.at((end - shift) / stretch)))
        for end in (low, high)
    )
    area = scope.named(first + scope.uniform(seed) * (last - first))
    begin, x, y, slope = (
        scope.named(density.made(f"begin {word}", _column(n)).at(area, "step"))
        for n, word in enumerate(_COLUMNS)
    )
    left = area - begin
    root = y + call("sqrt", call("maximum", y * y + slope * left * 2, 0))
    drawn = shift + stretch * (x + either(root > 0, left * 2 / root, 0))
    inside = call("minimum", call("maximum", drawn, low), high)
    return either(equal(stretch, 0), shift, inside)


def _column(number: int) -> Callable[[Curve], Curve]:
    """Return what makes of a density the lookup of a number by the area before it."""

    def make(curve: Curve) -> Curve:
        rows = list(_segments(curve))
        return Curve(tuple(r[0] for r in rows), tuple(r[number] for r in rows))

    return make


def _segments(curve: Curve) -> Iterator[tuple[float, float, float, float]]:
    """Yield the segments of a density: the area before it, x, y and slope."""
    area = 0.0
    for (x, y), (end, top) in pairwise(zip(curve.x, curve.y, strict=True)):
        if end > x:
            yield area, x, y, (top - y) / (end - x)
            area += (end - x) * (y + top) / 2


HANDLERS: Mapping[str, Handler] = {
    "with lookup": _with_lookup,
    "lookup extrapolate": _read("extrapolate"),
    "lookup forward": _read("next"),
    "lookup backward": _read("step"),
    "xmile lookup": _read(None),
    "lookup invert": _inverse,
    "lookup area": _area,
    "xmile lookuparea": _area,
    "xmile lookupmean": _mean,
    "lookup slope": _slope,
    "time shift": _shifted,
    "get data at time": _read(None),
    "get data between times": _between,
    "get data first time": _end("least"),
    "get data last time": _end("greatest"),
    "get data max": _extreme("greatest"),
    "get data min": _extreme("least"),
    "get data mean": _mean_within,
    **dict.fromkeys(
        (f"get {of} {what}" for of in ("direct", "xls") for what in _READ), _misplaced
    ),
    **dict.fromkeys(("get vdf constants", "get vdf data"), _misplaced),
    "random lookup": _random_lookup,
}
