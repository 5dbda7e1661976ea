"""Functions that remember, and need more than a formula: delays, smooths, write-offs.

Each becomes states of its own. Material delays hold material: what leaves a level is
level / time. Smooths hold information. In discrete delays and write-offs slot k holds
what comes out in k steps; these are as Vensim's reference manual describes them, and a
delay time counts when something enters.
"""

import math
from collections.abc import Callable, Mapping

from cqsim.compile.expr import (
    Along,
    Expr,
    Fixed,
    Index,
    Now,
    Reduce,
    Scalar,
    TimeStep,
    Value,
    call,
    either,
    equal,
)
from cqsim.compile.ir import Auxiliary, FixedDelay, Initial, Limit, Memory, Stock
from cqsim.compile.lower.scope import (
    ZERO,
    Handler,
    Scope,
    clock_number,
    constant_number,
    start_number,
)
from cqsim.compile.lower.tables import curves_named
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
    numbers = [bound.value for bound in bounds if isinstance(bound, Scalar)]
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
    return scope.add(FixedDelay, ZERO, value, back)


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
    return expr if isinstance(expr, Scalar) else scope.add(Memory, expr, expr)


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


def material(scope: Scope, x: Expr, time: Expr, initial: Expr, order: Expr) -> Expr:
    """Return what leaves a material delay of an order."""
    return _leveled(scope, x, time, initial, order)[0]


def _leveled(
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


def information(scope: Scope, x: Expr, time: Expr, initial: Expr, order: Expr) -> Expr:
    """Return a smooth of an order."""
    goal, time = scope.named(x), scope.named(time)
    assert isinstance(order, Scalar)
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
    assert isinstance(order, Scalar)
    count = int(order.value)
    if isinstance(time, Scalar):
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
        levels = Scalar(float(_order_of(scope, node.arguments[order])))
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
    outflow, levels = _leveled(scope, x, time, x, Scalar(3.0))
    for output in node.outputs:
        scope.define(output, (levels[0] + levels[1] + levels[2]) / 3)
    return outflow


# Discrete delays: material and information that wait in slots.


_HALF = Scalar(0.5)

#: Slots of a delay, at most.
MOST_SLOTS = 30_000


class Slots:
    """A row of remembered numbers over the indices in reach, one for each slot.

    Attributes
    ----------
    number
        The number of the slot that the index of the row is at, from 0.
    """

    def __init__(self, scope: Scope, count: int, *used: Expr) -> None:
        self._scope, self._count = scope, count
        self.name = scope.temporary_name()
        scope.lowering.variables[self.name] = Memory(self.name, (), (), ())
        self.index = Index(scope.index_name("slot"), tuple(map(str, range(count))))
        self._indices = (*scope.reachable(*used), self.index)
        self.number = self.index.numbered()

    def at(self, slot: int) -> Value:
        """Return one slot."""
        outer = (index.whole for index in self._indices[:-1])
        return Value(self.name, (*outer, Fixed(slot)))

    def each(self, shift: int = 0) -> Value:
        """Return the slot so many places after the one that the index is at."""
        last = self._count - 1
        positions = tuple(min(max(n + shift, 0), last) for n in range(last + 1))
        outer = (index.whole for index in self._indices[:-1])
        return Value(self.name, (*outer, Along(self.index.name, positions)))

    @property
    def next(self) -> Expr:
        """The value that moves into the index's slot: that of the next slot, or 0."""
        return either(equal(self.number, self._count - 1), 0, self.each(1))

    def total(self, of: Expr) -> Expr:
        """Return the sum of an expression over all slots."""
        return Reduce("sum", (self.index,), of)

    def state(self, initial: Expr, following: Expr) -> None:
        """Say what is in each slot at the start, and after a step."""
        self._scope.put(self.name, self._indices, Memory, initial, following)


def steps_of(scope: Scope, time: Expr) -> Expr:
    """Return how many steps a time takes, at least one."""
    rounded = call("floor", time / TimeStep() + _HALF)
    return scope.named(call("maximum", rounded, 1))


def run_steps(scope: Scope, function: str) -> int:
    """Return how many steps a run takes, which then can't be set."""
    names = ("initial time", "final time", "time step")
    begin, end, step = (clock_number(scope, name) for name in names)
    if begin is None or end is None or step is None or step <= 0:
        what = f"{function.upper()} needs a clock of constants"
        scope.refuse(what, "Write INITIAL TIME, FINAL TIME and TIME STEP as numbers.")
    return _checked(scope, function, round((end - begin) / step) + 2)


def _checked(scope: Scope, function: str, count: int) -> int:
    if not 1 <= count <= MOST_SLOTS:
        what = f"{function.upper()} would wait for {count} steps"
        scope.refuse(what, f"It can for 1 to {MOST_SLOTS}: use longer steps.")
    return count


def _count(scope: Scope, node: Call, argument: int) -> int | None:
    """Return how many steps a constant time takes; None for one that changes."""
    time = constant_number(scope, node.arguments[argument])
    step = clock_number(scope, "time step")
    if time is None or step is None:
        return None
    return _checked(scope, node.function, max(1, round(time / step)))


def _material(scope: Scope, node: Call) -> Expr:
    """Lower DELAY MATERIAL(input, time, initial, missing).

    What enters adds to what already waits for the same step; where nothing comes out,
    the value for missing ones does.
    """
    value, time, initial, missing = (scope.lower(a) for a in node.arguments)
    if constant_number(scope, node.arguments[1]) is not None:
        return scope.add(FixedDelay, initial, value, time)
    value, steps = scope.named(value), steps_of(scope, time)
    count = run_steps(scope, node.function)
    held = Slots(scope, count, value, steps, initial)
    filled = Slots(scope, count, value, steps)
    enters = equal(held.number, steps - 1)
    begun = held.number < steps
    held.state(either(begun, initial, 0), held.next + either(enters, value, 0))
    enters = equal(filled.number, steps - 1)
    begun = filled.number < steps
    filled.state(either(begun, 1, 0), either(enters, 1, filled.next))
    return either(equal(filled.at(0), 0), missing, held.at(0))


def _information(scope: Scope, node: Call) -> Expr:
    """Lower DELAY INFORMATION(input, time, initial).

    What enters replaces all that would come out later; between arrivals the last value
    is held.
    """
    value, time, initial = (scope.lower(a) for a in node.arguments)
    if constant_number(scope, node.arguments[1]) is not None:
        return scope.add(FixedDelay, initial, value, time)
    value, steps = scope.named(value), steps_of(scope, time)
    line = Slots(scope, run_steps(scope, node.function), value, steps, initial)
    last = steps - 1
    # A slot behind the newest holds it too: so what comes out is held by itself.
    line.state(initial, either(line.number < last, line.each(1), value))
    return line.at(0)


def _batch(scope: Scope, node: Call) -> Expr:
    """Lower DELAY BATCH(input, size, time, batch, release time, backlog).

    A batch starts when enough has gathered and none is in process; it comes out whole.
    """
    given = [scope.named(scope.lower(a)) for a in node.arguments]
    value, size, time, first_batch, first_release, first_backlog = given
    batch, release, backlog = (Slots(scope, 1, *given) for _ in range(3))
    now = Now() + _HALF * TimeStep()
    is_full = batch.at(0) > 0
    is_due = is_full & (now >= release.at(0))
    is_free = call("not", is_full) | is_due
    starts = is_free & (backlog.at(0) >= size)
    kept = either(is_due, 0, batch.at(0))
    batch.state(first_batch, either(starts, size, kept))
    release.state(first_release, either(starts, Now() + time, release.at(0)))
    taken = either(starts, size, 0)
    gathered = backlog.at(0) + value * TimeStep()
    backlog.state(first_backlog, gathered - taken)
    return either(is_due, batch.at(0) / TimeStep(), 0)


def _conveyor(scope: Scope, node: Call) -> Expr:
    """Lower DELAY CONVEYOR(input, time, leak, profile, total, initial time).

    All on the conveyor leaks at the same fraction, what has just entered too. At the
    start the total lies as the profile says, first out first.
    """
    count = _count(scope, node, 1)
    if count is None:
        what = "the time of DELAY CONVEYOR is no constant"
        scope.refuse(what, "Give a constant, or use DELAY MATERIAL.")
    value, leak, total = (scope.lower(node.arguments[n]) for n in (0, 2, 4))
    profile = curves_named(scope, node.arguments[3])
    slots = Slots(scope, count, value, leak, total)
    first, last = (profile.lookup.curves[0].x[end] for end in (0, -1))
    along = slots.number * (last - first) / count
    share = profile.at(first + along)
    whole = scope.named(slots.total(share))
    enters = equal(slots.number, count - 1.0)
    kept = 1 - leak * TimeStep()
    moved = slots.next + either(enters, value * TimeStep(), 0)
    slots.state(total * share / whole, moved * kept)
    return slots.at(0) / TimeStep()


# Write-offs.


def _is_new_period(scope: Scope, period: Expr, begin: Expr) -> Expr:
    """Return whether the next step is the first of another fiscal period."""
    passed = Now() - begin + _HALF * TimeStep()
    now = call("floor", passed / period)
    then = call("floor", (passed + TimeStep()) / period)
    return scope.named(then > now)


def _by_period(
    scope: Scope, stream: Expr, initial: Expr, period: Expr, parts: tuple[int, Expr]
) -> Slots:
    """Return the inflow by fiscal period; slot 0 is the current period."""
    count, begin = parts
    gathered = Slots(scope, count, stream, initial, period)
    new = _is_new_period(scope, period, begin)
    is_first = equal(gathered.number, 0)
    grown = gathered.each() + stream * TimeStep()
    current = either(new, 0, grown)
    # The period that ends becomes the one before, with the step that ends it.
    is_second = equal(gathered.number, 1)
    ended = gathered.each(-1) + either(is_second, stream * TimeStep(), 0)
    older = either(new, ended, gathered.each())
    start = either(is_first, 0, initial * period)
    gathered.state(start, either(is_first, current, older))
    return gathered


def _straight_line(scope: Scope, node: Call) -> Expr:
    """Lower DEPRECIATE STRAIGHTLINE(stream, life, fiscal period, initial stream).

    What comes in within a fiscal period is written off in equal parts in that period
    and those that follow, over its life.
    """
    life, period = (constant_number(scope, node.arguments[n]) for n in (1, 2))
    if life is None or period is None or period <= 0:
        what = "the life and fiscal period of DEPRECIATE STRAIGHTLINE are no constants"
        scope.refuse(what, "Give numbers, or constants.")
    count = _checked(scope, node.function, max(1, round(life / period)))
    stream, initial = (scope.named(scope.lower(node.arguments[n])) for n in (0, 3))
    begin = scope.control("initial time")
    length = Scalar(period)
    gathered = _by_period(scope, stream, initial, length, (count, begin))
    older = either(equal(gathered.number, 0), 0, gathered.each())
    past = gathered.total(older) / length
    return (stream + past) / count


def _by_schedule(scope: Scope, node: Call) -> Expr:
    """Lower DEPRECIATE BY SCHEDULE(stream, schedule, initial, life, fiscal start)."""
    shares, count = _schedule(scope, node.arguments[1])
    life = constant_number(scope, node.arguments[3])
    if life is None:
        what = "the life of DEPRECIATE BY SCHEDULE is no constant"
        scope.refuse(what, "Give a number, or a constant.")
    period = Scalar(life / count)
    stream, begin = (scope.named(scope.lower(node.arguments[n])) for n in (0, 4))
    fixed = begin if isinstance(begin, Scalar) else scope.add(Initial, begin)
    gathered = _by_period(scope, stream, ZERO, period, (count, fixed))
    weight = Value(shares, (gathered.index.whole,))
    whole = scope.named(gathered.total(weight))
    older = either(equal(gathered.number, 0), 0, gathered.each())
    past = gathered.total(weight * older) / period
    now = Value(shares, (Fixed(0),)) * stream
    written = (now + past) / whole
    return written + _initial_write_off(scope, node, period, fixed)


def _schedule(scope: Scope, node: Expression) -> tuple[str, int]:
    """Return the variable of a schedule, and how many periods it has."""
    name = canonical(node.name) if isinstance(node, Reference) else ""
    axes = scope.lowering.axes.get(name, ())
    if len(axes) != 1:
        what = "a schedule is no variable with one subscript"
        scope.refuse(what, "Name the first element of one.")
    return scope.lowering.shown[name], len(axes[0].elements)


def _initial_write_off(scope: Scope, node: Call, period: Expr, begin: Expr) -> Expr:
    """Return what is still written off of investments before the start."""
    argument = node.arguments[2]
    name = canonical(argument.name) if isinstance(argument, Reference) else ""
    if not scope.lowering.axes.get(name, ()):
        return ZERO
    amounts, size = _schedule(scope, argument)
    left = Slots(scope, size, period)
    new = _is_new_period(scope, period, begin)
    amount = Value(amounts, (left.index.whole,))
    left.state(amount, either(new, left.next, left.each()))
    return left.at(0) / period


HANDLERS: Mapping[str, Handler] = {
    "active initial": _active_initial,
    "sinteg": _special_integ,
    "xmile endval": _endval,
    "xmile history": _history,
    "xmile derivn": _derivative,
    "smooth n": _n_th(information, 2, 3),
    "xmile smthn": _n_th(information, 3, 2),
    "delay n": _n_th(_delay_n, 2, 3),
    "xmile delayn": _n_th(material, 3, 2),
    "delayp": _with_pipeline,
    "delay material": _material,
    "delay information": _information,
    "delay batch": _batch,
    "delay conveyor": _conveyor,
    "depreciate straightline": _straight_line,
    "depreciate by schedule": _by_schedule,
}
