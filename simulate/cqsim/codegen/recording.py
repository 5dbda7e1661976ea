"""Copy the outputs of a tile to where the caller wants them, and mark lost runs."""

from collections.abc import Sequence

from cqsim.codegen.assembly import Arithmetic
from cqsim.codegen.integrator import ARGUMENTS
from cqsim.codegen.lanes import Body
from cqsim.codegen.operand import Operand
from cqsim.codegen.storage import Home


def record_source(body: Body, outputs: Sequence[str]) -> list[str]:
    """Return the function `record`.

    `out` is the first run's place in the first row of a saved time; a row is `runs`
    numbers long. The row after the outputs is 0, or NaN in the lanes in which an output
    or a state is not finite.
    """
    row = 0
    lost = Operand.literal(0.0)
    for name in outputs:
        home = body.storage.variables[name]
        lost = _copy(body, home, row, lost)
        row += home.size
    states = Home("states", True, 0, (body.storage.lengths["states"],))
    lost = _copy(body, states, None, lost)
    _place(body, body.widen(lost, body.lanes), str(row))
    head = f"define internal void @record({ARGUMENTS}, ptr %out, i64 %runs)"
    return [f"{head} noinline #0 {{", "entry:", *body.to.lines, "  ret void", "}"]


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
        nothing = a.exactly("fmul", value, a.number(0.0))
        return [Operand(a.exactly("fadd", carried[0].text, nothing), body.lanes)]

    return body.loop(home.size, [lost], body.lanes, turn)[0]


def _place(body: Body, value: str, row: str) -> None:
    offset = body.to.let(f"mul nuw nsw i64 {row}, %runs")
    place = body.to.let(f"getelementptr inbounds double, ptr %out, i64 {offset}")
    body.to.say(f"store {body.lanes.real} {value}, ptr {place}, align 8")
