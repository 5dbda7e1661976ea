"""The typed expression tree that every engine reads: small, frozen, closed.

An equation runs over its indices. An expression stands for one number at one
setting of those indices, at one time, in one run; how many of them are computed
together is the emitter's business. Names in the tree are the modeller's; nothing
in it is ever evaluated as text.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Index:
    """A counter that runs over the elements of a range within one equation."""

    name: str
    elements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fixed:
    """One position on an axis."""

    position: int


@dataclass(frozen=True, slots=True)
class Along:
    """The positions on an axis that an index visits, in the index's order."""

    index: str
    positions: tuple[int, ...]


Place = Fixed | Along


@dataclass(frozen=True, slots=True)
class Number:
    """A literal."""

    value: float


@dataclass(frozen=True, slots=True)
class Time:
    """The current time."""


@dataclass(frozen=True, slots=True)
class TimeStep:
    """The length of a step."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """One literal for each element that an index visits."""

    index: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """A variable, or an element or a slice of one."""

    variable: str
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A lookup read at a value."""

    lookup: str
    places: tuple[Place, ...]
    at: "Expr"


@dataclass(frozen=True, slots=True)
class Call:
    """A function of numbers; `FUNCTIONS` lists them with how many they take."""

    function: str
    arguments: tuple["Expr", ...]


@dataclass(frozen=True, slots=True)
class Reduce:
    """A sum, product, least or greatest over indices that end here."""

    function: Literal["sum", "product", "least", "greatest"]
    indices: tuple[Index, ...]
    body: "Expr"


@dataclass(frozen=True, slots=True)
class Array:
    """An element of what a function makes of whole variables, such as an inverse.

    The variables named by `arguments` are taken whole; the result has the axes of the
    first of them.
    """

    function: str
    arguments: tuple[Value, ...]
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """What the root around it looks for."""

    name: str


@dataclass(frozen=True, slots=True)
class Root:
    """Where what only falls, as the unknown rises, comes down to a level.

    It is looked for between two ends, by halving their distance so many times.
    """

    unknown: str
    low: "Expr"
    high: "Expr"
    body: "Expr"
    level: "Expr"
    halvings: int


Expr = (
    Number
    | Time
    | TimeStep
    | Numbers
    | Value
    | Table
    | Call
    | Reduce
    | Array
    | Root
    | Unknown
)

#: Functions of whole variables, and how many they take.
ARRAYS: Mapping[str, int] = {
    "sort order": 2,
    "rank": 2,
    "reorder": 2,
    "inverse": 1,
}

#: Functions that give a truth value.
CONDITIONS: Mapping[str, int] = {
    "equal": 2,
    "unequal": 2,
    "less": 2,
    "at most": 2,
    "greater": 2,
    "at least": 2,
    "and": 2,
    "or": 2,
    "not": 1,
}

#: Functions of numbers, and how many arguments each takes.
FUNCTIONS: Mapping[str, int] = {
    **CONDITIONS,
    "add": 2,
    "subtract": 2,
    "multiply": 2,
    "divide": 2,
    "power": 2,
    "negative": 1,
    "if": 3,
    "minimum": 2,
    "maximum": 2,
    "absolute": 1,
    "exp": 1,
    "log": 1,
    "sqrt": 1,
    "sin": 1,
    "cos": 1,
    "tan": 1,
    "arcsin": 1,
    "arccos": 1,
    "arctan": 1,
    "sinh": 1,
    "cosh": 1,
    "tanh": 1,
    "truncate": 1,
    "quantum": 2,
    "divide or zero": 2,
    "divide or else": 3,
    "step": 2,
    "ramp": 3,
    "ramp for ever": 2,
    "pulse": 2,
    "pulse train": 4,
    "impulse": 2,
    "impulse train": 3,
    "demand": 4,
}

#: Functions that look at the time.
TIMED = frozenset(
    (
        "step",
        "ramp",
        "ramp for ever",
        "pulse",
        "pulse train",
        "impulse",
        "impulse train",
    )
)


def children(expr: Expr) -> tuple[Expr, ...]:
    """Return the expressions directly within one."""
    match expr:
        case Call(arguments=arguments) | Array(arguments=arguments):
            return arguments
        case Reduce(body=body):
            return (body,)
        case Table(at=at):
            return (at,)
        case Root(low=low, high=high, body=body, level=level):
            return (low, high, body, level)
        case _:
            return ()


def walk(expr: Expr) -> Iterator[Expr]:
    """Yield an expression and all within it, outermost first."""
    waiting = [expr]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(children(current)))


def indices_of(expr: Expr) -> frozenset[str]:
    """Return the names of the indices on which an expression depends."""
    match expr:
        case Value(places=places) | Array(places=places):
            return _indices_in(places)
        case Table(places=places, at=at):
            return _indices_in(places) | indices_of(at)
        case Numbers(index=index):
            return frozenset((index,))
        case Reduce(indices=indices, body=body):
            return indices_of(body) - {index.name for index in indices}
        case _:
            return frozenset().union(*(indices_of(child) for child in children(expr)))


def _indices_in(places: tuple[Place, ...]) -> frozenset[str]:
    return frozenset(place.index for place in places if isinstance(place, Along))
