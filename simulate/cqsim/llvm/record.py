"""Copy the outputs of a tile to where the caller wants them, and mark lost runs."""

from collections.abc import Callable, Collection

from cqsim.compile.layout import AREAS, Home
from cqsim.compile.schedule import Schedule
from cqsim.llvm.arithmetic import Arithmetic
from cqsim.llvm.builder import FunctionBuilder, Operand
from cqsim.llvm.emit import Emitter
from cqsim.llvm.integrate import SEGMENTS

#: A function that copies more outputs than this takes long to compile.
_TOGETHER = 100


def record_source(
    emitter_of: Callable[[FunctionBuilder], Emitter], schedule: Schedule
) -> list[str]:
    """Return the function `record`, and the parts that it calls.

    `out` is the first run's place in the first row of a saved time; a row is `runs`
    numbers long. The row after the outputs is 0, or NaN in the lanes in which an output
    or a state is not finite.

    Parameters
    ----------
    emitter_of
        Returns what emits expressions into a function.
    """
    outputs, lenient = schedule.recorded, schedule.lenient
    last = emitter_of(FunctionBuilder())
    real = last.lanes.real
    lines: list[str] = []
    lost = Operand.literal(0.0)
    row = 0
    for first in range(0, len(outputs), _TOGETHER):
        part = emitter_of(FunctionBuilder())
        name = f"record_{first}"
        mark = Operand("%lost", part.lanes)
        for output in outputs[first : first + _TOGETHER]:
            home = last.storage.variables[output]
            marked = _copy(part, home, row, mark)
            mark = mark if output in lenient else marked
            row += home.size
        given = f"{_GIVEN}, {real} %lost"
        lines += [
            f"define internal {real} @{name}({given}) noinline #0 {{",
            *("entry:", *part.to.lines),
            *(f"  ret {real} {mark.text}", "}"),
        ]
        passed = f"{_PASSED}, {real} {last.to.splat(lost, last.lanes)}"
        lost = Operand(last.to.value(f"call {real} @{name}({passed})"), last.lanes)
    for states in _states(last, lenient):
        lost = _copy(last, states, None, lost)
    _place(last, last.to.splat(lost, last.lanes), str(row))
    head = f"define internal void @record({_GIVEN}) noinline #0 {{"
    return [*lines, head, "entry:", *last.to.lines, "  ret void", "}"]


def _states(body: Emitter, lenient: Collection[str]) -> list[Home]:
    """Return the rows of all states that must have numbers."""
    homes = body.storage.variables
    if not any(homes[n].area == "states" for n in lenient if n in homes):
        return [Home("states", True, 0, (body.storage.lengths["states"],))]
    return [
        home
        for name, home in homes.items()
        if home.area == "states" and name not in lenient
    ]


_GIVEN = f"{SEGMENTS}, ptr %out, i64 %runs"
_PASSED = ", ".join((*(f"ptr %{name}" for name in AREAS), "ptr %out", "i64 %runs"))


def _copy(body: Emitter, home: Home, row: int | None, lost: Operand) -> Operand:
    """Emit a copy of rows to the output; return NaN where one is not finite."""
    if home.size == 0:
        return lost
    a = Arithmetic(body.to, body.lanes)

    def iteration(counter: str, carried: list[Operand]) -> list[Operand]:
        source = body.to.pure(f"add nuw nsw i64 {counter}, {home.row}")
        value = body.to.splat(body.load(home, source), body.lanes)
        if row is not None:
            _place(body, value, body.to.pure(f"add nuw nsw i64 {counter}, {row}"))
        nothing = a.multiply(value, a.number(0.0))
        return [Operand(a.add(carried[0].text, nothing), body.lanes)]

    return body.to.loop(home.size, [lost], body.lanes, iteration)[0]


def _place(body: Emitter, value: str, row: str) -> None:
    offset = body.to.pure(f"mul nuw nsw i64 {row}, %runs")
    place = body.to.pure(f"getelementptr inbounds double, ptr %out, i64 {offset}")
    body.to.emit(f"store {body.lanes.real} {value}, ptr {place}, align 8")
