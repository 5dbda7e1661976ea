"""Calls of functions of the languages: formulas, functions of the IR, and others."""

from collections.abc import Mapping

from cqsim.compile.expr import Call as IrCall
from cqsim.compile.expr import Expr, Number, Time
from cqsim.compile.lower import arrays, lines, market, memory, shifts, tables
from cqsim.compile.lower.formulas import applied, formula_names
from cqsim.compile.lower.scope import ZERO, Handler, Scope
from cqsim.language.builtins import Builtin
from cqsim.language.syntax import Call


def lower_builtin(scope: Scope, row: Builtin, node: Call) -> Expr:
    """Return the expression of a call of a function of the language."""
    if row.name in HANDLERS:
        return HANDLERS[row.name](scope, node)
    if row.name in formula_names():
        return applied(scope, row.name, scope.lower_all(node))
    return IrCall(row.name, tuple(scope.lower_all(node)))


def _time_value(scope: Scope, node: Call) -> Expr:
    """Return GET TIME VALUE(relative to, offset, kind): only the model's own time."""
    relative, offset, kind = (scope.lower(a) for a in node.arguments)
    if kind != ZERO or not isinstance(relative, Number):
        what = "GET TIME VALUE of a calendar is not supported"
        scope.refuse(what, "Use Time, and 0 as the last argument.")
    starts = {0.0: Time(), 1.0: scope.control("initial time")}
    if relative.value not in starts:
        scope.refuse("GET TIME VALUE is relative to 0 or 1", "Correct the argument.")
    return starts[relative.value] + offset


def _extreme(function: str, over_array: str) -> Handler:
    """Return MIN or MAX: of numbers, or in XMILE of one array."""

    def handle(scope: Scope, node: Call) -> Expr:
        if len(node.arguments) == 1:
            if scope.is_xmile:
                return arrays.reduced(scope, over_array, node.arguments[0])
            return scope.lower(node.arguments[0])
        found = scope.lower(node.arguments[0])
        for argument in node.arguments[1:]:
            found = IrCall(function, (found, scope.lower(argument)))
        return found

    return handle


def _mean(scope: Scope, node: Call) -> Expr:
    if len(node.arguments) == 1:
        return arrays.mean(scope, node.arguments[0])
    total = scope.lower(node.arguments[0])
    for argument in node.arguments[1:]:
        total = total + scope.lower(argument)
    return total / len(node.arguments)


def _whole_reduction(function: str) -> Handler:
    def handle(scope: Scope, node: Call) -> Expr:
        return arrays.reduced(scope, function, node.arguments[0])

    return handle


HANDLERS: Mapping[str, Handler] = {
    "get time value": _time_value,
    "min": _extreme("minimum", "least"),
    "max": _extreme("maximum", "greatest"),
    "sum": _whole_reduction("sum"),
    "prod": _whole_reduction("product"),
    "vmin": _whole_reduction("least"),
    "vmax": _whole_reduction("greatest"),
    "xmile mean": _mean,
    **arrays.HANDLERS,
    **market.HANDLERS,
    **memory.HANDLERS,
    **lines.HANDLERS,
    **shifts.HANDLERS,
    **tables.HANDLERS,
}
