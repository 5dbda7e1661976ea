"""XMILE's modules, flattened: each variable of each instance under its full name.

A model with modules has variables of its own and those of its modules; `farm.crop` is
the variable `crop` of the module `farm`. A connection gives an input of a module the
values of a variable elsewhere.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from cqsim.errors import InputFileError
from cqsim.language.syntax import (
    Binary,
    Call,
    Expression,
    Number,
    Reference,
    Subscript,
    Unary,
    canonical,
    children,
    walk,
)
from cqsim.language.xmile.xml import Element

#: Modules and their variables, at most; a module within two others counts twice.
MOST_PARTS = 50_000
VARIABLE_TAGS = ("stock", "flow", "aux", "gf")
#: Other tags that stand among variables, of which no equation comes.
_PASSED = ("module", "group", "sector", "doc", "views", "view", "behavior", "sim_specs")
#: What Vensim exports under a name that means something else in XMILE.
_EXPORTED = {"pulse": "VENSIM PULSE", "int": "INTEGER", "mod": "MODULO"}
_PART = re.compile(r'"(?:[^"\\]|\\.)*"|[^."]+')


def shown(name: str) -> str:
    r"""Return a name as messages and results show it: on one line, without quotes."""
    bare = " ".join(name.replace("\\n", " ").split())
    return bare[1:-1] if len(bare) > 1 and bare[0] == bare[-1] == '"' else bare


def name_of(element: Element) -> str:
    """Return the name that a tag gives, as messages and results show it."""
    return shown(element.attributes.get("name", ""))


def has_table(element: Element) -> bool:
    """Whether a variable is, or has, a graphical function."""
    tables = element.first("gf") or any(e.first("gf") for e in element.all("element"))
    return element.tag == "gf" or bool(tables)


@dataclass(slots=True)
class Submodel:
    """One `<model>`: its variables by `canonical` name, and the modules in it."""

    name: str
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


def read_submodel(
    path: Path, element: Element, faults: list[InputFileError]
) -> Submodel:
    """Return a `<model>` or `<macro>` with its variables sorted out.

    They stand in `<variables>`, or straight under the element as in older files. A name
    given twice, none, and a tag among the variables that is none are added to `faults`.
    """
    found = Submodel(name_of(element), element)
    parts = [
        *element.all(*VARIABLE_TAGS, "module"),
        *(child for box in element.all("variables") for child in box.children),
    ]
    for child in parts:
        if child.tag == "module":
            found.modules.append(child)
        elif child.tag in VARIABLE_TAGS:
            _add(path, found, child, faults)
        elif ":" not in child.tag and child.tag not in _PASSED:
            what = f"<{child.tag}> among the variables is not known"
            remedy = "A variable is a <stock>, <flow>, <aux>, <gf> or <module>."
            faults.append(InputFileError(path, child.line, what, remedy))
    return found


def _add(
    path: Path, model: Submodel, child: Element, faults: list[InputFileError]
) -> None:
    name = name_of(child)
    earlier = model.variables.setdefault(canonical(name), child)
    if not name:
        what, remedy = f"the <{child.tag}> has no name", 'Write name="...".'
    elif earlier is not child:
        what = f"'{name}' is defined in line {earlier.line} too"
        remedy = "Delete one of the two."
    else:
        return
    faults.append(InputFileError(path, child.line, what, remedy))


def instances(
    path: Path, root: Submodel, models: Mapping[str, Submodel]
) -> list[Instance]:
    """Return the root and all modules in it, each below the one that it stands in.

    Raises
    ------
    InputFileError
        A module's model is not in the file, or a module contains itself.
    """
    found = [Instance("", root)]
    waiting: list[tuple[Instance, tuple[str, ...]]] = [(found[0], (root.name,))]
    parts = 0
    while waiting:
        outer, around = waiting.pop()
        for module in outer.model.modules:
            model = _model_of(path, module, models)
            name = name_of(module)
            parts += 1 + len(model.variables)
            if model.name in around or parts > MOST_PARTS:
                what = f"its modules have more than {MOST_PARTS} variables and modules"
                if model.name in around:
                    what = f"the module '{name}' contains itself"
                raise InputFileError(path, module.line, what, "Delete a module.")
            inner = Instance(outer.within(name), model)
            found.append(inner)
            waiting.append((inner, (*around, model.name)))
    return found


def _model_of(path: Path, module: Element, models: Mapping[str, Submodel]) -> Submodel:
    """Return the model that a module is made from: the one it names, or its own."""
    named = {tag.rpartition(":")[2]: name for tag, name in module.attributes.items()}
    name = named.get("model_name") or named.get("model") or named.get("name", "")
    if canonical(name) in models:
        return models[canonical(name)]
    what = f"the module '{shown(name)}' has no <model> in this file"
    if named.get("resource"):
        what = f"the module '{shown(name)}' stands in a file of its own"
    remedy = "Save the model with its modules in one file."
    raise InputFileError(path, module.line, what, remedy)


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

    path: Path
    dimensions: Mapping[str, tuple[str, ...]]
    is_exported: bool = False
    variables: dict[str, tuple[str, Element]] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)

    @cached_property
    def _words(self) -> frozenset[str]:
        """Names of dimensions and elements, which are no variables as subscripts."""
        elements = (one for members in self.dimensions.values() for one in members)
        return frozenset(map(canonical, (*self.dimensions, *elements)))

    @cached_property
    def _elements(self) -> dict[str, tuple[str, int]]:
        """Elements, and their places counted from 1, by `dimension.element`."""
        return {
            f"{dimension}.{canonical(member)}": (member, place)
            for dimension, members in self.dimensions.items()
            for place, member in enumerate(members, 1)
        }

    def add(self, instance: Instance) -> None:
        """Add the variables of an instance."""
        for element in instance.model.variables.values():
            full = instance.within(name_of(element))
            self.variables[canonical(full)] = full, element

    def connect(self, instance: Instance) -> Iterator[InputFileError]:
        """Add the connections of the modules in an instance; yield what is wrong."""
        for module in instance.model.modules:
            inner = instance.within(name_of(module))
            for line in module.all("connect"):
                fault = self._connect(instance.path, inner, line)
                if fault:
                    yield InputFileError(self.path, line.line, *fault)

    def _connect(self, outer: str, inner: str, line: Element) -> tuple[str, str] | None:
        """Add a connection; return what is wrong with it and what would mend it."""
        to, source = line.attributes.get("to", ""), line.attributes.get("from", "")
        places = (outer, "", inner) if "." in to else (inner, outer)
        target = self._first(to, places)
        origin = self._first(source, (outer, ""))
        if target is None or origin is None:
            missing = to if target is None else source
            what = f"the connection names '{missing}', which is not in the model"
            return what, "Connect variables that are there."
        if self.inputs.setdefault(canonical(target), origin) != origin:
            what = f"'{target}' is connected to '{self.inputs[canonical(target)]}' too"
            return what, "Delete one of the connections."
        return None

    def _first(self, written: str, places: tuple[str, ...]) -> str | None:
        for place in places:
            found = self.find(written, place)
            if found:
                return found
        return None

    def find(self, written: str, place: str) -> str | None:
        """Return the full name of a variable as written in a module; None if not there.

        A dot at the beginning counts from the outermost model.
        """
        parts = _key(written)
        full = f"{canonical(place)}.{parts}" if place and written[:1] != "." else parts
        found = self.variables.get(full)
        return found[0] if found else None

    def full(self, written: str, place: str) -> str:
        """Return the full name for a name in an equation of a module.

        A name that is no variable of the module, as a function's or a dimension's,
        stays as it is.
        """
        if not place and "." not in written:
            return written
        found = self.find(written, place)
        if found is None and "." in written:
            found = self.find(written, "")
        if found is None and place and self.find(written, ""):
            return f"{place}.{shown(written)}"
        return found or written

    def rename(self, tree: Expression, place: str) -> Expression:
        """Return an expression of a module with each variable's full name."""
        new: dict[int, Expression] = {}
        for node in reversed(list(walk(tree))):
            parts = [new[id(child)] for child in children(node)]
            new[id(node)] = self._renamed(node, parts, place)
        return new[id(tree)]

    def _renamed(
        self, node: Expression, parts: list[Expression], place: str
    ) -> Expression:
        """Return a node renamed, with `parts` for its children."""
        match node:
            case Reference():
                subscripts = self._subscripts(node.subscripts, parts, place)
                name = self.full(node.name, place)
                _, number = self._elements.get(_key(name), ("", 0))
                if number and canonical(name) not in self.variables:
                    return Number(node.start, node.end, float(number))
                return replace(node, name=name, subscripts=subscripts)
            case Call():
                return self._call(node, parts, place)
            case Unary():
                return replace(node, operand=parts[0])
            case Binary():
                return replace(node, left=parts[0], right=parts[1])
            case _:
                return node

    def _call(self, node: Call, parts: list[Expression], place: str) -> Expression:
        """Rename a call; `isModuleInput(x)` says whether the input x is connected."""
        first = parts[0] if parts else None
        if canonical(node.function) == "ismoduleinput" and isinstance(first, Reference):
            is_input = canonical(first.name) in self.inputs
            return Number(node.start, node.end, float(is_input))
        called = self.full(node.function, place)
        _, element = self.variables.get(canonical(called), ("", None))
        is_lookup = element is not None and has_table(element)
        name = called if is_lookup else node.function
        if self.is_exported:
            name = _EXPORTED.get(canonical(name), name)
        count = len(node.arguments)
        return replace(
            node,
            function=name,
            arguments=tuple(parts[:count]),
            subscripts=self._subscripts(node.subscripts, parts[count:], place),
        )

    def _subscripts(
        self, subscripts: tuple[Subscript, ...], parts: list[Expression], place: str
    ) -> tuple[Subscript, ...]:
        """Rename subscripts; `parts` are those that are computed, in their order."""
        computed = iter(parts)
        return tuple(
            replace(
                one,
                name=self._subscript(one.name, place),
                expression=one.expression and next(computed),
            )
            for one in subscripts
        )

    def _subscript(self, written: str, place: str) -> str:
        """Return the full name of a subscript that is a variable, or the element."""
        if _key(written) in self._elements:
            return self._elements[_key(written)][0]
        if canonical(written) in self._words:
            return written
        return self.full(written, place)
