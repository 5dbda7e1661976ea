"""Macros: each call becomes variables of ours, in the axes of what is passed."""

from collections.abc import Callable
from typing import Any

from cqsim.compile.ir import Auxiliary, Expr, indices_of
from cqsim.model.lower.limits import refuse_more
from cqsim.model.lower.names import Names, Scope, along_all, block_over, value_of
from cqsim.model.lower.ranges import Range
from cqsim.model.lower.shapes import Region, Side
from cqsim.model.lower.source import key_of

Lower = Callable[[Scope, Any], Expr]
LowerParts = Callable[[Names, str, Any, Region], None]

_CONTROLS = ("initial_time", "final_time", "time_step", "saveper")


def lower_macro(
    scope: Scope,
    macro: Any,
    arguments: list[Any],
    lower: Lower,
    lower_parts: LowerParts,
) -> Expr:
    """Return the value of a call of a macro.

    Raises
    ------
    InputFileError
        If the call does not fit the macro, or the macro holds what is not supported.
    """
    outer = scope.names
    refuse_more(outer)
    _check(scope, macro, arguments)
    passed = [lower(scope, argument) for argument in arguments]
    needed = frozenset().union(*(indices_of(expr) for expr in passed))
    indices = scope.reachable(needed)
    axes, places = along_all(indices)
    stem = f"#{scope.owner}#{macro.name}{len(outer.variables)}"
    inner = Names(
        outer.source,
        outer.ranges,
        outer.data,
        macros=outer.macros,
        variables=outer.variables,
        lookups=outer.lookups,
        structural=outer.structural,
        limits=outer.limits,
        profiles=outer.profiles,
    )
    for control in _CONTROLS:
        found = outer.find(control)
        if found is not None:
            inner.spelled[control] = found
            inner.axes[found] = outer.axes[found]
    for parameter, expr in zip(macro.params, passed, strict=True):
        name = f"{stem}#{parameter}"
        outer.variables[name] = Auxiliary(name, axes, block_over(indices, expr))
        _know(inner, parameter, name, axes)
    sides = tuple(Side(Range(i.name, i.elements), i.elements) for i in indices)
    region = Region(sides, indices, places)
    for element in macro.elements:
        if any(component.subscripts[0] for component in element.components):
            what = f"the macro '{macro.name}' holds subscripts"
            raise scope.fault(what, "Write it out where it is called.")
        name = f"{stem}#{element.name}"
        _know(inner, element.name, name, axes)
        if any("Lookups" in type(c.ast).__name__ for c in element.components):
            inner.tables.add(name)
    for element in macro.elements:
        lower_parts(inner, inner.spelled[key_of(element.name)], element, region)
    return value_of(inner.spelled[key_of(macro.name)], indices)


def _know(names: Names, written: str, name: str, axes: Any) -> None:
    names.spelled[key_of(written)] = name
    names.axes[name] = axes
    names.lifted.add(name)


def _check(scope: Scope, macro: Any, arguments: list[Any]) -> None:
    if len(arguments) != len(macro.params):
        what = f"the macro '{macro.name}' takes {len(macro.params)} arguments"
        raise scope.fault(what, "Correct the call.")
    if key_of(macro.name) not in {key_of(e.name) for e in macro.elements}:
        what = f"the macro '{macro.name}' has no equation of that name"
        raise scope.fault(what, "Give it one: it is what the macro returns.")
