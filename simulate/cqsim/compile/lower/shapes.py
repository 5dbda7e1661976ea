"""The axes of variables, and which of their elements each equation gives."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cqsim.compile.expr import Along, Expr, Fixed, Index, Place
from cqsim.compile.ir import Axes, Axis, Block, shape_of
from cqsim.compile.lower.scope import Lowering, Scope
from cqsim.compile.lower.subscripts import order_of
from cqsim.language.syntax import Call, Definition, Expression, canonical
from cqsim.model.model import Model, SubscriptRange, Variable, keys_of
from cqsim.model.values import DataEquation

#: Elements of one variable, and steps of the sums in one equation, at most.
MOST_ELEMENTS = 20_000_000
#: Subscripts of one variable, at most; Vensim takes 8.
MOST_SUBSCRIPTS = 16

Positions = NDArray[np.int64]
Keys = tuple[str, ...]
Box = tuple[Keys, ...]
"""The canonical names of the elements on each axis."""


@dataclass(frozen=True, slots=True)
class Side:
    """One subscript on the left: a range, or an element where `range` is None."""

    range: SubscriptRange | None
    elements: tuple[str, ...]

    @property
    def keys(self) -> Keys:
        """The canonical names of the elements."""
        return keys_of(self.elements)


def _sides_of(
    model: Model, equation: Definition, names: Sequence[str]
) -> tuple[Side, ...]:
    """Return what the subscripts of a left side, or of an exception, stand for."""
    dimensions = equation.dimensions
    sides = []
    for number, name in enumerate(names):
        key = canonical(name)
        within = dimensions[number] if number < len(dimensions) else ""
        found = model.ranges.get(key)
        dimension = model.ranges.get(canonical(within))
        if (
            dimension is not None
            and key in order_of(dimension.elements)
            and key != canonical(within)
        ):
            found = None
        sides.append(Side(found, found.elements if found else (name,)))
    return tuple(sides)


def axes_of(model: Model, variable: Variable) -> Axes:
    """Return the axes of a variable: on each, the elements that its equations give.

    Raises
    ------
    InputFileError
        Its equations have different numbers of subscripts.
    """
    equations = variable.equations
    count = len(equations[0].subscripts)
    for equation in equations:
        if len(equation.subscripts) != count:
            what = f"it has {len(equation.subscripts)} subscripts, another has {count}"
            raise equation.fault(what, "Give each equation the same subscripts.")
    if not count:
        return ()
    if count > MOST_SUBSCRIPTS:
        what = f"it has {count} subscripts, more than {MOST_SUBSCRIPTS}"
        raise equations[0].fault(what, "Use fewer.")
    parts = [(e, _sides_of(model, e, e.subscripts)) for e in equations]
    given = [box for e, sides in parts for box in _boxes_of(model, e, sides)]
    if not given:
        what = ":EXCEPT: leaves none of its elements"
        raise equations[0].fault(what, "Leave out fewer, or delete the equation.")
    dimensions = equations[0].dimensions
    axes = []
    for number in range(count):
        keys = {key for box in given for key in box[number]}
        sides = [sides[number] for _, sides in parts]
        within = dimensions[number] if number < len(dimensions) else ""
        axes.append(_axis(model, sides, keys, within))
    if prod(len(axis.elements) for axis in axes) > MOST_ELEMENTS:
        what = f"it has more than {MOST_ELEMENTS} elements"
        raise equations[0].fault(what, "Use fewer or shorter subscript ranges.")
    return tuple(axes)


def _axis(model: Model, sides: list[Side], keys: set[str], within: str) -> Axis:
    """Return the axis that holds the elements that equations give on it.

    It is named after the range that has just these elements, one of the equations'
    ranges first; after all of them where no range has.
    """
    own = [side.range for side in sides if side.range is not None]
    named = model.ranges.get(canonical(within))
    candidates = [*([named] if named else []), *own, *model.ranges.values()]
    for found in candidates:
        if order_of(found.elements).keys() == keys:
            return Axis(found.name, found.elements)
    wider = [found for found in candidates if keys <= order_of(found.elements).keys()]
    if wider:
        least = min(wider, key=lambda found: len(found.elements))
        elements = tuple(e for e in least.elements if canonical(e) in keys)
    else:
        listed = {canonical(e): e for side in sides for e in side.elements}
        elements = tuple(e for k, e in listed.items() if k in keys)
    names = _joined(sides)
    own_name = canonical(names) not in model.ranges
    return Axis(names if own_name else f"{names}: {', '.join(elements)}", elements)


def _joined(sides: Iterable[Side]) -> str:
    names = [side.range.name if side.range else side.elements[0] for side in sides]
    return " + ".join(dict.fromkeys(names))


def _boxes_of(
    model: Model, equation: Definition, sides: Sequence[Side]
) -> Iterator[Box]:
    """Yield the parts of a left side that `:EXCEPT:` leaves, as boxes of elements."""
    boxes: list[Box] = [tuple(side.keys for side in sides)]
    for names in equation.exceptions:
        hole = [set(side.keys) for side in _sides_of(model, equation, names)]
        boxes = [part for box in boxes for part in _without(box, hole)]
    yield from boxes


def _without(box: Box, hole: list[set[str]]) -> Iterator[Box]:
    """Yield boxes that together are a box less a hole."""
    if any(not hole[n] & set(keys) for n, keys in enumerate(box)):
        yield box
        return
    for number, keys in enumerate(box):
        outside = tuple(key for key in keys if key not in hole[number])
        if outside:
            before = [
                tuple(key for key in box[n] if key in hole[n]) for n in range(number)
            ]
            yield (*before, outside, *box[number + 1 :])


@dataclass(frozen=True)
class Part:
    """A part of a variable that one equation gives, and where it writes.

    Attributes
    ----------
    elements
        Those of each subscript on the left side; `:EXCEPT:` may leave out some.
    flat
        The flat positions of the elements that it gives, the last axis fastest.
    """

    scope: Scope
    elements: tuple[tuple[str, ...], ...]
    target: tuple[Place, ...]
    flat: Positions

    @property
    def count(self) -> int:
        """How many elements the left side has."""
        return prod(map(len, self.elements))

    @property
    def tree(self) -> Expression | None:
        """The right side."""
        return self.scope.equation.value

    @property
    def data(self) -> DataEquation:
        """The equation, with the files that it may take its values from."""
        scope = self.scope
        return DataEquation(scope.model, scope.equation, scope.lowering.files)

    def arguments_of(self, function: str) -> tuple[Expression, ...]:
        """Return the arguments of a function that is all of its equation, or none."""
        tree = self.tree
        is_call = isinstance(tree, Call) and canonical(tree.function) == function
        return tree.arguments if isinstance(tree, Call) and is_call else ()

    def block(self, expr: Expr) -> Block:
        """Return the equation that gives this part."""
        return Block(tuple(i for i, _ in self.scope.indices), self.target, expr)

    def within(self, values: NDArray[Any]) -> list[Any]:
        """Return what a left side has for each element, at those of this part, flat."""
        indices = {index.name: index for index, _ in self.scope.indices}
        chosen = []
        for elements, place in zip(self.elements, self.target, strict=True):
            if isinstance(place, Fixed):
                chosen.append([0])
                continue
            order = order_of(elements)
            chosen.append(
                [order[key] for key in keys_of(indices[place.index].elements)]
            )
        flat = values[np.ix_(*chosen)] if chosen else values
        return list(flat.ravel().tolist())


def parts_of(lowering: Lowering, variable: Variable) -> list[Part]:
    """Return the parts of a variable; note the elements that none gives.

    Raises
    ------
    InputFileError
        Two equations give the same element.
    """
    name, axes = lowering.shown[variable.key], lowering.axes[variable.key]
    given = np.zeros(prod(shape_of(axes)), dtype=bool)
    parts = []
    for equation in variable.equations:
        sides = _sides_of(lowering.model, equation, equation.subscripts)
        elements = tuple(side.elements for side in sides)
        for box in _boxes_of(lowering.model, equation, sides):
            indices, target = _region(axes, sides, box)
            flat = _flat(axes, target)
            if given[flat].any():
                what = "an element is given by two equations"
                raise equation.fault(what, "Leave one of them out, or use :EXCEPT:.")
            given[flat] = True
            scope = Scope(lowering, name, equation, indices)
            parts.append(Part(scope, elements, target, flat))
    if not given.all():
        lowering.undefined[name] = frozenset(np.flatnonzero(~given).tolist())
    return parts


def _region(
    axes: Axes, sides: Sequence[Side], box: Box
) -> tuple[tuple[tuple[Index, SubscriptRange], ...], tuple[Place, ...]]:
    """Return the indices of a part of a left side, and where it writes."""
    indices: list[tuple[Index, SubscriptRange]] = []
    target: list[Place] = []
    for side, axis, keys in zip(sides, axes, box, strict=True):
        order = order_of(axis.elements)
        positions = tuple(order[key] for key in keys)
        if side.range is None:
            target.append(Fixed(positions[0]))
            continue
        taken = sum(found.name == side.range.name for _, found in indices)
        label = side.range.name + "'" * taken
        index = Index(label, tuple(axis.elements[n] for n in positions))
        indices.append((index, side.range))
        target.append(Along(index.name, positions))
    return tuple(indices), tuple(target)


def _flat(axes: Axes, target: Sequence[Place]) -> Positions:
    """Return the flat positions of the places on the axes, last axis fastest."""
    found = np.zeros(1, dtype=np.int64)
    for axis, place in zip(axes, target, strict=True):
        chosen = np.array(place.positions)
        found = np.add.outer(found * len(axis.elements), chosen).ravel()
    return found
