"""From the syntax tree to a model: names, subscript ranges, kinds, the clock.

All faults that can be found without lowering an equation are reported together.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import chain, islice
from pathlib import Path
from types import MappingProxyType

from cqsim.errors import (
    MOST_FAULTS,
    FaultsError,
    InputFileError,
    UnknownNameError,
    did_you_mean,
)
from cqsim.language.builtins import ANY, NAMES_ALONE, REFUSED, builtin, names
from cqsim.language.syntax import (
    Call,
    Definition,
    Expression,
    Macro,
    Number,
    Reference,
    Source,
    SourceModel,
    String,
    canonical,
    outputs_of,
    walk,
)
from cqsim.language.vensim import parse_equations, parse_vensim
from cqsim.model.model import CONTROL_NAMES, Model, Variable, flow_names, kind_of
from cqsim.model.ranges import resolve_ranges
from cqsim.textfile import read_bytes

_UNIT = re.compile(r"^(?P<unit>.*?)\s*(?:\[(?P<range>[^\[\]]*)\])?$", re.DOTALL)
_CLASS = re.compile(r"\bClass:\s*(?P<evidence>[A-Za-z-]+)\.?")
_SOURCE = re.compile(r"\bSource:\s*(?P<ids>[\w:/.-]+(?:\s*,\s*[\w:/.-]+)*)?")


def read_documentation(field: str) -> tuple[str, tuple[str, ...], str]:
    """Return the meaning, the source ids and the evidential class of a field."""
    text = re.sub(r"\\\s*\n", " ", field)
    # "Class: x" ends a source list that stands before it on the same line.
    evidence = _CLASS.search(text)
    text = _CLASS.sub("\n", text)
    sources: list[str] = []
    for found in _SOURCE.finditer(text):
        ids = (part.strip().rstrip(".") for part in (found["ids"] or "").split(","))
        sources.extend(i for i in ids if i and i not in sources)
    text = _SOURCE.sub("\n", text)
    meaning = " ".join(text.split()).removesuffix(" .")
    return meaning, tuple(sources), evidence["evidence"].lower() if evidence else ""


def read_unit(field: str) -> tuple[str, float | None, float | None, float | None]:
    """Return the unit, the two ends of the range (None is open) and its increment."""
    match = _UNIT.match(" ".join(field.replace("\\\n", " ").split()))
    if match is None:
        return field.strip(), None, None, None
    ends = [_end(part) for part in (match["range"] or "").split(",")]
    low, high, increment = (*ends, None, None, None)[:3]
    return match["unit"], low, high, increment


def _end(text: str) -> float | None:
    """Return one end of a range; None for `?` and what is not finite."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


#: Bytes of a model file, at most.
LARGEST = 50_000_000
#: What Vensim assumes of a clock that a file does not state.
_CLOCK: Mapping[str, float | None] = {
    "INITIAL TIME": 0.0,
    "FINAL TIME": 100.0,
    "TIME STEP": 1.0,
    "SAVEPER": None,
}


def read_model(
    path: str | Path,
    *,
    files: Mapping[str, str | Path] | None = None,
    equations: str = "",
) -> Model:
    """Return a model as its Vensim, XMILE or Stella file says it; nothing is run.

    Parameters
    ----------
    files
        Data files that lie elsewhere, by the name that the model gives them, such as
        `{"?data": "d/values.xlsx"}`.
    equations
        More equations, written as in a Vensim file; nothing in the file refers to them.

    Raises
    ------
    CqsimError
        The file cannot be read, has faults in its syntax, or refers to what it does not
        define: all faults that are found, each with its line.
    """
    path = Path(path)
    content = read_bytes(path)
    if len(content) > LARGEST:
        what = f"the file is larger than {LARGEST // 1_000_000} MB"
        raise InputFileError(path, 0, what, "Give a model file.")
    if path.suffix.lower() == ".mdl":
        found = parse_vensim(path, content)
    else:
        # Another language takes time to import, for which a Vensim model need not wait.
        from cqsim.language.xmile import parse_xmile

        found = parse_xmile(path, content)
    if equations:
        added = parse_equations(Source(path, equations))
        found = replace(found, definitions=(*found.definitions, *added))
    given = {name: Path(file) for name, file in (files or {}).items()}
    return resolve(found, sha256(content + equations.encode()).hexdigest(), given)


def resolve(found: SourceModel, digest: str, files: Mapping[str, Path]) -> Model:
    """Return the model that a syntax tree describes. Raises as `read_model`."""
    path = found.source.path
    if not found.definitions and not found.dimensions:
        remedy = "Give the path of a model with equations."
        raise InputFileError(path, 0, "no equation stands in it", remedy)
    variables = _variables(found)
    if all(variable.kind in ("time", "lookup") for variable in variables.values()):
        remedy = "Give the path of a model with a variable that is computed."
        raise InputFileError(path, 0, "it has no variable but its clock", remedy)
    if files:
        _refuse_unread(found, variables, files)
    macros: dict[str, Macro] = {}
    for macro in found.macros:
        if macros.setdefault(canonical(macro.name), macro) is not macro:
            what = f"the macro '{macro.name}' is defined again"
            raise macro.source.fault(macro.start, what, "Delete one of the two.")
    model = Model(
        path=path,
        sha256=digest,
        language=found.language,
        variables=MappingProxyType(variables),
        ranges=MappingProxyType(resolve_ranges(found, files)),
        groups=found.groups,
        macros=MappingProxyType(macros),
        settings=found.settings,
        unit_synonyms=found.unit_synonyms,
        source=found.source,
        files=MappingProxyType(dict(files)),
    )
    faults = [str(fault) for fault in islice(_faults(model), MOST_FAULTS)]
    if faults:
        raise FaultsError(faults)
    return model


def _refuse_unread(
    found: SourceModel, variables: Mapping[str, Variable], files: Iterable[str]
) -> None:
    """Refuse a file that the caller names and the model does not read.

    Where a variable has its values from data sets, any file may be one.
    """
    if any(v.kind == "data" and not v.equations[0].value for v in variables.values()):
        return
    definitions = [*found.definitions, *(d for m in found.macros for d in m.body)]
    trees = [d.value for d in definitions if d.value is not None]
    trees += [d.members for d in found.dimensions if isinstance(d.members, Call)]
    texts = [t.value for tree in trees for t in walk(tree) if isinstance(t, String)]
    known = {text.strip().lower() for text in texts}
    for name in files:
        if name.strip().lower() not in known:
            where, kind = str(found.source.path), "data file"
            there = sorted({t for t in texts if "." in t or t[:1] == "?"})
            raise UnknownNameError(where, kind, name, there)


def _variables(found: SourceModel) -> dict[str, Variable]:
    """Return the variables, each with all its equations, flows named as such."""
    together: dict[str, list[Definition]] = {}
    for definition in (*found.definitions, *_clock(found)):
        together.setdefault(canonical(definition.name), []).append(definition)
    variables = {key: _variable(parts) for key, parts in together.items()}
    flows = flow_names(variables)
    return {
        key: replace(v, kind="flow") if key in flows and v.kind == "auxiliary" else v
        for key, v in variables.items()
    }


def _variable(parts: list[Definition]) -> Variable:
    first = parts[0]
    units = [read_unit(part.unit) for part in parts if part.unit.strip()]
    unit, low, high, increment = units[-1] if units else ("", None, None, None)
    texts = (part.documentation.strip() for part in parts)
    meaning, sources, evidence = read_documentation(
        "\n".join(text for text in texts if text)
    )
    return Variable(
        name=first.name,
        kind=kind_of(first.name, parts),
        subscripts=first.dimensions or first.subscripts,
        unit=unit,
        low=low,
        high=high,
        documentation=meaning,
        sources=sources,
        evidence=evidence,
        equations=tuple(parts),
        line=first.line,
        group=first.group,
        increment=increment,
    )


def _clock(found: SourceModel) -> Iterator[Definition]:
    """Yield equations for the variables of the clock that the file does not define."""
    known = {canonical(d.name) for d in found.definitions}
    said = found.settings
    numbers = said.start, said.stop, said.step, said.save
    for (name, assumed), stated in zip(_CLOCK.items(), numbers, strict=True):
        number = assumed if stated is None else stated
        text = "TIME STEP" if number is None else repr(number)
        end, source = len(text), Source(found.source.path, text, line=0)
        value = Reference(0, end, text) if number is None else Number(0, end, number)
        if canonical(name) not in known:
            clock = Definition(0, end, source, name, value=value, element="aux")
            yield replace(clock, unit=said.time_unit)


# What a model refers to.


Fault = tuple[str, str]
"""A fault of a name or call, and its remedy."""


@dataclass(frozen=True, slots=True)
class _Names:
    """The names that an equation may use, and which of them it may call."""

    model: Model
    known: Set[str]
    called: Set[str]
    shown: Sequence[str]

    def fault(self, node: Expression) -> Fault | None:
        """Return what is wrong with a part of an equation, apart from its parts."""
        if isinstance(node, Reference):
            name = canonical(node.name)
            is_global = name.endswith("$") and name[:-1] in self.known
            if name in self.known or is_global:
                return None
            what = f"'{node.name}' is not defined"
            return what, did_you_mean(node.name, list(self.shown))
        return self._fault_of(node) if isinstance(node, Call) else None

    def _fault_of(self, node: Call) -> Fault | None:
        name, given = canonical(node.function), len(node.arguments)
        macro, shown = self.model.macros.get(name), node.function
        if macro is not None:
            most = len(macro.parameters)
            least = most - len(macro.defaults)
            if len(node.outputs) > len(macro.outputs):
                what = f"{shown} has {len(macro.outputs)} further outputs"
                return what, "Name no more of them."
        elif name in self.called or name in NAMES_ALONE & self.known:
            return None
        else:
            row = builtin(name, self.model.language)
            if row is None:
                return self._unknown(node)
            shown, least, most = shown.upper(), row.least, row.most
        what = f"{shown} takes {_count(least, most)}, and stands with {given}"
        return None if least <= given <= most else (what, "Correct the call.")

    def _unknown(self, node: Call) -> Fault:
        name, shown = canonical(node.function), node.function
        for refused, remedy in REFUSED.items():
            if name == refused or name.startswith(f"{refused} "):
                return f"{shown.upper()} is not supported", remedy
        choices = [*names(self.model.language), *self.shown]
        what = f"there is no function or lookup '{shown}'"
        return what, did_you_mean(shown, choices)


def _faults(model: Model) -> Iterator[InputFileError]:
    """Yield the faults of names, calls and definitions found without lowering."""
    yield from _twice(model)
    outputs = (output for _, e in model.equations() for output in outputs_of(e))
    known = {*model.variables, *model.ranges, *map(canonical, outputs), "time"}
    known |= {key for entry in model.ranges.values() for key in entry.keys}
    if model.language == "xmile":
        known |= {*NAMES_ALONE, "self"}
    shown = [variable.name for variable in model.variables.values()]
    shown += [entry.name for entry in model.ranges.values()]
    found = _Names(model, known, model.variables.keys(), shown)
    for variable, equation in model.equations():
        if variable.kind != "time" or variable.key in CONTROL_NAMES:
            yield from _equation_faults(found, equation)
    for macro in model.macros.values():
        own = [*macro.parameters, *macro.outputs, *(d.name for d in macro.body)]
        local = {*map(canonical, own)}
        given = {canonical(d.name) for d in macro.body}
        for result in (macro.name, *macro.outputs):
            if canonical(result) not in given:
                what = f"the macro '{macro.name}' has no equation for '{result}'"
                remedy = "Give it one: it is a result."
                yield macro.source.fault(macro.start, what, remedy)
        inner = _Names(model, known | local, found.called | local, shown)
        for definition in macro.body:
            yield from _equation_faults(inner, definition)


def _twice(model: Model) -> Iterator[InputFileError]:
    """Yield a fault for each second equation of the same left side."""
    for variable in model.variables.values():
        seen: dict[object, int] = {}
        for equation in variable.equations:
            exceptions = [[*map(canonical, e)] for e in equation.exceptions]
            where = repr([[*map(canonical, equation.subscripts)], exceptions])
            if where in seen:
                what = f"it is defined again; line {seen[where]} defines it"
                remedy = "Rename or delete one; case and underscores do not count."
                yield equation.fault(what, remedy)
            seen[where] = equation.line
    given = {key: variable.line for key, variable in model.variables.items()}
    for _, equation in model.equations():
        for output in outputs_of(equation):
            line = given.setdefault(canonical(output), 0)
            if line:
                what = f"it gives '{output}', which line {line} defines"
                yield equation.fault(what, "Name its output otherwise.")
            given[canonical(output)] = equation.line
    if "time" in model.variables:
        what = "Time is what a run counts, and can't be given an equation"
        yield model.variables["time"].equations[0].fault(what, "Rename the variable.")


def _equation_faults(known: _Names, equation: Definition) -> Iterator[InputFileError]:
    for name in (*equation.subscripts, *chain.from_iterable(equation.exceptions)):
        if canonical(name) not in known.known and not name.isdigit():
            what = f"there is no subscript '{name}'"
            yield equation.fault(what, did_you_mean(name, list(known.shown)))
    if any(len(names) != len(equation.subscripts) for names in equation.exceptions):
        what = "an exception has another number of subscripts than the left side"
        yield equation.fault(what, "Give as many.")
    for node in walk(equation.value) if equation.value else ():
        fault = known.fault(node)
        if fault is not None:
            yield equation.fault(*fault, node.start)


def _count(least: int, most: int) -> str:
    if least == most:
        return f"{least} argument{'s' if least != 1 else ''}"
    upwards = f"to {most}" if most < ANY else "or more"
    return f"{least} {upwards} arguments"
