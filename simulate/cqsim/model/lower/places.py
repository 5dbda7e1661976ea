"""From the subscripts of a reference to positions on the axes of what it names."""

from cqsim.compile.ir import (
    Along,
    Axes,
    Axis,
    Expr,
    Fixed,
    Index,
    Number,
    Numbers,
    Place,
)
from cqsim.model.lower.names import Scope, along_all
from cqsim.model.lower.ranges import Range
from cqsim.model.lower.source import key_of


def places_of(scope: Scope, name: str, subscripts: list[str]) -> tuple[Place, ...]:
    """Return where on each axis a reference looks.

    Raises
    ------
    InputFileError
        If the subscripts do not fit the axes, or one leads nowhere.
    """
    axes = scope.names.axes[name]
    if name in scope.names.lifted:
        return along_all(scope.region.indices)[1]
    if not subscripts and axes:
        return _same_places(scope, name, axes)
    if len(subscripts) != len(axes):
        what = f"'{name}' has {len(axes)} subscripts, not {len(subscripts)}"
        raise scope.fault(what, "Give one for each of its axes.")
    used: list[str] = []
    return tuple(
        _place(scope, name, axis, subscript, subscripts, used)
        for axis, subscript in zip(axes, subscripts, strict=True)
    )


def _same_places(scope: Scope, name: str, axes: Axes) -> tuple[Place, ...]:
    wanted = ", ".join(axis.name for axis in axes)
    what = f"'{name}' stands without its subscripts [{wanted}]"
    raise scope.fault(what, "Add them.")


def _place(
    scope: Scope,
    name: str,
    axis: Axis,
    subscript: str,
    beside: list[str],
    used: list[str],
) -> Place:
    bare = subscript.removesuffix("!").strip()
    found = scope.names.ranges.range(bare)
    if found is None:
        element = scope.names.ranges.element(bare)
        if element is None:
            raise scope.unknown(bare)
        return Fixed(_positions(scope, name, axis, (element,))[0])
    if subscript.endswith("!"):
        if not scope.sums:
            what = f"'{subscript}' stands outside SUM, PROD, VMIN or VMAX"
            raise scope.fault(what, "Remove the '!', or sum over it.")
        index = scope.open_index(found.name, found.elements)
        return Along(index.name, _positions(scope, name, axis, found.elements))
    return _along(scope, name, axis, found, beside, used)


def _along(
    scope: Scope,
    name: str,
    axis: Axis,
    reference: Range,
    beside: list[str],
    used: list[str],
) -> Place:
    """Return the place of a range that the left side, or a mapping, gives a counter."""
    index = _own_counter(scope, reference, used)
    if index is not None:
        used.append(index.name)
        return Along(index.name, _positions(scope, name, axis, index.elements))
    for index, side in _counters(scope):
        taken = any(key_of(s) == key_of(side.name) for s in beside)
        if index.name in used or taken:
            continue
        if scope.names.ranges.mapping(reference, side):
            used.append(index.name)
            order = {key_of(e): n for n, e in enumerate(side.elements)}
            elements = tuple(
                reference.elements[order[key_of(e)]] for e in index.elements
            )
            return Along(index.name, _positions(scope, name, axis, elements))
    what = f"'{name}' runs over '{reference.name}', which the left side does not have"
    raise scope.fault(what, "Sum over it with '!', or name an element.")


def _own_counter(scope: Scope, reference: Range, used: list[str]) -> Index | None:
    """Return the counter of the same range on the left, the first not yet used."""
    own = [
        i for i, side in _counters(scope) if key_of(side.name) == key_of(reference.name)
    ]
    fresh = [index for index in own if index.name not in used]
    return fresh[0] if fresh else (own[0] if own else None)


def _counters(scope: Scope) -> list[tuple[Index, Range]]:
    ranges = [side.range for side in scope.region.sides if side.range is not None]
    return list(zip(scope.region.indices, ranges, strict=True))


def _positions(
    scope: Scope, name: str, axis: Axis, elements: tuple[str, ...]
) -> tuple[int, ...]:
    order = {key_of(element): n for n, element in enumerate(axis.elements)}
    missing = [element for element in elements if key_of(element) not in order]
    if missing:
        what = f"'{name}' has no value for '{missing[0]}' on its axis '{axis.name}'"
        raise scope.fault(what, "Define it for that element, or use a subrange.")
    return tuple(order[key_of(element)] for element in elements)


def position_number(scope: Scope, name: str) -> Expr | None:
    """Return a range or an element used as a number: its place, counted from 1.

    A subrange counts in the widest range that holds it, as Vensim does.
    """
    ranges = scope.names.ranges
    found = ranges.range(name)
    element = ranges.element(name)
    if found is None and element is None:
        return None
    if found is None:
        main = ranges.main((element or "",))
        elements = main.elements if main else ()
        return Number(float([key_of(e) for e in elements].index(key_of(name)) + 1))
    index = _own_counter(scope, found, [])
    if index is None:
        what = f"the range '{name}' stands for a number, and the left side lacks it"
        raise scope.fault(what, "Put it on the left side.")
    main = ranges.main(found.elements) or found
    order = {key_of(e): float(n) for n, e in enumerate(main.elements, 1)}
    return Numbers(index.name, tuple(order[key_of(e)] for e in index.elements))
