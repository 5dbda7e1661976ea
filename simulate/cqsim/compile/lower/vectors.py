"""Functions of arrays: sums over elements, orders, shifts, the inverse of a matrix."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from cqsim.compile.expr import (
    Along,
    Expr,
    Fixed,
    Index,
    Numbers,
    Place,
    Reduce,
    Reduction,
    Scalar,
    TimeStep,
    Value,
    call,
    either,
    equal,
    reindexed,
)
from cqsim.compile.ir import Auxiliary, Block, IrVariable, Memory, Stock, shape_of
from cqsim.compile.lower.scope import (
    ONE,
    ZERO,
    Handler,
    Scope,
    constant_number,
    start_number,
)
from cqsim.compile.lower.subscripts import places_of, selected_at
from cqsim.language.syntax import Call, Expression, Reference, canonical

Indices = tuple[Index, ...]


def _over_elements(scope: Scope, *nodes: Expression) -> tuple[list[Expr], Indices]:
    """Return expressions, and the indices of all elements that they stand for."""
    scope.bound.append({})
    try:
        return [scope.lower(node) for node in nodes], tuple(scope.bound[-1].values())
    finally:
        scope.bound.pop()


def _count(indices: Indices) -> Scalar:
    return Scalar(float(prod(len(index.elements) for index in indices)))


def _reduction(function: Reduction) -> Handler:
    """Return the handler of a sum, product, least or greatest over elements."""

    def handle(scope: Scope, node: Call) -> Expr:
        (body,), indices = _over_elements(scope, node.arguments[0])
        if indices or scope.is_xmile:
            return Reduce(function, indices, body) if indices else body
        what = "no subscript within it is marked with '!'"
        raise scope.fault(what, "Mark the one that it runs over.")

    return handle


def _extreme(function: str, over_array: Reduction) -> Handler:
    """Return the handler of MIN or MAX: of numbers, or in XMILE of one array."""

    def handle(scope: Scope, node: Call) -> Expr:
        if len(node.arguments) == 1 and scope.is_xmile:
            return _reduction(over_array)(scope, node)
        found, *rest = scope.lower_all(node)
        for other in rest:
            found = call(function, found, other)
        return found

    return handle


def _mean(scope: Scope, node: Call) -> Expr:
    """Return the mean of numbers, or of the elements of one array."""
    if len(node.arguments) == 1:
        (body,), indices = _over_elements(scope, node.arguments[0])
        total = Reduce("sum", indices, body) if indices else body
        return total / _count(indices)
    total, *rest = scope.lower_all(node)
    for other in rest:
        total = total + other
    return total / len(node.arguments)


def _deviation(scope: Scope, node: Call) -> Expr:
    """Return the standard deviation of the elements (of all, not of a sample)."""
    (body,), indices = _over_elements(scope, node.arguments[0])
    if not indices:
        return ZERO
    distance = body - scope.named(Reduce("sum", indices, body) / _count(indices))
    squares = Reduce("sum", indices, distance * distance)
    return call("sqrt", squares / _count(indices))


def _interpolate(scope: Scope, node: Call) -> Expr:
    """Return INTERPOLATE(array, position, ...): what lies between elements.

    At 0 it is the first element, at 1 and beyond the last; linear in each dimension.
    """
    (body,), indices = _over_elements(scope, node.arguments[0])
    shares = [scope.named(scope.lower(argument)) for argument in node.arguments[1:]]
    if len(indices) != len(shares):
        what = f"INTERPOLATE takes an array of {len(indices)} dimensions"
        scope.refuse(what, "Give a position for each of them.")
    for index, share in zip(indices, shares, strict=True):
        inside = call("minimum", call("maximum", share, 0), 1)
        place = inside * (len(index.elements) - 1)
        distance = call("absolute", place - index.numbered())
        body = body * call("maximum", 1 - distance, 0)
    return Reduce("sum", indices, body)


def _size(scope: Scope, node: Call) -> Expr:
    """Return how many elements a range or an array has."""
    argument = node.arguments[0]
    name = canonical(argument.name) if isinstance(argument, Reference) else ""
    if name == "self":
        name = canonical(scope.equation.name)
        argument = Reference(0, 0, name)
    found = scope.model.ranges.get(name)
    if found is not None:
        return Scalar(float(len(found.elements)))
    if not scope.is_xmile:
        scope.refuse("ELMCOUNT takes a subscript range", "Name one.")
    return _count(_over_elements(scope, argument)[1])


def _select(scope: Scope, node: Call) -> Expr:
    """Return VECTOR SELECT(selection, expression, missing, action, error action).

    It is no number where the error action finds an error: none (1) or not one (2).
    """
    numbers = [start_number(scope, argument) for argument in node.arguments[3:]]
    action, error = (-1 if number is None else int(number) for number in numbers)
    if error not in (0, 1, 2) or action not in _SELECTIONS:
        what = "the actions of VECTOR SELECT are no constants that it has"
        scope.refuse(what, "Use an action of 0 to 10, and an error action of 0 to 2.")
    (chosen, value), indices = _over_elements(scope, *node.arguments[:2])
    missing = scope.lower(node.arguments[2])
    there = call("unequal", chosen, 0)
    reduction, weight = _SELECTIONS[action]
    if weight == "times":
        value = chosen * value
    elif weight == "power":
        value = call("power", value, chosen)
    count = Reduce("sum", indices, either(there, 1, 0))
    each = either(there, value, _EMPTY[reduction])
    total: Expr = Reduce(reduction, indices, each)
    if action in (4, 10):
        total = total / count
    found = either(equal(count, 0), missing, total)
    if error == 0:
        return found
    wrong = equal(count, 0) if error == 1 else call("unequal", count, 1)
    return either(wrong, float("nan"), found)


_EMPTY = {"sum": 0, "product": 1, "least": float("inf"), "greatest": -float("inf")}
_SELECTIONS: Mapping[int, tuple[Reduction, str]] = {
    0: ("sum", "times"),
    1: ("product", "times"),
    2: ("least", "times"),
    3: ("greatest", "times"),
    4: ("sum", "times"),
    5: ("product", "power"),
    6: ("sum", ""),
    7: ("product", ""),
    8: ("least", ""),
    9: ("greatest", ""),
    10: ("sum", ""),
}

# Orders. Of equal elements the first comes first.


def _vector(scope: Scope, node: Expression, least: int = 1) -> tuple[Expr, Indices]:
    """Return a whole vector or matrix as a variable, its axes as it is written."""
    expr = scope.lower(node)
    indices = scope.reachable(expr)
    if isinstance(expr, Value):
        order = [p.index for p in expr.places if isinstance(p, Along)]
        indices = tuple(sorted(indices, key=lambda index: order.index(index.name)))
    if len(indices) < least:
        what = f"it takes {'a matrix' if least > 1 else 'a vector'}"
        scope.refuse(what, "Name a variable with its subscripts.")
    return scope.stored(indices, expr), indices


def ascending(scope: Scope, vector: Expr, indices: Indices) -> Expr:
    """Return the rank of an element from the least on, from 1.

    Parameters
    ----------
    indices
        The last one runs along the vector.
    """
    item = indices[-1]
    other = scope.twin(item)
    theirs = reindexed(vector, {item.name: other.whole})
    tied = equal(theirs, vector) & (other.numbered() < item.numbered())
    before = _sum_if(other, (theirs < vector) | tied, ONE)
    return scope.stored(indices, before + 1)


def _rank(scope: Scope, node: Call) -> Expr:
    """Return VECTOR RANK(vector, direction): from the least on if that is above 0."""
    vector, indices = _vector(scope, node.arguments[0])
    rank = ascending(scope, vector, indices)
    falling = len(indices[-1].elements) + 1 - rank
    return either(scope.lower(node.arguments[1]) > 0, rank, falling)


def _sort_order(scope: Scope, node: Call) -> Expr:
    """Return VECTOR SORT ORDER(vector, direction): which element comes here, from 0."""
    vector, indices = _vector(scope, node.arguments[0])
    item = indices[-1]
    other = scope.twin(item)
    falling = len(item.elements) - item.numbered()
    rising = item.numbered() + 1
    wanted = either(scope.lower(node.arguments[1]) > 0, rising, falling)
    rank = ascending(scope, vector, indices)
    rank = reindexed(rank, {item.name: other.whole})
    return _sum_if(other, equal(rank, wanted), other.numbered())


def _reorder(scope: Scope, node: Call) -> Expr:
    """Return VECTOR REORDER(vector, order): the element at a position, from 0.

    Of a position, fractions are cut off; one that is not there gives no number.
    """
    vector, indices = _vector(scope, node.arguments[0])
    item = indices[-1]
    other = scope.twin(item)
    wanted = call("truncate", scope.named(scope.lower(node.arguments[1])))
    theirs = reindexed(vector, {item.name: other.whole})
    found = _sum_if(other, equal(other.numbered(), wanted), theirs)
    inside = (wanted >= 0) & (wanted < len(item.elements))
    return either(inside, found, float("nan"))


def _xmile_rank(scope: Scope, node: Call) -> Expr:
    """Return the position, from 1, of the n-th smallest element of an array."""
    if len(node.arguments) > 2:
        scope.refuse("RANK with a second array is not supported", "Use one array.")
    (body,), indices = _over_elements(scope, node.arguments[0])
    wanted = scope.named(scope.lower(node.arguments[1]))
    if len(indices) != 1:
        scope.refuse("RANK takes an array of one dimension", "Name one.")
    (item,) = indices
    along = (*scope.reachable(body), item)
    rank = ascending(scope, scope.stored(along, body), along)
    return _sum_if(item, equal(rank, wanted), item.numbered(1))


def _element_map(scope: Scope, node: Call) -> Expr:
    """Return VECTOR ELM MAP(vector, offset): an element so far from the one named."""
    vector = scope.lower(node.arguments[0])
    if not isinstance(vector, Value) or not vector.places:
        scope.refuse("VECTOR ELM MAP takes a subscripted variable", "Name one.")
    return selected_at(scope, vector, call("truncate", scope.lower(node.arguments[1])))


def _inverse(scope: Scope, node: Call) -> Expr:
    """Return INVERT MATRIX(matrix), eliminated after Gauss and Jordan.

    Each column is eliminated by its greatest element in the rows not yet used. A matrix
    that has no inverse gives no numbers.
    """
    matrix, indices = _vector(scope, node.arguments[0], 2)
    *outer, row, column = indices
    if len(row.elements) != len(column.elements):
        what = (
            f"a matrix of {len(row.elements)} rows and {len(column.elements)} columns"
        )
        scope.refuse(f"{what} has no inverse", "Give as many rows as columns.")
    other, lines, single = scope.twin(row), (*outer, row), tuple(outer)
    theirs = {row.name: other.whole}
    left: Expr = scope.stored(indices, matrix)
    unit = either(equal(row.numbered(), column.numbered()), 1, 0)
    right: Expr = scope.stored(indices, unit)
    used, order = scope.stored(lines, ZERO), scope.stored(lines, ZERO)

    def in_row(pivot: Expr, part: Expr) -> Expr:
        return _sum_if(other, equal(other.numbered(), pivot), reindexed(part, theirs))

    def reduced(side: Expr, factor: Expr, pivot: Expr, amount: Expr) -> Expr:
        """Return a side after a step: its pivot row scaled, taken from the others."""
        scaled = scope.stored((*outer, column), in_row(pivot, side) / amount)
        rest = side - factor * scaled
        return scope.stored(indices, either(equal(row.numbered(), pivot), scaled, rest))

    for step in range(len(row.elements)):
        factor = reindexed(left, {column.name: Fixed(step)})
        sizes = either(equal(used, 0), call("absolute", factor), -1)
        sizes = reindexed(scope.stored(lines, sizes), theirs)
        greatest = scope.stored(single, Reduce("greatest", (other,), sizes))
        first = either(equal(sizes, greatest), other.numbered(), float("inf"))
        pivot = scope.stored(single, Reduce("least", (other,), first))
        step_by = factor, pivot, scope.stored(single, in_row(pivot, factor))
        left, right = reduced(left, *step_by), reduced(right, *step_by)
        used = scope.stored(lines, either(equal(row.numbered(), pivot), 1, used))
        order = scope.stored(lines, either(equal(row.numbered(), step), pivot, order))
    return in_row(order, right)


def _sum_if(index: Index, condition: Expr, value: Expr) -> Expr:
    """Return the sum of a value over the turns of an index that fulfil a condition."""
    return Reduce("sum", (index,), either(condition, value, 0))


# SHIFT IF TRUE: a level whose elements move on by one when a condition holds. It takes,
# after a step, what it held moved on, and its rate over the step; with any method of
# integration it is carried by Euler's.


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
    scope.lowering.later.append(
        lambda: _let_shift(scope, shift, gathers=bool(numbers[1]))
    )
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


def _refuse_part(scope: Scope, level: IrVariable, places: tuple[Place, ...]) -> None:
    """Refuse to shift a level at some of its other elements only, or twice."""
    lengths = [tuple(range(length)) for length in shape_of(level.axes[:-1])]
    own = [index.name for index, _ in scope.indices]
    over = [place.index for place in places if isinstance(place, Along)]
    whole = [place.positions for place in places[:-1]] == lengths
    if not isinstance(level, Stock) or not whole or sorted(own) != sorted(over):
        what = f"SHIFT IF TRUE shifts a part of '{level.name}', or shifts it twice"
        scope.refuse(what, "Shift it once, over all of its other subscripts.")


HANDLERS: Mapping[str, Handler] = {
    "min": _extreme("minimum", "least"),
    "max": _extreme("maximum", "greatest"),
    "sum": _reduction("sum"),
    "prod": _reduction("product"),
    "vmin": _reduction("least"),
    "vmax": _reduction("greatest"),
    "xmile mean": _mean,
    "xmile stddev": _deviation,
    "xmile size": _size,
    "elmcount": _size,
    "vector select": _select,
    "vector rank": _rank,
    "vector sort order": _sort_order,
    "vector reorder": _reorder,
    "xmile rank": _xmile_rank,
    "xmile interpolate": _interpolate,
    "vector elm map": _element_map,
    "invert matrix": _inverse,
    "shift if true": _shift,
}
