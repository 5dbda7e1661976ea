"""Prices of a market: what is asked for and offered at a price, and where both meet.

Quantities and priority profiles are those of ALLOCATE AVAILABLE: what is asked for
falls as the price rises above its priority, and what is offered rises.
"""

from collections.abc import Callable, Mapping, Sequence

from cqsim.compile.expr import Along, Expr, Index, Number, Reduce, Root, Unknown, Value
from cqsim.compile.lower.arrays import profile_of
from cqsim.compile.lower.scope import ZERO, Scope, call, either, minus, plus, times
from cqsim.compile.lower.subscripts import places_of
from cqsim.language.syntax import Call, Expression, Reference, canonical

Lower = Callable[[Scope, Expression], Expr]
Handler = Callable[[Scope, Call, Lower], Expr]

#: The normal profile, and the least width that Vensim takes it to have.
_NORMAL, _LEAST_WIDTH = 3.0, 0.05
#: So many widths from its priority a profile ends: by straight lines, normal, others.
_STRAIGHT, _BELL, _ENDLESS = 0.5, 5.0, 750.0
_HALVINGS = 80


def _demand_at(scope: Scope, node: Call, lower: Lower) -> Expr:
    """Return DEMAND AT PRICE(quantity, priority profile, price)."""
    quantity, price = (lower(scope, node.arguments[n]) for n in (0, 2))
    profile = profile_of(scope, node.arguments[1])[:3]
    return _asked(quantity, [scope.named(part) for part in profile], price)


def _supply_at(scope: Scope, node: Call, lower: Lower) -> Expr:
    """Return SUPPLY AT PRICE(quantity, priority profile, price)."""
    quantity = scope.named(lower(scope, node.arguments[0]))
    return minus(quantity, _demand_at(scope, node, lower))


def _asked(quantity: Expr, profile: Sequence[Expr], price: Expr) -> Expr:
    kind, priority, width = profile
    distance = minus(priority, price)
    return call("demand", quantity, kind, distance, _wide(kind, width))


def _wide(kind: Expr, width: Expr) -> Expr:
    least = call("maximum", width, Number(_LEAST_WIDTH))
    return either(call("equal", kind, Number(_NORMAL)), least, width)


def _find_price(scope: Scope, node: Call, lower: Lower) -> Expr:
    """Return FIND MARKET PRICE(demand, its profile, supply, its profile).

    Each argument names the first of all who ask, or offer. Where any price will do, it
    is the lowest at which one begins to ask or offer, or the highest at which one ends.
    """
    asking = _sides(scope, node.arguments[0], node.arguments[1])
    offering = _sides(scope, node.arguments[2], node.arguments[3])
    unknown = Unknown(scope.temporary_name())
    index, quantity, profile = offering
    kept = _asked(quantity, profile, unknown)
    offered = Reduce("sum", (index,), minus(quantity, kept))
    index, quantity, profile = asking
    asked = Reduce("sum", (index,), _asked(quantity, profile, unknown))
    low = _end(scope, (asking, offering), "minimum")
    high = _end(scope, (asking, offering), "maximum")
    return Root(unknown.name, low, high, minus(asked, offered), ZERO, _HALVINGS)


_Side = tuple[Index, Expr, list[Expr]]


def _sides(scope: Scope, quantity: Expression, profile: Expression) -> _Side:
    """Return an index over all of a market's side, its quantities and its profiles."""
    if not isinstance(quantity, Reference) or not isinstance(profile, Reference):
        scope.refuse("a side of a market is no subscripted variable", "Name one.")
    name = canonical(quantity.name)
    axis = scope.lowering.axes[name][-1]
    index = Index(scope.index_name(axis.name), axis.elements)
    along = Along(index.name, tuple(range(len(axis.elements))))
    places = (*places_of(scope, name, quantity.subscripts)[:-1], along)
    found: list[Expr] = []
    for part in profile_of(scope, profile)[:3]:
        assert isinstance(part, Value)
        of_part = (*part.places[:-2], along, part.places[-1])
        found.append(Value(part.variable, of_part))
    return index, Value(scope.lowering.shown[name], places), found


def _end(scope: Scope, sides: Sequence[_Side], word: str) -> Expr:
    """Return the lowest or highest price at which one asks or offers."""
    ends = []
    for index, _, (kind, priority, width) in sides:
        straight = call("at most", kind, Number(2.0))
        curved = call("equal", kind, Number(_NORMAL))
        reach = either(curved, Number(_BELL), Number(_ENDLESS))
        reach = either(straight, Number(_STRAIGHT), reach)
        distance = times(reach, _wide(kind, width))
        if word == "minimum":
            ends.append(Reduce("least", (index,), minus(priority, distance)))
        else:
            ends.append(Reduce("greatest", (index,), plus(priority, distance)))
    return scope.named(call(word, *ends))


HANDLERS: Mapping[str, Handler] = {
    "demand at price": _demand_at,
    "supply at price": _supply_at,
    "find market price": _find_price,
}
