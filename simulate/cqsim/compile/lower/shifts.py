"""SHIFT IF TRUE: a level whose elements move on by one when a condition holds.

A level that is shifted takes, after a step, what it held moved on, and its rate over
the step; with any method of integration it is carried by Euler's.
"""

from collections.abc import Mapping
from dataclasses import dataclass

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
from cqsim.compile.ir import Auxiliary, Block, Memory, Stock, Variable, shape_of
from cqsim.compile.lower.constants import constant_number
from cqsim.compile.lower.scope import ZERO, Handler, Scope
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
    count, last = int(numbers[0] or 0), first.position + int(numbers[0] or 0) - 1
    if count < 2 or last >= len(scope.lowering.axes[name][-1].elements):
        what = f"{count} elements from the first one of SHIFT IF TRUE are not there"
        scope.refuse(what, "Give from 2 to as many as there are.")
    shown = scope.lowering.shown[name]
    condition, start = (scope.lower(node.arguments[n]) for n in (1, 4))
    shift = _Shift(shown, places, (first.position, last), condition, start)
    scope.when_lowered(lambda: _let_shift(scope, shift, gathers=bool(numbers[1])))
    if numbers[1]:
        return ZERO
    return either(condition, shift.at(shown, Fixed(last)), 0)


@dataclass(frozen=True, slots=True)
class _Shift:
    """A level that is shifted, from its first element to its last, and when.

    `start` is what the first element takes.
    """

    level: str
    places: tuple[Place, ...]
    ends: tuple[int, int]
    condition: Expr
    start: Expr

    def at(self, name: str, place: Place) -> Value:
        """Return an element of a variable of the level's axes."""
        return Value(name, (*self.places[:-1], place))


def _let_shift(scope: Scope, shift: _Shift, *, gathers: bool) -> None:
    """Let a level take what is moved on; `gathers` keeps what the last element held."""
    variables = scope.lowering.variables
    level, rate = variables[shift.level], f"#{shift.level}#rate"
    _refuse_part(scope, level, shift.places)
    elements = level.axes[-1].elements
    along = Index(scope.index_name(level.axes[-1].name), elements)
    first, last = shift.ends
    before = tuple(max(n - 1, 0) for n in range(len(elements)))
    here = shift.at(level.name, along.whole)
    moved: Expr = shift.at(level.name, Along(along.name, before))
    if gathers:
        moved = moved + either(equal(along.numbered(), last), here, 0)
    moved = either(equal(along.numbered(), first), shift.start, moved)
    inside = tuple(float(first <= n <= last) for n in range(len(elements)))
    is_moved = shift.condition & (Numbers(along.name, inside) > 0)
    after = either(is_moved, moved, here) + shift.at(rate, along.whole) * TimeStep()
    indices = (*(index for index, _ in scope.indices), along)
    block = Block(indices, (*shift.places[:-1], along.whole), after)
    assert isinstance(level, Stock)
    variables[rate] = Auxiliary(rate, level.axes, level.change)
    variables[level.name] = Memory(level.name, level.axes, level.initial, (block,))


def _refuse_part(scope: Scope, level: Variable, places: tuple[Place, ...]) -> None:
    """Refuse to shift a level at some of its other elements only, or twice."""
    lengths = [tuple(range(length)) for length in shape_of(level.axes[:-1])]
    own = [index.name for index, _ in scope.indices]
    over = [place.index for place in places if isinstance(place, Along)]
    whole = [place.positions for place in places[:-1]] == lengths
    if not isinstance(level, Stock) or not whole or sorted(own) != sorted(over):
        what = f"SHIFT IF TRUE shifts a part of '{level.name}', or shifts it twice"
        scope.refuse(what, "Shift it once, over all of its other subscripts.")


HANDLERS: Mapping[str, Handler] = {"shift if true": _shift}
