"""What a model file means: variables, equations, subscript ranges, groups."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from cqsim.errors import InputFileError
from cqsim.language.syntax import (
    Definition,
    Expression,
    Group,
    Language,
    Macro,
    Node,
    Settings,
    Source,
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

_CONTINUED = re.compile(r"\\[ \t]*\r?\n")


@dataclass(frozen=True, slots=True)
class Equation:
    """One equation of a variable, as the modeller wrote it."""

    definition: Definition

    @property
    def tree(self) -> Expression | None:
        """The right side; None for a variable whose values come from outside."""
        return self.definition.value

    @property
    def operator(self) -> str:
        """`=`, `==` or `:=`, `(` for a lookup, or empty for values from outside."""
        return self.definition.operator

    @property
    def subscripts(self) -> tuple[str, ...]:
        """The ranges and elements on the left side."""
        return self.definition.subscripts

    @property
    def excepted(self) -> tuple[tuple[str, ...], ...]:
        """What stands after `:EXCEPT:`."""
        return self.definition.exceptions

    @property
    def line(self) -> int:
        """The line in the file on which the equation begins, from 1."""
        return self.definition.source.position(self.definition.start)[0]

    @property
    def text(self) -> str:
        """The whole equation, a line a line, with its comments."""
        if self.definition.element:
            return f"{self.left} = {self.right}"
        text = self.definition.source.text[self.definition.start : self.definition.end]
        lines = (line.strip().removesuffix("\\").rstrip() for line in text.splitlines())
        return "\n".join(line for line in lines if line)

    @property
    def left(self) -> str:
        """The left side in one line: name, subscripts, exceptions."""
        definition = self.definition
        if definition.element:
            inner = ", ".join(definition.subscripts)
            return f"{definition.name}[{inner}]" if inner else definition.name
        end = definition.value.start if definition.value else definition.end
        left = one_line(definition.source.text[definition.start : end])
        return left.removesuffix(self.operator).rstrip()

    @property
    def right(self) -> str:
        """The right side in one line."""
        value = self.definition.value
        if value is None:
            return ""
        if self.definition.element:
            return one_line(self.definition.source.text)
        return one_line(self.definition.source.text[value.start : self.definition.end])

    def cut(self, part: Node) -> str:
        """Return the text of a part of the equation, in one line."""
        return one_line(self.definition.source.text[part.start : part.end])

    def fault(
        self, what: str, remedy: str, offset: int | None = None
    ) -> InputFileError:
        """Return the error for a fault in this equation, with its line and a caret."""
        definition = self.definition
        place = definition.start if offset is None else offset
        said = f"in the equation of '{definition.name}': {what}"
        return definition.source.fault(place, said, remedy)


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
    def trees(self) -> list[Expression]:
        """The right sides of the equations that have one."""
        return [e.tree for e in self.equations if e.tree is not None]

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
        return tuple(canonical(element) for element in self.elements)


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

    def equations(self) -> Iterator[tuple[Variable, Equation]]:
        """Yield each equation with its variable, in the file's order."""
        for variable in self.variables.values():
            for equation in variable.equations:
                yield variable, equation


def one_line(text: str) -> str:
    """Return the text with each run of blanks and continued lines as one blank."""
    return " ".join(_CONTINUED.sub(" ", text).split())
