"""Equations whose elements need other elements of the same variable, taken apart.

An equation over a range is evaluated as a whole. Where `x[later] = x[earlier] + 1` runs
over a range, each element needs the one before: such an equation becomes one for each
element, which then stand in order.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from cqsim.compile.expr import Along, Fixed, Place, places_at, reindexed, values_in
from cqsim.compile.ir import Axes, Axis, Block, Blocks, IrVariable, System
from cqsim.compile.order import BlocksOf, at_start, needs, now
from cqsim.model.graph import components

#: Equations that one variable is taken apart into, at most.
_MOST = 20_000


def separated(system: System) -> System:
    """Return a system in which no equation needs its own elements, where that can be.

    The numbers are the same. Equations that really need each other stay as they are.
    """
    variables = dict(system.variables)
    for blocks_of in (now, at_start):
        for circle in _circles(variables, blocks_of):
            axes = {name: variables[name].axes for name in circle}
            blocks = {name: blocks_of(variables[name]) for name in circle}
            turning = {e for name in circle for e in _turning(name, blocks[name], axes)}
            for name, old in blocks.items():
                parts = tuple(_apart(axes[name], old, turning))
                if len(parts) <= _MOST:
                    fields = variables[name].equations.items()
                    new = {field: parts for field, some in fields if some is old}
                    variables[name] = variables[name].having(new)
    return replace(system, variables=variables)


def _circles(
    variables: Mapping[str, IrVariable], blocks_of: BlocksOf
) -> list[frozenset[str]]:
    """Return the variables that need each other, or themselves, in groups."""
    needed = {name: needs(blocks_of(v)) for name, v in variables.items()}
    return [
        frozenset(group)
        for group in components(needed)
        if len(group) > 1 or group[0] in needed[group[0]]
    ]


def _turning(name: str, blocks: Blocks, axes: Mapping[str, Axes]) -> Iterator[str]:
    """Yield elements of a variable that need other elements of its circle.

    Parameters
    ----------
    axes
        Of the variables of the circle.
    """
    for block in blocks:
        own = _visited(axes[name], block.target)
        for value in values_in(block.expr):
            if value.variable in axes:
                yield from _of_others(own, axes[value.variable], value.places)


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


def _visited(axes: Axes, places: tuple[Place, ...]) -> dict[str, tuple[str, ...]]:
    """Return the elements that each index of a left side visits."""
    return {
        place.index: _elements(axis, place)
        for axis, place in zip(axes, places, strict=True)
        if isinstance(place, Along)
    }


def _elements(axis: Axis, place: Place) -> tuple[str, ...]:
    """Return the elements that a place visits, in order."""
    return tuple(axis.elements[n] for n in place.positions)


def _apart(axes: Axes, blocks: Blocks, turning: Collection[str]) -> Iterator[Block]:
    """Yield blocks, one for each element along the indices that a circle turns on."""
    for block in blocks:
        parts = [block]
        for name, elements in _visited(axes, block.target).items():
            if any(element in turning for element in elements):
                parts = [piece for part in parts for piece in _pieces(part, name)]
        yield from parts


def _pieces(block: Block, name: str) -> Iterator[Block]:
    """Yield a block for each element of one of its indices."""
    (index,) = (index for index in block.indices if index.name == name)
    rest = tuple(other for other in block.indices if other is not index)
    for position in range(len(index.elements)):
        one = {name: Fixed(position)}
        yield Block(rest, places_at(block.target, one), reindexed(block.expr, one))
