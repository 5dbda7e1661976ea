"""The right side of an equation as a tree."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Number:
    """A number written in the equation."""

    value: float


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted text, the argument of a function that reads a file."""

    value: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A variable, lookup, range or element by its name as written here."""

    name: str
    subscripts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Negation:
    """The operand with the other sign, or a logical not."""

    operator: str
    operand: "Node"


@dataclass(frozen=True, slots=True)
class Operation:
    """Two operands with `+ - * / ^`, a comparison or a logical operator."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Call:
    """A function, macro or lookup with its arguments."""

    function: str
    arguments: tuple["Node", ...]
    subscripts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """The points of a lookup."""

    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Array:
    """Numbers of a subscripted constant; a row ends with `;`."""

    rows: tuple[tuple[float, ...], ...]


Node = Number | Text | Reference | Negation | Operation | Call | Table | Array


def children(node: Node) -> tuple[Node, ...]:
    """Return the operands or arguments of a node."""
    match node:
        case Negation(operand=operand):
            return (operand,)
        case Operation(left=left, right=right):
            return (left, right)
        case Call(arguments=arguments):
            return arguments
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """Yield the node and all below it, from left to right."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(children(current)))


def names_in(node: Node) -> list[str]:
    """Return the names in a right side as written, lookups that it calls included.

    Functions are among them: whether a name is a variable only the model knows.
    """
    found = []
    for inner in walk(node):
        if isinstance(inner, Reference):
            found.append(inner.name)
        elif isinstance(inner, Call):
            found.append(inner.function)
    return found
