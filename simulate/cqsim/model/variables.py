"""What a model file says: variables, equations, subscript ranges, groups."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cqsim.model.expression import Node

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


def canonical(name: str) -> str:
    """Return the one spelling that Vensim's equal spellings of a name share.

    Case does not count, a run of blanks or underscores is one blank, and quotes
    around a name are not part of it.
    """
    bare = name.strip()
    if len(bare) > 1 and bare[0] == bare[-1] == '"':
        bare = bare[1:-1].replace('\\"', '"')
    return " ".join(bare.replace("_", " ").split()).casefold()


@dataclass(frozen=True, slots=True)
class Equation:
    """One equation as the modeller wrote it.

    `text` is the whole equation with continued lines joined; `left`, `operator` and
    `right` are its parts. `operator` is `=`, `==` or `:=`, `(` for a lookup, or empty
    for a variable whose values come from outside.
    """

    text: str
    left: str
    operator: str
    right: str
    subscripts: tuple[str, ...]
    excepted: tuple[tuple[str, ...], ...]
    line: int
    tree: Node | None


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
    equations: tuple[Equation, ...]
    line: int
    group: str
    increment: float | None = None

    @property
    def key(self) -> str:
        """The name that equal spellings share."""
        return canonical(self.name)

    @property
    def title(self) -> str:
        """The name with its subscripts, without quotes."""
        bare = self.name.strip('"')
        return f"{bare}[{', '.join(self.subscripts)}]" if self.subscripts else bare


@dataclass(frozen=True, slots=True)
class SubscriptRange:
    """A subscript range: its elements in order, subranges already expanded."""

    name: str
    elements: tuple[str, ...]
    documentation: str
    line: int


@dataclass(frozen=True, slots=True)
class Group:
    """A sector of the model: a `****` header of the file and what it says."""

    name: str
    documentation: str
    line: int


@dataclass(frozen=True, slots=True)
class Model:
    """A model file: variables, subscript ranges and groups in the file's order.

    Variables and ranges are looked up by `canonical(name)`.
    """

    path: Path
    sha256: str
    variables: Mapping[str, Variable]
    ranges: Mapping[str, SubscriptRange]
    groups: tuple[Group, ...]
    macros: tuple[str, ...] = ()

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
