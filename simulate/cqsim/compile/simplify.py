"""Rewrite equations so that less is computed: what a sum repeats, what time repeats.

Each rewriting keeps the value up to rounding, and depends on the equations alone, never
on the runs or outputs. Names that begin with `#` stand for temporaries.
"""

from dataclasses import dataclass, replace
from math import prod

from cqsim.compile.ir import (
    CONDITIONS,
    Along,
    Auxiliary,
    Axis,
    Block,
    Call,
    Expr,
    Index,
    Number,
    Place,
    Reduce,
    Root,
    System,
    Table,
    Value,
    Variable,
    children,
    indices_of,
    walk,
)
from cqsim.compile.order import is_timed, plan_of
from cqsim.compile.rewrite import (
    Substitution,
    equations_of,
    exprs_of,
    map_equations,
    with_equations,
)

#: Functions that cost about what loading their result would; all others are costly.
_CHEAP = frozenset(
    (
        *CONDITIONS,
        "add",
        "subtract",
        "multiply",
        "negative",
        "absolute",
        "if",
        "minimum",
        "maximum",
        "truncate",
    )
)


def simplify(system: System) -> System:
    """Return a system whose variables take less work.

    It does not depend on what is recorded, nor do the bits of the numbers.
    """
    inlined, aside = inline_pairs(system)
    variables = {**inlined.variables, **aside}
    return _Hoist(replace(system, variables=variables)).system()


class _Hoist:
    """Takes out of equations what need not be computed where it stands."""

    def __init__(self, system: System) -> None:
        self._given = system
        self._moving = plan_of(system).moving
        self._added: dict[str, Variable] = {}
        self._names: dict[tuple[Expr, tuple[Index, ...]], str] = {}

    def system(self) -> System:
        variables = {n: self._variable(v) for n, v in self._given.variables.items()}
        return replace(self._given, variables={**variables, **self._added})

    def _variable(self, variable: Variable) -> Variable:
        if not exprs_of(variable):
            return variable
        fields = {
            name: tuple(self._block(variable, block) for block in blocks)
            for name, blocks in equations_of(variable).items()
        }
        return with_equations(variable, fields)

    def _block(self, variable: Variable, block: Block) -> Block:
        outer = {index.name: index for index in block.indices}
        moving = variable.name in self._moving
        return replace(block, expr=self._expr(block.expr, outer, moving))

    def _expr(self, expr: Expr, scope: dict[str, Index], moving: bool) -> Expr:
        if moving and _is_costly(expr) and not self._is_moving(expr):
            return self._temporary(expr, scope)
        if isinstance(expr, Reduce):
            return self._reduce(expr, scope, moving)
        match expr:
            case Call(arguments=arguments):
                parts = tuple(self._expr(a, scope, moving) for a in arguments)
                return replace(expr, arguments=parts)
            case Table(at=at):
                return replace(expr, at=self._expr(at, scope, moving))
            case _:
                return expr

    def _reduce(self, reduce: Reduce, scope: dict[str, Index], moving: bool) -> Expr:
        inner = {index.name: index for index in reduce.indices}
        wider = {**scope, **inner}
        body = self._expr(reduce.body, wider, moving)
        if reduce.function != "sum" or not scope:
            return replace(reduce, body=body)
        above, below = _factors(body)
        own = frozenset(inner)
        outside = [
            [f for f in side if not indices_of(f) & own] for side in (above, below)
        ]
        alone = [
            [f for f in side if indices_of(f) and indices_of(f) <= own]
            for side in (above, below)
        ]
        taken = {id(f) for side in (*outside, *alone) for f in side}
        both = [[f for f in side if id(f) not in taken] for side in (above, below)]
        if not both[0] and not both[1]:
            return replace(reduce, body=body)
        single = _joined(*alone)
        if isinstance(single, Call):
            single = self._temporary(single, inner)
        left = [single] if single != Number(1.0) else []
        total: Expr = replace(reduce, body=_joined([*left, *both[0]], both[1]))
        return _joined([*outside[0], total], outside[1])

    def _is_moving(self, expr: Expr) -> bool:
        for part in walk(expr):
            if isinstance(part, Value) and part.variable in self._moving:
                return True
            if is_timed(part):
                return True
        return False

    def _temporary(self, expr: Expr, scope: dict[str, Index]) -> Expr:
        """Return a reference to an expression under a name of ours."""
        needed = indices_of(expr)
        indices = tuple(index for name, index in scope.items() if name in needed)
        places: tuple[Place, ...] = tuple(
            Along(index.name, tuple(range(len(index.elements)))) for index in indices
        )
        key = (expr, indices)
        if key not in self._names:
            name = f"#part{len(self._names)}"
            self._names[key] = name
            axes = tuple(Axis(index.name, index.elements) for index in indices)
            self._added[name] = Auxiliary(name, axes, (Block(indices, places, expr),))
        return Value(self._names[key], places)


def _is_costly(expr: Expr) -> bool:
    if isinstance(expr, Reduce | Root | Table):
        return True
    return isinstance(expr, Call) and any(
        isinstance(part, Call) and part.function not in _CHEAP for part in walk(expr)
    )


def _factors(expr: Expr) -> tuple[list[Expr], list[Expr]]:
    """Return what an expression multiplies, and what it divides by."""
    if isinstance(expr, Call) and expr.function == "multiply":
        first, second = (_factors(argument) for argument in expr.arguments)
        return [*first[0], *second[0]], [*first[1], *second[1]]
    if isinstance(expr, Call) and expr.function == "divide":
        first, second = (_factors(argument) for argument in expr.arguments)
        return [*first[0], *second[1]], [*first[1], *second[0]]
    return [expr], []


def _joined(above: list[Expr], below: list[Expr]) -> Expr:
    """Return a product, divided by another."""
    result = _product(above)
    return Call("divide", (result, _product(below))) if below else result


def _product(factors: list[Expr]) -> Expr:
    if not factors:
        return Number(1.0)
    result = factors[0]
    for factor in factors[1:]:
        result = Call("multiply", (result, factor))
    return result


# A table of pairs that only one sum reads is put into it, and never stored.


def inline_pairs(system: System) -> tuple[System, dict[str, Variable]]:
    """Put every variable of two or more axes into the one sum that reads it.

    Returns
    -------
    The system without these variables, and what they were, for where they are wanted
    themselves.
    """
    variables = dict(system.variables)
    uses: dict[str, list[_Use]] = {}
    for variable in variables.values():
        _add_uses(variable, uses)
    aside: dict[str, Variable] = {}
    waiting = list(variables)
    while waiting:
        name = waiting.pop(0)
        source, found = variables.get(name), uses.get(name, [])
        if source is not None and len(found) == 1 and _is_pair(source, found[0].times):
            reader = found[0].reader
            aside[name] = system.variables[name]
            _remove_uses(variables.pop(name), uses)
            _remove_uses(variables[reader], uses)
            variables[reader] = _put_in(variables[reader], source)
            _add_uses(variables[reader], uses)
            # What the variable read may now be read by one sum alone.
            waiting += [v.variable for v in _values_of(source)]
    return replace(system, variables=variables), aside


@dataclass(frozen=True, slots=True)
class _Use:
    """Who reads a variable, and how often in a sum; 0 times outside of all."""

    reader: str
    times: int


def _add_uses(variable: Variable, uses: dict[str, list[_Use]]) -> None:
    counts: dict[str, list[int]] = {}
    for blocks in equations_of(variable).values():
        for block in blocks:
            _count_uses(block.expr, _size(block.indices), False, counts)
    for name, times in counts.items():
        uses.setdefault(name, []).extend(_Use(variable.name, n) for n in times)


def _remove_uses(variable: Variable, uses: dict[str, list[_Use]]) -> None:
    for value in _values_of(variable):
        kept = [use for use in uses[value.variable] if use.reader != variable.name]
        uses[value.variable] = kept


def _values_of(variable: Variable) -> list[Value]:
    return [expr for expr in exprs_of(variable) if isinstance(expr, Value)]


def _put_in(reader: Variable, source: Variable) -> Variable:
    """Return a variable with the equation of another in the place of its name."""
    assert isinstance(source, Auxiliary)
    block = source.blocks[0]

    def put(expr: Expr) -> Expr:
        if isinstance(expr, Value) and expr.variable == source.name:
            places = zip(block.indices, expr.places, strict=True)
            counters = {index.name: place for index, place in places}
            return Substitution(counters).apply(block.expr)
        return expr

    return map_equations(reader, put)


def _is_pair(variable: Variable, times: int) -> bool:
    return (
        isinstance(variable, Auxiliary)
        and variable.at_start is None
        and len(variable.axes) >= 2
        and len(variable.blocks) == 1
        and times == prod(len(axis.elements) for axis in variable.axes)
        and _is_whole(variable)
    )


def _is_whole(variable: Auxiliary) -> bool:
    block = variable.blocks[0]
    return len(block.indices) == len(variable.axes) and all(
        isinstance(place, Along)
        and place.index == index.name
        and place.positions == tuple(range(len(axis.elements)))
        for place, index, axis in zip(
            block.target, block.indices, variable.axes, strict=True
        )
    )


def _count_uses(
    expr: Expr, times: int, summed: bool, uses: dict[str, list[int]]
) -> None:
    """Add how often each reading is computed, 0 for one outside every sum.

    A table that a sum reads more often than it has cells is better stored.
    """
    if isinstance(expr, Value):
        uses.setdefault(expr.variable, []).append(times if summed else 0)
    inside = summed or isinstance(expr, Reduce)
    if isinstance(expr, Reduce):
        times *= _size(expr.indices)
    # What a root reads, it reads at each halving.
    repeats = 2 if isinstance(expr, Root) else 1
    for child in children(expr) * repeats:
        _count_uses(child, times, inside, uses)


def _size(indices: tuple[Index, ...]) -> int:
    return prod(len(index.elements) for index in indices)
