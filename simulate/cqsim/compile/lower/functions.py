"""Calls of functions of the languages: formulas, functions of the IR, and others."""

from collections.abc import Mapping

from cqsim.compile.expr import Call as IrCall
from cqsim.compile.expr import Expr, Number, Time
from cqsim.compile.lower import allocation, lines, memory, shifts, tables, vectors
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


HANDLERS: Mapping[str, Handler] = {
    "get time value": _time_value,
    **allocation.HANDLERS,
    **memory.HANDLERS,
    **lines.HANDLERS,
    **shifts.HANDLERS,
    **tables.HANDLERS,
    **vectors.HANDLERS,
}
