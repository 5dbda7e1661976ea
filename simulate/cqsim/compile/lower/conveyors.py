"""XMILE's conveyors, and the flows that they and non-negative stocks cut off.

Slot 0 of a conveyor leaves next. What flows in enters the slot that its transit time
says then; once it is on, a new transit time moves it no more. What leaks linearly is a
share of what entered, in equal parts over the transit; exponentially, of what is left.
What is on at the start lies there as a steady flow would have left it (isee systems,
Steady-State Initialization of Conveyors, 2010).

A non-negative stock serves its outflows in their order while something is left: of what
it holds and what flows in during the step (XMILE 1.0, section 4.2). A conveyor with a
capacity, or a limit of its inflow, takes its inflows in their order while there is
room; what does not fit stays where it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

from cqsim.compile.expr import (
    Along,
    Expr,
    Fixed,
    Index,
    Reduce,
    Scalar,
    TimeStep,
    Value,
    call,
    either,
    equal,
)
from cqsim.compile.ir import (
    Auxiliary,
    Axis,
    Block,
    Memory,
    block_over,
    indices_over,
    value_over,
)
from cqsim.compile.lower.delays import run_steps, steps_of
from cqsim.compile.lower.scope import (
    ONE,
    ZERO,
    Lowering,
    Scope,
    clock_number,
    constant_number,
)
from cqsim.compile.lower.shapes import Part
from cqsim.compile.order import at_start, needs, now, reached
from cqsim.language.expression import folded
from cqsim.language.syntax import Conveyor, Expression, Reference, Subscript, canonical
from cqsim.model.model import Model, Variable

Bound = Literal["capacity", "limit"]

#: Steps that material stays on a conveyor, at most.
_MOST_SLOTS = 100_000


@dataclass(frozen=True, slots=True)
class Belt:
    """A conveyor in the scope of a part of it, or of a flow that leaves it.

    Attributes
    ----------
    slots
        The variable that holds what is on it, slot by slot.
    count
        How many slots there are.
    steps
        How many steps what enters now stays: a number, if it is the same for all.
    """

    scope: Scope
    stated: Conveyor
    slots: str
    count: int
    steps: Expr

    def index(self, word: str, count: int | None = None) -> Index:
        """Return an index over its slots, or the first of them."""
        names = map(str, range(self.count if count is None else count))
        return Index(f"{self.slots}#{word}", tuple(names))

    @property
    def leak(self) -> Expr:
        """The sum of the shares that leak."""
        total: Expr = ZERO
        for _, share in self.stated.leaks:
            total = total + self.scope.lower(share)
        return self.scope.named(total)

    def spent(self, slot: Expr) -> Expr:
        """Return how many steps what is in a slot has been on the conveyor."""
        return self.steps - 1.0 - slot

    def kept(self, slot: Expr) -> Expr:
        """Return the share of what is in a slot that does not leak in a step."""
        return ONE - self.leaking(self.leak, slot)

    def leaking(self, share: Expr, slot: Expr) -> Expr:
        """Return the part of what is in a slot that leaks in a step, for a share."""
        if self.stated.is_exponential:
            return share * TimeStep()
        return share / self.steps / self.left(slot)

    def left(self, slot: Expr) -> Expr:
        """Return the part of what entered that is there still as it enters a slot."""
        if self.stated.is_exponential:
            return call("power", ONE - self.leak * TimeStep(), self.spent(slot))
        return ONE - self.leak / self.steps * self.spent(slot)

    def share(self, slot: Index) -> Expr:
        """Return the part of what is on the conveyor that is in a slot at the start.

        It is that of a steady flow: less in the slots in which some has leaked.
        """
        weight = self.left(slot.numbered()) if self.stated.leaks else ONE
        if not isinstance(self.steps, Scalar):
            weight = either(slot.numbered() < self.steps, weight, ZERO)
        if not self.stated.leaks:
            return weight / self.steps
        return weight / self.scope.named(Reduce("sum", (slot,), weight))


def _belt(scope: Scope, stock: str, stated: Conveyor) -> Belt:
    """Return the conveyor that a stock is, as a scope sees it."""
    lowering = scope.lowering
    slots = f"#{lowering.shown[stock]}#slots"
    step = clock_number(scope, "time step")
    times = _transit_times(scope, stated.transit_time)
    if step is None or None in times:
        count = run_steps(scope, "conveyor")
        if stated.leaks and not stated.is_exponential:
            what = "the transit time of a conveyor that leaks linearly is no constant"
            scope.refuse(what, "Give a constant, or let it leak exponentially.")
    else:
        count = max(round(time / step) for time in times if time is not None)
    if not 1 <= count <= _MOST_SLOTS:
        what = f"the conveyor's transit takes {count} steps, not 1 to {_MOST_SLOTS}"
        scope.refuse(what, "Change the transit time or the time step.")
    steps: Expr = Scalar(float(count))
    if len(set(times)) > 1 or None in times:
        steps = steps_of(scope, scope.lower(stated.transit_time))
    return Belt(scope, stated, slots, count, steps)


def _transit_times(scope: Scope, tree: Expression) -> list[float | None]:
    """Return the constants that a transit time is, by element; None for others."""
    if not isinstance(tree, Reference) or not tree.subscripts:
        return [constant_number(scope, tree)]
    ranges = scope.model.ranges
    names = [canonical(str(subscript)) for subscript in tree.subscripts]
    elements = [ranges[n].elements if n in ranges else (n,) for n in names]
    places = (tuple(Subscript(0, 0, e) for e in place) for place in product(*elements))
    return [constant_number(scope, replace(tree, subscripts=p)) for p in places]


def conveyor(
    lowering: Lowering, variable: Variable, parts: Sequence[Part]
) -> Auxiliary:
    """Return a conveyor, the sum of its slots, which are added, as its bounds are."""
    name, axes = lowering.shown[variable.key], lowering.axes[variable.key]
    stated = variable.equations[0].conveyor
    assert stated is not None
    belts = [_belt(part.scope, variable.key, stated) for part in parts]
    initial: list[Block] = []
    following: list[Block] = []
    total: list[Block] = []
    for belt, part in zip(belts, parts, strict=True):
        slot = belt.index("slot")
        held = Value(belt.slots, (*part.target, slot.whole))
        total.append(part.block(Reduce("sum", (slot,), held)))
        given = part.arguments_of("integ")
        start = part.scope.lower(given[1]) if given else ZERO
        initial.append(_over(part, slot, start * belt.share(slot)))
        following.extend(_moved(belt, variable, part))
    for word, bound in bounds_of(stated):
        blocks = tuple(part.block(part.scope.lower(bound)) for part in parts)
        added = bound_name(name, word)
        lowering.variables[added] = Auxiliary(added, axes, blocks)
    slots = belts[0].slots
    shape = (*axes, Axis("slot", belts[0].index("slot").elements))
    memory = Memory(slots, shape, tuple(initial), tuple(following))
    lowering.variables[slots] = memory
    return Auxiliary(name, axes, tuple(total))


def _over(part: Part, slot: Index, expr: Expr) -> Block:
    """Return the equation of all slots that an index runs over."""
    block = part.block(expr)
    return Block((*block.indices, slot), (*block.target, slot.whole), expr)


def _moved(belt: Belt, variable: Variable, part: Part) -> Iterator[Block]:
    """Yield the equations of the slots after a step."""
    into: Expr = ZERO
    for inflow in variable.equations[0].inflows:
        into = into + _flow(part, inflow)
    entered = into * TimeStep()
    last = belt.count - 1
    slot = belt.index("next", last)
    behind = Along(slot.name, tuple(range(1, belt.count)))
    moved: Expr = Value(belt.slots, (*part.target, behind))
    if belt.stated.leaks:
        moved = moved * belt.kept(slot.numbered(1))
    if not isinstance(belt.steps, Scalar):
        arrives = equal(belt.steps - 1, slot.numbered())
        moved = moved + either(arrives, entered, 0)
        entered = either(equal(belt.steps, belt.count), entered, 0)
    own = part.block(entered)
    yield Block(own.indices, (*own.target, Fixed(last)), entered)
    if last:
        yield _over(part, slot, moved)


def _flow(part: Part, name: str) -> Expr:
    lowering, key = part.scope.lowering, canonical(name)
    if key not in lowering.axes:
        raise part.scope.unknown(name)
    return Value(lowering.shown[key], part.target if lowering.axes[key] else ())


def bounds_of(stated: Conveyor) -> list[tuple[Bound, Expression]]:
    """Return the bounds of what a conveyor takes in; INF is none."""
    given: list[tuple[Bound, Expression | None]] = [
        ("capacity", stated.capacity),
        ("limit", stated.inflow_limit),
    ]
    return [
        (word, bound)
        for word, bound in given
        if bound is not None
        and not (isinstance(bound, Reference) and canonical(bound.name) == "inf")
    ]


def bound_name(conveyor: str, word: Bound) -> str:
    """Return the name of the variable that holds a bound of a conveyor."""
    return f"#{conveyor}#{word}"


def emptied_by(model: Model) -> dict[str, str]:
    """Return the conveyor that each flow leaves, at its end or by leaking, if any."""
    return {
        canonical(name): key
        for key, variable in model.variables.items()
        if variable.equations[0].conveyor is not None
        for name in variable.equations[0].outflows
    }


def conveyor_outflow(lowering: Lowering, stock: str, flow: str, part: Part) -> Expr:
    """Return the rate of a flow that leaves a conveyor."""
    equation, scope = lowering.model.variables[stock].equations[0], part.scope
    stated = equation.conveyor
    assert stated is not None
    owner = Scope(lowering, lowering.shown[stock], equation, scope.indices)
    belt = _belt(owner, stock, stated)
    shares = {canonical(name): share for name, share in stated.leaks}
    if flow in shares:
        slot = belt.index("leak")
        fraction = owner.named(owner.lower(shares[flow]))
        share = belt.leaking(fraction, slot.numbered())
        each = Value(belt.slots, (*part.target, slot.whole)) * share
        return Reduce("sum", (slot,), each) / TimeStep()
    first: Expr = Value(belt.slots, (*part.target, Fixed(0)))
    return (first * belt.kept(ZERO) if shares else first) / TimeStep()


# Flows that are cut off.


def cut_flows(lowering: Lowering) -> None:
    """Cut off the flows of stocks, whose equations are lowered.

    Raises
    ------
    InputFileError
        A flow from one conveyor enters another that has a bound.
    """
    stocks = [v for v in lowering.model.variables.values() if v.kind == "stock"]
    held = [s for s in stocks if s.equations[0].conveyor or s.equations[0].non_negative]
    if held:
        service = _Service(lowering)
        for stock in held:
            if stock.equations[0].conveyor is None:
                service.serve(stock)
            else:
                service.take_in(stock, stock.equations[0].conveyor)


class _Service:
    """The dependencies of variables, and the flows that are cut off so far."""

    def __init__(self, lowering: Lowering) -> None:
        self._lowering = lowering
        self._variables = lowering.variables
        items = lowering.variables.items()
        self._now = {name: set(needs(now(v))) for name, v in items}
        self._start = {name: set(needs(at_start(v))) for name, v in items}

    def serve(self, stock: Variable) -> None:
        """Cut off the flows of a stock, each after those before it are served."""
        name = self._lowering.shown[stock.key]
        into = list(self._flows(stock.equations[0].inflows))
        out = list(self._flows(stock.equations[0].outflows))
        for number, flow in enumerate(out):
            before = out[:number]
            usable = list(self._usable(self._now, name, flow, before, into))
            first = list(self._usable(self._start, name, flow, before, usable))
            left = self._left(name, flow, before, usable)
            left_first = self._left(name, flow, before, first)
            self._cut(flow, "minimum", left, left_first)
        for flow in into:
            if self._may_be_negative(flow, name):
                held = -(self._value(name, flow) / TimeStep())
                self._cut(flow, "maximum", held, held)

    def take_in(self, stock: Variable, stated: Conveyor) -> None:
        """Cut off what enters a conveyor where it has no room."""
        equation, name = stock.equations[0], self._lowering.shown[stock.key]
        into = list(self._flows(equation.inflows))
        out = list(self._flows(equation.outflows))
        leaving = emptied_by(self._lowering.model)
        for word, _ in bounds_of(stated):
            for number, flow in enumerate(into):
                if canonical(flow) in leaving:
                    what = f"'{flow}' leaves one conveyor and enters one with a bound"
                    remedy = "Put a stock between them, or leave the bound out."
                    raise equation.fault(what, remedy)
                room: Expr = self._value(bound_name(name, word), flow)
                if word == "capacity":
                    room = (room - self._value(name, flow)) / TimeStep()
                    room = self._sum(room, flow, out)
                room = self._sum(room, flow, into[:number], taken=True)
                room = call("maximum", room, 0)
                self._cut(flow, "minimum", room, room)

    def _flows(self, names: tuple[str, ...]) -> Iterator[str]:
        for key in map(canonical, names):
            shown = self._lowering.shown.get(key, "")
            if shown in self._variables:
                yield shown

    def _usable(
        self,
        needed: dict[str, set[str]],
        stock: str,
        flow: str,
        before: list[str],
        inflows: list[str],
    ) -> Iterator[str]:
        """Yield the inflows that are at hand for an outflow.

        One that itself depends on the outflow is not: neither could be computed first.
        """
        axes = self._variables[stock].axes
        needed[flow].update(before)
        for inflow in inflows:
            depends = flow in reached([inflow], lambda name: needed.get(name, ()))
            if not depends and self._variables[inflow].axes in ((), axes):
                needed[flow].add(inflow)
                yield inflow

    def _left(
        self, stock: str, flow: str, before: list[str], inflows: list[str]
    ) -> Expr:
        """Return the rate at which a stock would be empty after the step."""
        left = self._sum(self._value(stock, flow) / TimeStep(), flow, inflows)
        return call("maximum", self._sum(left, flow, before, taken=True), 0)

    def _sum(
        self, total: Expr, flow: str, others: list[str], *, taken: bool = False
    ) -> Expr:
        """Return a rate with other flows added to it, or taken from it."""
        for other in others:
            value = self._value(other, flow)
            total = total - value if taken else total + value
        return total

    def _may_be_negative(self, flow: str, stock: str) -> bool:
        """Whether an inflow, of the stock's axes, can take out of it."""
        equations = self._lowering.model.variables[canonical(flow)].equations
        numbers = [folded(e.value) if e.value is not None else None for e in equations]
        return (
            self._variables[flow].axes == self._variables[stock].axes
            and not all(e.non_negative for e in equations)
            and not all(number is not None and number >= 0 for number in numbers)
        )

    def _value(self, name: str, flow: str) -> Value:
        """Return a variable of the same axes as a flow, or of none, at its place."""
        axes = self._variables[flow].axes
        same = self._variables[name].axes == axes
        return value_over(name, indices_over(axes) if same else ())

    def _cut(self, flow: str, function: str, bound: Expr, first: Expr) -> None:
        """Bound a flow by an expression, and by another at the start."""
        asked, axes = f"#{flow}#asked", self._variables[flow].axes
        indices = indices_over(axes)
        if asked not in self._variables:
            self._variables[asked] = replace(self._variables[flow], name=asked)
            value = block_over(indices, value_over(asked, indices))
            self._variables[flow] = Auxiliary(flow, axes, value)
        (current,), (start,) = (
            self._variables[flow].now,
            self._variables[flow].starting,
        )
        blocks = block_over(indices, call(function, current.expr, bound))
        starts = block_over(indices, call(function, start.expr, first))
        starts = starts if starts != blocks else ()
        self._variables[flow] = Auxiliary(flow, axes, blocks, starts)
