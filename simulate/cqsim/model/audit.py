"""Whether every number of the model has its evidence, and every variable its use."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from cqsim.language.syntax import Expression, Number, canonical, children, names_in
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
        findings.extend(_of_any(model, variable))
        if variable.kind in ("constant", "lookup"):
            findings.extend(_of_number(model, variable, known_sources))
        if variable.key not in used and variable.kind != "time":
            what = f"'{variable.name}' feeds nothing and no indicator names it"
            remedy = "Use it, name it in an indicator, or delete it."
            findings.append(_finding("unused", model, variable, what, remedy))
    cited = {s for v in model.variables.values() for s in v.sources}
    findings.extend(
        Finding(
            "unused source",
            source,
            "sources.csv",
            f"nothing cites the source '{source}'",
            "Cite it or delete its row.",
        )
        for source in known_sources
        if source not in cited and source not in cited_elsewhere
    )
    return findings


def used_names(model: Model) -> set[str]:
    """Return the variables that some equation of another variable refers to."""
    return {
        canonical(name)
        for variable in model.variables.values()
        for equation in variable.equations
        if equation.tree is not None
        for name in names_in(equation.tree)
        if canonical(name) != variable.key
    }


def embedded_numbers(variable: Variable) -> list[float]:
    """Return the numbers in an equation that belong in a constant of their own."""
    if variable.kind in ("constant", "lookup", "data", "time"):
        return []
    return [
        node.value
        for equation in variable.equations
        if equation.tree is not None
        for node in _outside_tables(equation.tree)
        if isinstance(node, Number) and node.value not in _PLAIN_NUMBERS
    ]


def _outside_tables(tree: Expression) -> Iterator[Expression]:
    """Yield the nodes of a right side except powers of ten that convert units."""
    if isinstance(tree, Number):
        if tree.value <= 0 or not f"{tree.value:e}".startswith("1.000000e"):
            yield tree
        return
    yield tree
    for child in children(tree):
        yield from _outside_tables(child)


def _finding(
    rule: Rule, model: Model, variable: Variable, what: str, remedy: str
) -> Finding:
    """Return a finding at a variable's line."""
    place = f"{model.path}:{variable.line}"
    return Finding(rule, variable.name, place, what, remedy)


def _of_any(model: Model, variable: Variable) -> Iterator[Finding]:
    """Yield what any variable lacks: unit and meaning."""
    if not variable.unit:
        what = f"'{variable.name}' has no unit"
        remedy = "Write it after the first ~; 1 stands for dimensionless."
        yield _finding("unit", model, variable, what, remedy)
    if not variable.documentation:
        what = f"'{variable.name}' has no meaning"
        remedy = "Write one sentence after the second ~."
        yield _finding("meaning", model, variable, what, remedy)


def _of_number(
    model: Model, variable: Variable, known: Collection[str]
) -> Iterator[Finding]:
    """Yield what a constant or lookup lacks: range, source, class."""
    name = f"constant '{variable.name}'"
    if not variable.sources:
        remedy = "Write 'Source: id' in its documentation."
        what = f"{name} has no source"
        yield _finding("source", model, variable, what, remedy)
    for source in variable.sources:
        if source not in known:
            what = f"{name} cites '{source}', which sources.csv does not have"
            remedy = "Add the source or correct the id."
            yield _finding("source", model, variable, what, remedy)
    yield from _of_evidence(model, variable, name)
    if variable.low is None or variable.high is None:
        if variable.kind == "constant":
            remedy = "Write it after the unit: person [0, 100]."
            what = f"{name} has no range of two ends"
            yield _finding("range", model, variable, what, remedy)
    elif variable.kind == "constant":
        yield from _outside_range(model, variable, variable.low, variable.high)


def _of_evidence(model: Model, variable: Variable, name: str) -> Iterator[Finding]:
    """Yield what the class of a constant lacks: one that is known, and its reason."""
    if variable.evidence not in EVIDENCE_CLASSES:
        said = f"class '{variable.evidence}'" if variable.evidence else "no class"
        remedy = f"Write 'Class: ' and one of {', '.join(EVIDENCE_CLASSES)}."
        yield _finding("class", model, variable, f"{name} has {said}", remedy)
    if variable.evidence == "assumption" and "Reason:" not in variable.documentation:
        remedy = "Write 'Reason: ' and why this value and range, before its source."
        what = f"{name} is an assumption without a reason"
        yield _finding("reason", model, variable, what, remedy)


def _outside_range(
    model: Model, variable: Variable, low: float, high: float
) -> Iterator[Finding]:
    """Yield the first value of a constant that is outside its range."""
    for value in constant_values(model, variable):
        if not low <= value.value <= high:
            where = f"[{', '.join(value.elements)}]" if value.elements else ""
            yield Finding(
                "value",
                variable.name,
                f"{value.file}:{value.line}",
                f"constant '{variable.name}'{where} = {value.value:g} is outside "
                f"its range [{low:g}, {high:g}]",
                "Correct the value or widen the range with a reason.",
            )
            return
