"""A model as the passes and emitters read it: variables and their equations."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import prod
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from cqsim.compile.expr import Expr, Index, Interpolation, Place, Value, map_expr, walk

Method = Literal["euler", "rk2", "rk4"]


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
class IrVariable:
    """A variable with one value for each element; its equations are its `FIELDS`."""

    name: str
    axes: Axes

    FIELDS: ClassVar[tuple[str, ...]] = ()

    @property
    def size(self) -> int:
        """How many elements it has."""
        return prod(shape_of(self.axes))

    @property
    def equations(self) -> dict[str, Blocks]:
        """All equations, by what they give."""
        return {name: getattr(self, name) for name in self.FIELDS}

    @property
    def starting(self) -> Blocks:
        """The equations that give its value at the start."""
        return self.equations.get("at_start") or self.equations.get("initial", self.now)

    @property
    def now(self) -> Blocks:
        """The equations that give its value at each time; none for what is held."""
        return self.equations.get("blocks", ())

    def exprs(self) -> Iterator[Expr]:
        """Yield every expression within its equations."""
        for blocks in self.equations.values():
            for block in blocks:
                yield from walk(block.expr)

    def mapped(self, change: Callable[[Expr], Expr]) -> Self:
        """Return it with every expression in it changed, innermost first."""
        return self.rewritten(lambda b: replace(b, expr=map_expr(b.expr, change)))

    def rewritten(self, change: Callable[[Block], Block]) -> Self:
        """Return it with each of its equations changed."""
        pairs = self.equations.items()
        return self.having({name: tuple(map(change, some)) for name, some in pairs})

    def having(self, equations: Mapping[str, Blocks]) -> Self:
        """Return it with other equations, by what they give."""
        fields: dict[str, Any] = dict(equations)
        return replace(self, **fields)


@dataclass(frozen=True, slots=True)
class Constant(IrVariable):
    """A number, or one for each element, that a run may replace."""

    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.values) != self.size:
            message = f"{self.name}: {len(self.values)} values for {self.axes}"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class Auxiliary(IrVariable):
    """A variable computed at every time from other values.

    `at_start` stands in for `blocks` while initial values are worked out, where the
    modeller gave such an expression.
    """

    blocks: Blocks
    at_start: Blocks = ()

    FIELDS = ("blocks", "at_start")


@dataclass(frozen=True, slots=True)
class Initial(IrVariable):
    """A variable computed once, at the start of a run."""

    initial: Blocks

    FIELDS = ("initial",)


@dataclass(frozen=True, slots=True)
class State(IrVariable):
    """A variable carried from step to step, as `change` says."""

    initial: Blocks
    change: Blocks

    FIELDS: ClassVar[tuple[str, ...]] = ("initial", "change")


@dataclass(frozen=True, slots=True)
class Stock(State):
    """A state that integrates `change` over time."""


@dataclass(frozen=True, slots=True)
class Memory(State):
    """A state that takes, at the end of each step, the value of `change` in it."""


@dataclass(frozen=True, slots=True)
class FixedDelay(State):
    """A delay of a fixed time: the value of `change`, `delay` earlier."""

    delay: Blocks

    FIELDS = ("initial", "change", "delay")


def indices_over(axes: Axes) -> tuple[Index, ...]:
    """Return an index for each axis."""
    return tuple(Index(f"{n}", axis.elements) for n, axis in enumerate(axes))


def axes_over(indices: tuple[Index, ...]) -> Axes:
    """Return axes with one element for each turn of the indices."""
    return tuple(Axis(index.name, index.elements) for index in indices)


def block_over(indices: tuple[Index, ...], expr: Expr) -> Blocks:
    """Return the one equation of a variable over all of its indices."""
    return (Block(indices, tuple(index.whole for index in indices), expr),)


def value_over(name: str, indices: tuple[Index, ...]) -> Value:
    """Return the element of such a variable at its indices."""
    return Value(name, tuple(index.whole for index in indices))


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
class Note:
    """The modeller's notes on a variable; `low` and `high` are its range."""

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


@dataclass(frozen=True, slots=True, eq=False)
class System:
    """A whole model, ready to be ordered and emitted; equal to itself only.

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
    variables: Mapping[str, IrVariable]
    lookups: Mapping[str, Lookup]
    notes: Mapping[str, Note] = field(default_factory=dict)
    ranges: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    structural: frozenset[str] = frozenset()
    limits: tuple[Limit, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    undefined: Mapping[str, frozenset[int]] = field(default_factory=dict)
    named: Mapping[str, Path] = field(default_factory=dict)
    method: Method | None = None

    def data_path(self, name: str) -> Path:
        """Return the path of one of `files`."""
        return self.named.get(name, self.path.parent / name)

    def names(self) -> list[str]:
        """Return the modeller's own variables, in the order of the file."""
        return [name for name in self.variables if not name.startswith("#")]
