"""Walks through syntax trees, and trees made from others."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TypeVar

from cqsim.language.syntax import (
    Binary,
    Call,
    Definition,
    Expression,
    Reference,
    Subscript,
    Unary,
)


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
