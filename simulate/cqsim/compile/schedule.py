"""The order in which a program evaluates equations, and where values are stored.

Equations of equal dimensions are evaluated in one loop. Within it, an equation may read
what another one of the same loop has just computed at the same place: it stays in a
register. What it reads from elsewhere in a variable must have been computed by an
earlier loop. Numbers live in areas of memory: an area holds plain numbers, the same in
all runs, or rows of lanes, one number a run.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod

from cqsim.compile.expr import Along, Fixed, Place, Value, values_in, walk
from cqsim.compile.ir import (
    Block,
    Constant,
    FixedDelay,
    IrVariable,
    Method,
    State,
    Stock,
    System,
    shape_of,
)
from cqsim.compile.order import Spread, differences, plan_of
from cqsim.compile.passes import name_delays, prune


@dataclass(frozen=True, slots=True)
class Address:
    """An area, whether it holds lanes, and the first row of a variable within it."""

    area: str
    lanes: bool
    row: int
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """Return how many rows the variable takes."""
        return prod(self.shape)


#: What each area holds; `states` and `next` take turns.
AREAS = {
    "shared": "what no run changes, at any time",
    "inputs": "the constants and lookups that runs set",
    "uniform": "what changes in time alike in all runs",
    "work": "what changes in time",
    "states": "the states now",
    "next": "the states after the step",
    "pipes": "what is on its way through delays of a fixed time",
    "base": "the states that a step starts from, and room for the stages of a method",
}


@dataclass(frozen=True, slots=True)
class Storage:
    """Where everything is.

    Attributes
    ----------
    variables, lookups
        The addresses of variables; those of lookups: for each curve, its points' x, y
        and slopes.
    waits
        Where each fixed delay keeps how many steps its lanes wait.
    lengths
        How many rows each area has.
    """

    variables: Mapping[str, Address]
    lookups: Mapping[str, Address]
    waits: Mapping[str, Address]
    lengths: Mapping[str, int]


def place_all(
    system: System, differs: Mapping[str, Spread], stored: Collection[str]
) -> Storage:
    """Return an address for every variable and lookup.

    Parameters
    ----------
    stored
        The changing variables that need a row at all.
    """
    lengths = dict.fromkeys(AREAS, 0)

    def take(area: str, shape: tuple[int, ...]) -> Address:
        address = Address(area, area not in ("shared", "uniform"), lengths[area], shape)
        lengths[area] += address.size
        return address

    variables, waits = {}, {}
    # Stocks come first among the states: they move by rates, the others in steps.
    ordered = sorted(system.variables.items(), key=lambda pair: is_stepped(pair[1]))
    for name, variable in ordered:
        area, shape = _area_of(variable, differs[name]), shape_of(variable.axes)
        if area not in ("work", "uniform") or name in stored:
            variables[name] = take(area, shape)
        if isinstance(variable, FixedDelay):
            waits[name] = take("work", shape)
    lookups = {}
    for name, lookup in system.lookups.items():
        points = max(len(curve.x) for curve in lookup.curves)
        area = "inputs" if differs[name] is Spread.VARIED else "shared"
        lookups[name] = take(area, (len(lookup.curves), 3, points))
    lengths["next"] = lengths["states"]
    return Storage(variables, lookups, waits, lengths)


def _area_of(variable: IrVariable, spread: Spread) -> str:
    if isinstance(variable, State):
        return "states"
    if spread is Spread.SHARED:
        return "shared"
    if isinstance(variable, Constant):
        return "inputs"
    return "work" if spread is Spread.VARIED else "uniform"


def is_stepped(variable: IrVariable) -> bool:
    """Tell whether a variable is remembered from step to step, and moved by no rate."""
    return isinstance(variable, State) and not isinstance(variable, Stock)


def curve_rows(x: Sequence[float], y: Sequence[float], points: int) -> list[float]:
    """Return a curve's x, its y, and the slope after each point, as a program reads it.

    The last point stands for all that are missing; the slope after it is that before
    it. Where two points share an x, the curve jumps from one to the other.

    Parameters
    ----------
    points
        How many points there is room for.
    """
    slopes = [
        (high - low) / (right - left) if right > left else 0.0
        for left, right, low, high in zip(x, x[1:], y, y[1:], strict=False)
    ]
    slopes.append(slopes[-1] if slopes else 0.0)
    sides = (x, y, slopes)
    return [n for side in sides for n in (*side, *[side[-1]] * (points - len(side)))]


@dataclass(frozen=True, slots=True)
class Offset:
    """A row as a sum: a fixed part, and a part for each counter.

    A part is a step for each turn of the counter, or a row listed for each turn.
    """

    base: int
    steps: tuple[tuple[str, int], ...]
    listed: tuple[tuple[str, tuple[int, ...]], ...]

    def times(self, factor: int) -> "Offset":
        """Return the row when each of these rows takes several."""
        return Offset(
            self.base * factor,
            tuple((index, step * factor) for index, step in self.steps),
            tuple((i, tuple(row * factor for row in rows)) for i, rows in self.listed),
        )

    def plus(self, rows: int) -> "Offset":
        """Return the row some rows further on."""
        return replace(self, base=self.base + rows)


def offset_of(places: Sequence[Place], shape: Sequence[int], base: int) -> Offset:
    """Return the row of an element, where the places say which element."""
    parts: dict[str, list[int]] = {}
    stride = prod(shape)
    for place, length in zip(places, shape, strict=True):
        stride //= length
        if isinstance(place, Fixed):
            base += place.position * stride
            continue
        rows = [position * stride for position in place.positions]
        if place.index in parts:
            rows = [a + b for a, b in zip(parts[place.index], rows, strict=True)]
        parts[place.index] = rows
    steps, listed = [], []
    for index, rows in parts.items():
        first, step = rows[0], rows[1] - rows[0] if len(rows) > 1 else 0
        evenly = range(first, first + len(rows) * step, step) if step else ()
        if rows == list(evenly or [first] * len(rows)):
            base += first
            steps.append((index, step))
        else:
            listed.append((index, tuple(rows)))
    return Offset(base, tuple(steps), tuple(listed))


#: A loop body with more operations than this no longer fits the registers.
LARGEST_BODY = 150

#: A function of loops with more operations than this takes long to compile.
LARGEST_PART = 600


@dataclass(frozen=True, slots=True)
class Task:
    """One equation to evaluate, and where its value goes.

    `area` is "aux" or "next": a variable's own value, or a state's next one.
    """

    variable: str
    area: str
    block: Block

    @property
    def lengths(self) -> tuple[int, ...]:
        """Return how often each of its counters turns."""
        return tuple(len(index.elements) for index in self.block.indices)


@dataclass
class Loop:
    """Tasks that run over counters of the same lengths, in order."""

    lengths: tuple[int, ...]
    tasks: list[Task] = field(default_factory=list)
    size: int = 0


@dataclass(frozen=True, slots=True)
class Schedule:
    """The order in which a program evaluates equations, and where it stores values.

    Attributes
    ----------
    recorded
        The outputs, in the order of the rows of a saved time. One more row follows,
        NaN in the lanes in which a state or output is not finite.
    loops
        By the function that evaluates them: `share` once for all runs, `start` at the
        start of each, `advance` at each step, `report` at each saved time, and `slopes`
        in the later stages of a step, where some states move in whole steps.
    stored
        The variables that are stored in memory, not in a register only.
    lenient
        The variables that may have no finite number in a run that is not lost.
    """

    system: System
    method: Method
    recorded: tuple[str, ...]
    differs: Mapping[str, Spread]
    storage: Storage
    loops: Mapping[str, Sequence[Loop]]
    stored: frozenset[str]
    lenient: frozenset[str]

    @property
    def rows(self) -> int:
        """Return how many rows a saved time has."""
        return sum(self.storage.variables[n].size for n in self.recorded) + 1

    @property
    def stocks(self) -> int:
        """Return how many rows of the states are stocks, which come first."""
        variables = self.system.variables
        stocks = (name for name, v in variables.items() if isinstance(v, Stock))
        return sum(self.storage.variables[name].size for name in stocks)


def schedule(
    system: System,
    outputs: Sequence[str],
    varied: Iterable[str],
    method: Method = "euler",
    lenient: Collection[str] = (),
) -> Schedule:
    """Return what the outputs need, in order and in place.

    Parameters
    ----------
    varied
        The constants and lookups that differ between runs.
    lenient
        The variables that may have no finite number in a run that is not lost.

    Raises
    ------
    InputFileError
        If equations need each other.
    """
    system = name_delays(prune(system, outputs))
    variables = system.variables
    if not any(isinstance(v, Stock) for v in variables.values()):
        # There is nothing to weigh: what is held moves step by step.
        method = "euler"
    differs = differences(system, frozenset(varied))
    tasks = _tasks(system, differs)
    if method != "euler":
        flowing = [t for t in tasks["advance"] if not is_stepped(variables[t.variable])]
        if len(flowing) < len(tasks["advance"]):
            tasks["slopes"] = flowing
    loops = {name: fuse(some) for name, some in tasks.items()}
    later = {v.variable for t in tasks["report"] for v in values_in(t.block.expr)}
    stored = kept(loops["advance"], later | set(outputs))
    stored |= kept(loops["report"], outputs) | kept(loops.get("slopes", []), ())
    stored |= {task.variable for name in ("share", "start") for task in tasks[name]}
    storage = place_all(system, differs, stored)
    recorded, held = tuple(outputs), frozenset(stored)
    given = system, method, recorded, differs, storage, loops
    return Schedule(*given, held, frozenset(lenient))


def _tasks(system: System, differs: Mapping[str, Spread]) -> dict[str, list[Task]]:
    """Return what each function of a program evaluates, in an order that works."""
    plan, variables = plan_of(system), system.variables
    shared: list[Task] = []
    start: list[Task] = []
    for name, number in plan.start:
        spread = differs[name]
        task = Task(name, "aux", variables[name].starting[number])
        # What is uniform is worked out in both: what is shared may look at it.
        shared += [task] * (spread is not Spread.VARIED)
        start += [task] * (spread is not Spread.SHARED)
    moving, reports = (
        [Task(name, "aux", variables[name].now[number]) for name, number in nodes]
        for nodes in (plan.driving, plan.reported)
    )
    moving += [
        Task(state.name, "next", block)
        for state in variables.values()
        if isinstance(state, State)
        for block in state.change
    ]
    return {"share": shared, "start": start, "advance": moving, "report": reports}


def fuse(tasks: Sequence[Task], largest: int = LARGEST_BODY) -> list[Loop]:
    """Return loops that together evaluate tasks given in an order that works."""
    loops: list[Loop] = []
    made: dict[str, list[tuple[Task, int]]] = {}
    for task in tasks:
        size = sum(1 for _ in walk(task.block.expr))
        first = _earliest(task, made)
        number = _room(loops, task.lengths, size, first, largest)
        if number == len(loops):
            loops.append(Loop(task.lengths))
        loops[number].tasks.append(task)
        loops[number].size += size
        if task.area == "aux":
            made.setdefault(task.variable, []).append((task, number))
    return loops


def split(loops: Sequence[Loop], largest: int = LARGEST_PART) -> list[list[Loop]]:
    """Return neighbouring loops together, up to a number of operations."""
    parts: list[list[Loop]] = []
    room = 0
    for loop in loops:
        if loop.size > room or not parts:
            parts.append([])
            room = largest
        parts[-1].append(loop)
        room -= loop.size
    return parts


def _earliest(task: Task, made: dict[str, list[tuple[Task, int]]]) -> int:
    """Return the number of the first loop that may hold a task."""
    first = 0
    for value in values_in(task.block.expr):
        for other, number in made.get(value.variable, ()):
            beside = other.lengths == task.lengths and same_place(value, task, other)
            first = max(first, number if beside else number + 1)
    return first


def _room(
    loops: list[Loop], lengths: tuple[int, ...], size: int, first: int, largest: int
) -> int:
    for number in range(first, len(loops)):
        loop = loops[number]
        if loop.lengths == lengths and loop.size + size <= largest:
            return number
    return len(loops)


def same_place(value: Value, reader: Task, writer: Task) -> bool:
    """Tell whether a reader sees, at each turn, just what the writer made in it."""
    mine = _turns(value.places, reader)
    return mine == _turns(writer.block.target, writer)


def _turns(places: Sequence[Place], task: Task) -> list[object]:
    """Return places with the number of a task's counter in place of its name."""
    counters = {index.name: n for n, index in enumerate(task.block.indices)}
    return [
        (counters.get(place.index, place.index), place.positions)
        if isinstance(place, Along)
        else place.position
        for place in places
    ]


def kept(loops: Sequence[Loop], read_elsewhere: Iterable[str]) -> set[str]:
    """Return the variables that must be stored, since another loop reads them.

    Parameters
    ----------
    read_elsewhere
        The variables that are read after these loops.
    """
    computed_in: dict[str, set[int]] = {}
    readers: dict[str, set[int]] = {}
    for number, loop in enumerate(loops):
        for task in loop.tasks:
            if task.area == "aux":
                computed_in.setdefault(task.variable, set()).add(number)
            for value in values_in(task.block.expr):
                readers.setdefault(value.variable, set()).add(number)
    outside = set(read_elsewhere)
    return {
        name
        for name, places in computed_in.items()
        if name in outside or len(places) > 1 or readers.get(name, set()) - places
    }
