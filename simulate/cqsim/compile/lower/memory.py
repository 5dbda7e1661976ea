"""Functions that remember: stocks, delays, smooths, trends, samples.

Each becomes states beside the equation that it stands in. Delays hold material: what
leaves a level is level / time. Smooths hold information.
"""

import math
from collections.abc import Callable, Mapping

from cqsim.compile.expr import Expr, Number, TimeStep, Value
from cqsim.compile.ir import Auxiliary, Initial, Limit, Memory, Pipeline
from cqsim.compile.lower.constants import start_number
from cqsim.compile.lower.scope import (
    ONE,
    ZERO,
    Handler,
    Lower,
    Scope,
    axes_over,
    block_over,
    call,
    either,
    minus,
    over,
    plus,
    times,
    value_over,
)
from cqsim.language.expression import MISSING
from cqsim.language.syntax import Call, Expression


def _all(scope: Scope, node: Call, lower: Lower) -> list[Expr]:
    return [lower(scope, argument) for argument in node.arguments]


def _integ(scope: Scope, node: Call, lower: Lower) -> Expr:
    rate, initial = _all(scope, node, lower)
    return scope.add_stock(initial, lambda _: rate)


def _special_integ(scope: Scope, node: Call, lower: Lower) -> Expr:
    """Return SINTEG(rate, initial, least, greatest, multiple of, special, reach).

    After each step the level is set to the nearest multiple, between the least and the
    greatest, and to the special value within reach of that; `:NA:` leaves one out.
    """
    rate, initial, *bounds = _all(scope, node, lower)
    if not all(isinstance(bound, Number) for bound in bounds):
        what = "the bounds of SINTEG are not all numbers or :NA:"
        scope.refuse(what, "Write numbers.")
    asked = (None if bound == Number(MISSING) else bound for bound in bounds)
    least, greatest, unit, special, reach = asked

    def bounded(level: Expr) -> Expr:
        if unit:
            level = times(unit, call("floor", plus(over(level, unit), Number(0.5))))
        if least:
            level = call("maximum", level, least)
        if greatest:
            level = call("minimum", level, greatest)
        if special and reach:
            distance = call("absolute", minus(level, special))
            level = either(call("less", distance, reach), special, level)
        return level

    change = times(rate, TimeStep())
    return remembered(
        scope, bounded(initial), lambda level: bounded(plus(level, change))
    )[0]


def _initial(scope: Scope, node: Call, lower: Lower) -> Expr:
    return scope.add(Initial, lower(scope, node.arguments[0]))


def _active_initial(scope: Scope, node: Call, lower: Lower) -> Expr:
    return scope.add(Auxiliary, *_all(scope, node, lower))


def _sample(scope: Scope, node: Call, lower: Lower) -> Expr:
    condition, value, initial = _all(scope, node, lower)
    return remembered(scope, initial, lambda kept: either(condition, value, kept))[1]


def remembered(
    scope: Scope, initial: Expr, following: Callable[[Value], Expr]
) -> tuple[Value, Expr]:
    """Add what takes, after each step, a value that may depend on the one before.

    Returns
    -------
    The value remembered from the step before, and the one that follows it.
    """
    indices = scope.reachable(initial, following(Value("#")))
    name = scope.temporary_name()
    kept = value_over(name, indices)
    after = following(kept)
    scope.lowering.variables[name] = Memory(
        name,
        axes_over(indices),
        block_over(indices, initial),
        block_over(indices, after),
    )
    return kept, after


def _previous(scope: Scope, node: Call, lower: Lower) -> Expr:
    """Return PREVIOUS(x, initial): the value of x a step before."""
    given = _all(scope, node, lower)
    start = given[1] if len(given) > 1 else scope.add(Initial, given[0])
    return remembered(scope, start, lambda _: given[0])[0]


def last_step(scope: Scope, expr: Expr) -> Expr:
    """Return the value that an expression had a step ago; at the start, its own."""
    if isinstance(expr, Number):
        return expr
    return scope.add(Memory, expr, expr)


def _endval(scope: Scope, node: Call, lower: Lower) -> Expr:
    given = _all(scope, node, lower)
    if len(given) < 2:
        what = "ENDVAL is the value at the end of the run before, and none is kept"
        scope.refuse(what, "Give its initial value as the second argument.")
    return scope.add(Initial, given[1])


def _history(scope: Scope, node: Call, lower: Lower) -> Expr:
    """Return HISTORY(x, TIME - constant), a fixed delay from 0."""
    from cqsim.language.syntax import Binary, Reference, canonical

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
    value, back = lower(scope, node.arguments[0]), lower(scope, moment.right)
    return scope.add(Pipeline, ZERO, value, back)


def _derivative(scope: Scope, node: Call, lower: Lower) -> Expr:
    """Return DERIVN(x, n): differences over the last n steps; 0 at the start."""
    order = start_number(scope, node.arguments[1])
    if order is None or order != int(order) or not 0 <= order <= 20:
        what = "the order of DERIVN is not a whole number from 0 to 20"
        scope.refuse(what, "Write the number.")
    value = scope.named(lower(scope, node.arguments[0]))
    for _ in range(int(order)):
        before = last_step(scope, value)
        value = scope.named(over(minus(value, before), TimeStep()))
    return value


# Delays and smooths.


def order_of(scope: Scope, node: Expression) -> int:
    """Return the order of a delay or smooth, which decides how many levels it has."""
    order = start_number(scope, node)
    if order is not None and order >= 0.5:
        order = math.floor(order + 0.5)
    if order is None or not 1 <= order <= 100:
        what = "the order of a delay or smooth is not a number from 1 to 100"
        scope.refuse(what, "Write the number, or name a constant.")
    return int(order)


def _delay(order: int) -> Handler:
    def handle(scope: Scope, node: Call, lower: Lower) -> Expr:
        given = _all(scope, node, lower)
        start = given[2] if len(given) > 2 else given[0]
        return _material(scope, given[0], given[1], start, order)

    return handle


def _material(
    scope: Scope, value: Expr, delay: Expr, initial: Expr, order: int
) -> Expr:
    inflow, time = scope.named(value), scope.named(delay)
    return order_chain(scope, inflow, time, initial, order)[0]


def order_chain(
    scope: Scope, inflow: Expr, time: Expr, initial: Expr, order: int
) -> tuple[Expr, list[Expr]]:
    """Return what leaves a material delay, and its levels (each times the order)."""
    start = times(initial, time)
    _limit(scope, time, order)
    levels: list[Expr] = []
    for _ in range(order):
        rate = _delay_rate(inflow, time, Number(float(order)))
        levels.append(scope.add_stock(start, rate))
        inflow = over(levels[-1], time)
    return inflow, levels


def _limit(scope: Scope, time: Expr, order: int) -> None:
    """Note that a delay can't be shorter than a step for each of its levels."""
    if isinstance(time, Number):
        scope.lowering.limits.append(Limit(scope.owner, time.value, order))
    if isinstance(time, Value):
        scope.lowering.limits.append(Limit(scope.owner, time.variable, order))


def _delay_n(scope: Scope, node: Call, lower: Lower) -> Expr:
    return _n_th_delay(scope, node, lower, (2, 3))


def _xmile_delay_n(scope: Scope, node: Call, lower: Lower) -> Expr:
    return _n_th_delay(scope, node, lower, (3, 2))


def _n_th_delay(
    scope: Scope, node: Call, lower: Lower, places: tuple[int, int]
) -> Expr:
    """Lower DELAY N: what is in a level leaves it at the pace at which it came in.

    Each level uses the delay time of as many steps ago as there are levels before it.
    """
    initial, order_place = places
    order = order_of(scope, node.arguments[order_place])
    inflow = scope.named(lower(scope, node.arguments[0]))
    time = scope.named(lower(scope, node.arguments[1]))
    first = node.arguments[initial] if len(node.arguments) > initial else None
    start = times(lower(scope, first) if first else inflow, time)
    _limit(scope, time, order)
    step_ago = last_step(scope, time)
    pace = time
    level: Expr = inflow
    for _ in range(order):
        rate = _delay_rate(inflow, pace, Number(float(order)))
        level = scope.add_stock(start, rate)
        inflow = over(level, pace)
        pace = last_step(scope, pace)
    return over(level, step_ago)


def _delay_rate(inflow: Expr, time: Expr, order: Expr) -> Callable[[Value], Expr]:
    return lambda level: times(minus(inflow, over(level, time)), order)


def _smooth(order: int) -> Handler:
    def handle(scope: Scope, node: Call, lower: Lower) -> Expr:
        given = _all(scope, node, lower)
        start = given[2] if len(given) > 2 else given[0]
        return _information(scope, given[0], given[1], start, order)

    return handle


def _smooth_n(scope: Scope, node: Call, lower: Lower) -> Expr:
    order = order_of(scope, node.arguments[3])
    value, time, start = (lower(scope, a) for a in node.arguments[:3])
    return _information(scope, value, time, start, order)


def _xmile_smooth_n(scope: Scope, node: Call, lower: Lower) -> Expr:
    order = order_of(scope, node.arguments[2])
    value, time = (lower(scope, a) for a in node.arguments[:2])
    start = lower(scope, node.arguments[3]) if len(node.arguments) > 3 else value
    return _information(scope, value, time, start, order)


def _information(
    scope: Scope, value: Expr, time: Expr, start: Expr, order: int
) -> Expr:
    goal, time = scope.named(value), scope.named(time)
    for _ in range(order):
        goal = scope.add_stock(start, _smooth_rate(goal, time, Number(float(order))))
    return goal


def _smooth_rate(goal: Expr, time: Expr, order: Expr) -> Callable[[Value], Expr]:
    return lambda level: over(times(minus(goal, level), order), time)


def _delay_fixed(scope: Scope, node: Call, lower: Lower) -> Expr:
    value, time, initial = _all(scope, node, lower)
    return scope.add(Pipeline, initial, value, time)


def _xmile_delay(scope: Scope, node: Call, lower: Lower) -> Expr:
    """Return DELAY(x, time, initial), whose time is the one at the start."""
    given = _all(scope, node, lower)
    start = given[2] if len(given) > 2 else scope.add(Initial, given[0])
    time = given[1] if isinstance(given[1], Number) else scope.add(Initial, given[1])
    return scope.add(Pipeline, start, given[0], time)


# Trends, values.


def _trend(scope: Scope, node: Call, lower: Lower) -> Expr:
    given = _all(scope, node, lower)
    value, time = scope.named(given[0]), scope.named(given[1])
    trend = given[2] if len(given) > 2 else ZERO
    start = over(value, plus(ONE, times(trend, time)))
    average = scope.add_stock(start, lambda level: over(minus(value, level), time))
    size = times(time, call("absolute", average))
    return call("divide or zero", minus(value, average), size)


def _forecast(scope: Scope, node: Call, lower: Lower) -> Expr:
    given = _all(scope, node, lower)
    value, time, horizon = scope.named(given[0]), scope.named(given[1]), given[2]
    trend = given[3] if len(given) > 3 else ZERO
    start = over(value, plus(ONE, trend)) if len(given) > 3 else value
    average = scope.add_stock(start, lambda level: over(minus(value, level), time))
    rise = call("divide or zero", minus(value, average), times(time, average))
    return times(value, plus(ONE, times(rise, horizon)))


def _npv(scope: Scope, node: Call, lower: Lower) -> Expr:
    """Return NPV(stream, discount rate, initial value, factor), as Vensim states it.

    df = INTEG(-df * rate / (1 + rate * TIME STEP), 1);
    ncum = INTEG(stream * df, initial); NPV = (ncum + stream * TIME STEP * df) * factor.
    """
    given = _all(scope, node, lower)
    stream, rate = scope.named(given[0]), scope.named(given[1])
    is_vensim = len(given) == 4
    initial = given[2] if is_vensim else ZERO
    factor = given[3] if is_vensim else given[2] if len(given) > 2 else ONE
    slower = plus(ONE, times(rate, TimeStep()))
    discount = scope.add_stock(
        ONE, lambda level: call("negative", over(times(level, rate), slower))
    )
    sum_so_far = scope.add_stock(initial, lambda _: times(stream, discount))
    now = times(times(stream, TimeStep()), discount)
    return times(plus(sum_so_far, now), factor)


HANDLERS: Mapping[str, Handler] = {
    "integ": _integ,
    "sinteg": _special_integ,
    "initial": _initial,
    "reinitial": _initial,
    "active initial": _active_initial,
    "sample if true": _sample,
    "xmile previous": _previous,
    "xmile endval": _endval,
    "xmile history": _history,
    "xmile derivn": _derivative,
    "smooth": _smooth(1),
    "smoothi": _smooth(1),
    "xmile smth1": _smooth(1),
    "smooth3": _smooth(3),
    "smooth3i": _smooth(3),
    "xmile smth3": _smooth(3),
    "smooth n": _smooth_n,
    "xmile smthn": _xmile_smooth_n,
    "delay1": _delay(1),
    "delay1i": _delay(1),
    "xmile delay1": _delay(1),
    "delay3": _delay(3),
    "delay3i": _delay(3),
    "xmile delay3": _delay(3),
    "delay n": _delay_n,
    "xmile delayn": _xmile_delay_n,
    "delay fixed": _delay_fixed,
    "xmile delay": _xmile_delay,
    "trend": _trend,
    "xmile trend": _trend,
    "forecast": _forecast,
    "xmile forcst": _forecast,
    "npv": _npv,
    "xmile npv": _npv,
}
