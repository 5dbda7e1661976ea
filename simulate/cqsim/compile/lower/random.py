"""Random draws: by inversion from counter-based uniform numbers.

A draw depends on the seed, the call in the model, the element, the run and the step
only (Philox 4x32-10, Salmon et al. 2011, doi:10.1145/2063384.2063405), so it is the
same whatever else runs. The numbers are not Vensim's or Stella's; the distributions
are. Where a function has a least and a greatest value, normal and exponential draws are
from the distribution cut off there; others outside are set to the nearer one.
"""

from collections.abc import Callable, Mapping

from cqsim.compile.expr import Call as IrCall
from cqsim.compile.expr import Expr, Number, Numbers, TimeStep, Value
from cqsim.compile.ir import Auxiliary
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
from cqsim.language.syntax import Call


class Stream:
    """The uniform numbers of one call: another one at each element and step."""

    def __init__(self, scope: Scope, seed: Expr) -> None:
        self._scope = scope
        self._number = scope.lowering.draws
        scope.lowering.draws += 1
        noise = scope.lowering.shown.get("noise seed")
        self._seed = plus(seed, Value(noise)) if noise else seed

    def uniform(self, count: int = 0) -> Expr:
        """Return a number between 0 and 1, neither of them included."""
        outer = [index for index, _ in self._scope.indices]
        inner = [i for opened in self._scope.bound for i in opened.values()]
        element: Expr = ZERO
        for index in (*outer, *inner):
            size = float(len(index.elements))
            position = Numbers(index.name, tuple(map(float, range(int(size)))))
            element = plus(times(element, Number(size)), position)
        stream, number = Number(float(self._number)), Number(float(count))
        drawn = IrCall("draw", (self._seed, stream, element, number))
        return self._scope.add(Auxiliary, drawn)


def _clipped(value: Expr, low: Expr, high: Expr) -> Expr:
    return call("minimum", call("maximum", value, low), high)


def _ceiling(x: Expr) -> Expr:
    return call("negative", call("floor", call("negative", x)))


_Quantile = Callable[..., Expr]


def _vensim(quantile: _Quantile, *, is_shaped: int = 0) -> Handler:
    """Return the handler of a function (min, max, shapes, shift, stretch, seed)."""

    def handle(scope: Scope, node: Call, lower: Lower) -> Expr:
        given = [scope.named(lower(scope, a)) for a in node.arguments]
        low, high, *shapes, shift, stretch, seed = given
        shapes = shapes[:is_shaped]
        drawn = quantile(Stream(scope, seed).uniform(), *shapes)
        return _clipped(plus(shift, times(stretch, drawn)), low, high)

    return handle


def _poisson_quantile(u: Expr, mean: Expr) -> Expr:
    return call("maximum", _ceiling(call("pdtrik", u, mean)), ZERO)


def _binomial_quantile(u: Expr, share: Expr, trials: Expr) -> Expr:
    return call("maximum", _ceiling(call("bdtrik", u, trials, share)), ZERO)


def _negative_binomial_quantile(u: Expr, share: Expr, successes: Expr) -> Expr:
    return call("maximum", _ceiling(call("nbdtrik", u, successes, share)), ZERO)


def _gamma_quantile(u: Expr, order: Expr) -> Expr:
    return call("gammaincinv", order, u)


def _beta_quantile(u: Expr, a: Expr, b: Expr) -> Expr:
    return call("betaincinv", a, b, u)


def _exponential_quantile(u: Expr) -> Expr:
    return call("negative", call("log", u))


def _weibull_quantile(u: Expr, shape: Expr) -> Expr:
    return call("power", _exponential_quantile(u), over(ONE, shape))


def _geometric_quantile(u: Expr, share: Expr) -> Expr:
    drawn = over(call("log", u), call("log", minus(ONE, share)))
    return call("maximum", _ceiling(drawn), ONE)


def _triangular(scope: Scope, ends: list[Expr], seed: Expr) -> Expr:
    low, peak, high = ends
    u = Stream(scope, seed).uniform()
    width = minus(high, low)
    left = plus(low, call("sqrt", times(times(u, width), minus(peak, low))))
    rest = times(times(minus(ONE, u), width), minus(high, peak))
    right = minus(high, call("sqrt", rest))
    return either(call("less", times(u, width), minus(peak, low)), left, right)


def _normal(scope: Scope, given: list[Expr], seed: Expr) -> Expr:
    """Return a draw of the normal distribution between a least and a greatest value."""
    low, high, mean, deviation = (scope.named(part) for part in given)
    u = Stream(scope, seed).uniform()
    shares = [call("ndtr", over(minus(end, mean), deviation)) for end in (low, high)]
    first = scope.named(shares[0])
    inside = plus(first, times(u, minus(shares[1], first)))
    drawn = plus(mean, times(deviation, call("ndtri", inside)))
    return _clipped(either(call("greater", deviation, ZERO), drawn, mean), low, high)


def _random_normal(scope: Scope, node: Call, lower: Lower) -> Expr:
    *given, seed = (lower(scope, argument) for argument in node.arguments)
    return _normal(scope, given, seed)


def _random_exponential(scope: Scope, node: Call, lower: Lower) -> Expr:
    given = [scope.named(lower(scope, a)) for a in node.arguments]
    low, high, shift, stretch, seed = given
    u = Stream(scope, seed).uniform()
    ends = (call("maximum", over(minus(e, shift), stretch), ZERO) for e in (low, high))
    most, least = (call("exp", call("negative", end)) for end in ends)
    inside = plus(least, times(u, minus(most, least)))
    drawn = plus(shift, times(stretch, _exponential_quantile(inside)))
    drawn = either(call("equal", stretch, ZERO), shift, drawn)
    return _clipped(drawn, low, high)


def _random_lognormal(scope: Scope, node: Call, lower: Lower) -> Expr:
    """Return RANDOM LOGNORMAL(min, max, mean, deviation, seed), both of the draws."""
    low, high, mean, deviation, seed = (
        scope.named(lower(scope, a)) for a in node.arguments
    )
    return _clipped(_lognormal(scope, mean, deviation, seed), low, high)


def _xmile_lognormal(scope: Scope, shapes: list[Expr], seed: Expr) -> Expr:
    return _lognormal(scope, shapes[0], shapes[1], seed)


def _lognormal(scope: Scope, mean: Expr, deviation: Expr, seed: Expr) -> Expr:
    share = over(deviation, mean)
    variance = scope.named(call("log", plus(ONE, times(share, share))))
    centre = minus(call("log", mean), over(variance, Number(2.0)))
    u = Stream(scope, seed).uniform()
    return call("exp", plus(centre, times(call("sqrt", variance), call("ndtri", u))))


def _random_poisson(scope: Scope, node: Call, lower: Lower) -> Expr:
    given = [scope.named(lower(scope, a)) for a in node.arguments]
    low, high, mean, *rest = given
    shift, stretch = rest[:2] if len(rest) > 2 else (ZERO, ONE)
    drawn = _poisson_quantile(Stream(scope, rest[-1]).uniform(), mean)
    return _clipped(plus(shift, times(stretch, drawn)), low, high)


def _random_uniform(scope: Scope, node: Call, lower: Lower) -> Expr:
    low, high, seed = (lower(scope, argument) for argument in node.arguments)
    return _between(low, high, Stream(scope, seed).uniform())


def _between(low: Expr, high: Expr, u: Expr) -> Expr:
    return plus(low, times(minus(high, low), u))


def _random_0_1(scope: Scope, node: Call, lower: Lower) -> Expr:
    return Stream(scope, ZERO).uniform()


def _random_triangular(scope: Scope, node: Call, lower: Lower) -> Expr:
    low, high, *ends, seed = (scope.named(lower(scope, a)) for a in node.arguments)
    return _clipped(_triangular(scope, ends, seed), low, high)


def _pink_noise(scope: Scope, node: Call, lower: Lower) -> Expr:
    """Return noise with a correlation time (Sterman 2000, Business Dynamics, app. B).

    It smooths white noise whose deviation is scaled so that its own is the one given.
    """
    given = [scope.named(lower(scope, a)) for a in node.arguments]
    mean, deviation, time, seed = given
    white = call("ndtri", Stream(scope, seed).uniform())
    ratio = over(TimeStep(), time)
    size = call("sqrt", over(minus(Number(2.0), ratio), ratio))
    scaled = scope.named(plus(mean, times(times(deviation, size), white)))
    return scope.add_stock(mean, lambda level: over(minus(scaled, level), time))


def _random_lookup(scope: Scope, node: Call, lower: Lower) -> Expr:
    what = "RANDOM LOOKUP is not supported"
    scope.refuse(what, "Use LOOKUP INVERT of the cumulative curve at RANDOM 0 1.")


# XMILE's.


def _xmile(make: Callable[..., Expr], shapes: int) -> Handler:
    """Return the handler of a function (shapes, [seed], ...)."""

    def handle(scope: Scope, node: Call, lower: Lower) -> Expr:
        given = [scope.named(lower(scope, a)) for a in node.arguments]
        seed = given[shapes] if len(given) > shapes else ZERO
        return make(scope, given[:shapes], seed)

    return handle


def _by_quantile(quantile: _Quantile) -> Callable[..., Expr]:
    def make(scope: Scope, shapes: list[Expr], seed: Expr) -> Expr:
        return quantile(Stream(scope, seed).uniform(), *shapes)

    return make


def _xmile_normal(scope: Scope, node: Call, lower: Lower) -> Expr:
    """Return NORMAL(mean, deviation, [seed], [min], [max], [size])."""
    given = [scope.named(lower(scope, a)) for a in node.arguments]
    seed = given[2] if len(given) > 2 else ZERO
    if len(given) > 4:
        return _normal(scope, [given[3], given[4], given[0], given[1]], seed)
    u = Stream(scope, seed).uniform()
    return plus(given[0], times(given[1], call("ndtri", u)))


def _montecarlo(scope: Scope, shapes: list[Expr], seed: Expr) -> Expr:
    """Return 1 with a probability in percent per unit of time, else 0."""
    chance = times(over(shapes[0], Number(100.0)), TimeStep())
    return either(call("less", Stream(scope, seed).uniform(), chance), ONE, ZERO)


def _logistic_quantile(u: Expr, mean: Expr, scale: Expr) -> Expr:
    return plus(mean, times(scale, call("log", over(u, minus(ONE, u)))))


def _pareto_quantile(u: Expr, shape: Expr, scale: Expr) -> Expr:
    return over(scale, call("power", u, over(ONE, shape)))


HANDLERS: Mapping[str, Handler] = {
    "random 0 1": _random_0_1,
    "random uniform": _random_uniform,
    "random normal": _random_normal,
    "random exponential": _random_exponential,
    "random lognormal": _random_lognormal,
    "random poisson": _random_poisson,
    "random binomial": _vensim(_binomial_quantile, is_shaped=2),
    "random negative binomial": _vensim(_negative_binomial_quantile, is_shaped=2),
    "random beta": _vensim(_beta_quantile, is_shaped=2),
    "random gamma": _vensim(_gamma_quantile, is_shaped=1),
    "random weibull": _vensim(_weibull_quantile, is_shaped=1),
    "random triangular": _random_triangular,
    "random pink noise": _pink_noise,
    "random lookup": _random_lookup,
    "xmile random": _xmile(
        _by_quantile(lambda u, low, high: _between(low, high, u)), 2
    ),
    "xmile normal": _xmile_normal,
    "xmile lognormal": _xmile(_xmile_lognormal, 2),
    "xmile exprnd": _xmile(
        _by_quantile(lambda u, mean: times(mean, _exponential_quantile(u))), 1
    ),
    "xmile poisson": _xmile(_by_quantile(_poisson_quantile), 1),
    "xmile montecarlo": _xmile(_montecarlo, 1),
    "xmile binomial": _xmile(
        _by_quantile(lambda u, n, p: _binomial_quantile(u, p, n)), 2
    ),
    "xmile negbinomial": _xmile(
        _by_quantile(lambda u, n, p: _negative_binomial_quantile(u, p, n)), 2
    ),
    "xmile geometric": _xmile(_by_quantile(_geometric_quantile), 1),
    "xmile beta": _xmile(_by_quantile(_beta_quantile), 2),
    "xmile gamma": _xmile(
        _by_quantile(lambda u, shape, scale: times(scale, _gamma_quantile(u, shape))), 2
    ),
    "xmile weibull": _xmile(
        _by_quantile(lambda u, shape, scale: times(scale, _weibull_quantile(u, shape))),
        2,
    ),
    "xmile pareto": _xmile(_by_quantile(_pareto_quantile), 2),
    "xmile logistic": _xmile(_by_quantile(_logistic_quantile), 2),
    "xmile triangular": _xmile(_triangular, 3),
}
