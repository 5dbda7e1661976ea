"""A schedule as a module of LLVM's language, which integrates runs tile by tile."""

from collections.abc import Sequence
from dataclasses import dataclass

from cqsim.compile.ir import Pipeline, Stock
from cqsim.compile.layout import Home
from cqsim.compile.order import Spread
from cqsim.compile.passes import pipelines
from cqsim.compile.schedule import Loop, Schedule, Task, split
from cqsim.llvm.arithmetic import Arithmetic
from cqsim.llvm.builder import ONE, Constants, FunctionBuilder, Operand, Type
from cqsim.llvm.delay import Rings
from cqsim.llvm.emit import Counter, Emitter
from cqsim.llvm.integrate import CLOCK, PASSED, SEGMENTS, integrate_source
from cqsim.llvm.library import called_functions
from cqsim.llvm.record import record_source


@dataclass(frozen=True, slots=True)
class Target:
    """What a module is compiled for.

    Attributes
    ----------
    fma
        Whether it multiplies and adds in one instruction.
    """

    fma: bool = True


NATIVE, WASM = Target(), Target(fma=False)


def emit_module(schedule: Schedule, lanes: int, target: Target = NATIVE) -> str:
    """Return the module that carries out a schedule, in LLVM's assembly language.

    Its functions are `prepare`, to be called once, and `integrate`, for each tile of
    as many runs as there are lanes.
    """
    return _ModuleEmitter(schedule, lanes).text(target)


class _ModuleEmitter:
    def __init__(self, schedule: Schedule, lanes: int) -> None:
        self._schedule = schedule
        self._lanes = Type(lanes)
        self._constants = Constants()

    def text(self, target: Target) -> str:
        schedule = self._schedule
        lines = [
            *self._columns(),
        ]
        for name, loops in schedule.loops.items():
            lines += self._function(name, loops)
        lines += record_source(self._emitter, schedule)
        lines += self._constants.lines
        lines += integrate_source(schedule, self._lanes)
        lines += called_functions([ONE, self._lanes], lines, target.fma)
        return "\n".join(lines) + "\n"

    def _emitter(self, to: FunctionBuilder) -> Emitter:
        schedule = self._schedule
        lookups = schedule.system.lookups
        return Emitter(to, self._lanes, schedule.storage, lookups, self._constants)

    def _columns(self) -> list[str]:
        """Return comments that list what each row of each area holds."""
        homes = sorted(
            self._schedule.storage.variables.items(),
            key=lambda pair: (pair[1].area, pair[1].row),
        )
        return [f"; {h.area:8} {h.row:6} {_plain(name)}" for name, h in homes]

    def _function(self, name: str, loops: Sequence[Loop]) -> list[str]:
        """Return a function that evaluates loops one after another, a part at a time.

        A compiler's work grows with more than the length of what it sees at once.
        """
        lines = []
        calls = []
        for number, part in enumerate(split(loops)):
            to = FunctionBuilder(hoists=self._lanes == ONE)
            for loop in part:
                # Another loop reads numbers anew.
                to.forget()
                self._nest(self._emitter(to), loop, list(loop.lengths), [])
            lines += _defined(f"{name}_{number}", to.lines)
            calls.append(f"  call void @{name}_{number}({PASSED})")
        to = FunctionBuilder()
        for pipe in pipelines(self._schedule.system) if name == "start" else ():
            self._rings(self._emitter(to), pipe).emit_fill()
        return [*lines, *_defined(name, [*calls, *to.lines])]

    def _rings(self, body: Emitter, pipe: Pipeline) -> Rings:
        return Rings(body, pipe, self._schedule.storage.waits[pipe.name])

    def _nest(
        self, body: Emitter, loop: Loop, lengths: list[int], counters: list[str]
    ) -> None:
        if not lengths:
            for task in loop.tasks:
                self._task(body, task, counters)
            return

        def iteration(counter: str, carried: list[Operand]) -> list[Operand]:
            self._nest(body, loop, lengths[1:], [*counters, counter])
            return carried

        body.to.loop(lengths[0], [], ONE, iteration)

    def _task(self, body: Emitter, task: Task, counters: list[str]) -> None:
        """Emit one equation at one iteration of its indices."""
        body.to.comment(_plain(task.variable))
        names = [index.name for index in task.block.indices]
        body.counters = dict(zip(names, map(Counter, counters), strict=True))
        if task.area == "next":
            self._move(body, task, body.number(task.block.expr, self._lanes))
            return
        varied = self._schedule.differs[task.variable] is Spread.VARIED
        type_ = self._lanes if varied else ONE
        text = body.number(task.block.expr, type_)
        target = task.block.target
        body.to.remember(body.key(task.variable, target), Operand(text, type_))
        if task.variable in self._schedule.stored:
            home = self._schedule.storage.variables[task.variable]
            body.to.store(type_, text, body.pointer(home, target))

    def _move(self, body: Emitter, task: Task, rate: str) -> None:
        """Emit a state's next value."""
        state = self._schedule.system.variables[task.variable]
        home = self._schedule.storage.variables[task.variable]
        target = task.block.target
        text = rate
        if isinstance(state, Pipeline):
            text = self._rings(body, state).emit_push(target, rate)
        if isinstance(state, Stock):
            a = Arithmetic(body.to, self._lanes)
            base = body.pointer(Home("base", True, home.row, home.shape), target)
            now = body.to.load(self._lanes, base).text
            gain = body.to.splat(Operand("%gain", ONE), self._lanes)
            text = a.add(now, a.multiply(gain, rate))
        following = Home("next", True, home.row, home.shape)
        body.to.store(self._lanes, text, body.pointer(following, target))


def _defined(name: str, lines: list[str]) -> list[str]:
    """Return a function of the areas and the clock with these instructions."""
    head = f"define internal void @{name}({SEGMENTS}, {CLOCK}) noinline #0 {{"
    return [head, "entry:", *lines, "  ret void", "}"]


def _plain(name: str) -> str:
    """Return a modeller's name as it may stand in a comment."""
    return name.encode("unicode_escape").decode("ascii")
