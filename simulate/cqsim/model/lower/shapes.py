"""Which part of a variable an equation gives: its axes, and rectangles within them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cqsim.compile.ir import Along, Axes, Axis, Fixed, Index, Place
from cqsim.model.lower.ranges import Range, Ranges
from cqsim.model.lower.source import Source, key_of

#: More elements than this in one variable, or turns in one equation, would not fit in
#: memory.
MOST_ELEMENTS = 20_000_000


@dataclass(frozen=True, slots=True)
class Side:
    """One subscript on the left of an equation: a range, or one element."""

    range: Range | None
    elements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of a variable, with the counters that run over it.

    `sides` keeps the ranges in full, since mappings go by the order in the range
    and not by the order in what `:EXCEPT:` has left of it.
    """

    sides: tuple[Side, ...]
    indices: tuple[Index, ...]
    target: tuple[Place, ...]


def sides_of(
    name: str, subscripts: Sequence[str], ranges: Ranges, source: Source
) -> tuple[Side, ...]:
    """Return the ranges and elements that stand in brackets on the left.

    Raises
    ------
    InputFileError
        If one is neither a range nor an element of one.
    """
    sides = []
    for subscript in subscripts:
        found = ranges.range(subscript)
        element = ranges.element(subscript)
        if found is not None:
            sides.append(Side(found, found.elements))
        elif element is not None:
            sides.append(Side(None, (element,)))
        else:
            what = f"'{name}' has the subscript '{subscript}', which is not defined"
            raise source.fault(name, what, "Define the range, or correct the name.")
    return tuple(sides)


def axes_of(
    name: str, parts: Sequence[tuple[Side, ...]], ranges: Ranges, source: Source
) -> Axes:
    """Return the axes of a variable from the left sides of all its equations.

    Raises
    ------
    InputFileError
        If the equations differ in their number of subscripts, or no range holds all
        the elements of one of them, or there are too many elements.
    """
    if len({len(sides) for sides in parts}) != 1:
        what = f"the equations of '{name}' differ in their number of subscripts"
        raise source.fault(name, what, "Give each the same subscripts.")
    axes = tuple(
        _axis(name, [sides[n] for sides in parts], ranges, source)
        for n in range(len(parts[0]))
    )
    count = 1
    for axis in axes:
        count *= len(axis.elements)
    if count > MOST_ELEMENTS:
        what = f"'{name}' would have {count} elements, more than {MOST_ELEMENTS}"
        raise source.fault(name, what, "Use fewer or shorter subscript ranges.")
    return axes


def _axis(name: str, sides: list[Side], ranges: Ranges, source: Source) -> Axis:
    first = sides[0].range
    if first is not None and all(side.range == first for side in sides):
        return Axis(first.name, first.elements)
    given = dict.fromkeys(element for side in sides for element in side.elements)
    whole = ranges.covering(given)
    if whole is None:
        what = f"no range holds all the elements that '{name}' is given for"
        raise source.fault(name, what, "Define one range with all of them.")
    keys = {key_of(element) for element in given}
    elements = tuple(e for e in whole.elements if key_of(e) in keys)
    return Axis(whole.name, elements)


def regions_of(
    name: str,
    sides: tuple[Side, ...],
    exceptions: Sequence[tuple[Side, ...]],
    axes: Axes,
    source: Source,
) -> list[Region]:
    """Return rectangles that together are the left side less its exceptions."""
    boxes = [tuple(side.elements for side in sides)]
    for exception in exceptions:
        if len(exception) != len(sides):
            what = f"an :EXCEPT: of '{name}' has another number of subscripts"
            raise source.fault(name, what, "Give it the same subscripts.")
        holes = [frozenset(map(key_of, side.elements)) for side in exception]
        boxes = [rest for box in boxes for rest in _cut(box, holes)]
    return [_region(sides, box, axes) for box in boxes]


Box = tuple[tuple[str, ...], ...]


def _cut(box: Box, holes: list[frozenset[str]]) -> list[Box]:
    """Return rectangles that together are a rectangle without a hole."""
    left: list[Box] = []
    for n, (elements, hole) in enumerate(zip(box, holes, strict=True)):
        outside = tuple(e for e in elements if key_of(e) not in hole)
        inside = tuple(e for e in elements if key_of(e) in hole)
        if outside:
            left.append((*box[:n], outside, *box[n + 1 :]))
        if not inside:
            return left
        box = (*box[:n], inside, *box[n + 1 :])
    return left


def _region(sides: tuple[Side, ...], box: Box, axes: Axes) -> Region:
    indices: list[Index] = []
    target: list[Place] = []
    for side, elements, axis in zip(sides, box, axes, strict=True):
        order = {key_of(element): n for n, element in enumerate(axis.elements)}
        positions = tuple(order[key_of(element)] for element in elements)
        if side.range is None:
            target.append(Fixed(positions[0]))
            continue
        name = _fresh(side.range.name, [index.name for index in indices])
        indices.append(Index(name, elements))
        target.append(Along(name, positions))
    return Region(sides, tuple(indices), tuple(target))


def _fresh(name: str, taken: list[str]) -> str:
    """Return a name for a counter, told apart where a range stands twice."""
    number = 1
    fresh = name
    while fresh in taken:
        number += 1
        fresh = f"{name}#{number}"
    return fresh


def whole(axes: Axes) -> Region:
    """Return the region that is all of a variable."""
    target = [Along(axis.name, tuple(range(len(axis.elements)))) for axis in axes]
    indices = tuple(Index(axis.name, axis.elements) for axis in axes)
    sides = tuple(Side(Range(a.name, a.elements), a.elements) for a in axes)
    return Region(sides, indices, tuple(target))


def parts_of(component: Any) -> tuple[list[str], list[list[str]]]:
    """Return the subscripts of a component of PySD's, and its exceptions."""
    subscripts, exceptions = component.subscripts
    return list(subscripts), [list(group) for group in exceptions]
