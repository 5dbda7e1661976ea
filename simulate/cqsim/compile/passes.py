"""Passes over a system: prune what outputs do not need, add what a program needs.

The variables that it adds have names that begin with `#`.
"""

from collections.abc import Container, Iterable
from dataclasses import replace
from math import isfinite

from cqsim.compile.expr import (
    Expr,
    Reduce,
    Scalar,
    Table,
    TimeStep,
    Value,
    call,
    either,
    equal,
)
from cqsim.compile.ir import (
    Auxiliary,
    Block,
    Constant,
    FixedDelay,
    Initial,
    IrVariable,
    Limit,
    State,
    System,
    block_over,
    indices_over,
    value_over,
)
from cqsim.compile.order import affected, at_start, ever, needs, now, reached


def prune(system: System, outputs: Iterable[str]) -> System:
    """Return the system without what the outputs do not need, now or before."""
    variables = system.variables
    needed = reached(outputs, lambda name: needs(ever(variables[name])))
    kept = {n: v for n, v in variables.items() if n in needed}
    parts = (part for v in kept.values() for part in v.exprs())
    tables = {part.lookup for part in parts if isinstance(part, Table)}
    lookups = {n: v for n, v in system.lookups.items() if n in tables}
    return replace(system, variables=kept, lookups=lookups)


def open_initials(system: System, names: Iterable[str]) -> System:
    """Return the system with constants for the initial values of some states.

    Where such a constant is NaN, the model's own equation holds.
    """
    variables = dict(system.variables)
    for name in names:
        state = variables[name]
        assert isinstance(state, State)
        given = initial_name(name)
        variables[given] = Constant(given, state.axes, (float("nan"),) * state.size)

        def opened(block: Block, given: str = given) -> Block:
            value = Value(given, block.target)
            return replace(block, expr=either(equal(value, value), value, block.expr))

        variables[name] = replace(state, initial=tuple(map(opened, state.initial)))
    return replace(system, variables=variables)


def initial_name(name: str) -> str:
    """Return the name of the constant that holds a state's initial value."""
    return f"#initial of {name}"


def may_be_infinite(system: System) -> frozenset[str]:
    """Return the variables that may have no finite number though no run is lost.

    These are infinite constants, and what is computed from them at the same time. A
    state may only if its start may.
    """
    found = [name for name, variable in system.variables.items() if _infinite(variable)]
    return affected(
        system, found, lambda variable: (*now(variable), *at_start(variable))
    )


def _infinite(variable: IrVariable) -> bool:
    """Tell whether a variable is written as a number that is not finite."""
    if isinstance(variable, Constant):
        return not all(map(isfinite, variable.values))
    whole = (block.expr for block in ever(variable))
    return not all(isfinite(e.value) for e in whole if isinstance(e, Scalar))


def slots_name(name: str) -> str:
    """Return the name of the constant that holds a ring's length."""
    return f"#slots of {name}"


def base_name(name: str) -> str:
    """Return the name of the constant that holds a ring's first row."""
    return f"#base of {name}"


def delay_name(name: str) -> str:
    """Return the name of the variable that holds a delay's time."""
    return f"#delay of {name}"


def pipelines(system: System) -> list[FixedDelay]:
    """Return the delays of a fixed time of a system."""
    return [v for v in system.variables.values() if isinstance(v, FixedDelay)]


def name_delays(system: System) -> System:
    """Return a system in which the times and rings of fixed delays have names."""
    variables = dict(system.variables)
    for pipe in pipelines(system):
        name, indices = delay_name(pipe.name), indices_over(pipe.axes)
        variables[name] = Auxiliary(name, pipe.axes, pipe.delay)
        time = block_over(indices, value_over(name, indices))
        variables[pipe.name] = replace(pipe, delay=time)
        for constant in (slots_name(pipe.name), base_name(pipe.name)):
            variables[constant] = Constant(constant, (), (0.0,))
    return replace(system, variables=variables)


#: The variable that has no number in a run with a delay that is too short.
SHORT = "#short"


def with_limits(system: System, reached: Container[str]) -> System:
    """Return the system with a variable that flags, at the start, delays too short.

    Each level of a delay must keep what flows in for at least one step, or the delay
    puts out more than it holds.

    Parameters
    ----------
    reached
        The variables whose delays count.
    """
    truths = [_is_short(system, limit) for limit in limits_of(system, reached)]
    if not truths:
        return system
    while len(truths) > 1:
        pairs = zip(truths[::2], [*truths[1::2], Scalar(0.0)], strict=False)
        truths = [call("maximum", *pair) for pair in pairs]
    expr = either(truths[0] > 0, float("nan"), 0)
    variable = Initial(SHORT, (), block_over((), expr))
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
    least = Scalar(float(limit.order)) * TimeStep()
    if isinstance(limit.time, float):
        return either(least > limit.time, 1, 0)
    indices = indices_over(system.variables[limit.time].axes)
    short = either(least > value_over(limit.time, indices), 1, 0)
    return Reduce("greatest", indices, short) if indices else short
