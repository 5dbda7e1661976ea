"""Rewrite equations so that less is computed: what a sum repeats, what time repeats.

Each rewriting keeps the value up to rounding, and depends on the equations alone, never
on the runs or outputs. Names that begin with `#` stand for temporaries.
"""

from collections import Counter
from dataclasses import dataclass, replace
from functools import reduce
from math import prod

from cqsim.compile.expr import (
    CONDITIONS,
    Expr,
    Index,
    IrCall,
    Reduce,
    Root,
    Scalar,
    Table,
    Value,
    children,
    indices_of,
    reindexed,
    walk,
    with_children,
)
from cqsim.compile.ir import (
    Auxiliary,
    Block,
    IrVariable,
    System,
    axes_over,
    block_over,
    value_over,
)
from cqsim.compile.order import ever, is_timed, moving_in

#: Functions that cost about what loading their result would; all others are costly.
_CHEAP = {*CONDITIONS, "add", "subtract", "multiply", "negative", "absolute"}
_CHEAP |= {"if", "minimum", "maximum", "truncate"}


def simplify(system: System) -> System:
    """Return a system whose variables take less work.

    It does not depend on what is recorded, nor do the bits of the numbers.
    """
    inlined, aside = _inline_pairs(system)
    return _Hoist(replace(system, variables={**inlined, **aside})).system()


class _Hoist:
    """Takes out of equations what need not be computed where it stands."""

    def __init__(self, system: System) -> None:
        self._given = system
        self._moving = moving_in(system)
        self._added: dict[str, IrVariable] = {}
        self._names: dict[tuple[Expr, tuple[Index, ...]], str] = {}

    def system(self) -> System:
        variables = {n: self._variable(v) for n, v in self._given.variables.items()}
        return replace(self._given, variables={**variables, **self._added})

    def _variable(self, variable: IrVariable) -> IrVariable:
        moving = variable.name in self._moving

        def hoisted(block: Block) -> Block:
            outer = {index.name: index for index in block.indices}
            return replace(block, expr=self._expr(block.expr, outer, moving))

        return variable.rewritten(hoisted)

    def _expr(self, expr: Expr, scope: dict[str, Index], moving: bool) -> Expr:
        if moving and _is_costly(expr) and not self._is_moving(expr):
            return self._temporary(expr, scope)
        match expr:
            case Reduce():
                return self._reduce(expr, scope, moving)
            case Root():
                return expr
            case _:
                parts = (self._expr(part, scope, moving) for part in children(expr))
                return with_children(expr, tuple(parts))

    def _reduce(self, reduce: Reduce, scope: dict[str, Index], moving: bool) -> Expr:
        inner = {index.name: index for index in reduce.indices}
        body = self._expr(reduce.body, {**scope, **inner}, moving)
        if reduce.function != "sum" or not scope:
            return replace(reduce, body=body)
        sides = _factors(body)
        outside = [[f for f in side if not indices_of(f) & {*inner}] for side in sides]
        alone = [[f for f in side if _is_within(f, inner)] for side in sides]
        taken = {id(f) for side in (*outside, *alone) for f in side}
        both = [[f for f in side if id(f) not in taken] for side in sides]
        if not both[0] and not both[1]:
            return replace(reduce, body=body)
        single = _joined(*alone)
        if isinstance(single, IrCall):
            single = self._temporary(single, inner)
        left = [single] if single != Scalar(1.0) else []
        total: Expr = replace(reduce, body=_joined([*left, *both[0]], both[1]))
        return _joined([*outside[0], total], outside[1])

    def _is_moving(self, expr: Expr) -> bool:
        return any(
            is_timed(part)
            or (isinstance(part, Value) and part.variable in self._moving)
            for part in walk(expr)
        )

    def _temporary(self, expr: Expr, scope: dict[str, Index]) -> Expr:
        """Return a reference to an expression under a name of ours."""
        needed = indices_of(expr)
        indices = tuple(index for name, index in scope.items() if name in needed)
        key = (expr, indices)
        if key not in self._names:
            name = self._names[key] = f"#part{len(self._names)}"
            blocks = block_over(indices, expr)
            self._added[name] = Auxiliary(name, axes_over(indices), blocks)
        return value_over(self._names[key], indices)


def _is_costly(expr: Expr) -> bool:
    if isinstance(expr, Reduce | Root | Table):
        return True
    calls = (part for part in walk(expr) if isinstance(part, IrCall))
    return isinstance(expr, IrCall) and any(c.function not in _CHEAP for c in calls)


def _is_within(factor: Expr, inner: dict[str, Index]) -> bool:
    """Tell whether a factor depends on a sum's own indices only."""
    needed = indices_of(factor)
    return bool(needed) and needed <= {*inner}


def _factors(expr: Expr) -> tuple[list[Expr], list[Expr]]:
    """Return what an expression multiplies, and what it divides by."""
    if not isinstance(expr, IrCall) or expr.function not in ("multiply", "divide"):
        return [expr], []
    first, second = (_factors(argument) for argument in expr.arguments)
    if expr.function == "divide":
        second = second[::-1]
    return [*first[0], *second[0]], [*first[1], *second[1]]


def _joined(above: list[Expr], below: list[Expr]) -> Expr:
    """Return a product, divided by another."""
    result = _product(above)
    return IrCall("divide", (result, _product(below))) if below else result


def _product(factors: list[Expr]) -> Expr:
    if not factors:
        return Scalar(1.0)
    return reduce(lambda x, y: IrCall("multiply", (x, y)), factors)


# A table of pairs that only one sum reads is put into it, and never stored.

_Uses = dict[str, Counter["_Use"]]


@dataclass(frozen=True, slots=True)
class _Use:
    """Who reads a variable, and how often in a sum; 0 times outside of all."""

    reader: str
    times: int


def _inline_pairs(
    system: System,
) -> tuple[dict[str, IrVariable], dict[str, IrVariable]]:
    """Put every variable of two or more axes into the one sum that reads it.

    Returns
    -------
    The variables without these, and what they were, for where they are wanted
    themselves.
    """
    variables = dict(system.variables)
    uses: _Uses = {name: Counter() for name in variables}
    for variable in variables.values():
        _count(variable, uses, 1)
    aside: dict[str, IrVariable] = {}
    waiting = list(variables)
    while waiting:
        name = waiting.pop(0)
        source = variables.get(name)
        if source is None or uses[name].total() != 1:
            continue
        (use,) = uses[name].elements()
        if isinstance(source, Auxiliary) and _is_pair(source, use.times):
            aside[name] = system.variables[name]
            reader = variables[use.reader]
            for before in (variables.pop(name), reader):
                _count(before, uses, -1)
            variables[use.reader] = _put_in(reader, source)
            _count(variables[use.reader], uses, 1)
            # What the variable read may now be read by one sum alone.
            waiting += [v.variable for v in source.exprs() if isinstance(v, Value)]
    return variables, aside


def _put_in(reader: IrVariable, source: Auxiliary) -> IrVariable:
    """Return a variable with the equation of another in the place of its name."""
    (block,) = source.blocks
    names = [index.name for index in block.indices]

    def put(expr: Expr) -> Expr:
        if isinstance(expr, Value) and expr.variable == source.name:
            return reindexed(block.expr, dict(zip(names, expr.places, strict=True)))
        return expr

    return reader.mapped(put)


def _is_pair(variable: Auxiliary, times: int) -> bool:
    if variable.at_start or len(variable.axes) < 2 or len(variable.blocks) != 1:
        return False
    (block,) = variable.blocks
    shape = tuple(len(index.elements) for index in block.indices)
    return times == variable.size == prod(shape) and block.target == tuple(
        index.whole for index in block.indices
    )


def _count(variable: IrVariable, uses: _Uses, by: int) -> None:
    """Add how often each reading of a variable's equations is computed, or take it off.

    It is 0 for one outside every sum. A table that a sum reads more often than it has
    cells is better stored.
    """

    def count(expr: Expr, times: int, summed: bool) -> None:
        if isinstance(expr, Value):
            uses[expr.variable][_Use(variable.name, times if summed else 0)] += by
        if isinstance(expr, Reduce):
            times, summed = times * _size(expr.indices), True
        # What a root reads, it reads at each halving.
        for child in children(expr) * (2 if isinstance(expr, Root) else 1):
            count(child, times, summed)

    for block in ever(variable):
        count(block.expr, _size(block.indices), False)


def _size(indices: tuple[Index, ...]) -> int:
    return prod(len(index.elements) for index in indices)
