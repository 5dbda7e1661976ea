"""Expressions as NumPy text: arrays whose axes are counters, the run axis last.

The run axis has length 1 for what no run varies, so that NumPy's broadcasting computes
it once. A piece of text knows which counters its array has axes for, in the order in
which the equation opened them.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cqsim.codegen.piece import ATOM, LOOSEST, POWER, PRODUCT, SIGN, SUM, Piece, Pool
from cqsim.codegen.positions import contiguous, everything, gather, rows_of, slot
from cqsim.compile.ir import (
    CONDITIONS,
    TIMED,
    Along,
    Call,
    Expr,
    Fixed,
    Index,
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
    indices_of,
)

_OPERATORS = {
    "add": ("+", SUM),
    "subtract": ("-", SUM),
    "multiply": ("*", PRODUCT),
    "divide": ("/", PRODUCT),
}

_FUNCTIONS = {
    "power": "np.power",
    "minimum": "np.minimum",
    "maximum": "np.maximum",
    "absolute": "np.abs",
    "log": "np.log",
    "truncate": "np.trunc",
    "if": "np.where",
    "equal": "np.equal",
    "unequal": "np.not_equal",
    "less": "np.less",
    "at most": "np.less_equal",
    "greater": "np.greater",
    "at least": "np.greater_equal",
    "and": "np.logical_and",
    "or": "np.logical_or",
    "not": "np.logical_not",
}

_REDUCTIONS = {
    "sum": "np.add.reduce",
    "product": "np.multiply.reduce",
    "least": "np.minimum.reduce",
    "greatest": "np.maximum.reduce",
}

_ENDURING = {"sum": "np.multiply", "product": "np.power"}


class Pieces:
    """Emits the expressions of one equation.

    Parameters
    ----------
    indices
        The counters of the equation, in order.
    variable, lookup
        Return the identifiers of a variable and of a lookup.
    lengths
        Returns the shape of a variable or lookup.
    pool
        Takes the arrays that the text refers to.
    """

    def __init__(
        self,
        indices: Sequence[Index],
        variable: Callable[[str], str],
        lookup: Callable[[str], str],
        lengths: Callable[[str], tuple[int, ...]],
        pool: Pool,
    ) -> None:
        self._rank = {index.name: n for n, index in enumerate(indices)}
        self._size = {index.name: len(index.elements) for index in indices}
        self._variable = variable
        self._lookup = lookup
        self._lengths = lengths
        self._pool = pool
        self._unknowns: dict[str, Piece] = {}
        self._emitters: dict[type, Callable[[Any], Piece]] = {
            Number: self._number,
            Numbers: self._numbers,
            Time: lambda _: Piece("time"),
            TimeStep: lambda _: Piece("time_step"),
            Value: self._value,
            Table: self._table,
            Reduce: self._reduce,
            Call: self._call,
            Root: self._root,
            Unknown: lambda u: self._unknowns[u.name],
        }

    def emit(self, expr: Expr) -> Piece:
        """Return an expression as text."""
        return self._emitters[type(expr)](expr)

    def full(self, piece: Piece, indices: Sequence[Index]) -> str:
        """Return text with an axis for each counter, and for the run."""
        names = tuple(index.name for index in indices)
        text = f"{piece.within(ATOM)} * 1.0" if piece.condition else piece.text
        if piece.indices == names and names:
            return text
        shape = tuple(len(index.elements) for index in indices)
        aligned = self._aligned(Piece(text, piece.indices, LOOSEST), names)
        return f"spread({aligned}, {shape})"

    @staticmethod
    def _number(number: Number) -> Piece:
        if not np.isfinite(number.value):
            return Piece(f"np.float64('{number.value}')")
        binding = ATOM if number.value >= 0 else SIGN
        return Piece(repr(number.value), binding=binding)

    def _numbers(self, numbers: Numbers) -> Piece:
        values = numbers.values
        name = self._pool.name(values, lambda: np.array(values)[:, None])
        return Piece(name, (numbers.index,))

    def _value(self, value: Value) -> Piece:
        lengths = self._lengths(value.variable)
        return self._slice(self._variable(value.variable), value.places, lengths)

    def _call(self, call: Call) -> Piece:
        name = call.function
        pieces = [self.emit(argument) for argument in call.arguments]
        union = self._union(pieces)
        truths = {0} if name == "if" else set(range(3)) if name in _LOGIC else set()
        pieces = [p if n in truths else self._numeric(p) for n, p in enumerate(pieces)]
        if name in _OPERATORS:
            return self._operator(name, pieces, union)
        if name == "negative":
            return Piece(f"-{self._aligned(pieces[0], union, POWER)}", union, SIGN)
        function = _FUNCTIONS.get(name) or (
            f"np.{name}" if name in _NUMPY_SAME else name.replace(" ", "_")
        )
        clock = ["time", "time_step"] if name in TIMED else []
        parts = [self._aligned(piece, union) for piece in pieces]
        text = f"{function}({', '.join([*clock, *parts])})"
        return Piece(text, union, condition=name in CONDITIONS)

    def _operator(
        self, name: str, pieces: list[Piece], union: tuple[str, ...]
    ) -> Piece:
        sign, binding = _OPERATORS[name]
        left = self._aligned(pieces[0], union, binding)
        # The order in which the modeller added is kept, so a right side is grouped.
        right = self._aligned(pieces[1], union, binding + 1)
        if name == "divide" and right in ("0.0", "-0.0"):
            # Python's own nought is no divisor.
            right = f"np.float64({right})"
        return Piece(f"{left} {sign} {right}", union, binding)

    @staticmethod
    def _numeric(piece: Piece) -> Piece:
        if not piece.condition:
            return piece
        return Piece(f"{piece.within(PRODUCT)} * 1.0", piece.indices, PRODUCT)

    def _union(self, pieces: Sequence[Piece]) -> tuple[str, ...]:
        names = {name for piece in pieces for name in piece.indices}
        return tuple(sorted(names, key=lambda name: self._rank[name]))

    @staticmethod
    def _aligned(piece: Piece, union: tuple[str, ...], binding: int = 0) -> str:
        """Return text whose axes fall in line with those of a wider array."""
        after = union[union.index(piece.indices[0]) :] if piece.indices else ()
        if after == piece.indices:
            return piece.within(binding)
        slots = ", ".join(":" if name in piece.indices else "None" for name in after)
        return f"{piece.within(ATOM)}[{slots}, :]"

    def _slice(
        self, name: str, places: tuple[Place, ...], lengths: tuple[int, ...]
    ) -> Piece:
        """Return the part of an array that places point to."""
        along = [place.index for place in places if isinstance(place, Along)]
        ranks = [self._rank[index] for index in along]
        order = tuple(sorted(set(along), key=lambda index: self._rank[index]))
        simple = all(
            isinstance(place, Fixed) or contiguous(place.positions) for place in places
        )
        if simple and ranks == sorted(set(ranks)):
            if all(map(everything, places, lengths)):
                return Piece(name, order)
            slots = ", ".join(map(slot, places))
            return Piece(f"{name}[{slots}]", order)
        grid = self._pool.name(
            (places, order), lambda: gather(places, order, self._size)
        )
        return Piece(f"{name}[{grid}]", order)

    def _table(self, table: Table) -> Piece:
        at = self._numeric(self.emit(table.at))
        name = self._lookup(table.lookup)
        if not table.places:
            return Piece(f"read({name}, {at.text})", at.indices)
        along = {p.index for p in table.places if isinstance(p, Along)}
        union = self._union([at, Piece("", tuple(along))])
        places = table.places
        rows = self._pool.name(
            ("rows", table.lookup, places, union),
            lambda: rows_of(places, self._lengths(table.lookup), union, self._size),
        )
        return Piece(f"read_rows({name}, {rows}, {self._aligned(at, union)})", union)

    def _reduce(self, reduce: Reduce) -> Piece:
        for index in reduce.indices:
            self._rank[index.name] = len(self._rank)
            self._size[index.name] = len(index.elements)
        body = self._numeric(self.emit(reduce.body))
        closed = {index.name for index in reduce.indices}
        axes = tuple(n for n, name in enumerate(body.indices) if name in closed)
        left = tuple(name for name in body.indices if name not in closed)
        text = body.text
        if axes:
            axis = str(axes[0]) if len(axes) == 1 else str(axes)
            text = f"{_REDUCTIONS[reduce.function]}({body.text}, {axis})"
        constant = closed - set(body.indices)
        repeat = (
            int(np.prod([self._size[name] for name in constant])) if constant else 1
        )
        if repeat > 1 and reduce.function in _ENDURING:
            return Piece(f"{_ENDURING[reduce.function]}({text}, {repeat}.0)", left)
        return Piece(text, left, ATOM if axes else LOOSEST)

    def _root(self, root: Root) -> Piece:
        found = indices_of(root)
        names = tuple(sorted(found, key=lambda name: self._rank[name]))
        unknown = f"u{len(self._unknowns)}"
        ends = (root.low, root.high, root.level)
        low, high, level = (
            self._aligned(self._numeric(self.emit(part)), names) for part in ends
        )
        self._unknowns[root.unknown] = Piece(unknown, names)
        body = self._aligned(self._numeric(self.emit(root.body)), names)
        given = f"lambda {unknown}: {body}, {low}, {high}, {level}, {root.halvings}"
        return Piece(f"root({given})", names)


_LOGIC = frozenset(("and", "or", "not"))

_NUMPY_SAME = frozenset(
    [
        "exp",
        "sqrt",
        "sin",
        "cos",
        "tan",
        "arcsin",
        "arccos",
        "arctan",
        "sinh",
        "cosh",
        "tanh",
    ]
)
