"""exp, log and power as plain arithmetic.

The reductions follow W. J. Cody and W. Waite, Software Manual for the Elementary
Functions (1980); the leading terms of log in two numbers follow T. J. Dekker,
Numerische Mathematik 18 (1971) 224.
"""

from cqsim.codegen.assembly import Arithmetic

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
    exponent = a.whole("sub", a.bits(z), a.kind.integer(MAGIC_BITS))
    half = a.whole("ashr", exponent, a.kind.integer(1))
    rest = a.whole("sub", exponent, half)
    p = a.multiply(p, _power_of_two(a, half))
    return a.multiply(p, _power_of_two(a, rest))


def _power_of_two(a: Arithmetic, exponent: str) -> str:
    biased = a.whole("add", exponent, a.kind.integer(1023))
    return a.from_bits(a.whole("shl", biased, a.kind.integer(52)))


def _split(a: Arithmetic, x: str) -> tuple[str, str]:
    """Return m - 1 and e, where x = m * 2**e and m is between sqrt(1/2) and sqrt(2)."""
    small = a.compare("olt", x, a.number(_SMALLEST))
    lifted = a.select(small, a.multiply(x, a.number(2.0**54)), x)
    lift = a.select(small, a.number(54.0), a.number(0.0))
    bits = a.bits(lifted)
    shifted = a.whole("sub", bits, a.kind.integer(0x3FE6A09E667F3BCD))
    exponent = a.whole("ashr", shifted, a.kind.integer(52))
    cleared = a.whole("shl", exponent, a.kind.integer(52))
    m = a.from_bits(a.whole("sub", bits, cleared))
    e = a.from_bits(a.whole("add", exponent, a.kind.integer(MAGIC_BITS)))
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
    return a.rarely(a.inverse(usual), result, "pow", x, y)
