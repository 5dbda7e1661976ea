"""Models that are too large to run are refused before memory is taken for them."""

from math import prod
from typing import Any

from cqsim.compile.ir import (
    Blocks,
    Constant,
    Expr,
    Reduce,
    Variable,
    children,
    shape_of,
)
from cqsim.model.lower.names import Names
from cqsim.model.lower.shapes import MOST_ELEMENTS

#: All variables together may have so many elements.
_MOST_IN_ALL = 10 * MOST_ELEMENTS

#: All variables, ours among them, may be so many.
_MOST_VARIABLES = 200_000


def refuse_more(names: Names, to_come: int = 0) -> None:
    """Refuse a model once what is lowered of it, and what is to come, is too large.

    Raises
    ------
    InputFileError
        If there are too many variables.
    """
    if len(names.variables) + to_come > _MOST_VARIABLES:
        what = f"the model comes to more than {_MOST_VARIABLES} variables"
        remedy = "Use fewer macros within macros, and fewer delays."
        raise names.source.whole_fault(what, remedy)


def refuse_axes(names: Names) -> None:
    """Refuse a model whose variables are too large, before any is lowered.

    Raises
    ------
    InputFileError
        With the variable that makes it too large.
    """
    total = 0
    for name, axes in names.axes.items():
        total += prod(shape_of(axes))
        if total > _MOST_IN_ALL:
            what = f"with '{name}' the model has more than {_MOST_IN_ALL} elements"
            remedy = "Use fewer or shorter subscript ranges."
            raise names.source.fault(name, what, remedy)


def refuse_large(names: Names) -> None:
    """Refuse a lowered model that would not fit in memory.

    Raises
    ------
    InputFileError
        With the variable whose elements, or sums, are too many.
    """
    constants = total = 0
    for variable in names.variables.values():
        size = prod(shape_of(variable.axes))
        total += size
        constants += size if isinstance(variable, Constant) else 0
        if total > _MOST_IN_ALL or constants > MOST_ELEMENTS:
            most = MOST_ELEMENTS if constants > MOST_ELEMENTS else _MOST_IN_ALL
            what = f"with '{_shown(variable)}' the model has more than {most} elements"
            remedy = "Use fewer or shorter subscript ranges."
            raise names.source.fault(_shown(variable), what, remedy)
        for blocks in _equations(variable):
            for block in blocks:
                counters = prod(len(index.elements) for index in block.indices)
                turns = counters * _turns(block.expr)
                if turns > MOST_ELEMENTS:
                    what = (
                        f"the equation of '{_shown(variable)}' takes {turns} turns of "
                        f"its subscripts, more than {MOST_ELEMENTS}"
                    )
                    remedy = "Sum over one subscript after the other."
                    raise names.source.fault(_shown(variable), what, remedy)


def _equations(variable: Variable) -> list[Blocks]:
    fields = ("blocks", "initial", "rate", "following", "inflow", "delay", "at_start")
    found: list[Any] = [getattr(variable, name, None) for name in fields]
    return [blocks for blocks in found if blocks]


def _turns(expr: Expr) -> int:
    """Return how often the innermost part of an expression is computed."""
    own = 1
    if isinstance(expr, Reduce):
        own = prod(len(index.elements) for index in expr.indices)
    return own * max((_turns(child) for child in children(expr)), default=1)


def _shown(variable: Variable) -> str:
    name = variable.name
    return name.split("#")[1] if name.startswith("#") else name
