"""The outermost function of an ensemble's program: one tile, from start to end."""

from typing import Literal

from cqsim.codegen.storage import AREAS
from cqsim.compile.ir import Stock, System

Method = Literal["euler", "rk4"]

#: The areas and clock that each inner function takes.
ARGUMENTS = ", ".join(f"ptr noalias %{name}" for name in AREAS)
CLOCK = "double %time, double %held, double %step, double %gain, i64 %count, i64 %first"
#: The same, as one inner function passes them on to another.
PASSED = ", ".join((*(f"ptr %{name}" for name in AREAS), CLOCK))
_WITHIN = "double %time, double %step"
WIDE = '"min-legal-vector-width"="512" "prefer-vector-width"="512" nounwind'


class UnsteadyError(Exception):
    """A state that moves in steps, which a method of integration cannot take."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)


def refuse_unsteady(system: System, method: Method) -> None:
    """Refuse a system that has a state which a method cannot integrate.

    Runge and Kutta's method looks ahead within a step. What is remembered from step to
    step is held meanwhile; what is cut off at the end of a step has no value there.

    Raises
    ------
    UnsteadyError
        With the state's name and the reason.
    """
    for state in system.variables.values() if method != "euler" else ():
        if isinstance(state, Stock) and state.floored:
            raise UnsteadyError(state.name, "is kept from falling below 0 in steps")


def _passed(states: str, following: str, base: str) -> str:
    """Return arguments with these pointers for the states."""
    given = {name: f"%{name}" for name in AREAS}
    given |= {"states": states, "next": following, "base": base}
    return ", ".join(f"ptr {value}" for value in given.values())


def _advance(
    states: str,
    following: str,
    time: str,
    gain: str,
    base: str,
    function: str = "advance",
) -> str:
    passed = _passed(states, following, base)
    clock = f"double {time}, {_WITHIN}, double {gain}, i64 %count, i64 %first"
    return f"  call void @{function}({passed}, {clock})"


def integrate_source(
    method: Method, rows: int, states: int, stocks: int, lanes: int
) -> list[str]:
    """Return the function `integrate`, and what it needs for its method.

    The caller gives the areas, where to put the first run of the first saved time, how
    many runs a row of the output holds, how many steps to take, how many of them lie
    between saved times, the number of the first run, the time of the start and the
    step.

    Parameters
    ----------
    rows
        How many rows a saved time has.
    states, stocks
        How many rows the states have, and the stocks, which come first among them.
    """
    begin = _passed("%states", "%next", "%states")
    now = _passed("%now", "%then", "%now")
    given = ", ".join(f"ptr %{name}" for name in AREAS)
    euler = method == "euler"
    stages = [] if euler else _stages(states, stocks, lanes)
    first_gain = "%step" if euler else "%half"
    first_next = "%then" if euler else "%base"
    return [
        f"define void @integrate({given}, ptr %out, i64 %runs, i64 %steps, i64 %every, "
        "i64 %first, double %begin, double %step) #0 {",
        "entry:",
        f"  call void @start({begin}, double %begin, double %begin, double %step, "
        "double %step, i64 0, i64 %first)",
        f"  %block = mul i64 %runs, {rows}",
        "  %half = fmul double %step, 5.000000e-01",
        "  br label %turn",
        "turn:",
        "  %count = phi i64 [ 0, %entry ], [ %more, %advanced ]",
        "  %now = phi ptr [ %states, %entry ], [ %then, %advanced ]",
        "  %then = phi ptr [ %next, %entry ], [ %now, %advanced ]",
        "  %real = sitofp i64 %count to double",
        "  %passed = fmul double %real, %step",
        "  %time = fadd double %begin, %passed",
        _advance("%now", first_next, "%time", first_gain, "%now"),
        "  %phase = urem i64 %count, %every",
        "  %save = icmp eq i64 %phase, 0",
        "  br i1 %save, label %saving, label %saved",
        "saving:",
        f"  call void @report({now}, double %time, {_WITHIN}, double %step, "
        "i64 %count, i64 %first)",
        "  %number = udiv i64 %count, %every",
        "  %offset = mul i64 %number, %block",
        "  %place = getelementptr inbounds double, ptr %out, i64 %offset",
        f"  call void @record({now}, ptr %place, i64 %runs)",
        "  br label %saved",
        "saved:",
        *stages,
        "  br label %advanced",
        "advanced:",
        "  %more = add i64 %count, 1",
        "  %done = icmp sgt i64 %more, %steps",
        "  br i1 %done, label %end, label %turn",
        "end:",
        "  ret void",
        "}",
        *([] if euler else [*_combine(stocks, lanes), *_hold(stocks, states, lanes)]),
        f"attributes #0 = {{ {WIDE} }}",
    ]


def _stages(states: int, stocks: int, lanes: int) -> list[str]:
    """Return the second to fourth slope of a Runge-Kutta step, and its result.

    The stages are kept as the states that each slope leads to, in the area `base`. Only
    the first moves what is remembered in steps; the others see it as it was before.
    """
    size = states * lanes
    again = "slopes" if stocks < states else "advance"
    held = "  call void @hold(ptr %now, ptr %base, ptr %stage1, ptr %stage2, ptr %then)"
    places = [
        f"  %stage{n} = getelementptr inbounds double, ptr %base, i64 {n * size}"
        for n in range(1, 4)
    ]
    return [
        *places,
        "  %middle = fadd double %time, %half",
        "  %after = fadd double %time, %step",
        *([held] if stocks < states else []),
        _advance("%base", "%stage1", "%middle", "%half", "%now", again),
        _advance("%stage1", "%stage2", "%middle", "%step", "%now", again),
        _advance("%stage2", "%stage3", "%after", "%step", "%now", again),
        "  call void @combine(ptr %now, ptr %base, ptr %stage1, ptr %stage2, "
        "ptr %stage3, ptr %then)",
    ]


def prepare_source() -> list[str]:
    """Return the function `prepare`, which the caller calls once, before all runs.

    It takes the area `shared`, in which the caller has put the constants and lookups
    that no run changes, and puts what follows from them alone beside them; then room
    for the area `uniform`, the time of the start and the step.
    """
    areas = ", ".join(
        f"ptr %{name}" if name in ("shared", "uniform") else "ptr null"
        for name in AREAS
    )
    clock = "double %begin, double %begin, double %step, double %step, i64 0, i64 0"
    return [
        "define void @prepare(ptr %shared, ptr %uniform, double %begin, "
        "double %step) #0 {",
        "entry:",
        f"  call void @share({areas}, {clock})",
        "  ret void",
        "}",
    ]


def _hold(first: int, last: int, lanes: int) -> list[str]:
    """Return the function that takes the next of some rows, and holds them till then.

    They are found in the first stage, go into the states after the step, and are as now
    in all stages.
    """
    if first >= last:
        return []
    real = f"<{lanes} x double>"
    places = [
        f"  %p{name} = getelementptr inbounds {real}, ptr %{name}, i64 %row"
        for name in ("now", "stage0", "stage1", "stage2", "then")
    ]
    return [
        "define internal void @hold(ptr noalias %now, ptr noalias %stage0, "
        "ptr noalias %stage1, ptr noalias %stage2, ptr noalias %then) noinline #0 {",
        "entry:",
        "  br label %turn",
        "turn:",
        f"  %row = phi i64 [ {first}, %entry ], [ %more, %turn ]",
        *places,
        f"  %before = load {real}, ptr %pnow, align {8 * lanes}",
        f"  %following = load {real}, ptr %pstage0, align {8 * lanes}",
        f"  store {real} %following, ptr %pthen, align {8 * lanes}",
        *(
            f"  store {real} %before, ptr %pstage{n}, align {8 * lanes}"
            for n in (0, 1, 2)
        ),
        "  %more = add i64 %row, 1",
        f"  %done = icmp sge i64 %more, {last}",
        "  br i1 %done, label %end, label %turn",
        "end:",
        "  ret void",
        "}",
    ]


def _combine(stocks: int, lanes: int) -> list[str]:
    """Return the function that weighs the stages of the stocks.

    With y1 = y + h/2 k1, y2 = y + h/2 k2, y3 = y + h k3 and y4 = y + h k4, the
    classical y + h/6 (k1 + 2 k2 + 2 k3 + k4) is (y1 + 2 y2 + y3)/3 + y4/6 - y/2; it is
    computed from differences, which are small.
    """
    real = f"<{lanes} x double>"
    names = ("y", "y1", "y2", "y3", "y4")
    loads = []
    for name in names:
        place = f"%p{name} = getelementptr inbounds {real}, ptr %{name}, i64 %row"
        loads += [
            f"  {place}",
            f"  %v{name} = load {real}, ptr %p{name}, align {8 * lanes}",
        ]
    third, sixth = "0x3FD5555555555555", "0x3FC5555555555555"
    return [
        "define internal void @combine(ptr noalias %y, ptr noalias %y1, "
        "ptr noalias %y2, ptr noalias %y3, ptr noalias %y4, ptr noalias %out) "
        "noinline #0 {",
        "entry:",
        "  br label %turn",
        "turn:",
        "  %row = phi i64 [ 0, %entry ], [ %more, %turn ]",
        *loads,
        *(f"  %d{n} = fsub {real} %vy{n}, %vy" for n in range(1, 5)),
        f"  %twice = fadd {real} %d2, %d2",
        f"  %a = fadd {real} %d1, %twice",
        f"  %b = fadd {real} %a, %d3",
        f"  %c = fmul {real} %b, splat (double {third})",
        f"  %d = fmul {real} %d4, splat (double {sixth})",
        f"  %e = fadd {real} %c, %d",
        f"  %f = fadd {real} %vy, %e",
        f"  %to = getelementptr inbounds {real}, ptr %out, i64 %row",
        f"  store {real} %f, ptr %to, align {8 * lanes}",
        "  %more = add i64 %row, 1",
        f"  %done = icmp sge i64 %more, {stocks}",
        "  br i1 %done, label %end, label %turn",
        "end:",
        "  ret void",
        "}",
    ]
