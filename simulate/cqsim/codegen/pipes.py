"""Delays of a fixed time: rings of past inflows, one ring for each lane.

The ring of an element is `slots` rows of the area `pipes`, from `base` on; these two
numbers are set by the caller, who knows how long the delays are. How many steps a lane
waits is worked out at its start and kept.
"""

from collections.abc import Iterable
from dataclasses import replace

from cqsim.codegen.assembly import Arithmetic
from cqsim.codegen.lanes import ONE, Body
from cqsim.codegen.operand import SMALL, Operand
from cqsim.codegen.storage import Home, offset_of
from cqsim.compile.ir import (
    Along,
    Auxiliary,
    Axes,
    Block,
    Constant,
    Index,
    Pipeline,
    Place,
    System,
    Value,
)


def slots_name(name: str) -> str:
    """Return the name of the constant of ours that holds a ring's length."""
    return f"#slots of {name}"


def base_name(name: str) -> str:
    """Return the name of the constant of ours that holds a ring's first row."""
    return f"#base of {name}"


def delay_name(name: str) -> str:
    """Return the name of the variable of ours that holds a delay's time."""
    return f"#delay of {name}"


def pipelines(system: System) -> list[Pipeline]:
    """Return the delays of a fixed time of a system."""
    return [v for v in system.variables.values() if isinstance(v, Pipeline)]


def name_delays(system: System) -> System:
    """Return a system in which the times and rings of fixed delays have names."""
    variables = dict(system.variables)
    for pipe in pipelines(system):
        name = delay_name(pipe.name)
        variables[name] = Auxiliary(name, pipe.axes, pipe.delay)
        variables[pipe.name] = replace(pipe, delay=(_whole(pipe.axes, name),))
        for constant in (slots_name(pipe.name), base_name(pipe.name)):
            variables[constant] = Constant(constant, (), (0.0,))
    return replace(system, variables=variables)


def ring_names(system: System) -> Iterable[str]:
    """Yield the constants of ours that a program with fixed delays reads."""
    for pipe in pipelines(system):
        yield slots_name(pipe.name)
        yield base_name(pipe.name)


def _whole(axes: Axes, name: str) -> Block:
    indices = tuple(Index(f"{n}", axis.elements) for n, axis in enumerate(axes))
    places: tuple[Place, ...] = tuple(
        Along(index.name, tuple(range(len(index.elements)))) for index in indices
    )
    return Block(indices, places, Value(name, places))


def emit_fill(body: Body, pipe: Pipeline, waits: Home) -> None:
    """Emit, at the start of a run, how long each lane waits, and fill the rings.

    Parameters
    ----------
    waits
        Where the number of steps that each lane waits is kept.
    """
    a = Arithmetic(body.to, body.lanes)
    state = body.storage.variables[pipe.name]

    def element(counter: str, _: list[Operand]) -> list[Operand]:
        delay = body.widen(
            body.load(_shifted(body, delay_name(pipe.name)), counter), a.kind
        )
        step = body.widen(Operand("%step", ONE), a.kind)
        steps = a.divide(delay, step)
        steps = a.select(a.compare("ogt", steps, a.number(1.0)), steps, a.number(1.0))
        # The slack rounds half a step up.
        steps = a.function("rint", a.add(steps, a.number(SMALL)))
        most = body.widen(_number(body, slots_name(pipe.name)), a.kind)
        steps = a.select(a.compare("olt", steps, most), steps, most)
        row = body.to.let(f"add nsw i64 {counter}, {waits.row}")
        _store(body, steps, body.address(waits, row))
        own = body.to.let(f"add nsw i64 {counter}, {state.row}")
        value = body.load(state, own).text
        _fill_ring(body, pipe, counter, value)
        return []

    body.loop(max(1, state.size), [], ONE, element)


def _fill_ring(body: Body, pipe: Pipeline, element: str, value: str) -> None:
    """Emit a loop, of a length known when it runs, that fills one ring."""
    to = body.to
    slots, first = (
        _whole_number(body, slots_name(pipe.name)),
        _ring(body, pipe, element),
    )
    head, after = to.fresh("fill"), to.fresh("filled")
    counter, following, before = to.fresh("i"), to.fresh("i"), to.block
    to.jump(head)
    to.label(head)
    to.lines.append(f"  {counter} = phi i64 [ 0, %{before} ], [ {following}, {head} ]")
    row = to.let(f"add nsw i64 {first}, {counter}")
    _store(body, value, body.address(_PIPES, row))
    to.say(f"{following} = add nsw i64 {counter}, 1")
    done = to.let(f"icmp sge i64 {following}, {slots}")
    to.branch(done, after, head)
    to.label(after)


def emit_push(
    body: Body, pipe: Pipeline, target: tuple[Place, ...], inflow: str, waits: Home
) -> str:
    """Emit the entry of a step's inflow, and return what comes out in the next."""
    to, kind = body.to, body.lanes
    a = Arithmetic(to, kind)
    state = body.storage.variables[pipe.name]
    element = body.row(offset_of(target, state.shape, 0))
    first = _ring(body, pipe, element)
    slots = _whole_number(body, slots_name(pipe.name))
    slot = to.let(f"urem i64 %count, {slots}")
    row = to.let(f"add nsw i64 {first}, {slot}")
    _store(body, inflow, body.address(_PIPES, row))
    count = to.let("sitofp i64 %count to double")
    next_count = body.widen(Operand(to.let(f"fadd double {count}, 1.0"), ONE), kind)
    wait = body.load(waits, to.let(f"add nsw i64 {element}, {waits.row}")).text
    back = a.subtract(next_count, wait)
    length = body.widen(_number(body, slots_name(pipe.name)), kind)
    turns = a.function("floor", a.divide(back, length))
    back = a.subtract(back, a.multiply(turns, length))
    return _gathered(body, first, back)


def _gathered(body: Body, first: str, rows: str) -> str:
    """Return, for each lane, the number in a row of its own after a first row."""
    to, kind = body.to, body.lanes
    if kind.width == 1:
        row = to.let(f"add i64 {to.let(f'fptosi double {rows} to i64')}, {first}")
        return body.load(_PIPES, row).text
    total = "poison"
    for lane in range(kind.width):
        back = to.let(f"extractelement {kind.real} {rows}, i64 {lane}")
        row = to.let(f"add i64 {to.let(f'fptosi double {back} to i64')}, {first}")
        scaled = to.let(f"mul i64 {row}, {kind.width}")
        place = to.let(f"add i64 {scaled}, {lane}")
        pointer = to.let(f"getelementptr inbounds double, ptr %pipes, i64 {place}")
        one = to.let(f"load double, ptr {pointer}, align 8")
        total = to.let(f"insertelement {kind.real} {total}, double {one}, i64 {lane}")
    return total


_PIPES = Home("pipes", True, 0, ())


def _ring(body: Body, pipe: Pipeline, element: str) -> str:
    """Return the first row of an element's ring."""
    slots = _whole_number(body, slots_name(pipe.name))
    base = _whole_number(body, base_name(pipe.name))
    before = body.to.let(f"mul nsw i64 {element}, {slots}")
    return body.to.let(f"add nsw i64 {base}, {before}")


def _number(body: Body, name: str) -> Operand:
    home = body.storage.variables[name]
    return body.load(home, str(home.row))


def _whole_number(body: Body, name: str) -> str:
    return body.to.let(f"fptosi double {_number(body, name).text} to i64")


def _shifted(body: Body, name: str) -> Home:
    """Return a variable's home as an area of its own, rows counted from its first."""
    home = body.storage.variables[name]
    place = body.address(home, str(home.row))
    return Home(place[1:], home.lanes, 0, home.shape)


def _store(body: Body, text: str, pointer: str) -> None:
    align = 8 * body.lanes.width
    body.to.say(f"store {body.lanes.real} {text}, ptr {pointer}, align {align}")
