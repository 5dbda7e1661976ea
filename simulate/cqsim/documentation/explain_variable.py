"""Explain a variable or constant: equation, unit, evidence, values, causes, uses."""

from typing import TYPE_CHECKING

from cqsim.documentation.explanation import (
    Explanation,
    Sheet,
    Twig,
    plain_number,
    plain_range,
    said,
    shown_unit,
)
from cqsim.documentation.registers import Registers, variables_in
from cqsim.language.syntax import canonical
from cqsim.model.graph import Branch, Graph, dependency_graph, tree_of
from cqsim.model.kinds import flows_of
from cqsim.model.model import Model, Variable
from cqsim.model.polarity import Polarity

if TYPE_CHECKING:
    from cqsim.model.values import ConstantValue

_COLUMNS_SHOWN = 6
_MARKS = {"+": " (+)", "-": " (-)", "?": "", "0": " (start)"}


def explain_variable(
    variable: Variable, model: Model, registers: Registers
) -> Explanation:
    """Return all that the model and its registers say of a variable.

    Raises
    ------
    InputFileError
        A file that the constant reads its values from cannot be read.
    """
    graph = dependency_graph(model)
    term = registers.glossary.get(variable.key)
    values = _values(model, variable)
    flows = flows_of(variable, model.variables) if variable.kind == "stock" else {}
    facts = said(
        ("chinese", term.zh if term else ""),
        ("kind", variable.kind),
        ("sector", variable.group),
        ("equation", "\n".join(e.text for e in variable.equations)),
        ("unit", variable.unit),
        ("range", plain_range(variable.low, variable.high, variable.unit)),
        ("meaning", variable.documentation),
        ("class", variable.evidence),
        ("written at", f"{model.path.name}, line {variable.line}"),
        ("flows", ", ".join(f"{s}{_shown(model, k)}" for k, s in flows.items())),
        ("value", _one_value(variable, values)),
    )
    polarity = Polarity(model)
    return Explanation(
        kind=variable.kind,
        name=variable.title,
        title=term.en if term else "",
        facts=facts,
        sheets=(
            *_value_sheets(variable, values, registers),
            *_source_sheets(variable, registers),
            *_register_sheets(variable, registers),
        ),
        trees=(
            _trunk("causes", variable, model, graph, polarity),
            _trunk("uses", variable, model, graph, polarity),
        ),
        extra={"values": [_plain(v) for v in values]} if values else None,
    )


def _plain(value: "ConstantValue") -> dict[str, object]:
    return {"elements": list(value.elements), "value": value.value}


def _shown(model: Model, key: str) -> str:
    """Return a variable's name as the model writes it."""
    variable = model.variables.get(key)
    return variable.name.strip('"') if variable else key.capitalize()


def _trunk(
    title: str, variable: Variable, model: Model, graph: Graph, polarity: Polarity
) -> Twig:
    """Return the tree of what causes a variable, or of what it causes."""
    is_causes = title == "causes"
    branch = tree_of(graph, variable.key, "causes" if is_causes else "uses")

    def twig(below: Branch, above: str) -> Twig:
        ends = (below.key, above) if is_causes else (above, below.key)
        mark = _MARKS[polarity.link(*ends)] if ends[1] in model.variables else ""
        twigs = tuple(twig(b, below.key) for b in below.branches)
        return Twig(f"{_shown(model, below.key)}{mark}", twigs)

    return Twig(title, tuple(twig(b, variable.key) for b in branch.branches))


def _one_value(variable: Variable, values: "list[ConstantValue]") -> str:
    """Return the value of a scalar, or what many numbers lie between."""
    if not values:
        return ""
    numbers = [v.value for v in values]
    if len(numbers) == 1:
        return f"{plain_number(numbers[0])} {shown_unit(variable.unit)}".strip()
    low, high = plain_number(min(numbers)), plain_number(max(numbers))
    spread = low if low == high else f"{low} to {high}"
    return f"{len(numbers)} numbers: {spread} {shown_unit(variable.unit)}".strip()


def _value_sheets(
    variable: Variable, values: "list[ConstantValue]", registers: Registers
) -> list[Sheet]:
    """Return the values as tables: a row an element, a column a second element."""
    depth = len(variable.subscripts)
    if depth not in (1, 2) or len(values) < 2:
        return []
    table = {v.elements: plain_number(v.value) for v in values}
    rows = list(dict.fromkeys(v.elements[0] for v in values))
    columns = list(dict.fromkeys(v.elements[1:] for v in values))
    sheets = []
    for start in range(0, len(columns), _COLUMNS_SHOWN):
        part = columns[start : start + _COLUMNS_SHOWN]
        heads = tuple(
            "".join(column) or shown_unit(variable.unit) or "value" for column in part
        )
        body = tuple(
            (_with_chinese(row, registers), *(table.get((row, *c), "") for c in part))
            for row in rows
        )
        title = "values" if len(columns) <= _COLUMNS_SHOWN else f"values, {heads[0]} …"
        sheets.append(Sheet(title, (variable.subscripts[0], *heads), body))
    return sheets


def _with_chinese(element: str, registers: Registers) -> str:
    row = registers.regions.get(element)
    return f"{element} {row.get('short_zh', '')}".strip() if row else element


def _source_sheets(variable: Variable, registers: Registers) -> list[Sheet]:
    """Return the sources of a variable with what the register says of each."""
    columns = ("source_id", "title", "publisher", "date", "kind")
    rows = [
        (source, *(registers.sources.get(source, {}).get(c, "") for c in columns[1:]))
        for source in variable.sources
    ]
    return [Sheet("sources", ("id", *columns[1:]), tuple(rows))] if rows else []


def _register_sheets(variable: Variable, registers: Registers) -> list[Sheet]:
    """Return the levers that move a variable and the indicators that show it."""
    key = variable.key
    rows = [
        ("lever", name, str(entry.get("title", {}).get("en", "")))
        for name, entry in registers.levers.items()
        if key in map(canonical, lever_constants(entry))
    ]
    rows += [
        ("indicator", name, str(entry.get("title", {}).get("en", "")))
        for name, entry in registers.indicators.items()
        if key in map(canonical, variables_in(entry))
    ]
    return [Sheet("named by", ("kind", "id", "title"), tuple(rows))] if rows else []


def lever_constants(entry: object) -> list[str]:
    """Return the constants that a lever's entry names."""
    if not isinstance(entry, dict):
        return []
    keys = ("constant", "start_constant", "ramp_constant", "constants")
    named = [entry[key] for key in keys if key in entry]
    return [n for one in named for n in ([one] if isinstance(one, str) else list(one))]


def _values(model: Model, variable: Variable) -> "list[ConstantValue]":
    """Return the numbers of a constant; none for other kinds."""
    if variable.kind != "constant":
        return []
    from cqsim.model.values import constant_values

    return constant_values(model, variable)
