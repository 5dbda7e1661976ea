"""The typed expression tree that every engine reads: small, frozen, closed.

An equation runs over its indices. An expression stands for one number at one
setting of those indices, at one time, in one run; how many of them are computed
together is the emitter's business. Names in the tree are the modeller's; nothing
in it is ever evaluated as text.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from types import MappingProxyType
from typing import Literal

Method = Literal["euler", "rk2", "rk4"]


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
    """The current time.

    `held` is the time at which the step began, in every stage of a Runge-Kutta step:
    what Vensim holds within a step (data, and the functions in `TIMED`) looks at it.
    """

    held: bool = False


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
    """A lookup read at a value; `interpolation` overrides the lookup's own."""

    lookup: str
    places: tuple[Place, ...]
    at: "Expr"
    interpolation: "Interpolation | None" = None


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
    Number | Time | TimeStep | Numbers | Value | Table | Call | Reduce | Root | Unknown
)

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

#: Functions of scipy.special that a native program calls, and how many they take.
EXTERNAL: Mapping[str, int] = {
    "gammaln": 1,
    "ndtr": 1,
    "ndtri": 1,
    "gammaincinv": 2,
    "betaincinv": 3,
    "pdtr": 2,
    "pdtrik": 2,
    "bdtrik": 3,
    "nbdtrik": 3,
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
    # Start, width, repeat and last time, as Vensim has them.
    "pulse train": 4,
    "impulse": 2,
    "impulse train": 3,
    "demand": 4,
    "floor": 1,
    # Uniform in (0, 1), of seed, stream, element and number of the draw; besides these
    # it depends on the run and the step only (Philox 4x32-10, counter based).
    "draw": 4,
    **EXTERNAL,
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
        case Call(arguments=arguments):
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
        case Value(places=places):
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


@dataclass(frozen=True, slots=True)
class Axis:
    """A dimension of a variable: the range it runs over and its elements."""

    name: str
    elements: tuple[str, ...]


Axes = tuple[Axis, ...]


def shape_of(axes: Axes) -> tuple[int, ...]:
    """Return the length of each axis."""
    return tuple(len(axis.elements) for axis in axes)


@dataclass(frozen=True, slots=True)
class Block:
    """One equation: which part of a variable it gives, and what."""

    indices: tuple[Index, ...]
    target: tuple[Place, ...]
    expr: Expr


Blocks = tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, or one for each element, that a run may replace."""

    name: str
    axes: Axes
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.values) != prod(shape_of(self.axes)):
            message = f"{self.name}: {len(self.values)} values for {self.axes}"
            raise ValueError(message)


Interpolation = Literal["linear", "extrapolate", "step", "next", "exact"]


@dataclass(frozen=True, slots=True)
class Curve:
    """The points of a lookup, from left to right."""

    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Lookup:
    """A curve, or one for each element, read by interpolation.

    `linear` and `step` hold the ends; `extrapolate` continues them; `step` keeps the
    value of the point at or before, `next` of the point at or after; `exact` has no
    value between points.
    """

    name: str
    axes: Axes
    curves: tuple[Curve, ...]
    interpolation: Interpolation = "linear"


@dataclass(frozen=True, slots=True)
class Auxiliary:
    """What is computed anew at every time from other values.

    `at_start` stands in for `blocks` while initial values are worked out, where the
    modeller gave such an expression.
    """

    name: str
    axes: Axes
    blocks: Blocks
    at_start: Blocks | None = None


@dataclass(frozen=True, slots=True)
class Initial:
    """What is computed once, at the start, and then kept."""

    name: str
    axes: Axes
    blocks: Blocks


@dataclass(frozen=True, slots=True)
class Stock:
    """What accumulates its rate."""

    name: str
    axes: Axes
    initial: Blocks
    rate: Blocks


@dataclass(frozen=True, slots=True)
class Memory:
    """What takes, at the end of each step, the value that `following` had in it."""

    name: str
    axes: Axes
    initial: Blocks
    following: Blocks


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What comes out of a pipe of a fixed length: `inflow`, `delay` later."""

    name: str
    axes: Axes
    initial: Blocks
    inflow: Blocks
    delay: Blocks


State = Stock | Memory | Pipeline
Variable = Constant | Auxiliary | Initial | Stock | Memory | Pipeline


@dataclass(frozen=True, slots=True)
class Note:
    """What the modeller wrote beside a variable; `low` and `high` are its range."""

    unit: str = ""
    documentation: str = ""
    line: int = 0
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """A delay whose time must be as long as its levels have steps.

    `time` is a number, or the name of the variable that holds it.
    """

    owner: str
    time: str | float
    order: int


@dataclass(frozen=True, slots=True)
class System:
    """A whole model, ready to be ordered and emitted.

    A name that starts with `#` is ours: a level within a delay, a remembered value.
    `structural` names the constants that the equations themselves depend on, which no
    run can set. `files` are those beside the model that it takes numbers from, each
    with the hash of its content. `undefined` holds the flat positions of a variable
    for which the model has no equation; they have no value. `named` are the paths of
    files that the user named; `method` is the method of integration that the model's
    file states.
    """

    path: Path
    digest: str
    variables: Mapping[str, Variable]
    lookups: Mapping[str, Lookup]
    notes: Mapping[str, Note] = field(default_factory=lambda: MappingProxyType({}))
    ranges: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )

    structural: frozenset[str] = frozenset()
    limits: tuple[Limit, ...] = ()
    files: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    undefined: Mapping[str, frozenset[int]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    named: Mapping[str, Path] = field(default_factory=lambda: MappingProxyType({}))
    method: Method | None = None

    def data_path(self, name: str) -> Path:
        """Return the path of one of `files`."""
        return self.named.get(name, self.path.parent / name)

    def names(self) -> list[str]:
        """Return the modeller's own variables, in the order of the file."""
        return [name for name in self.variables if not name.startswith("#")]
