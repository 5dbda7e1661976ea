"""Expressions as LLVM instructions on lanes, within the loops of a loop nest."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cqsim.compile.expr import (
    Along,
    Expr,
    Index,
    IrCall,
    Now,
    Numbers,
    Place,
    Reduce,
    Root,
    Scalar,
    Table,
    TimeStep,
    Unknown,
    Value,
    walk,
)
from cqsim.compile.ir import Lookup
from cqsim.compile.order import is_drawn
from cqsim.compile.schedule import Address, Offset, Storage, offset_of
from cqsim.llvm.builder import (
    ONE,
    Arithmetic,
    Constants,
    FunctionBuilder,
    Operand,
    Type,
    literal,
)
from cqsim.llvm.intrinsics import INTRINSICS, CurveReader
from cqsim.llvm.math import uniform

_JOINS = {
    "sum": "add",
    "product": "multiply",
    "least": "minimum",
    "greatest": "maximum",
}
_STARTS = {"sum": 0.0, "product": 1.0, "least": float("inf"), "greatest": -float("inf")}


#: A reduction of so few operations at most adds so many terms in one iteration.
_SHORT, _TOGETHER = 12, 8


@dataclass(frozen=True, slots=True)
class Counter:
    """The value of an index: a multiple of a loop's counter, plus an offset."""

    text: str
    scale: int = 1
    shift: int = 0


@dataclass
class Emitter:
    """The instructions of one loop nest.

    Attributes
    ----------
    counters
        The counter of each index of the equation being emitted.
    targets
        What roots look for, at the current iteration.
    """

    to: FunctionBuilder
    lanes: Type
    storage: Storage
    lookups: Mapping[str, Lookup]
    constants: Constants
    counters: dict[str, Counter] = field(default_factory=dict)
    targets: dict[str, Operand] = field(default_factory=dict)

    def emit(self, expr: Expr) -> Operand:
        """Return the value of an expression."""
        return self._emitters[type(expr)](expr)

    def number(self, expr: Expr, type_: Type) -> str:
        """Return an expression as a number of a type; a truth is 1 or 0."""
        return self.to.splat(self._numeric(self.emit(expr)), type_)

    @cached_property
    def _emitters(self) -> dict[type, Callable[[Any], Operand]]:
        return {
            Scalar: lambda n: Operand.literal(n.value),
            Now: lambda t: Operand("%held" if t.held else "%time", ONE),
            TimeStep: lambda _: Operand("%step", ONE),
            Numbers: self._literal_at,
            Value: self._value,
            Table: self._table,
            Reduce: self._reduction,
            IrCall: lambda c: self._call(
                c.function, [self.emit(x) for x in c.arguments]
            ),
            Root: self._root,
            Unknown: lambda u: self.targets[u.name],
        }

    def _call(self, function: str, operands: list[Operand]) -> Operand:
        varies = function == "draw" or any(o.type.width > 1 for o in operands)
        type_ = self.lanes if varies else ONE
        wide = [operand.of(self.to.splat(operand, type_)) for operand in operands]
        a = Arithmetic(self.to, type_)
        if function == "draw":
            return self._draw(a, wide)
        return INTRINSICS[function](a, wide)

    def _draw(self, a: Arithmetic, operands: list[Operand]) -> Operand:
        seed, stream, element, draw = (a.integer_of(a.number_of(o)) for o in operands)
        to, type_ = self.to, a.type
        run, count = (to.splat_integer(n, type_) for n in ("%first", "%count"))
        if type_.width > 1:
            lanes = ", ".join(f"i64 {lane}" for lane in range(type_.width))
            run = to.pure(f"add {type_.integer} {run}, <{lanes}>")
        return a.result(uniform(a, (seed, stream), (run, count, element, draw)))

    def _numeric(self, operand: Operand) -> Operand:
        a = Arithmetic(self.to, operand.type)
        return a.result(a.number_of(operand)) if operand.truth else operand

    # Numbers in memory.

    def _value(self, value: Value) -> Operand:
        key = self.key(value.variable, value.places)
        found = self.to.known(key)
        if found is None:
            address = self.storage.variables[value.variable]
            pointer = self.pointer(address, value.places)
            found = self.to.load_constant(self._type(address), pointer)
            self.to.remember(key, found)
        return found

    def key(self, variable: str, places: tuple[Place, ...]) -> object:
        """Return a number that is unique to an element, at this iteration."""
        return variable, tuple(
            (self.counters[place.index], place.positions)
            if isinstance(place, Along)
            else place.position
            for place in places
        )

    def load(self, address: Address, row: str) -> Operand:
        """Return the value in a row of an area."""
        return self.to.load(self._type(address), self.row_pointer(address, row))

    def pointer(self, address: Address, places: tuple[Place, ...]) -> str:
        """Return the address of an element."""
        unit, to = self._type(address).real, self.to
        fixed, moving = self._row(offset_of(places, address.shape, address.row))
        place = f"%{address.area}"
        # The fixed part is last: the processor adds it when it loads.
        for part in (moving, str(fixed) if fixed else None):
            if part is not None:
                place = to.pure(
                    f"getelementptr inbounds {unit}, ptr {place}, i64 {part}"
                )
        return place

    def row_pointer(self, address: Address, row: str) -> str:
        """Return the address of a row of an area."""
        unit = self._type(address).real
        return self.to.pure(
            f"getelementptr inbounds {unit}, ptr %{address.area}, i64 {row}"
        )

    def row(self, offset: Offset) -> str:
        """Return a row as a value, from the counters."""
        fixed, moving = self._row(offset)
        if moving is None:
            return str(fixed)
        return self.to.pure(f"add nuw nsw i64 {moving}, {fixed}") if fixed else moving

    def _row(self, offset: Offset) -> tuple[int, str | None]:
        """Return the part of a row that is fixed, and that which counters move."""
        to, fixed = self.to, offset.base
        parts = []
        for index, step in offset.steps:
            counter = self.counters[index]
            fixed += step * counter.shift
            if step and counter.text != "0":
                parts.append(self._times(counter.text, step * counter.scale))
        for index, rows in offset.listed:
            at = self._listed("i64", tuple(map(str, rows)), index)
            parts.append(to.pure(f"load i64, ptr {at}, align 8"))
        total = parts[0] if parts else None
        for part in parts[1:]:
            total = to.pure(f"add nuw nsw i64 {part}, {total}")
        return fixed, total

    def _times(self, text: str, factor: int) -> str:
        return text if factor == 1 else self.to.pure(f"mul nsw i64 {text}, {factor}")

    def _literal_at(self, numbers: Numbers) -> Operand:
        texts = tuple(map(literal, numbers.values))
        return self.to.load_constant(ONE, self._listed("double", texts, numbers.index))

    def _listed(self, unit: str, values: tuple[str, ...], index: str) -> str:
        """Return the address of the number that a list has for an index."""
        name = self.constants.name(unit, values)
        counter = self.counters[index]
        at = self._times(counter.text, counter.scale)
        if counter.shift:
            at = self.to.pure(f"add nuw nsw i64 {at}, {counter.shift}")
        return self.to.pure(f"getelementptr inbounds {unit}, ptr {name}, i64 {at}")

    def _type(self, address: Address) -> Type:
        return self.lanes if address.lanes else ONE

    # Reductions, roots and lookups.

    def _reduction(self, reduce: Reduce) -> Operand:
        start = Operand.literal(_STARTS[reduce.function])
        return self._reduce(reduce, list(reduce.indices), start)

    def _reduce(self, reduce: Reduce, indices: list[Index], total: Operand) -> Operand:
        """Return the result of a reduction over the indices that are left."""
        if not indices:
            value = self._numeric(self.emit(reduce.body))
            return self._call(_JOINS[reduce.function], [total, value])
        first, *others = indices
        count = len(first.elements)
        together = self._together(reduce, count) if not others else 1

        def several(counter: str, inner: Operand, start: int, number: int) -> Operand:
            for shift in range(start, start + number):
                self.counters[first.name] = Counter(counter, together, shift)
                inner = self._reduce(reduce, others, inner)
            return inner

        def iteration(counter: str, inner: list[Operand]) -> list[Operand]:
            return [several(counter, inner[0], 0, together)]

        type_ = self._type_of(reduce.body)
        (total,) = self.to.loop(count // together, [total], type_, iteration)
        rest = count % together
        return several("0", total, count - rest, rest)

    def _together(self, reduce: Reduce, count: int) -> int:
        """Return how many terms one iteration adds: more where little else is done.

        A wide iteration has enough to do; what nothing optimises waits for its total.
        """
        short = sum(1 for _ in walk(reduce.body)) <= _SHORT
        return min(_TOGETHER, count) if short and self.lanes == ONE else 1

    def _root(self, root: Root) -> Operand:
        """Return where what only falls comes down to a level, found by bisection."""
        type_ = self._type_of(root)
        a = Arithmetic(self.to, type_)
        low, high, level = (
            a.result(self.number(part, type_))
            for part in (root.low, root.high, root.level)
        )

        def middle(ends: list[Operand]) -> str:
            return a.multiply(a.number(0.5), a.add(ends[0].text, ends[1].text))

        def iteration(_: str, ends: list[Operand]) -> list[Operand]:
            between = middle(ends)
            self.targets[root.unknown] = a.result(between)
            above = a.compare("oge", self.number(root.body, type_), level.text)
            low = a.select(above, between, ends[0].text)
            high = a.select(above, ends[1].text, between)
            return [a.result(low), a.result(high)]

        # What the body reads of it has this type already.
        self.targets[root.unknown] = low
        found = self.to.loop(root.halvings, [low, high], type_, iteration)
        return a.result(middle(found))

    def _type_of(self, expr: Expr) -> Type:
        """Return whether an expression varies between lanes."""
        varies = any(map(self._varies, walk(expr)))
        return self.lanes if varies else ONE

    def _varies(self, part: Expr) -> bool:
        match part:
            case Value(variable=variable, places=places):
                address = self.storage.variables.get(variable)
                if address is not None:
                    return address.lanes
                # Not stored: an earlier task of this iteration computed it.
                found = self.to.known(self.key(variable, places))
                return found is not None and found.type.width > 1
            case Table(lookup=lookup):
                return self.storage.lookups[lookup].lanes
            case Unknown(name=name):
                return name in self.targets and self.targets[name].type.width > 1
            case _:
                return is_drawn(part)

    def _table(self, table: Table) -> Operand:
        address, lookup = self.storage.lookups[table.lookup], self.lookups[table.lookup]
        points = address.shape[-1]
        shape = tuple(len(axis.elements) for axis in lookup.axes)
        offset = offset_of(table.places, shape, 0).times(3 * points).plus(address.row)
        at = self._numeric(self.emit(table.at))
        type_ = self.lanes if address.lanes or at.type.width > 1 else ONE
        first = self.row(offset)

        def stored(row: str) -> str:
            place = self.to.pure(f"add nsw i64 {first}, {row}")
            number = self.to.load_constant(
                self._type(address), self.row_pointer(address, place)
            )
            return self.to.splat(number, type_)

        way = table.interpolation or lookup.interpolation
        a = Arithmetic(self.to, type_)
        reader = CurveReader(a, stored, points, way)
        return a.result(reader.read(self.to.splat(at, type_)))
