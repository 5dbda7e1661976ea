"""SHIFT IF TRUE: a level whose elements move on by one when a condition holds.

A level that is shifted takes, after a step, what it held moved on, and its rate over
the step; with any method of integration it is carried by Euler's.
"""

from collections.abc import Mapping

from cqsim.compile.expr import (
    Along,
    Expr,
    Fixed,
    Index,
    Numbers,
    Place,
    TimeStep,
    Value,
    either,
    equal,
)
from cqsim.compile.ir import Auxiliary, Block, Memory, Stock
from cqsim.compile.lower.constants import constant_number
from cqsim.compile.lower.scope import ZERO, Handler, Lowering, Scope, Shift
from cqsim.compile.lower.subscripts import places_of
from cqsim.language.syntax import Call, Reference, canonical


def _shift(scope: Scope, node: Call) -> Expr:
    """Return SHIFT IF TRUE(level, condition, size, gathers, first): what falls out."""
    level, _, size, gathers, _ = node.arguments
    name = canonical(level.name) if isinstance(level, Reference) else ""
    variable = scope.model.variables.get(name)
    if not isinstance(level, Reference) or not variable or variable.kind != "stock":
        scope.refuse("SHIFT IF TRUE takes a subscripted level", "Name one.")
    places = places_of(scope, name, level.subscripts)
    first = places[-1] if places else None
    numbers = constant_number(scope, size), constant_number(scope, gathers)
    if not isinstance(first, Fixed) or None in numbers:
        what = "the first element, size or switch of SHIFT IF TRUE is no constant"
        scope.refuse(what, "Name an element, and give numbers.")
    _refuse_part(scope, name, places)
    count, last = int(numbers[0] or 0), first.position + int(numbers[0] or 0) - 1
    if count < 2 or last >= len(scope.lowering.axes[name][-1].elements):
        what = f"{count} elements from the first one of SHIFT IF TRUE are not there"
        scope.refuse(what, "Give from 2 to as many as there are.")
    shown = scope.lowering.shown[name]
    condition, start = (scope.lower(node.arguments[n]) for n in (1, 4))
    scope.lowering.shifts.append(
        Shift(
            scope,
            Value(shown, places),
            first.position,
            count,
            condition,
            bool(numbers[1]),
            start,
        )
    )
    if numbers[1]:
        return ZERO
    return either(condition, Value(shown, (*places[:-1], Fixed(last))), ZERO)


def _refuse_part(scope: Scope, name: str, places: tuple[Place, ...]) -> None:
    """Refuse to shift a level at some of its other elements only, or twice."""
    axes = scope.lowering.axes[name]
    lengths = [tuple(range(len(axis.elements))) for axis in axes[:-1]]
    own = [index.name for index, _ in scope.indices]
    over = [place.index for place in places if isinstance(place, Along)]
    whole = [place.positions for place in places[:-1]] == lengths
    shown = scope.lowering.shown[name]
    again = any(shift.level.variable == shown for shift in scope.lowering.shifts)
    if again or not whole or sorted(own) != sorted(over):
        what = f"SHIFT IF TRUE shifts a part of '{shown}', or shifts it twice"
        scope.refuse(what, "Shift it once, over all of its other subscripts.")


def add_shifts(lowering: Lowering) -> None:
    """Let the levels that are shifted take what is moved on."""
    for shift in lowering.shifts:
        level = lowering.variables[shift.level.variable]
        assert isinstance(level, Stock)
        rate = f"#{level.name}#rate"
        lowering.variables[rate] = Auxiliary(rate, level.axes, level.change)
        block = _shifted(shift, level, rate)
        lowering.variables[level.name] = Memory(
            level.name, level.axes, level.initial, (block,)
        )


def _shifted(shift: Shift, level: Stock, rate: str) -> Block:
    """Return the equation of a level after a step."""
    elements = level.axes[-1].elements
    along = Index(shift.scope.index_name(level.axes[-1].name), elements)
    outer = shift.level.places[:-1]
    last = shift.first + shift.size - 1

    def at(name: str, place: Place) -> Value:
        return Value(name, (*outer, place))

    number = along.numbered()
    before = tuple(max(n - 1, 0) for n in range(len(elements)))
    here = at(level.name, along.whole)
    moved: Expr = at(level.name, Along(along.name, before))
    if shift.gathers:
        moved = moved + either(equal(number, last), here, ZERO)
    moved = either(equal(number, shift.first), shift.start, moved)
    inside = Numbers(
        along.name,
        tuple(float(shift.first <= n <= last) for n in range(len(elements))),
    )
    held = either(shift.condition & (inside > 0.0), moved, here)
    after = held + at(rate, along.whole) * TimeStep()
    indices = (*(index for index, _ in shift.scope.indices), along)
    return Block(indices, (*outer, along.whole), after)


HANDLERS: Mapping[str, Handler] = {"shift if true": _shift}
