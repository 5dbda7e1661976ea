"""ALLOCATE AVAILABLE and ALLOCATE BY PRIORITY: a supply shared out by priorities.

Each asks for less as a price rises: all of it well below its priority, nothing well
above. Shares are what is asked for at the price at which the sum is the supply. By
priority alone, what is asked for falls in a straight line over the width given; that is
what filling them from the highest priority down comes to.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from cqsim.compile.ir import (
    Along,
    Call,
    Constant,
    Expr,
    Index,
    Number,
    Reduce,
    Root,
    Unknown,
    Value,
    indices_of,
    shape_of,
)
from cqsim.model.lower.hidden import less, name_value, plus, times
from cqsim.model.lower.names import Names, Scope
from cqsim.model.lower.places import places_of
from cqsim.model.lower.source import key_of

Lower = Callable[[Scope, Any], Expr]

#: The profiles of priority that are supported, by Vensim's numbers.
PROFILES = {1: "rectangular", 2: "triangular", 3: "normal", 4: "exponential"}

#: So many widths beyond its priority nobody asks for anything, to the last digit.
_REACH = 750.0

#: First the price is found to this share of where it may be; then its distance from
#: there, which is a small number and so holds more digits.
_COARSE, _FINE = 24, 56


def _available(scope: Scope, node: Any, lower: Lower) -> Expr:
    """Lower ALLOCATE AVAILABLE(request, priority profile, available)."""
    request, item = _request(scope, node.request, lower)
    profile = [name_value(scope, part) for part in _profile(scope, node.pp)]
    supply = _alike(scope, lower(scope, node.avail), item)
    kind, priority, width = profile[:3]
    return _shared(scope, (request, kind, priority, width), supply, item)


def _by_priority(scope: Scope, node: Any, lower: Lower) -> Expr:
    """Lower ALLOCATE BY PRIORITY(request, priority, size, width, supply)."""
    request, item = _request(scope, node.request, lower)
    priority = name_value(scope, lower(scope, node.priority))
    width = _alike(scope, lower(scope, node.width), item)
    supply = _alike(scope, lower(scope, node.supply), item)
    return _shared(scope, (request, Number(1.0), priority, width), supply, item)


def _request(scope: Scope, node: Any, lower: Lower) -> tuple[Expr, Index]:
    """Return what is asked for, and the counter of those who ask."""
    request = lower(scope, node)
    last = request.places[-1] if isinstance(request, Value) and request.places else None
    if not isinstance(last, Along):
        what = "what is asked for is not a variable whose last subscript is a range"
        raise scope.fault(what, "Name it in a variable of its own, over that range.")
    (item,) = scope.reachable(frozenset((last.index,)))
    sides = zip(scope.region.indices, scope.region.sides, strict=False)
    whole = {i.name: s.elements for i, s in sides if s.range is not None}
    if item.elements != whole.get(item.name, item.elements):
        what = f"a supply is shared out over a part of '{item.name}'"
        raise scope.fault(what, "Share it out over the whole range, without :EXCEPT:.")
    return request, item


def _profile(scope: Scope, node: Any) -> list[Expr]:
    """Return the profile, priority, width and extra number of those who ask."""
    name = scope.names.find(getattr(node, "reference", ""))
    axes = scope.names.axes.get(name or "", ())
    if name is None or not axes or len(axes[-1].elements) != 4:
        what = "the priority profile is not a variable whose last range has 4 elements"
        remedy = "Let them be the profile, the priority, the width and an extra number."
        raise scope.fault(what, remedy)
    scope.names.profiles.append((scope.owner, name))
    written = node.subscripts.subscripts if node.subscripts else []
    return [
        Value(name, places_of(scope, name, [*written[:-1], element]))
        for element in axes[-1].elements
    ]


def _alike(scope: Scope, expr: Expr, item: Index) -> Expr:
    """Return an expression that is the same for all who ask."""
    if item.name in indices_of(expr):
        what = f"the supply or width differs within '{item.name}'"
        raise scope.fault(what, "Give one for all that it is shared out to.")
    return name_value(scope, expr)


def _shared(
    scope: Scope,
    asked: tuple[Expr, Expr, Expr, Expr],
    supply: Expr,
    item: Index,
) -> Expr:
    """Return the share of one who asks: request, profile, priority and width."""
    scope.counted += 1
    inner = Index(f"{item.name}!{scope.counted}", item.elements)
    turned = [_turned(part, item.name, inner.name) for part in asked]
    request, _, priority, width = turned
    reach = times(Number(_REACH), width)
    low = name_value(scope, _over("least", inner, less(priority, reach)))
    high = name_value(scope, _over("greatest", inner, plus(priority, reach)))

    def price(ends: tuple[Expr, Expr], before: tuple[Expr, ...], turns: int) -> Expr:
        unknown = Unknown(scope.hidden_name())
        body = _over("sum", inner, _asked(turned, (*before, unknown)))
        return name_value(scope, Root(unknown.name, *ends, body, supply, turns))

    about = price((low, high), (), _COARSE)
    # Twice the distance that is left, so that rounding leaves nothing out.
    left = times(less(high, low), Number(2.0 ** (1 - _COARSE)))
    beside = price((Call("negative", (left,)), left), (about,), _FINE)
    total = name_value(scope, _over("sum", inner, request))
    lowest = name_value(scope, _over("least", inner, request))
    share = Call(
        "if",
        (Call("at least", (supply, total)), asked[0], _asked(asked, (about, beside))),
    )
    zero = Number(0.0)
    sound = Call(
        "and", (Call("at least", (supply, zero)), Call("at least", (lowest, zero)))
    )
    return Call("if", (sound, share, Number(float("nan"))))


def _asked(parts: Any, price: tuple[Expr, ...]) -> Expr:
    """Return what one asks for at a price that is the sum of some numbers."""
    request, kind, priority, width = parts
    distance = priority
    for part in price:
        distance = less(distance, part)
    return Call("demand", (request, kind, distance, width))


def _over(
    function: Literal["sum", "least", "greatest"], index: Index, body: Expr
) -> Expr:
    return Reduce(function, (index,), body)


def _turned(expr: Expr, before: str, after: str) -> Expr:
    """Return a value seen by another counter of the same range."""
    if not isinstance(expr, Value):
        return expr
    places = tuple(
        replace(place, index=after)
        if isinstance(place, Along) and place.index == before
        else place
        for place in expr.places
    )
    return Value(expr.variable, places)


def check_profiles(names: Names) -> None:
    """Refuse profiles of priority that are written in the model and not supported.

    Raises
    ------
    InputFileError
        With the line of the profiles.
    """
    for owner, name in names.profiles:
        variable = names.variables.get(name)
        if not isinstance(variable, Constant):
            continue
        values = np.array(variable.values).reshape(shape_of(variable.axes))
        for kind in np.unique(values[..., 0]):
            if kind not in PROFILES:
                what = f"'{owner}' uses the priority profile {kind:g} of '{name}'"
                known = ", ".join(f"{n} ({word})" for n, word in PROFILES.items())
                remedy = f"Supported are {known}."
                raise names.source.fault(key_of(name), what, remedy)
        if not (values[..., 2] > 0).all():
            what = f"a width in '{name}' is not positive"
            raise names.source.fault(key_of(name), what, "Give a width above 0.")


HANDLERS: dict[str, Callable[[Scope, Any, Lower], Expr]] = {
    "AllocateAvailableStructure": _available,
    "AllocateByPriorityStructure": _by_priority,
}
