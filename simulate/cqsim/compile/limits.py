"""Delays that are shorter than their levels have steps, which no run can follow.

Each level of a delay must keep what flows in for at least one step, or the delay puts
out more than it holds.
"""

from collections.abc import Container
from dataclasses import replace

from cqsim.compile.ir import (
    Along,
    Block,
    Call,
    Expr,
    Index,
    Initial,
    Limit,
    Number,
    Reduce,
    System,
    TimeStep,
    Value,
)

#: The variable that has no number in a run with a delay that is too short.
SHORT = "#short"


def with_limits(system: System, reached: Container[str]) -> System:
    """Return the system with a variable that tells at the start of short delays.

    Parameters
    ----------
    reached
        The variables whose delays count.
    """
    truths = [_is_short(system, limit) for limit in limits_of(system, reached)]
    if not truths:
        return system
    while len(truths) > 1:
        pairs = zip(truths[::2], [*truths[1::2], Number(0.0)], strict=False)
        truths = [Call("maximum", pair) for pair in pairs]
    short = Call("greater", (truths[0], Number(0.0)))
    expr = Call("if", (short, Number(float("nan")), Number(0.0)))
    variable = Initial(SHORT, (), (Block((), (), expr),))
    return replace(system, variables={**system.variables, SHORT: variable})


def limits_of(system: System, reached: Container[str]) -> list[Limit]:
    """Return the delays that count when these variables are computed."""
    return [
        limit
        for limit in system.limits
        if (limit.owner if isinstance(limit.time, float) else limit.time) in reached
    ]


def _is_short(system: System, limit: Limit) -> Expr:
    """Return 1 where a delay is shorter than its levels have steps, else 0."""
    least = Call("multiply", (Number(float(limit.order)), TimeStep()))
    indices: tuple[Index, ...] = ()
    time: Expr = Number(limit.time) if isinstance(limit.time, float) else Number(0.0)
    if isinstance(limit.time, str):
        axes = system.variables[limit.time].axes
        indices = tuple(Index(f"{n}", axis.elements) for n, axis in enumerate(axes))
        places = tuple(
            Along(index.name, tuple(range(len(index.elements)))) for index in indices
        )
        time = Value(limit.time, places)
    short = Call("if", (Call("greater", (least, time)), Number(1.0), Number(0.0)))
    return Reduce("greatest", indices, short) if indices else short
