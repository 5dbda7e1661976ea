"""Read a sweep file, checked against its case; all faults at once, with places."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from math import prod
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from pydantic import BaseModel, ValidationError

from cqsim.case.case import Case
from cqsim.case.levers import bounds_of
from cqsim.case.scenario import Scenario, read_scenario
from cqsim.engine.simulation import system_of
from cqsim.errors import CqsimError, FaultsError, InputFileError, did_you_mean
from cqsim.language.syntax import canonical
from cqsim.resources import case_file
from cqsim.study.design import Design
from cqsim.study.draws import Draws, read_draws
from cqsim.study.inputs import InvalidInput, SweepInput, bind_input
from cqsim.study.sweep_schema import (
    Correlated,
    Input,
    Record,
    SweepFile,
    recordable,
)
from cqsim.textfile import is_file, read_bytes
from cqsim.tomlfile import Document, Fault, read_document, shape_faults
from cqsim.tomlspans import Key

Shape = TypeVar("Shape", bound=BaseModel)

LARGEST_GRID = 10**9


@dataclass(frozen=True, slots=True)
class Sweep:
    """A sweep, checked against its model and its base scenarios.

    Attributes
    ----------
    bases
        The scenarios; every point is run from each of them.
    inputs
        What differs from run to run, in the order of the file.
    posterior
        Draws of constants that go together, or nothing.
    """

    id: str
    title: Mapping[str, str]
    path: Path
    sha256: str
    bases: tuple[Scenario, ...]
    inputs: tuple[SweepInput, ...]
    posterior: Draws | None
    design: Design
    record: Record
    case: Case

    @property
    def points(self) -> int:
        """How many points the design has."""
        return self.design.size

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return self.points * len(self.bases)

    @property
    def is_probability(self) -> bool:
        """Whether a share of runs is a probability: all that differs is a posterior.

        An input besides has a range that nobody weighed; draws that were made from
        another model are no posterior of this one, and of draws that do not say what
        they were made from nobody knows.
        """
        drawn = self.posterior
        return drawn is not None and not self.inputs and drawn.provenance.is_current

    @property
    def notes(self) -> tuple[str, ...]:
        """Caveats on the attainment shares, one sentence each."""
        drawn = self.posterior
        if drawn is None or drawn.provenance.is_current:
            return ()
        made = drawn.provenance
        if not made.run_id:
            return (
                f"nothing says what {drawn.name} was drawn from: shares are not called "
                "probabilities; draws of cqsim calibrate --posterior say it",
            )
        return (
            f"{drawn.name} was drawn (run {made.run_id}) before the model, its "
            f"observations or calibration.toml changed (run {made.current_id}): shares "
            "are not called probabilities; cqsim calibrate --posterior draws it anew",
        )


def read_sweep(name: str, folder: Path | None = None) -> Sweep:
    """Return the sweep of a path, or of the name of one that is shipped.

    Raises
    ------
    InputFileError
        The file is missing or cannot be decoded.
    FaultsError
        Everything else that is wrong, each with file, line and column.
    """
    document = read_document(_path_of(name, folder or Path()))
    faults = shape_faults(document, SweepFile)
    bases, problems = _bases(document)
    reader = _SweepReader(document, bases) if bases else None
    if reader is not None:
        faults += reader.faults()
    if faults or problems or reader is None:
        texts = [fault.text(document.path) for fault in sorted(set(faults))]
        raise FaultsError([*texts, *problems])
    return reader.sweep()


def _path_of(name: str, folder: Path) -> Path:
    """Return the path of a sweep's file: from a folder, or the case's."""
    bare = Path(name).name if "sweeps" in Path(name).parts else name
    own = case_file(folder).parent / "scenarios" / "sweeps"
    for place, stem in ((folder, name), (own, bare)):
        for candidate in (place / stem, place / f"{stem}.toml"):
            if is_file(candidate):
                return candidate
    known = sorted(path.stem for path in own.glob("*.toml"))
    hint = did_you_mean(Path(name).stem, known, "Those of the case")
    raise InputFileError(folder / name, 0, "there is no such sweep file", hint)


def _bases(document: Document) -> tuple[list[Scenario], list[str]]:
    """Return the base scenarios that can be read, and what is wrong with the others."""
    names = document.data.get("bases", ["baseline"])
    cases: dict[Path, Case] = {}
    found, problems = [], []
    for number, name in enumerate(names if isinstance(names, list) else []):
        if not isinstance(name, str) or not name:
            continue
        try:
            found.append(read_scenario(name, document.path.parent, cases=cases))
        except CqsimError as error:
            key, what = ("bases", number), f"the base '{name}' has faults"
            fault = document.fault(key, what, "The lines after this one name them.")
            problems += [fault.text(document.path), str(error)]
    return found, problems


class _SweepReader:
    """Checks what of a sweep file has the right shape, and ties it to the case."""

    def __init__(self, document: Document, bases: list[Scenario]) -> None:
        self.document = document
        self.bases = bases
        self.model = bases[0].model
        self.case = Case.of(self.model)
        self.file, self.wrong = _readable(document.data)
        self.given = dict(_tables(document.data, "input", Input))
        self.pairs = dict(_tables(document.data, "correlation", Correlated))
        self.inputs: dict[int, SweepInput] = {}
        self.draws: Draws | None = None

    def faults(self) -> list[Fault]:
        """Return all that does not fit; keep what does."""
        return [
            *self._base_faults(),
            *self._input_faults(),
            *self._draw_faults(),
            *self._correlation_faults(),
            *self._size_faults(),
            *self._grid_faults(),
            *self._record_faults(),
        ]

    def sweep(self) -> Sweep:
        """Return the sweep of a file without faults."""
        file, inputs = self.file, tuple(self.inputs.values())
        levels = tuple(given.levels for given in inputs)
        is_grid = file.design == "grid"
        matrix = self._correlations()
        if matrix.size and self.draws is not None:
            matrix = np.pad(matrix, (0, 1))
            matrix[-1, -1] = 1.0
        design = Design(
            kind=file.design,
            seed=file.seed,
            dimensions=len(inputs) + (self.draws is not None),
            size=prod(levels) if is_grid else int(file.size or 0),
            levels=levels if is_grid else (),
            correlation=tuple(tuple(row) for row in matrix.tolist()),
        )
        return Sweep(
            id=file.id,
            title=file.title.model_dump(),
            path=self.document.path,
            sha256=sha256(read_bytes(self.document.path)).hexdigest(),
            bases=tuple(self.bases),
            inputs=inputs,
            posterior=self.draws,
            design=design,
            record=file.record,
            case=self.case,
        )

    def _at(self, where: Key, what: str, remedy: str) -> Fault:
        """Return a fault at the value of a key."""
        return self.document.fault(where, what, remedy, value=True)

    def _base_faults(self) -> Iterator[Fault]:
        """Yield a fault for each base that another one does not go with."""
        first, ids = self.bases[0], [base.id for base in self.bases]
        for number, base in enumerate(self.bases):
            where = ("bases", number)
            if base.model.path.resolve() != first.model.path.resolve():
                what = f"the base {base.id} is for another model than {first.id}"
                yield self._at(where, what, "Make a sweep for each model.")
            span, other = ((s.start, s.end, s.step) for s in (base, first))
            if span != other:
                what = f"the base {base.id} has another time than {first.id}"
                yield self._at(where, what, "Give all bases the same [time].")
            if ids.index(base.id) < number:
                what = f"the base {base.id} is there twice"
                yield self._at(where, what, "Remove one of them.")

    def _input_faults(self) -> Iterator[Fault]:
        """Yield what is wrong with the inputs: each by itself, then each two."""
        structural = {canonical(name) for name in system_of(self.model).structural}
        for number, given in self.given.items():
            where: Key = ("input", number)
            try:
                found = bind_input(given, self.case, self.bases)
            except InvalidInput as error:
                key = (*where, error.key) if error.key else where
                yield self._at(key, f"input {number + 1}: {error.what}", error.remedy)
                continue
            for other in self.inputs.values():
                if found.id == other.id:
                    what = f"the input '{found.id}' is there twice"
                    yield self._at(where, what, "Remove one, or give it an id.")
                elif found.overlaps(other):
                    what = f"'{found.id}' and '{other.id}' set the same constant"
                    yield self._at(where, what, "Set each place once.")
            if canonical(found.constant) in structural:
                what = f"'{found.constant}' decides how many levels a delay has"
                yield self._at(
                    where, what, "No run can set it: change it in the model."
                )
            self.inputs[number] = found

    def _draw_faults(self) -> Iterator[Fault]:
        """Yield what is wrong with the file of draws."""
        if not self.file.posterior:
            return
        where: Key = ("posterior",)
        try:
            drawn = read_draws(
                self.document.path.parent / self.file.posterior, self.model
            )
        except CqsimError as error:
            what = f"posterior: {str(error).rstrip('.')}"
            yield self._at(where, what, "Correct the file, or its name.")
            return
        self.draws = drawn
        for number, given in self.inputs.items():
            if given.constant in drawn.constants:
                what = f"'{given.id}' is an input and in the posterior"
                yield self._at(("input", number), what, "Keep it in one of them.")
        for name, column in zip(drawn.constants, drawn.draws.T, strict=True):
            variable = self.model.variable(name)
            assert variable is not None
            bounds = bounds_of(variable, self.case.levers)
            beyond = [value for value in column.tolist() if bounds.broken_by(value)]
            if beyond:
                what = (
                    f"posterior: {drawn.name} sets '{name}' to {beyond[0]:g}, outside "
                    f"{bounds.text()}, {bounds.owner}"
                )
                yield self._at(where, what, "Remove such draws.")

    def _correlations(self) -> Any:
        """Return the correlation matrix; nothing in it where none is stated."""
        names = [given.id for given in self.inputs.values()]
        matrix = np.eye(len(names)) if self.pairs else np.empty((0, 0))
        for pair in self.pairs.values():
            places = [names.index(name) for name in pair.between if name in names]
            if len(set(places)) == 2:
                matrix[places, places[::-1]] = pair.value
        return matrix

    def _correlation_faults(self) -> Iterator[Fault]:
        """Yield what is wrong with the correlations."""
        known = [given.id for given in self.inputs.values()]
        seen: set[frozenset[str]] = set()
        for number, pair in self.pairs.items():
            where: Key = ("correlation", number, "between")
            for place, name in enumerate(pair.between):
                if name not in known:
                    what = f"there is no input '{name}'"
                    yield self._at((*where, place), what, did_you_mean(name, known))
            names = frozenset(pair.between)
            if len(names) < len(pair.between) or names in seen:
                both = " and ".join(map(repr, pair.between))
                what = f"{both}: each pair of two inputs once"
                yield self._at(where, what, "Remove this one.")
            seen.add(names)
        if self.pairs and self.file.design == "grid":
            what = "a grid has no correlations"
            yield self.document.fault(("correlation",), what, "Choose another design.")
        matrix = self._correlations()
        if matrix.size and np.linalg.eigvalsh(matrix).min() <= 1e-9:
            what = "the correlations contradict each other: no inputs can have them all"
            yield self.document.fault(("correlation",), what, "Make them weaker.")

    def _size_faults(self) -> Iterator[Fault]:
        """Yield what is wrong with design and size."""
        size = self.file.size
        if self.wrong.isdisjoint({"design", "size"}) and self.file.design != "grid":
            if size is None:
                what = "'size' is missing"
                yield Fault(1, 1, what, "Say how many points there are.")
            elif self.file.design == "sobol" and size & (size - 1):
                near = 1 << max(0, round(float(np.log2(size))))
                what = f"size = {size} is no power of two, which Sobol' points need"
                yield self._at(("size",), what, f"Write {near}.")
        if not self.document.data.keys() & {"input", "posterior"}:
            what = "nothing differs from run to run"
            yield Fault(1, 1, what, "Add an [[input]].")

    def _grid_faults(self) -> Iterator[Fault]:
        """Yield what a grid cannot have."""
        if self.file.design != "grid":
            return
        if "size" in self.document.data:
            what = "a grid has as many points as its levels make"
            yield self._at(("size",), what, "Remove size.")
        for number, given in self.given.items():
            where: Key = ("input", number)
            if given.distribution not in ("uniform", "discrete"):
                what = "a grid takes uniform and discrete inputs only"
                remedy = "Choose one of them, or another design."
                yield self._at((*where, "distribution"), what, remedy)
            if given.weights is not None:
                what = "a grid has no weights"
                yield self._at((*where, "weights"), what, "Remove them.")
        if "posterior" in self.document.data:
            what = "a grid has no draws of a posterior"
            yield self._at(("posterior",), what, "Choose another design.")
        if prod(given.levels for given in self.inputs.values()) > LARGEST_GRID:
            what = "the grid has more than 10^9 points"
            yield Fault(1, 1, what, "Give fewer levels.")

    def _record_faults(self) -> Iterator[Fault]:
        """Yield a fault for each thing to record that there is not."""
        record = self.file.record
        for key, (word, known) in recordable(self.case).items():
            for number, name in enumerate(getattr(record, key)):
                found = self.model.variable(name) if key == "variables" else None
                own = found.name.strip('"') if found else name
                if own not in known:
                    what = f"there is no {word} '{name}'"
                    remedy = did_you_mean(name, known)
                    yield self._at(("record", key, number), what, remedy)
        times = self.bases[0].clock.times.tolist()
        for key in ("years", "variable_years"):
            for number, year in enumerate(getattr(record, key)):
                if year not in times:
                    what = f"no run saves {year}, only {times[0]:g} to {times[-1]:g}"
                    yield self._at(("record", key, number), what, "Remove it.")
        if not (record.targets or record.indicators or record.variables):
            what = "nothing of a run is recorded"
            remedy = "Name indicators, or record targets."
            yield self.document.fault(("record",), what, remedy)


def _readable(data: Mapping[str, Any]) -> tuple[SweepFile, set[str]]:
    """Return what of a file has the right shape, and the keys of what has not.

    Defaults stand in place of these, and no tables of inputs and correlations are in
    it, which are read one by one.
    """
    wrong = PLACEHOLDERS.keys() - data.keys()
    record = data.get("record", {})
    while True:
        kept = {key: value for key, value in data.items() if key not in wrong}
        kept |= {"input": (), "correlation": ()}
        if isinstance(record, dict):
            kept["record"] = {k: v for k, v in record.items() if k not in wrong}
        try:
            return SweepFile.model_validate({**PLACEHOLDERS, **kept}), wrong
        except ValidationError as error:
            for detail in error.errors():
                key, *inner = detail["loc"]
                nested = key == "record" and inner
                wrong.add(str(inner[0] if nested else key))


PLACEHOLDERS = {"id": "unread", "title": {"zh": "-", "en": "-"}, "design": "random"}
"""Stand in for keys that a file must have and has not, or not well."""


def _tables(
    data: Mapping[str, Any], key: str, shape: type[Shape]
) -> Iterator[tuple[int, Shape]]:
    """Yield the tables of a list that have the right shape, with their numbers."""
    tables = data.get(key)
    for number, table in enumerate(tables if isinstance(tables, list) else []):
        with suppress(ValidationError):
            yield number, shape.model_validate(table)
