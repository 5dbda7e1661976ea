"""Copy the outputs of a tile to where the caller wants them, and mark lost runs."""

from collections.abc import Callable, Collection, Sequence

from cqsim.codegen.assembly import Arithmetic, Assembly
from cqsim.codegen.integrator import ARGUMENTS
from cqsim.codegen.lanes import Body
from cqsim.codegen.operand import Operand
from cqsim.codegen.storage import AREAS, Home

#: A function that copies more outputs than this takes long to compile.
_TOGETHER = 100


def record_source(
    body_of: Callable[[Assembly], Body],
    outputs: Sequence[str],
    lenient: Collection[str] = (),
) -> list[str]:
    """Return the function `record`, and the parts that it calls.

    `out` is the first run's place in the first row of a saved time; a row is `runs`
    numbers long. The row after the outputs is 0, or NaN in the lanes in which an output
    or a state is not finite.

    Parameters
    ----------
    body_of
        Returns what emits instructions into an assembly.
    lenient
        The variables that may have no number in a run that is not lost.
    """
    last = body_of(Assembly())
    real = last.lanes.real
    lines: list[str] = []
    lost = Operand.literal(0.0)
    row = 0
    for first in range(0, len(outputs), _TOGETHER):
        part = body_of(Assembly())
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
        passed = f"{_PASSED}, {real} {last.widen(lost, last.lanes)}"
        lost = Operand(last.to.let(f"call {real} @{name}({passed})"), last.lanes)
    for states in _states(last, lenient):
        lost = _copy(last, states, None, lost)
    _place(last, last.widen(lost, last.lanes), str(row))
    head = f"define internal void @record({_GIVEN}) noinline #0 {{"
    return [*lines, head, "entry:", *last.to.lines, "  ret void", "}"]


def _states(body: Body, lenient: Collection[str]) -> list[Home]:
    """Return the rows of all states that must have numbers."""
    homes = body.storage.variables
    if not any(homes[n].area == "states" for n in lenient if n in homes):
        return [Home("states", True, 0, (body.storage.lengths["states"],))]
    return [
        home
        for name, home in homes.items()
        if home.area == "states" and name not in lenient
    ]


_GIVEN = f"{ARGUMENTS}, ptr %out, i64 %runs"
_PASSED = ", ".join((*(f"ptr %{name}" for name in AREAS), "ptr %out", "i64 %runs"))


def _copy(body: Body, home: Home, row: int | None, lost: Operand) -> Operand:
    """Emit a copy of rows to the output; return NaN where one is not finite."""
    if home.size == 0:
        return lost
    a = Arithmetic(body.to, body.lanes)

    def turn(counter: str, carried: list[Operand]) -> list[Operand]:
        source = body.to.let(f"add nuw nsw i64 {counter}, {home.row}")
        value = body.widen(body.load(home, source), body.lanes)
        if row is not None:
            _place(body, value, body.to.let(f"add nuw nsw i64 {counter}, {row}"))
        nothing = a.multiply(value, a.number(0.0))
        return [Operand(a.add(carried[0].text, nothing), body.lanes)]

    return body.loop(home.size, [lost], body.lanes, turn)[0]


def _place(body: Body, value: str, row: str) -> None:
    offset = body.to.let(f"mul nuw nsw i64 {row}, %runs")
    place = body.to.let(f"getelementptr inbounds double, ptr %out, i64 {offset}")
    body.to.say(f"store {body.lanes.real} {value}, ptr {place}, align 8")
