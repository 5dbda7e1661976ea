"""A sweep as a worker gets it: whole, without files, the same bytes everywhere."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cqsim import __version__
from cqsim.case.case import Case
from cqsim.case.scenario import Scenario
from cqsim.case.settings import Setting
from cqsim.engine.identity import engine_name, sha256
from cqsim.engine.simulation import system_of
from cqsim.language.syntax import canonical
from cqsim.study.columns import ResultColumn, columns_of
from cqsim.study.description import description_of
from cqsim.study.inputs import SweepInput
from cqsim.study.sweep import Sweep
from cqsim.textfile import read_bytes

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BaseSettings:
    """A base scenario: its id and the constants that it sets."""

    id: str
    settings: Mapping[str, Setting]


@dataclass(frozen=True, eq=False)
class SweepJob:
    """All that the runs of a sweep depend on.

    Attributes
    ----------
    identity
        What the sweep is made from, as plain data; another one is another sweep.
    files
        The contents of the model's file and of what it and its case read, by path from
        the model's folder.
    clock
        Start, end and step where the bases set them.
    description
        What readers of the results need: titles, units, what targets require.
    """

    identity: Mapping[str, Any]
    files: Mapping[str, bytes] = field(repr=False)
    model: str
    bases: tuple[BaseSettings, ...]
    sweep: "SweptInputs"
    columns: tuple[ResultColumn, ...] = field(repr=False)
    clock: Mapping[str, float]
    description: Mapping[str, Any] = field(repr=False)

    @cached_property
    def digest(self) -> str:
        """Return the hash of the identity."""
        text = json.dumps(self.identity, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def runs(self) -> int:
        """How many runs there are; run `p * bases + b` is point p from base b."""
        return self.sweep.points * len(self.bases)

    @property
    def input_names(self) -> list[str]:
        """The names of what differs; a posterior's constants after the inputs."""
        names = [given.id for given in self.sweep.inputs]
        posterior = self.sweep.posterior
        if posterior is None:
            return names
        drawn = zip(posterior.constants, posterior.places, strict=True)
        return names + [
            f"{name}[{';'.join(','.join(place) for place in places)}]"
            if places
            else name
            for name, places in drawn
        ]

    def drawn(self, first: int, last: int) -> Floats:
        """Return the inputs of runs from `first` to before `last`: (run, input)."""
        sweep = self.sweep
        numbers = np.arange(first, last) // len(self.bases)
        points = sweep.design.points(numbers[0], numbers[-1] + 1)[numbers - numbers[0]]
        columns = [
            given.distribution.values(points[:, number])
            for number, given in enumerate(sweep.inputs)
        ]
        drawn = np.array(columns).reshape(len(columns), len(points)).T
        if sweep.posterior is None:
            return drawn
        rows = sweep.posterior.rows(points[:, len(sweep.inputs)])
        return np.concatenate([drawn, rows], axis=1)

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SweepJob) and other.digest == self.digest


@dataclass(frozen=True, slots=True, eq=False)
class SweptInputs:
    """The inputs of a sweep and its design of points, as a worker needs them."""

    id: str
    inputs: tuple[SweepInput, ...]
    posterior: Any
    design: Any
    points: int


def saved_times(scenario: Scenario) -> tuple[float, ...]:
    """Return the times that a scenario's run saves."""
    return tuple(scenario.clock.times.tolist())


def job_of(sweep: Sweep) -> SweepJob:
    """Return the job of a sweep, its files read and hashed.

    Raises
    ------
    InputFileError
        A file of the model or of its case cannot be read.
    """
    model = sweep.bases[0].model
    files = _files(sweep.case)
    first = sweep.bases[0]
    times = {"start": first.start, "end": first.end, "step": first.step}
    clock = {name: float(v) for name, v in times.items() if v is not None}
    columns = columns_of(sweep.record, sweep.case, model, saved_times(first))
    bases = tuple(BaseSettings(b.id, _plain(b.settings)) for b in sweep.bases)
    swept = SweptInputs(
        sweep.id, sweep.inputs, sweep.posterior, sweep.design, sweep.points
    )
    identity = {
        "cqsim": __version__,
        "engine": engine_name(),
        "files": {name: sha256(content) for name, content in sorted(files.items())},
        "bases": {base.id: _listed(base.settings) for base in bases},
        "base_order": [base.id for base in bases],
        "time": clock,
        "sweep": {
            "id": sweep.id,
            "design": sweep.design.kind,
            "seed": sweep.design.seed,
            "points": sweep.points,
            "inputs": {given.id: given.described() for given in sweep.inputs},
            "correlation": [list(row) for row in sweep.design.correlation],
            "posterior": sweep.posterior.sha256 if sweep.posterior else None,
            "record": sweep.record.model_dump(mode="json"),
        },
    }
    name = model.path.name
    words = description_of(sweep)
    return SweepJob(identity, files, name, bases, swept, columns, clock, words)


def _files(case: Case) -> dict[str, bytes]:
    """Return the contents of the model and of what it and its case read."""
    model = case.model
    found = {model.path.name: read_bytes(model.path)}
    system = system_of(model)
    for name in system.files:
        found[name] = read_bytes(system.data_path(name))
    return found | {name: read_bytes(path) for name, path in case.registry.items()}


def _listed(settings: Mapping[str, Setting]) -> dict[str, Any]:
    """Return settings with the points of lookups as lists, as JSON has them."""
    return {
        name: [list(point) for point in v] if isinstance(v, tuple) else v
        for name, v in settings.items()
    }


def _plain(settings: Mapping[str, Setting]) -> dict[str, Setting]:
    return {
        canonical(name): dict(v) if isinstance(v, Mapping) else v
        for name, v in settings.items()
    }
