"""exp, log, power, sine, cosine and random bits as plain arithmetic; and libraries'.

The reductions follow W. J. Cody and W. Waite, Software Manual for the Elementary
Functions (1980); the leading terms of log in two numbers follow T. J. Dekker,
Numerische Mathematik 18 (1971) 224; the polynomials of sine and cosine are those of Sun
Microsystems' fdlibm (1993). Random bits are Philox 4x32-10 of J. K. Salmon and others,
Parallel Random Numbers: As Easy as 1, 2, 3 (SC11): a key and a counter in, bits out,
and no state between. Functions of numbers are within 2 units in the last place of the
true value where the target has fma, and handle zero, infinity, NaN and subnormal
numbers as C does.

A library function is called lane by lane, at three times the cost of a kernel; it gives
a lane the same bits in any company.
"""

import re
from collections.abc import Callable, Iterable

from cqsim.compile.expr import EXTERNAL
from cqsim.llvm.builder import Arithmetic, FunctionBuilder, Type
from cqsim.llvm.native import SCIPY

#: 1.5 * 2**52: added to a small number, it leaves the nearest integer in the low bits.
MAGIC = 6755399441055744.0
MAGIC_BITS = 0x4338000000000000

_PER_LN2 = 1.4426950408889634
# The first has 21 zero bits at its end, so that a whole multiple of it is exact.
_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10

_SMALLEST = 2.2250738585072014e-308
_INFINITY = float("inf")
_NAN = float("nan")

# (exp(r) - 1 - r) / r**2 on |r| <= log(2)/2, the highest power first: interpolated at
# Chebyshev's nodes in 200 bits; it misses by 0.15 units in the last place of exp.
_EXP = (
    2.5100472505694996e-08,
    2.7620201591031547e-07,
    2.7557268276905696e-06,
    2.4801521057868204e-05,
    0.00019841269863171557,
    0.0013888888917367081,
    0.008333333333330039,
    0.041666666666623824,
    0.16666666666666669,
    0.5000000000000001,
)

# (log((1+s)/(1-s)) / s - 2 - 2 z/3) / z**2 in z = s**2, for s up to (sqrt(2) - 1)**2;
# interpolated as above; it misses by less than one unit in its own last place.
_LOG = (
    0.11723178623876518,
    0.11706236339491206,
    0.1333480469384731,
    0.1538459496251843,
    0.18181818335392802,
    0.22222222221655885,
    0.28571428571429364,
    0.4,
)
_TWO_THIRDS = 0.6666666666666666
_TWO_THIRDS_LOW = 3.700743415417188e-17


def exp(a: Arithmetic, arguments: list[str]) -> str:
    """Return exp(x)."""
    return _exp_of_two(a, arguments[0], None)


def _exp_of_two(a: Arithmetic, high: str, low: str | None) -> str:
    """Return exp(high + low), where low is far below the last place of high."""
    above = a.compare("ogt", high, a.number(710.0))
    below = a.compare("olt", high, a.number(-750.0))
    x = a.select(above, a.number(710.0), high)
    x = a.select(below, a.number(-750.0), x)
    z = a.fused(x, a.number(_PER_LN2), a.number(MAGIC))
    n = a.subtract(z, a.number(MAGIC))
    r = a.fused(n, a.number(-_LN2_HIGH), x)
    r = a.fused(n, a.number(-_LN2_LOW), r)
    if low is not None:
        clamped = a.logic("or", above, below)
        r = a.add(r, a.select(clamped, a.number(0.0), low))
    p = a.polynomial(r, _EXP)
    p = a.fused(a.multiply(r, r), p, r)
    p = a.add(p, a.number(1.0))
    # In two factors, since 2**n itself may overflow or be subnormal.
    exponent = a.integer("sub", a.bits(z), a.type.whole(MAGIC_BITS))
    half = a.integer("ashr", exponent, a.type.whole(1))
    rest = a.integer("sub", exponent, half)
    p = a.multiply(p, _power_of_two(a, half))
    return a.multiply(p, _power_of_two(a, rest))


def _power_of_two(a: Arithmetic, exponent: str) -> str:
    biased = a.integer("add", exponent, a.type.whole(1023))
    return a.from_bits(a.integer("shl", biased, a.type.whole(52)))


def _split(a: Arithmetic, x: str) -> tuple[str, str]:
    """Return m - 1 and e, where x = m * 2**e and m is between sqrt(1/2) and sqrt(2)."""
    small = a.compare("olt", x, a.number(_SMALLEST))
    lifted = a.select(small, a.multiply(x, a.number(2.0**54)), x)
    lift = a.select(small, a.number(54.0), a.number(0.0))
    bits = a.bits(lifted)
    shifted = a.integer("sub", bits, a.type.whole(0x3FE6A09E667F3BCD))
    exponent = a.integer("ashr", shifted, a.type.whole(52))
    cleared = a.integer("shl", exponent, a.type.whole(52))
    m = a.from_bits(a.integer("sub", bits, cleared))
    e = a.from_bits(a.integer("add", exponent, a.type.whole(MAGIC_BITS)))
    e = a.subtract(e, a.number(MAGIC))
    return a.subtract(m, a.number(1.0)), a.subtract(e, lift)


def log(a: Arithmetic, arguments: list[str]) -> str:
    """Return the natural logarithm of x."""
    (x,) = arguments
    f, e = _split(a, x)
    s = a.divide(f, a.add(a.number(2.0), f))
    z = a.multiply(s, s)
    tail = a.fused(a.polynomial(z, _LOG), z, a.number(_TWO_THIRDS))
    half = a.multiply(a.multiply(f, f), a.number(0.5))
    # log(1+f) = f - (f²/2 - s (f²/2 + R)), the form that keeps its leading terms exact.
    inner = a.fused(s, a.fused(z, tail, half), a.multiply(e, a.number(_LN2_LOW)))
    inner = a.subtract(a.subtract(half, inner), f)
    result = a.fused(e, a.number(_LN2_HIGH), a.negative(inner))
    return _log_specials(a, x, result)


def _log_specials(a: Arithmetic, x: str, result: str) -> str:
    result = a.select(a.compare("oeq", x, a.number(0.0)), a.number(-_INFINITY), result)
    result = a.select(a.compare("ult", x, a.number(0.0)), a.number(_NAN), result)
    whole = a.compare("oeq", x, a.number(_INFINITY))
    return a.select(whole, a.number(_INFINITY), result)


def _log_in_two(a: Arithmetic, x: str) -> tuple[str, str]:
    """Return log(x) as the sum of two numbers, right to about 2**-64."""
    f, e = _split(a, x)
    q = a.add(a.number(2.0), f)
    q_low = a.subtract(f, a.subtract(q, a.number(2.0)))
    inverse = a.divide(a.number(1.0), q)
    s = a.multiply(f, inverse)
    rest = a.fused(a.negative(s), q, f)
    s_low = a.multiply(a.fused(a.negative(s), q_low, rest), inverse)
    z = a.multiply(s, s)
    z_low = a.fused(s, s, a.negative(z))
    z_low = a.fused(a.multiply(s, a.number(2.0)), s_low, z_low)
    tail = a.multiply(a.polynomial(z, _LOG), z)
    u = a.add(a.number(_TWO_THIRDS), tail)
    u_low = a.subtract(tail, a.subtract(u, a.number(_TWO_THIRDS)))
    u_low = a.add(u_low, a.number(_TWO_THIRDS_LOW))
    w, w_low = _product(a, (z, z_low), (u, u_low))
    v, v_low = _product(a, (s, s_low), (w, w_low))
    double = a.add(s, s)
    high, low = _sum(a, double, v)
    low = a.add(low, a.fused(s_low, a.number(2.0), v_low))
    scaled = a.multiply(e, a.number(_LN2_HIGH))
    total, left = _sum(a, scaled, high)
    return total, a.add(left, a.fused(e, a.number(_LN2_LOW), low))


def _product(a: Arithmetic, x: tuple[str, str], y: tuple[str, str]) -> tuple[str, str]:
    high = a.multiply(x[0], y[0])
    low = a.fused(x[0], y[0], a.negative(high))
    low = a.fused(x[0], y[1], low)
    return high, a.fused(x[1], y[0], low)


def _sum(a: Arithmetic, larger: str, smaller: str) -> tuple[str, str]:
    high = a.add(larger, smaller)
    return high, a.subtract(smaller, a.subtract(high, larger))


def power(a: Arithmetic, arguments: list[str]) -> str:
    """Return x to the power of y."""
    x, y = arguments
    high, low = _log_in_two(a, x)
    product = a.multiply(y, high)
    rest = a.fused(y, low, a.fused(y, high, a.negative(product)))
    result = _exp_of_two(a, product, rest)
    usual = a.compare("oge", x, a.number(_SMALLEST))
    usual = a.logic("and", usual, a.compare("olt", x, a.number(_INFINITY)))
    size = a.function("fabs", y)
    usual = a.logic("and", usual, a.compare("olt", size, a.number(1e300)))
    return a.slow_path(a.inverse(usual), result, "pow", x, y)


_SINE = (
    1.58969099521155010221e-10,
    -2.50507602534068634195e-08,
    2.75573137070700676789e-06,
    -1.98412698298579493134e-04,
    8.33333333332248946124e-03,
    -1.66666666666666324348e-01,
)
_COSINE = (
    -1.13596475577881948265e-11,
    2.08757232129817482790e-09,
    -2.75573143513906633035e-07,
    2.48015872894767294178e-05,
    -1.38888888888741095749e-03,
    4.16666666666666019037e-02,
)
_PER_HALF_PI = 0.6366197723675814
# Pi / 2 in three parts; whole multiples of the first two are exact up to 2**20.
_HALF_PI = (
    1.57079632673412561417e00,
    6.07710050630396597660e-11,
    2.02226624879595063154e-21,
)
#: Beyond this the reduction above loses digits, and the library's function is called.
_LARGEST_ANGLE = 1.0e5


def sine(a: Arithmetic, arguments: list[str]) -> str:
    """Return the sine of x, in radians."""
    return _circular(a, arguments[0], 0, "sin")


def cosine(a: Arithmetic, arguments: list[str]) -> str:
    """Return the cosine of x, in radians."""
    return _circular(a, arguments[0], 1, "cos")


def _circular(a: Arithmetic, x: str, quarter: int, name: str) -> str:
    z = a.fused(x, a.number(_PER_HALF_PI), a.number(MAGIC))
    n = a.subtract(z, a.number(MAGIC))
    r = x
    for part in _HALF_PI[:2]:
        r = a.fused(n, a.number(-part), r)
    low = a.multiply(n, a.number(-_HALF_PI[2]))
    r = a.add(r, low)
    w = a.multiply(r, r)
    sine = a.fused(a.multiply(r, w), a.polynomial(w, _SINE), r)
    cosine = a.multiply(a.multiply(w, w), a.polynomial(w, _COSINE))
    half = a.multiply(w, a.number(0.5))
    one_less = a.subtract(a.number(1.0), half)
    lost = a.subtract(a.subtract(a.number(1.0), one_less), half)
    cosine = a.add(one_less, a.add(lost, cosine))
    turn = a.integer("add", a.bits(z), a.type.whole(quarter))
    odd = _bit(a, turn, 1)
    value = a.select(odd, cosine, sine)
    value = a.select(_bit(a, turn, 2), a.negative(value), value)
    far = a.compare("uge", a.function("fabs", x), a.number(_LARGEST_ANGLE))
    return a.slow_path(far, value, name, x)


def _bit(a: Arithmetic, x: str, mask: int) -> str:
    masked = a.integer("and", x, a.type.whole(mask))
    zero = a.type.whole(0)
    return a.to.pure(f"icmp ne {a.type.integer} {masked}, {zero}")


_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_WEYL = (0x9E3779B9, 0xBB67AE85)
_ROUNDS = 10
_WORD = 0xFFFFFFFF
_ONE_BITS = 0x3FF0000000000000


def uniform(a: Arithmetic, key: tuple[str, str], counter: tuple[str, ...]) -> str:
    """Return a number in (0, 1): an odd multiple of 2**-53.

    Parameters
    ----------
    key, counter
        Two and four integers, of which the lower 32 bits count.
    """
    first, second, *_ = philox(a, key, counter)
    high = a.integer("shl", first, a.type.whole(20))
    mantissa = a.integer("or", high, a.integer("lshr", second, a.type.whole(12)))
    bits = a.integer("or", mantissa, a.type.whole(_ONE_BITS))
    below_one = a.subtract(a.from_bits(bits), a.number(1.0))
    return a.add(below_one, a.number(2.0**-53))


def philox(
    a: Arithmetic, key: tuple[str, str], counter: tuple[str, ...]
) -> tuple[str, ...]:
    """Return four words of 32 random bits, each in an integer of 64."""
    word = a.type.whole(_WORD)
    k = [a.integer("and", part, word) for part in key]
    c = [a.integer("and", part, word) for part in counter]
    for turn in range(_ROUNDS):
        if turn:
            k = [_added(a, part, weyl) for part, weyl in zip(k, _WEYL, strict=True)]
        high, low = [], []
        for part, factor in zip((c[0], c[2]), _MULTIPLIERS, strict=True):
            product = a.integer("mul", part, a.type.whole(factor))
            high.append(a.integer("lshr", product, a.type.whole(32)))
            low.append(a.integer("and", product, word))
        left = a.integer("xor", a.integer("xor", high[1], c[1]), k[0])
        right = a.integer("xor", a.integer("xor", high[0], c[3]), k[1])
        c = [left, low[1], right, low[0]]
    return tuple(c)


def _added(a: Arithmetic, x: str, number: int) -> str:
    total = a.integer("add", x, a.type.whole(number))
    return a.integer("and", total, a.type.whole(_WORD))


# The functions that a program calls: its own kernels, and those of libraries.


Kernel = Callable[[Arithmetic, list[str]], str]

_KERNELS: dict[str, tuple[int, Kernel]] = {
    "exp": (1, exp),
    "log": (1, log),
    "power": (2, power),
    "sine": (1, sine),
    "cosine": (1, cosine),
}

#: Functions of C's mathematical library, and how many numbers each takes.
LIBRARY = {
    "pow": 2,
    **dict.fromkeys(("sin", "cos", "tan", "asin", "acos", "atan"), 1),
    **dict.fromkeys(("sinh", "cosh", "tanh", "erfc"), 1),
}

#: Functions of LLVM's, and how many numbers each takes.
_LLVM = {"fma": 3, "fabs": 1, "sqrt": 1, "trunc": 1, "rint": 1, "floor": 1}

_NAME = re.compile(r"@([\w.]+)\(")


def called_functions(
    types: Iterable[Type], lines: Iterable[str], fma: bool = True
) -> list[str]:
    """Return the functions of these types that lines of LLVM's language call.

    Parameters
    ----------
    fma
        Whether the target multiplies and adds in one instruction.
    """
    known = {_NAME.findall(line)[0]: [line] for line in _library_declarations()}
    for type_ in dict.fromkeys(types):
        found = [[line] for line in _declarations(type_)]
        found += [_kernel(type_, fma, n, *made) for n, made in _KERNELS.items()]
        found += _lane_by_lane(type_)
        known |= {_NAME.findall(function[0])[0]: function for function in found}
    wanted: dict[str, None] = {}
    waiting = [name for line in lines for name in _NAME.findall(line)]
    while waiting:
        name = waiting.pop()
        if name in known and name not in wanted:
            wanted[name] = None
            waiting += [n for line in known[name][1:] for n in _NAME.findall(line)]
    return [line for name in sorted(wanted) for line in known[name]]


def _declarations(type_: Type) -> Iterable[str]:
    """Yield the declarations of LLVM's own functions."""
    real, integer, mangled = type_.real, type_.integer, type_.mangled()
    for name, count in _LLVM.items():
        yield f"declare {real} @llvm.{name}.{mangled}({', '.join([real] * count)})"
    yield f"declare {integer} @llvm.fptosi.sat.{type_.mangled('i64')}.{mangled}({real})"
    if type_.width > 1:
        name = f"llvm.vector.reduce.or.v{type_.width}i1"
        yield f"declare i1 @{name}({type_.boolean})"


def _kernel(type_: Type, fma: bool, name: str, count: int, kernel: Kernel) -> list[str]:
    to = FunctionBuilder()
    arguments = [f"%a{n}" for n in range(count)]
    result = kernel(Arithmetic(to, type_, fma), arguments)
    head = f"{_head(type_, name + type_.suffix, arguments)} alwaysinline {{"
    return [head, "entry:", *to.lines, f"  ret {type_.real} {result}", "}"]


def _head(type_: Type, name: str, arguments: list[str]) -> str:
    given = ", ".join(f"{type_.real} {argument}" for argument in arguments)
    return f"define internal {type_.real} @{name}({given})"


def _library_declarations() -> Iterable[str]:
    for name, count in LIBRARY.items():
        yield f"declare double @{name}({', '.join(['double'] * count)})"
    for name, count in EXTERNAL.items():
        yield f"declare double @{SCIPY}{name}({'double, ' * count}i32)"


def _lane_by_lane(type_: Type) -> Iterable[list[str]]:
    """Yield functions that call a library's for each lane in turn."""
    for name, count in LIBRARY.items():
        yield _wrapped(type_, name, name, count, "")
    for name, count in EXTERNAL.items():
        # Cython's functions ask whether to look for an override; there is none.
        yield _wrapped(type_, name, SCIPY + name, count, ", i32 0")


def _wrapped(type_: Type, name: str, symbol: str, count: int, more: str) -> list[str]:
    to = FunctionBuilder()
    arguments = [f"%a{n}" for n in range(count)]

    def one(lane: int) -> str:
        given = ", ".join(f"double {to.lane(type_, a, lane)}" for a in arguments)
        # LLVM must not replace a call by what it knows of C's function of that name.
        return to.value(f"call double @{symbol}({given}{more}) nobuiltin")

    total = to.each_lane(type_, one)
    head = f"{_head(type_, f'lanes_{name}{type_.suffix}', arguments)} noinline cold {{"
    return [head, "entry:", *to.lines, f"  ret {type_.real} {total}", "}"]
