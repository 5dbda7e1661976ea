"""Functions of whole vectors and matrices, as equations of their elements.

Each takes an element of a variable that holds the vector or matrix, the indices that
the element is at, and `materialize`, which adds a temporary variable.
"""

from collections.abc import Callable
from dataclasses import replace

from cqsim.compile.expr import (
    Along,
    Call,
    Expr,
    Fixed,
    Index,
    Number,
    Numbers,
    Place,
    Reduce,
    Value,
)

Indices = tuple[Index, ...]
Materialize = Callable[[Indices, Expr], Value]
"""Adds a temporary variable with a dimension for each index; returns its element."""

_ZERO, _ONE, _NONE = Number(0.0), Number(1.0), Number(float("nan"))


def rank(
    vector: Value, direction: Expr, indices: Indices, materialize: Materialize
) -> Expr:
    """Return the place of an element in the order of its vector, counted from 1.

    Parameters
    ----------
    indices
        The last one runs along the vector.
    direction
        Above 0 the least element comes first, else the greatest.
    """
    ascending = _ascending(vector, indices, materialize)
    after_all = Number(len(indices[-1].elements) + 1.0)
    descending = _call("subtract", after_all, ascending)
    return _if(_call("greater", direction, _ZERO), ascending, descending)


def sort_order(
    vector: Value, direction: Expr, indices: Indices, materialize: Materialize
) -> Expr:
    """Return which element comes at the last index in the order, counted from 0.

    `direction` is as in `rank`.
    """
    item = indices[-1]
    other = _other(item)
    rising = _call("add", _position(item), _ONE)
    falling = _call("subtract", Number(float(len(item.elements))), _position(item))
    wanted = _if(_call("greater", direction, _ZERO), rising, falling)
    ascending = _seen(_ascending(vector, indices, materialize), item, other)
    return _sum(other, _call("equal", ascending, wanted), _position(other))


def reorder(vector: Value, order: Expr, indices: Indices) -> Expr:
    """Return the element of a vector at the position that an order has there.

    Positions are counted from 0, fractions cut off; one that the vector does not have
    gives no number.
    """
    item = indices[-1]
    other = _other(item)
    wanted = _call("truncate", order)
    found = _sum(
        other, _call("equal", _position(other), wanted), _seen(vector, item, other)
    )
    last = Number(float(len(item.elements)))
    inside = _call("and", _call("at least", wanted, _ZERO), _call("less", wanted, last))
    return _if(inside, found, _NONE)


def inverse(matrix: Value, indices: Indices, materialize: Materialize) -> Expr:
    """Return an element of the inverse of a square matrix.

    It is eliminated after Gauss and Jordan, each column by its greatest element in the
    rows not yet used. A matrix that has no inverse gives no numbers.

    Parameters
    ----------
    indices
        The last two are those of the row and the column.
    """
    *outer, row, column = indices
    lines, other = (*outer, row), _other(row)
    unit = _call("equal", _position(row), _position(column))
    left = materialize(indices, matrix)
    right = materialize(indices, _if(unit, _ONE, _ZERO))
    used = materialize(lines, _ZERO)
    order = materialize(lines, _ZERO)
    for step in range(len(row.elements)):
        factor = _at(left, column, step)
        free = _call("equal", used, _ZERO)
        sizes = materialize(lines, _if(free, _call("absolute", factor), Number(-1.0)))
        theirs = _seen(sizes, row, other)
        greatest = materialize(tuple(outer), Reduce("greatest", (other,), theirs))
        places = _if(_call("equal", theirs, greatest), _position(other), _NOWHERE)
        pivot = materialize(tuple(outer), Reduce("least", (other,), places))
        chosen = _call("equal", _position(other), pivot)
        amount = materialize(
            tuple(outer), _sum(other, chosen, _seen(factor, row, other))
        )
        here = _call("equal", _position(row), pivot)

        def reduced(
            side: Value,
            chosen: Expr = chosen,
            amount: Value = amount,
            here: Expr = here,
            factor: Value = factor,
        ) -> Value:
            line = _sum(other, chosen, _seen(side, row, other))
            scaled = materialize((*outer, column), _call("divide", line, amount))
            rest = _call("subtract", side, _call("multiply", factor, scaled))
            return materialize(indices, _if(here, scaled, rest))

        left, right = reduced(left), reduced(right)
        used = materialize(lines, _if(here, _ONE, used))
        turn = _call("equal", _position(row), Number(float(step)))
        order = materialize(lines, _if(turn, pivot, order))
    here = _call("equal", _position(other), order)
    return _sum(other, here, _seen(right, row, other))


_NOWHERE = Number(float("inf"))


def _ascending(vector: Value, indices: Indices, materialize: Materialize) -> Value:
    """Return the rank of an element: the least first, of equals the first of them."""
    item = indices[-1]
    other = _other(item)
    theirs = _seen(vector, item, other)
    before = _call("less", _position(other), _position(item))
    tied = _call("and", _call("equal", theirs, vector), before)
    below = _call("or", _call("less", theirs, vector), tied)
    return materialize(indices, _call("add", _sum(other, below, _ONE), _ONE))


def _call(function: str, *arguments: Expr) -> Expr:
    return Call(function, arguments)


def _if(condition: Expr, then: Expr, otherwise: Expr) -> Expr:
    return Call("if", (condition, then, otherwise))


def _sum(index: Index, condition: Expr, value: Expr) -> Expr:
    """Return the sum of a value over the turns of an index that fulfil a condition."""
    return Reduce("sum", (index,), _if(condition, value, _ZERO))


def _other(index: Index) -> Index:
    """Return a second index over the same elements, for a sum within an equation."""
    return replace(index, name=f"{index.name}#other")


def _position(index: Index) -> Expr:
    """Return the number of the element that an index is at, counted from 0."""
    return Numbers(index.name, tuple(map(float, range(len(index.elements)))))


def _seen(value: Value, before: Index, after: Index) -> Value:
    """Return an element with one index in the place of another."""

    def turned(place: Place) -> Place:
        if isinstance(place, Along) and place.index == before.name:
            return replace(place, index=after.name)
        return place

    return replace(value, places=tuple(map(turned, value.places)))


def _at(value: Value, index: Index, step: int) -> Value:
    """Return an element at a fixed turn of one of its indices."""

    def fixed(place: Place) -> Place:
        if isinstance(place, Along) and place.index == index.name:
            return Fixed(place.positions[step])
        return place

    return replace(value, places=tuple(map(fixed, value.places)))
