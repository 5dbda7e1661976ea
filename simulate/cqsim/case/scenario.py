"""A scenario: read with all that it extends, checked, and turned into settings."""

import math
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cqsim.case.case import Case
from cqsim.case.check import OverrideError, ambiguities, faults_of, merged_faults
from cqsim.case.levers import Lever, Levers, Shocks, bounds_of
from cqsim.case.schema import ScenarioFile, settings_of, targets_of
from cqsim.case.settings import (
    Amount,
    Mistake,
    Place,
    Setting,
    combined,
    constant_of,
    overlay,
    places,
    resolved,
    time_bounds,
)
from cqsim.case.targets import Target
from cqsim.engine.clock import Clock
from cqsim.engine.settings import samples_of
from cqsim.engine.simulation import system_of, timed
from cqsim.errors import CqsimError, FaultsError, InputFileError, did_you_mean
from cqsim.language.syntax import canonical
from cqsim.model.graph import dependency_graph
from cqsim.model.model import Model, Variable, parts_of_name
from cqsim.model.values import constant_values
from cqsim.resources import case_file
from cqsim.textfile import is_file, read_bytes
from cqsim.tomlfile import Document, Fault, read_document, shape_faults, shaped

DEEPEST = 20
"""How many scenarios may stand on each other."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario with what it extends, checked against its case, ready to run.

    Attributes
    ----------
    files
        The SHA-256 of every file of the chain by its path, the scenario's own last.
    case
        The case that it is for, with the scenario's own targets.
    settings
        New values of constants: a number, or numbers by place ("fuling,urban"); of a
        lookup its points.
    start, end, step
        None where the model's own hold.
    overrides
        What the command line set over the file, as written.
    notes
        What of it changes nothing, one sentence each.
    levers, shocks
        What levers are set to and how drivers from outside are disturbed, as written,
        for tables and reports.
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
            variable = constant_of(self.model, name)
            below = settings.get(variable.name)
            settings[variable.name] = overlay(self.model, variable, below, amount)
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

    def with_overrides(self, texts: Sequence[str]) -> "Scenario":
        """Return the scenario with settings of the command line over its own, in order.

        Parameters
        ----------
        texts
            Each as "constant=value" or "constant[region]=value".

        Raises
        ------
        OverrideError
            A setting has another form, names no constant or place of the model, is no
            number, or is out of range.
        """
        scenario, notes = self, list(self.notes)
        for text in texts:
            option = f'--set "{text}"'
            try:
                name, amount = _override(scenario, text)
            except Mistake as mistake:
                raise OverrideError(option, mistake.what, mistake.remedy) from None
            changed = scenario.with_settings({name: amount})
            reason = _why_without_effect(scenario, changed, name)
            if reason:
                notes.append(f"{option} changes nothing: {reason}")
            scenario = changed
        overrides = (*self.overrides, *texts)
        return replace(scenario, overrides=overrides, notes=tuple(notes))

    @property
    def clock(self) -> Clock:
        """When the run starts and ends, its step, and when it saves.

        Raises
        ------
        CqsimError
            The model cannot be read, or there is no such run.
        """
        system = system_of(self.model)
        given = {"start": self.start, "end": self.end, "step": self.step}
        return timed(system, samples_of(system, [self.settings]), given)[1]


def read_scenario(
    name: str,
    folder: Path | None = None,
    *,
    files: Mapping[str, Path] = MappingProxyType({}),
    cases: dict[Path, Case] | None = None,
) -> Scenario:
    """Return the scenario of a path, or of the name of one of the case's.

    Parameters
    ----------
    name
        A path, or a name such as `baseline`.
    folder
        Where relative paths start; the working folder by default.
    files
        Data files that lie elsewhere, by the name that the model gives them.
    cases
        The cases that are read already, by their models; one that is read is added.

    Raises
    ------
    InputFileError
        A file is missing or cannot be decoded.
    FaultsError
        Everything else that is wrong, each with file, line and column.
    """
    path = existing(name, folder or Path())
    documents, case = _chain(path, files, {} if cases is None else cases)
    shapes = [shaped(document, ScenarioFile) for document in documents]
    data = _merged(case, documents)
    own = documents[-1]
    whole = Document(own.path, own.text, data, own.places)
    faults = merged_faults(whole) or shape_faults(whole, ScenarioFile)
    if faults:
        raise FaultsError([fault.text(own.path) for fault in sorted(set(faults))])
    scenario = shaped(whole, ScenarioFile)
    read = {d.path: sha256(read_bytes(d.path)).hexdigest() for d in documents}
    targets = targets_of(scenario, case)
    notes = dict.fromkeys(note for shape in shapes for note in ambiguities(case, shape))
    return Scenario(
        id=scenario.id,
        title=scenario.title.model_dump(),
        summary=scenario.summary.model_dump() if scenario.summary else {},
        path=path,
        sha256=read[own.path],
        files=read,
        case=case.with_targets({each.id: each for each in targets}),
        settings=settings_of(case, scenario),
        levers=_as_written(scenario.levers),
        shocks=_as_written(scenario.shocks),
        targets=targets,
        notes=tuple(notes),
        start=scenario.time.start,
        end=scenario.time.end,
        step=scenario.time.step,
    )


def read_scenarios(names: Iterable[str]) -> list[Scenario]:
    """Return scenarios by path or name; each case is read once. See `read_scenario`."""
    cases: dict[Path, Case] = {}
    return [read_scenario(name, cases=cases) for name in names]


def flat_data(scenario: Scenario) -> dict[str, Any]:
    """Return a scenario with all that it extends as the data of one file."""
    documents, _ = _chain(scenario.path, scenario.case.data_files, {})
    return _merged(scenario.case, documents)


def existing(name: str, folder: Path) -> Path:
    """Return the path of a scenario that is there, named by path or by its name.

    Raises
    ------
    InputFileError
        There is none.
    """
    path = _found(name, folder)
    if not is_file(path):
        hint = did_you_mean(Path(name).stem, _names(folder), "Those shipped")
        raise InputFileError(path, 0, "there is no such scenario file", hint)
    return path


def _found(name: str, folder: Path) -> Path:
    """Return the path of a scenario: in a folder, of its case, or shipped.

    Where there is no such file, the path that it would have in `folder`.
    """
    here = folder / name
    bare = Path(name)
    candidates = [here, here.with_name(here.name + ".toml")] if bare.name else [here]
    if bare.parts and bare.parts[0] == "scenarios":
        bare = Path(*bare.parts[1:])
    if not bare.is_absolute() and ".." not in bare.parts and bare.name:
        for own in _scenario_folders(folder):
            candidates += [own / bare, own / f"{bare}.toml"]
    return next((path for path in candidates if is_file(path)), here)


def _scenario_folders(folder: Path) -> list[Path]:
    """Return the folder of scenarios of a folder's case."""
    return [case_file(folder).parent / "scenarios"]


def _names(folder: Path) -> list[str]:
    """Return the names of the scenarios of a folder's case."""
    folders = _scenario_folders(folder)
    return sorted({file.stem for own in folders for file in own.glob("*.toml")})


def _as_written(settings: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {key: each.model_dump(exclude_none=True) for key, each in settings.items()}


# What a scenario extends.


def _chain(
    path: Path, files: Mapping[str, Path], cases: dict[Path, Case]
) -> tuple[list[Document], Case]:
    """Return a scenario's documents, the outermost base first, and its case.

    Raises
    ------
    InputFileError
        A file cannot be read.
    FaultsError
        A file of the chain has faults, or the chain leads back into itself.
    """
    documents: list[Document] = []
    seen: list[Path] = []
    faults: list[str] = []
    models: list[Path | None] = []
    while True:
        document = read_document(path)
        documents.insert(0, document)
        seen.append(path.resolve())
        models.append(_model_path(document))
        found = _document_faults(document, models[-1], files, cases)
        faults += [fault.text(path) for fault in sorted(set(found))]
        base = document.data.get("extends")
        if not isinstance(base, str) or not base:
            break
        path = _found(base, path.parent)
        link = _link_fault(document, path, seen)
        if link is not None:
            faults.append(link.text(document.path))
            break
    if faults:
        raise FaultsError(faults)
    assert models[0] is not None
    return documents, cases[models[0]]


def _document_faults(
    document: Document,
    path: Path | None,
    files: Mapping[str, Path],
    cases: dict[Path, Case],
) -> list[Fault]:
    """Return all that is wrong in one document; note the case of its model."""
    shape = shape_faults(document, ScenarioFile)
    if path is None:
        return shape
    if not is_file(path):
        what = f"model: there is no model file {path}"
        remedy = "Give its path from the folder of the scenario."
        if "model" not in document.data:
            remedy = f"Correct 'model' in {case_file(document.path)}, or in its base."
        return [*shape, document.fault(("model",), what, remedy, value=True)]
    try:
        if path not in cases:
            cases[path] = Case.load(path, data_files=files)
        return [*shape, *faults_of(document, cases[path])]
    except CqsimError:
        if shape:
            return shape
        raise


def _model_path(document: Document) -> Path | None:
    """Return the model a document is for: its own, its base's, or its case's."""
    own_path, seen = document.path, set[Path]()
    while document.path.resolve() not in seen:
        seen.add(document.path.resolve())
        own = document.data.get("model")
        if own is not None:
            usable = isinstance(own, str) and own and "\0" not in own
            folder = document.path.parent
            # Without `..` after a folder, as people write it.
            return Path(os.path.normpath(folder / own)) if usable else None
        base = document.data.get("extends")
        if not isinstance(base, str) or not base:
            break
        path = _found(base, document.path.parent)
        if not is_file(path):
            return None
        document = read_document(path)
    return Case.load(own_path).model_path


def _link_fault(document: Document, base: Path, seen: list[Path]) -> Fault | None:
    """Return what is wrong with a step from a scenario to its base."""
    if not is_file(base):
        what = f"extends: there is no scenario file {base}"
        known = _names(document.path.parent)
        remedy = f"{did_you_mean(base.stem, known)} Or give a file."
    elif base.resolve() in seen:
        ring = [*seen[seen.index(base.resolve()) :], base.resolve()]
        names = [file.name for file in ring]
        what = (
            f"extends: the scenarios extend each other in a ring: {' → '.join(names)}"
        )
        remedy = "Remove one of the links."
    elif len(seen) >= DEEPEST:
        what = f"extends: more than {DEEPEST} scenarios stand on each other"
        remedy = "Shorten the chain."
    else:
        return None
    return document.fault(("extends",), what, remedy, value=True)


def _merged(case: Case, documents: Sequence[Document]) -> dict[str, Any]:
    """Return the data of a chain as one file's, the later over the earlier.

    A lever or a constant that both set keeps its value wherever the later names no
    place of it; of shocks and targets, each key that the later names is the later's.
    Id, title and summary are those of the last alone.
    """
    whole: dict[str, Any] = {}
    for document in documents:
        data = dict(document.data)
        if "model" in data:
            data["model"] = str(document.path.parent / data["model"])
        levers, constants = whole.get("levers", {}), whole.get("constants", {})
        below = {key: whole.get(key, {}) for key in ("time", "shocks", "targets")}
        for own in ("id", "title", "summary", "extends"):
            whole.pop(own, None)
        whole |= data
        whole |= {key: _over(below[key], data.get(key, {})) for key in below}
        merger = _Merger(case, _copied(levers), dict(constants))
        merger.add(data.get("levers", {}), data.get("constants", {}))
        whole |= {"levers": merger.levers, "constants": merger.constants}
    return {key: value for key, value in whole.items() if value != {}}


def _copied(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    return {key: dict(table) for key, table in tables.items()}


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return one table over another, table by table."""
    result = dict(below)
    for key, value in above.items():
        base = result.get(key)
        both = isinstance(base, dict) and isinstance(value, dict)
        result[key] = _over(base, value) if both and isinstance(base, dict) else value
    return result


@dataclass(frozen=True)
class _Merger:
    """Levers and constants of a chain so far, as a file would say them."""

    case: Case
    levers: dict[str, dict[str, Any]]
    constants: dict[str, Any]

    def add(self, levers: Mapping[str, Any], constants: Mapping[str, Any]) -> None:
        """Put the levers and constants of the next document over those so far."""
        model = self.case.model
        for name, setting in levers.items():
            lever = self.case.levers[name]
            own = self.levers.setdefault(name, {})
            for key, amount in setting.items():
                if key in lever.constants:
                    self._pull(lever, key, amount)
                else:
                    own[key] = amount
            if not set(own) & set(lever.constants):
                del self.levers[name]
        for name, amount in constants.items():
            variable = constant_of(model, name)
            below = self._pulled(variable)
            for constant in self._spelled(variable):
                below = self.constants.pop(constant)
            self.constants[name] = combined(model, variable, below, amount)

    def _pull(self, lever: Lever, key: str, amount: Amount) -> None:
        """Put a value, start or ramp of a lever over what the constant has so far."""
        model, own = self.case.model, self.levers[lever.id]
        variable = constant_of(model, lever.constants[key])
        if self._within_whole(lever, variable, amount):
            return
        spelled = self._spelled(variable)
        if spelled and lever.reach and variable.subscripts:
            # What the base sets beyond the lever's reach only a constant says.
            over = _by_reach(lever, variable, amount)
            below = self.constants[spelled[0]]
            self.constants[spelled[0]] = combined(model, variable, below, over)
            return
        below = self.constants.pop(spelled[0]) if spelled else own.get(key)
        own[key] = combined(model, variable, below, amount, lever.reach)

    def _within_whole(self, lever: Lever, part: Variable, amount: Amount) -> bool:
        """Put a part of a constant into the whole if that is set so far."""
        name, element = parts_of_name(part.name)
        whole = self.case.model.variable(name)
        if whole is None or not element:
            return False
        over = _in_whole(element, _by_reach(lever, part, amount))
        spelled = self._spelled(whole)
        for constant in spelled:
            below = self.constants[constant]
            self.constants[constant] = combined(self.case.model, whole, below, over)
        return bool(spelled)

    def _spelled(self, variable: Variable) -> list[str]:
        """Return how the constants so far spell a variable; often not at all."""
        return [name for name in self.constants if canonical(name) == variable.key]

    def _pulled(self, variable: Variable) -> Amount | None:
        """Take from the levers what they set a constant or its parts to."""
        parts: dict[str, float] = {}
        for name, setting in list(self.levers.items()):
            lever = self.case.levers[name]
            for key, constant in lever.constants.items():
                whole, element = parts_of_name(constant)
                is_part = bool(element) and canonical(whole) == variable.key
                if key not in setting or not (
                    is_part or canonical(constant) == variable.key
                ):
                    continue
                own = constant_of(self.case.model, constant)
                amount = _by_reach(lever, own, setting.pop(key))
                if not set(setting) & set(lever.constants):
                    del self.levers[name]
                if not is_part:
                    return amount
                parts |= _in_whole(element, amount)
        return parts or None


def _by_reach(lever: Lever, variable: Variable, amount: Amount) -> Amount:
    """Return a lever's plain number as numbers by the places that it reaches."""
    if isinstance(amount, Mapping) or not variable.subscripts or not lever.reach:
        return amount
    return dict.fromkeys(lever.reach, amount)


def _in_whole(element: str, amount: Amount) -> dict[str, float]:
    """Return an amount of the part of an element as amounts of the whole constant."""
    if not isinstance(amount, Mapping):
        return {element: amount}
    return {f"{element},{key}": value for key, value in amount.items()}


# Settings of the command line.

FORM = re.compile(
    r"(?P<name>[^\[\]]+?)\s*(?:\[(?P<key>[^\[\]]*)\])?\s*=(?P<value>[^=]*)"
)


def _override(scenario: Scenario, text: str) -> tuple[str, Amount]:
    """Return the constant and the amount that a text sets; raise Mistake if wrong."""
    parts = FORM.fullmatch(text.strip())
    if parts is None:
        what = "this is not a setting"
        raise Mistake(what, 'Write "constant=value" or "constant[region]=value".')
    name, key = parts["name"], parts["key"]
    element, _, inner = (key or "").partition(",")
    if key and scenario.model.variable(f"{name}[{element}]"):
        name, key = f"{name}[{element}]", inner or None
    variable = constant_of(scenario.model, name)
    value = _number(parts["value"].strip())
    bounds = bounds_of(variable, scenario.known_levers)
    if bounds.broken_by(value):
        what = f"{value:g} is outside {bounds.text()}, {bounds.owner}"
        raise Mistake(what, "Choose a value within.")
    if key is None:
        return variable.name, value
    places(scenario.model, variable, key)
    return variable.name, {key: value}


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or "_" in text:
        what = f"'{text}' is not a finite number"
        raise Mistake(what, "Write a number, as 0.25.")
    return value


def _why_without_effect(before: Scenario, after: Scenario, name: str) -> str:
    """Return why a setting changes nothing; nothing where it may change something."""
    model = before.model
    variable = constant_of(model, name)
    if _values(model, variable, before) == _values(model, variable, after):
        return "this is the value that holds anyway"
    if not dependency_graph(model).uses[canonical(parts_of_name(variable.name)[0])]:
        return f"nothing in the model depends on '{variable.name}'"
    return ""


def _values(model: Model, variable: Variable, scenario: Scenario) -> dict[Place, float]:
    """Return the values of a constant at all its places in a scenario."""
    values = {v.elements: v.value for v in constant_values(model, variable)}
    amount = scenario.settings.get(variable.name)
    if amount is None or isinstance(amount, tuple):
        return values
    over = resolved(model, variable, amount)
    if variable.subscripts and () in over:
        return dict.fromkeys(values, over[()])
    return {**values, **over}
