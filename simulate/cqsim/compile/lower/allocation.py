"""ALLOCATE and market prices: who asks for how much at a price.

Each request falls as a price rises: all of it well below its priority, nothing well
above. ALLOCATE AVAILABLE and ALLOCATE BY PRIORITY share out a supply: shares are what
is asked for at the price at which the sum is the supply. By priority alone, what is
asked for falls in a straight line over the width given. On a market what is offered
rises with the price as what is asked for falls.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cqsim.compile.expr import (
    Along,
    Expr,
    Fixed,
    Index,
    Reduce,
    Root,
    Scalar,
    Unknown,
    Value,
    call,
    either,
    equal,
    indices_of,
    reindexed,
)
from cqsim.compile.ir import Constant
from cqsim.compile.lower.scope import ONE, ZERO, Handler, Scope
from cqsim.compile.lower.subscripts import places_of
from cqsim.compile.lower.vectors import ascending
from cqsim.language import syntax
from cqsim.language.syntax import (
    Call,
    Expression,
    Reference,
    Subscript,
    canonical,
    walk,
)

#: The profiles of priority that are supported, by Vensim's numbers.
PROFILES = {1: "rectangular", 2: "triangular", 3: "normal", 4: "exponential"}

#: Added to a profile, it shares out whole units; so near to a unit a share is one.
_WHOLE, _ROUNDING = 10.0, 1e-6

#: So many widths beyond its priority nobody asks for anything, to the last digit: of
#: any profile, of one of straight lines, of the normal one.
_REACH, _STRAIGHT, _BELL = 750.0, 0.5, 5.0

#: The least width that Vensim takes the normal profile to have on a market.
_LEAST_WIDTH = 0.05

#: First the price is found to this share of where it may be; then its distance from
#: there, which is a small number and so holds more digits.
_COARSE, _FINE = 24, 56


@dataclass(frozen=True, slots=True)
class Demand:
    """The demand of one recipient: request, kind of profile, priority and width."""

    request: Expr
    kind: Expr
    priority: Expr
    width: Expr

    def at(self, *price: Expr) -> Expr:
        """Return what is asked for at a price that is the sum of some numbers."""
        distance = self.priority
        for part in price:
            distance = distance - part
        return call("demand", self.request, self.kind, distance, self.width)

    def seen_by(self, before: Index, after: Index) -> "Demand":
        """Return what another asks for: one index in the place of another."""
        parts = (self.request, self.kind, self.priority, self.width)
        turned = {before.name: after.whole}
        return Demand(*(reindexed(part, turned) for part in parts))


def _available(scope: Scope, node: Call) -> Expr:
    """Return ALLOCATE AVAILABLE(request, priority profile, available)."""
    request, item = _request(scope, node.arguments[0])
    parts = _profile(scope, node.arguments[1])
    kind, priority, width = (scope.named(part) for part in parts)
    supply = _alike(scope, scope.lower(node.arguments[2]), item)
    if not any(k - _WHOLE in PROFILES for k in _numbers(scope, node.arguments[1])):
        return _shared(scope, Demand(request, kind, priority, width), supply, item)
    whole = scope.named(kind > _WHOLE)
    request = scope.named(either(whole, call("floor", request), request))
    kind = scope.named(kind - either(whole, _WHOLE, 0))
    share = _shared(scope, Demand(request, kind, priority, width), supply, item)
    return _in_whole_units(scope, scope.named(share), whole, item)


def _numbers(scope: Scope, profile: Expression) -> set[float]:
    """Return the numbers in the equations of a priority profile."""
    assert isinstance(profile, Reference)
    found: set[float] = set()
    for equation in scope.model.variables[canonical(profile.name)].equations:
        for node in walk(equation.value) if equation.value is not None else ():
            if isinstance(node, syntax.Number):
                found.add(node.value)
            elif isinstance(node, syntax.ArrayLiteral):
                found.update(number for row in node.rows for number in row)
    return found


def _in_whole_units(scope: Scope, share: Expr, whole: Expr, item: Index) -> Expr:
    """Return a share in whole units where that is asked for: by largest remainders.

    All get the whole units of their share; those with the largest rest get one more
    each, until no whole unit is left.
    """
    units = scope.named(call("floor", share + _ROUNDING))
    fraction = either(whole, units - share, 0)
    others = tuple(i for i in scope.reachable(fraction) if i.name != item.name)
    rest = scope.stored(scope.reachable(fraction), fraction)
    rank = ascending(scope, rest, (*others, item))
    inner = scope.twin(item)
    total = Reduce("sum", (inner,), reindexed(rest, {item.name: inner.whole}))
    left = _ROUNDING - scope.named(total)
    more = (rank <= left) & (rest < 0)
    return either(whole, units + either(more, 1, 0), share)


def _by_priority(scope: Scope, node: Call) -> Expr:
    """Return ALLOCATE BY PRIORITY(request, priority, size, width, supply)."""
    request, item = _request(scope, node.arguments[0])
    priority = scope.named(scope.lower(node.arguments[1]))
    width, supply = (
        _alike(scope, scope.lower(node.arguments[n]), item) for n in (3, 4)
    )
    return _shared(scope, Demand(request, ONE, priority, width), supply, item)


def _request(scope: Scope, node: Expression) -> tuple[Expr, Index]:
    """Return what is asked for, nothing where it is below 0, and who asks."""
    request = scope.lower(node)
    last = request.places[-1] if isinstance(request, Value) and request.places else None
    if not isinstance(last, Along):
        what = "what is asked for is not a variable whose last subscript is a range"
        scope.refuse(what, "Name it in a variable of its own, over that range.")
    (item,) = [i for i in scope.reachable(request) if i.name == last.index]
    whole = {i.name: len(found.elements) for i, found in scope.indices}
    if len(item.elements) != whole.get(item.name, len(item.elements)):
        what = f"a supply is shared out over a part of '{item.name}'"
        scope.refuse(what, "Share it out over the whole range, without :EXCEPT:.")
    return scope.named(call("maximum", request, 0)), item


def _profile(scope: Scope, node: Expression) -> list[Value]:
    """Return the kind of profile, the priority and the width of those who ask."""
    name = canonical(node.name) if isinstance(node, Reference) else ""
    axes = scope.lowering.axes.get(name, ())
    if not isinstance(node, Reference) or not axes or len(axes[-1].elements) != 4:
        what = "the priority profile is not a variable whose last range has 4 elements"
        remedy = "Let them be the profile, the priority, the width and an extra number."
        scope.refuse(what, remedy)
    shown, rest = scope.lowering.shown[name], node.subscripts[:-1]
    scope.lowering.later.append(lambda: _check_profile(scope, shown))
    last = (Subscript(node.start, node.end, element) for element in axes[-1].elements)
    parts = [places_of(scope, name, (*rest, subscript)) for subscript in last]
    return [Value(shown, places) for places in parts[:3]]


def _check_profile(scope: Scope, name: str) -> None:
    """Refuse a profile of priority that is written in the model and not supported."""
    variable = scope.lowering.variables.get(name)
    blocks = variable.now if variable else ()
    written = [block.expr for block in blocks if block.target[-1] == Fixed(0)]
    kinds = {expr.value for expr in written if isinstance(expr, Scalar)}
    widths: tuple[float, ...] = ()
    if isinstance(variable, Constant):
        kinds, widths = set(variable.values[::4]), variable.values[2::4]
    for kind in sorted(kinds):
        if kind not in PROFILES and kind - _WHOLE not in PROFILES:
            what = f"it uses the priority profile {kind:g} of '{name}'"
            known = ", ".join(f"{n} ({word})" for n, word in PROFILES.items())
            remedy = f"Supported are {known}; 10 more for whole units."
            scope.refuse(what, remedy)
    if not all(width > 0 for width in widths):
        what = f"a width in '{name}' is not positive"
        scope.refuse(what, "Give a width above 0.")


def _alike(scope: Scope, expr: Expr, item: Index) -> Expr:
    """Return an expression that is the same for all who ask."""
    if item.name in indices_of(expr):
        what = f"the supply or width differs within '{item.name}'"
        scope.refuse(what, "Give one for all that it is shared out to.")
    return scope.named(expr)


def _shared(scope: Scope, own: Demand, supply: Expr, item: Index) -> Expr:
    """Return the share of one who asks."""
    inner = scope.twin(item)
    each = own.seen_by(item, inner)
    reach = _REACH * each.width
    low = scope.named(Reduce("least", (inner,), each.priority - reach))
    high = scope.named(Reduce("greatest", (inner,), each.priority + reach))

    def price(low: Expr, high: Expr, before: tuple[Expr, ...], turns: int) -> Expr:
        unknown = Unknown(scope.temporary_name())
        asked = Reduce("sum", (inner,), each.at(*before, unknown))
        return scope.named(Root(unknown.name, low, high, asked, supply, turns))

    about = price(low, high, (), _COARSE)
    # Twice the distance that is left, so that rounding leaves nothing out.
    left = (high - low) * 2.0 ** (1 - _COARSE)
    beside = price(-left, left, (about,), _FINE)
    total = scope.named(Reduce("sum", (inner,), each.request))
    share = either(supply > 0, own.at(about, beside), 0)
    return either(supply >= total, own.request, share)


# Markets.


def _on_market(request: Expr, profile: Sequence[Expr]) -> Demand:
    kind, priority, width = profile
    wide = either(equal(kind, 3), call("maximum", width, _LEAST_WIDTH), width)
    return Demand(request, kind, priority, wide)


def _demand_at(scope: Scope, node: Call) -> Expr:
    """Return DEMAND AT PRICE(quantity, priority profile, price)."""
    quantity, price = (scope.lower(node.arguments[n]) for n in (0, 2))
    profile = _profile(scope, node.arguments[1])
    return _on_market(quantity, [scope.named(part) for part in profile]).at(price)


def _supply_at(scope: Scope, node: Call) -> Expr:
    """Return SUPPLY AT PRICE(quantity, priority profile, price)."""
    return scope.named(scope.lower(node.arguments[0])) - _demand_at(scope, node)


def _find_price(scope: Scope, node: Call) -> Expr:
    """Return FIND MARKET PRICE(demand, its profile, supply, its profile).

    Each argument names the first of all who ask, or offer. Where any price will do, it
    is the lowest at which one begins to ask or offer, or the highest at which one ends.
    """
    buyer, asking = _side(scope, node.arguments[0], node.arguments[1])
    seller, offering = _side(scope, node.arguments[2], node.arguments[3])
    unknown = Unknown(scope.temporary_name())
    offered = Reduce("sum", (seller,), offering.request - offering.at(unknown))
    asked = Reduce("sum", (buyer,), asking.at(unknown))
    lows, highs = zip(_ends(buyer, asking), _ends(seller, offering), strict=True)
    low = scope.named(call("minimum", *lows))
    high = scope.named(call("maximum", *highs))
    return Root(unknown.name, low, high, asked - offered, ZERO, _COARSE + _FINE)


def _side(
    scope: Scope, quantity: Expression, profile: Expression
) -> tuple[Index, Demand]:
    """Return an index over all of a market's side, and what one of them asks for."""
    index, asked = _every(scope, quantity)
    parts = [
        replace(part, places=(*part.places[:-2], index.whole, part.places[-1]))
        for part in _profile(scope, profile)
    ]
    return index, _on_market(asked, parts)


def _every(
    scope: Scope, node: Expression, index: Index | None = None
) -> tuple[Index, Value]:
    """Return all elements of a vector the first of which an argument names."""
    name = canonical(node.name) if isinstance(node, Reference) else ""
    axes = scope.lowering.axes.get(name, ())
    if not isinstance(node, Reference) or not axes:
        scope.refuse("a side of a market is no subscripted variable", "Name one.")
    index = index or Index(scope.index_name(axes[-1].name), axes[-1].elements)
    if index.elements != axes[-1].elements:
        what = f"'{node.name}' has other elements than what is asked for"
        scope.refuse(what, "Give it one for each who asks.")
    places = (*places_of(scope, name, node.subscripts)[:-1], index.whole)
    return index, Value(scope.lowering.shown[name], places)


def _market_priority(scope: Scope, node: Call) -> Expr:
    """Return MARKETP(request, priority, size, width, supply), for ALLOC P.

    Request and priority name the first of all who ask.
    """
    who, request = _every(scope, node.arguments[0])
    _, priority = _every(scope, node.arguments[1], who)
    width, supply = (scope.named(scope.lower(node.arguments[n])) for n in (3, 4))
    asking = Demand(call("maximum", request, 0), ONE, priority, width)
    low, high = (scope.named(end) for end in _ends(who, asking))
    unknown = Unknown(scope.temporary_name())
    asked = Reduce("sum", (who,), asking.at(unknown))
    return Root(unknown.name, low, high, asked, supply, _COARSE + _FINE)


def _at_priority(scope: Scope, node: Call) -> Expr:
    """Return ALLOC P(request, priority, width, market priority)."""
    request, priority, width, price = scope.lower_all(node)
    asking = Demand(call("maximum", request, 0), ONE, priority, width)
    return asking.at(price)


def _ends(index: Index, demand: Demand) -> tuple[Expr, Expr]:
    """Return the lowest and the highest price at which one asks or offers."""
    reach = either(equal(demand.kind, 3), _BELL, _REACH)
    distance = either(demand.kind <= 2, _STRAIGHT, reach) * demand.width
    low = Reduce("least", (index,), demand.priority - distance)
    return low, Reduce("greatest", (index,), demand.priority + distance)


HANDLERS: Mapping[str, Handler] = {
    "allocate available": _available,
    "allocate by priority": _by_priority,
    "marketp": _market_priority,
    "alloc p": _at_priority,
    "demand at price": _demand_at,
    "supply at price": _supply_at,
    "find market price": _find_price,
}
