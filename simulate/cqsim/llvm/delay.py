"""Delays of a fixed time: rings of past inflows, one ring for each lane.

The ring of an element is `slots` rows of the area `pipes`, from `base` on; these two
numbers are set by the caller, who knows how long the delays are. How many steps a lane
waits is worked out at its start and kept.
"""

from collections.abc import Callable
from dataclasses import dataclass

from cqsim.compile.expr import Place
from cqsim.compile.ir import Pipeline
from cqsim.compile.layout import Home, offset_of
from cqsim.compile.passes import base_name, delay_name, slots_name
from cqsim.llvm.arithmetic import Arithmetic
from cqsim.llvm.builder import ONE, Operand
from cqsim.llvm.emit import Emitter
from cqsim.llvm.intrinsics import SMALL

_RINGS = Home("pipes", True, 0, ())


@dataclass(frozen=True, slots=True)
class Rings:
    """What is on its way through one delay.

    Attributes
    ----------
    waits
        Where the number of steps that each lane waits is kept.
    """

    body: Emitter
    pipe: Pipeline
    waits: Home

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
            to.store(self.body.lanes, value, self.body.address(_RINGS, row))
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
        to.store(lanes, inflow, body.address(_RINGS, row))
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
        return self.body.address(self.waits, row)

    def _first(self, element: str) -> str:
        """Return the first row of an element's ring."""
        to = self.body.to
        before = to.pure(f"mul nsw i64 {element}, {self._integer(slots_name)}")
        return to.pure(f"add nsw i64 {self._integer(base_name)}, {before}")

    def _number(self, named: Callable[[str], str]) -> Operand:
        home = self.body.storage.variables[named(self.pipe.name)]
        return self.body.load(home, str(home.row))

    def _integer(self, named: Callable[[str], str]) -> str:
        # The caller gives all lanes the same.
        number, to = self._number(named), self.body.to
        one = to.lane(number.type, number.text, 0)
        return to.pure(f"fptosi double {one} to i64")
