"""Functions that remember: stocks, delays, smooths, trends, samples.

Each becomes states of ours beside the equation that it stands in. The levels of a
delay hold material (its outflow is level / time) and those of a smooth information,
in the arithmetic order of PySD, so that the two agree to rounding.
"""

from collections.abc import Callable
from typing import Any

from cqsim.model.expr import Along, Call, Expr, Number, Value, indices_of
from cqsim.model.lower.names import Scope, along_all, block_over, value_of
from cqsim.model.lower.structure import start_number
from cqsim.model.system import (
    Auxiliary,
    Curve,
    Initial,
    Interpolation,
    Limit,
    Lookup,
    Memory,
    Pipeline,
    Stock,
)

Lower = Callable[[Scope, Any], Expr]


def _times(x: Expr, y: Expr) -> Expr:
    return Call("multiply", (x, y))


def _over(x: Expr, y: Expr) -> Expr:
    return Call("divide", (x, y))


def _plus(x: Expr, y: Expr) -> Expr:
    return Call("add", (x, y))


def _less(x: Expr, y: Expr) -> Expr:
    return Call("subtract", (x, y))


def _add_stock(
    scope: Scope, initial: Expr, rate: Callable[[Value], Expr], floored: bool = False
) -> Value:
    """Add a stock of ours; its rate may look at the stock itself."""
    indices = scope.reachable(indices_of(initial) | indices_of(rate(Value("#"))))
    name = scope.hidden_name()
    value = value_of(name, indices)
    scope.names.variables[name] = Stock(
        name,
        along_all(indices)[0],
        block_over(indices, initial),
        block_over(indices, rate(value)),
        floored,
    )
    return value


def name_value(scope: Scope, expr: Expr) -> Expr:
    """Return a reference to an expression computed once, under a name of ours."""
    if isinstance(expr, (Number, Value)):
        return expr
    indices = scope.reachable(indices_of(expr))
    name = scope.hidden_name()
    blocks = block_over(indices, expr)
    scope.names.variables[name] = Auxiliary(name, along_all(indices)[0], blocks)
    return value_of(name, indices)


def whole_value(scope: Scope, expr: Expr) -> Value:
    """Return a reference to all of an expression, its axes as it is written.

    What takes whole vectors sorts along the last subscript of the vector given to it.
    """
    indices = scope.reachable(indices_of(expr))
    if isinstance(expr, Value):
        order = [p.index for p in expr.places if isinstance(p, Along)]
        indices = tuple(sorted(indices, key=lambda index: order.index(index.name)))
    name = scope.hidden_name()
    blocks = block_over(indices, expr)
    scope.names.variables[name] = Auxiliary(name, along_all(indices)[0], blocks)
    return value_of(name, indices)


def add_active_initial(scope: Scope, active: Expr, at_start: Expr) -> Expr:
    """Return a reference to what has one expression at the start and another after."""
    indices = scope.reachable(indices_of(active) | indices_of(at_start))
    name = scope.hidden_name()
    scope.names.variables[name] = Auxiliary(
        name,
        along_all(indices)[0],
        block_over(indices, active),
        block_over(indices, at_start),
    )
    return value_of(name, indices)


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
    if not x or len(x) != len(y) or any(b <= a for a, b in zip(x, x[1:])):
        what = "the x values of a lookup are missing, or repeat"
        raise scope.fault(what, "Give each point an x of its own.")
    if node.type not in _INTERPOLATIONS:
        what = f"the lookup type '{node.type}' is not supported"
        raise scope.fault(what, "Use a continuous lookup.")
    return Curve(x, y), _INTERPOLATIONS[node.type]


def _initial(scope: Scope, node: Any, lower: Lower) -> Expr:
    expr = lower(scope, node.initial)
    indices = scope.reachable(indices_of(expr))
    name = scope.hidden_name()
    blocks = block_over(indices, expr)
    scope.names.variables[name] = Initial(name, along_all(indices)[0], blocks)
    return value_of(name, indices)


def _integ(scope: Scope, node: Any, lower: Lower) -> Expr:
    rate = lower(scope, node.flow)
    initial = lower(scope, node.initial)
    return _add_stock(scope, initial, lambda _: rate, bool(node.non_negative))


def order_of(scope: Scope, node: Any) -> int:
    """Return the order of a delay or smooth, which decides how many levels it has."""
    order = start_number(scope, node.order)
    if order is not None and 1 <= order <= 100 and order == int(order):
        return int(order)
    what = "the order of a delay or smooth is not a whole number from 1 to 100"
    raise scope.fault(what, "Write the number, or name a constant.")


def _delay(scope: Scope, node: Any, lower: Lower) -> Expr:
    order = order_of(scope, node)
    inflow = name_value(scope, lower(scope, node.input))
    time = name_value(scope, lower(scope, node.delay_time))
    start = _times(lower(scope, node.initial), time)
    _limit(scope, time, order)
    for _ in range(order):
        level = _add_stock(
            scope, start, _delay_rate(inflow, time, Number(float(order)))
        )
        inflow = _over(level, time)
    return inflow


def _limit(scope: Scope, time: Expr, order: int) -> None:
    """Note that a delay can't be shorter than a step for each of its levels."""
    if isinstance(time, Number):
        scope.names.limits.append(Limit(scope.owner, time.value, order))
    if isinstance(time, Value):
        scope.names.limits.append(Limit(scope.owner, time.variable, order))


def _delay_n(scope: Scope, node: Any, lower: Lower) -> Expr:
    """Lower DELAY N: what is in a level leaves it at the pace at which it came in.

    Each level uses the delay time of as many steps ago as there are levels before it.
    """
    order = order_of(scope, node)
    inflow = name_value(scope, lower(scope, node.input))
    time = name_value(scope, lower(scope, node.delay_time))
    start = _times(lower(scope, node.initial), time)
    _limit(scope, time, order)
    step_ago = _last_step(scope, time)
    pace = time
    for _ in range(order):
        rate = _delay_rate(inflow, pace, Number(float(order)))
        level = _add_stock(scope, start, rate)
        inflow = _over(level, pace)
        pace = _last_step(scope, pace)
    return _over(level, step_ago)


def _last_step(scope: Scope, expr: Expr) -> Expr:
    """Return the value that an expression had a step ago; at the start, its own."""
    if isinstance(expr, Number):
        return expr
    indices = scope.reachable(indices_of(expr))
    name = scope.hidden_name()
    scope.names.variables[name] = Memory(
        name,
        along_all(indices)[0],
        block_over(indices, expr),
        block_over(indices, expr),
    )
    return value_of(name, indices)


def _delay_rate(inflow: Expr, time: Expr, order: Expr) -> Callable[[Value], Expr]:
    return lambda level: _times(_less(inflow, _over(level, time)), order)


def _smooth(scope: Scope, node: Any, lower: Lower) -> Expr:
    order = order_of(scope, node)
    goal = name_value(scope, lower(scope, node.input))
    time = name_value(scope, lower(scope, node.smooth_time))
    start = lower(scope, node.initial)
    for _ in range(order):
        goal = _add_stock(scope, start, _smooth_rate(goal, time, Number(float(order))))
    return goal


def _smooth_rate(goal: Expr, time: Expr, order: Expr) -> Callable[[Value], Expr]:
    return lambda level: _over(_times(_less(goal, level), order), time)


def _trend(scope: Scope, node: Any, lower: Lower) -> Expr:
    value = name_value(scope, lower(scope, node.input))
    time = name_value(scope, lower(scope, node.average_time))
    trend = lower(scope, node.initial_trend)
    start = _over(value, _plus(Number(1.0), _times(trend, time)))
    average = _add_stock(scope, start, lambda level: _over(_less(value, level), time))
    size = _times(time, Call("absolute", (average,)))
    return Call("divide or zero", (_less(value, average), size))


def _forecast(scope: Scope, node: Any, lower: Lower) -> Expr:
    value = name_value(scope, lower(scope, node.input))
    time = name_value(scope, lower(scope, node.average_time))
    horizon = lower(scope, node.horizon)
    start = _over(value, _plus(Number(1.0), lower(scope, node.initial_trend)))
    average = _add_stock(scope, start, lambda level: _over(_less(value, level), time))
    trend = Call("divide or zero", (_less(value, average), _times(time, average)))
    return _times(value, _plus(Number(1.0), _times(trend, horizon)))


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
    needed = frozenset().union(*(indices_of(part) for part in parts))
    indices = scope.reachable(needed)
    name = scope.hidden_name()
    scope.names.variables[name] = Pipeline(
        name,
        along_all(indices)[0],
        block_over(indices, initial),
        block_over(indices, inflow),
        block_over(indices, delay),
    )
    return value_of(name, indices)


HANDLERS: dict[str, Callable[[Scope, Any, Lower], Expr]] = {
    "InitialStructure": _initial,
    "IntegStructure": _integ,
    "DelayStructure": _delay,
    "DelayNStructure": _delay_n,
    "SmoothNStructure": _smooth,
    "SmoothStructure": _smooth,
    "TrendStructure": _trend,
    "ForecastStructure": _forecast,
    "SampleIfTrueStructure": _sample,
    "DelayFixedStructure": _delay_fixed,
}
