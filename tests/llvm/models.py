"""Small systems written as their intermediate representation."""

from pathlib import Path

from cqsim.compile.expr import Expr, IrCall, Scalar, Value
from cqsim.compile.ir import (
    Auxiliary,
    Axis,
    Block,
    Constant,
    IrVariable,
    Lookup,
    System,
)


def system(*variables: IrVariable, lookups: tuple[Lookup, ...] = ()) -> System:
    """Return a system of these variables."""
    return System(
        Path("model.mdl"),
        "0",
        {variable.name: variable for variable in variables},
        {lookup.name: lookup for lookup in lookups},
    )


def auxiliary(name: str, expr: Expr) -> Auxiliary:
    """Return a variable without subscripts."""
    return Auxiliary(name, (), (Block((), (), expr),))


def constant(name: str, value: float = 0.0) -> Constant:
    """Return a constant without subscripts."""
    return Constant(name, (), (value,))


def call(function: str, *arguments: Expr | float | str) -> IrCall:
    """Return a call; a number stands for itself, a name for the variable."""
    return IrCall(function, tuple(map(expression, arguments)))


def expression(given: Expr | float | str) -> Expr:
    """Return what a number or the name of a variable stands for."""
    if isinstance(given, str):
        return Value(given)
    return Scalar(float(given)) if isinstance(given, (int, float)) else given


def axis(name: str, size: int) -> Axis:
    """Return a dimension with this many elements."""
    return Axis(name, tuple(f"{name}{n}" for n in range(size)))
