"""Functions that a model may call, by the name that PySD's translator gives them."""

from collections.abc import Callable
from math import pi
from typing import Any, Literal

from cqsim.errors import did_you_mean
from cqsim.model.expr import FUNCTIONS, Call, Expr, Number, Reduce
from cqsim.model.lower import memory
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


def _pi(scope: Scope, arguments: list[Any], lower: Lower) -> Expr:
    expect(scope, "pi", arguments, 0)
    return Number(pi)


def _element_count(scope: Scope, arguments: list[Any], lower: Lower) -> Expr:
    expect(scope, "elmcount", arguments, 1)
    named = scope.names.ranges.range(getattr(arguments[0], "reference", ""))
    if named is None:
        raise scope.fault("ELMCOUNT takes a subscript range", "Name one.")
    return Number(float(len(named.elements)))


def _active_initial(scope: Scope, arguments: list[Any], lower: Lower) -> Expr:
    expect(scope, "active_initial", arguments, 2)
    active, at_start = (lower(scope, argument) for argument in arguments)
    return memory.add_active_initial(scope, active, at_start)


_HANDLERS: dict[str, Handler] = {
    "modulo": _modulo,
    "log": _log,
    "pi": _pi,
    "elmcount": _element_count,
    "active_initial": _active_initial,
}
