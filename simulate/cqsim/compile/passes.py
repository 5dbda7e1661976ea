"""What outputs need of a system, and what a program adds to one or splits.

The variables that it adds have names that begin with `#`.
"""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from dataclasses import replace
from math import isfinite

from cqsim.compile.expr import (
    Along,
    Expr,
    Fixed,
    Number,
    Place,
    Reduce,
    Table,
    TimeStep,
    Value,
    call,
    either,
    equal,
    places_at,
    reindexed,
    values_in,
)
from cqsim.compile.ir import (
    Auxiliary,
    Axes,
    Axis,
    Block,
    Blocks,
    Constant,
    Initial,
    Limit,
    Pipeline,
    State,
    System,
    Variable,
    block_over,
    indices_over,
    value_over,
)
from cqsim.compile.order import BlocksOf, affected, at_start, ever, needs, now, reached
from cqsim.model.graph import components


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


def _infinite(variable: Variable) -> bool:
    """Tell whether a variable is written as a number that is not finite."""
    if isinstance(variable, Constant):
        return not all(map(isfinite, variable.values))
    whole = (block.expr for block in ever(variable))
    return not all(isfinite(e.value) for e in whole if isinstance(e, Number))


def slots_name(name: str) -> str:
    """Return the name of the constant that holds a ring's length."""
    return f"#slots of {name}"


def base_name(name: str) -> str:
    """Return the name of the constant that holds a ring's first row."""
    return f"#base of {name}"


def delay_name(name: str) -> str:
    """Return the name of the variable that holds a delay's time."""
    return f"#delay of {name}"


def pipelines(system: System) -> list[Pipeline]:
    """Return the delays of a fixed time of a system."""
    return [v for v in system.variables.values() if isinstance(v, Pipeline)]


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
    """Return the system with a variable that tells at the start of short delays.

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
        pairs = zip(truths[::2], [*truths[1::2], Number(0.0)], strict=False)
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
    least = Number(float(limit.order)) * TimeStep()
    if isinstance(limit.time, float):
        return either(least > limit.time, 1, 0)
    indices = indices_over(system.variables[limit.time].axes)
    short = either(least > value_over(limit.time, indices), 1, 0)
    return Reduce("greatest", indices, short) if indices else short


# Equations whose elements need other elements of the same variable, taken apart. An
# equation over a range is evaluated as a whole. Where `x[later] = x[earlier] + 1` runs
# over a range, each element needs the one before: such an equation becomes one for each
# element, which then stand in order.


#: Equations that one variable is taken apart into, at most.
_MOST = 20_000


def separated(system: System) -> System:
    """Return a system in which no equation needs its own elements, where that can be.

    The numbers are the same. Equations that really need each other stay as they are.
    """
    variables = dict(system.variables)
    for blocks_of in (now, at_start):
        for circle in _circles(variables, blocks_of):
            axes = {name: variables[name].axes for name in circle}
            blocks = {name: blocks_of(variables[name]) for name in circle}
            turning = {e for name in circle for e in _turning(name, blocks[name], axes)}
            for name, old in blocks.items():
                parts = tuple(_apart(axes[name], old, turning))
                if len(parts) <= _MOST:
                    fields = variables[name].equations.items()
                    new = {field: parts for field, some in fields if some is old}
                    variables[name] = variables[name].having(new)
    return replace(system, variables=variables)


def _circles(
    variables: Mapping[str, Variable], blocks_of: BlocksOf
) -> list[frozenset[str]]:
    """Return the variables that need each other, or themselves, in groups."""
    needed = {name: needs(blocks_of(v)) for name, v in variables.items()}
    return [
        frozenset(group)
        for group in components(needed)
        if len(group) > 1 or group[0] in needed[group[0]]
    ]


def _turning(name: str, blocks: Blocks, axes: Mapping[str, Axes]) -> Iterator[str]:
    """Yield elements of a variable that need other elements of its circle.

    Parameters
    ----------
    axes
        Of the variables of the circle.
    """
    for block in blocks:
        own = _visited(axes[name], block.target)
        for value in values_in(block.expr):
            if value.variable in axes:
                yield from _of_others(own, axes[value.variable], value.places)


def _of_others(
    own: Mapping[str, tuple[str, ...]], axes: Axes, places: tuple[Place, ...]
) -> Iterator[str]:
    for axis, place in zip(axes, places, strict=True):
        theirs = _elements(axis, place)
        if isinstance(place, Along) and own.get(place.index) == theirs:
            continue
        if len(theirs) < len(axis.elements):
            yield from theirs
        for elements in own.values():
            if {*theirs} & {*elements}:
                yield from (*theirs, *elements)


def _visited(axes: Axes, places: tuple[Place, ...]) -> dict[str, tuple[str, ...]]:
    """Return the elements that each index of a left side visits."""
    return {
        place.index: _elements(axis, place)
        for axis, place in zip(axes, places, strict=True)
        if isinstance(place, Along)
    }


def _elements(axis: Axis, place: Place) -> tuple[str, ...]:
    """Return the elements that a place visits, in order."""
    return tuple(axis.elements[n] for n in place.positions)


def _apart(axes: Axes, blocks: Blocks, turning: Collection[str]) -> Iterator[Block]:
    """Yield blocks, one for each element along the indices that a circle turns on."""
    for block in blocks:
        parts = [block]
        for name, elements in _visited(axes, block.target).items():
            if any(element in turning for element in elements):
                parts = [piece for part in parts for piece in _pieces(part, name)]
        yield from parts


def _pieces(block: Block, name: str) -> Iterator[Block]:
    """Yield a block for each element of one of its indices."""
    (index,) = (index for index in block.indices if index.name == name)
    rest = tuple(other for other in block.indices if other is not index)
    for position in range(len(index.elements)):
        one = {name: Fixed(position)}
        yield Block(rest, places_at(block.target, one), reindexed(block.expr, one))
