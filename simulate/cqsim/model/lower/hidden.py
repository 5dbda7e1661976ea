"""Variables of ours that stand beside an equation: what it remembers, or names."""

from collections.abc import Callable, Iterable

from cqsim.compile.ir import (
    Along,
    Auxiliary,
    Call,
    Expr,
    Index,
    Number,
    Stock,
    Value,
    Variable,
    indices_of,
)
from cqsim.model.lower.names import Scope, along_all, block_over, value_of


def times(x: Expr, y: Expr) -> Expr:
    """Return x * y."""
    return Call("multiply", (x, y))


def over(x: Expr, y: Expr) -> Expr:
    """Return x / y."""
    return Call("divide", (x, y))


def plus(x: Expr, y: Expr) -> Expr:
    """Return x + y."""
    return Call("add", (x, y))


def less(x: Expr, y: Expr) -> Expr:
    """Return x - y."""
    return Call("subtract", (x, y))


def add_hidden(scope: Scope, kind: Callable[..., Variable], *exprs: Expr) -> Value:
    """Add a variable of ours with these equations, in the counters that they use."""
    indices = scope.reachable(frozenset().union(*map(indices_of, exprs)))
    return add_over(scope, kind, indices, exprs)


def add_over(
    scope: Scope,
    kind: Callable[..., Variable],
    indices: tuple[Index, ...],
    exprs: Iterable[Expr],
) -> Value:
    """Add a variable of ours with these equations, in these counters."""
    name = scope.hidden_name()
    blocks = (block_over(indices, expr) for expr in exprs)
    scope.names.variables[name] = kind(name, along_all(indices)[0], *blocks)
    return value_of(name, indices)


def add_stock(
    scope: Scope, initial: Expr, rate: Callable[[Value], Expr], floored: bool = False
) -> Value:
    """Add a stock of ours; its rate may look at the stock itself."""
    indices = scope.reachable(indices_of(initial) | indices_of(rate(Value("#"))))
    name = scope.hidden_name()
    value = value_of(name, indices)
    scope.names.variables[name] = Stock(
        name,
        along_all(indices)[0],
        block_over(indices, initial),
        block_over(indices, rate(value)),
        floored,
    )
    return value


def name_value(scope: Scope, expr: Expr) -> Expr:
    """Return a reference to an expression computed once, under a name of ours."""
    if isinstance(expr, (Number, Value)):
        return expr
    return add_hidden(scope, Auxiliary, expr)


def whole_value(scope: Scope, expr: Expr) -> tuple[Value, tuple[Index, ...]]:
    """Return a reference to all of an expression, and its counters as it is written.

    What takes whole vectors sorts along the last subscript of the vector given to it.
    """
    indices = scope.reachable(indices_of(expr))
    if isinstance(expr, Value):
        order = [p.index for p in expr.places if isinstance(p, Along)]
        indices = tuple(sorted(indices, key=lambda index: order.index(index.name)))
    return add_over(scope, Auxiliary, indices, (expr,)), indices
