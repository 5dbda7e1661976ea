"""XMILE's modules, flattened: each variable of each instance under its full name.

A model with modules has variables of its own and those of its modules; `farm.crop` is
the variable `crop` of the module `farm`. A connection gives an input of a module the
values of a variable elsewhere.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from cqsim.errors import InputFileError
from cqsim.language.syntax import (
    Call,
    Expression,
    Number,
    Reference,
    Subscript,
    bottom_up,
    canonical,
    with_children,
)
from cqsim.language.xml import Element, shown

#: Modules and their variables, at most; a module within two others counts twice.
MOST_PARTS = 50_000
VARIABLE_TAGS = ("stock", "flow", "aux", "gf")
#: Other tags that stand among variables, of which no equation comes.
_PASSED = ("module", "group", "sector", "doc", "views", "view", "behavior", "sim_specs")
#: What Vensim exports under a name that means something else in XMILE.
_EXPORTED = {"pulse": "VENSIM PULSE", "int": "INTEGER", "mod": "MODULO"}
_PART = re.compile(r'"(?:[^"\\]|\\.)*"|[^."]+')


@dataclass(slots=True, eq=False)
class Submodel:
    """One `<model>`: its variables by `canonical` name, and the modules in it."""

    element: Element
    variables: dict[str, Element] = field(default_factory=dict)
    modules: list[Element] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Instance:
    """A model at a place: the root, whose path is empty, or one of its modules."""

    path: str
    model: Submodel

    def within(self, name: str) -> str:
        """Return the full name of something in this instance."""
        return f"{self.path}.{name}" if self.path else name


def read_submodel(element: Element, faults: list[InputFileError]) -> Submodel:
    """Return a `<model>` or `<macro>` with its variables sorted out.

    They stand in `<variables>`, or straight under the element as in older files. A name
    given twice, none, and a tag among the variables that is none are added to `faults`.
    """
    found = Submodel(element)
    boxed = (child for box in element.all("variables") for child in box.children)
    for child in (*element.all(*VARIABLE_TAGS, "module"), *boxed):
        if child.tag == "module":
            found.modules.append(child)
        elif child.tag in VARIABLE_TAGS:
            earlier = found.variables.setdefault(canonical(child.name), child)
            if not child.name:
                what = f"the <{child.tag}> has no name"
                faults.append(child.fault(what, 'Write name="...".'))
            elif earlier is not child:
                what = f"'{child.name}' is defined in line {earlier.line} too"
                faults.append(child.fault(what, "Delete one of the two."))
        elif ":" not in child.tag and child.tag not in _PASSED:
            what = f"<{child.tag}> among the variables is not known"
            remedy = "A variable is a <stock>, <flow>, <aux>, <gf> or <module>."
            faults.append(child.fault(what, remedy))
    return found


def instances(root: Submodel, models: Mapping[str, Submodel]) -> list[Instance]:
    """Return the root and all modules in it, each below the one that it stands in.

    Raises
    ------
    InputFileError
        A module's model is not in the file, or a module contains itself.
    """
    found = [Instance("", root)]
    waiting: list[tuple[Instance, tuple[Submodel, ...]]] = [(found[0], (root,))]
    parts = 0
    while waiting:
        outer, around = waiting.pop()
        for module in outer.model.modules:
            model = _model_of(module, models)
            parts += 1 + len(model.variables)
            if model in around or parts > MOST_PARTS:
                what = f"its modules have more than {MOST_PARTS} variables and modules"
                if model in around:
                    what = f"the module '{module.name}' contains itself"
                raise module.fault(what, "Delete a module.")
            inner = Instance(outer.within(module.name), model)
            found.append(inner)
            waiting.append((inner, (*around, model)))
    return found


def _model_of(module: Element, models: Mapping[str, Submodel]) -> Submodel:
    """Return the model that a module is made from: the one it names, or its own."""
    named = {tag.rpartition(":")[2]: name for tag, name in module.attributes.items()}
    name = named.get("model_name") or named.get("model") or named.get("name", "")
    if canonical(name) in models:
        return models[canonical(name)]
    where = "stands in a file of its own"
    where = where if named.get("resource") else "has no <model> in this file"
    what = f"the module '{shown(name)}' {where}"
    raise module.fault(what, "Save the model with its modules in one file.")


def _key(written: str) -> str:
    """Return the one spelling of a name with dots, each part without its quotes."""
    return ".".join(canonical(part) for part in _PART.findall(written))


@dataclass
class Names:
    """The full names of a flattened model, and which input takes which variable.

    Attributes
    ----------
    dimensions
        The elements of each dimension in their order, by its `canonical` name.
    is_exported
        Vensim exported the file.
    variables
        Key of the full name: the full name as shown, and the element that defines it.
    inputs
        Key of an input that is connected: the full name of the variable that it takes.
    """

    dimensions: Mapping[str, tuple[str, ...]]
    is_exported: bool = False
    variables: dict[str, tuple[str, Element]] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)

    @cached_property
    def _elements(self) -> dict[str, tuple[str, int]]:
        """Elements, and their places counted from 1, by `dimension.element`."""
        return {
            f"{dimension}.{canonical(member)}": (member, place)
            for dimension, members in self.dimensions.items()
            for place, member in enumerate(members, 1)
        }

    @cached_property
    def _words(self) -> frozenset[str]:
        """Names of dimensions and elements, which are no variables as subscripts."""
        elements = (canonical(member) for member, _ in self._elements.values())
        return frozenset((*self.dimensions, *elements))

    def add(self, instance: Instance) -> None:
        """Add the variables of an instance."""
        for element in instance.model.variables.values():
            full = instance.within(element.name)
            self.variables[canonical(full)] = full, element

    def connect(self, instance: Instance) -> Iterator[InputFileError]:
        """Add the connections of the modules in an instance; yield what is wrong."""
        for module in instance.model.modules:
            inner = instance.within(module.name)
            for line in module.all("connect"):
                what, remedy = self._connect(instance.path, inner, line)
                if what:
                    yield line.fault(what, remedy)

    def _connect(self, outer: str, inner: str, line: Element) -> tuple[str, str]:
        """Add a connection; return what is wrong with it and what would mend it."""
        to, source = line.attributes.get("to", ""), line.attributes.get("from", "")
        target = self.find(to, *((outer, "", inner) if "." in to else (inner, outer)))
        origin = self.find(source, outer, "")
        if target is None or origin is None:
            missing = to if target is None else source
            what = f"the connection names '{missing}', which is not in the model"
            return what, "Connect variables that are there."
        earlier = self.inputs.setdefault(canonical(target[0]), origin[0])
        if earlier != origin[0]:
            what = f"'{target[0]}' is connected to '{earlier}' too"
            return what, "Delete one of the connections."
        return "", ""

    def find(self, written: str, *places: str) -> tuple[str, Element] | None:
        """Return full name and element of a variable as written in one of the modules.

        A dot at the beginning counts from the outermost model. None if none has it.
        """
        parts = _key(written)
        for place in places:
            lead = f"{canonical(place)}." if place and written[:1] != "." else ""
            if lead + parts in self.variables:
                return self.variables[lead + parts]
        return None

    def full(self, written: str, place: str) -> str:
        """Return the full name for a name in an equation of a module.

        A name that is no variable of the module, as a function's or a dimension's,
        stays as it is.
        """
        if not place and "." not in written:
            return written
        found = self.find(written, *((place, "") if "." in written else (place,)))
        if found:
            return found[0]
        is_outer = place and self.find(written, "")
        return f"{place}.{shown(written)}" if is_outer else written

    def rename(self, tree: Expression, place: str) -> Expression:
        """Return an expression of a module with each variable's full name."""

        def renamed(node: Expression, inner: Sequence[Expression]) -> Expression:
            new = with_children(node, inner)
            if not isinstance(new, Reference | Call):
                return new
            subscripts = tuple(self._subscript(one, place) for one in new.subscripts)
            new = replace(new, subscripts=subscripts)
            if isinstance(new, Call):
                return self._call(new, place)
            name = self.full(new.name, place)
            _, number = self._elements.get(_key(name), ("", 0))
            if number and canonical(name) not in self.variables:
                return Number(new.start, new.end, float(number))
            return replace(new, name=name)

        return bottom_up(tree, renamed)[id(tree)]

    def _call(self, node: Call, place: str) -> Expression:
        """Rename a call; `isModuleInput(x)` says whether the input x is connected."""
        first = node.arguments[0] if node.arguments else None
        if canonical(node.function) == "ismoduleinput" and isinstance(first, Reference):
            is_input = canonical(first.name) in self.inputs
            return Number(node.start, node.end, float(is_input))
        called = self.full(node.function, place)
        _, element = self.variables.get(canonical(called), ("", None))
        name = called if element is not None and _has_table(element) else node.function
        if self.is_exported:
            name = _EXPORTED.get(canonical(name), name)
        return replace(node, function=name)

    def _subscript(self, one: Subscript, place: str) -> Subscript:
        """Give a subscript the full name of its variable, or that of its element."""
        name = one.name
        if _key(name) in self._elements:
            name = self._elements[_key(name)][0]
        elif canonical(name) not in self._words:
            name = self.full(name, place)
        return replace(one, name=name)


def _has_table(element: Element) -> bool:
    """Whether a variable is, or has, a graphical function."""
    tables = element.first("gf") or any(element.listed("element", "gf"))
    return element.tag == "gf" or bool(tables)
