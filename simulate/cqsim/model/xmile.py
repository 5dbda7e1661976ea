"""An XMILE model as variables and trees, by way of PySD's translator."""

import html
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cqsim.errors import InputFileError
from cqsim.model.expression import (
    Array,
    Call,
    Negation,
    Node,
    Number,
    Operation,
    Reference,
    Table,
    Text,
)
from cqsim.model.expression_text import text_of
from cqsim.model.kinds import kind_of
from cqsim.model.lower.parse import parse
from cqsim.model.lower.source import Source, read_source
from cqsim.model.text import read_model_text
from cqsim.model.variables import Equation, Model, SubscriptRange, Variable, canonical

_TIME_UNITS = re.compile(r"<sim_specs\b[^>]*\btime_units\s*=\s*[\"']([^\"']+)[\"']")


def read_any_model(path: Path) -> Model:
    """Return what a model file says, be it Vensim's text or XMILE.

    Raises
    ------
    InputFileError
        The file cannot be read or has a fault in its syntax.
    """
    if path.suffix.lower() == ".mdl":
        return read_model_text(path)
    source = read_source(path)
    section = parse(source).sections[0]
    variables = {}
    for element in section.elements:
        variable = _variable(source, element)
        variables[variable.key] = variable
    _set_time_unit(source, variables)
    return Model(
        path=path,
        sha256=source.digest,
        variables=variables,
        ranges=_ranges(section),
        groups=(),
    )


def _ranges(section: Any) -> Mapping[str, SubscriptRange]:
    return {
        canonical(r.name): SubscriptRange(r.name, tuple(r.subscripts), "", 0)
        for r in section.subscripts
        if isinstance(r.subscripts, list | tuple)
    }


def _set_time_unit(source: Source, variables: dict[str, Variable]) -> None:
    """Give the clock the unit that the file's sim_specs name."""
    found = _TIME_UNITS.search(source.text)
    step = variables.get("time step")
    if found and step is not None and not step.unit:
        unit = html.unescape(found.group(1))
        variables["time step"] = _with_unit(step, unit)


def _with_unit(variable: Variable, unit: str) -> Variable:
    from dataclasses import replace

    return replace(variable, unit=unit)


def _variable(source: Source, element: Any) -> Variable:
    name = " ".join(element.name.split())
    line = source.line_of(element.name)
    equations = tuple(_equation(source, name, c, line) for c in element.components)
    return Variable(
        name=name,
        kind=kind_of(name, equations),
        subscripts=equations[0].subscripts if equations else (),
        unit=(element.units or "").strip(),
        low=None,
        high=None,
        documentation=(element.documentation or "").strip(),
        sources=(),
        evidence="",
        equations=equations,
        line=line,
        group="",
    )


def _equation(source: Source, name: str, component: Any, line: int) -> Equation:
    subscripts = tuple(str(s) for s in component.subscripts[0])
    try:
        tree = node_of(component.ast)
    except _UnknownPartError as error:
        what = f"{name}: {error} is not understood"
        remedy = "Write it with the functions of XMILE."
        raise InputFileError(source.path, line, what, remedy) from None
    right = text_of(tree)
    left = f"{name}[{', '.join(subscripts)}]" if subscripts else name
    return Equation(f"{left} = {right}", left, "=", right, subscripts, (), line, tree)


class _UnknownPartError(Exception):
    """A part of PySD's tree that has no form in ours."""


def node_of(node: Any) -> Node:
    """Return our tree of a tree of PySD's."""
    if isinstance(node, int | float):
        return Number(float(node))
    kind = type(node).__name__.removesuffix("Structure")
    if kind == "ndarray":
        return Array((tuple(float(n) for n in node.ravel()),))
    if kind in _PARTS:
        function, *names = _PARTS[kind]
        return Call(function, tuple(node_of(getattr(node, n)) for n in names))
    if kind not in _HANDLERS:
        raise _UnknownPartError(kind)
    return _HANDLERS[kind](node)


def _operations(node: Any) -> Node:
    operators = [o.upper() for o in node.operators]
    parts = [node_of(a) for a in node.arguments]
    if operators[0] == "NEGATIVE":
        return Negation("-", parts[0])
    if operators[0] in (":NOT:", "NOT"):
        return Negation(":NOT:", parts[0])
    names = [_LOGIC.get(operator, operator) for operator in operators]
    if names[0] == "^":
        tree = parts[-1]
        for left in reversed(parts[:-1]):
            tree = Operation("^", left, tree)
        return tree
    tree = parts[0]
    for operator, right in zip(names, parts[1:], strict=True):
        tree = Operation(operator, tree, right)
    return tree


def _reference(node: Any) -> Reference:
    name = node.reference.replace("_", " ")
    subscripts = node.subscripts.subscripts if node.subscripts else ()
    return Reference(name, tuple(str(s) for s in subscripts))


def _call(node: Any) -> Call:
    called = _reference(node.function)
    return Call(called.name, tuple(node_of(a) for a in node.arguments))


def _inline_lookup(node: Any) -> Call:
    return Call("WITH LOOKUP", (node_of(node.argument), _table(node.lookups)))


def _table(node: Any) -> Table:
    return Table(tuple(zip(map(float, node.x), map(float, node.y), strict=True)))


def _file(node: Any) -> Call:
    return Call("GET DIRECT CONSTANTS", (Text(str(node.file)), Text(str(node.tab))))


_LOGIC = {"AND": ":AND:", "OR": ":OR:", "!=": "<>"}

_PARTS: dict[str, tuple[str, ...]] = {
    "Integ": ("INTEG", "flow", "initial"),
    "Initial": ("INITIAL", "initial"),
    "Game": ("GAME", "expression"),
    "Delay": ("DELAY N", "input", "delay_time", "initial", "order"),
    "DelayN": ("DELAY N", "input", "delay_time", "initial", "order"),
    "DelayFixed": ("DELAY FIXED", "input", "delay_time", "initial"),
    "Smooth": ("SMOOTH N", "input", "smooth_time", "initial", "order"),
    "SmoothN": ("SMOOTH N", "input", "smooth_time", "initial", "order"),
    "Trend": ("TREND", "input", "average_time", "initial_trend"),
    "Forecast": ("FORECAST", "input", "average_time", "horizon", "initial_trend"),
    "SampleIfTrue": ("SAMPLE IF TRUE", "condition", "input", "initial"),
}

_HANDLERS: dict[str, Callable[[Any], Node]] = {
    "Arithmetic": _operations,
    "Logic": _operations,
    "Reference": _reference,
    "Call": _call,
    "InlineLookups": _inline_lookup,
    "Lookups": _table,
    "GetConstants": _file,
    "GetLookups": _file,
    "GetData": _file,
}
