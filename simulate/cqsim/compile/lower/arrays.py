"""Functions of arrays: sums, the vector functions, ALLOCATE.

ALLOCATE AVAILABLE and ALLOCATE BY PRIORITY share out a supply. Each request falls as a
price rises: all of it well below its priority, nothing well above. Shares are what is
asked for at the price at which the sum is the supply. By priority alone, what is asked
for falls in a straight line over the width given.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cqsim.compile import arrays
from cqsim.compile.expr import (
    Along,
    Expr,
    Fixed,
    Index,
    Number,
    Numbers,
    Reduce,
    Root,
    Unknown,
    Value,
    indices_of,
)
from cqsim.compile.expr import Call as IrCall
from cqsim.compile.ir import Auxiliary, Constant, Variable, shape_of
from cqsim.compile.lower.constants import start_number
from cqsim.compile.lower.scope import (
    ONE,
    ZERO,
    Handler,
    Lower,
    Lowering,
    Scope,
    call,
    either,
    minus,
    over,
    plus,
    times,
)
from cqsim.compile.lower.subscripts import places_of, selected_at
from cqsim.language import syntax
from cqsim.language.syntax import Call, Expression, Reference, Subscript, canonical

Reduction = Literal["sum", "product", "least", "greatest"]


def _over_elements(
    scope: Scope, node: Expression, lower: Lower
) -> tuple[Expr, tuple[Index, ...]]:
    """Return an expression, and the indices of all elements that it stands for."""
    scope.bound.append({})
    try:
        body = lower(scope, node)
        return body, tuple(scope.bound[-1].values())
    finally:
        scope.bound.pop()


def reduced(scope: Scope, function: str, node: Expression, lower: Lower) -> Expr:
    """Return a sum, product, least or greatest over elements."""
    body, indices = _over_elements(scope, node, lower)
    if indices:
        return Reduce(function, indices, body)  # type: ignore[arg-type]
    if scope.is_xmile:
        return body
    what = "no subscript within it is marked with '!'"
    raise scope.fault(what, "Mark the one that it runs over.")


def _count(indices: tuple[Index, ...]) -> float:
    return float(np.prod([len(index.elements) for index in indices], dtype=int))


def mean(scope: Scope, node: Expression, lower: Lower) -> Expr:
    """Return the mean over the elements of an array."""
    body, indices = _over_elements(scope, node, lower)
    total = Reduce("sum", indices, body) if indices else body
    return over(total, Number(_count(indices)))


def _deviation(scope: Scope, node: Call, lower: Lower) -> Expr:
    """Return the standard deviation of the elements (of all, not of a sample)."""
    body, indices = _over_elements(scope, node.arguments[0], lower)
    if not indices:
        return ZERO
    count = Number(_count(indices))
    centre = scope.named(over(Reduce("sum", indices, body), count))
    distance = minus(body, centre)
    squares = Reduce("sum", indices, times(distance, distance))
    return IrCall("sqrt", (over(squares, count),))


def _size(scope: Scope, node: Call, lower: Lower) -> Expr:
    """Return how many elements a range or an array has."""
    argument = node.arguments[0]
    name = canonical(argument.name) if isinstance(argument, Reference) else ""
    if name == "self":
        name = canonical(scope.equation.definition.name)
        argument = Reference(0, 0, name)
    found = scope.model.ranges.get(name)
    if found is not None:
        return Number(float(len(found.elements)))
    if not scope.is_xmile:
        scope.refuse("ELMCOUNT takes a subscript range", "Name one.")
    return Number(_count(_over_elements(scope, argument, lower)[1]))


# Vectors.


def _vector(
    scope: Scope, node: Expression, lower: Lower, least: int = 1
) -> tuple[Value, tuple[Index, ...]]:
    """Return a whole vector or matrix as a variable, its axes as it is written."""
    expr = lower(scope, node)
    indices = scope.reachable(expr)
    if isinstance(expr, Value):
        order = [p.index for p in expr.places if isinstance(p, Along)]
        indices = tuple(sorted(indices, key=lambda index: order.index(index.name)))
    if len(indices) < least:
        what = f"it takes {'a matrix' if least > 1 else 'a vector'}"
        scope.refuse(what, "Name a variable with its subscripts.")
    return scope.add_over(indices, Auxiliary, expr), indices


def _materialize(scope: Scope) -> arrays.Materialize:
    return lambda indices, expr: scope.add_over(indices, Auxiliary, expr)


def _ordered(function: Callable[..., Expr]) -> Handler:
    def handle(scope: Scope, node: Call, lower: Lower) -> Expr:
        vector, indices = _vector(scope, node.arguments[0], lower)
        direction = lower(scope, node.arguments[1])
        return function(vector, direction, indices, _materialize(scope))

    return handle


def _reorder(scope: Scope, node: Call, lower: Lower) -> Expr:
    vector, indices = _vector(scope, node.arguments[0], lower)
    order = scope.named(lower(scope, node.arguments[1]))
    return arrays.reorder(vector, order, indices)


def _inverse(scope: Scope, node: Call, lower: Lower) -> Expr:
    matrix, indices = _vector(scope, node.arguments[0], lower, 2)
    rows, columns = (len(index.elements) for index in indices[-2:])
    if rows != columns:
        what = f"a matrix of {rows} rows and {columns} columns has no inverse"
        scope.refuse(what, "Give as many rows as columns.")
    return arrays.inverse(matrix, indices, _materialize(scope))


def _xmile_rank(scope: Scope, node: Call, lower: Lower) -> Expr:
    """Return the position, from 1, of the n-th smallest element of an array."""
    if len(node.arguments) > 2:
        scope.refuse("RANK with a second array is not supported", "Use one array.")
    body, indices = _over_elements(scope, node.arguments[0], lower)
    wanted = scope.named(lower(scope, node.arguments[1]))
    if len(indices) != 1:
        scope.refuse("RANK takes an array of one dimension", "Name one.")
    scope.bound.append({"rank": indices[0]})
    vector = scope.add_over(scope.reachable(body), Auxiliary, body)
    scope.bound.pop()
    rank = arrays.rank(vector, ONE, indices, _materialize(scope))
    position = Numbers(indices[0].name, _positions(indices[0], 1))
    return Reduce("sum", indices, either(call("equal", rank, wanted), position, ZERO))


def _positions(index: Index, first: int) -> tuple[float, ...]:
    return tuple(float(first + n) for n in range(len(index.elements)))


def _element_map(scope: Scope, node: Call, lower: Lower) -> Expr:
    """Return VECTOR ELM MAP(vector, offset): an element so far from the one named."""
    vector = lower(scope, node.arguments[0])
    if not isinstance(vector, Value) or not vector.places:
        scope.refuse("VECTOR ELM MAP takes a subscripted variable", "Name one.")
    return selected_at(scope, vector, call("truncate", lower(scope, node.arguments[1])))


def _select(scope: Scope, node: Call, lower: Lower) -> Expr:
    """Return VECTOR SELECT(selection, expression, missing, action, error action).

    It is no number where the error action finds an error: none (1) or not one (2).
    """
    numbers = [start_number(scope, argument) for argument in node.arguments[3:]]
    action, error = (-1 if number is None else int(number) for number in numbers)
    if error not in (0, 1, 2) or action not in _SELECTIONS:
        what = "the actions of VECTOR SELECT are no constants that it has"
        scope.refuse(what, "Use an action of 0 to 10, and an error action of 0 to 2.")
    scope.bound.append({})
    try:
        chosen, value = (lower(scope, argument) for argument in node.arguments[:2])
        indices = tuple(scope.bound[-1].values())
    finally:
        scope.bound.pop()
    missing = lower(scope, node.arguments[2])
    there = call("unequal", chosen, ZERO)
    reduction, weight, empty = _SELECTIONS[action]
    if weight == "times":
        value = times(chosen, value)
    elif weight == "power":
        value = call("power", value, chosen)
    count = Reduce("sum", indices, either(there, ONE, ZERO))
    total: Expr = Reduce(reduction, indices, either(there, value, Number(empty)))
    if action in (4, 10):
        total = over(total, count)
    found = either(call("equal", count, ZERO), missing, total)
    if error == 0:
        return found
    wrong = call("equal", count, ZERO) if error == 1 else call("unequal", count, ONE)
    return either(wrong, Number(float("nan")), found)


_INFINITE = float("inf")
_SELECTIONS: Mapping[int, tuple[Reduction, str, float]] = {
    0: ("sum", "times", 0.0),
    1: ("product", "times", 1.0),
    2: ("least", "times", _INFINITE),
    3: ("greatest", "times", -_INFINITE),
    4: ("sum", "times", 0.0),
    5: ("product", "power", 1.0),
    6: ("sum", "", 0.0),
    7: ("product", "", 1.0),
    8: ("least", "", _INFINITE),
    9: ("greatest", "", -_INFINITE),
    10: ("sum", "", 0.0),
}

# ALLOCATE.

#: The profiles of priority that are supported, by Vensim's numbers.
PROFILES = {1: "rectangular", 2: "triangular", 3: "normal", 4: "exponential"}

#: Added to a profile, it shares out whole units; so near to a unit a share is one.
_WHOLE, _ROUNDING = 10.0, 1e-6

#: So many widths beyond its priority nobody asks for anything, to the last digit.
_REACH = 750.0

#: First the price is found to this share of where it may be; then its distance from
#: there, which is a small number and so holds more digits.
_COARSE, _FINE = 24, 56


def _available(scope: Scope, node: Call, lower: Lower) -> Expr:
    """Return ALLOCATE AVAILABLE(request, priority profile, available)."""
    request, item = _request(scope, node.arguments[0], lower)
    profile = [scope.named(part) for part in profile_of(scope, node.arguments[1])]
    supply = _alike(scope, lower(scope, node.arguments[2]), item)
    kind, priority, width = profile[:3]
    if not _asks_for_whole_units(scope, node.arguments[1]):
        return _shared(scope, (request, kind, priority, width), supply, item)
    whole = scope.named(call("greater", kind, Number(_WHOLE)))
    request = scope.named(either(whole, call("floor", request), request))
    kind = scope.named(minus(kind, either(whole, Number(_WHOLE), ZERO)))
    share = _shared(scope, (request, kind, priority, width), supply, item)
    return _in_whole_units(scope, scope.named(share), whole, item)


def _asks_for_whole_units(scope: Scope, profile: Expression) -> bool:
    """Whether a number in the equations of a priority profile names such a profile."""
    assert isinstance(profile, Reference)
    equations = scope.model.variables[canonical(profile.name)].equations
    trees = [equation.tree for equation in equations if equation.tree is not None]
    numbers: set[float] = set()
    for node in (node for tree in trees for node in syntax.walk(tree)):
        if isinstance(node, syntax.Number):
            numbers.add(node.value)
        elif isinstance(node, syntax.ArrayLiteral):
            numbers.update(number for row in node.rows for number in row)
    return any(number - _WHOLE in PROFILES for number in numbers)


def _in_whole_units(scope: Scope, share: Expr, whole: Expr, item: Index) -> Expr:
    """Return a share in whole units where that is asked for: by largest remainders.

    All get the whole units of their share; those with the largest rest get one more
    each, until no whole unit is left.
    """
    units = scope.named(call("floor", plus(share, Number(_ROUNDING))))
    rest = scope.add(Auxiliary, either(whole, minus(units, share), ZERO))
    others = tuple(i for i in scope.reachable(rest) if i.name != item.name)
    rank = arrays.rank(rest, ONE, (*others, item), _materialize(scope))
    inner = Index(scope.index_name(item.name), item.elements)
    total = Reduce("sum", (inner,), _turned(rest, item.name, inner.name))
    left = call("subtract", Number(_ROUNDING), scope.named(total))
    more = call("and", call("at most", rank, left), call("less", rest, ZERO))
    return either(whole, plus(units, either(more, ONE, ZERO)), share)


def _by_priority(scope: Scope, node: Call, lower: Lower) -> Expr:
    """Return ALLOCATE BY PRIORITY(request, priority, size, width, supply)."""
    request, item = _request(scope, node.arguments[0], lower)
    priority = scope.named(lower(scope, node.arguments[1]))
    width = _alike(scope, lower(scope, node.arguments[3]), item)
    supply = _alike(scope, lower(scope, node.arguments[4]), item)
    return _shared(scope, (request, ONE, priority, width), supply, item)


def _request(scope: Scope, node: Expression, lower: Lower) -> tuple[Expr, Index]:
    """Return what is asked for, nothing where it is below 0, and who asks."""
    request = lower(scope, node)
    last = request.places[-1] if isinstance(request, Value) and request.places else None
    if not isinstance(last, Along):
        what = "what is asked for is not a variable whose last subscript is a range"
        scope.refuse(what, "Name it in a variable of its own, over that range.")
    (item,) = [i for i in scope.reachable(request) if i.name == last.index]
    whole = {i.name: len(found.elements) for i, found in scope.indices}
    if len(item.elements) != whole.get(item.name, len(item.elements)):
        what = f"a supply is shared out over a part of '{item.name}'"
        scope.refuse(what, "Share it out over the whole range, without :EXCEPT:.")
    return scope.named(call("maximum", request, ZERO)), item


def profile_of(scope: Scope, node: Expression) -> list[Expr]:
    """Return the profile, priority, width and extra number of those who ask."""
    name = canonical(node.name) if isinstance(node, Reference) else ""
    axes = scope.lowering.axes.get(name, ())
    if not isinstance(node, Reference) or not axes or len(axes[-1].elements) != 4:
        what = "the priority profile is not a variable whose last range has 4 elements"
        remedy = "Let them be the profile, the priority, the width and an extra number."
        scope.refuse(what, remedy)
    scope.lowering.profiles.append((scope, name))
    rest = node.subscripts[:-1]
    return [
        Value(
            scope.lowering.shown[name],
            places_of(scope, name, (*rest, Subscript(node.start, node.end, element))),
        )
        for element in axes[-1].elements
    ]


def _alike(scope: Scope, expr: Expr, item: Index) -> Expr:
    """Return an expression that is the same for all who ask."""
    if item.name in indices_of(expr):
        what = f"the supply or width differs within '{item.name}'"
        scope.refuse(what, "Give one for all that it is shared out to.")
    return scope.named(expr)


def _shared(
    scope: Scope,
    asked: tuple[Expr, Expr, Expr, Expr],
    supply: Expr,
    item: Index,
) -> Expr:
    """Return the share of one who asks: request, profile, priority and width."""
    inner = Index(scope.index_name(item.name), item.elements)
    turned = [_turned(part, item.name, inner.name) for part in asked]
    request, _, priority, width = turned
    reach = times(Number(_REACH), width)
    low = scope.named(Reduce("least", (inner,), minus(priority, reach)))
    high = scope.named(Reduce("greatest", (inner,), plus(priority, reach)))

    def price(ends: tuple[Expr, Expr], before: tuple[Expr, ...], turns: int) -> Expr:
        unknown = Unknown(scope.temporary_name())
        body = Reduce("sum", (inner,), _asked(turned, (*before, unknown)))
        return scope.named(Root(unknown.name, *ends, body, supply, turns))

    about = price((low, high), (), _COARSE)
    # Twice the distance that is left, so that rounding leaves nothing out.
    left = times(minus(high, low), Number(2.0 ** (1 - _COARSE)))
    beside = price((call("negative", left), left), (about,), _FINE)
    total = scope.named(Reduce("sum", (inner,), request))
    enough = call("at least", supply, total)
    share = either(enough, asked[0], _asked(asked, (about, beside)))
    return either(call("at least", supply, ZERO), share, Number(float("nan")))


def _asked(parts: tuple[Expr, ...] | list[Expr], price: tuple[Expr, ...]) -> Expr:
    """Return what one asks for at a price that is the sum of some numbers."""
    request, kind, priority, width = parts
    distance = priority
    for part in price:
        distance = minus(distance, part)
    return call("demand", request, kind, distance, width)


def _turned(expr: Expr, before: str, after: str) -> Expr:
    """Return a value seen by another index of the same range."""
    if not isinstance(expr, Value):
        return expr
    places = tuple(
        replace(place, index=after)
        if isinstance(place, Along) and place.index == before
        else place
        for place in expr.places
    )
    return Value(expr.variable, places)


def check_profiles(lowering: Lowering) -> None:
    """Refuse profiles of priority that are written in the model and not supported.

    Raises
    ------
    InputFileError
        With the equation that uses them.
    """
    for scope, name in lowering.profiles:
        shown = lowering.shown[name]
        variable = lowering.variables.get(shown)
        for kind in sorted(_kinds(variable)):
            if kind not in PROFILES and kind - _WHOLE not in PROFILES:
                what = f"it uses the priority profile {kind:g} of '{shown}'"
                known = ", ".join(f"{n} ({word})" for n, word in PROFILES.items())
                remedy = f"Supported are {known}; 10 more for whole units."
                scope.refuse(what, remedy)
        if isinstance(variable, Constant) and not (_table(variable)[..., 2] > 0).all():
            what = f"a width in '{shown}' is not positive"
            scope.refuse(what, "Give a width above 0.")


def _kinds(variable: Variable | None) -> set[float]:
    """Return the kinds of profile that are written as numbers in a variable."""
    if isinstance(variable, Constant):
        return set(_table(variable)[..., 0].ravel().tolist())
    blocks = variable.blocks if isinstance(variable, Auxiliary) else ()
    written = [block.expr for block in blocks if block.target[-1] == Fixed(0)]
    return {expr.value for expr in written if isinstance(expr, Number)}


def _table(profile: Constant) -> NDArray[np.float64]:
    return np.array(profile.values).reshape(shape_of(profile.axes))


HANDLERS: Mapping[str, Handler] = {
    "xmile stddev": _deviation,
    "xmile size": _size,
    "elmcount": _size,
    "xmile rank": _xmile_rank,
    "vector select": _select,
    "vector sort order": _ordered(arrays.sort_order),
    "vector rank": _ordered(arrays.rank),
    "vector reorder": _reorder,
    "vector elm map": _element_map,
    "invert matrix": _inverse,
    "allocate available": _available,
    "allocate by priority": _by_priority,
}
