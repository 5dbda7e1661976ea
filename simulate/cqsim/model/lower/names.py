"""What a section of a model calls things, and what its equations may refer to."""

from dataclasses import dataclass, field
from typing import Any

from cqsim.compile.ir import (
    Along,
    Axes,
    Axis,
    Block,
    Expr,
    Index,
    Limit,
    Lookup,
    Place,
    Value,
    Variable,
)
from cqsim.errors import InputFileError, did_you_mean
from cqsim.language import syntax
from cqsim.model.data import DataFiles, Reader
from cqsim.model.lower.ranges import Ranges
from cqsim.model.lower.shapes import Region
from cqsim.model.lower.source import Source, key_of


@dataclass
class Names:
    """The names of a section; what lowering adds is collected here.

    Attributes
    ----------
    source, ranges, data
        The text, the ranges and the files of the model.
    spelled
        Each variable as the modeller wrote it, by how Vensim compares names.
    axes
        The axes of each variable and lookup, by its name as written.
    tables
        The names that are lookups and not variables.
    variables, lookups
        What has been lowered so far.
    lifted
        Names within a macro, which have the axes of what is passed to it.
    macros
        PySD's sections of macros by name.
    structural
        Constants that decide the structure of the system, and so can't be set.
    profiles
        Variables that give priority profiles, each with the equation that uses it.
    written
        PySD's element of each name as written.
    """

    source: Source
    ranges: Ranges
    data: DataFiles
    spelled: dict[str, str] = field(default_factory=dict)
    axes: dict[str, Axes] = field(default_factory=dict)
    tables: set[str] = field(default_factory=set)
    variables: dict[str, Variable] = field(default_factory=dict)
    lifted: set[str] = field(default_factory=set)
    macros: dict[str, Any] = field(default_factory=dict)
    structural: set[str] = field(default_factory=set)
    limits: list[Limit] = field(default_factory=list)
    profiles: list[tuple[str, str]] = field(default_factory=list)
    written: dict[str, Any] = field(default_factory=dict)
    lookups: dict[str, Lookup] = field(default_factory=dict)

    def find(self, reference: str) -> str | None:
        """Return a variable's or lookup's name as written, if there is one."""
        return self.spelled.get(key_of(reference))


@dataclass
class Scope:
    """One equation while it is lowered: its counters and the sums it is within."""

    names: Names
    owner: str
    region: Region
    sums: list[dict[str, Index]] = field(default_factory=list)
    counted: int = 0

    def fault(self, what: str, remedy: str) -> InputFileError:
        """Return the error that says what is wrong in this equation, and where."""
        written = self.owner.lstrip("#").split("#")[0]
        text = f"in the equation of '{written}': {what}"
        return self.names.source.fault(written, text, remedy)

    def reader(self) -> Reader:
        """Return who reads a file: this equation, with its place."""
        source = self.names.source
        line = source.line_of(self.owner)
        return Reader(syntax.Source(source.path, "", line), 0, self.owner)

    def unknown(self, reference: str) -> InputFileError:
        """Return the error for a name that the model does not have."""
        known = [*self.names.spelled.values(), *self.names.ranges.names()]
        what = f"'{reference}' is not defined"
        return self.fault(what, did_you_mean(reference, known))

    def open_index(self, range_name: str, elements: tuple[str, ...]) -> Index:
        """Return the counter of a range marked `!` in the innermost sum."""
        current = self.sums[-1]
        if range_name not in current:
            self.counted += 1
            current[range_name] = Index(f"{range_name}!{self.counted}", elements)
        return current[range_name]

    def reachable(self, needed: frozenset[str]) -> tuple[Index, ...]:
        """Return the counters in scope with these names, the equation's own first."""
        inner = [index for opened in self.sums for index in opened.values()]
        return tuple(i for i in (*self.region.indices, *inner) if i.name in needed)

    def hidden_name(self) -> str:
        """Return a name of ours for something within this equation."""
        return f"#{self.owner}#{len(self.names.variables)}"


def along_all(indices: tuple[Index, ...]) -> tuple[Axes, tuple[Place, ...]]:
    """Return axes for a variable of ours that has one element per counter setting."""
    axes = tuple(Axis(index.name, index.elements) for index in indices)
    places = tuple(
        Along(index.name, tuple(range(len(index.elements)))) for index in indices
    )
    return axes, places


def block_over(indices: tuple[Index, ...], expr: Expr) -> tuple[Block, ...]:
    """Return the one equation of a variable of ours."""
    return (Block(indices, along_all(indices)[1], expr),)


def value_of(name: str, indices: tuple[Index, ...]) -> Value:
    """Return the reference to a variable of ours at the counters' settings."""
    return Value(name, along_all(indices)[1])
