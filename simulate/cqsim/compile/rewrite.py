"""Change the equations of a variable, part by part."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from cqsim.compile.ir import (
    Along,
    Auxiliary,
    Blocks,
    Call,
    Constant,
    Expr,
    Fixed,
    Index,
    Initial,
    Memory,
    Number,
    Numbers,
    Pipeline,
    Place,
    Reduce,
    Root,
    Stock,
    Table,
    Value,
    Variable,
    walk,
)


def equations_of(variable: Variable) -> dict[str, Blocks]:
    """Return all equations of a variable, by what they give."""
    match variable:
        case Constant():
            return {}
        case Auxiliary(blocks=blocks, at_start=at_start):
            return {"blocks": blocks, "at_start": at_start or ()}
        case Initial(blocks=blocks):
            return {"blocks": blocks}
        case Stock(initial=initial, rate=rate):
            return {"initial": initial, "rate": rate}
        case Memory(initial=initial, following=following):
            return {"initial": initial, "following": following}
        case Pipeline(initial=initial, inflow=inflow, delay=delay):
            return {"initial": initial, "inflow": inflow, "delay": delay}


def with_equations(variable: Variable, fields: Mapping[str, Blocks]) -> Variable:
    """Return a variable with other equations, named as `equations_of` names them."""
    given: dict[str, Any] = dict(fields)
    if isinstance(variable, Auxiliary) and variable.at_start is None:
        given.pop("at_start", None)
    return replace(variable, **given) if given else variable


def exprs_of(variable: Variable) -> Iterable[Expr]:
    """Yield every expression within a variable's equations."""
    for blocks in equations_of(variable).values():
        for block in blocks:
            yield from walk(block.expr)


def map_equations(variable: Variable, change: Callable[[Expr], Expr]) -> Variable:
    """Return a variable with every expression in it changed, innermost first."""
    fields = {
        name: tuple(replace(b, expr=map_expr(b.expr, change)) for b in blocks)
        for name, blocks in equations_of(variable).items()
    }
    return with_equations(variable, fields)


def map_expr(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """Return an expression with a change made to each part, innermost first."""
    match expr:
        case Call(arguments=arguments):
            expr = replace(
                expr, arguments=tuple(map_expr(a, change) for a in arguments)
            )
        case Reduce(body=body):
            expr = replace(expr, body=map_expr(body, change))
        case Table(at=at):
            expr = replace(expr, at=map_expr(at, change))
        case Root(low=low, high=high, body=body, level=level):
            ends = map_expr(low, change), map_expr(high, change)
            inside = map_expr(body, change), map_expr(level, change)
            expr = Root(expr.unknown, *ends, *inside, expr.halvings)
        case _:
            pass
    return change(expr)


class Substitution:
    """Translates the counters of an expression, and gives inner ones fresh names.

    Parameters
    ----------
    counters
        For each counter to replace, the place that takes its part: where an `Along`
        lists, for each turn of the new counter, the turn of the old one.
    """

    _given = 0

    def __init__(self, counters: Mapping[str, Place]) -> None:
        self._counters = dict(counters)

    def apply(self, expr: Expr) -> Expr:
        """Return the expression as seen with the new counters."""
        match expr:
            case Value(variable=variable, places=places):
                return Value(variable, self._places(places))
            case Table(places=places, at=at):
                return replace(expr, places=self._places(places), at=self.apply(at))
            case Numbers(index=index, values=values):
                return self._numbers(index, values)
            case Call(function=function, arguments=arguments):
                return Call(function, tuple(map(self.apply, arguments)))
            case Reduce(function=function, indices=indices, body=body):
                fresh = tuple(self._fresh(index) for index in indices)
                return Reduce(function, fresh, self.apply(body))
            case Root(low=low, high=high, body=body, level=level):
                ends = self.apply(low), self.apply(high)
                inside = self.apply(body), self.apply(level)
                return Root(expr.unknown, *ends, *inside, expr.halvings)
            case _:
                return expr

    def _places(self, places: tuple[Place, ...]) -> tuple[Place, ...]:
        return tuple(self._place(place) for place in places)

    def _place(self, place: Place) -> Place:
        if isinstance(place, Fixed) or place.index not in self._counters:
            return place
        new = self._counters[place.index]
        if isinstance(new, Fixed):
            return Fixed(place.positions[new.position])
        turns = tuple(place.positions[turn] for turn in new.positions)
        return Along(new.index, turns)

    def _numbers(self, index: str, values: tuple[float, ...]) -> Expr:
        new = self._counters.get(index)
        if new is None:
            return Numbers(index, values)
        if isinstance(new, Fixed):
            return Number(values[new.position])
        return Numbers(new.index, tuple(values[turn] for turn in new.positions))

    def _fresh(self, index: Index) -> Index:
        Substitution._given += 1
        name = f"{index.name.split('~')[0]}~{Substitution._given}"
        self._counters[index.name] = Along(name, tuple(range(len(index.elements))))
        return Index(name, index.elements)
