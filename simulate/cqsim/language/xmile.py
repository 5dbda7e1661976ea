"""An XMILE file (.xmile, .stmx, .itmx) as a syntax tree.

XMILE 1.0 (OASIS 2015) and what Stella and iThink write, older files too, whose
variables stand straight under `<model>`.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from cqsim.errors import MOST_FAULTS, InputFileError, together
from cqsim.language.equations import Place, definitions, flows_of
from cqsim.language.expression import parse_expression
from cqsim.language.lexer import XMILE
from cqsim.language.modules import Instance, Names, Submodel, instances, read_submodel
from cqsim.language.syntax import (
    Definition,
    Dimension,
    Expression,
    Group,
    Macro,
    Method,
    Settings,
    Source,
    SourceModel,
    canonical,
)
from cqsim.language.vensim import MOST_ELEMENTS
from cqsim.language.xml import Element, read_xml, shown

#: Where a method is one of several for the same, XMILE 3.4.1 names what stands for it.
_METHODS: dict[str, Method] = {"euler": "euler", "rk4": "rk4", "rk2": "rk4"}


def parse_xmile(path: Path, content: bytes) -> SourceModel:
    """Return what an XMILE file says, its modules flattened.

    Raises
    ------
    InputFileError
        The file is no well-formed XML or no XMILE, or something in it cannot be read.
    FaultsError
        Several things cannot be read, each with its line.
    """
    root, text = read_xml(path, content)
    return _XmileFile(Source(path, text), root).read()


@dataclass
class _XmileFile:
    """A file while it is read: what was found so far."""

    source: Source
    root: Element
    faults: list[InputFileError] = field(default_factory=list)

    @cached_property
    def is_exported(self) -> bool:
        """Whether Vensim exported the file: some functions are Vensim's own then."""
        header = self.root.first("header")
        return header is not None and header.said("product") == "Vensim"

    def read(self) -> SourceModel:
        if self.root.tag != "xmile":
            what = f"this is no XMILE file: it begins with <{self.root.tag}>"
            raise self.root.fault(what, "Give a model saved as XMILE.")
        for element in self.root.all("includes", "include"):
            what = f"<{element.tag}> includes other files, which are not read"
            remedy = "Put what they define into this file."
            self.faults.append(element.fault(what, remedy))
        models = [read_submodel(e, self.faults) for e in self.root.all("model")]
        top = self._root_model(models)
        dimensions = tuple(self._dimensions())
        named = {canonical(m.element.name): m for m in models if m.element.name}
        flat = instances(top, named)
        self._check_models(models, flat)
        names = self._names(dimensions, flat)
        found = [d for instance in flat for d in self._definitions(instance, names)]
        macros = tuple(self._macros(names))
        if not any(instance.model.variables for instance in flat):
            what = "the file has no variables"
            self.faults.append(self.root.fault(what, "Give a model with some."))
        settings = self._settings(top.element)
        if self.faults:
            different = {str(fault): fault for fault in self.faults}
            raise together(list(different.values())[:MOST_FAULTS])
        return SourceModel(
            self.source,
            "xmile",
            tuple(found),
            dimensions,
            macros,
            tuple(
                Group(one.name, one.said("doc"), one.line)
                for model in models
                for one in _groups(model)
            ),
            settings,
            tuple(self._unit_synonyms()),
        )

    # Models and modules.

    def _root_model(self, models: list[Submodel]) -> Submodel:
        """Return the outermost model: without a name, or used by no module."""
        used = {canonical(one.name) for model in models for one in model.modules}
        roots = [model for model in models if not model.element.name]
        free = [m for m in models if canonical(m.element.name) not in used]
        roots = roots or free[:1]
        if len(roots) == 1:
            return roots[0]
        what = "two models have no name" if roots else "the file has no outermost model"
        at = roots[1].element if roots else self.root
        raise at.fault(what, "Give one <model> without a name.")

    def _check_models(self, models: list[Submodel], flat: list[Instance]) -> None:
        used = {instance.model for instance in flat}
        for model in models:
            name, element = model.element.name, model.element
            if model not in used:
                what = f"no <module> uses the model '{name}'"
                remedy = "Add the module, or delete the model."
                self.faults.append(element.fault(what, remedy))
            if model is not flat[0].model and element.first("sim_specs"):
                what = f"the model '{name}' has a time of its own"
                remedy = "Delete its <sim_specs>; the outermost model's hold."
                self.faults.append(element.fault(what, remedy))

    def _names(self, dimensions: tuple[Dimension, ...], flat: list[Instance]) -> Names:
        members = {
            canonical(one.name): one.members
            for one in dimensions
            if isinstance(one.members, tuple)
        }
        names = Names(members, self.is_exported)
        for instance in flat:
            names.add(instance)
        for instance in flat:
            self.faults += names.connect(instance)
        return names

    # Variables.

    def _definitions(self, instance: Instance, names: Names) -> Iterator[Definition]:
        model = instance.model
        groups = {
            canonical(entity.attributes.get("name", "")): group.name
            for group in _groups(model)
            for entity in group.all("entity")
        }
        place = Place(
            instance.path,
            names,
            self._non_negative(model.element),
            groups,
            {
                canonical(found[0])
                for stock in model.variables.values()
                if stock.first("conveyor") is not None
                for name in flows_of(stock, stock, "outflow")
                if (found := names.find(name.partition("[")[0], instance.path))
            },
        )
        for variable in model.variables.values():
            try:
                yield from definitions(variable, place)
            except InputFileError as fault:
                self.faults.append(fault)

    def _non_negative(self, model: Element) -> frozenset[str]:
        """Return the tags of which all variables are non-negative by default.

        The model's `<behavior>` says so, else the file's; in it, a tag's own part comes
        before what holds for all.
        """
        found = []
        for tag in ("stock", "flow"):
            for around in (model, self.root):
                behavior = around.first("behavior")
                option = behavior and (_in(behavior.first(tag)) or _in(behavior))
                if option:
                    found += [tag] if option.is_set else []
                    break
        return frozenset(found)

    def _macros(self, around: Names) -> Iterator[Macro]:
        for element in self.root.all("macro"):
            try:
                yield self._macro(element, around)
            except InputFileError as fault:
                self.faults.append(fault)

    def _macro(self, element: Element, around: Names) -> Macro:
        """Return a macro: its `<eqn>` is the equation of the variable of its name."""
        if element.first("sim_specs"):
            what, remedy = "a macro has a time of its own", "Delete its <sim_specs>."
            raise element.fault(what, remedy)
        body = read_submodel(element, self.faults)
        names = replace(around, variables={}, inputs={})
        names.add(Instance("", body))
        place = Place("", names, self._non_negative(element))
        result = replace(element, tag="aux", text="")
        variables = (result, *body.variables.values())
        own = tuple(d for one in variables for d in definitions(one, place))
        parameters = tuple(shown(one.text) for one in element.all("parm"))
        defaults = tuple(_defaults(element))
        source = Source(element.path, element.name, element.line)
        end = len(element.name)
        return Macro(0, end, source, element.name, parameters, (), own, defaults)

    # What holds for the file.

    def _dimensions(self) -> Iterator[Dimension]:
        count = 0
        for element in self.root.listed("dimensions", "dim"):
            name = element.name
            members = tuple(one.name for one in element.all("elem"))
            size = _number(element.attributes.get("size", "")) or 0
            count += max(len(members), int(min(size, MOST_ELEMENTS + 1)))
            if count > MOST_ELEMENTS or not (members or size >= 1):
                many = f"the dimensions have more than {MOST_ELEMENTS} elements"
                what = many if count > MOST_ELEMENTS else f"'{name}' has no elements"
                raise element.fault(what, "Correct its size.")
            members = members or tuple(str(n + 1) for n in range(int(size)))
            source = Source(element.path, name, element.line)
            yield Dimension(0, len(name), source, name, members)

    def _settings(self, model: Element) -> Settings:
        specs = list(model.all("sim_specs")) or list(self.root.all("sim_specs"))
        if len(specs) != 1:
            what = "has two <sim_specs>" if specs else "has no <sim_specs>"
            at = specs[1] if specs else self.root
            remedy = "Give start, stop and dt once, in <sim_specs>."
            self.faults.append(at.fault(f"the file {what}", remedy))
            return Settings()
        found, reciprocal = specs[0], specs[0].first("dt")
        step = self._specified(found, "dt")
        if step and reciprocal and reciprocal.attributes.get("reciprocal") == "true":
            step = 1 / step
        kept = ("save_step", "savestep", "isee:save_interval")
        return Settings(
            self._specified(found, "start"),
            self._specified(found, "stop"),
            step,
            next((value for tag in kept if (value := _number(found.said(tag)))), None),
            found.said("time_units"),
            self._method(found),
        )

    def _specified(self, specs: Element, tag: str) -> float | None:
        """Return a number of the sim_specs; None where it is missing or wrong."""
        box = specs.first(tag)
        text = box.text.strip() if box else ""
        value = _number(text.removeprefix("TIME_STEP="))
        if value is None:
            what = f"<sim_specs> has no number for <{tag}>"
            self.faults.append((box or specs).fault(what, "Write it."))
        return value

    def _method(self, specs: Element) -> Method | None:
        """Return the method of integration: the first of those named that is run.

        None in a file that Vensim exported: it writes RK4 there whatever the model has.
        """
        named = "" if self.is_exported else specs.said("method")
        offered = [one.strip().lower() for one in named.split(",")]
        found = next((_METHODS[one] for one in offered if one in _METHODS), None)
        if named and found is None:
            what = f"the method of integration '{named}' is not known"
            self.faults.append(specs.fault(what, "Use Euler or RK4."))
        return found

    def _unit_synonyms(self) -> Iterator[tuple[str, ...]]:
        """Yield units of the file with their other names."""
        for unit in self.root.listed("model_units", "unit"):
            aliases = (alias.text for alias in unit.all("alias"))
            names = [unit.attributes.get("name", ""), *aliases]
            equation = unit.first("eqn")
            if equation is not None and equation.text.strip() == "1":
                names.insert(0, "Dmnl")
            if len(names) > 1:
                yield tuple(name.strip() for name in names)


def _in(element: Element | None) -> Element | None:
    return element.first("non_negative") if element else None


def _number(text: str) -> float | None:
    """Return a finite number; None for any other text."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _groups(model: Submodel) -> Iterator[Element]:
    for box in (model.element, *model.element.all("variables")):
        yield from box.all("group")


def _defaults(macro: Element) -> Iterator[Expression]:
    """Yield the values that the last parameters of a macro have by default."""
    found = [one.attributes.get("default") for one in macro.all("parm")]
    for number, text in enumerate(found):
        if text is not None:
            yield parse_expression(Source(macro.path, text, macro.line), XMILE)
        elif any(found[:number]):
            what = f"a parameter of '{macro.name}' has no default, and one before has"
            raise macro.fault(what, "Give defaults to the last ones only.")
