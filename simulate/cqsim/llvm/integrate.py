"""The functions that a caller of a program calls: `prepare`, and `integrate`."""

from collections.abc import Mapping

from cqsim.compile.ir import Method
from cqsim.compile.schedule import AREAS, Schedule
from cqsim.llvm.builder import ONE, Arithmetic, FunctionBuilder, Operand, Type

#: The areas and clock that each inner function takes.
SEGMENTS = ", ".join(f"ptr noalias %{name}" for name in AREAS)
CLOCK = "double %time, double %held, double %step, double %gain, i64 %count, i64 %first"
#: The same, as one inner function passes them on to another.
PASSED = ", ".join((*(f"ptr %{name}" for name in AREAS), CLOCK))
_WITHIN = "double %time, double %step"
_WIDE = '"min-legal-vector-width"="512" "prefer-vector-width"="512" nounwind'


def integrate_source(schedule: Schedule, lanes: Type) -> list[str]:
    """Return the functions `prepare` and `integrate`, and what a method needs for it.

    The caller gives the areas, where to put the first run of the first saved time, how
    many runs a row of the output holds, how many steps to take, how many of them lie
    between saved times, the number of the first run, the time of the start and the
    step.
    """
    begin = _passed("%states", "%next", "%states")
    now = _passed("%now", "%then", "%now")
    given = ", ".join(f"ptr %{name}" for name in AREAS)
    euler = schedule.method == "euler"
    stages = [] if euler else _stages(schedule, lanes)
    first_gain = "%step" if euler else "%half"
    first_next = "%then" if euler else "%base"
    return [
        f"define void @integrate({given}, ptr %out, i64 %runs, i64 %steps, i64 %every, "
        "i64 %first, double %begin, double %step) #0 {",
        "entry:",
        f"  call void @start({begin}, double %begin, double %begin, double %step, "
        "double %step, i64 0, i64 %first)",
        f"  %block = mul i64 %runs, {schedule.rows}",
        "  %half = fmul double %step, 5.000000e-01",
        "  br label %step_on",
        "step_on:",
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
        "  br i1 %done, label %end, label %step_on",
        "end:",
        "  ret void",
        "}",
        *(_combine(schedule.stocks, lanes) if schedule.method == "rk4" else []),
        *([] if euler else _hold(schedule, lanes)),
        *_prepare(),
        f"attributes #0 = {{ {_WIDE} }}",
    ]


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


#: The stages, after the first, to which the slopes of a step lead.
_LATER: Mapping[Method, tuple[str, ...]] = {
    "euler": (),
    "rk2": (),
    "rk4": ("%stage1", "%stage2", "%stage3"),
}


def _held(method: Method) -> tuple[str, ...]:
    """Return the stages in which what is remembered in steps is as it was before."""
    return ("%base", *_LATER[method][:-1])


def _stages(schedule: Schedule, lanes: Type) -> list[str]:
    """Return the later slopes of a Runge-Kutta step, and its result.

    The stages are kept as the states that each slope leads to, in the area `base`. Only
    the first moves what is remembered in steps; the others see it as it was before. The
    second of two slopes, at half the step, is that of the whole step.
    """
    method, states = schedule.method, schedule.storage.lengths["states"]
    is_held = schedule.stocks < states
    again = "slopes" if is_held else "advance"
    passed = ", ".join(f"ptr {name}" for name in ("%now", *_held(method), "%then"))
    lines = [
        *(
            f"  {name} = getelementptr inbounds double, ptr %base, "
            f"i64 {n * states * lanes.width}"
            for n, name in enumerate(_LATER[method], 1)
        ),
        "  %middle = fadd double %time, %half",
        *([f"  call void @hold({passed})"] if is_held else []),
    ]
    if method == "rk2":
        whole = _advance("%base", "%then", "%middle", "%step", "%now", again)
        return [*lines, whole]
    return [
        *lines,
        "  %after = fadd double %time, %step",
        _advance("%base", "%stage1", "%middle", "%half", "%now", again),
        _advance("%stage1", "%stage2", "%middle", "%step", "%now", again),
        _advance("%stage2", "%stage3", "%after", "%step", "%now", again),
        "  call void @combine(ptr %now, ptr %base, ptr %stage1, ptr %stage2, "
        "ptr %stage3, ptr %then)",
    ]


def _prepare() -> list[str]:
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


def _hold(schedule: Schedule, lanes: Type) -> list[str]:
    """Return the function that takes the next of some rows, and holds them till then.

    They are found in the first stage, go into the states after the step, and are as now
    in all stages.
    """
    first, last = schedule.stocks, schedule.storage.lengths["states"]
    if first >= last:
        return []
    to = FunctionBuilder()
    stages = [f"stage{n}" for n in range(len(_held(schedule.method)))]

    def row(counter: str, _: list[Operand]) -> list[Operand]:
        number = to.pure(f"add nuw nsw i64 {counter}, {first}")

        def at(name: str) -> str:
            unit = f"getelementptr inbounds {lanes.real}, ptr %{name}, i64 {number}"
            return to.pure(unit)

        before, following = to.load(lanes, at("now")), to.load(lanes, at("stage0"))
        to.store(lanes, following.text, at("then"))
        for stage in stages:
            to.store(lanes, before.text, at(stage))
        return []

    to.loop(last - first, [], ONE, row)
    return _of_states("hold", ("now", *stages, "then"), to)


def _combine(stocks: int, lanes: Type) -> list[str]:
    """Return the function that weighs the stages of the stocks.

    With y1 = y + h/2 k1, y2 = y + h/2 k2, y3 = y + h k3 and y4 = y + h k4, the
    classical y + h/6 (k1 + 2 k2 + 2 k3 + k4) is (y1 + 2 y2 + y3)/3 + y4/6 - y/2; it is
    computed from differences, which are small.
    """
    to = FunctionBuilder()
    a = Arithmetic(to, lanes)
    names = ("y", "y1", "y2", "y3", "y4")

    def row(counter: str, _: list[Operand]) -> list[Operand]:
        at = {
            name: to.pure(
                f"getelementptr inbounds {lanes.real}, ptr %{name}, i64 {counter}"
            )
            for name in (*names, "out")
        }
        y, *stages = (to.load(lanes, at[name]).text for name in names)
        d1, d2, d3, d4 = (a.subtract(stage, y) for stage in stages)
        thirds = a.add(a.add(d1, a.add(d2, d2)), d3)
        thirds = a.multiply(thirds, a.number(1 / 3))
        total = a.add(thirds, a.multiply(d4, a.number(1 / 6)))
        to.store(lanes, a.add(y, total), at["out"])
        return []

    to.loop(stocks, [], ONE, row)
    return _of_states("combine", (*names, "out"), to)


def _of_states(name: str, areas: tuple[str, ...], to: FunctionBuilder) -> list[str]:
    """Return a function of some copies of the states."""
    given = ", ".join(f"ptr noalias %{area}" for area in areas)
    head = f"define internal void @{name}({given}) noinline #0 {{"
    return [head, "entry:", *to.lines, "  ret void", "}"]
