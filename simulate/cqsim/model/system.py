"""A lowered model: named axes, constants, lookups, auxiliaries and states."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from cqsim.model.expr import Expr, Index, Place


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
    floored: bool = False


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
    """What the modeller wrote beside a variable."""

    unit: str = ""
    documentation: str = ""
    line: int = 0


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
    with the hash of its content.
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

    def names(self) -> list[str]:
        """Return the modeller's own variables, in the order of the file."""
        return [name for name in self.variables if not name.startswith("#")]
