"""A schedule as a module of LLVM's language, which integrates runs tile by tile."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from cqsim.compile.expr import Place
from cqsim.compile.ir import FixedDelay, Stock
from cqsim.compile.order import Spread
from cqsim.compile.passes import base_name, delay_name, pipelines, slots_name
from cqsim.compile.schedule import (
    AREAS,
    Address,
    Loop,
    Schedule,
    Task,
    offset_of,
    split,
)
from cqsim.llvm.builder import (
    ONE,
    Arithmetic,
    Constants,
    FunctionBuilder,
    Operand,
    Type,
)
from cqsim.llvm.emit import Counter, Emitter
from cqsim.llvm.integrate import CLOCK, PASSED, SEGMENTS, integrate_source
from cqsim.llvm.intrinsics import SMALL
from cqsim.llvm.math import called_functions

_RINGS = Address("pipes", True, 0, ())


@dataclass(frozen=True, slots=True)
class Rings:
    """The ring buffers of one delay, one for each element and vector lane.

    Attributes
    ----------
    waits
        Where the number of steps that each lane waits is kept.
    """

    body: Emitter
    pipe: FixedDelay
    waits: Address

    def emit_fill(self) -> None:
        """Emit, at the start of a run, how long each lane waits, and fill the rings."""
        body, to = self.body, self.body.to
        a = Arithmetic(to, body.lanes)
        state = body.storage.variables[self.pipe.name]
        delay = body.storage.variables[delay_name(self.pipe.name)]

        def element(counter: str, _: list[Operand]) -> list[Operand]:
            time = body.load(delay, to.pure(f"add nsw i64 {counter}, {delay.row}"))
            step = to.splat(Operand("%step", ONE), a.type)
            steps = a.divide(to.splat(time, a.type), step)
            one = a.number(1.0)
            steps = a.select(a.compare("ogt", steps, one), steps, one)
            # The slack rounds half a step up.
            steps = a.function("rint", a.add(steps, a.number(SMALL)))
            most = to.splat(self._number(slots_name), a.type)
            steps = a.select(a.compare("olt", steps, most), steps, most)
            to.store(a.type, steps, self._wait(counter))
            own = to.pure(f"add nsw i64 {counter}, {state.row}")
            self._fill_one(counter, body.load(state, own).text)
            return []

        to.loop(max(1, state.size), [], ONE, element)

    def _fill_one(self, element: str, value: str) -> None:
        """Emit a loop that fills the ring of one element."""
        to, first = self.body.to, self._first(element)

        def slot(counter: str, _: list[Operand]) -> list[Operand]:
            row = to.pure(f"add nsw i64 {first}, {counter}")
            to.store(self.body.lanes, value, self.body.row_pointer(_RINGS, row))
            return []

        to.loop(self._integer(slots_name), [], ONE, slot)

    def emit_push(self, target: tuple[Place, ...], inflow: str) -> str:
        """Emit the entry of a step's inflow, and return what comes out in the next."""
        body, to, lanes = self.body, self.body.to, self.body.lanes
        a = Arithmetic(to, lanes)
        state = body.storage.variables[self.pipe.name]
        element = body.row(offset_of(target, state.shape, 0))
        first = self._first(element)
        slot = to.pure(f"urem i64 %count, {self._integer(slots_name)}")
        row = to.pure(f"add nsw i64 {first}, {slot}")
        to.store(lanes, inflow, body.row_pointer(_RINGS, row))
        count = to.pure("sitofp i64 %count to double")
        after = Operand(to.pure(f"fadd double {count}, 1.0"), ONE)
        wait = to.load(lanes, self._wait(element)).text
        back = a.subtract(to.splat(after, lanes), wait)
        length = to.splat(self._number(slots_name), lanes)
        rounds = a.function("floor", a.divide(back, length))
        back = a.subtract(back, a.multiply(rounds, length))

        def one(lane: int) -> str:
            slot = to.pure(f"fptosi double {to.lane(lanes, back, lane)} to i64")
            row = to.pure(f"add i64 {slot}, {first}")
            scaled = to.pure(f"mul i64 {row}, {lanes.width}")
            place = to.pure(f"add i64 {scaled}, {lane}")
            pointer = f"getelementptr inbounds double, ptr %pipes, i64 {place}"
            return to.load(ONE, to.pure(pointer)).text

        return to.each_lane(lanes, one)

    def _wait(self, element: str) -> str:
        """Return the address of how long each lane waits for an element."""
        row = self.body.to.pure(f"add nsw i64 {element}, {self.waits.row}")
        return self.body.row_pointer(self.waits, row)

    def _first(self, element: str) -> str:
        """Return the first row of an element's ring."""
        to = self.body.to
        before = to.pure(f"mul nsw i64 {element}, {self._integer(slots_name)}")
        return to.pure(f"add nsw i64 {self._integer(base_name)}, {before}")

    def _number(self, named: Callable[[str], str]) -> Operand:
        address = self.body.storage.variables[named(self.pipe.name)]
        return self.body.load(address, str(address.row))

    def _integer(self, named: Callable[[str], str]) -> str:
        # The caller gives all lanes the same.
        number, to = self._number(named), self.body.to
        one = to.lane(number.type, number.text, 0)
        return to.pure(f"fptosi double {one} to i64")


# Copies of outputs to where the caller wants them, and marks of lost runs.


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
            address = last.storage.variables[output]
            marked = _copy(part, address, row, mark)
            mark = mark if output in lenient else marked
            row += address.size
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


def _states(body: Emitter, lenient: Collection[str]) -> list[Address]:
    """Return the rows of all states that must have numbers."""
    addresses = body.storage.variables
    if not any(addresses[n].area == "states" for n in lenient if n in addresses):
        return [Address("states", True, 0, (body.storage.lengths["states"],))]
    return [
        address
        for name, address in addresses.items()
        if address.area == "states" and name not in lenient
    ]


_GIVEN = f"{SEGMENTS}, ptr %out, i64 %runs"
_PASSED = ", ".join((*(f"ptr %{name}" for name in AREAS), "ptr %out", "i64 %runs"))


def _copy(body: Emitter, address: Address, row: int | None, lost: Operand) -> Operand:
    """Emit a copy of rows to the output; return NaN where one is not finite."""
    if address.size == 0:
        return lost
    a = Arithmetic(body.to, body.lanes)

    def iteration(counter: str, carried: list[Operand]) -> list[Operand]:
        source = body.to.pure(f"add nuw nsw i64 {counter}, {address.row}")
        value = body.to.splat(body.load(address, source), body.lanes)
        if row is not None:
            _place(body, value, body.to.pure(f"add nuw nsw i64 {counter}, {row}"))
        nothing = a.multiply(value, a.number(0.0))
        return [Operand(a.add(carried[0].text, nothing), body.lanes)]

    return body.to.loop(address.size, [lost], body.lanes, iteration)[0]


def _place(body: Emitter, value: str, row: str) -> None:
    offset = body.to.pure(f"mul nuw nsw i64 {row}, %runs")
    place = body.to.pure(f"getelementptr inbounds double, ptr %out, i64 {offset}")
    body.to.emit(f"store {body.lanes.real} {value}, ptr {place}, align 8")


@dataclass(frozen=True, slots=True)
class CompileTarget:
    """The machine that a module is compiled for.

    Attributes
    ----------
    fma
        Whether it multiplies and adds in one instruction.
    """

    fma: bool = True


NATIVE, WASM = CompileTarget(), CompileTarget(fma=False)


def emit_module(schedule: Schedule, lanes: int, target: CompileTarget = NATIVE) -> str:
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

    def text(self, target: CompileTarget) -> str:
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
        addresses = sorted(
            self._schedule.storage.variables.items(),
            key=lambda pair: (pair[1].area, pair[1].row),
        )
        return [f"; {h.area:8} {h.row:6} {_plain(name)}" for name, h in addresses]

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

    def _rings(self, body: Emitter, pipe: FixedDelay) -> Rings:
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
            address = self._schedule.storage.variables[task.variable]
            body.to.store(type_, text, body.pointer(address, target))

    def _move(self, body: Emitter, task: Task, rate: str) -> None:
        """Emit a state's next value."""
        state = self._schedule.system.variables[task.variable]
        address = self._schedule.storage.variables[task.variable]
        target = task.block.target
        text = rate
        if isinstance(state, FixedDelay):
            text = self._rings(body, state).emit_push(target, rate)
        if isinstance(state, Stock):
            a = Arithmetic(body.to, self._lanes)
            base = body.pointer(
                Address("base", True, address.row, address.shape), target
            )
            now = body.to.load(self._lanes, base).text
            gain = body.to.splat(Operand("%gain", ONE), self._lanes)
            text = a.add(now, a.multiply(gain, rate))
        following = Address("next", True, address.row, address.shape)
        body.to.store(self._lanes, text, body.pointer(following, target))


def _defined(name: str, lines: list[str]) -> list[str]:
    """Return a function of the areas and the clock with these instructions."""
    head = f"define internal void @{name}({SEGMENTS}, {CLOCK}) noinline #0 {{"
    return [head, "entry:", *lines, "  ret void", "}"]


def _plain(name: str) -> str:
    """Return a modeller's name as it may stand in a comment."""
    return name.encode("unicode_escape").decode("ascii")
