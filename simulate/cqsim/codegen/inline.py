"""Put a table of pairs into the one sum that reads it, so that it is never stored."""

from collections.abc import Callable
from dataclasses import replace
from math import prod

from cqsim.codegen.need import equations_of, with_equations
from cqsim.codegen.rename import Substitution
from cqsim.compile.ir import (
    Along,
    Auxiliary,
    Block,
    Call,
    Expr,
    Index,
    Reduce,
    Root,
    System,
    Table,
    Value,
    Variable,
    children,
)


def inline_pairs(system: System, outputs: frozenset[str]) -> System:
    """Put a variable of two or more axes into the one sum that reads it."""
    for _ in range(len(system.variables)):
        candidate = _candidate(system, outputs)
        if candidate is None:
            return system
        variables = dict(system.variables)
        source = variables.pop(candidate.name)
        assert isinstance(source, Auxiliary)
        block = source.blocks[0]

        def put(expr: Expr, block: Block = block, name: str = candidate.name) -> Expr:
            if isinstance(expr, Value) and expr.variable == name:
                counters = {
                    index.name: place
                    for index, place in zip(block.indices, expr.places, strict=True)
                }
                return Substitution(counters).apply(block.expr)
            return expr

        system = replace(
            system, variables={n: rewritten(v, put) for n, v in variables.items()}
        )
    return system


def _candidate(system: System, outputs: frozenset[str]) -> Auxiliary | None:
    uses: dict[str, list[int]] = {}
    for variable in system.variables.values():
        for blocks in equations_of(variable).values():
            for block in blocks:
                _count_uses(block.expr, _size(block.indices), False, uses)
    for variable in system.variables.values():
        plain = (
            isinstance(variable, Auxiliary)
            and variable.at_start is None
            and variable.name not in outputs
            and len(variable.axes) >= 2
            and len(variable.blocks) == 1
            and _is_whole(variable)
        )
        cells = prod(len(axis.elements) for axis in variable.axes)
        if plain and uses.get(variable.name) == [cells]:
            assert isinstance(variable, Auxiliary)
            return variable
    return None


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


def rewritten(variable: Variable, change: Callable[[Expr], Expr]) -> Variable:
    """Return a variable with every expression in it changed, innermost first."""
    fields = {
        name: tuple(replace(b, expr=deep(b.expr, change)) for b in blocks)
        for name, blocks in equations_of(variable).items()
    }
    return with_equations(variable, fields)


def deep(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """Return an expression with a change made to each part, innermost first."""
    match expr:
        case Call(arguments=arguments):
            expr = replace(expr, arguments=tuple(deep(a, change) for a in arguments))
        case Reduce(body=body):
            expr = replace(expr, body=deep(body, change))
        case Table(at=at):
            expr = replace(expr, at=deep(at, change))
        case Root(low=low, high=high, body=body, level=level):
            ends = deep(low, change), deep(high, change)
            inside = deep(body, change), deep(level, change)
            expr = Root(expr.unknown, *ends, *inside, expr.halvings)
        case _:
            pass
    return change(expr)
