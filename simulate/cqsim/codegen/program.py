"""An ensemble's program: a model as LLVM source that integrates one tile of runs."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from cqsim.codegen.assembly import Arithmetic, Assembly, Kind
from cqsim.codegen.fuse import Loop, Task, fuse, kept, parted, values_in
from cqsim.codegen.integrator import (
    ARGUMENTS,
    CLOCK,
    PASSED,
    Method,
    integrate_source,
    prepare_source,
    refuse_unsteady,
)
from cqsim.codegen.lanes import ONE, Body
from cqsim.codegen.lists import Tables
from cqsim.codegen.need import Differences, Spread, differences, prune
from cqsim.codegen.operand import Operand
from cqsim.codegen.pipes import emit_fill, emit_push, name_delays, pipelines
from cqsim.codegen.recording import record_source
from cqsim.codegen.storage import Home, Storage, longest, place_all
from cqsim.codegen.vector_math import math_source
from cqsim.compile.ir import (
    Auxiliary,
    Blocks,
    Pipeline,
    State,
    Stock,
    System,
    Variable,
)
from cqsim.compile.order import at_start_blocks, change_blocks, plan_of


@dataclass(frozen=True, slots=True)
class Program:
    """Emitted source, and where it expects and leaves every number.

    Attributes
    ----------
    text
        LLVM's assembly language; the functions are `prepare`, once, and `integrate`.
    recorded
        The outputs, in the order of the rows of a saved time. One more row follows,
        NaN in the lanes in which a state or output is not finite.
    """

    text: str
    lanes: int
    method: Method
    storage: Storage
    differs: Differences
    system: System
    recorded: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Return how many rows a saved time has."""
        return sum(self.storage.variables[n].size for n in self.recorded) + 1


def emit_program(
    system: System,
    outputs: Sequence[str],
    varied: Iterable[str],
    lanes: int,
    method: Method = "euler",
    lenient: Collection[str] = (),
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
    lenient
        The variables that may have no finite number in a run that is not lost.

    Raises
    ------
    UnsteadyError
        If a state cannot be integrated by the method.
    """
    needed = name_delays(prune(system, outputs))
    refuse_unsteady(needed, method)
    return _Emitter(needed, outputs, frozenset(varied), lanes, method).program(lenient)


class _Emitter:
    def __init__(
        self,
        system: System,
        outputs: Sequence[str],
        varied: frozenset[str],
        lanes: int,
        method: Method,
    ) -> None:
        self._system = system
        self._outputs = tuple(outputs)
        self._lanes = Kind(lanes)
        # Without a stock there is nothing to weigh: what is held moves step by step.
        stocks = any(isinstance(v, Stock) for v in system.variables.values())
        self._method: Method = method if stocks else "euler"
        self._plan = plan_of(system)
        self._differs = differences(system, varied)
        self._tables = Tables()
        shared, start, moving, reports = self._tasks()
        self._loops = {
            "share": fuse(shared),
            "start": fuse(start),
            "advance": fuse(moving),
            "report": fuse(reports),
        }
        flowing = [task for task in moving if not self._is_stepped(task)]
        if self._method == "rk4" and len(flowing) < len(moving):
            self._loops["slopes"] = fuse(flowing)
        later = {v.variable for t in reports for v in values_in(t.block.expr)}
        self._stored = kept(self._loops["advance"], later | set(outputs))
        self._stored |= kept(self._loops["report"], outputs)
        self._stored |= kept(self._loops.get("slopes", []), ())
        self._stored |= {task.variable for task in (*shared, *start)}
        points = longest(system.lookups.values())
        storage = place_all(system, self._differs, points, self._stored)
        sizes = {p.name: storage.variables[p.name].size for p in pipelines(system)}
        self._storage, self._waits = storage.with_rows("work", sizes)

    def program(self, lenient: Collection[str]) -> Program:
        functions = [
            line
            for name, loops in self._loops.items()
            for line in self._function(name, loops)
        ]
        states = self._storage.lengths["states"]
        homes = self._storage.variables
        stocks = sum(
            homes[name].size
            for name, variable in self._system.variables.items()
            if isinstance(variable, Stock)
        )
        draft = Program(
            "",
            self._lanes.width,
            self._method,
            self._storage,
            self._differs,
            self._system,
            self._outputs,
        )
        integrate = integrate_source(
            self._method, draft.rows, states, stocks, self._lanes.width
        )
        lines = [
            f"; Emitted from the model with digest {self._system.digest}.",
            *self._columns(),
            *functions,
            *record_source(self._body, self._outputs, lenient),
            *self._tables.lines,
            *integrate,
            *prepare_source(),
        ]
        lines += math_source([ONE, self._lanes], lines)
        text = "\n".join(lines) + "\n"
        return Program(text, *(getattr(draft, n) for n in _AFTER_TEXT))

    def _is_stepped(self, task: Task) -> bool:
        """Tell whether a task moves what is remembered from step to step."""
        state = self._system.variables[task.variable]
        return task.area == "next" and not isinstance(state, Stock)

    def _columns(self) -> list[str]:
        """Return comments that list what each row of each area holds."""
        homes = sorted(
            self._storage.variables.items(),
            key=lambda pair: (pair[1].area, pair[1].row),
        )
        return [f"; {h.area:8} {h.row:6} {plain(name)}" for name, h in homes]

    def _tasks(self) -> tuple[list[Task], list[Task], list[Task], list[Task]]:
        """Return what is evaluated once, at a start, at each step, and when saving."""
        variables = self._system.variables
        shared: list[Task] = []
        start: list[Task] = []
        for name, n in self._plan.start:
            spread = self._differs.variables[name]
            task = Task(name, "aux", at_start_blocks(variables[name])[n])
            # What is uniform is worked out in both: what is shared may look at it.
            shared += [task] * (spread is not Spread.VARIED)
            start += [task] * (spread is not Spread.SHARED)
        moving, reports = (
            [Task(name, "aux", _blocks(variables[name])[n]) for name, n in nodes]
            for nodes in (self._plan.driving, self._plan.reported)
        )
        moving += [
            Task(state.name, "next", block)
            for state in variables.values()
            if isinstance(state, State)
            for block in change_blocks(state)
        ]
        return shared, start, moving, reports

    def _body(self, to: Assembly) -> Body:
        lookups = self._system.lookups
        return Body(to, self._lanes, self._storage, lookups, self._tables)

    def _function(self, name: str, loops: list[Loop]) -> list[str]:
        """Return a function that evaluates loops one after another, a part at a time.

        A compiler's work grows with more than the length of what it sees at once.
        """
        parts = parted(loops)
        fills = pipelines(self._system) if name == "start" else []
        lines = []
        calls = []
        for number, part in enumerate(parts):
            to = Assembly()
            for loop in part:
                self._nest(self._body(to), loop, list(loop.lengths), [])
            lines += _defined(f"{name}_{number}", to.lines)
            calls.append(f"  call void @{name}_{number}({PASSED})")
        to = Assembly()
        for pipe in fills:
            emit_fill(self._body(to), pipe, self._waits[pipe.name])
        return [*lines, *_defined(name, [*calls, *to.lines])]

    def _nest(
        self, body: Body, loop: Loop, lengths: list[int], counters: list[str]
    ) -> None:
        if not lengths:
            for task in loop.tasks:
                self._task(body, task, counters)
            return

        def turn(counter: str, carried: list[Operand]) -> list[Operand]:
            self._nest(body, loop, lengths[1:], [*counters, counter])
            return carried

        body.loop(lengths[0], [], ONE, turn)

    def _task(self, body: Body, task: Task, counters: list[str]) -> None:
        """Emit one equation at one turn of its counters."""
        body.to.note(plain(task.variable))
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
        body.known[body.key(task.variable, target)] = Operand(text, kind)
        if task.variable in self._stored:
            home = self._storage.variables[task.variable]
            self._store(body, kind, text, body.pointer(home, target))

    def _move(self, body: Body, task: Task, rate: str) -> None:
        """Emit a state's next value."""
        state = self._system.variables[task.variable]
        home = self._storage.variables[task.variable]
        target = task.block.target
        text = rate
        if isinstance(state, Pipeline):
            text = emit_push(body, state, target, rate, self._waits[state.name])
        if isinstance(state, Stock):
            a = Arithmetic(body.to, self._lanes)
            base = body.pointer(Home("base", True, home.row, home.shape), target)
            now = body.to.let(
                f"load {a.kind.real}, ptr {base}, align {8 * a.kind.width}"
            )
            gain = body.widen(Operand("%gain", ONE), self._lanes)
            text = a.add(now, a.multiply(gain, rate))
            if state.floored:
                zero = a.number(0.0)
                text = a.select(a.compare("olt", text, zero), zero, text)
        following = Home("next", True, home.row, home.shape)
        self._store(body, self._lanes, text, body.pointer(following, target))

    @staticmethod
    def _store(body: Body, kind: Kind, text: str, pointer: str) -> None:
        line = f"store {kind.real} {text}, ptr {pointer}, align {8 * kind.width}"
        body.to.say(line)


def _defined(name: str, lines: list[str]) -> list[str]:
    """Return a function of the areas and the clock with these instructions."""
    head = f"define internal void @{name}({ARGUMENTS}, {CLOCK}) noinline #0 {{"
    return [head, "entry:", *lines, "  ret void", "}"]


_AFTER_TEXT = ("lanes", "method", "storage", "differs", "system", "recorded")


def _blocks(variable: Variable) -> Blocks:
    assert isinstance(variable, Auxiliary)
    return variable.blocks


def plain(name: str) -> str:
    """Return a modeller's name as it may stand in a comment."""
    return name.encode("unicode_escape").decode("ascii")


__all__ = ["Program", "emit_program", "plain"]
