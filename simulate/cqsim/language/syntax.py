"""The syntax tree of a model: what its text says, and where each part of it stands.

A tree has no meaning yet: a name may be a variable, a lookup, a subscript range or an
element, and a call a function, a macro or a lookup. `cqsim.model` finds that out.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path
from typing import Literal, TypeVar

from cqsim.errors import InputFileError


@dataclass(frozen=True)
class Source:
    """A text that nodes are cut from: a Vensim file, or one equation of an XMILE file.

    Attributes
    ----------
    line, column
        Where the first character of `text` stands in the file, counted from 1.
    """

    path: Path
    text: str = field(repr=False)
    line: int = 1
    column: int = 1

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(found.end() for found in re.finditer("\n", self.text))]

    def position(self, offset: int) -> tuple[int, int]:
        """Return line and column in the file of a character of the text."""
        row = bisect_right(self._line_starts, offset) - 1
        column = offset - self._line_starts[row] + 1
        return self.line + row, column + (self.column - 1 if row == 0 else 0)

    def fault(self, offset: int, what: str, remedy: str) -> InputFileError:
        """Return the error for a fault at a character, with its line and a caret."""
        row = bisect_right(self._line_starts, offset) - 1
        begin = self._line_starts[row]
        text = self.text[begin:].partition("\n")[0].rstrip("\r")
        line, _ = self.position(offset)
        shown, caret = _excerpt(text, offset - begin)
        return InputFileError(self.path, line, what, remedy, shown, caret)


_WIDEST = 72


def _excerpt(text: str, column: int) -> tuple[str, int]:
    """Return the part of a long line around a column, and the column in that part."""
    text = text.replace("\t", " ")
    start = max(0, column - _WIDEST // 2) if len(text) > _WIDEST else 0
    return text[start : start + _WIDEST], column - start


_CONTINUED = re.compile(r"\\[ \t]*\r?\n")


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a text: the characters from `start` up to, not including, `end`."""

    start: int = field(compare=False)
    end: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A number; `:NA:` is Vensim's missing value, -2^109."""

    value: float


@dataclass(frozen=True, slots=True)
class String(Node):
    """A quoted text, the argument of a function that reads a file."""

    value: str


@dataclass(frozen=True, slots=True)
class Subscript(Node):
    """One subscript of a reference.

    Attributes
    ----------
    name
        A range or an element; `*` for all elements of a dimension; empty where
        `expression` computes the position, which XMILE allows.
    is_bound
        Marked `!`: an index of the function of arrays around it.
    """

    name: str
    is_bound: bool = False
    expression: "Expression | None" = None

    def __str__(self) -> str:
        return self.name + ("!" if self.is_bound else "")


@dataclass(frozen=True, slots=True)
class Reference(Node):
    """A variable, lookup, range or element by its name as written here."""

    name: str
    subscripts: tuple[Subscript, ...] = ()


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """`-x` or `:NOT: x`."""

    operator: Literal["-", ":NOT:"]
    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """Two operands with an operator of Vensim's: `+ - * / ^ = <> < > <= >= :AND: :OR:`.

    XMILE's words are read as the same operators; its `MOD` and `//` are calls.
    """

    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function, macro or lookup with its arguments, its name as written here.

    `outputs` are the further results of a Vensim macro, which stand after a `:`.
    """

    function: str
    arguments: tuple["Expression", ...]
    subscripts: tuple[Subscript, ...] = ()
    outputs: tuple[str, ...] = ()


Interpolation = Literal["continuous", "extrapolate", "discrete"]


@dataclass(frozen=True, slots=True)
class LookupTable(Node):
    """The points of a lookup (XMILE: graphical function), from left to right."""

    points: tuple[tuple[float, float], ...]
    interpolation: Interpolation = "continuous"


@dataclass(frozen=True, slots=True)
class ArrayLiteral(Node):
    """Numbers of a subscripted constant, row by row; each row ends with `;`."""

    rows: tuple[tuple[float, ...], ...]


Expression = (
    Number | String | Reference | Unary | Binary | Call | LookupTable | ArrayLiteral
)


@dataclass(frozen=True, slots=True)
class Conveyor:
    """The properties of an XMILE stock that is a conveyor; each is an expression.

    Attributes
    ----------
    leaks
        The flows that leak from it, each with the share that leaks over the transit.
    """

    transit_time: Expression
    capacity: Expression | None = None
    inflow_limit: Expression | None = None
    leaks: tuple[tuple[str, Expression], ...] = ()
    is_exponential: bool = False


@dataclass(frozen=True, slots=True)
class Definition(Node):
    """One equation of a name, as the file has it.

    Attributes
    ----------
    source
        The text that this node and those in it are cut from.
    subscripts, exceptions
        Ranges and elements left of the equals sign, and after `:EXCEPT:`.
    keyword
        `:INTERPOLATE:`, `:RAW:`, `:LOOK FORWARD:`, `:HOLD BACKWARD:` or empty.
    operator
        `=`, `==` (unchangeable constant), `:=` (data), `(` (lookup) or empty.
    value
        None for a variable whose values come from outside.
    dimensions
        XMILE: the dimensions of an array, of which `subscripts` may name elements.
    inflows, outflows
        XMILE: the flows of a stock, in the order of the file.
    non_negative
        XMILE: a stock or flow that does not fall below 0.
    element
        XMILE: `stock`, `flow`, `aux` or `gf`; empty for Vensim.
    module
        The path of the module that the variable stands in, with dots; "" for none.
    """

    source: Source = field(compare=False, repr=False)
    name: str
    subscripts: tuple[str, ...] = ()
    exceptions: tuple[tuple[str, ...], ...] = ()
    keyword: str = ""
    operator: str = "="
    value: Expression | None = None
    unit: str = ""
    documentation: str = ""
    group: str = ""
    dimensions: tuple[str, ...] = ()
    inflows: tuple[str, ...] = ()
    outflows: tuple[str, ...] = ()
    non_negative: bool = False
    conveyor: Conveyor | None = None
    element: str = ""
    module: str = ""

    @property
    def line(self) -> int:
        """The line in the file on which the equation begins, from 1."""
        return self.source.position(self.start)[0]

    @property
    def text(self) -> str:
        """The whole equation, a line a line, with its comments."""
        if self.element:
            return f"{self.left} = {self.right}"
        text = self.source.text[self.start : self.end]
        lines = (line.strip().removesuffix("\\").rstrip() for line in text.splitlines())
        return "\n".join(line for line in lines if line)

    @property
    def left(self) -> str:
        """The left side in one line: name, subscripts, exceptions."""
        if self.element:
            inner = ", ".join(self.subscripts)
            return f"{self.name}[{inner}]" if inner else self.name
        left = self.cut(self.start, self.value.start if self.value else self.end)
        return left.removesuffix(self.operator).rstrip()

    @property
    def right(self) -> str:
        """The right side in one line."""
        if self.value is None:
            return ""
        return self.cut(0 if self.element else self.value.start, self.end)

    def cut(self, start: int, end: int) -> str:
        """Return a part of the text in one line, each run of blanks as one blank."""
        return " ".join(_CONTINUED.sub(" ", self.source.text[start:end]).split())

    def fault(
        self, what: str, remedy: str, offset: int | None = None
    ) -> InputFileError:
        """Return the error for a fault in this equation, with its line and a caret."""
        said = f"in the equation of '{self.name}': {what}"
        return self.source.fault(self.start if offset is None else offset, said, remedy)


@dataclass(frozen=True, slots=True)
class Mapping(Node):
    """A range that another one maps to, with the elements in its order if listed."""

    dimension: str
    elements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dimension(Node):
    """A subscript range: members are elements and ranges, or are read from a file.

    An alias (`a <-> b`) has the members of what it copies, and maps to that.
    """

    source: Source = field(compare=False, repr=False)
    name: str
    members: tuple[str, ...] | Call
    mappings: tuple[Mapping, ...] = ()
    documentation: str = ""


@dataclass(frozen=True, slots=True)
class Macro(Node):
    """A macro: what is passed to it, further outputs (after `:`), and its equations.

    `defaults` are the values of the last parameters where a call leaves them out; they
    may name the parameters before.
    """

    source: Source = field(compare=False, repr=False)
    name: str
    parameters: tuple[str, ...]
    outputs: tuple[str, ...]
    body: tuple[Definition, ...]
    defaults: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """A header that opens a part of the file, and what it says."""

    name: str
    documentation: str
    line: int


Language = Literal["vensim", "xmile"]
Method = Literal["euler", "rk2", "rk4"]


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a run that a file has besides its equations; empty if none.

    Attributes
    ----------
    start, stop, step, save
        As numbers: XMILE's sim_specs, or the settings after a Vensim sketch.
    method
        The method of integration that the file names.
    data_files
        External data files that a Vensim file's settings name.
    file_tags
        Pairs of a `?tag` that equations name and the file that it stands for.
    """

    start: float | None = None
    stop: float | None = None
    step: float | None = None
    save: float | None = None
    time_unit: str = ""
    method: Method | None = None
    data_files: tuple[str, ...] = ()
    file_tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SourceModel:
    """All that a model file says, in the order of the file."""

    source: Source = field(repr=False)
    language: Language
    definitions: tuple[Definition, ...]
    dimensions: tuple[Dimension, ...] = ()
    macros: tuple[Macro, ...] = ()
    groups: tuple[Group, ...] = ()
    settings: Settings = Settings()
    unit_synonyms: tuple[tuple[str, ...], ...] = ()


@lru_cache(maxsize=65_536)
def canonical(name: str) -> str:
    r"""Return the one spelling that equal spellings of a name share.

    Case does not count, a run of blanks, underscores or `\n` is one blank, and quotes
    around a name are not part of it.
    """
    bare = name.strip()
    if len(bare) > 1 and bare[0] == bare[-1] == '"':
        bare = bare[1:-1].replace('\\"', '"')
    bare = bare.replace("\\n", " ").replace("_", " ").replace("\u00a0", " ")
    return " ".join(bare.split()).lower()


# Walks through syntax trees, and trees made from others.


def children(node: Expression) -> tuple[Expression, ...]:
    """Return the operands or arguments of a node, and computed subscripts."""
    match node:
        case Unary(operand=operand):
            return (operand,)
        case Binary(left=left, right=right):
            return (left, right)
        case Call(arguments=arguments, subscripts=subscripts):
            return (*arguments, *_computed(subscripts))
        case Reference(subscripts=subscripts):
            return _computed(subscripts)
        case _:
            return ()


def _computed(subscripts: tuple[Subscript, ...]) -> tuple[Expression, ...]:
    return tuple(s.expression for s in subscripts if s.expression is not None)


def with_children(node: Expression, given: Sequence[Expression]) -> Expression:
    """Return a node with other nodes in place of its `children`."""
    rest = iter(given)
    match node:
        case Unary():
            return replace(node, operand=next(rest))
        case Binary():
            return replace(node, left=next(rest), right=next(rest))
        case Call():
            arguments = tuple(islice(rest, len(node.arguments)))
            subscripts = _computed_anew(node.subscripts, rest)
            return replace(node, arguments=arguments, subscripts=subscripts)
        case Reference():
            return replace(node, subscripts=_computed_anew(node.subscripts, rest))
        case _:
            return node


def _computed_anew(
    subscripts: tuple[Subscript, ...], given: Iterator[Expression]
) -> tuple[Subscript, ...]:
    return tuple(
        replace(s, expression=s.expression and next(given)) for s in subscripts
    )


def walk(node: Expression) -> Iterator[Expression]:
    """Yield the node and all below it, from left to right."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(children(current)))


Result = TypeVar("Result")


def bottom_up(
    tree: Expression, result_of: Callable[[Expression, Sequence[Result]], Result]
) -> dict[int, Result]:
    """Return what follows of each node from the results of its children, by `id`."""
    found: dict[int, Result] = {}
    for node in reversed([*walk(tree)]):
        found[id(node)] = result_of(node, [found[id(c)] for c in children(node)])
    return found


def terms_of(node: Expression, *operators: str) -> list[Expression]:
    """Return what some operators join, from left to right."""
    waiting, terms = [node], []
    while waiting:
        term = waiting.pop()
        if isinstance(term, Binary) and term.operator in operators:
            waiting += [term.right, term.left]
        else:
            terms.append(term)
    return terms


def names_in(node: Expression) -> list[str]:
    """Return the names in an expression as written, those that it calls included."""
    found = []
    for inner in walk(node):
        if isinstance(inner, Reference):
            found.append(inner.name)
        elif isinstance(inner, Call):
            found.append(inner.function)
    return found


def outputs_of(definition: Definition) -> list[str]:
    """Return the variables that an equation gives as further outputs of macros."""
    parts = walk(definition.value) if definition.value else ()
    return [o for node in parts if isinstance(node, Call) for o in node.outputs]
