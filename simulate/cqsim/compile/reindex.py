"""Expressions seen from elsewhere: with indices in the place of others."""

from collections.abc import Mapping
from dataclasses import replace

from cqsim.compile.expr import (
    Along,
    Expr,
    Fixed,
    Number,
    Numbers,
    Place,
    Reduce,
    Table,
    Value,
    children,
    indices_of,
    with_children,
)


def reindexed(expr: Expr, turned: Mapping[str, Place]) -> Expr:
    """Return an expression seen from elsewhere: with indices in the place of others.

    Parameters
    ----------
    turned
        For each index to replace, what takes its part: one turn of it, or another index
        with the turn of the old one at each of its own.
    """
    if isinstance(expr, Reduce):
        expr, turned = _apart(expr, turned)
    if not turned:
        return expr
    parts = tuple(reindexed(part, turned) for part in children(expr))
    match with_children(expr, parts):
        case Value(variable=variable, places=places):
            return Value(variable, places_at(places, turned))
        case Table(places=places) as table:
            return replace(table, places=places_at(places, turned))
        case Numbers(index=index, values=values) if index in turned:
            new = turned[index]
            if isinstance(new, Fixed):
                return Number(values[new.position])
            return Numbers(new.index, tuple(values[turn] for turn in new.positions))
        case same:
            return same


def places_at(
    places: tuple[Place, ...], turned: Mapping[str, Place]
) -> tuple[Place, ...]:
    """Return places with indices in the place of others, as `reindexed` takes them."""

    def moved(place: Place) -> Place:
        if isinstance(place, Fixed) or place.index not in turned:
            return place
        new = turned[place.index]
        positions = tuple(place.positions[turn] for turn in new.positions)
        return (
            replace(new, positions=positions)
            if isinstance(new, Along)
            else (Fixed(positions[0]))
        )

    return tuple(map(moved, places))


def _apart(
    reduce: Reduce, turned: Mapping[str, Place]
) -> tuple[Reduce, Mapping[str, Place]]:
    """Return a reduction whose own indices are named as no other that it will see."""
    taken = {place.index for place in turned.values() if isinstance(place, Along)}
    taken |= indices_of(reduce)
    indices, inner = [], dict(turned)
    for index in reduce.indices:
        fresh = index
        while fresh.name in taken:
            fresh = replace(fresh, name=f"{fresh.name}~")
        indices.append(fresh)
        inner.pop(index.name, None)
        if fresh is not index:
            inner[index.name] = fresh.whole
    return replace(reduce, indices=tuple(indices)), inner
