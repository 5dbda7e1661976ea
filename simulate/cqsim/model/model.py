"""What a model file means: variables, equations, subscript ranges, groups."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from cqsim.language.source import Source
from cqsim.language.syntax import (
    Definition,
    Expression,
    Group,
    Language,
    Macro,
    Settings,
    canonical,
)

Kind = Literal["stock", "flow", "auxiliary", "constant", "lookup", "data", "time"]

KINDS: tuple[Kind, ...] = (
    "stock",
    "flow",
    "auxiliary",
    "constant",
    "lookup",
    "data",
    "time",
)

EVIDENCE_CLASSES = (
    "plan",
    "statistic",
    "literature",
    "derived",
    "calibrated",
    "assumption",
)

CONTROL_NAMES = ("final time", "initial time", "saveper", "time step")


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable with all that the file says of it.

    `increment` is the third number of a range: the steps from `low` that values take.
    """

    name: str
    kind: Kind
    subscripts: tuple[str, ...]
    unit: str
    low: float | None
    high: float | None
    documentation: str
    sources: tuple[str, ...]
    evidence: str
    equations: tuple[Definition, ...]
    line: int
    group: str
    increment: float | None = None

    @property
    def trees(self) -> list[Expression]:
        """The right sides of the equations that have one."""
        return [e.value for e in self.equations if e.value is not None]

    @property
    def key(self) -> str:
        """The name that equal spellings share."""
        return canonical(self.name)

    @property
    def title(self) -> str:
        """The name with its subscripts, without quotes."""
        bare = self.name.strip('"')
        return f"{bare}[{', '.join(self.subscripts)}]" if self.subscripts else bare


Pairs = tuple[tuple[str, str], ...]


@lru_cache(maxsize=4096)
def keys_of(elements: tuple[str, ...]) -> tuple[str, ...]:
    """Return the canonical names of elements."""
    return tuple(map(canonical, elements))


@dataclass(frozen=True, slots=True)
class SubscriptRange:
    """A subscript range: its elements in order, subranges already expanded.

    Attributes
    ----------
    mappings
        For each range that this one stands for (by canonical name): each element of
        that range with the own element that stands for it, by canonical names.
    """

    name: str
    elements: tuple[str, ...]
    documentation: str
    line: int
    mappings: Mapping[str, Pairs] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def keys(self) -> tuple[str, ...]:
        """The canonical names of the elements."""
        return keys_of(self.elements)


@dataclass(frozen=True, slots=True)
class Model:
    """A model file: variables, subscript ranges and groups in the file's order.

    Variables, ranges and macros are looked up by `canonical(name)`. The clock's four
    variables are always there: where the file states them elsewhere, with the numbers
    stated there.

    Attributes
    ----------
    files
        The files that it reads besides, as the caller named them.
    """

    path: Path
    sha256: str
    language: Language
    variables: Mapping[str, Variable]
    ranges: Mapping[str, SubscriptRange]
    groups: tuple[Group, ...] = ()
    macros: Mapping[str, Macro] = field(default_factory=lambda: MappingProxyType({}))
    settings: Settings = field(default_factory=Settings)
    unit_synonyms: tuple[tuple[str, ...], ...] = ()
    source: Source | None = field(default=None, repr=False)
    files: Mapping[str, Path] = field(default_factory=lambda: MappingProxyType({}))

    def variable(self, name: str) -> Variable | None:
        """Return the variable of that name in any of its spellings."""
        return self.variables.get(canonical(name))

    def of_kind(self, *kinds: Kind) -> list[Variable]:
        """Return the variables of these kinds, in the file's order."""
        return [v for v in self.variables.values() if v.kind in kinds]

    def elements(self, subscript: str) -> tuple[str, ...]:
        """Return the elements of a range, or the element itself."""
        found = self.ranges.get(canonical(subscript))
        return found.elements if found else (subscript,)

    def equations(self) -> Iterator[tuple[Variable, Definition]]:
        """Yield each equation with its variable, in the file's order."""
        for variable in self.variables.values():
            for equation in variable.equations:
                yield variable, equation
