"""Whether every number of the model has its evidence, and every variable its use."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from cqsim.language.syntax import Number, canonical, names_in, walk
from cqsim.model.model import EVIDENCE_CLASSES, Model, Variable
from cqsim.model.values import constant_values

Rule = Literal[
    "unit",
    "meaning",
    "range",
    "value",
    "source",
    "class",
    "reason",
    "unused",
    "unused source",
]

Gap = tuple[Rule, str, str]
"""Which rule a variable does not keep, what it lacks, and the cure."""

# Numbers that a formula may hold: they are part of the mathematics, not evidence.
_PLAIN_NUMBERS = frozenset({-1.0, 0.0, 0.5, 1.0, 2.0, 3.0, 4.0})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the model lacks: which rule, which name, where, and the cure."""

    rule: Rule
    name: str
    place: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}. {self.remedy}"


def audit(
    model: Model,
    known_sources: Collection[str],
    outputs: Collection[str] = (),
    cited_elsewhere: Collection[str] = (),
) -> list[Finding]:
    """Return what is missing, in the order of the file; empty if nothing is.

    Parameters
    ----------
    known_sources
        The ids in the register of sources.
    outputs
        Variables that an indicator or target names: they need not feed another.
    cited_elsewhere
        Source ids that the ledger, a target, a lever or an indicator cites.
    """
    used = used_names(model) | {canonical(name) for name in outputs}
    findings: list[Finding] = []
    for variable in model.variables.values():
        if not variable.line:
            continue
        place = f"{model.path}:{variable.line}"
        for rule, what, remedy in _gaps(variable, known_sources):
            findings.append(Finding(rule, variable.name, place, what, remedy))
        findings += _outside_range(model, variable)
        if variable.key not in used and variable.kind != "time":
            what = f"'{variable.name}' feeds nothing and no indicator names it"
            remedy = "Use it, name it in an indicator, or delete it."
            findings.append(Finding("unused", variable.name, place, what, remedy))
    cited = {s for v in model.variables.values() for s in v.sources} | {
        *cited_elsewhere
    }
    for source in known_sources:
        if source not in cited:
            what = f"nothing cites the source '{source}'"
            remedy = "Cite it or delete its row."
            place = "sources.csv"
            findings.append(Finding("unused source", source, place, what, remedy))
    return findings


def used_names(model: Model) -> set[str]:
    """Return the variables that some equation of another variable refers to."""
    return {
        canonical(name)
        for variable in model.variables.values()
        for tree in variable.trees
        for name in names_in(tree)
        if canonical(name) != variable.key
    }


def assumptions_by_group(model: Model) -> dict[str, tuple[int, int]]:
    """Return assumptions and constants by group, and last in all under "".

    Groups without a constant are out.
    """
    found = model.of_kind("constant", "lookup")
    groups = dict.fromkeys(v.group for v in found if v.group)
    members = {group: [v for v in found if v.group == group] for group in groups}
    return {
        group: (sum(v.evidence == "assumption" for v in inside), len(inside))
        for group, inside in {**members, "": list(found)}.items()
        if inside
    }


def embedded_numbers(variable: Variable) -> list[float]:
    """Return the numbers in an equation that belong in a constant of their own.

    Those of the mathematics are left out, and powers of ten, which convert units.
    """
    if variable.kind in ("constant", "lookup", "data", "time"):
        return []
    nodes = (node for tree in variable.trees for node in walk(tree))
    values = [node.value for node in nodes if isinstance(node, Number)]
    return [v for v in values if v not in _PLAIN_NUMBERS and not _is_power_of_ten(v)]


def _is_power_of_ten(value: float) -> bool:
    return value > 0 and f"{value:e}".startswith("1.000000e")


def _gaps(variable: Variable, known: Collection[str]) -> Iterator[Gap]:
    """Yield what a variable lacks: unit and meaning, a number its evidence as well."""
    if not variable.unit:
        remedy = "Write it after the first ~; 1 stands for dimensionless."
        yield "unit", f"'{variable.name}' has no unit", remedy
    if not variable.documentation:
        remedy = "Write one sentence after the second ~."
        yield "meaning", f"'{variable.name}' has no meaning", remedy
    if variable.kind in ("constant", "lookup"):
        yield from _gaps_of_number(variable, known)


def _gaps_of_number(variable: Variable, known: Collection[str]) -> Iterator[Gap]:
    """Yield what a constant or lookup lacks: source, class with its reason, range."""
    name = f"constant '{variable.name}'"
    if not variable.sources:
        remedy = "Write 'Source: id' in its documentation."
        yield "source", f"{name} has no source", remedy
    for source in variable.sources:
        if source not in known:
            what = f"{name} cites '{source}', which sources.csv does not have"
            yield "source", what, "Add the source or correct the id."
    if variable.evidence not in EVIDENCE_CLASSES:
        said = f"class '{variable.evidence}'" if variable.evidence else "no class"
        remedy = f"Write 'Class: ' and one of {', '.join(EVIDENCE_CLASSES)}."
        yield "class", f"{name} has {said}", remedy
    if variable.evidence == "assumption" and "Reason:" not in variable.documentation:
        remedy = "Write 'Reason: ' and why this value and range, before its source."
        yield "reason", f"{name} is an assumption without a reason", remedy
    if variable.kind == "constant" and None in (variable.low, variable.high):
        remedy = "Write it after the unit: person [0, 100]."
        yield "range", f"{name} has no range of two ends", remedy


def _outside_range(model: Model, variable: Variable) -> Iterator[Finding]:
    """Yield the first value of a constant that is outside its range."""
    low, high = variable.low, variable.high
    if variable.kind != "constant" or low is None or high is None:
        return
    for value in constant_values(model, variable):
        if not low <= value.value <= high:
            where = f"[{', '.join(value.elements)}]" if value.elements else ""
            place = f"{value.file}:{value.line}"
            what = f"constant '{variable.name}'{where} = {value.value:g} is outside"
            what = f"{what} its range [{low:g}, {high:g}]"
            remedy = "Correct the value or widen the range with a reason."
            yield Finding("value", variable.name, place, what, remedy)
            return
