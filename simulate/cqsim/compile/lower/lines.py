"""Discrete delays and write-offs: material and information that wait in slots.

Slot k holds what comes out in k steps. The functions are as Vensim's reference manual
describes them; a delay time counts when something enters.
"""

from collections.abc import Mapping

from cqsim.compile.expr import (
    Along,
    Expr,
    Fixed,
    Index,
    Number,
    Numbers,
    Reduce,
    Table,
    Time,
    TimeStep,
    Value,
)
from cqsim.compile.ir import Axis, Block, Memory, Pipeline
from cqsim.compile.lower.constants import constant_number
from cqsim.compile.lower.memory import order_chain
from cqsim.compile.lower.scope import (
    ONE,
    ZERO,
    Handler,
    Lower,
    Scope,
    axes_over,
    call,
    either,
    minus,
    over,
    places_over,
    plus,
    times,
)
from cqsim.compile.lower.tables import lookup_of
from cqsim.language.syntax import Call, Expression, Reference, canonical

_HALF = Number(0.5)

#: Slots of a delay, at most.
MOST_SLOTS = 30_000


class Slots:
    """A row of remembered numbers over the indices in reach, one for each slot."""

    def __init__(self, scope: Scope, count: int, *used: Expr) -> None:
        self._scope = scope
        self.indices = scope.reachable(*used)
        self.count = count
        self.name = scope.temporary_name()
        scope.lowering.variables[self.name] = Memory(self.name, (), (), ())
        labels = tuple(str(n) for n in range(count))
        self._axes = (*axes_over(self.indices), Axis("slot", labels))
        self.index = Index(scope.index_name("slot"), labels)

    def at(self, slot: int) -> Value:
        """Return one slot."""
        return Value(self.name, (*places_over(self.indices), Fixed(slot)))

    def each(self, shift: int = 0) -> Value:
        """Return the slot so many places after the one that the index is at."""
        positions = tuple(
            min(max(n + shift, 0), self.count - 1) for n in range(self.count)
        )
        return Value(
            self.name, (*places_over(self.indices), Along(self.index.name, positions))
        )

    @property
    def number(self) -> Expr:
        """The number of the slot that the index is at, from 0."""
        return Numbers(self.index.name, tuple(map(float, range(self.count))))

    @property
    def next(self) -> Expr:
        """What moves into the slot that the index is at: the one after it, or 0."""
        last = call("equal", self.number, Number(self.count - 1.0))
        return either(last, ZERO, self.each(1))

    def state(self, initial: Expr, following: Expr) -> None:
        """Say what is in each slot at the start, and after a step."""
        places = (
            *places_over(self.indices),
            Along(self.index.name, tuple(range(self.count))),
        )
        indices = (*self.indices, self.index)
        blocks = [(Block(indices, places, expr),) for expr in (initial, following)]
        memory = Memory(self.name, self._axes, blocks[0], blocks[1])
        self._scope.lowering.variables[self.name] = memory


def _steps(scope: Scope, time: Expr) -> Expr:
    """Return how many steps a time takes, at least one."""
    rounded = call("floor", plus(over(time, TimeStep()), _HALF))
    return scope.named(call("maximum", rounded, ONE))


def _run_steps(scope: Scope, function: str) -> int:
    """Return how many steps a run takes, which then can't be set."""
    numbers = []
    for name in ("initial time", "final time", "time step"):
        tree = scope.tree_of(name)
        numbers.append(None if tree is None else constant_number(scope, tree))
        scope.lowering.structural.add(scope.lowering.shown[name])
    begin, end, step = numbers
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
    tree = scope.tree_of("time step")
    step = None if tree is None else constant_number(scope, tree)
    if time is None or step is None:
        return None
    scope.lowering.structural.add(scope.lowering.shown["time step"])
    return _checked(scope, node.function, max(1, round(time / step)))


def _material(scope: Scope, node: Call, lower: Lower) -> Expr:
    """Lower DELAY MATERIAL(input, time, initial, missing).

    What enters adds to what already waits for the same step; where nothing comes out,
    the value for missing ones does.
    """
    value, time, initial, missing = (lower(scope, a) for a in node.arguments)
    if constant_number(scope, node.arguments[1]) is not None:
        return scope.add(Pipeline, initial, value, time)
    value, steps = scope.named(value), _steps(scope, time)
    count = _run_steps(scope, node.function)
    held = Slots(scope, count, value, steps, initial)
    filled = Slots(scope, count, value, steps)
    enters = call("equal", held.number, minus(steps, ONE))
    begun = call("less", held.number, steps)
    held.state(
        either(begun, initial, ZERO), plus(held.next, either(enters, value, ZERO))
    )
    enters = call("equal", filled.number, minus(steps, ONE))
    begun = call("less", filled.number, steps)
    filled.state(either(begun, ONE, ZERO), either(enters, ONE, filled.next))
    return either(call("equal", filled.at(0), ZERO), missing, held.at(0))


def _information(scope: Scope, node: Call, lower: Lower) -> Expr:
    """Lower DELAY INFORMATION(input, time, initial).

    What enters replaces all that would come out later; between arrivals the last value
    is held.
    """
    value, time, initial = (lower(scope, a) for a in node.arguments)
    if constant_number(scope, node.arguments[1]) is not None:
        return scope.add(Pipeline, initial, value, time)
    value, steps = scope.named(value), _steps(scope, time)
    line = Slots(scope, _run_steps(scope, node.function), value, steps, initial)
    last = minus(steps, ONE)
    # A slot behind the newest holds it too: so what comes out is held by itself.
    line.state(initial, either(call("less", line.number, last), line.each(1), value))
    return line.at(0)


def _batch(scope: Scope, node: Call, lower: Lower) -> Expr:
    """Lower DELAY BATCH(input, size, time, batch, release time, backlog).

    A batch starts when enough has gathered and none is in process; it comes out whole.
    """
    given = [scope.named(lower(scope, a)) for a in node.arguments]
    value, size, time, first_batch, first_release, first_backlog = given
    batch, release, backlog = (Slots(scope, 1, *given) for _ in range(3))
    now = plus(Time(), times(_HALF, TimeStep()))
    is_full = call("greater", batch.at(0), ZERO)
    is_due = call("and", is_full, call("at least", now, release.at(0)))
    is_free = call("or", call("not", is_full), is_due)
    starts = call("and", is_free, call("at least", backlog.at(0), size))
    kept = either(is_due, ZERO, batch.at(0))
    batch.state(first_batch, either(starts, size, kept))
    release.state(first_release, either(starts, plus(Time(), time), release.at(0)))
    taken = either(starts, size, ZERO)
    gathered = plus(backlog.at(0), times(value, TimeStep()))
    backlog.state(first_backlog, minus(gathered, taken))
    return either(is_due, over(batch.at(0), TimeStep()), ZERO)


def _conveyor(scope: Scope, node: Call, lower: Lower) -> Expr:
    """Lower DELAY CONVEYOR(input, time, leak, profile, total, initial time).

    All on the conveyor leaks at the same fraction, what has just entered too. At the
    start the total lies as the profile says, first out first.
    """
    count = _count(scope, node, 1)
    if count is None:
        what = "the time of DELAY CONVEYOR is no constant"
        scope.refuse(what, "Give a constant, or use DELAY MATERIAL.")
    value, leak, total = (lower(scope, node.arguments[n]) for n in (0, 2, 4))
    profile, places = lookup_of(scope, node.arguments[3])
    slots = Slots(scope, count, value, leak, total)
    first, last = (profile.curves[0].x[end] for end in (0, -1))
    along = over(times(slots.number, Number(last - first)), Number(float(count)))
    share = Table(profile.name, places, plus(Number(first), along))
    whole = scope.named(Reduce("sum", (slots.index,), share))
    enters = call("equal", slots.number, Number(count - 1.0))
    kept = minus(ONE, times(leak, TimeStep()))
    moved = plus(slots.next, either(enters, times(value, TimeStep()), ZERO))
    slots.state(over(times(total, share), whole), times(moved, kept))
    return over(slots.at(0), TimeStep())


# Write-offs.


def _is_new_period(scope: Scope, period: Expr, begin: Expr) -> Expr:
    """Return whether the next step is the first of another fiscal period."""
    passed = plus(minus(Time(), begin), times(_HALF, TimeStep()))
    now = call("floor", over(passed, period))
    then = call("floor", over(plus(passed, TimeStep()), period))
    return scope.named(call("greater", then, now))


def _by_period(
    scope: Scope, stream: Expr, initial: Expr, period: Expr, parts: tuple[int, Expr]
) -> Slots:
    """Return what came in by fiscal period: slot 0 is the current one."""
    count, begin = parts
    gathered = Slots(scope, count, stream, initial, period)
    new = _is_new_period(scope, period, begin)
    is_first = call("equal", gathered.number, ZERO)
    grown = plus(gathered.each(), times(stream, TimeStep()))
    current = either(new, ZERO, grown)
    # The period that ends becomes the one before, with the step that ends it.
    is_second = call("equal", gathered.number, ONE)
    ended = plus(gathered.each(-1), either(is_second, times(stream, TimeStep()), ZERO))
    older = either(new, ended, gathered.each())
    start = either(is_first, ZERO, times(initial, period))
    gathered.state(start, either(is_first, current, older))
    return gathered


def _straight_line(scope: Scope, node: Call, lower: Lower) -> Expr:
    """Lower DEPRECIATE STRAIGHTLINE(stream, life, fiscal period, initial stream).

    What comes in within a fiscal period is written off in equal parts in that period
    and those that follow, over its life.
    """
    life, period = (constant_number(scope, node.arguments[n]) for n in (1, 2))
    if life is None or period is None or period <= 0:
        what = "the life and fiscal period of DEPRECIATE STRAIGHTLINE are no constants"
        scope.refuse(what, "Give numbers, or constants.")
    count = _checked(scope, node.function, max(1, round(life / period)))
    stream, initial = (scope.named(lower(scope, node.arguments[n])) for n in (0, 3))
    begin = Value(scope.lowering.shown["initial time"])
    length = Number(period)
    gathered = _by_period(scope, stream, initial, length, (count, begin))
    older = either(call("equal", gathered.number, ZERO), ZERO, gathered.each())
    past = over(Reduce("sum", (gathered.index,), older), length)
    return over(plus(stream, past), Number(float(count)))


def _by_schedule(scope: Scope, node: Call, lower: Lower) -> Expr:
    """Lower DEPRECIATE BY SCHEDULE(stream, schedule, initial, life, fiscal start)."""
    shares, count = _schedule(scope, node.arguments[1])
    life = constant_number(scope, node.arguments[3])
    if life is None:
        what = "the life of DEPRECIATE BY SCHEDULE is no constant"
        scope.refuse(what, "Give a number, or a constant.")
    period = Number(life / count)
    stream, begin = (scope.named(lower(scope, node.arguments[n])) for n in (0, 4))
    fixed = begin if isinstance(begin, Number) else scope.add_initial(begin)
    gathered = _by_period(scope, stream, ZERO, period, (count, fixed))
    weight = Value(shares, (Along(gathered.index.name, tuple(range(count))),))
    whole = scope.named(Reduce("sum", (gathered.index,), weight))
    older = either(call("equal", gathered.number, ZERO), ZERO, gathered.each())
    past = over(Reduce("sum", (gathered.index,), times(weight, older)), period)
    now = times(Value(shares, (Fixed(0),)), stream)
    written = over(plus(now, past), whole)
    return plus(written, _initial_write_off(scope, node, period, fixed))


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
    amount = Value(amounts, (Along(left.index.name, tuple(range(size))),))
    left.state(amount, either(new, left.next, left.each()))
    return over(left.at(0), period)


def _with_pipeline(scope: Scope, node: Call, lower: Lower) -> Expr:
    """Lower DELAYP(input, time : pipeline): DELAY3, and what is within it."""
    value, time = (scope.named(lower(scope, a)) for a in node.arguments)
    outflow, levels = order_chain(scope, value, time, value, 3)
    total = plus(plus(levels[0], levels[1]), levels[2])
    for output in node.outputs:
        scope.define(output, over(total, Number(3.0)))
    return outflow


HANDLERS: Mapping[str, Handler] = {
    "delay material": _material,
    "delay information": _information,
    "delay batch": _batch,
    "delay conveyor": _conveyor,
    "delayp": _with_pipeline,
    "depreciate straightline": _straight_line,
    "depreciate by schedule": _by_schedule,
}
