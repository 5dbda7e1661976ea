"""From the tree of an equation to an expression of the intermediate representation."""

from cqsim.compile.expr import Call as IrCall
from cqsim.compile.expr import Expr, Number, Table, Time, Value, call
from cqsim.compile.lower import functions, tables
from cqsim.compile.lower.macros import lower_macro
from cqsim.compile.lower.scope import OPERATORS, Scope
from cqsim.compile.lower.subscripts import places_of, position_number, value_of
from cqsim.language import syntax
from cqsim.language.builtins import builtin
from cqsim.language.syntax import Binary, Expression, Reference, Unary, canonical

#: After so many operators in a row the value so far becomes a variable, so that no
#: pass of the compiler descends deeper.
_LONGEST = 60
_CLOCK = {"starttime": "initial time", "stoptime": "final time", "dt": "time step"}
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
            found: Expr = Number(value)
        case Reference():
            found = _reference(scope, node)
        case Unary(operator="-", operand=operand):
            found = -scope.lower(operand)
        case Unary(operand=operand):
            found = IrCall("not", (scope.lower(operand),))
        case Binary():
            found = _chain(scope, node)
        case syntax.Call():
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
    if name in scope.values:
        return scope.values[name]
    if name == "self" and scope.is_xmile and name not in scope.lowering.axes:
        name = canonical(scope.equation.definition.name)
    if name.endswith("$") and name not in scope.lowering.axes:
        name = name[:-1]
    if scope.lowering.is_lookup(name):
        what = f"the lookup '{node.name}' stands without an argument"
        scope.refuse(what, "Give it one in parentheses.")
    if name in scope.lowering.axes:
        series = tables.series_within(scope, name, node)
        return series or value_of(scope, name, node.subscripts)
    return _named_number(scope, name, node)


def _named_number(scope: Scope, name: str, node: Reference) -> Expr:
    """Return the clock, a number with a name, or the position of an element."""
    if name == "time":
        return Time()
    position = position_number(scope, name)
    if position is not None:
        return position
    if scope.is_xmile and name in _CLOCK:
        return Value(scope.lowering.shown[_CLOCK[name]])
    if scope.is_xmile and name in _NUMBERS:
        return Number(_NUMBERS[name])
    raise scope.unknown(node.name)


def _call(scope: Scope, node: syntax.Call) -> Expr:
    name = canonical(node.function)
    table = scope.locals.get(name, "")
    if table in scope.lowering.lookups:
        return Table(table, (), scope.lower(node.arguments[0]))
    if name in scope.lowering.model.macros:
        return lower_macro(scope, node)
    if scope.lowering.is_lookup(name):
        if len(node.arguments) != 1:
            scope.refuse(
                f"the lookup '{node.function}' takes one argument", "Correct it."
            )
        places = places_of(scope, name, node.subscripts)
        argument = scope.lower(node.arguments[0])
        return Table(scope.lowering.shown[name], places, argument)
    row = builtin(name, scope.model.language)
    if row is not None:
        return functions.lower_builtin(scope, row, node)
    if not node.arguments:
        return _named_number(
            scope, name, Reference(node.start, node.end, node.function)
        )
    called = Reference(node.start, node.end, node.function, node.subscripts)
    return tables.curves_named(scope, called).at(scope.lower(node.arguments[0]))
