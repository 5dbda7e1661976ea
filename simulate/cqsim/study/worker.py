"""What a worker does: set the constants of some runs, run them, measure them."""

import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from cqsim.case.case import Case
from cqsim.case.indicators import variables_behind
from cqsim.case.places import Place, Setting
from cqsim.compile.ir import Constant, System, shape_of
from cqsim.engine.program import lanes_for
from cqsim.engine.result import Runs
from cqsim.engine.simulation import run_many, system_of
from cqsim.judge.measure import Measure, UndefinedIndicatorError
from cqsim.language.syntax import canonical
from cqsim.model.resolve import read_model
from cqsim.study.columns import Column
from cqsim.study.plan import Plan
from cqsim.study.runs import Floats, Lost, Part

TOGETHER = 250
"""How many runs are computed together; memory grows with it, the numbers do not."""


def compute(plan: Plan, first: int, last: int) -> Part:
    """Return the runs of a sweep from `first` to before `last`."""
    return workshop(plan).part(first, last)


@lru_cache(maxsize=2)
def workshop(plan: Plan) -> "Workshop":
    """Return a plan with its model compiled; the same for the same plan."""
    with tempfile.TemporaryDirectory(prefix="cqsim-") as name:
        folder = Path(name)
        for inner, content in plan.files.items():
            path = folder / inner
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        model = read_model(folder / plan.model)
        system, rules = system_of(model), Case.of(model).complete()
    spelled = [*system.names(), *(n for n in system.lookups if n[0] != "#")]
    names = {canonical(name): name for name in spelled}
    return Workshop(plan, system, rules, names)


@dataclass(frozen=True, slots=True, eq=False)
class Workshop:
    """A plan with its model compiled."""

    plan: Plan
    system: System
    rules: Case
    names: Mapping[str, str]
    shared: dict[int, dict[str, Any]] = field(default_factory=dict)

    def part(self, first: int, last: int) -> Part:
        """Return consecutive runs, a few at a time."""
        values = np.empty((last - first, len(self.plan.columns)))
        lost: list[Lost] = []
        for start in range(first, last, TOGETHER):
            end = min(start + TOGETHER, last)
            found = self.runs(start, end)
            values[start - first : end - first] = found.values
            lost += [replace(one, run=start + one.run) for one in found.lost]
        return Part(first, values, tuple(lost))

    def runs(self, first: int, last: int) -> Part:
        """Return consecutive runs, numbered from 0."""
        count = len(self.plan.bases)
        numbers = np.arange(first, last)
        start = first // count
        points = self.plan.sweep.design.points(start, -(-last // count))
        return self.measured(points[numbers // count - start], numbers % count)

    def measured(self, points: Floats, bases: Any) -> Part:
        """Return what points of the unit cube give, from the bases of these numbers."""
        values = np.empty((len(points), len(self.plan.columns)))
        lost: list[Lost] = []
        for base in np.unique(bases).tolist():
            places = np.flatnonzero(bases == base)
            settings = self.set_by(points[places], base)
            found = self.results(base, settings)
            values[places] = found.values
            lost += [replace(one, run=int(places[one.run])) for one in found.lost]
        return Part(0, values, tuple(sorted(lost, key=lambda one: one.run)))

    def set_by(self, points: Floats, base: int) -> dict[str, Floats]:
        """Return the constants that points set on a base: by constant, (run, *axes)."""
        own = self.plan.bases[base].settings
        settings = {
            name: np.repeat(self.of_setting(name, own)[None], len(points), axis=0)
            for name in sorted(self.varied())
        }

        def put(name: str, places: tuple[Place, ...], apply: str, new: Floats) -> Any:
            known = self._name(name)
            where = self._where(known, places)
            index = (slice(None), ...) if where is ... else (slice(None), *where)
            _set(settings[known], index, apply, new)
            return settings[known], index

        sweep = self.plan.sweep
        for number, given in enumerate(sweep.inputs):
            values = given.distribution.values(points[:, number])
            array, index = put(given.constant, given.places, given.apply, values)
            # Rounding must not take a constant past what a scenario may set.
            array[index] = np.clip(array[index], *given.bounds)
        if sweep.posterior is not None:
            rows = sweep.posterior.rows(points[:, len(sweep.inputs)])
            for number, name in enumerate(sweep.posterior.constants):
                put(name, sweep.posterior.places[number], "value", rows[:, number])
        return settings

    def simulated(self, base: int, settings: Mapping[str, Floats]) -> Runs:
        """Return the outputs of runs that set these constants on a base."""
        # The same program for every chunk, the last and shorter ones too.
        lanes = lanes_for(self.system, self.plan.runs)
        return run_many(
            self.system,
            {**self.shared_by(base), **settings},
            self.outputs(),
            clock=self.plan.clock,
            threads=1,
            lanes=lanes,
            check_ranges=False,
        )

    def results(self, base: int, settings: Mapping[str, Floats]) -> Part:
        """Return what runs with these constants give."""
        found = self.simulated(base, settings)
        count = found.runs or 0
        values = np.full((count, len(self.plan.columns)), np.nan)
        kept = [run for run in range(count) if run not in found.lost]
        if kept:
            values[kept] = self._measured(found)[kept]
        lost = (Lost(one.run, one.time, one.variable) for one in found.diverged)
        return Part(0, values, tuple(lost))

    def varied(self) -> frozenset[str]:
        """Return the constants that may differ from run to run."""
        sweep = self.plan.sweep
        names = {given.constant for given in sweep.inputs}
        if sweep.posterior is not None:
            names |= set(sweep.posterior.constants)
        return frozenset(self._name(name) for name in names)

    def shared_by(self, base: int) -> dict[str, Any]:
        """Return what all runs from a base set alike."""
        if base not in self.shared:
            varied = self.varied()
            given = self.plan.bases[base].settings.items()
            named = {self._name(name): setting for name, setting in given}
            self.shared[base] = {n: v for n, v in named.items() if n not in varied}
        return self.shared[base]

    def of_setting(self, own: str, given: Mapping[str, Setting]) -> Floats:
        """Return what a scenario has for a constant: (*axes)."""
        constant = self.system.variables[own]
        assert isinstance(constant, Constant)
        array = np.array(constant.values).reshape(shape_of(constant.axes))
        for name, setting in given.items():
            if self._name(name) != own:
                continue
            if isinstance(setting, Mapping):
                for key, value in setting.items():
                    array[self._where(own, (tuple(key.split(",")),))] = value
            else:
                array[...] = setting
        return array

    def outputs(self) -> list[str]:
        """Return the variables that the columns need."""
        columns, indicators = self.plan.columns, self.rules.indicators
        names: dict[str, None] = {}
        for column in columns:
            if column.table == "variables":
                names[self._name(column.name)] = None
            else:
                for name in variables_behind(indicators, [column.indicator]):
                    names[self._name(name)] = None
        return list(names)

    def _measured(self, found: Runs) -> Floats:
        measure = Measure(found, self.rules)
        columns = np.full((found.runs or 0, len(self.plan.columns)), np.nan)
        years = {float(time): n for n, time in enumerate(found.times)}
        for number, column in enumerate(self.plan.columns):
            at = years[column.year]
            if column.table == "variables":
                columns[:, number] = self._element(found.values, column)[:, at]
                continue
            inside = measure.within(column.boundary)
            with suppress(UndefinedIndicatorError):
                path = inside.paths(column.indicator, column.place)
                columns[:, number] = path[:, at]
        return columns

    def _element(self, values: Mapping[str, Floats], column: Column) -> Floats:
        """Return one element of a variable: (run, time)."""
        own = self._name(column.name)
        elements = column.place.split(",") if column.place else []
        axes = self.system.variables[own].axes
        place = tuple(
            axis.elements.index(e) for axis, e in zip(axes, elements, strict=True)
        )
        index: Any = (slice(None), slice(None), *place)
        return np.asarray(values[own][index])

    def _where(self, own: str, places: tuple[Place, ...]) -> Any:
        """Return the index of some places of a constant; of all where none is named."""
        if not places:
            return ...
        axes = self.system.variables[own].axes
        columns = zip(*places, strict=True)
        return tuple(
            [axis.elements.index(element) for element in column]
            for axis, column in zip(axes, columns, strict=True)
        )

    def _name(self, name: str) -> str:
        """Return the engine's spelling of a name."""
        return self.names[canonical(name)]


def _set(array: Floats, index: Any, apply: str, new: Floats) -> None:
    """Put new values of all runs into an array (run, *axes), at some places."""
    old = array[index]
    wide = new.reshape(-1, *([1] * (old.ndim - 1)))
    if apply == "factor":
        array[index] = old * wide
    elif apply == "offset":
        array[index] = old + wide
    else:
        array[index] = np.broadcast_to(wide, old.shape)
