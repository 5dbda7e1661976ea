"""The runs that the rules must hold in: corners, samples and extremes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from cqsim.case.levers import Levers
from cqsim.compile.ir import Axes, Constant, System, shape_of
from cqsim.credibility.rulebook import Condition, Rulebook
from cqsim.errors import StatedError
from cqsim.language.syntax import Number, canonical
from cqsim.model.model import Model
from cqsim.study.reach import everywhere_reached

Floats = NDArray[np.float64]
Settings = Mapping[str, Any]

BASELINE = "baseline"
ANY = frozenset(("constant",))


@dataclass(frozen=True, slots=True)
class Run:
    """A run by name, with the constants that it sets and the year in which it starts.

    `condition` is the id of its extreme condition, empty for all others.
    """

    name: str
    start: int
    settings: Settings
    condition: str = ""


def all_runs(
    model: Model, system: System, levers: Levers, rules: Rulebook
) -> list[Run]:
    """Return the baseline, the levers' corners, random draws and extreme conditions."""
    start = rules.start
    runs = [Run(BASELINE, start, {}), Run("baseline from 2010", 2010, {})]
    ends: dict[str, dict[str, Any]] = {"floor": {}, "ceiling": {}}
    for lever in levers.values():
        for word, value in (("floor", lever.floor), ("ceiling", lever.ceiling)):
            own = {lever.constant: everywhere_reached(model, lever, value)}
            ends[word] |= own
            runs.append(Run(f"{lever.id} at its {word}", start, own))
    for word, settings in ends.items() if levers else ():
        runs.append(Run(f"every lever at its {word}", start, settings))
    runs.extend(_samples(model, rules))
    runs.extend(_extreme(system, condition, start) for condition in rules.condition)
    return runs


def uncertain_constants(model: Model) -> list[tuple[str, float, float]]:
    """Return each constant that is one number everywhere, with its range."""
    return [
        (variable.name, variable.low, variable.high)
        for variable in model.of_kind("constant")
        if isinstance(variable.equations[0].value, Number)
        and len(variable.equations) == 1
        and variable.low is not None
        and variable.high is not None
        and variable.low < variable.high
    ]


def _samples(model: Model, rules: Rulebook) -> Iterator[Run]:
    """Yield draws of all constants at once, spread evenly over their ranges."""
    constants = uncertain_constants(model)
    if not constants:
        return
    names, low, high = zip(*constants, strict=True)
    random = np.random.default_rng(rules.seed)
    points = qmc.LatinHypercube(len(names), rng=random).random(rules.samples)
    for number, point in enumerate(qmc.scale(points, low, high), 1):
        settings = dict(zip(names, point.tolist(), strict=True))
        yield Run(f"sample {number} of seed {rules.seed}", rules.start, settings)


def _extreme(system: System, condition: Condition, start: int) -> Run:
    settings: dict[str, Any] = dict(condition.values)
    for name, factor in condition.scale.items():
        settings[name] = factor * values_of(system, name)
    for name, cells in condition.cells.items():
        settings[name] = with_cells(system, name, cells)
    return Run(condition.title, start, settings, condition.id)


def constant_of(system: System, name: str) -> Constant:
    """Return a constant of a system by any spelling of its name."""
    found = {canonical(n): v for n, v in system.variables.items()}[canonical(name)]
    assert isinstance(found, Constant), name
    return found


def values_of(system: System, name: str) -> Floats:
    """Return a constant's values (*axes)."""
    constant = constant_of(system, name)
    return np.array(constant.values).reshape(shape_of(constant.axes))


def with_cells(system: System, name: str, cells: Mapping[str, float]) -> Floats:
    """Return a constant's values with those elements changed that patterns name."""
    values = values_of(system, name)
    for pattern, value in cells.items():
        places = chosen(constant_of(system, name).axes, pattern)
        if not places.any():
            what = f"'{pattern}' names no element of '{name}'"
            raise StatedError(what, "Name one by each subscript; * stands for all.")
        values[places] = value
    return values


def chosen(axes: Axes, pattern: str) -> NDArray[np.bool_]:
    """Return which places a pattern names, as `yuzhong,*,*`."""
    parts = [part.strip() for part in pattern.split(",")]
    places = product(*(axis.elements for axis in axes))
    found = [
        len(parts) == len(place)
        and all(fnmatchcase(e, p) for e, p in zip(place, parts, strict=True))
        for place in places
    ]
    return np.array(found, dtype=bool).reshape(shape_of(axes))


def batches(runs: Sequence[Run], size: int) -> Iterator[list[Run]]:
    """Yield runs that can be computed together: they start alike, and are not many."""
    for start in sorted({run.start for run in runs}):
        alike = [run for run in runs if run.start == start]
        for first in range(0, len(alike), size):
            yield alike[first : first + size]
