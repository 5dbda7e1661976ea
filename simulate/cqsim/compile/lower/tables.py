"""Lookups, graphical functions, and series over time read at any time."""

import math
from collections.abc import Callable, Mapping
from itertools import pairwise

from cqsim.compile.expr import (
    Along,
    Expr,
    Index,
    Interpolation,
    Number,
    Place,
    Reduce,
    Table,
    Time,
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
from cqsim.model.kinds import is_computed

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


def lookup_of(scope: Scope, node: Expression) -> tuple[Lookup, tuple[Place, ...]]:
    """Return the lookup, data series or graphical function that an argument names."""
    if not isinstance(node, Reference):
        scope.refuse("it takes the name of a lookup", "Name one.")
    name, lowering = canonical(node.name), scope.lowering
    local = scope.locals.get(name, "")
    if local in lowering.lookups:
        return lowering.lookups[local], ()
    if name not in lowering.axes:
        raise scope.unknown(node.name)
    shown = lowering.shown[name]
    for known in (shown, data_lookup(shown), _graph(scope, name)):
        if known in lowering.lookups:
            return lowering.lookups[known], places_of(scope, name, node.subscripts)
    what = f"'{node.name}' is neither a lookup nor data"
    raise scope.fault(what, "Name one of these.")


def _graph(scope: Scope, name: str) -> str:
    """Return the lookup of an XMILE variable's graphical function, added if new."""
    known = f"#{scope.lowering.shown[name]}#graph"
    variable = scope.model.variables[name]
    tables = [
        equation.tree.arguments[1]
        for equation in variable.equations
        if isinstance(equation.tree, Call)
        and canonical(equation.tree.function) == "with lookup"
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


def read_graphical(scope: Scope, called: Expression, argument: Expr) -> Expr:
    """Return XMILE's `name(x)`, where the name is a variable's graphical function."""
    lookup, places = lookup_of(scope, called)
    return Table(lookup.name, places, argument)


def _read(interpolation: Interpolation | None) -> Handler:
    def handle(scope: Scope, node: Call) -> Expr:
        lookup, places = lookup_of(scope, node.arguments[0])
        return Table(lookup.name, places, scope.lower(node.arguments[1]), interpolation)

    return handle


def _derived(
    scope: Scope, node: Call, word: str, make: Callable[[Curve], Curve]
) -> tuple[str, tuple[Place, ...]]:
    """Return a lookup made of another one, curve by curve, and where it is read."""
    lookup, places = lookup_of(scope, node.arguments[0])
    name = f"{'' if lookup.name[0] == '#' else '#'}{lookup.name}#{word}"
    if name not in scope.lowering.lookups:
        curves = tuple(make(curve) for curve in lookup.curves)
        scope.lowering.lookups[name] = Lookup(name, lookup.axes, curves)
    return name, places


def _inverse(scope: Scope, node: Call) -> Expr:
    """Return the argument at which a lookup has a value."""
    name, places = _derived(scope, node, "inverse", _turned)
    return Table(name, places, scope.lower(node.arguments[1]))


def _turned(curve: Curve) -> Curve:
    """Return a curve with x and y exchanged; of equal values the first counts."""
    pairs: dict[float, float] = {}
    for x, y in zip(curve.x, curve.y, strict=True):
        pairs.setdefault(y, x)
    order = sorted(pairs)
    return Curve(tuple(order), tuple(pairs[y] for y in order))


def _area(scope: Scope, node: Call) -> Expr:
    """Return the area under a lookup between two arguments, or from its first point."""
    ends = [scope.named(scope.lower(a)) for a in node.arguments[1:]]
    areas = [_area_to(scope, node, end) for end in ends]
    return areas[0] if len(areas) == 1 else areas[1] - areas[0]


def _area_to(scope: Scope, node: Call, end: Expr) -> Expr:
    """Return the area under a lookup from its first point; beyond its ends it is level.

    Within a segment from x0 on it is A0 + y0 d + slope d^2 / 2, with d = x - x0.
    """

    def at(word: str, make: Callable[[Curve], Curve], x: Expr) -> Expr:
        name, places = _derived(scope, node, word, make)
        return Table(name, places, x, None if word == "ends" else "step")

    x = scope.named(at("ends", lambda c: Curve(*((c.x[0], c.x[-1]),) * 2), end))
    d = scope.named(x - at("x", lambda c: Curve(c.x, c.x), x))
    y = at("y", lambda c: c, x)
    rise = at("slope", _slope_curve, x) * d * (d / 2)
    inside = at("area", _area_curve, x) + (y * d + rise)
    lookup, places = lookup_of(scope, node.arguments[0])
    value = Table(lookup.name, places, x)
    return inside + value * (end - x)


def _area_curve(curve: Curve) -> Curve:
    """Return the area from the first point up to each."""
    area = [0.0]
    for (x0, y0), (x1, y1) in pairwise(zip(curve.x, curve.y, strict=True)):
        area.append(area[-1] + (x1 - x0) * (y0 + y1) / 2)
    return Curve(curve.x, tuple(area))


def _mean(scope: Scope, node: Call) -> Expr:
    """Return the mean of a graphical function over its range."""
    lookup, _ = lookup_of(scope, node.arguments[0])
    first, last = (Number(lookup.curves[0].x[end]) for end in (0, -1))
    return _area_to(scope, node, last) / (last - first)


def _slope(scope: Scope, node: Call) -> Expr:
    """Return the slope of a lookup at an argument, over the segment that it is in."""
    name, places = _derived(scope, node, "slope", _slope_curve)
    return Table(name, places, scope.lower(node.arguments[1]), "step")


def _slope_curve(curve: Curve) -> Curve:
    points = list(zip(curve.x, curve.y, strict=True))
    rises = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(points) if b[0] > a[0]]
    starts = [a[0] for a, b in pairwise(points) if b[0] > a[0]]
    return Curve((*starts, curve.x[-1]), (*rises, rises[-1] if rises else 0.0))


# Series over time.


def series_within(scope: Scope, name: str, node: Reference) -> Expr | None:
    """Return a data variable within an equation that computes other data from it.

    It is read as those are asked for between their points; None elsewhere, and of data
    that are computed themselves.
    """
    variable = scope.model.variables[name]
    is_series = not any(is_computed(equation.tree) for equation in variable.equations)
    if scope.interpolation is None or variable.kind != "data" or not is_series:
        return None
    series = data_lookup(scope.lowering.shown[name])
    places = places_of(scope, name, node.subscripts)
    return Table(series, places, Time(held=True), scope.interpolation)


def _shifted(scope: Scope, node: Call) -> Expr:
    """Return TIME SHIFT(data, shift): what the data are so much later."""
    lookup, places = lookup_of(scope, node.arguments[0])
    shift = scope.lower(node.arguments[1])
    return Table(lookup.name, places, Time(held=True) + shift, scope.interpolation)


def _between(scope: Scope, node: Call) -> Expr:
    """Return GET DATA BETWEEN TIMES(data, time, mode): 0 linear, 1 next, -1 last."""
    lookup, places = lookup_of(scope, node.arguments[0])
    time, mode = (scope.lower(argument) for argument in node.arguments[1:])
    kinds: dict[float, Interpolation] = {0.0: "linear", 1.0: "next", -1.0: "step"}
    if not isinstance(mode, Number) or mode.value not in kinds:
        scope.refuse("the mode of GET DATA BETWEEN TIMES is -1, 0 or 1", "Write one.")
    return Table(lookup.name, places, time, kinds[mode.value])


def _points(
    scope: Scope, lookup: Lookup, places: tuple[Place, ...], word: str
) -> tuple[Value, Index]:
    """Return the times or values of a series, over an index of its points."""
    most = max(len(curve.x) for curve in lookup.curves)
    name = f"{lookup.name}#{word}"
    steps = tuple(str(n) for n in range(most))
    index = Index(f"{lookup.name}#point", steps)
    if name not in scope.lowering.variables:
        sides = [c.x if word == "times" else c.y for c in lookup.curves]
        flat = [side[min(n, len(side) - 1)] for side in sides for n in range(most)]
        axes = (*lookup.axes, Axis("point", steps))
        scope.lowering.variables[name] = Constant(name, axes, tuple(flat))
    return Value(name, (*places, Along(index.name, tuple(range(most))))), index


def _end(function: str) -> Handler:
    """Return the handler of the first or last time of a series."""

    def handle(scope: Scope, node: Call) -> Expr:
        lookup, places = lookup_of(scope, node.arguments[0])
        times, index = _points(scope, lookup, places, "times")
        return Reduce(function, (index,), times)  # type: ignore[arg-type]

    return handle


def _within(function: str) -> Handler:
    """Return the handler of an extreme of a series between two times."""

    def handle(scope: Scope, node: Call) -> Expr:
        lookup, places = lookup_of(scope, node.arguments[0])
        start, end = (scope.named(scope.lower(a)) for a in node.arguments[1:])
        times, index = _points(scope, lookup, places, "times")
        values, _ = _points(scope, lookup, places, "values")
        open_start = equal(start, MISSING)
        open_end = equal(end, MISSING)
        after = open_start | (times >= start)
        before = open_end | (times <= end)
        inside = after & before
        if function == "mean":
            total = Reduce("sum", (index,), either(inside, values, 0))
            count = Reduce("sum", (index,), either(inside, 1, 0))
            return call("divide or else", total, count, MISSING)
        worst = float("inf") if function == "least" else -float("inf")
        body = either(inside, values, worst)
        found = scope.named(Reduce(function, (index,), body))  # type: ignore[arg-type]
        none = equal(found, worst)
        return either(none, MISSING, found)

    return handle


def _misplaced(scope: Scope, node: Call) -> Expr:
    what = f"{node.function.upper()} stands within an expression"
    scope.refuse(what, "Let it be all of a variable's equation.")


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
    "get data max": _within("greatest"),
    "get data min": _within("least"),
    "get data mean": _within("mean"),
    **dict.fromkeys(
        (
            "get direct constants",
            "get xls constants",
            "get vdf constants",
            "get direct data",
            "get xls data",
            "get vdf data",
            "get direct lookups",
            "get xls lookups",
            "get direct subscript",
            "get xls subscript",
        ),
        _misplaced,
    ),
}
