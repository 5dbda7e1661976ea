"""Equations whose elements need other elements of the same variable, taken apart.

An equation over a range is evaluated as a whole. Where `x[later] = x[earlier] + 1` runs
over a range, each element needs the one before: such an equation becomes one for each
element, which then stand in order.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from cqsim.compile.ir import (
    Along,
    Auxiliary,
    Axes,
    Axis,
    Block,
    Blocks,
    Call,
    Constant,
    Expr,
    Fixed,
    Initial,
    Number,
    Numbers,
    Place,
    Reduce,
    Root,
    System,
    Table,
    Value,
    Variable,
    walk,
)
from cqsim.compile.order import at_start_blocks
from cqsim.model.graph import components

#: Equations that one variable is taken apart into, at most.
_MOST = 20_000

_BlocksOf = Callable[[Variable], Blocks]


def separated(system: System) -> System:
    """Return a system in which no equation needs its own elements, where that can be.

    The numbers are the same. Equations that really need each other stay as they are.
    """
    variables = dict(system.variables)
    for blocks_of in (_blocks_now, at_start_blocks):
        for circle in _circles(variables, blocks_of):
            axes = {name: variables[name].axes for name in circle}
            blocks = {name: blocks_of(variables[name]) for name in circle}
            turning = {e for name in circle for e in _turning(name, blocks[name], axes)}
            for name, old in blocks.items():
                variable = variables[name]
                parts = tuple(_apart(variable.axes, old, turning))
                if len(parts) <= _MOST:
                    variables[name] = _with_blocks(variable, old, parts)
    return replace(system, variables=MappingProxyType(variables))


def _blocks_now(variable: Variable) -> Blocks:
    return variable.blocks if isinstance(variable, Auxiliary) else ()


def _with_blocks(variable: Variable, old: Blocks, new: Blocks) -> Variable:
    match variable:
        case Constant():
            return variable
        case Auxiliary(at_start=at_start) if at_start is old:
            return replace(variable, at_start=new)
        case Auxiliary() | Initial():
            return replace(variable, blocks=new)
        case _:
            return replace(variable, initial=new)


def _circles(
    variables: Mapping[str, Variable], blocks_of: _BlocksOf
) -> list[frozenset[str]]:
    """Return the variables that need each other, or themselves, in groups."""
    needs = {name: _needs(blocks_of(v)) for name, v in variables.items()}
    groups = components(needs)
    return [
        frozenset(g)
        for g in groups
        if len(g) > 1 or any(name in needs[name] for name in g)
    ]


def _needs(blocks: Blocks) -> dict[str, None]:
    return {
        part.variable: None
        for block in blocks
        for part in walk(block.expr)
        if isinstance(part, Value)
    }


def _turning(name: str, blocks: Blocks, axes: Mapping[str, Axes]) -> Iterator[str]:
    """Yield elements of a variable that need other elements of its circle.

    Parameters
    ----------
    axes
        Of the variables of the circle.
    """
    for block in blocks:
        own = _visited(axes[name], block.target)
        for part in walk(block.expr):
            if isinstance(part, Value) and part.variable in axes:
                yield from _of_others(own, axes[part.variable], part.places)


def _of_others(
    own: Mapping[str, tuple[str, ...]], axes: Axes, places: tuple[Place, ...]
) -> Iterator[str]:
    for axis, place in zip(axes, places, strict=True):
        theirs = _elements(axis, place)
        if isinstance(place, Along) and own.get(place.index) == theirs:
            continue
        if len(theirs) < len(axis.elements):
            yield from theirs
        for elements in own.values():
            if {*theirs} & {*elements}:
                yield from (*theirs, *elements)


def _apart(axes: Axes, blocks: Blocks, turning: Collection[str]) -> Iterator[Block]:
    """Yield blocks, one for each element along the indices that a circle turns on."""
    for block in blocks:
        parts = [block]
        for name, elements in _visited(axes, block.target).items():
            if any(element in turning for element in elements):
                parts = [piece for part in parts for piece in _pieces(part, name)]
        yield from parts


def _visited(axes: Axes, places: tuple[Place, ...]) -> dict[str, tuple[str, ...]]:
    """Return the elements that each index of a left side visits."""
    return {
        place.index: _elements(axis, place)
        for axis, place in zip(axes, places, strict=True)
        if isinstance(place, Along)
    }


def _elements(axis: Axis, place: Place) -> tuple[str, ...]:
    """Return the elements that a place visits, in order."""
    positions = (place.position,) if isinstance(place, Fixed) else place.positions
    return tuple(axis.elements[n] for n in positions)


def _pieces(block: Block, name: str) -> Iterator[Block]:
    """Yield a block for each element of one of its indices."""
    for index in block.indices:
        if index.name == name:
            rest = tuple(other for other in block.indices if other is not index)
            for position in range(len(index.elements)):
                places = _fixed(block.target, name, position)
                yield Block(rest, places, _at(block.expr, name, position))


def _fixed(places: tuple[Place, ...], name: str, position: int) -> tuple[Place, ...]:
    return tuple(
        Fixed(place.positions[position])
        if isinstance(place, Along) and place.index == name
        else place
        for place in places
    )


def _at(expr: Expr, name: str, position: int) -> Expr:
    """Return an expression at one element of an index."""

    def at(inner: Expr) -> Expr:
        return _at(inner, name, position)

    match expr:
        case Numbers(index=index, values=values) if index == name:
            return Number(values[position])
        case Value(places=places):
            return replace(expr, places=_fixed(places, name, position))
        case Table(places=places, at=argument):
            places = _fixed(places, name, position)
            return replace(expr, places=places, at=at(argument))
        case Call(arguments=arguments):
            return replace(expr, arguments=tuple(map(at, arguments)))
        case Reduce(body=body):
            return replace(expr, body=at(body))
        case Root(low=low, high=high, body=body, level=level):
            parts = (at(low), at(high), at(body), at(level))
            return Root(expr.unknown, *parts, expr.halvings)
        case _:
            return expr
