"""The typed expression tree that every pass and emitter reads: small, frozen, closed.

An equation runs over its indices. An expression stands for one number at one setting of
those indices, at one time, in one run; how many of them are computed together is the
emitter's business. Names in the tree are the modeller's; nothing in it is ever
evaluated as text.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True, slots=True)
class Index:
    """A counter that runs over the elements of a range within one equation."""

    name: str
    elements: tuple[str, ...]

    @property
    def whole(self) -> "Along":
        """The positions that it visits on an axis of its own elements."""
        return Along(self.name, tuple(range(len(self.elements))))

    def numbered(self, first: int = 0) -> "Numbers":
        """Return the number of the element that it is at."""
        count = len(self.elements)
        return Numbers(self.name, tuple(map(float, range(first, first + count))))


@dataclass(frozen=True, slots=True)
class Fixed:
    """One position on an axis."""

    position: int

    @property
    def positions(self) -> tuple[int, ...]:
        """The position."""
        return (self.position,)


@dataclass(frozen=True, slots=True)
class Along:
    """The positions on an axis that an index visits, in the index's order."""

    index: str
    positions: tuple[int, ...]


Place = Fixed | Along


Operator = Callable[["Expr", "Expr | float"], "Expr"]


def _operator(function: str) -> Operator:
    return lambda self, other: call(function, self, other)


def _turned(function: str) -> Operator:
    return lambda self, other: call(function, other, self)


class Expr:
    """An expression; arithmetic and comparisons with others, and numbers, make more."""

    __slots__ = ()

    __add__, __radd__ = _operator("add"), _turned("add")
    __sub__, __rsub__ = _operator("subtract"), _turned("subtract")
    __mul__, __rmul__ = _operator("multiply"), _turned("multiply")
    __truediv__, __rtruediv__ = _operator("divide"), _turned("divide")
    __lt__, __le__ = _operator("less"), _operator("at most")
    __gt__, __ge__ = _operator("greater"), _operator("at least")
    __and__, __or__ = _operator("and"), _operator("or")

    def __neg__(self) -> "Expr":
        return call("negative", self)


@dataclass(frozen=True, slots=True)
class Scalar(Expr):
    """A literal."""

    value: float


@dataclass(frozen=True, slots=True)
class Now(Expr):
    """The current time.

    `held` is the time at which the step began, in every stage of a Runge-Kutta step:
    what Vensim holds within a step (data, and functions such as PULSE) looks at it.
    """

    held: bool = False


@dataclass(frozen=True, slots=True)
class TimeStep(Expr):
    """The length of a step."""


@dataclass(frozen=True, slots=True)
class Numbers(Expr):
    """One literal for each element that an index visits."""

    index: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Value(Expr):
    """A variable, or an element or a slice of one."""

    variable: str
    places: tuple[Place, ...] = ()


Interpolation = Literal["linear", "extrapolate", "step", "next", "exact"]


@dataclass(frozen=True, slots=True)
class Table(Expr):
    """A lookup read at a value; `interpolation` overrides the lookup's own."""

    lookup: str
    places: tuple[Place, ...]
    at: Expr
    interpolation: Interpolation | None = None


@dataclass(frozen=True, slots=True)
class IrCall(Expr):
    """A function of numbers, one of `FUNCTIONS`."""

    function: str
    arguments: tuple[Expr, ...]


Reduction = Literal["sum", "product", "least", "greatest"]


@dataclass(frozen=True, slots=True)
class Reduce(Expr):
    """A sum, product, least or greatest over indices that end here."""

    function: Reduction
    indices: tuple[Index, ...]
    body: Expr


@dataclass(frozen=True, slots=True)
class Unknown(Expr):
    """The unknown that the enclosing `Root` solves for."""

    name: str


@dataclass(frozen=True, slots=True)
class Root(Expr):
    """Where what only falls, as the unknown rises, comes down to a level.

    It is looked for between two ends, by halving their distance so many times.
    """

    unknown: str
    low: Expr
    high: Expr
    body: Expr
    level: Expr
    halvings: int


#: Functions that give a truth value.
CONDITIONS = frozenset(
    ["equal", "unequal", "less", "at most", "greater", "at least", "and", "or", "not"]
)

#: Functions of scipy.special that a native program calls, and how many they take.
EXTERNAL: Mapping[str, int] = {
    **dict.fromkeys(("gammaln", "ndtr", "ndtri"), 1),
    **dict.fromkeys(("gammaincinv", "pdtr", "pdtrik"), 2),
    **dict.fromkeys(("betaincinv", "bdtrik", "nbdtrik"), 3),
}

_PLAIN = """add,subtract,multiply,divide,power,negative,absolute,minimum,maximum,if,
exp,log,sqrt,sin,cos,tan,arcsin,arccos,arctan,sinh,cosh,tanh,truncate,floor,
divide or else,demand,draw"""

#: Functions of numbers. `draw` is uniform in (0, 1), of seed, stream, element and turn;
#: besides these it depends on run and step only (Philox 4x32-10, counter based).
FUNCTIONS = frozenset((*CONDITIONS, *EXTERNAL, *map(str.strip, _PLAIN.split(","))))

_FOLDED: Mapping[str, Callable[..., float]] = {
    "negative": lambda x: -x,
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
    "power": math.pow,
}


def number(value: Expr | float) -> Expr:
    """Return an expression, or the literal of a number."""
    return value if isinstance(value, Expr) else Scalar(float(value))


def call(function: str, *arguments: Expr | float) -> Expr:
    """Return a call; arithmetic on literals is folded to a number."""
    given = tuple(map(number, arguments))
    numbers = [a.value for a in given if isinstance(a, Scalar)]
    if len(numbers) == len(given) and function in _FOLDED:
        try:
            value = _FOLDED[function](*numbers)
        except (ArithmeticError, ValueError):
            return IrCall(function, given)
        if math.isfinite(value):
            return Scalar(value)
    return IrCall(function, given)


def equal(x: Expr, y: Expr | float) -> Expr:
    """Return whether two numbers are the same."""
    return call("equal", x, y)


def either(condition: Expr, yes: Expr | float, no: Expr | float) -> Expr:
    """Return one of two expressions, by a condition."""
    return call("if", condition, yes, no)


def children(expr: Expr) -> tuple[Expr, ...]:
    """Return the expressions directly within one."""
    match expr:
        case IrCall(arguments=arguments):
            return arguments
        case Reduce(body=body):
            return (body,)
        case Table(at=at):
            return (at,)
        case Root(low=low, high=high, body=body, level=level):
            return (low, high, body, level)
        case _:
            return ()


def with_children(expr: Expr, parts: tuple[Expr, ...]) -> Expr:
    """Return an expression with others directly within it."""
    match expr:
        case IrCall(function=function):
            return IrCall(function, parts)
        case Reduce():
            return replace(expr, body=parts[0])
        case Table():
            return replace(expr, at=parts[0])
        case Root():
            low, high, body, level = parts
            return Root(expr.unknown, low, high, body, level, expr.halvings)
        case _:
            return expr


def walk(expr: Expr) -> Iterator[Expr]:
    """Yield an expression and all within it, outermost first."""
    waiting = [expr]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(children(current)))


def values_in(expr: Expr) -> Iterator[Value]:
    """Yield the references to variables within an expression."""
    return (part for part in walk(expr) if isinstance(part, Value))


def map_expr(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """Return an expression with a change made to each part, innermost first."""
    before = children(expr)
    parts = tuple(map_expr(part, change) for part in before)
    if any(new is not old for new, old in zip(parts, before, strict=True)):
        expr = with_children(expr, parts)
    return change(expr)


def indices_of(expr: Expr) -> frozenset[str]:
    """Return the names of the indices on which an expression depends."""
    match expr:
        case Value(places=places) | Table(places=places):
            own = frozenset(place.index for place in places if isinstance(place, Along))
        case Numbers(index=index):
            own = frozenset((index,))
        case _:
            own = frozenset()
    inner = own.union(*map(indices_of, children(expr)))
    if isinstance(expr, Reduce):
        return inner - {index.name for index in expr.indices}
    return inner


# Expressions seen from elsewhere: with indices in the place of others.


def reindexed(expr: Expr, turned: Mapping[str, Place]) -> Expr:
    """Return an expression seen from elsewhere: with indices in the place of others.

    Parameters
    ----------
    turned
        For each index to replace, what takes its part: one turn of it, or another index
        with the turn of the old one at each of its own.
    """
    if isinstance(expr, Reduce):
        expr, turned = _apart(expr, turned)
    if not turned:
        return expr
    parts = tuple(reindexed(part, turned) for part in children(expr))
    match with_children(expr, parts):
        case Value(variable=variable, places=places):
            return Value(variable, places_at(places, turned))
        case Table(places=places) as table:
            return replace(table, places=places_at(places, turned))
        case Numbers(index=index, values=values) if index in turned:
            new = turned[index]
            if isinstance(new, Fixed):
                return Scalar(values[new.position])
            return Numbers(new.index, tuple(values[turn] for turn in new.positions))
        case same:
            return same


def places_at(
    places: tuple[Place, ...], turned: Mapping[str, Place]
) -> tuple[Place, ...]:
    """Return places with indices in the place of others, as `reindexed` takes them."""

    def moved(place: Place) -> Place:
        if isinstance(place, Fixed) or place.index not in turned:
            return place
        new = turned[place.index]
        positions = tuple(place.positions[turn] for turn in new.positions)
        return (
            replace(new, positions=positions)
            if isinstance(new, Along)
            else (Fixed(positions[0]))
        )

    return tuple(map(moved, places))


def _apart(
    reduce: Reduce, turned: Mapping[str, Place]
) -> tuple[Reduce, Mapping[str, Place]]:
    """Return a reduction whose own indices are named as no other that it will see."""
    taken = {place.index for place in turned.values() if isinstance(place, Along)}
    taken |= indices_of(reduce)
    indices, inner = [], dict(turned)
    for index in reduce.indices:
        fresh = index
        while fresh.name in taken:
            fresh = replace(fresh, name=f"{fresh.name}~")
        indices.append(fresh)
        inner.pop(index.name, None)
        if fresh is not index:
            inner[index.name] = fresh.whole
    return replace(reduce, indices=tuple(indices)), inner
