"""The work of one process: set the constants of runs, run them, measure them."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cqsim.case.case import Case
from cqsim.case.settings import Place
from cqsim.compile.ir import Constant, System, shape_of
from cqsim.engine.program import lanes_for
from cqsim.engine.result import Divergence
from cqsim.engine.simulation import system_of
from cqsim.judge.measure import Measure
from cqsim.language.syntax import canonical
from cqsim.model.model import parts_of_name
from cqsim.model.resolve import read_model
from cqsim.study.batch import run_design
from cqsim.study.columns import values_of
from cqsim.study.job import SweepJob

Floats = NDArray[np.float64]
TOGETHER = 250
"""How many runs are computed together; memory grows with it, the numbers do not."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive runs of a sweep.

    Attributes
    ----------
    first
        The number of the first run.
    values : (run, column)
        NaN where an indicator is undefined, and in all columns of a run that diverged.
    diverged
        The runs that did, each with when and which variable first.
    """

    first: int
    values: Floats = field(repr=False)
    diverged: tuple[Divergence, ...]


def compute(job: SweepJob, first: int, last: int) -> Chunk:
    """Return the runs of a sweep from `first` to before `last`."""
    return compiled(job).chunk(first, last)


@lru_cache(maxsize=2)
def compiled(job: SweepJob) -> "CompiledSweep":
    """Return a job with its model compiled; the same for the same job."""
    with tempfile.TemporaryDirectory(prefix="cqsim-") as name:
        folder = Path(name)
        for inner, content in job.files.items():
            path = folder / inner
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        model = read_model(folder / job.model)
        system, case = system_of(model), Case.of(model).complete()
    spelled = [*system.names(), *(n for n in system.lookups if n[0] != "#")]
    names = {canonical(name): name for name in spelled}
    return CompiledSweep(job, system, case, names)


@dataclass(frozen=True, slots=True, eq=False)
class CompiledSweep:
    """A job with its model compiled.

    `names` has the engine's spelling of what runs may set, by its canonical name.
    """

    job: SweepJob
    system: System
    case: Case
    names: Mapping[str, str]

    def chunk(self, first: int, last: int) -> Chunk:
        """Return consecutive runs, a few at a time."""
        count = len(self.job.bases)
        values = np.empty((last - first, len(self.job.columns)))
        diverged: list[Divergence] = []
        for start in range(first, last, TOGETHER):
            numbers = np.arange(start, min(start + TOGETHER, last))
            one, other = start // count, numbers[-1] // count + 1
            points = self.job.sweep.design.points(one, other)
            found = self.at_points(points[numbers // count - one], numbers % count)
            values[numbers - first] = found.values
            diverged += [replace(one, run=start + one.run) for one in found.diverged]
        return Chunk(first, values, tuple(diverged))

    def at_points(self, points: Floats, bases: NDArray[np.intp]) -> Chunk:
        """Return the runs at points of the unit cube, from the bases of these numbers.

        Parameters
        ----------
        points : (run, input)
        bases : (run,)
        """
        values = np.empty((len(points), len(self.job.columns)))
        diverged: list[Divergence] = []
        for base in np.unique(bases).tolist():
            places = np.flatnonzero(bases == base)
            measure = self.run(self.settings_at(points[places], base), base)
            values[places] = values_of(measure, self.job.columns)
            diverged += [
                replace(one, run=int(places[one.run])) for one in measure.runs.diverged
            ]
        return Chunk(0, values, tuple(sorted(diverged, key=lambda one: one.run)))

    def run(self, settings: Mapping[str, Floats], base: int) -> Measure:
        """Return the runs that set constants (run, *axes) on a base, to be measured."""
        columns = self.job.columns
        shared = {
            name: setting
            for name, setting in self.job.bases[base].settings.items()
            if self._name(name) not in settings
        }
        return run_design(
            self.case,
            {**shared, **settings},
            # Not a set: its order would be another in each process, and so the program.
            dict.fromkeys(each.indicator for each in columns if each.indicator),
            variables=[c.name for c in columns if c.table == "variables"],
            model=self.system,
            clock=self.job.clock,
            threads=1,
            # The same program for every chunk, the last and shorter ones too.
            lanes=lanes_for(self.system, self.job.runs),
            check_ranges=False,
        )

    def settings_at(self, points: Floats, base: int) -> dict[str, Floats]:
        """Return the constants that points set on a base: by constant, (run, *axes)."""
        sweep, posterior = self.job.sweep, self.job.sweep.posterior
        varied = {self._name(given.constant) for given in sweep.inputs}
        if posterior is not None:
            varied |= {self._name(name) for name in posterior.constants}
        settings = {
            name: np.repeat(self._of_base(name, base)[None], len(points), axis=0)
            for name in sorted(varied)
        }

        def put(name: str, places: tuple[Place, ...], apply: str, new: Floats) -> Any:
            array = settings[self._name(name)]
            index = (slice(None), *self._index(self._name(name), places))
            wide = new.reshape(-1, *([1] * (array[index].ndim - 1)))
            if apply == "factor":
                array[index] *= wide
            elif apply == "offset":
                array[index] += wide
            else:
                array[index] = wide
            return array, index

        for number, given in enumerate(sweep.inputs):
            values = given.distribution.values(points[:, number])
            array, index = put(given.constant, given.places, given.apply, values)
            # Rounding must not take a constant past what a scenario may set.
            array[index] = np.clip(array[index], *given.bounds)
        if posterior is not None:
            rows = posterior.rows(points[:, len(sweep.inputs)])
            for number, name in enumerate(posterior.constants):
                put(name, posterior.places[number], "value", rows[:, number])
        return settings

    def _of_base(self, own: str, base: int) -> Floats:
        """Return what a base scenario has for a constant: (*axes)."""
        constant = self.system.variables[own]
        assert isinstance(constant, Constant)
        array = np.array(constant.values).reshape(shape_of(constant.axes))
        for name, setting in self.job.bases[base].settings.items():
            if self._name(name) != own:
                continue
            _, element = parts_of_name(name)
            first = (element,) if element else ()
            if isinstance(setting, Mapping):
                for key, value in setting.items():
                    place = (*first, *key.split(","))
                    array[self._index(own, (place,))] = value
            else:
                array[self._index(own, (first,) if first else ())] = setting
        return array

    def _index(self, own: str, places: tuple[Place, ...]) -> tuple[Any, ...]:
        """Return the index of some places of a constant; of all where none is named.

        A place that names fewer axes than there are is all of it on the other axes.
        """
        if not places:
            return (...,)
        axes = self.system.variables[own].axes
        return tuple(
            [axis.elements.index(element) for element in elements]
            for axis, elements in zip(axes, zip(*places, strict=True), strict=False)
        )

    def _name(self, name: str) -> str:
        """Return the engine's spelling of a name, or of what it names a part of."""
        return self.names[canonical(parts_of_name(name)[0])]
