"""Expressions as LLVM instructions on lanes, within the loops of a fused body."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cqsim.codegen.assembly import Arithmetic, Assembly, Kind
from cqsim.codegen.lane_calls import CALLS
from cqsim.codegen.lane_lookup import CurveReader
from cqsim.codegen.lane_market import emit_root
from cqsim.codegen.lists import Tables
from cqsim.codegen.need import is_drawn
from cqsim.codegen.operand import Operand, Timing
from cqsim.codegen.storage import Home, Offset, Storage, offset_of
from cqsim.compile.ir import (
    TIMED,
    Along,
    Call,
    Expr,
    Index,
    Lookup,
    Number,
    Numbers,
    Place,
    Reduce,
    Root,
    Table,
    Time,
    TimeStep,
    Unknown,
    Value,
    walk,
)

ONE = Kind(1)

_JOINS = {
    "sum": "add",
    "product": "multiply",
    "least": "minimum",
    "greatest": "maximum",
}
_STARTS = {"sum": 0.0, "product": 1.0, "least": float("inf"), "greatest": -float("inf")}


@dataclass
class Body:
    """The instructions of one loop nest, and the values they have at hand.

    Attributes
    ----------
    counters
        The value of each counter of the equation being emitted.
    known
        What has been loaded or computed at the current turn, by where it is stored.
    unknowns
        What roots look for, at the current halving.
    """

    to: Assembly
    lanes: Kind
    storage: Storage
    lookups: Mapping[str, Lookup]
    tables: Tables
    counters: dict[str, str] = field(default_factory=dict)
    known: dict[object, Operand] = field(default_factory=dict)
    unknowns: dict[str, Operand] = field(default_factory=dict)

    def emit(self, expr: Expr) -> Operand:
        """Return the value of an expression."""
        return self._emitters()[type(expr)](expr)

    def _emitters(self) -> dict[type, Callable[[Any], Operand]]:
        return {
            Number: lambda n: Operand.literal(n.value),
            Time: lambda t: Operand("%held" if t.held else "%time", ONE),
            TimeStep: lambda _: Operand("%step", ONE),
            Numbers: lambda n: self._literal_at(n.index, n.values),
            Value: lambda v: self._value(v.variable, v.places),
            Table: self._table,
            Reduce: self._reduce,
            Call: self._called,
            Root: lambda r: emit_root(self, r),
            Unknown: lambda u: self.unknowns[u.name],
        }

    def _called(self, call: Call) -> Operand:
        operands = [self.emit(argument) for argument in call.arguments]
        return self._call(call.function, operands)

    def _call(self, function: str, operands: list[Operand]) -> Operand:
        differs = function == "draw" or any(o.kind.width > 1 for o in operands)
        kind = self.lanes if differs else ONE
        arithmetic = Arithmetic(self.to, kind)
        timing = self._timing(function, kind)
        wide = [operand.of(self.widen(operand, kind)) for operand in operands]
        return CALLS[function](arithmetic, wide, timing)

    def _timing(self, function: str, kind: Kind) -> Timing:
        if function in TIMED:
            clock = (Operand(name, ONE) for name in ("%held", "%step"))
            return Timing(*(self.widen(part, kind) for part in clock))
        if function == "draw":
            a = Arithmetic(self.to, kind)
            lanes = ", ".join(f"i64 {lane}" for lane in range(kind.width))
            run = self._integer("%first", kind)
            if kind.width > 1:
                run = a.whole("add", run, f"<{lanes}>")
            return Timing("", "", run, self._integer("%count", kind))
        return Timing("", "")

    def _integer(self, text: str, kind: Kind) -> str:
        """Return an integer, repeated in every lane where lanes are wanted."""
        if kind.width == 1:
            return text
        one = self.to.let(f"insertelement {kind.whole} poison, i64 {text}, i64 0")
        zeros = f"<{kind.width} x i32> zeroinitializer"
        return self.to.let(
            f"shufflevector {kind.whole} {one}, {kind.whole} poison, {zeros}"
        )

    def widen(self, operand: Operand, kind: Kind) -> str:
        """Return an operand's text, repeated in every lane where lanes are wanted."""
        if operand.value is not None:
            return kind.number(operand.value)
        if operand.kind.width == kind.width:
            return operand.text
        key = ("wide", operand.text)
        if key not in self.known:
            source = "i1" if operand.truth else "double"
            vector = kind.truth if operand.truth else kind.real
            one = self.to.let(
                f"insertelement {vector} poison, {source} {operand.text}, i64 0"
            )
            zeros = f"<{kind.width} x i32> zeroinitializer"
            text = self.to.let(
                f"shufflevector {vector} {one}, {vector} poison, {zeros}"
            )
            self.known[key] = Operand(text, kind, operand.truth)
        return self.known[key].text

    def numeric(self, operand: Operand) -> Operand:
        """Return a truth value as 1 or 0, and a number as it is."""
        if not operand.truth:
            return operand
        kind = operand.kind
        a = Arithmetic(self.to, kind)
        return Operand(a.select(operand.text, a.number(1.0), a.number(0.0)), kind)

    def _value(self, variable: str, places: tuple[Place, ...]) -> Operand:
        key = self.key(variable, places)
        if key not in self.known:
            home = self.storage.variables[variable]
            pointer = self.pointer(home, places)
            self.known[key] = self._load(pointer, home.lanes)
        return self.known[key]

    def key(self, variable: str, places: tuple[Place, ...]) -> object:
        """Return what tells a place in a variable, at this turn, from any other."""
        return variable, tuple(
            (self.counters[place.index], place.positions)
            if isinstance(place, Along)
            else place.position
            for place in places
        )

    def _load(self, pointer: str, lanes: bool) -> Operand:
        kind = self.lanes if lanes else ONE
        align = 8 * kind.width
        return Operand(
            self.to.let(f"load {kind.real}, ptr {pointer}, align {align}"), kind
        )

    def load(self, home: Home, row: str) -> Operand:
        """Return the value in a row of an area."""
        return self._load(self.address(home, row), home.lanes)

    def pointer(self, home: Home, places: tuple[Place, ...]) -> str:
        """Return the address of an element."""
        row = self.row(offset_of(places, home.shape, home.row))
        return self.address(home, row)

    def address(self, home: Home, row: str) -> str:
        """Return the address of a row of an area."""
        unit = self.lanes.real if home.lanes else "double"
        return self.to.let(
            f"getelementptr inbounds {unit}, ptr %{home.area}, i64 {row}"
        )

    def row(self, offset: Offset) -> str:
        """Return a row as a value, from the counters."""
        total = str(offset.base)
        for index, step in offset.steps:
            counter = self.counters[index]
            if step == 0:
                continue
            part = counter
            if step != 1:
                part = self.to.let(f"mul nuw nsw i64 {counter}, {step}")
            total = self.to.let(f"add nuw nsw i64 {part}, {total}")
        for index, rows in offset.listed:
            name = self.tables.name("i64", tuple(map(str, rows)))
            at = self.to.let(
                f"getelementptr inbounds i64, ptr {name}, i64 {self.counters[index]}"
            )
            part = self.to.let(f"load i64, ptr {at}, align 8")
            total = self.to.let(f"add nuw nsw i64 {part}, {total}")
        return total

    def _literal_at(self, index: str, values: tuple[float, ...]) -> Operand:
        from cqsim.codegen.assembly import literal

        name = self.tables.name("double", tuple(map(literal, values)))
        at = self.to.let(
            f"getelementptr inbounds double, ptr {name}, i64 {self.counters[index]}"
        )
        return self._load(at, lanes=False)

    def _reduce(self, reduce: Reduce) -> Operand:
        start = Operand.literal(_STARTS[reduce.function])
        kind = self.kind_of(reduce.body)
        return self._turns(list(reduce.indices), reduce, start, kind)

    def _turns(
        self, indices: list[Index], reduce: Reduce, total: Operand, kind: Kind
    ) -> Operand:
        """Return the result of a reduction over the counters that are left."""
        if not indices:
            value = self.numeric(self.emit(reduce.body))
            return self._call(_JOINS[reduce.function], [total, value])
        first, *others = indices

        def body(counter: str, inner: list[Operand]) -> list[Operand]:
            self.counters[first.name] = counter
            return [self._turns(others, reduce, inner[0], kind)]

        return self.loop(len(first.elements), [total], kind, body)[0]

    def kind_of(self, expr: Expr) -> Kind:
        """Return whether an expression differs between lanes."""
        for part in walk(expr):
            if isinstance(part, Value) and self.storage.variables[part.variable].lanes:
                return self.lanes
            if isinstance(part, Table) and self.storage.lookups[part.lookup].lanes:
                return self.lanes
            if isinstance(part, Unknown) and self._is_lanes(part):
                return self.lanes
            if is_drawn(part):
                return self.lanes
        return ONE

    def _is_lanes(self, unknown: Unknown) -> bool:
        known = self.unknowns.get(unknown.name)
        return known is not None and known.kind.width > 1

    def loop(
        self,
        count: int,
        carried: list[Operand],
        kind: Kind,
        body: Callable[[str, list[Operand]], list[Operand]],
    ) -> list[Operand]:
        """Emit a loop that carries values from turn to turn."""
        to, real = self.to, kind.real
        starts = [self.widen(value, kind) for value in carried]
        head, after = to.fresh("loop"), to.fresh("after")
        counter, following = to.fresh("i"), to.fresh("i")
        names = [to.fresh("c") for _ in carried]
        before = to.block
        to.jump(head)
        to.label(head)
        mark = len(to.lines)
        outer, self.known = self.known, dict(self.known)
        inner = [Operand(name, kind) for name in names]
        ends = [self.widen(v, kind) for v in body(counter, inner)]
        self.known = outer
        phis = [f"  {counter} = phi i64 [ 0, %{before} ], [ {following}, %{to.block} ]"]
        phis += [
            f"  {name} = phi {real} [ {start}, %{before} ], [ {end}, %{to.block} ]"
            for name, start, end in zip(names, starts, ends, strict=True)
        ]
        to.lines[mark:mark] = phis
        to.say(f"{following} = add nuw nsw i64 {counter}, 1")
        done = to.let(f"icmp eq i64 {following}, {count}")
        to.branch(done, after, head)
        to.label(after)
        return [Operand(end, kind) for end in ends]

    def _table(self, table: Table) -> Operand:
        home = self.storage.lookups[table.lookup]
        lookup = self.lookups[table.lookup]
        shape = tuple(len(axis.elements) for axis in lookup.axes)
        points = self.storage.points[table.lookup]
        offset = offset_of(table.places, shape, 0).times(3 * points).plus(home.row)
        at = self.numeric(self.emit(table.at))
        kind = self.lanes if home.lanes or at.kind.width > 1 else ONE
        row = self.row(offset)
        way = table.interpolation or lookup.interpolation
        reader = CurveReader(self, home, row, kind, points, way)
        return reader.read(at)
