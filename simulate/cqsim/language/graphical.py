"""XMILE's graphical functions: points from left to right, and their text."""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from cqsim.language.syntax import Interpolation, LookupTable
from cqsim.language.xml import Element

_TYPES: Sequence[Interpolation] = ("continuous", "extrapolate", "discrete")


def table_text(table: LookupTable) -> str:
    """Return the points as they stand in the text of an equation."""
    return f"({', '.join(f'({x:.15g}, {y:.15g})' for x, y in table.points)})"


def graphical_function(box: Element) -> LookupTable:
    """Return what a `<gf>` says: its points from left to right.

    Raises
    ------
    InputFileError
        It lacks points, or they are no numbers, or not from left to right.
    """
    y = _numbers(box, "ypts")
    x = _numbers(box, "xpts") or _spaced(box, len(y))
    if not y or len(x) != len(y):
        what = f"the graphical function has {len(x)} x and {len(y)} y"
        raise box.fault(what, "Give as many <xpts> as <ypts>.")
    if any(right < left for left, right in pairwise(x)):
        what = "the x of the graphical function do not rise"
        raise box.fault(what, "Order its points by x.")
    written = box.attributes.get("type", "").lower() or "continuous"
    if box.attributes.get("discrete") == "true":
        written = "discrete"
    kind = next((one for one in _TYPES if one == written), None)
    if kind is None:
        what = f"the type '{written}' of the graphical function is not known"
        raise box.fault(what, "Use continuous, extrapolate or discrete.")
    table = LookupTable(0, 0, tuple(zip(x, y, strict=True)), kind)
    return replace(table, end=len(table_text(table)))


def _numbers(box: Element, tag: str) -> list[float]:
    found = box.first(tag)
    if found is None:
        return []
    text = found.text.replace(found.attributes.get("sep") or ",", " ")
    try:
        numbers = [float(one) for one in text.split()]
    except ValueError:
        numbers = [math.nan]
    if all(map(math.isfinite, numbers)):
        return numbers
    what = f"a point in <{tag}> is no number"
    raise found.fault(what, "Write numbers with commas between them.")


def _spaced(box: Element, count: int) -> list[float]:
    """Return the x that lie evenly over the x scale."""
    scale = box.first("xscale")
    try:
        low, high = (float(scale.attributes[end]) for end in ("min", "max"))  # type: ignore[union-attr]
    except (AttributeError, KeyError, ValueError):
        what = "the graphical function has neither <xpts> nor <xscale min= max=>"
        raise box.fault(what, "Write one of them.") from None
    width = max(1, count - 1)
    return [low + (high - low) * n / width for n in range(count)]
