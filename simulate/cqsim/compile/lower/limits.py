"""Models that are too large to run are refused before memory is taken for them."""

from math import prod

from cqsim.compile.expr import Expr, Reduce, children
from cqsim.compile.ir import Constant, shape_of
from cqsim.compile.ir import Variable as IrVariable
from cqsim.compile.lower.scope import Lowering
from cqsim.compile.lower.shapes import MOST_ELEMENTS
from cqsim.compile.order import ever
from cqsim.errors import InputFileError
from cqsim.language.syntax import Definition, canonical

#: All variables together may have so many elements.
_MOST_IN_ALL = 10 * MOST_ELEMENTS

#: All variables, temporary ones among them, may be so many.
_MOST_VARIABLES = 200_000


def refuse_more(lowering: Lowering) -> None:
    """Refuse a model once what is lowered of it is too large.

    Raises
    ------
    InputFileError
        There are too many variables.
    """
    if len(lowering.variables) > _MOST_VARIABLES:
        what = f"the model comes to more than {_MOST_VARIABLES} variables"
        remedy = "Use fewer macros within macros, and fewer delays."
        raise InputFileError(lowering.model.path, 0, what, remedy)


def refuse_axes(lowering: Lowering) -> None:
    """Refuse a model whose variables are too large, before any is lowered.

    Raises
    ------
    InputFileError
        With the variable that makes it too large.
    """
    total = 0
    for name, axes in lowering.axes.items():
        total += prod(shape_of(axes))
        if total > _MOST_IN_ALL:
            raise _too_large(lowering, name, _MOST_IN_ALL)


def refuse_large(lowering: Lowering) -> None:
    """Refuse a lowered model that would not fit in memory.

    Raises
    ------
    InputFileError
        With the variable whose elements, or sums, are too many.
    """
    constants = total = 0
    for variable in lowering.variables.values():
        size = prod(shape_of(variable.axes))
        total += size
        constants += size if isinstance(variable, Constant) else 0
        if total > _MOST_IN_ALL or constants > MOST_ELEMENTS:
            most = MOST_ELEMENTS if constants > MOST_ELEMENTS else _MOST_IN_ALL
            raise _too_large(lowering, _shown(variable), most)
        for block in ever(variable):
            turns = prod(len(i.elements) for i in block.indices) * _turns(block.expr)
            if turns > MOST_ELEMENTS:
                what = f"it sums over {turns} elements, more than {MOST_ELEMENTS}"
                equation = _equation(lowering, _shown(variable))
                raise equation.fault(what, "Sum over one subscript after the other.")


def _equation(lowering: Lowering, name: str) -> Definition:
    return lowering.model.variables[canonical(name)].equations[0]


def _too_large(lowering: Lowering, name: str, most: int) -> InputFileError:
    what = f"with it the model has more than {most} elements"
    remedy = "Use fewer or shorter subscript ranges."
    return _equation(lowering, name).fault(what, remedy)


def _turns(expr: Expr) -> int:
    """Return how often the innermost part of an expression is computed."""
    own = 1
    if isinstance(expr, Reduce):
        own = prod(len(index.elements) for index in expr.indices)
    return own * max((_turns(child) for child in children(expr)), default=1)


def _shown(variable: IrVariable) -> str:
    name = variable.name
    return name.split("#")[1] if name.startswith("#") else name
