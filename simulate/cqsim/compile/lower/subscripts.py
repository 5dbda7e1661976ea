"""Where a reference reads a variable: one place for each of its axes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NoReturn

from cqsim.compile.expr import (
    Along,
    Expr,
    Fixed,
    Index,
    Numbers,
    Place,
    Reduce,
    Scalar,
    Value,
    call,
    either,
    equal,
    number,
)
from cqsim.compile.ir import Axes, Axis
from cqsim.compile.lower.scope import ONE, Scope
from cqsim.language.expression import MISSING
from cqsim.language.syntax import Reference, Subscript, canonical
from cqsim.model.model import SubscriptRange, keys_of
from cqsim.model.ranges import element_map


@lru_cache(maxsize=4096)
def order_of(elements: tuple[str, ...]) -> Mapping[str, int]:
    """Return where elements stand, by canonical name."""
    return {key: n for n, key in enumerate(keys_of(elements))}


def value_of(scope: Scope, name: str, subscripts: Sequence[Subscript]) -> Expr:
    """Return the value of a variable at the place that its subscripts name.

    Raises
    ------
    InputFileError
        A subscript does not fit the variable or the left side.
    """
    return _reading(scope, name, subscripts).value()


def places_of(
    scope: Scope, name: str, subscripts: Sequence[Subscript]
) -> tuple[Place, ...]:
    """Return the places of a reference none of whose subscripts is computed."""
    return _reading(scope, name, subscripts).places()


def _reading(scope: Scope, name: str, subscripts: Sequence[Subscript]) -> "_Reading":
    axes, shown = scope.lowering.axes[name], scope.lowering.shown[name]
    if axes and not subscripts:
        # XMILE's whole array: within a function of arrays all elements, else those of
        # the left side.
        if not scope.is_xmile:
            wanted = ", ".join(axis.name for axis in axes)
            what = f"'{shown}' stands without its subscripts [{wanted}]"
            raise scope.fault(what, "Add them.")
        subscripts = [Subscript(0, 0, "*")] * len(axes)
    if len(axes) != len(subscripts):
        what = f"'{shown}' has {len(axes)} subscripts, not {len(subscripts)}"
        scope.refuse(what, "Give one for each of its axes.")
    return _Reading(scope, shown, axes, subscripts)


@dataclass(frozen=True)
class _Reading:
    """A reference in an equation, while its places are worked out.

    Attributes
    ----------
    used
        The indices of the left side that subscripts have taken so far.
    """

    scope: Scope
    shown: str
    axes: Axes
    subscripts: Sequence[Subscript]
    used: list[str] = field(default_factory=list)

    def places(self) -> tuple[Place, ...]:
        return tuple(map(self._place, self.axes, self.subscripts))

    def value(self) -> Expr:
        """Return the element; of computed positions 0 outside the array, as XMILE."""
        chosen: Expr = ONE
        indices: list[Index] = []
        places: list[Place] = []
        for axis, subscript in zip(self.axes, self.subscripts, strict=True):
            position = self._computed(axis, subscript)
            if position is None:
                places.append(self._place(axis, subscript))
                continue
            index = Index(self.scope.index_name(axis.name), axis.elements)
            rounded = call("floor", self.scope.named(position) + 0.5)
            same = equal(rounded, index.numbered(1))
            chosen = chosen & same if indices else same
            indices.append(index)
            places.append(index.whole)
        value = Value(self.shown, tuple(places))
        if indices:
            return Reduce("sum", tuple(indices), either(chosen, value, 0))
        self._refuse_undefined(places)
        return value

    def _refuse_undefined(self, places: Sequence[Place]) -> None:
        """Refuse a reference to just one element that has no equation."""
        holes = self.scope.lowering.undefined.get(self.shown)
        flat = 0
        for axis, place in zip(self.axes if holes else (), places, strict=False):
            if not isinstance(place, Fixed):
                return
            flat = flat * len(axis.elements) + place.position
        if holes and flat in holes:
            what = f"'{self.shown}' has no equation for these elements"
            self.scope.refuse(what, "Add one.")

    def _computed(self, axis: Axis, subscript: Subscript) -> Expr | None:
        """Return the position, from 1, that a subscript computes; None if named."""
        scope = self.scope
        if subscript.expression is not None:
            return scope.lower(subscript.expression)
        name = canonical(subscript.name)
        known = name in order_of(axis.elements) or name in scope.model.ranges
        is_value = name in scope.values or name in scope.lowering.axes
        if known or not scope.is_xmile or not is_value:
            return None
        return scope.lower(Reference(subscript.start, subscript.end, subscript.name))

    def _place(self, axis: Axis, subscript: Subscript) -> Place:
        name, scope = canonical(subscript.name), self.scope
        if scope.is_xmile and (name[:1] in "*@" or name[-2:] == ".*" or ":" in name):
            return self._slice(axis, name)
        order, ranges = order_of(axis.elements), scope.model.ranges
        if scope.is_xmile and _number(name):
            return Fixed(self._positions(axis, (name,))[0])
        if name in order and (scope.is_xmile or name not in ranges):
            return Fixed(order[name])
        found = ranges.get(name)
        if found is None:
            if any(name in order_of(entry.elements) for entry in ranges.values()):
                self._positions(axis, (subscript.name,))
            raise scope.unknown(subscript.name)
        return (
            self._bound(axis, found)
            if subscript.is_bound
            else (self._along(axis, found))
        )

    def _bound(self, axis: Axis, found: SubscriptRange) -> Place:
        """Return the places over which the sum around the reference runs."""
        if not self.scope.bound:
            what = f"'{found.name}!' stands outside SUM, PROD, VMIN or VMAX"
            self.scope.refuse(what, "Remove the '!', or sum over it.")
        key = canonical(found.name)
        index = self.scope.open_index(key, found.name, found.elements)
        return self._at(axis, index)

    def _slice(self, axis: Axis, name: str) -> Place:
        """Return the places of XMILE's `*`, `dimension.*`, `a:b` and `@n`."""
        keys, scope = keys_of(axis.elements), self.scope
        if name[0] == "@":
            number = _number(name[1:])
            if not 1 <= number <= len(keys):
                what = f"'{self.shown}' has no position {name}"
                scope.refuse(what, "Name an element.")
            return Fixed(number - 1)
        chosen: Sequence[int] = range(len(keys))
        if name.endswith(".*"):
            found = scope.model.ranges.get(name[:-2])
            if found is None:
                raise scope.unknown(name[:-2])
            chosen = self._positions(axis, found.keys)
        elif ":" in name:
            first, _, last = name.partition(":")
            ends = self._positions(axis, (first, last))
            chosen = range(ends[0], ends[1] + 1)
            if not chosen:
                scope.refuse(f"'{name}' has no elements", "Name the first one first.")
        if not scope.bound:
            return self._own_star(axis)
        is_whole = list(chosen) == list(range(len(keys)))
        key = canonical(axis.name) if is_whole else f"{axis.name} {name}"
        elements = tuple(axis.elements[n] for n in chosen)
        return self._at(axis, scope.open_index(key, axis.name, elements))

    def _own_star(self, axis: Axis) -> Place:
        """Return the places of a whole array outside a sum: those of the left side."""
        for index, found in self.scope.indices:
            if canonical(found.name) == canonical(axis.name):
                return self._at(axis, index)
        remedy = "Name an element, or use SUM, MEAN, MIN or MAX."
        return self._own_element(axis, axis.name) or self._lacks(axis.name, remedy)

    def _lacks(self, dimension: str, remedy: str) -> NoReturn:
        what = f"'{self.shown}' runs over '{dimension}', which the left side"
        self.scope.refuse(f"{what} does not have", remedy)

    def _along(self, axis: Axis, found: SubscriptRange) -> Place:
        """Return the places of a range that the left side, or a mapping, indexes."""
        scope = self.scope
        index = _own_index(scope, found, self.used)
        if index is not None:
            self.used.append(index.name)
            return self._at(axis, index)
        beside = {canonical(subscript.name) for subscript in self.subscripts}
        for index, side in scope.indices:
            if index.name in self.used or canonical(side.name) in beside:
                continue
            keys = keys_of(index.elements)
            mapped = element_map(scope.model.ranges, side, found, keys)
            if mapped is not None:
                self.used.append(index.name)
                chosen = tuple(mapped[key] for key in keys)
                return Along(index.name, self._positions(axis, chosen))
        own = self._own_element(axis, found.name)
        if own is not None:
            return own
        if scope.is_xmile and scope.bound:
            return self._bound(axis, found)
        remedy = "Sum over it with '!', name an element, or map the ranges."
        return self._lacks(found.name, remedy)

    def _own_element(self, axis: Axis, dimension: str) -> Place | None:
        """Return the element for which XMILE gives this equation, if it gives one."""
        element = self.scope.own_element(dimension)
        if element is None:
            return None
        return Fixed(self._positions(axis, (element,))[0])

    def _at(self, axis: Axis, index: Index) -> Place:
        """Return the places of an index's elements."""
        return Along(index.name, self._positions(axis, keys_of(index.elements)))

    def _positions(self, axis: Axis, keys: Sequence[str]) -> tuple[int, ...]:
        """Return where elements stand on an axis; refuse one that does not.

        In XMILE a number that is no element's name is a position, counted from 1.
        """
        places = tuple(self._position(axis, key) for key in keys)
        if -1 in places:
            what = f"'{self.shown}' has no value for '{keys[places.index(-1)]}' on its "
            remedy = "Define it for that element, or use a subrange."
            self.scope.refuse(f"{what}axis '{axis.name}'", remedy)
        return places

    def _position(self, axis: Axis, key: str) -> int:
        order = order_of(axis.elements)
        if key not in order and self.scope.is_xmile:
            return _number(key) - 1 if _number(key) <= len(order) else -1
        return order.get(key, -1)


def _number(name: str) -> int:
    """Return the position that a name is, counted from 1; 0 for any other name."""
    return int(name) if name.isdecimal() and len(name) < 10 else 0


def _own_index(scope: Scope, found: SubscriptRange, used: list[str]) -> Index | None:
    """Return the index of the same range on the left, the first not yet used."""
    name = canonical(found.name)
    own = [index for index, side in scope.indices if canonical(side.name) == name]
    return next((i for i in own if i.name not in used), own[0] if own else None)


def position_number(scope: Scope, name: str) -> Expr | None:
    """Return a range or an element used as a number: its place, counted from 1.

    A subrange counts in the widest range that holds it, as Vensim does.
    """
    found = scope.model.ranges.get(name)
    if found is None:
        main = _widest(scope, (name,))
        return Scalar(main.keys.index(name) + 1.0) if main else None
    element = scope.own_element(found.name)
    if element is not None:
        return Scalar(found.keys.index(element) + 1.0)
    opened = (bound[name] for bound in reversed(scope.bound) if name in bound)
    index = _own_index(scope, found, []) or next(opened, None)
    if index is None:
        what = f"the range '{found.name}' stands for a number, and the left lacks it"
        scope.refuse(what, "Put it on the left side.")
    main = None if scope.is_xmile else _widest(scope, found.keys)
    order = order_of((main or found).elements)
    return Numbers(index.name, tuple(order[k] + 1.0 for k in keys_of(index.elements)))


def _widest(scope: Scope, keys: Sequence[str]) -> SubscriptRange | None:
    """Return the range with the most elements that holds all of these."""
    wanted = set(keys)
    holding = [
        r for r in scope.model.ranges.values() if wanted <= order_of(r.elements).keys()
    ]
    return max(holding, key=lambda found: len(found.elements), default=None)


def selected_at(scope: Scope, value: Value, offset: Expr) -> Expr:
    """Return what stands so many elements after one in an array, `:NA:` outside of it.

    The array is counted through as a whole, its last subscript fastest.
    """
    name = next(k for k, v in scope.lowering.shown.items() if v == value.variable)
    place, at, stride = offset, number(0), 1
    indices: list[Index] = []
    pairs = list(zip(scope.lowering.axes[name], value.places, strict=True))
    for axis, own in reversed(pairs):
        index = Index(scope.index_name("element"), axis.elements)
        indices.insert(0, index)
        place = place + _scaled(own, stride)
        at = at + _scaled(index.whole, stride)
        stride *= len(axis.elements)
    wanted = scope.named(place)
    there = Value(value.variable, tuple(index.whole for index in indices))
    found = Reduce("sum", tuple(indices), either(equal(wanted, at), there, 0))
    return either((wanted >= 0) & (wanted < stride), found, MISSING)


def _scaled(place: Place, stride: int) -> Expr:
    """Return the number of the element at a place, times so many."""
    numbers = tuple(float(n * stride) for n in place.positions)
    return (
        Numbers(place.index, numbers)
        if isinstance(place, Along)
        else (Scalar(numbers[0]))
    )
