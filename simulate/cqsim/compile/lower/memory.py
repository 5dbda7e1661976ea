"""Functions that remember, and need more than a formula: delays, smooths, histories.

Each becomes states beside the equation that it stands in. Delays hold material: what
leaves a level is level / time. Smooths hold information.
"""

import math
from collections.abc import Callable, Mapping

from cqsim.compile.expr import Expr, Number, TimeStep, Value, call, either
from cqsim.compile.ir import Auxiliary, Initial, Limit, Memory, Pipeline, Stock
from cqsim.compile.lower.constants import start_number
from cqsim.compile.lower.scope import ZERO, Handler, Scope
from cqsim.language.expression import MISSING
from cqsim.language.syntax import Binary, Call, Expression, Reference, canonical


def _active_initial(scope: Scope, node: Call) -> Expr:
    return scope.add(Auxiliary, *scope.lower_all(node))


def _special_integ(scope: Scope, node: Call) -> Expr:
    """Return SINTEG(rate, initial, least, greatest, multiple of, special, reach).

    After each step the level is set to the nearest multiple, between the least and the
    greatest, and to the special value within reach of that; `:NA:` leaves one out.
    """
    rate, initial, *bounds = scope.lower_all(node)
    numbers = [bound.value for bound in bounds if isinstance(bound, Number)]
    if len(numbers) < len(bounds):
        what = "the bounds of SINTEG are not all numbers or :NA:"
        scope.refuse(what, "Write numbers.")
    asked = (None if number == MISSING else number for number in numbers)
    least, greatest, unit, special, reach = asked
    is_empty = least is not None and greatest is not None and least > greatest
    if is_empty or (unit is not None and unit <= 0):
        what = "SINTEG's bounds cross, or its multiple is not above 0"
        scope.refuse(what, "Correct them, or write :NA:.")

    def bounded(level: Expr) -> Expr:
        if unit is not None:
            level = call("floor", level / unit + 0.5) * unit
        if least is not None:
            level = call("maximum", level, least)
        if greatest is not None:
            level = call("minimum", level, greatest)
        if special is not None and reach is not None:
            distance = call("absolute", level - special)
            level = either(distance < reach, special, level)
        return level

    change = rate * TimeStep()
    return scope.add_state(Memory, bounded(initial), lambda own: bounded(own + change))


def _endval(scope: Scope, node: Call) -> Expr:
    given = scope.lower_all(node)
    if len(given) < 2:
        what = "ENDVAL is the value at the end of the run before, and none is kept"
        scope.refuse(what, "Give its initial value as the second argument.")
    return scope.add(Initial, given[1])


def _history(scope: Scope, node: Call) -> Expr:
    """Return HISTORY(x, TIME - constant), a fixed delay from 0."""
    moment = node.arguments[1]
    is_time = (
        isinstance(moment, Binary)
        and moment.operator == "-"
        and isinstance(moment.left, Reference)
        and canonical(moment.left.name) == "time"
    )
    if not is_time or not isinstance(moment, Binary):
        what = "HISTORY at a computed time is not supported"
        scope.refuse(what, "Write HISTORY(x, TIME - constant), or use DELAY.")
    value, back = (scope.lower(node.arguments[0]), scope.lower(moment.right))
    return scope.add(Pipeline, ZERO, value, back)


def _derivative(scope: Scope, node: Call) -> Expr:
    """Return DERIVN(x, n): differences over the last n steps; 0 at the start."""
    order = start_number(scope, node.arguments[1])
    if order is None or order != int(order) or not 0 <= order <= 20:
        what = "the order of DERIVN is not a whole number from 0 to 20"
        scope.refuse(what, "Write the number.")
    value = scope.named(scope.lower(node.arguments[0]))
    for _ in range(int(order)):
        before = _step_ago(scope, value)
        value = scope.named((value - before) / TimeStep())
    return value


def _step_ago(scope: Scope, expr: Expr) -> Expr:
    """Return the value that an expression had a step ago; at the start, its own."""
    return expr if isinstance(expr, Number) else scope.add(Memory, expr, expr)


# Delays and smooths.


def _order_of(scope: Scope, node: Expression) -> int:
    """Return the order of a delay or smooth, which decides how many levels it has."""
    order = start_number(scope, node)
    if order is not None and order >= 0.5:
        order = math.floor(order + 0.5)
    if order is None or not 1 <= order <= 100:
        what = "the order of a delay or smooth is not a number from 1 to 100"
        scope.refuse(what, "Write the number, or name a constant.")
    return int(order)


def material(
    scope: Scope, x: Expr, time: Expr, initial: Expr, order: Expr
) -> tuple[Expr, list[Expr]]:
    """Return what leaves a material delay, and its levels (each times the order)."""
    inflow, time = scope.named(x), scope.named(time)
    start = initial * time
    levels: list[Expr] = []
    for _ in range(_levels(scope, time, order)):
        levels.append(_delay_level(scope, start, inflow, time, order))
        inflow = levels[-1] / time
    return inflow, levels


def _outflow(scope: Scope, x: Expr, time: Expr, initial: Expr, order: Expr) -> Expr:
    """Return what leaves a material delay of an order."""
    return material(scope, x, time, initial, order)[0]


def information(scope: Scope, x: Expr, time: Expr, initial: Expr, order: Expr) -> Expr:
    """Return a smooth of an order."""
    goal, time = scope.named(x), scope.named(time)
    assert isinstance(order, Number)
    for _ in range(int(order.value)):

        def change(level: Expr, goal: Expr = goal) -> Expr:
            return (goal - level) * order / time

        goal = scope.add_state(Stock, initial, change)
    return goal


def _delay_level(
    scope: Scope, start: Expr, inflow: Expr, time: Expr, order: Expr
) -> Value:
    def change(level: Expr) -> Expr:
        return (inflow - level / time) * order

    return scope.add_state(Stock, start, change)


def _levels(scope: Scope, time: Expr, order: Expr) -> int:
    """Return how many levels a delay has; note that none can be shorter than a step."""
    assert isinstance(order, Number)
    count = int(order.value)
    if isinstance(time, Number):
        scope.lowering.limits.append(Limit(scope.owner, time.value, count))
    if isinstance(time, Value):
        scope.lowering.limits.append(Limit(scope.owner, time.variable, count))
    return count


def _n_th(make: Callable[..., Expr], initial: int, order: int) -> Handler:
    """Return the handler of a delay or smooth with its order as an argument.

    Parameters
    ----------
    initial, order
        Which arguments these are.
    """

    def handle(scope: Scope, node: Call) -> Expr:
        levels = Number(float(_order_of(scope, node.arguments[order])))
        x, time = (scope.named(scope.lower(a)) for a in node.arguments[:2])
        is_given = len(node.arguments) > initial
        start = scope.lower(node.arguments[initial]) if is_given else x
        return make(scope, x, time, start, levels)

    return handle


def _delay_n(scope: Scope, x: Expr, time: Expr, initial: Expr, order: Expr) -> Expr:
    """Return DELAY N: what is in a level leaves it at the pace at which it came in.

    Each level uses the delay time of as many steps ago as there are levels before it.
    """
    start, step_ago, pace = initial * time, _step_ago(scope, time), time
    inflow = level = x
    for _ in range(_levels(scope, time, order)):
        level = _delay_level(scope, start, inflow, pace, order)
        inflow = level / pace
        pace = _step_ago(scope, pace)
    return level / step_ago


def _with_pipeline(scope: Scope, node: Call) -> Expr:
    """Lower DELAYP(input, time : pipeline): DELAY3, and what is within it."""
    x, time = (scope.named(scope.lower(a)) for a in node.arguments)
    outflow, levels = material(scope, x, time, x, Number(3.0))
    for output in node.outputs:
        scope.define(output, (levels[0] + levels[1] + levels[2]) / 3)
    return outflow


HANDLERS: Mapping[str, Handler] = {
    "active initial": _active_initial,
    "sinteg": _special_integ,
    "xmile endval": _endval,
    "xmile history": _history,
    "xmile derivn": _derivative,
    "smooth n": _n_th(information, 2, 3),
    "xmile smthn": _n_th(information, 3, 2),
    "delay n": _n_th(_delay_n, 2, 3),
    "xmile delayn": _n_th(_outflow, 3, 2),
    "delayp": _with_pipeline,
}
