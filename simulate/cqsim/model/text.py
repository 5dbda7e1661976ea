"""Read a Vensim model as text, without the translator that runs it.

This is what says where an equation stands and how the modeller wrote it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from cqsim.errors import InputFileError
from cqsim.model.blocks import Block, Source, blocks, decode, macro_names
from cqsim.model.documentation import read_documentation, read_unit
from cqsim.model.expression import Node
from cqsim.model.kinds import flow_names, kind_of
from cqsim.model.parse import ExpressionFault, parse_expression, parse_table
from cqsim.model.ranges import RangeText, read_range, resolve_ranges
from cqsim.model.variables import Equation, Group, Model, Variable, canonical

_LEFT = re.compile(
    r"""\s*(?P<name>"(?:[^"\\]|\\.)*"|[^\[\](){}=:<>~|",;+*/^!]+?)\s*
    (?P<subscripts>\[[^\]]*\])?\s*
    (?P<excepted>:EXCEPT:\s*\[[^\]]*\](?:\s*,\s*\[[^\]]*\])*)?\s*
    (?::(?:INTERPOLATE|RAW|LOOK\ FORWARD|HOLD\ BACKWARD):)?\s*
    (?P<operator><->|:=|==|=|:(?=[^=])|\(|$)""",
    re.VERBOSE | re.IGNORECASE,
)
_REALITY_CHECK = re.compile(r":(?:THE CONDITION|TEST INPUT):", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Definition:
    """One block of a variable: its equation with the fields after it."""

    name: str
    equation: Equation
    block: Block
    group: str


def read_model_text(path: Path) -> Model:
    """Return what a Vensim model file says, without running it.

    Raises
    ------
    InputFileError
        The file cannot be read, is not UTF-8 or has a fault in its syntax.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        what = f"the model cannot be read: {error.strerror}"
        raise InputFileError(path, 0, what, "Give the path of a .mdl file.") from None
    source = decode(path, content)
    definitions, ranges, groups = _definitions(source)
    if not definitions and not ranges:
        remedy = "Give the path of a .mdl file."
        raise InputFileError(path, 0, "no equation stands in it", remedy)
    variables = _variables(source, definitions)
    return Model(
        path=path,
        sha256=sha256(content).hexdigest(),
        variables=variables,
        ranges=resolve_ranges(source, ranges),
        groups=groups,
        macros=macro_names(source),
    )


def _definitions(
    source: Source,
) -> tuple[list[_Definition], list[RangeText], tuple[Group, ...]]:
    """Return the equations, the subscript ranges and the groups of a file."""
    definitions: list[_Definition] = []
    ranges: list[RangeText] = []
    groups: list[Group] = []
    for block in blocks(source):
        if block.is_header:
            groups.append(_group(block))
        elif not _REALITY_CHECK.search(block.equation):
            left = _left(source, block)
            if left["operator"] in (":", "<->"):
                ranges.append(read_range(source, block, left))
            else:
                group = groups[-1].name if groups else ""
                definitions.append(_definition(source, block, left, group))
    return definitions, ranges, tuple(groups)


def _group(block: Block) -> Group:
    """Return the group that a header of asterisks opens."""
    title = " ".join(block.equation.replace("*", " ").split())
    meaning = " ".join(block.documentation.split())
    return Group(title.lstrip("."), meaning, block.line)


def _left(source: Source, block: Block) -> re.Match[str]:
    """Return the parts of a left side."""
    left = _LEFT.match(block.equation)
    if left is None:
        head = " ".join(block.equation.split())[:60]
        what = f"'{head}' is not an equation"
        remedy = "Write: name[subscripts] = expression ~ unit ~ meaning |"
        raise source.fault(block.offset, what, remedy)
    return left


def _definition(
    source: Source, block: Block, left: re.Match[str], group: str
) -> _Definition:
    """Return one equation of a variable."""
    right = block.equation[left.end() :]
    equation = Equation(
        text=_as_written(source, block),
        left=_one_line(block.equation[: left.start("operator")]),
        operator=left["operator"],
        right=_one_line(right),
        subscripts=_names(left["subscripts"]),
        excepted=tuple(
            _names(part) for part in re.findall(r"\[[^\]]*\]", left["excepted"] or "")
        ),
        line=block.line,
        tree=_tree(source, block, left),
    )
    return _Definition(_one_line(left["name"]), equation, block, group)


def _tree(source: Source, block: Block, left: re.Match[str]) -> Node | None:
    """Return the tree of a right side, or None where there is none."""
    right = block.equation[left.end() :]
    name = _one_line(left["name"])
    try:
        if left["operator"] == "" and not right.strip():
            return None
        if left["operator"] == "(":
            return _lookup(right)
        return parse_expression(right)
    except ExpressionFault as fault:
        place = block.offset + left.end() + fault.offset
        what = f"{name}: {fault.what}"
        raise source.fault(place, what, "Correct the equation.") from None


def _lookup(right: str) -> Node:
    """Return a lookup's table, or the call that reads it from a file."""
    body = right.rstrip()
    if not body.endswith(")"):
        raise ExpressionFault(len(body), "')' is missing at the end of the lookup")
    if re.match(r"\s*GET ", body, re.IGNORECASE):
        return parse_expression(body[:-1])
    return parse_table(body[:-1])


def _variables(source: Source, found: Iterable[_Definition]) -> dict[str, Variable]:
    """Return the variables, each with all its equations, flows named as such."""
    together: dict[str, list[_Definition]] = {}
    for definition in found:
        together.setdefault(canonical(definition.name), []).append(definition)
    variables = {key: _variable(source, parts) for key, parts in together.items()}
    flows = flow_names(variables)
    return {
        key: replace(v, kind="flow") if key in flows and v.kind == "auxiliary" else v
        for key, v in variables.items()
    }


def _variable(source: Source, parts: list[_Definition]) -> Variable:
    """Return a variable from its equations."""
    _refuse_twice(source, parts)
    first = parts[0]
    units = [read_unit(p.block.unit) for p in parts if p.block.unit.strip()]
    unit, low, high, increment = units[-1] if units else ("", None, None, None)
    texts = (p.block.documentation for p in parts)
    meaning = read_documentation("\n".join(t.strip() for t in texts if t.strip()))
    equations = tuple(p.equation for p in parts)
    return Variable(
        name=first.name,
        kind=kind_of(first.name, equations),
        subscripts=first.equation.subscripts,
        unit=unit,
        low=low,
        high=high,
        documentation=meaning.text,
        sources=meaning.sources,
        evidence=meaning.evidence,
        equations=equations,
        line=first.equation.line,
        group=first.group,
        increment=increment,
    )


def _refuse_twice(source: Source, parts: list[_Definition]) -> None:
    """Refuse two equations of a variable for the same subscripts."""
    seen: dict[tuple[str, ...], int] = {}
    for part in parts:
        where = tuple(canonical(s) for s in part.equation.subscripts)
        if where in seen:
            what = f"'{part.name}' is defined again; line {seen[where]} defines it"
            remedy = "Rename or delete one; case and underscores do not distinguish."
            raise source.fault(part.block.offset, what, remedy)
        seen[where] = part.equation.line


def _names(bracketed: str | None) -> tuple[str, ...]:
    """Return the names that stand in brackets."""
    inner = (bracketed or "").strip("[] \n\t")
    return tuple(_one_line(part) for part in inner.split(",")) if inner else ()


def _one_line(text: str) -> str:
    """Return the text with each run of blanks as one blank."""
    return " ".join(text.split())


def _as_written(source: Source, block: Block) -> str:
    """Return an equation's lines with their comments, without tabs and backslashes."""
    text = source.text[block.offset : block.offset + len(block.equation)]
    lines = (line.strip().removesuffix("\\").rstrip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)
