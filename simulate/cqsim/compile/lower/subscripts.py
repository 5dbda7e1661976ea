"""Where a reference reads a variable: one place for each of its axes."""

from collections.abc import Sequence

from cqsim.compile.expr import (
    Along,
    Expr,
    Fixed,
    Index,
    Number,
    Numbers,
    Place,
    Reduce,
    Value,
    call,
    either,
    equal,
)
from cqsim.compile.ir import Axis
from cqsim.compile.lower.scope import ONE, ZERO, Scope
from cqsim.language.expression import MISSING
from cqsim.language.syntax import Reference, Subscript, canonical
from cqsim.model.model import SubscriptRange
from cqsim.model.ranges import element_map


def value_of(scope: Scope, name: str, subscripts: Sequence[Subscript]) -> Expr:
    """Return the value of a variable at the place that its subscripts name.

    Raises
    ------
    InputFileError
        A subscript does not fit the variable or the left side.
    """
    axes = scope.lowering.axes[name]
    shown = scope.lowering.shown[name]
    if not subscripts and axes:
        return Value(shown, _implied(scope, name))
    _check_count(scope, shown, len(axes), len(subscripts))
    used: list[str] = []
    computed: list[tuple[int, Expr]] = []
    places: list[Place] = []
    for number, (axis, subscript) in enumerate(zip(axes, subscripts, strict=True)):
        position = _computed(scope, axis, subscript)
        if position is not None:
            computed.append((number, position))
            places.append(Fixed(0))
        else:
            places.append(_place(scope, shown, axis, subscript, subscripts, used))
    if computed:
        return _selected(scope, shown, axes, places, computed)
    _refuse_undefined(scope, shown, axes, places)
    return Value(shown, tuple(places))


def places_of(
    scope: Scope, name: str, subscripts: Sequence[Subscript]
) -> tuple[Place, ...]:
    """Return the places of a reference none of whose subscripts is computed."""
    axes = scope.lowering.axes[name]
    shown = scope.lowering.shown[name]
    if not subscripts and axes:
        return _implied(scope, name)
    _check_count(scope, shown, len(axes), len(subscripts))
    used: list[str] = []
    return tuple(
        _place(scope, shown, axis, subscript, subscripts, used)
        for axis, subscript in zip(axes, subscripts, strict=True)
    )


def _check_count(scope: Scope, shown: str, wanted: int, given: int) -> None:
    if wanted != given:
        what = f"'{shown}' has {wanted} subscripts, not {given}"
        scope.refuse(what, "Give one for each of its axes.")


def _implied(scope: Scope, name: str) -> tuple[Place, ...]:
    """Return the places of an array without subscripts: XMILE's whole array.

    Within a function of arrays these are all elements, else those of the left side.
    """
    axes, shown = scope.lowering.axes[name], scope.lowering.shown[name]
    if scope.is_xmile:
        stars = tuple(Subscript(0, 0, "*") for _ in axes)
        return places_of(scope, name, stars)
    wanted = ", ".join(axis.name for axis in axes)
    what = f"'{shown}' stands without its subscripts [{wanted}]"
    raise scope.fault(what, "Add them.")


def _refuse_undefined(
    scope: Scope, shown: str, axes: Sequence[Axis], places: Sequence[Place]
) -> None:
    """Refuse a reference to just one element that has no equation."""
    holes = scope.lowering.undefined.get(shown)
    if not holes:
        return
    flat = 0
    for axis, place in zip(axes, places, strict=True):
        if not isinstance(place, Fixed):
            return
        flat = flat * len(axis.elements) + place.position
    if flat in holes:
        what = f"'{shown}' has no equation for these elements"
        scope.refuse(what, "Add one.")


def _place(
    scope: Scope,
    shown: str,
    axis: Axis,
    subscript: Subscript,
    beside: Sequence[Subscript],
    used: list[str],
) -> Place:
    name = canonical(subscript.name)
    if scope.is_xmile and (name[:1] in "*@" or name[-2:] == ".*" or ":" in name):
        return _slice(scope, shown, axis, name)
    keys = [canonical(element) for element in axis.elements]
    ranges = scope.model.ranges
    if name in keys and (scope.is_xmile or name not in ranges):
        return Fixed(keys.index(name))
    found = ranges.get(name)
    if found is None:
        if any(name in entry.keys for entry in ranges.values()):
            _refuse_missing(scope, shown, axis, subscript.name)
        raise scope.unknown(subscript.name)
    if subscript.is_bound:
        return _bound(scope, shown, axis, found)
    return _along(scope, shown, axis, found, beside, used)


def _bound(scope: Scope, shown: str, axis: Axis, found: SubscriptRange) -> Place:
    """Return the places over which the sum around the reference runs."""
    if not scope.bound:
        what = f"'{found.name}!' stands outside SUM, PROD, VMIN or VMAX"
        scope.refuse(what, "Remove the '!', or sum over it.")
    index = scope.open_index(canonical(found.name), found.name, found.elements)
    return Along(index.name, positions(scope, shown, axis, found.keys))


def _slice(scope: Scope, shown: str, axis: Axis, name: str) -> Place:
    """Return the places of XMILE's `*`, `dimension.*`, `a:b` and `@n`."""
    keys = [canonical(element) for element in axis.elements]
    if name[0] == "@":
        number = int(name[1:]) if name[1:].isdigit() else 0
        if not 1 <= number <= len(keys):
            scope.refuse(f"'{shown}' has no position {name}", "Name an element.")
        return Fixed(number - 1)
    chosen = keys
    if name.endswith(".*"):
        found = scope.model.ranges.get(name[:-2])
        if found is None:
            raise scope.unknown(name[:-2])
        chosen = list(found.keys)
    elif ":" in name:
        first, _, last = name.partition(":")
        ends = positions(scope, shown, axis, (first, last))
        chosen = keys[ends[0] : ends[1] + 1]
    if not scope.bound:
        return _own_star(scope, shown, axis)
    dimension = canonical(axis.name) if chosen == keys else f"{axis.name} {name}"
    shapes = tuple(axis.elements[keys.index(key)] for key in chosen if key in keys)
    index = scope.open_index(dimension, axis.name, shapes)
    return Along(index.name, positions(scope, shown, axis, chosen))


def _own_star(scope: Scope, shown: str, axis: Axis) -> Place:
    """Return the places of a whole array outside of a sum: those of the left side."""
    for index, found in scope.indices:
        if canonical(found.name) == canonical(axis.name):
            keys = tuple(canonical(element) for element in index.elements)
            return Along(index.name, positions(scope, shown, axis, keys))
    element = scope.own_element(axis.name)
    if element is not None:
        return Fixed(positions(scope, shown, axis, (element,))[0])
    what = f"'{shown}' runs over '{axis.name}', which the left side does not have"
    raise scope.fault(what, "Name an element, or use SUM, MEAN, MIN or MAX.")


def _along(
    scope: Scope,
    shown: str,
    axis: Axis,
    found: SubscriptRange,
    beside: Sequence[Subscript],
    used: list[str],
) -> Place:
    """Return the places of a range that the left side, or a mapping, gives an index."""
    index = _own_index(scope, found, used)
    if index is not None:
        used.append(index.name)
        keys = tuple(canonical(element) for element in index.elements)
        return Along(index.name, positions(scope, shown, axis, keys))
    for index, side in scope.indices:
        taken = any(canonical(s.name) == canonical(side.name) for s in beside)
        if index.name in used or taken:
            continue
        keys = tuple(canonical(element) for element in index.elements)
        mapped = element_map(scope.model.ranges, side, found, keys)
        if mapped is not None:
            used.append(index.name)
            chosen = tuple(mapped[key] for key in keys)
            return Along(index.name, positions(scope, shown, axis, chosen))
    element = scope.own_element(found.name)
    if element is not None:
        return Fixed(positions(scope, shown, axis, (element,))[0])
    if scope.is_xmile and scope.bound:
        return _bound(scope, shown, axis, found)
    what = f"'{shown}' runs over '{found.name}', which the left side does not have"
    raise scope.fault(what, "Sum over it with '!', name an element, or map the ranges.")


def _own_index(scope: Scope, found: SubscriptRange, used: list[str]) -> Index | None:
    """Return the index of the same range on the left, the first not yet used."""
    name = canonical(found.name)
    own = [index for index, side in scope.indices if canonical(side.name) == name]
    fresh = [index for index in own if index.name not in used]
    return fresh[0] if fresh else (own[0] if own else None)


def positions(
    scope: Scope, shown: str, axis: Axis, keys: Sequence[str]
) -> tuple[int, ...]:
    """Return where elements stand on an axis.

    Raises
    ------
    InputFileError
        One of them does not.
    """
    order = {canonical(element): n for n, element in enumerate(axis.elements)}
    missing = [key for key in keys if key not in order]
    if missing:
        _refuse_missing(scope, shown, axis, missing[0])
    return tuple(order[key] for key in keys)


def _refuse_missing(scope: Scope, shown: str, axis: Axis, element: str) -> None:
    what = f"'{shown}' has no value for '{element}' on its axis '{axis.name}'"
    scope.refuse(what, "Define it for that element, or use a subrange.")


# Places that are computed in the run.


def _computed(scope: Scope, axis: Axis, subscript: Subscript) -> Expr | None:
    """Return the position, from 1, that a subscript computes; None if it names it."""
    if subscript.expression is not None:
        return scope.lower(subscript.expression)
    name = canonical(subscript.name)
    keys = [canonical(element) for element in axis.elements]
    known = name in keys or name in scope.model.ranges
    is_value = name in scope.values or name in scope.lowering.axes
    if known or not scope.is_xmile or not is_value:
        return None
    return scope.lower(Reference(subscript.start, subscript.end, subscript.name))


def _selected(
    scope: Scope,
    shown: str,
    axes: Sequence[Axis],
    places: list[Place],
    computed: list[tuple[int, Expr]],
) -> Expr:
    """Return the element at computed positions; 0 outside of the array, as in XMILE."""
    chosen: Expr = ONE
    indices = []
    for number, position in computed:
        elements = axes[number].elements
        index = Index(scope.index_name(axes[number].name), elements)
        indices.append(index)
        places[number] = Along(index.name, tuple(range(len(elements))))
        numbers = Numbers(index.name, tuple(float(n + 1) for n in range(len(elements))))
        rounded = call("floor", scope.named(position) + 0.5)
        same = equal(rounded, numbers)
        chosen = same if chosen is ONE else chosen & same
    return Reduce("sum", tuple(indices), either(chosen, Value(shown, tuple(places)), 0))


def position_number(scope: Scope, name: str) -> Expr | None:
    """Return a range or an element used as a number: its place, counted from 1.

    A subrange counts in the widest range that holds it, as Vensim does.
    """
    ranges = scope.model.ranges
    found = ranges.get(name)
    if found is None:
        main = widest(scope, (name,))
        if main is None:
            return None
        return Number(float(main.keys.index(name) + 1))
    index = _own_index(scope, found, [])
    if index is None:
        index = next((b[name] for b in reversed(scope.bound) if name in b), None)
    element = scope.own_element(found.name)
    if element is not None:
        return Number(float(found.keys.index(element) + 1))
    if index is None:
        what = f"the range '{found.name}' stands for a number, and the left lacks it"
        scope.refuse(what, "Put it on the left side.")
    main = found if scope.is_xmile else widest(scope, found.keys) or found
    order = {key: float(n) for n, key in enumerate(main.keys, 1)}
    return Numbers(index.name, tuple(order[canonical(e)] for e in index.elements))


def widest(scope: Scope, keys: Sequence[str]) -> SubscriptRange | None:
    """Return the range with the most elements that holds all of these."""
    wanted = set(keys)
    holding = [r for r in scope.model.ranges.values() if wanted <= set(r.keys)]
    return max(holding, key=lambda found: len(found.elements), default=None)


def selected_at(scope: Scope, value: Value, offset: Expr) -> Expr:
    """Return what stands so many elements after one in an array, `:NA:` outside of it.

    The array is counted through as a whole, its last subscript fastest.
    """
    name = next(k for k, v in scope.lowering.shown.items() if v == value.variable)
    place: Expr = offset
    at: Expr = ZERO
    stride = 1
    indices: list[Index] = []
    pairs = list(zip(scope.lowering.axes[name], value.places, strict=True))
    for axis, own in reversed(pairs):
        index = Index(scope.index_name("element"), axis.elements)
        indices.insert(0, index)
        place = place + _scaled(own, stride)
        at = at + _scaled(_whole(index), stride)
        stride *= len(axis.elements)
    wanted = scope.named(place)
    there = Value(value.variable, tuple(_whole(index) for index in indices))
    chosen = either(equal(wanted, at), there, 0)
    after_first = wanted >= 0
    inside = after_first & (wanted < stride)
    return either(inside, Reduce("sum", tuple(indices), chosen), MISSING)


def _whole(index: Index) -> Along:
    return Along(index.name, tuple(range(len(index.elements))))


def _scaled(place: Place, stride: int) -> Expr:
    """Return the number of the element at a place, times so many."""
    if isinstance(place, Fixed):
        return Number(float(place.position * stride))
    return Numbers(place.index, tuple(float(n * stride) for n in place.positions))
