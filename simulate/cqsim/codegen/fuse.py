"""Put equations of equal dimensions into one loop, as far as what they read allows.

Within a loop, an equation may read what another one of the same loop has just computed
at the same place: it stays in a register. What it reads from elsewhere in a variable
must have been computed by an earlier loop.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cqsim.compile.ir import Along, Block, Expr, Fixed, Place, Value, walk

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


def parted(loops: Sequence[Loop], largest: int = LARGEST_PART) -> list[list[Loop]]:
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


def values_in(expr: Expr) -> Iterable[Value]:
    """Yield the references to variables within an expression."""
    return (found for found in walk(expr) if isinstance(found, Value))


def same_place(value: Value, reader: Task, writer: Task) -> bool:
    """Tell whether a reader sees, at each turn, just what the writer made in it."""
    mine = {index.name: n for n, index in enumerate(reader.block.indices)}
    theirs = {index.name: n for n, index in enumerate(writer.block.indices)}
    return all(
        _turn(a, mine) == _turn(b, theirs)
        for a, b in zip(value.places, writer.block.target, strict=True)
    )


def _turn(place: Place, counters: dict[str, int]) -> object:
    match place:
        case Fixed(position=position):
            return position
        case Along(index=index, positions=positions):
            return counters.get(index, index), positions


def kept(loops: Sequence[Loop], read_elsewhere: Iterable[str]) -> set[str]:
    """Return the variables that must be stored, since another loop reads them.

    Parameters
    ----------
    read_elsewhere
        The variables that are read after these loops.
    """
    home: dict[str, set[int]] = {}
    readers: dict[str, set[int]] = {}
    for number, loop in enumerate(loops):
        for task in loop.tasks:
            if task.area == "aux":
                home.setdefault(task.variable, set()).add(number)
            for value in values_in(task.block.expr):
                readers.setdefault(value.variable, set()).add(number)
    outside = set(read_elsewhere)
    return {
        name
        for name, places in home.items()
        if name in outside or len(places) > 1 or readers.get(name, set()) - places
    }
