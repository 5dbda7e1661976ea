"""Functions of numbers at one time; the others are in the modules beside this."""

from collections.abc import Callable, Mapping

from cqsim.compile.expr import Call as IrCall
from cqsim.compile.expr import Expr, Number, Time, Value
from cqsim.compile.lower import arrays, lines, market, memory, random, tables
from cqsim.compile.lower.scope import (
    ONE,
    ZERO,
    Handler,
    Lower,
    Scope,
    call,
    either,
    minus,
    over,
    plus,
    times,
)
from cqsim.language.builtins import Builtin
from cqsim.language.expression import MISSING
from cqsim.language.syntax import Call

#: Functions that the intermediate representation has.
DIRECT: Mapping[str, str] = {
    "abs": "absolute",
    "power": "power",
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
    "if then else": "if",
    "integer": "truncate",
    "xmile int": "floor",
    "quantum": "quantum",
    "pulse": "pulse",
    "pulse train": "pulse train",
    "ramp": "ramp",
    "step": "step",
    "zidz": "divide or zero",
    "xidz": "divide or else",
    "gamma ln": "gammaln",
    "xmile invnorm": "ndtri",
}


def lower_builtin(scope: Scope, row: Builtin, node: Call, lower: Lower) -> Expr:
    """Return the expression of a call of a function of the language."""
    if row.name in DIRECT:
        arguments = tuple(lower(scope, argument) for argument in node.arguments)
        return IrCall(DIRECT[row.name], arguments)
    return HANDLERS[row.name](scope, node, lower)


_Numbers = Callable[..., Expr]


def _of_numbers(make: _Numbers) -> Handler:
    """Return the handler of a function of numbers, from what it does with them."""

    def handle(scope: Scope, node: Call, lower: Lower) -> Expr:
        return make(*(lower(scope, argument) for argument in node.arguments))

    return handle


def _of_named(make: _Numbers) -> Handler:
    """Return the handler of a function that uses its arguments more than once."""

    def handle(scope: Scope, node: Call, lower: Lower) -> Expr:
        return make(*(scope.named(lower(scope, a)) for a in node.arguments))

    return handle


def _modulo(x: Expr, m: Expr) -> Expr:
    return minus(x, IrCall("quantum", (x, m)))


def _xmile_mod(x: Expr, m: Expr) -> Expr:
    return minus(x, times(m, call("floor", over(x, m))))


def _log(x: Expr, base: Expr | None = None) -> Expr:
    if base is None:
        return IrCall("log", (x,))
    return over(IrCall("log", (x,)), IrCall("log", (base,)))


def _round(x: Expr) -> Expr:
    size = call("floor", plus(call("absolute", x), Number(0.5)))
    return either(call("less", x, ZERO), call("negative", size), size)


def _sign(x: Expr) -> Expr:
    negative = either(call("less", x, ZERO), Number(-1.0), ZERO)
    return either(call("greater", x, ZERO), ONE, negative)


def _root(x: Expr, n: Expr) -> Expr:
    """Return the n-th root; an odd root of a negative number is negative."""
    size = call("power", call("absolute", x), over(ONE, n))
    odd = call("equal", call("absolute", _xmile_mod(n, Number(2.0))), ONE)
    negative = either(odd, call("negative", size), Number(float("nan")))
    return either(call("less", x, ZERO), negative, size)


def _safe_division(x: Expr, y: Expr, otherwise: Expr = ZERO) -> Expr:
    return IrCall("divide or else", (x, y, otherwise))


def _if_missing(x: Expr, otherwise: Expr) -> Expr:
    return either(call("equal", x, Number(MISSING)), otherwise, x)


def _factorial(n: Expr) -> Expr:
    return _round(call("exp", call("gammaln", plus(n, ONE))))


def _permutations(n: Expr, r: Expr) -> Expr:
    more = call("gammaln", plus(n, ONE))
    return _round(call("exp", minus(more, call("gammaln", plus(minus(n, r), ONE)))))


def _combinations(n: Expr, r: Expr) -> Expr:
    inner = plus(call("gammaln", plus(r, ONE)), call("gammaln", plus(minus(n, r), ONE)))
    return _round(call("exp", minus(call("gammaln", plus(n, ONE)), inner)))


def _normal_share(low: Expr, high: Expr, mean: Expr = ZERO, std: Expr = ONE) -> Expr:
    ends = (call("ndtr", over(minus(end, mean), std)) for end in (high, low))
    return minus(*ends)


def _payment(rate: Expr, n: Expr, present: Expr, future: Expr = ZERO) -> Expr:
    grown = call("power", plus(ONE, rate), n)
    paid = over(times(rate, plus(times(present, grown), future)), minus(grown, ONE))
    level = over(plus(present, future), n)
    return call("negative", either(call("equal", rate, ZERO), level, paid))


def _present(rate: Expr, n: Expr, payment: Expr, future: Expr = ZERO) -> Expr:
    grown = call("power", plus(ONE, rate), n)
    annuity = over(times(payment, minus(grown, ONE)), rate)
    total = over(plus(annuity, future), grown)
    level = plus(times(payment, n), future)
    return call("negative", either(call("equal", rate, ZERO), level, total))


def _future(rate: Expr, n: Expr, payment: Expr, present: Expr = ZERO) -> Expr:
    grown = call("power", plus(ONE, rate), n)
    annuity = over(times(payment, minus(grown, ONE)), rate)
    total = plus(annuity, times(present, grown))
    level = plus(times(payment, n), present)
    return call("negative", either(call("equal", rate, ZERO), level, total))


# Functions that look at the clock.


def control(scope: Scope, name: str) -> Expr:
    """Return a variable of the clock, by its canonical name."""
    return Value(scope.lowering.shown[name])


def _wave(function: str) -> Handler:
    def handle(scope: Scope, node: Call, lower: Lower) -> Expr:
        size, period = (lower(scope, argument) for argument in node.arguments)
        turn = over(times(Number(6.283185307179586), Time()), period)
        return times(size, IrCall(function, (turn,)))

    return handle


def _xmile_ramp(scope: Scope, node: Call, lower: Lower) -> Expr:
    given = [lower(scope, argument) for argument in node.arguments]
    start = given[1] if len(given) > 1 else control(scope, "initial time")
    if len(given) > 2:
        return IrCall("ramp", (given[0], start, given[2]))
    return IrCall("ramp for ever", (given[0], start))


def _xmile_pulse(scope: Scope, node: Call, lower: Lower) -> Expr:
    """Return XMILE's PULSE: a volume within one step, once or at every interval."""
    given = [lower(scope, argument) for argument in node.arguments]
    first = given[1] if len(given) > 1 else control(scope, "initial time")
    if len(given) < 3:
        return IrCall("impulse", (first, given[0]))
    interval = scope.named(given[2])
    once = IrCall("impulse", (first, given[0]))
    train = IrCall("impulse train", (first, interval, given[0]))
    return either(call("greater", interval, ZERO), train, once)


def _time_base(start: Expr, step: Expr) -> Expr:
    return plus(start, times(step, Time()))


def _counter(scope: Scope, node: Call, lower: Lower) -> Expr:
    start, finish = (scope.named(lower(scope, a)) for a in node.arguments)
    passed = minus(Time(), control(scope, "initial time"))
    return plus(start, _xmile_mod(passed, minus(finish, start)))


def _compound_growth(scope: Scope, node: Call, lower: Lower) -> Expr:
    """Return the growth fraction that comes to a percentage in a unit of time."""
    rate = plus(ONE, over(lower(scope, node.arguments[0]), Number(100.0)))
    step = control(scope, "time step")
    return over(minus(call("power", rate, step), ONE), step)


def _time_value(scope: Scope, node: Call, lower: Lower) -> Expr:
    """Return GET TIME VALUE(relative to, offset, kind): only the model's own time."""
    relative, offset, kind = (lower(scope, a) for a in node.arguments)
    if kind != ZERO or not isinstance(relative, Number):
        what = "GET TIME VALUE of a calendar is not supported"
        scope.refuse(what, "Use Time, and 0 as the last argument.")
    starts = {0.0: Time(), 1.0: control(scope, "initial time")}
    if relative.value not in starts:
        scope.refuse("GET TIME VALUE is relative to 0 or 1", "Correct the argument.")
    return plus(starts[relative.value], offset)


def _extreme(function: str, over_array: str) -> Handler:
    """Return MIN or MAX: of numbers, or in XMILE of one array."""

    def handle(scope: Scope, node: Call, lower: Lower) -> Expr:
        if len(node.arguments) == 1:
            if scope.is_xmile:
                return arrays.reduced(scope, over_array, node.arguments[0], lower)
            return lower(scope, node.arguments[0])
        found = lower(scope, node.arguments[0])
        for argument in node.arguments[1:]:
            found = IrCall(function, (found, lower(scope, argument)))
        return found

    return handle


def _mean(scope: Scope, node: Call, lower: Lower) -> Expr:
    if len(node.arguments) == 1:
        return arrays.mean(scope, node.arguments[0], lower)
    total = lower(scope, node.arguments[0])
    for argument in node.arguments[1:]:
        total = plus(total, lower(scope, argument))
    return over(total, Number(float(len(node.arguments))))


def _game(scope: Scope, node: Call, lower: Lower) -> Expr:
    return lower(scope, node.arguments[0])


def _whole_reduction(function: str) -> Handler:
    def handle(scope: Scope, node: Call, lower: Lower) -> Expr:
        return arrays.reduced(scope, function, node.arguments[0], lower)

    return handle


HANDLERS: Mapping[str, Handler] = {
    "log": _of_numbers(_log),
    "xmile log10": _of_numbers(lambda x: _log(x, Number(10.0))),
    "modulo": _of_named(_modulo),
    "xmile mod": _of_named(_xmile_mod),
    "xmile round": _of_named(_round),
    "xmile sign": _of_named(_sign),
    "xmile percent": _of_numbers(lambda x: times(Number(100.0), x)),
    "xmile rootn": _of_named(_root),
    "xmile safediv": _of_numbers(_safe_division),
    "x if missing": _of_named(_if_missing),
    "xmile factorial": _of_numbers(_factorial),
    "xmile permutations": _of_named(_permutations),
    "xmile combinations": _of_named(_combinations),
    "xmile normalcdf": _of_named(_normal_share),
    "pi": _of_numbers(lambda: Number(3.141592653589793)),
    "xmile pmt": _of_named(_payment),
    "xmile pv": _of_named(_present),
    "xmile fv": _of_named(_future),
    "xmile sinwave": _wave("sin"),
    "xmile coswave": _wave("cos"),
    "xmile cgrowth": _compound_growth,
    "xmile ramp": _xmile_ramp,
    "xmile pulse": _xmile_pulse,
    "time base": _of_numbers(_time_base),
    "xmile counter": _counter,
    "get time value": _time_value,
    "min": _extreme("minimum", "least"),
    "max": _extreme("maximum", "greatest"),
    "sum": _whole_reduction("sum"),
    "prod": _whole_reduction("product"),
    "vmin": _whole_reduction("least"),
    "vmax": _whole_reduction("greatest"),
    "xmile mean": _mean,
    "game": _game,
    **arrays.HANDLERS,
    **market.HANDLERS,
    **memory.HANDLERS,
    **lines.HANDLERS,
    **tables.HANDLERS,
    **random.HANDLERS,
}
