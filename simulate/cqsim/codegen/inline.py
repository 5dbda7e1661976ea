"""Put a table of pairs into the one sum that reads it, so that it is never stored."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import prod

from cqsim.codegen.need import equations_of, exprs_of, with_equations
from cqsim.codegen.rename import Substitution
from cqsim.compile.ir import (
    Along,
    Auxiliary,
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

    return rewritten(reader, put)


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
