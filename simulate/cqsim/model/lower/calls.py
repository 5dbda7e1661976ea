"""Functions that a model may call, by the name that PySD's translator gives them."""

from collections.abc import Callable
from math import pi
from typing import Any, Literal

from cqsim.compile import arrays
from cqsim.compile.ir import (
    FUNCTIONS,
    Auxiliary,
    Call,
    Expr,
    Index,
    Number,
    Reduce,
    Value,
)
from cqsim.errors import did_you_mean
from cqsim.model.lower import memory
from cqsim.model.lower.hidden import add_over, name_value, whole_value
from cqsim.model.lower.macros import lower_macro
from cqsim.model.lower.names import Scope

Lower = Callable[[Scope, Any], Expr]
Handler = Callable[[Scope, list[Any], Lower], Expr]

_DIRECT = {
    "abs": "absolute",
    "power": "power",
    "min": "minimum",
    "max": "maximum",
    "exp": "exp",
    "sin": "sin",
    "cos": "cos",
    "tan": "tan",
    "arcsin": "arcsin",
    "arccos": "arccos",
    "arctan": "arctan",
    "sinh": "sinh",
    "cosh": "cosh",
    "tanh": "tanh",
    "sqrt": "sqrt",
    "ln": "log",
    "if_then_else": "if",
    "integer": "truncate",
    "quantum": "quantum",
    "pulse": "pulse",
    "pulse_train": "pulse train",
    "Xpulse": "impulse",
    "Xpulse_train": "impulse train",
    "ramp": "ramp",
    "Xramp": "ramp for ever",
    "step": "step",
    "zidz": "divide or zero",
    "xidz": "divide or else",
}

_REDUCTIONS: dict[str, Literal["sum", "product", "least", "greatest"]] = {
    "sum": "sum",
    "prod": "product",
    "vmin": "least",
    "vmax": "greatest",
}


def lower_call(scope: Scope, name: str, arguments: list[Any], lower: Lower) -> Expr:
    """Return the expression for a call of a function of the language.

    Raises
    ------
    InputFileError
        If there is no such function, or it takes another number of arguments.
    """
    if name in scope.names.macros:
        from cqsim.model.lower.elements import lower_within

        macro = scope.names.macros[name]
        return lower_macro(scope, macro, arguments, lower, lower_within)
    if name in _DIRECT:
        function = _DIRECT[name]
        expect(scope, name, arguments, FUNCTIONS[function])
        return Call(function, tuple(lower(scope, a) for a in arguments))
    if name in _REDUCTIONS:
        expect(scope, name, arguments, 1)
        return _reduce(scope, name, arguments[0], lower)
    if name in _HANDLERS:
        return _HANDLERS[name](scope, arguments, lower)
    shown = name.replace("_", " ").upper()
    known = [n.replace("_", " ").upper() for n in (*_DIRECT, *_REDUCTIONS, *_HANDLERS)]
    what = f"the function {shown} is not supported"
    if name.startswith("random"):
        remedy = (
            "Draw the numbers outside: a constant that each run of an ensemble sets, "
            "or a series in a file beside the model (GET DIRECT DATA)."
        )
        raise scope.fault(what, remedy)
    raise scope.fault(what, did_you_mean(shown, known))


def expect(scope: Scope, name: str, arguments: list[Any], count: int) -> None:
    """Refuse a call with another number of arguments than the function takes."""
    if len(arguments) != count:
        shown = name.replace("_", " ").upper()
        what = f"{shown} takes {count} arguments, and stands with {len(arguments)}"
        raise scope.fault(what, "Correct the call.")


def _reduce(scope: Scope, name: str, argument: Any, lower: Lower) -> Expr:
    scope.sums.append({})
    try:
        body = lower(scope, argument)
        indices = tuple(scope.sums[-1].values())
    finally:
        scope.sums.pop()
    if not indices:
        what = f"{name.upper()} has no subscript marked with '!'"
        raise scope.fault(what, "Mark the one that it runs over.")
    return Reduce(_REDUCTIONS[name], indices, body)


def _modulo(scope: Scope, arguments: list[Any], lower: Lower) -> Expr:
    expect(scope, "modulo", arguments, 2)
    x, m = (lower(scope, argument) for argument in arguments)
    return Call("subtract", (x, Call("quantum", (x, m))))


def _log(scope: Scope, arguments: list[Any], lower: Lower) -> Expr:
    expect(scope, "log", arguments, 2)
    x, base = (lower(scope, argument) for argument in arguments)
    return Call("divide", (Call("log", (x,)), Call("log", (base,))))


def _pi(scope: Scope, arguments: list[Any], _: Lower) -> Expr:
    expect(scope, "pi", arguments, 0)
    return Number(pi)


def _element_count(scope: Scope, arguments: list[Any], _: Lower) -> Expr:
    expect(scope, "elmcount", arguments, 1)
    named = scope.names.ranges.range(getattr(arguments[0], "reference", ""))
    if named is None:
        what = "ELMCOUNT takes a subscript range"
        raise scope.fault(what, "Name one.")
    return Number(float(len(named.elements)))


def _active_initial(scope: Scope, arguments: list[Any], lower: Lower) -> Expr:
    expect(scope, "active_initial", arguments, 2)
    active, at_start = (lower(scope, argument) for argument in arguments)
    return memory.add_active_initial(scope, active, at_start)


def _array_function(function: str) -> Handler:
    """Return the handler of a function that takes whole vectors or matrices."""

    def handle(scope: Scope, arguments: list[Any], lower: Lower) -> Expr:
        expect(scope, function, arguments, 2)
        whole, indices = whole_value(scope, lower(scope, arguments[0]))
        fewest = 2 if function == "inverse" else 1
        if len(indices) < fewest:
            what = f"{function.upper()} takes {'a matrix' * (fewest - 1) or 'a vector'}"
            raise scope.fault(what, "Name a variable with its subscripts.")

        def materialize(over: tuple[Index, ...], expr: Expr) -> Value:
            return add_over(scope, Auxiliary, over, (expr,))

        if function == "inverse":
            _refuse_oblong(scope, indices)
            return arrays.inverse(whole, indices, materialize)
        second = lower(scope, arguments[1])
        if function == "reorder":
            return arrays.reorder(whole, name_value(scope, second), indices)
        found = arrays.rank if function == "rank" else arrays.sort_order
        return found(whole, second, indices, materialize)

    return handle


def _refuse_oblong(scope: Scope, indices: tuple[Index, ...]) -> None:
    rows, columns = (len(index.elements) for index in indices[-2:])
    if rows != columns:
        what = f"a matrix of {rows} rows and {columns} columns has no inverse"
        raise scope.fault(what, "Give as many rows as columns.")


def _least_or_greatest(name: str) -> Handler:
    """Return the handler of XMILE's MIN and MAX of all elements of one variable."""

    def handle(scope: Scope, arguments: list[Any], lower: Lower) -> Expr:
        expect(scope, name, arguments, 1)
        node = arguments[0]
        subscripts = getattr(node, "subscripts", None)
        if subscripts is None:
            what = f"{name.upper()} takes a variable"
            raise scope.fault(what, "Name one.")
        marked = [s if s.endswith("!") else f"{s}!" for s in subscripts.subscripts]
        subscripts.subscripts = marked
        return _reduce(scope, name, node, lower)

    return handle


def _vector_select(scope: Scope, arguments: list[Any], lower: Lower) -> Expr:
    """Lower VECTOR SELECT(selection, expression, missing, action, error action)."""
    expect(scope, "vector_select", arguments, 5)
    numbers = [lower(scope, argument) for argument in arguments[3:]]
    if not all(isinstance(number, Number) for number in numbers):
        what = "the actions of VECTOR SELECT are not written numbers"
        raise scope.fault(what, "Write them out.")
    action, error = (int(n.value) for n in numbers if isinstance(n, Number))
    if error != 0 or action not in _SELECTIONS:
        what = f"VECTOR SELECT with actions {action} and {error} is not supported"
        raise scope.fault(what, "Use an error action of 0.")
    scope.sums.append({})
    try:
        chosen, value = (lower(scope, argument) for argument in arguments[:2])
        indices = tuple(scope.sums[-1].values())
    finally:
        scope.sums.pop()
    missing = lower(scope, arguments[2])
    there = Call("unequal", (chosen, Number(0.0)))
    reduction, weight, empty = _SELECTIONS[action]
    if weight == "times":
        value = Call("multiply", (chosen, value))
    elif weight == "power":
        value = Call("power", (value, chosen))
    body = Call("if", (there, value, Number(empty)))
    one = Call("if", (there, Number(1.0), Number(0.0)))
    count = Reduce("sum", indices, one)
    total: Expr = Reduce(reduction, indices, body)
    if action in (4, 10):
        total = Call("divide", (total, count))
    none = Call("equal", (count, Number(0.0)))
    return Call("if", (none, missing, total))


_INFINITE = float("inf")
_SELECTIONS: dict[
    int, tuple[Literal["sum", "product", "least", "greatest"], str, float]
] = {
    0: ("sum", "times", 0.0),
    1: ("product", "times", 1.0),
    2: ("least", "times", _INFINITE),
    3: ("greatest", "times", -_INFINITE),
    4: ("sum", "times", 0.0),
    5: ("product", "power", 1.0),
    6: ("sum", "", 0.0),
    7: ("product", "", 1.0),
    8: ("least", "", _INFINITE),
    9: ("greatest", "", -_INFINITE),
    10: ("sum", "", 0.0),
}

_HANDLERS: dict[str, Handler] = {
    "vector_sort_order": _array_function("sort order"),
    "vector_rank": _array_function("rank"),
    "vector_reorder": _array_function("reorder"),
    "invert_matrix": _array_function("inverse"),
    "vector_select": _vector_select,
    "vmin_xmile": _least_or_greatest("vmin"),
    "vmax_xmile": _least_or_greatest("vmax"),
    "modulo": _modulo,
    "log": _log,
    "pi": _pi,
    "elmcount": _element_count,
    "active_initial": _active_initial,
}
