"""From the tree of an equation to an expression of the intermediate representation."""

from collections.abc import Mapping

from cqsim.compile.expr import Expr, IrCall, Now, Scalar, call
from cqsim.compile.lower import allocation, delays, tables, vectors
from cqsim.compile.lower.formulas import applied, formula_names
from cqsim.compile.lower.macros import lower_macro
from cqsim.compile.lower.scope import CLOCK, OPERATORS, ZERO, Handler, Scope
from cqsim.compile.lower.subscripts import position_number, value_of
from cqsim.language import syntax
from cqsim.language.builtins import builtin
from cqsim.language.syntax import Binary, Call, Expression, Reference, Unary, canonical

#: After so many operators in a row the value so far becomes a variable, so that no
#: pass of the compiler descends deeper.
_LONGEST = 60
_NUMBERS = {"pi": 3.141592653589793, "inf": float("inf"), "nan": float("nan")}


def lower(scope: Scope, node: Expression) -> Expr:
    """Return the expression that a tree stands for in one equation.

    Raises
    ------
    InputFileError
        It refers to what is not there, or holds what is not supported.
    """
    before, scope.offset = scope.offset, node.start
    match node:
        case syntax.Number(value=value):
            found: Expr = Scalar(value)
        case Reference():
            found = _reference(scope, node)
        case Unary(operator="-", operand=operand):
            found = -scope.lower(operand)
        case Unary(operand=operand):
            found = IrCall("not", (scope.lower(operand),))
        case Binary():
            found = _chain(scope, node)
        case Call():
            found = _call(scope, node)
        case _:
            scope.refuse("data cannot stand within an expression", "Name it first.")
    scope.offset = before
    return found


def _chain(scope: Scope, node: Binary) -> Expr:
    """Return operators in a row, from left to right."""
    spine: list[Binary] = []
    left: Expression = node
    while isinstance(left, Binary):
        spine.append(left)
        left = left.left
    result = scope.lower(left)
    for count, operation in enumerate(reversed(spine), 1):
        right = scope.lower(operation.right)
        result = call(OPERATORS[operation.operator], result, right)
        if count % _LONGEST == 0:
            result = scope.named(result)
    return result


def _reference(scope: Scope, node: Reference) -> Expr:
    name = canonical(node.name)
    if name == "self" and scope.is_xmile and name not in scope.lowering.axes:
        name = canonical(scope.equation.name)
    if name in scope.values:
        return scope.values[name]
    if name.endswith("$") and name not in scope.lowering.axes:
        name = name[:-1]
    if scope.lowering.is_lookup(name):
        what = f"the lookup '{node.name}' stands without an argument"
        scope.refuse(what, "Give it one in parentheses.")
    if scope.lowering.is_text(name):
        what = f"'{node.name}' is a text, which only a file's name can be"
        scope.refuse(what, "Use the name of a number.")
    if name in scope.lowering.axes:
        series = tables.series_within(scope, name, node)
        return series or value_of(scope, name, node.subscripts)
    return _named_number(scope, name, node)


def _named_number(scope: Scope, name: str, node: Reference) -> Expr:
    """Return the clock, a number with a name, or the position of an element."""
    if name == "time":
        return Now()
    position = position_number(scope, name)
    if position is not None:
        return position
    if scope.is_xmile and name in CLOCK:
        return scope.control(CLOCK[name])
    if scope.is_xmile and name in _NUMBERS:
        return Scalar(_NUMBERS[name])
    raise scope.unknown(node.name)


def _call(scope: Scope, node: Call) -> Expr:
    name = canonical(node.function)
    if name not in scope.locals and not scope.lowering.is_lookup(name):
        row = builtin(name, scope.model.language)
        if name in scope.model.macros:
            return lower_macro(scope, node)
        if row is not None:
            return _builtin(scope, row.name, node)
        if not node.arguments:
            called = Reference(node.start, node.end, node.function)
            return _named_number(scope, name, called)
    if len(node.arguments) != 1:
        what = f"the lookup '{node.function}' takes one argument"
        scope.refuse(what, "Correct it.")
    called = Reference(node.start, node.end, node.function, node.subscripts)
    return tables.curves_named(scope, called).at(scope.lower(node.arguments[0]))


def _builtin(scope: Scope, name: str, node: Call) -> Expr:
    """Return a call of a function of the language: a formula, the IR's, or another."""
    if name in HANDLERS:
        return HANDLERS[name](scope, node)
    if name in formula_names():
        return applied(scope, name, scope.lower_all(node))
    return IrCall(name, tuple(scope.lower_all(node)))


def _time_value(scope: Scope, node: Call) -> Expr:
    """Return GET TIME VALUE(relative to, offset, kind): only the model's own time."""
    relative, offset, kind = (scope.lower(a) for a in node.arguments)
    if kind != ZERO or not isinstance(relative, Scalar):
        what = "GET TIME VALUE of a calendar is not supported"
        scope.refuse(what, "Use Time, and 0 as the last argument.")
    starts = {0.0: Now(), 1.0: scope.control("initial time")}
    if relative.value not in starts:
        scope.refuse("GET TIME VALUE is relative to 0 or 1", "Correct the argument.")
    return starts[relative.value] + offset


HANDLERS: Mapping[str, Handler] = {
    "get time value": _time_value,
    **allocation.HANDLERS,
    **delays.HANDLERS,
    **tables.HANDLERS,
    **vectors.HANDLERS,
}
