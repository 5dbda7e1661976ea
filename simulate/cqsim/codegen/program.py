"""An ensemble's program: a model as LLVM source that integrates one tile of runs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cqsim.codegen.assembly import Assembly, Kind
from cqsim.codegen.fuse import Loop, Task, fuse, kept
from cqsim.codegen.lanes import ONE, Body, Tables
from cqsim.codegen.need import Differences, Spread, differences, prune
from cqsim.codegen.simplify import simplify
from cqsim.codegen.storage import AREAS, Home, Storage, longest, place_all
from cqsim.codegen.vector_math import math_source
from cqsim.model.expr import Along, Value
from cqsim.model.order import at_start_blocks, change_blocks, plan_of
from cqsim.model.system import Auxiliary, Pipeline, State, Stock, System

_AREA_NAMES = tuple(AREAS)
_ARGUMENTS = ", ".join(f"ptr noalias %{name}" for name in _AREA_NAMES)
_CLOCK = "double %time, double %step"
_WIDE = '"min-legal-vector-width"="512" "prefer-vector-width"="512" nounwind'


@dataclass(frozen=True, slots=True)
class Program:
    """Emitted source, and where it expects and leaves every number.

    Attributes
    ----------
    text
        LLVM's assembly language; the function is `integrate`.
    recorded
        The outputs, in the order of the rows of a saved time.
    """

    text: str
    lanes: int
    storage: Storage
    differs: Differences
    system: System
    recorded: tuple[str, ...]


class NotCompiledError(Exception):
    """The model holds what only the NumPy engine does."""


def emit_program(
    system: System, outputs: Sequence[str], varied: Iterable[str], lanes: int
) -> Program:
    """Return the program for an ensemble.

    Parameters
    ----------
    outputs
        The variables to record.
    varied
        The constants and lookups that differ between runs.
    lanes
        How many runs are computed together.

    Raises
    ------
    NotCompiledError
        If the model holds what this emitter does not know.
    """
    needed = simplify(prune(system, outputs), outputs)
    return _Emitter(needed, outputs, frozenset(varied), lanes).program()


class _Emitter:
    def __init__(
        self, system: System, outputs: Sequence[str], varied: frozenset[str], lanes: int
    ) -> None:
        refuse_unknown(system)
        self._system = system
        self._outputs = tuple(outputs)
        self._lanes = Kind(lanes)
        self._plan = plan_of(system)
        self._differs = differences(system, varied)
        self._tables = Tables()
        self._points = longest(system.lookups.values())

    def program(self) -> Program:
        start = self._start_tasks()
        moving = self._moving_tasks()
        reports = [
            Task(name, "aux", self._auxiliary(name).blocks[n])
            for name, n in self._plan.reported
        ]
        start_loops, loops, report_loops = fuse(start), fuse(moving), fuse(reports)
        later = {v.variable for t in reports for v in _values(t)} | set(self._outputs)
        stored = kept(loops, later) | kept(report_loops, self._outputs)
        stored |= {task.variable for task in start}
        self._storage = place_all(self._system, self._differs, self._points, stored)
        self._stored = stored
        lines = [
            *self._head(),
            *math_source([ONE, self._lanes]),
            *self._function("start", start_loops),
            *self._function("advance", loops),
            *self._function("report", report_loops),
            *self._record(),
            *self._integrate(),
        ]
        lines[1:1] = self._tables.lines
        return Program(
            "\n".join(lines) + "\n",
            self._lanes.width,
            self._storage,
            self._differs,
            self._system,
            self._outputs,
        )

    def _head(self) -> list[str]:
        return [f"; Emitted from the model with digest {self._system.digest}"]

    def _auxiliary(self, name: str) -> Auxiliary:
        variable = self._system.variables[name]
        assert isinstance(variable, Auxiliary)
        return variable

    def _start_tasks(self) -> list[Task]:
        """Return what is evaluated once in each run: all that is not shared."""
        tasks = []
        for name, n in self._plan.start:
            if self._differs.variables[name] is Spread.SHARED:
                continue
            block = at_start_blocks(self._system.variables[name])[n]
            tasks.append(Task(name, "aux", block))
        return tasks

    def _moving_tasks(self) -> list[Task]:
        tasks = [
            Task(name, "aux", self._auxiliary(name).blocks[n])
            for name, n in self._plan.driving
        ]
        states = [v for v in self._system.variables.values() if isinstance(v, State)]
        tasks += [
            Task(state.name, "next", block)
            for state in states
            for block in change_blocks(state)
        ]
        return tasks

    def _function(self, name: str, loops: list[Loop]) -> list[str]:
        """Return a function that evaluates loops one after another."""
        to = Assembly()
        for loop in loops:
            body = Body(to, self._lanes, self._storage, self._system.lookups, self._tables)
            self._nest(body, loop, list(loop.lengths), [])
        head = f"define internal void @{name}({_ARGUMENTS}, {_CLOCK}) noinline #0 {{"
        return [head, "entry:", *to.lines, "  ret void", "}"]

    def _nest(
        self, body: Body, loop: Loop, lengths: list[int], counters: list[str]
    ) -> None:
        if not lengths:
            for task in loop.tasks:
                self._task(body, task, counters)
            return

        def turn(counter: str, _: list[object]) -> list[object]:
            self._nest(body, loop, lengths[1:], [*counters, counter])
            return []

        body.loop(lengths[0], [], ONE, turn)  # type: ignore[arg-type]

    def _task(self, body: Body, task: Task, counters: list[str]) -> None:
        """Emit one equation at one turn of its counters."""
        body.to.note(_plain(task.variable))
        names = [index.name for index in task.block.indices]
        body.counters = dict(zip(names, counters, strict=True))
        value = body.numeric(body.emit(task.block.expr))
        target = task.block.target
        if task.area == "next":
            self._move(body, task, body.widen(value, self._lanes))
            return
        lanes = self._differs.variables[task.variable] is Spread.VARIED
        kind = self._lanes if lanes else ONE
        text = body.widen(value, kind)
        body.known[body.key(task.variable, target)] = value.__class__(text, kind)
        home = self._storage.variables.get(task.variable)
        if home is not None and task.variable in self._stored:
            pointer = body.pointer(home, target)
            body.to.say(f"store {kind.real} {text}, ptr {pointer}, align {8 * kind.width}")

    def _move(self, body: Body, task: Task, rate: str) -> None:
        """Emit a state's next value."""
        from cqsim.codegen.assembly import Arithmetic

        state = self._system.variables[task.variable]
        home = self._storage.variables[task.variable]
        text = rate
        if isinstance(state, Stock):
            a = Arithmetic(body.to, self._lanes)
            now = body.emit(Value(task.variable, task.block.target))
            step = body.widen(body.emit_step(), self._lanes)
            text = a.add(now.text, a.multiply(step, rate))
            if state.floored:
                zero = a.number(0.0)
                text = a.select(a.compare("olt", text, zero), zero, text)
        following = Home("next", True, home.row, home.shape)
        pointer = body.pointer(following, task.block.target)
        real, align = self._lanes.real, 8 * self._lanes.width
        body.to.say(f"store {real} {text}, ptr {pointer}, align {align}")

    def _record(self) -> list[str]:
        """Return the function that copies the outputs to where the caller wants them.

        `out` is the first run's place in the first row of a saved time; a row is
        `runs` numbers long.
        """
        to = Assembly()
        body = Body(to, self._lanes, self._storage, self._system.lookups, self._tables)
        row = 0
        for name in self._outputs:
            home = self._storage.variables[name]
            self._copy(body, home, row)
            row += home.size
        head = f"define internal void @record({_ARGUMENTS}, ptr %out, i64 %runs) noinline #0 {{"
        return [head, "entry:", *to.lines, "  ret void", "}"]

    def _copy(self, body: Body, home: Home, row: int) -> None:
        to, lanes = body.to, self._lanes

        def turn(counter: str, _: list[object]) -> list[object]:
            source = to.let(f"add nuw nsw i64 {counter}, {home.row}")
            value = body.widen(body.load(home, source), lanes)
            line = to.let(f"add nuw nsw i64 {counter}, {row}")
            offset = to.let(f"mul nuw nsw i64 {line}, %runs")
            place = to.let(f"getelementptr inbounds double, ptr %out, i64 {offset}")
            to.say(f"store {lanes.real} {value}, ptr {place}, align 8")
            return []

        body.loop(home.size, [], ONE, turn)  # type: ignore[arg-type]

    def _integrate(self) -> list[str]:
        """Return the function that the caller calls: one tile, from start to end."""
        given = ", ".join(f"ptr %{name}" for name in _AREA_NAMES)
        passed = ", ".join(f"ptr %{name}" for name in _AREA_NAMES)
        turning = passed.replace("%states", "%now").replace("%next", "%then")
        rows = sum(self._storage.variables[name].size for name in self._outputs)
        return [
            f"define void @integrate({given}, ptr %out, i64 %runs, i64 %steps, i64 %every, "
            "double %begin, double %step) #0 {",
            "entry:",
            f"  call void @start({passed}, double %begin, double %step)",
            f"  %block = mul i64 %runs, {rows}",
            "  br label %turn",
            "turn:",
            "  %count = phi i64 [ 0, %entry ], [ %more, %advanced ]",
            "  %now = phi ptr [ %states, %entry ], [ %then, %advanced ]",
            "  %then = phi ptr [ %next, %entry ], [ %now, %advanced ]",
            "  %real = sitofp i64 %count to double",
            "  %passed = fmul double %real, %step",
            "  %time = fadd double %begin, %passed",
            f"  call void @advance({turning}, double %time, double %step)",
            "  %phase = urem i64 %count, %every",
            "  %save = icmp eq i64 %phase, 0",
            "  br i1 %save, label %saving, label %advanced",
            "saving:",
            f"  call void @report({turning}, double %time, double %step)",
            "  %number = udiv i64 %count, %every",
            "  %offset = mul i64 %number, %block",
            "  %place = getelementptr inbounds double, ptr %out, i64 %offset",
            f"  call void @record({turning}, ptr %place, i64 %runs)",
            "  br label %advanced",
            "advanced:",
            "  %more = add i64 %count, 1",
            "  %done = icmp sgt i64 %more, %steps",
            "  br i1 %done, label %end, label %turn",
            "end:",
            "  ret void",
            "}",
            f"attributes #0 = {{ {_WIDE} }}",
        ]


def refuse_unknown(system: System) -> None:
    """Refuse what this emitter does not know."""
    for variable in system.variables.values():
        if isinstance(variable, Pipeline):
            raise NotCompiledError(variable.name)
    for lookup in system.lookups.values():
        if lookup.interpolation in ("next", "exact"):
            raise NotCompiledError(lookup.name)


def _values(task: Task) -> Iterable[Value]:
    from cqsim.codegen.fuse import values_in

    return values_in(task.block.expr)


def _plain(name: str) -> str:
    return name.encode("unicode_escape").decode("ascii")


__all__ = ["Along", "Mapping", "NotCompiledError", "Program", "emit_program"]
