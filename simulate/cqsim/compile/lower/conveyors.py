"""XMILE's conveyors: stocks whose content moves on by one slot a step.

Slot 0 leaves next. What flows in enters the slot that its transit time says then; once
it is on, a new transit time moves it no more. What leaks linearly is a share of what
entered, in equal parts over the transit; exponentially, of what is left. What is on at
the start lies there as a steady flow would have left it (isee systems, Steady-State
Initialization of Conveyors, 2010).
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
    Number,
    Reduce,
    TimeStep,
    Value,
    call,
    either,
    equal,
)
from cqsim.compile.ir import Auxiliary, Axis, Block, Memory
from cqsim.compile.lower.constants import clock_number, constant_number
from cqsim.compile.lower.lines import run_steps, steps_of
from cqsim.compile.lower.scope import ONE, ZERO, Lowering, Scope
from cqsim.compile.lower.shapes import Part
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
        if not isinstance(self.steps, Number):
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
    steps: Expr = Number(float(count))
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
    if not isinstance(belt.steps, Number):
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
