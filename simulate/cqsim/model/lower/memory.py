"""Functions that remember: stocks, delays, smooths, trends, samples.

Each becomes states of ours beside the equation that it stands in.
"""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from cqsim.compile.ir import (
    Auxiliary,
    Call,
    Curve,
    Expr,
    Initial,
    Interpolation,
    Lookup,
    Memory,
    Number,
    Pipeline,
    indices_of,
)
from cqsim.model.lower import allocation, delays
from cqsim.model.lower.hidden import (
    add_hidden,
    add_stock,
    less,
    name_value,
    over,
    plus,
    times,
)
from cqsim.model.lower.names import Scope, along_all, block_over, value_of

Lower = Callable[[Scope, Any], Expr]


def add_active_initial(scope: Scope, active: Expr, at_start: Expr) -> Expr:
    """Return a reference to what has one expression at the start and another after."""
    return add_hidden(scope, Auxiliary, active, at_start)


def add_lookup(scope: Scope, node: Any) -> str:
    """Add the lookup that is written within an equation, and return its name."""
    name = f"#{scope.owner}#lookup{len(scope.names.lookups)}"
    curve, interpolation = curve_of(scope, node)
    scope.names.lookups[name] = Lookup(name, (), (curve,), interpolation)
    return name


_INTERPOLATIONS: dict[str, Interpolation] = {
    "interpolate": "linear",
    "extrapolate": "extrapolate",
    "hold_backward": "step",
}


def curve_of(scope: Scope, node: Any) -> tuple[Curve, Interpolation]:
    """Return the points of a lookup of PySD's.

    Raises
    ------
    InputFileError
        If it is empty, its x values repeat, or its kind is not supported.
    """
    x = tuple(float(value) for value in node.x)
    y = tuple(float(value) for value in node.y)
    if not x or len(x) != len(y) or any(b <= a for a, b in pairwise(x)):
        what = "the x values of a lookup are missing, or repeat"
        raise scope.fault(what, "Give each point an x of its own.")
    if not all(map(math.isfinite, (*x, *y))):
        what = "a point of a lookup is no finite number"
        raise scope.fault(what, "Correct it.")
    if node.type not in _INTERPOLATIONS:
        what = f"the lookup type '{node.type}' is not supported"
        raise scope.fault(what, "Use a continuous lookup.")
    return Curve(x, y), _INTERPOLATIONS[node.type]


def _initial(scope: Scope, node: Any, lower: Lower) -> Expr:
    return add_hidden(scope, Initial, lower(scope, node.initial))


def _integ(scope: Scope, node: Any, lower: Lower) -> Expr:
    rate = lower(scope, node.flow)
    initial = lower(scope, node.initial)
    return add_stock(scope, initial, lambda _: rate, bool(node.non_negative))


def _trend(scope: Scope, node: Any, lower: Lower) -> Expr:
    value = name_value(scope, lower(scope, node.input))
    time = name_value(scope, lower(scope, node.average_time))
    trend = lower(scope, node.initial_trend)
    start = over(value, plus(Number(1.0), times(trend, time)))
    average = add_stock(scope, start, lambda level: over(less(value, level), time))
    size = times(time, Call("absolute", (average,)))
    return Call("divide or zero", (less(value, average), size))


def _forecast(scope: Scope, node: Any, lower: Lower) -> Expr:
    value = name_value(scope, lower(scope, node.input))
    time = name_value(scope, lower(scope, node.average_time))
    horizon = lower(scope, node.horizon)
    start = over(value, plus(Number(1.0), lower(scope, node.initial_trend)))
    average = add_stock(scope, start, lambda level: over(less(value, level), time))
    trend = Call("divide or zero", (less(value, average), times(time, average)))
    return times(value, plus(Number(1.0), times(trend, horizon)))


def _sample(scope: Scope, node: Any, lower: Lower) -> Expr:
    parts = [lower(scope, n) for n in (node.condition, node.input, node.initial)]
    condition, value, initial = parts
    needed = frozenset().union(*(indices_of(part) for part in parts))
    indices = scope.reachable(needed)
    name = scope.hidden_name()
    kept = value_of(name, indices)
    sample: Expr = Call("if", (condition, value, kept))
    scope.names.variables[name] = Memory(
        name,
        along_all(indices)[0],
        block_over(indices, initial),
        block_over(indices, sample),
    )
    return sample


def _delay_fixed(scope: Scope, node: Any, lower: Lower) -> Expr:
    parts = [lower(scope, n) for n in (node.input, node.delay_time, node.initial)]
    inflow, delay, initial = parts
    return add_hidden(scope, Pipeline, initial, inflow, delay)


HANDLERS: dict[str, Callable[[Scope, Any, Lower], Expr]] = {
    **allocation.HANDLERS,
    **delays.HANDLERS,
    "InitialStructure": _initial,
    "IntegStructure": _integ,
    "TrendStructure": _trend,
    "ForecastStructure": _forecast,
    "SampleIfTrueStructure": _sample,
    "DelayFixedStructure": _delay_fixed,
}
