"""Places in a variable as NumPy indexes them."""

from typing import Any

import numpy as np

from cqsim.compile.ir import Along, Fixed, Place


def contiguous(positions: tuple[int, ...]) -> bool:
    """Tell whether positions follow one another."""
    return positions == tuple(range(positions[0], positions[0] + len(positions)))


def everything(place: Place, length: int) -> bool:
    """Tell whether a place runs over a whole axis."""
    return isinstance(place, Along) and place.positions == tuple(range(length))


def slot(place: Place) -> str:
    """Return a place of neighbours as it stands in brackets."""
    if isinstance(place, Fixed):
        return str(place.position)
    return f"{place.positions[0]}:{place.positions[-1] + 1}"


def gather(
    places: tuple[Place, ...], order: tuple[str, ...], sizes: dict[str, int]
) -> tuple[Any, ...]:
    """Return one array of positions for each axis, which broadcast to the counters."""
    grid = []
    for place in places:
        shape = [1] * len(order)
        if isinstance(place, Along):
            shape[order.index(place.index)] = sizes[place.index]
            grid.append(np.array(place.positions, dtype=np.intp).reshape(shape))
        else:
            grid.append(np.full(shape, place.position, dtype=np.intp))
    return tuple(grid)


def positions_of(target: tuple[Place, ...]) -> tuple[Any, ...]:
    """Return what indexes the elements that an equation gives, for assignment."""
    simple = all(
        isinstance(place, Fixed) or contiguous(place.positions) for place in target
    )
    if simple:
        return tuple(
            place.position
            if isinstance(place, Fixed)
            else slice(place.positions[0], place.positions[-1] + 1)
            for place in target
        )
    along = [place for place in target if isinstance(place, Along)]
    sizes = {place.index: len(place.positions) for place in along}
    return gather(target, tuple(place.index for place in along), sizes)


def rows_of(
    places: tuple[Place, ...],
    lengths: tuple[int, ...],
    order: tuple[str, ...],
    sizes: dict[str, int],
) -> Any:
    """Return which curve of a lookup each setting of the counters reads."""
    grid = gather(places, order, sizes)
    shape = tuple(sizes[name] for name in order)
    flat = np.ravel_multi_index(np.broadcast_arrays(*grid), lengths)
    return np.broadcast_to(flat, shape)
