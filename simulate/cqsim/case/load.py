"""From a scenario file to what one run needs."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cqsim.case.bounds import time_bounds
from cqsim.case.case import Case
from cqsim.case.check import OverrideError, faults_of
from cqsim.case.check_targets import targets_of
from cqsim.case.levers import Levers, Shocks
from cqsim.case.merge import chain, existing, found, merged
from cqsim.case.overlaps import overlaps
from cqsim.case.places import Amount, Setting
from cqsim.case.schema import ScenarioFile
from cqsim.case.settings import laid_over, settings_of
from cqsim.case.targets import Target
from cqsim.engine.clock import Clock
from cqsim.engine.settings import samples_of
from cqsim.engine.simulation import system_of
from cqsim.engine.timing import timed
from cqsim.errors import CqsimError
from cqsim.model.model import Model
from cqsim.textfile import is_file, read_bytes
from cqsim.tomlfile import Document, Fault, read_document, shape_faults


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario with what it extends, checked against its model, ready to run.

    Attributes
    ----------
    files
        The SHA-256 of every file of the chain by its path, the scenario's own last.
    settings
        New values of constants: a number, or numbers by place ("fuling,urban"); of a
        lookup its points.
    start, end, step
        None where the model's own hold.
    overrides
        What the command line set over the file, as written.
    notes
        What of it changes nothing, one sentence each.
    levers
        What each lever is set to, as written, for tables and reports.
    shocks
        How drivers from outside are disturbed, as written.
    targets
        The analyst's own targets.
    """

    id: str
    title: Mapping[str, str]
    summary: Mapping[str, str]
    path: Path
    sha256: str
    files: Mapping[Path, str]
    case: Case
    settings: Mapping[str, Setting]
    levers: Mapping[str, Mapping[str, Any]]
    start: float | None
    end: float | None
    step: float | None
    shocks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    targets: tuple[Target, ...] = ()
    overrides: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def model(self) -> Model:
        """The model."""
        return self.case.model

    @property
    def known_levers(self) -> Levers:
        """The levers of the case."""
        return self.case.levers

    @property
    def known_shocks(self) -> Shocks:
        """The shocks of the case."""
        return self.case.shocks

    def with_settings(self, more: Mapping[str, Amount]) -> "Scenario":
        """Return the scenario with more constants set over its own."""
        settings = dict(self.settings)
        for name, amount in more.items():
            variable = self.model.variable(name)
            assert variable is not None
            below = settings.get(variable.name)
            settings[variable.name] = laid_over(self.model, variable, below, amount)
        return replace(self, settings=settings)

    def with_time(self, start: float | None, end: float | None) -> "Scenario":
        """Return the scenario with another start or end where one is given.

        Raises
        ------
        OverrideError
            The model does not go that far.
        """
        for option, name, year in (
            ("start", "initial time", start),
            ("until", "final time", end),
        ):
            variable = self.model.variable(name)
            if year is not None and variable is not None:
                bounds = time_bounds(variable)
                if bounds.broken_by(year):
                    what = f"it is outside {bounds.text()}, {bounds.owner}"
                    remedy = "Choose a year within."
                    written = f"--{option} {year:g}"
                    raise OverrideError(written, what, remedy)
        return replace(
            self,
            start=self.start if start is None else start,
            end=self.end if end is None else end,
        )


def read_scenario(
    name: str,
    folder: Path | None = None,
    *,
    files: Mapping[str, Path] = MappingProxyType({}),
) -> Scenario:
    """Return the scenario of a path, or of the name of one that is shipped.

    Parameters
    ----------
    name
        A path, or a name such as `baseline`.
    folder
        Where relative paths start; the working folder by default.
    files
        Data files that lie elsewhere, by the name that the model gives them.

    Raises
    ------
    InputFileError
        A file is missing or cannot be decoded.
    FaultsError
        Everything else that is wrong, each with file, line and column.
    """
    path = existing(name, folder or Path())
    reader = _Reader(files)
    documents = chain(path, reader.faults)
    whole = ScenarioFile.model_validate(merged(documents))
    case = reader.case_of(documents)
    own = {each.id: each for each in targets_of(whole.targets, case)}
    read = {d.path: sha256(read_bytes(d.path)).hexdigest() for d in documents}
    return Scenario(
        id=whole.id,
        title=whole.title.model_dump(),
        summary=whole.summary.model_dump() if whole.summary else {},
        path=path,
        sha256=read[documents[-1].path],
        files=read,
        case=case.with_targets(own),
        settings=settings_of(case, whole),
        levers={k: v.model_dump(exclude_none=True) for k, v in whole.levers.items()},
        shocks={k: v.model_dump(exclude_none=True) for k, v in whole.shocks.items()},
        targets=tuple(own.values()),
        notes=overlaps(case, whole),
        start=whole.time.start,
        end=whole.time.end,
        step=whole.time.step,
    )


def tidied(path: Path) -> Path:
    """Return a path without `..` after a folder, as people write it."""
    return Path(os.path.normpath(path))


class _Reader:
    """Reads each case once, and checks the documents of a chain against theirs."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self.files = files
        self.cases: dict[Path, Case] = {}

    def faults(self, document: Document) -> list[Fault]:
        """Return all that is wrong in one document."""
        shape = shape_faults(document, ScenarioFile)
        path = self.model_path(document)
        if path is None:
            return shape
        if not is_file(path):
            what = f"model: there is no model file {path}"
            remedy = "Give its path from the folder of the scenario."
            return [*shape, document.fault(("model",), what, remedy, value=True)]
        try:
            return [*shape, *faults_of(document, self.read(path))]
        except CqsimError:
            if shape:
                return shape
            raise

    def model_path(self, document: Document) -> Path | None:
        """Return the model a document is for: its own, its base's, or its case's."""
        seen: set[Path] = set()
        while document.path.resolve() not in seen:
            seen.add(document.path.resolve())
            own = document.data.get("model")
            if own is not None:
                usable = isinstance(own, str) and own and "\0" not in own
                return tidied(document.path.parent / own) if usable else None
            base = document.data.get("extends")
            if not isinstance(base, str) or not base:
                break
            path = found(base, document.path.parent)
            if not is_file(path):
                return None
            document = read_document(path)
        return Case.load(document.path).model_path

    def case_of(self, documents: list[Document]) -> Case:
        """Return the case of a chain."""
        path = self.model_path(documents[-1])
        assert path is not None
        return self.read(path)

    def read(self, path: Path) -> Case:
        """Return the case of a model."""
        if path not in self.cases:
            self.cases[path] = Case.load(path, data_files=self.files)
        return self.cases[path]


def clock_of(scenario: Scenario) -> Clock:
    """Return when a scenario's run starts and ends, its step, and when it saves.

    Raises
    ------
    CqsimError
        The model cannot be read, or there is no such run.
    """
    system = system_of(scenario.model)
    given = {"start": scenario.start, "end": scenario.end, "step": scenario.step}
    return timed(system, samples_of(system, [scenario.settings]), given)[1]
