"""XMILE's conveyors: stocks whose content moves on by one slot a step.

Slot 0 leaves next. What flows in enters the slot that its transit time says then; once
it is on, a new transit time moves it no more. What leaks linearly is a share of what
entered, in equal parts over the transit; exponentially, of what is left. What is on at
the start lies there as a steady flow would have left it (isee systems, Steady-State
Initialization of Conveyors, 2010).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from cqsim.compile.expr import (
    Along,
    Expr,
    Fixed,
    Index,
    Number,
    Place,
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
from cqsim.language.syntax import (
    Call,
    Conveyor,
    Expression,
    Reference,
    Subscript,
    canonical,
)
from cqsim.model.model import Model, Variable

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
    lowering: Lowering,
    variable: Variable,
    parts: Sequence[tuple[Scope, tuple[Place, ...]]],
) -> Auxiliary:
    """Return a conveyor, the sum of its slots, which are added."""
    name, axes = lowering.shown[variable.key], lowering.axes[variable.key]
    stated = variable.equations[0].conveyor
    assert stated is not None
    initial: list[Block] = []
    following: list[Block] = []
    total: list[Block] = []
    belts = [_belt(scope, variable.key, stated) for scope, _ in parts]
    for belt, (scope, target) in zip(belts, parts, strict=True):
        indices = tuple(index for index, _ in scope.indices)
        tree = scope.equation.value
        start = scope.lower(tree.arguments[1]) if isinstance(tree, Call) else ZERO
        slot = belt.index("slot")
        place = (*target, slot.whole)
        initial.append(Block((*indices, slot), place, start * belt.share(slot)))
        following.extend(_moved(belt, variable, (indices, target)))
        held = Value(belt.slots, place)
        total.append(Block(indices, target, Reduce("sum", (slot,), held)))
    slots = belts[0].slots
    shape = (*axes, Axis("slot", belts[0].index("slot").elements))
    memory = Memory(slots, shape, tuple(initial), tuple(following))
    lowering.variables[slots] = memory
    return Auxiliary(name, axes, tuple(total))


def _moved(
    belt: Belt,
    variable: Variable,
    place: tuple[tuple[Index, ...], tuple[Place, ...]],
) -> Iterator[Block]:
    """Yield the equations of the slots after a step."""
    indices, target = place
    into: Expr = ZERO
    for inflow in variable.equations[0].inflows:
        into = into + _flow(belt.scope, inflow, target)
    entered = into * TimeStep()
    last = belt.count - 1
    slot = belt.index("next", last)
    moved = _next(belt, slot, target)
    if isinstance(belt.steps, Number):
        yield Block(indices, (*target, Fixed(last)), entered)
    else:
        arrives = equal(belt.steps, float(belt.count))
        yield Block(indices, (*target, Fixed(last)), either(arrives, entered, ZERO))
        arrives = equal(belt.steps - 1.0, slot.numbered())
        moved = moved + either(arrives, entered, ZERO)
    if last:
        yield Block((*indices, slot), (*target, slot.whole), moved)


def _next(belt: Belt, slot: Index, target: tuple[Place, ...]) -> Expr:
    """Return what moves into a slot from the one behind it, less what leaks."""
    behind = Along(slot.name, tuple(range(1, belt.count)))
    before: Expr = Value(belt.slots, (*target, behind))
    return before * belt.kept(slot.numbered(1)) if belt.stated.leaks else before


def _flow(scope: Scope, name: str, target: tuple[Place, ...]) -> Expr:
    lowering, key = scope.lowering, canonical(name)
    if key not in lowering.axes:
        raise scope.unknown(name)
    return Value(lowering.shown[key], target if lowering.axes[key] else ())


@dataclass(frozen=True, slots=True)
class Inflow:
    """What bounds a flow that enters a conveyor, all by canonical name.

    `before` are the inflows that enter first; `outflows` make room within the step.
    """

    conveyor: str
    before: tuple[str, ...]
    outflows: tuple[str, ...]


@dataclass(frozen=True)
class Conveyors:
    """The flows that enter and leave the conveyors of a model.

    Attributes
    ----------
    inflows
        By flow: the conveyor with a capacity, or limit of its inflow, that it enters.
    outflows
        By flow that leaves a conveyor, at its end or by leaking: the conveyor.
    """

    lowering: Lowering
    inflows: Mapping[str, Inflow]
    outflows: Mapping[str, str]

    @classmethod
    def of(cls, lowering: Lowering) -> "Conveyors":
        """Return those of a model that is lowered."""
        outflows = {
            canonical(name): key
            for key, variable in lowering.model.variables.items()
            for name in variable.equations[0].outflows
            if variable.equations[0].conveyor is not None
        }
        inflows = dict(_bounded_inflows(lowering.model, outflows))
        return cls(lowering, inflows, outflows)

    def bounded(
        self, scope: Scope, variable: Variable, expr: Expr, target: tuple[Place, ...]
    ) -> Expr:
        """Return the expression of a variable, bounded if it enters a conveyor so."""
        if variable.key in self.inflows:
            for room in self._rooms(scope, variable, target):
                expr = call("minimum", expr, call("maximum", room, 0))
        return expr

    def _rooms(
        self, scope: Scope, variable: Variable, target: tuple[Place, ...]
    ) -> Iterator[Expr]:
        """Yield the rates at which a conveyor takes in all that its bounds allow."""
        inflow = self.inflows[variable.key]
        owner = self.lowering.model.variables[inflow.conveyor].equations[0]
        stated = owner.conveyor
        assert stated is not None
        capacity, limit = _bounds(stated)
        taken: Expr = ZERO
        for earlier in inflow.before:
            taken = taken + self._value(earlier, variable, target)
        if limit is not None:
            yield scope.lower(limit) - taken
        if capacity is not None:
            held = self._value(inflow.conveyor, variable, target)
            room = (scope.lower(capacity) - held) / TimeStep()
            for outflow in inflow.outflows:
                room = room + self._value(outflow, variable, target)
            yield room - taken

    def _value(self, name: str, flow: Variable, target: tuple[Place, ...]) -> Expr:
        """Return a variable of the same axes as a flow, or of none, at its place."""
        same = self.lowering.axes[name] == self.lowering.axes[flow.key]
        return Value(self.lowering.shown[name], target if same else ())


def _bounded_inflows(
    model: Model, conveyors: Mapping[str, str]
) -> Iterator[tuple[str, Inflow]]:
    """Yield the flows that enter a conveyor with a bound, each with what bounds it."""
    for key in dict.fromkeys(conveyors.values()):
        equation = model.variables[key].equations[0]
        definition = equation
        into = tuple(canonical(name) for name in definition.inflows)
        out = tuple(canonical(name) for name in definition.outflows)
        if definition.conveyor is None or not any(_bounds(definition.conveyor)):
            continue
        for number, flow in enumerate(into):
            if flow in conveyors:
                what = f"'{flow}' leaves one conveyor and enters one with a bound"
                remedy = "Put a stock between them, or leave the bound out."
                raise equation.fault(what, remedy)
            yield flow, Inflow(key, into[:number], out)


def _bounds(stated: Conveyor) -> tuple[Expression | None, Expression | None]:
    """Return the capacity and the limit of the inflow; None for INF, which is none."""
    capacity, limit = (
        None
        if isinstance(bound, Reference) and canonical(bound.name) == "inf"
        else bound
        for bound in (stated.capacity, stated.inflow_limit)
    )
    return capacity, limit


def conveyor_outflow(
    conveyors: Conveyors,
    variable: Variable,
    scope: Scope,
    target: tuple[Place, ...],
) -> Expr | None:
    """Return the rate of a flow that leaves a conveyor; None for any other flow."""
    lowering, stock = conveyors.lowering, conveyors.outflows.get(variable.key)
    if stock is None:
        return None
    equation = lowering.model.variables[stock].equations[0]
    stated = equation.conveyor
    assert stated is not None
    owner = Scope(lowering, lowering.shown[stock], equation, scope.indices)
    belt = _belt(owner, stock, stated)
    shares = {canonical(name): share for name, share in stated.leaks}
    if variable.key in shares:
        slot = belt.index("leak")
        fraction = owner.named(owner.lower(shares[variable.key]))
        share = belt.leaking(fraction, slot.numbered())
        each = Value(belt.slots, (*target, slot.whole)) * share
        return Reduce("sum", (slot,), each) / TimeStep()
    first: Expr = Value(belt.slots, (*target, Fixed(0)))
    return (first * belt.kept(ZERO) if shares else first) / TimeStep()
