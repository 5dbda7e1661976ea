"""sine and cosine as plain arithmetic.

The polynomials are those of Sun Microsystems' fdlibm (1993); the reduction follows
W. J. Cody and W. Waite, Software Manual for the Elementary Functions (1980).
"""

from cqsim.codegen.assembly import Arithmetic
from cqsim.codegen.exponentials import MAGIC

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
    turn = a.whole("add", a.bits(z), a.kind.integer(quarter))
    odd = _bit(a, turn, 1)
    value = a.select(odd, cosine, sine)
    value = a.select(_bit(a, turn, 2), a.negative(value), value)
    far = a.compare("uge", a.function("fabs", x), a.number(_LARGEST_ANGLE))
    return a.rarely(far, value, name, x)


def _bit(a: Arithmetic, x: str, mask: int) -> str:
    masked = a.whole("and", x, a.kind.integer(mask))
    zero = a.kind.integer(0)
    return a.to.let(f"icmp ne {a.kind.whole} {masked}, {zero}")
