"""Delays and smooths of any order, as chains of stocks.

The levels of a delay hold material (its outflow is level / time) and those of a smooth
information, in the arithmetic order of PySD, so that the two agree to rounding.
"""

from collections.abc import Callable
from typing import Any

from cqsim.compile.ir import Expr, Limit, Memory, Number, Value
from cqsim.model.lower.hidden import (
    add_hidden,
    add_stock,
    less,
    name_value,
    over,
    times,
)
from cqsim.model.lower.names import Scope
from cqsim.model.lower.structure import start_number

Lower = Callable[[Scope, Any], Expr]


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
    start = times(lower(scope, node.initial), time)
    _limit(scope, time, order)
    for _ in range(order):
        level = add_stock(scope, start, _delay_rate(inflow, time, Number(float(order))))
        inflow = over(level, time)
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
    start = times(lower(scope, node.initial), time)
    _limit(scope, time, order)
    step_ago = _last_step(scope, time)
    pace = time
    level: Expr = inflow
    for _ in range(order):
        rate = _delay_rate(inflow, pace, Number(float(order)))
        level = add_stock(scope, start, rate)
        inflow = over(level, pace)
        pace = _last_step(scope, pace)
    return over(level, step_ago)


def _last_step(scope: Scope, expr: Expr) -> Expr:
    """Return the value that an expression had a step ago; at the start, its own."""
    if isinstance(expr, Number):
        return expr
    return add_hidden(scope, Memory, expr, expr)


def _delay_rate(inflow: Expr, time: Expr, order: Expr) -> Callable[[Value], Expr]:
    return lambda level: times(less(inflow, over(level, time)), order)


def _smooth(scope: Scope, node: Any, lower: Lower) -> Expr:
    order = order_of(scope, node)
    goal = name_value(scope, lower(scope, node.input))
    time = name_value(scope, lower(scope, node.smooth_time))
    start = lower(scope, node.initial)
    for _ in range(order):
        goal = add_stock(scope, start, _smooth_rate(goal, time, Number(float(order))))
    return goal


def _smooth_rate(goal: Expr, time: Expr, order: Expr) -> Callable[[Value], Expr]:
    return lambda level: over(times(less(goal, level), order), time)


HANDLERS: dict[str, Callable[[Scope, Any, Lower], Expr]] = {
    "DelayStructure": _delay,
    "DelayNStructure": _delay_n,
    "SmoothNStructure": _smooth,
    "SmoothStructure": _smooth,
}
