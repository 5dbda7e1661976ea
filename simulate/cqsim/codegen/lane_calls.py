"""Each function of a model as LLVM instructions: selects instead of branches."""

from cqsim.codegen.assembly import Arithmetic
from cqsim.codegen.draws import uniform
from cqsim.codegen.lane_clock import CLOCKED
from cqsim.codegen.lane_market import demand
from cqsim.codegen.operand import SMALL, Emit, Operand, Timing, number, out, truth
from cqsim.compile.ir import EXTERNAL


def _plain(method: str) -> Emit:
    def emit(a: Arithmetic, x: list[Operand], _: Timing) -> Operand:
        texts = [number(a, operand) for operand in x]
        return out(a, getattr(a, method)(*texts))

    return emit


def _called(name: str, llvm: bool = False) -> Emit:
    def emit(a: Arithmetic, x: list[Operand], _: Timing) -> Operand:
        texts = [number(a, operand) for operand in x]
        return out(a, (a.function if llvm else a.ours)(name, *texts))

    return emit


def _relation(name: str) -> Emit:
    def emit(a: Arithmetic, x: list[Operand], _: Timing) -> Operand:
        return out(a, a.compare(name, *(number(a, o) for o in x)), truth=True)

    return emit


def _logic(name: str) -> Emit:
    def emit(a: Arithmetic, x: list[Operand], _: Timing) -> Operand:
        return out(a, a.logic(name, *(truth(a, o) for o in x)), truth=True)

    return emit


def _not(a: Arithmetic, x: list[Operand], _: Timing) -> Operand:
    return out(a, a.inverse(truth(a, x[0])), truth=True)


def _if(a: Arithmetic, x: list[Operand], _: Timing) -> Operand:
    condition = truth(a, x[0])
    return out(a, a.select(condition, number(a, x[1]), number(a, x[2])))


def _extreme(relation: str) -> Emit:
    """Return minimum or maximum; NaN in either gives NaN."""

    def emit(a: Arithmetic, x: list[Operand], _: Timing) -> Operand:
        first, second = x
        if second.value is not None:
            # A literal is no NaN; with it first, one select lets a NaN through.
            first, second = second, first
        left, right = number(a, first), number(a, second)
        chosen = a.select(a.compare(relation, left, right), left, right)
        if first.value is None:
            none = a.compare("uno", left, left)
            chosen = a.select(none, left, chosen)
        return out(a, chosen)

    return emit


def _power(a: Arithmetic, x: list[Operand], _: Timing) -> Operand:
    base, exponent = number(a, x[0]), number(a, x[1])
    count = x[1].value
    if count is not None and count in (1.0, 2.0, 3.0, 4.0):
        square = a.multiply(base, base) if count > 1 else base
        if count == 3.0:
            square = a.multiply(square, base)
        if count == 4.0:
            square = a.multiply(square, square)
        return out(a, square)
    if count == -1.0:
        return out(a, a.divide(a.number(1.0), base))
    return out(a, a.ours("power", base, exponent))


def _divide_or_zero(a: Arithmetic, x: list[Operand], t: Timing) -> Operand:
    return _divide_or_else(a, [*x, Operand(a.number(0.0), a.kind)], t)


def _divide_or_else(a: Arithmetic, x: list[Operand], _: Timing) -> Operand:
    above, below, otherwise = (number(a, operand) for operand in x)
    none = a.compare("olt", a.function("fabs", below), a.number(SMALL))
    safe = a.select(none, a.number(1.0), below)
    return out(a, a.select(none, otherwise, a.divide(above, safe)))


def _quantum(a: Arithmetic, x: list[Operand], _: Timing) -> Operand:
    value, size = (number(a, operand) for operand in x)
    none = a.compare("olt", size, a.number(SMALL))
    safe = a.select(none, a.number(1.0), size)
    steps = a.function("trunc", a.divide(value, safe))
    return out(a, a.select(none, value, a.multiply(safe, steps)))


def _draw(a: Arithmetic, x: list[Operand], t: Timing) -> Operand:
    seed, stream, element, draw = (a.integer_of(number(a, o)) for o in x)
    return out(a, uniform(a, (seed, stream), (t.run, t.count, element, draw)))


CALLS: dict[str, Emit] = {
    **CLOCKED,
    "add": _plain("add"),
    "subtract": _plain("subtract"),
    "multiply": _plain("multiply"),
    "divide": _plain("divide"),
    "negative": _plain("negative"),
    "power": _power,
    "if": _if,
    "minimum": _extreme("olt"),
    "maximum": _extreme("ogt"),
    "absolute": _called("fabs", llvm=True),
    "sqrt": _called("sqrt", llvm=True),
    "truncate": _called("trunc", llvm=True),
    "floor": _called("floor", llvm=True),
    "exp": _called("exp"),
    "log": _called("log"),
    "sin": _called("sine"),
    "cos": _called("cosine"),
    "tan": _called("lanes_tan"),
    "arcsin": _called("lanes_asin"),
    "arccos": _called("lanes_acos"),
    "arctan": _called("lanes_atan"),
    "sinh": _called("lanes_sinh"),
    "cosh": _called("lanes_cosh"),
    "tanh": _called("lanes_tanh"),
    "quantum": _quantum,
    "divide or zero": _divide_or_zero,
    "divide or else": _divide_or_else,
    "equal": _relation("oeq"),
    "unequal": _relation("une"),
    "less": _relation("olt"),
    "at most": _relation("ole"),
    "greater": _relation("ogt"),
    "at least": _relation("oge"),
    "and": _logic("and"),
    "or": _logic("or"),
    "not": _not,
    "demand": demand,
    "draw": _draw,
    **{name: _called(f"lanes_{name}") for name in EXTERNAL},
}
