"""A case: the registers of a project folder, each read once, when it is first used."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from cqsim.case.about import About, CaseYears, TargetClass
from cqsim.case.indicators import (
    Indicator,
    Indicators,
    Level,
    Share,
    read_indicators,
)
from cqsim.case.levers import Levers, Shocks, read_levers, read_shocks
from cqsim.case.registers import (
    Clause,
    Decompositions,
    GlossaryTerm,
    Simplifier,
    read_clauses,
    read_decompositions,
    read_glossary,
    read_simplifier,
)
from cqsim.case.scopes import Geography, Scopes, read_geography
from cqsim.case.targets import Targets, read_targets
from cqsim.errors import InputFileError, did_you_mean
from cqsim.language.syntax import canonical
from cqsim.ledger.observed import Observations
from cqsim.ledger.outturns import FILE as OUTTURNS
from cqsim.ledger.outturns import Outturn, read_outturns
from cqsim.ledger.sources import read_cited_sources
from cqsim.model.model import Model
from cqsim.model.resolve import read_model
from cqsim.resources import CASE, case_file, languages_of
from cqsim.tomlfile import Document, Fault, load, read_document, refuse
from cqsim.units.registry import Units, units_of

REGISTRY = (
    "indicators.toml",
    "levers.toml",
    "regions.csv",
    "scopes.csv",
    "shocks.toml",
    "targets.toml",
)
"""The registers that shape what is measured and judged."""

MODELS = (".mdl", ".xmile", ".stmx", ".itmx")
"""How the names of model files end."""


@dataclass(frozen=True, eq=False)
class Case:
    """A model with all that its folder says of it.

    Registers lie in the folder of the model. Each is read once, when it is first asked
    for; one that is not there is empty. Reading raises InputFileError or FaultsError
    where its file is at fault, or does not fit the model.

    Attributes
    ----------
    folder
        Where case.toml is.
    about
        What case.toml says.
    model_path
        The file of the model.
    data_files
        Data files that lie elsewhere, by the name that the model gives them.
    own_targets
        Targets of a scenario, besides those of the register.
    """

    folder: Path
    about: About
    model_path: Path
    data_files: Mapping[str, Path] = field(default_factory=dict)
    own_targets: Targets = field(default_factory=dict)

    @classmethod
    def load(
        cls, path: Path | None = None, *, data_files: Mapping[str, Path] | None = None
    ) -> "Case":
        """Return the case of a folder, a model, or a scenario or sweep.

        Its case.toml is the nearest in the folders above, those of the working folder
        where no path is given; where there is none, that of the shipped case. A model
        file is taken whatever case.toml names, and so is the only model in a folder.

        Raises
        ------
        InputFileError
            There is no such file, or a folder has several models.
        FaultsError
            case.toml is at fault; each fault with its place.
        """
        file = case_file(path or Path())
        about = load(read_document(file), About)
        model_path = file.parent / about.model
        if path and path.suffix.lower() in MODELS:
            model_path = path
        elif path and path.is_dir():
            model_path = _model_in(path, model_path)
        return cls(file.parent, about, model_path, data_files or {})

    @classmethod
    def of(cls, model: Model) -> "Case":
        """Return the case of a model that is read already."""
        case = cls.load(model.path)
        case.__dict__["model"] = model
        return case

    def with_targets(self, own: Targets) -> "Case":
        """Return the case with targets after those of its register."""
        if not own:
            return self
        case = replace(self, own_targets={**self.own_targets, **own})
        known = {key: value for key, value in self.__dict__.items() if key in _LAZY}
        case.__dict__.update(known)
        return case

    @cached_property
    def model(self) -> Model:
        """The model."""
        return read_model(self.model_path, files=self.data_files)

    def file(self, name: str) -> Path:
        """Return the path of a register or data file by its name, there or not."""
        return self.model_path.parent / name

    @property
    def registry(self) -> Mapping[str, Path]:
        """The existing files that indicators and verdicts depend on, by name.

        Copied into one folder with the model and its data, they make the same case.
        """
        paths = {name: self.file(name) for name in REGISTRY}
        paths[CASE] = self.folder / CASE
        return {name: path for name, path in paths.items() if path.is_file()}

    def complete(self) -> "Case":
        """Return the case with all registers read, so that their files may go."""
        for name in _LAZY:
            getattr(self, name)
        return self

    def needed(self, name: str, reader: str) -> Path:
        """Return the path of a file that something cannot do without.

        Parameters
        ----------
        reader
            Who needs it, such as "cqsim skill".

        Raises
        ------
        InputFileError
            The case has no such file.
        """
        path = self.file(name)
        if not path.exists():
            what = f"{reader} needs this file, which the case does not have"
            raise InputFileError(path, 0, what, "Write it, or name another model.")
        return path

    @property
    def title(self) -> Mapping[str, str]:
        """The name of the case, by language."""
        return {key: getattr(self.about.title, key) for key in self.languages}

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that the case speaks, the first by default."""
        return languages_of(self.folder)

    @property
    def years(self) -> CaseYears:
        """The years that the case speaks of."""
        return self.about.years

    @property
    def classes(self) -> Mapping[str, TargetClass]:
        """The classes of targets by id, in the order of the tables."""
        return {each.id: each for each in self.about.classes}

    @cached_property
    def geography(self) -> Geography:
        """The regions and scopes, checked against the model's subscript."""
        subscript = self.model.ranges.get(canonical(self.about.regions))
        elements = subscript.elements if subscript else ()
        named = self.folder / self.about.model == self.model_path
        if subscript is None and named and "regions" in self.about.model_fields_set:
            what = f"regions: the model has no subscript '{self.about.regions}'"
            hint = did_you_mean(self.about.regions, list(self.model.ranges))
            raise InputFileError(case_file(self.folder), 0, what, hint)
        geography = read_geography(self.model_path.parent, elements)
        if subscript:
            path = self.file("regions.csv")
            _refuse_other_regions(path, geography.ring_of, elements)
        return geography

    @property
    def scopes(self) -> Scopes:
        """The regions of each scope, in the file's order; each region is one too."""
        return self.geography.scopes

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions."""
        return tuple(self.geography.ring_of)

    @property
    def whole(self) -> str:
        """The scope that means all regions."""
        return self.geography.whole

    @property
    def parts(self) -> tuple[str, ...]:
        """The scopes that make up the whole, none twice: rings, or else regions."""
        return self.geography.of_kind("ring") or self.regions

    @property
    def areas(self) -> tuple[str, ...]:
        """Larger areas that the model has totals of, without regions."""
        return self.geography.of_kind("area")

    @property
    def sets(self) -> tuple[str, ...]:
        """The scopes that are no single regions, in the file's order."""
        return tuple(row.id for row in self.geography.rows if row.kind != "area")

    @property
    def boundaries(self) -> tuple[str, ...]:
        """The scopes that what counts can be confined to, the whole first."""
        return tuple(row.id for row in self.geography.rows if row.boundary)

    @property
    def table_scopes(self) -> tuple[str, ...]:
        """The scopes that tables have rows for."""
        return tuple(row.id for row in self.geography.rows if row.table)

    @property
    def scope_titles(self) -> Mapping[str, Mapping[str, str]]:
        """The names of scopes and areas by language; regions are in the glossary."""
        return {row.id: row.title.model_dump() for row in self.geography.rows}

    @property
    def short_titles(self) -> Mapping[str, Mapping[str, str]]:
        """The short names of scopes and areas by language, for narrow tables."""
        return {row.id: row.short.model_dump() for row in self.geography.rows}

    @cached_property
    def indicators(self) -> Indicators:
        """The indicators by id."""
        path = self.file("indicators.toml")
        if not path.exists():
            if self.file("targets.toml").exists():
                remedy = "Put it back; the targets are judged by it."
                raise InputFileError(path, 0, "there is no such file", remedy)
            return {}
        indicators = read_indicators(path)
        document = read_document(path)
        refuse(document, list(self._indicator_faults(document, indicators)))
        return {key: self._complete(each) for key, each in indicators.items()}

    @cached_property
    def registered_targets(self) -> Targets:
        """The targets of the register."""
        path = self.file("targets.toml")
        if not path.exists():
            return {}
        sources = self.file("sources.csv")
        known = read_cited_sources(sources.parent) if sources.exists() else None
        return read_targets(path, self.about, self.geography, self.indicators, known)

    @property
    def targets(self) -> Targets:
        """The targets of the register, and those of a scenario after them."""
        return {**self.registered_targets, **self.own_targets}

    @property
    def judged_targets(self) -> Targets:
        """The targets that get a verdict."""
        return {key: each for key, each in self.targets.items() if each.is_judged}

    @cached_property
    def levers(self) -> Levers:
        """The levers by id."""
        path = self.file("levers.toml")
        if not path.exists():
            return {}
        return read_levers(path, self.model, self.geography, self.indicators)

    @cached_property
    def shocks(self) -> Shocks:
        """The shocks by id."""
        path = self.file("shocks.toml")
        return read_shocks(path, self.model) if path.exists() else {}

    @cached_property
    def decompositions(self) -> Decompositions:
        """The decompositions: by which variables a change is split into parts."""
        return read_decompositions(self.file("decompositions.toml"))

    @cached_property
    def clauses(self) -> tuple[Clause, ...]:
        """The clauses of the plan and what the model makes of each."""
        path = self.file("plan_clauses.csv")
        return read_clauses(path) if path.exists() else ()

    @cached_property
    def simplified(self) -> Simplifier:
        """Writes quotes of the documents in simplified characters."""
        return read_simplifier(self.file("traditional.csv"))

    @cached_property
    def glossary(self) -> Mapping[str, GlossaryTerm]:
        """The names of the model in the languages of the case, by name."""
        path = self.file("glossary.csv")
        return read_glossary(path) if path.exists() else {}

    @cached_property
    def units(self) -> Units:
        """The units that the model knows."""
        alike = [list(group) for group in self.model.unit_synonyms]
        return units_of(self.model_path.parent, alike)

    @cached_property
    def observations(self) -> Observations | None:
        """The ledger of observed values; None where the case has none."""
        folder = self.model_path.parent
        return Observations.load(folder) if (folder / "observed").is_dir() else None

    @cached_property
    def outturns(self) -> Mapping[str, tuple[Outturn, ...]]:
        """What came of targets whose year is past, by target."""
        folder = self.file("observed")
        outturns, targets = read_outturns(folder), self.registered_targets
        for name in outturns:
            if name not in targets:
                what = f"there is no target '{name}'"
                remedy = did_you_mean(name, list(targets))
                raise InputFileError(folder / OUTTURNS, 0, what, remedy)
        return outturns

    def _complete(self, indicator: Indicator) -> Indicator:
        """Return an indicator that names the scope that holds by default."""
        key = {Level: "area", Share: "whole"}.get(type(indicator))
        if key is None or getattr(indicator, key):
            return indicator
        return indicator.model_copy(update={key: self.whole})

    def _indicator_faults(
        self, document: Document, indicators: Indicators
    ) -> Iterator[Fault]:
        """Yield what in the indicators neither model nor scopes have."""
        names = [variable.name for variable in self.model.variables.values()]
        for indicator in indicators.values():
            for name in indicator.variables:
                if self.model.variable(name) is None:
                    what = f"{indicator.id}: the model has no variable '{name}'"
                    remedy = did_you_mean(name, names)
                    yield document.fault((indicator.id,), what, remedy)
            for key, known in (
                ("area", [self.whole, *self.areas]),
                ("whole", list(self.scopes)),
                ("reference", list(self.scopes)),
            ):
                scope = getattr(indicator, key, "")
                if scope and scope not in known:
                    what = f"{indicator.id}: there is no scope '{scope}'"
                    place, remedy = (indicator.id, key), did_you_mean(scope, known)
                    yield document.fault(place, what, remedy, value=True)


_LAZY = [name for name, kind in vars(Case).items() if isinstance(kind, cached_property)]


def _model_in(folder: Path, named: Path) -> Path:
    """Return the model of a folder: the one that case.toml names, or the only one."""
    models = sorted(file for file in folder.iterdir() if file.suffix.lower() in MODELS)
    if not models or named.resolve() in [file.resolve() for file in models]:
        return named
    if len(models) > 1:
        what = f"there are several models: {', '.join(file.name for file in models)}"
        raise InputFileError(folder, 0, what, "Name the file of one.")
    return models[0]


def _refuse_other_regions(
    path: Path, ring_of: Mapping[str, str], elements: tuple[str, ...]
) -> None:
    """Refuse a list of regions that is not that of the model's subscript."""
    missing = [region for region in elements if region not in ring_of]
    if missing:
        what = f"no row for {', '.join(missing)}, which the model has"
        raise InputFileError(path, 0, what, "Add it.")
    for region in ring_of:
        if region not in elements:
            what = f"the model has no region '{region}'"
            raise InputFileError(path, 0, what, did_you_mean(region, list(elements)))
