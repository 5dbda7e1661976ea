"""RANDOM LOOKUP: a draw whose density is a lookup, by inverting the area below it."""

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise

from cqsim.compile.expr import Expr, call, either, equal
from cqsim.compile.ir import Curve
from cqsim.compile.lower.scope import Handler, Scope
from cqsim.compile.lower.tables import area_to, curves_named
from cqsim.language.syntax import Call

_COLUMNS = ("area", "x", "y", "slope")


def _random_lookup(scope: Scope, node: Call) -> Expr:
    """Return RANDOM LOOKUP(density, least, greatest, shift, stretch, seed).

    The draw is stretched, then shifted, and from the part of the density that leads to
    the least and the greatest. Where an area A is left after a segment has begun, with
    y and slope s, the draw lies 2 A / (y + sqrt(y^2 + 2 s A)) beyond its begin.
    """
    density = curves_named(scope, node.arguments[0])
    if any(min(curve.y) < 0 or max(curve.y) <= 0 for curve in density.lookup.curves):
        what = "a density is negative, or nowhere above 0"
        scope.refuse(what, "Give values of 0 and more.")
    low, high, shift, stretch, seed = map(
        scope.named, (scope.lower(argument) for argument in node.arguments[1:])
    )
    ends = density.made("ends", lambda c: Curve(*((c.x[0], c.x[-1]),) * 2))
    first, last = (
        scope.named(area_to(density, ends.at((end - shift) / stretch)))
        for end in (low, high)
    )
    area = scope.named(first + scope.uniform(seed) * (last - first))
    begin, x, y, slope = (
        scope.named(density.made(f"begin {word}", _column(n)).at(area, "step"))
        for n, word in enumerate(_COLUMNS)
    )
    left = area - begin
    root = y + call("sqrt", call("maximum", y * y + slope * left * 2, 0))
    drawn = shift + stretch * (x + either(root > 0, left * 2 / root, 0))
    inside = call("minimum", call("maximum", drawn, low), high)
    return either(equal(stretch, 0), shift, inside)


def _column(number: int) -> Callable[[Curve], Curve]:
    """Return what makes of a density the lookup of a number by the area before it."""

    def make(curve: Curve) -> Curve:
        rows = list(_segments(curve))
        return Curve(tuple(r[0] for r in rows), tuple(r[number] for r in rows))

    return make


def _segments(curve: Curve) -> Iterator[tuple[float, float, float, float]]:
    """Yield the segments of a density: the area before it, x, y and slope."""
    area = 0.0
    for (x, y), (end, top) in pairwise(zip(curve.x, curve.y, strict=True)):
        if end > x:
            yield area, x, y, (top - y) / (end - x)
            area += (end - x) * (y + top) / 2


HANDLERS: Mapping[str, Handler] = {"random lookup": _random_lookup}
