"""Put one expression in the place of a reference to it: counters translated."""

from collections.abc import Mapping
from dataclasses import replace

from cqsim.compile.ir import (
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
    Value,
)


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
