"""Describe whatever has a name: facts, tables and trees, for a reader or as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cqsim.documentation.registers import (
    ENTRY_KINDS,
    Entry,
    Registers,
    Row,
    find_named,
    lever_constants,
    sources_in,
    variables_in,
)
from cqsim.language.syntax import canonical
from cqsim.model.graph import Branch, dependency_graph, tree_of
from cqsim.model.model import Model, Variable, flows_of
from cqsim.model.polarity import Polarity
from cqsim.model.values import ConstantValue, constant_values

ADJACENCY = "observed/raw/geo/adjacency.csv"
MOST_COLUMNS = 6
"""Elements of a second subscript that stand side by side in a table of values."""
MOST_CELLS = 7
"""A row of a vector with more cells is shown by its lowest and highest number."""
SOURCE_COLUMNS = ("title", "publisher", "date", "kind")
MARKS = {"+": " (+)", "-": " (-)", "?": "", "0": " (start)"}


@dataclass(frozen=True, slots=True)
class FactTable:
    """A table under a heading."""

    title: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class LinkTree:
    """A node of a tree of causes or uses: a name and its branches."""

    text: str
    below: tuple["LinkTree", ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the tree as plain values."""
        return {"text": self.text, "twigs": [each.as_json() for each in self.below]}


@dataclass(frozen=True, slots=True)
class Description:
    """The description of a name: facts in order, tables and trees; none is empty.

    `extra` is shown only in JSON: rows that are too many to print.
    """

    kind: str
    name: str
    title: str
    facts: Sequence[tuple[str, str]]
    tables: Sequence[FactTable] = ()
    trees: Sequence[LinkTree] = ()
    extra: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the description as plain values."""
        return {
            "kind": self.kind,
            "name": self.name,
            "title": self.title,
            **{label.replace(" ", "_"): text for label, text in self.facts},
            "tables": {
                each.title: [dict(zip(each.columns, r, strict=True)) for r in each.rows]
                for each in self.tables
            },
            "trees": {tree.text: tree.as_json()["twigs"] for tree in self.trees},
            **(self.extra or {}),
        }


def plain_number(value: float) -> str:
    """Return a number as a reader wants it: no exponent up to a billion."""
    if abs(value) >= 1e5:
        return f"{value:,.0f}" if abs(value) < 1e12 else f"{value:.4g}"
    return f"{value:.6g}"


def plain_range(low: float | None, high: float | None, unit: str) -> str:
    """Return a range with its unit, or an empty text where none is declared."""
    if low is None and high is None:
        return ""
    ends = ["?" if end is None else plain_number(end) for end in (low, high)]
    return f"{ends[0]} to {ends[1]} {_shown_unit(unit)}".strip()


def plain_spread(values: Sequence[ConstantValue]) -> str:
    """Return what numbers lie between, one number where they are equal."""
    if not values:
        return ""
    numbers = [each.value for each in values]
    low, high = plain_number(min(numbers)), plain_number(max(numbers))
    return low if low == high else f"{low} to {high}"


def describe(name: str, model: Model, registers: Registers) -> Description:
    """Return what is known of a name.

    Raises
    ------
    UnknownNameError, AmbiguousNameError
        Nothing or more than one thing has the name.
    InputFileError
        A file that the description needs cannot be read.
    """
    found = find_named(name, model, registers)
    match found.kind:
        case "lever":
            return _lever(found.id, model, registers)
        case "target":
            return _target(found.id, registers)
        case "indicator":
            return _indicator(found.id, registers)
        case "region":
            return _region(found.id, registers)
        case "source":
            return _source(found.id, model, registers)
        case _:
            return _variable(model.variables[canonical(found.id)], model, registers)


def _nonempty(**facts: str) -> list[tuple[str, str]]:
    """Return the facts that are not empty, with blanks in their labels."""
    labels = {name: name.replace("_", " ").strip() for name in facts}
    return [(labels[name], text) for name, text in facts.items() if text]


def _filled(*tables: FactTable) -> list[FactTable]:
    """Return the tables that have rows."""
    return [table for table in tables if table.rows]


def _shown_unit(unit: str) -> str:
    """Return a unit as it stands after a number: none where it is 1."""
    return "" if unit == "1" else unit


# A variable.


def _variable(variable: Variable, model: Model, registers: Registers) -> Description:
    term = registers.glossary.get(variable.key)
    values = constant_values(model, variable) if variable.kind == "constant" else []
    flows = flows_of(variable, model.variables) if variable.kind == "stock" else {}
    facts = _nonempty(
        chinese=term.zh if term else "",
        kind=variable.kind,
        sector=variable.group,
        equation="\n".join(e.text for e in variable.equations),
        unit=variable.unit,
        range=plain_range(variable.low, variable.high, variable.unit),
        meaning=variable.documentation,
        class_=variable.evidence,
        written_at=f"{model.path.name}, line {variable.line}",
        flows=", ".join(f"{s}{_written(model, k)}" for k, s in flows.items()),
        value=_value(variable, values),
    )
    named_by = [
        (kind, name, str(entry.get("title", {}).get("en", "")))
        for kind, names in (("lever", lever_constants), ("indicator", variables_in))
        for name, entry in registers.entries[kind].items()
        if variable.key in map(canonical, names(entry))
    ]
    tables = _filled(
        *_value_tables(variable, values, registers),
        _source_table(variable.sources, registers),
        FactTable("named by", ("kind", "id", "title"), named_by),
    )
    plain = [{"elements": list(v.elements), "value": v.value} for v in values]
    return Description(
        kind=variable.kind,
        name=variable.title,
        title=term.en if term else "",
        facts=facts,
        tables=tables,
        trees=_trees(variable, model),
        extra={"values": plain} if values else None,
    )


def _written(model: Model, key: str) -> str:
    """Return a variable's name as the model writes it."""
    variable = model.variables.get(key)
    return variable.name.strip('"') if variable else key.capitalize()


def _trees(variable: Variable, model: Model) -> list[LinkTree]:
    """Return the trees of what causes a variable, and of what it causes."""
    graph, polarity = dependency_graph(model), Polarity(model)

    def tree(branch: Branch, above: str, is_cause: bool) -> LinkTree:
        cause, effect = (branch.key, above) if is_cause else (above, branch.key)
        mark = MARKS[polarity.link(cause, effect)] if effect in model.variables else ""
        below = tuple(tree(each, branch.key, is_cause) for each in branch.branches)
        return LinkTree(f"{_written(model, branch.key)}{mark}", below)

    causes = tree_of(graph, variable.key, "causes").branches
    uses = tree_of(graph, variable.key, "uses").branches
    return [
        LinkTree("causes", tuple(tree(each, variable.key, True) for each in causes)),
        LinkTree("uses", tuple(tree(each, variable.key, False) for each in uses)),
    ]


def _value(variable: Variable, values: Sequence[ConstantValue]) -> str:
    """Return the value of a scalar, or what many numbers lie between."""
    many = f"{len(values)} numbers: " if len(values) > 1 else ""
    shown = f"{many}{plain_spread(values)} {_shown_unit(variable.unit)}"
    return shown.strip() if values else ""


def _value_tables(
    variable: Variable, values: Sequence[ConstantValue], registers: Registers
) -> Iterator[FactTable]:
    """Yield the values: a row an element, a column an element of a second subscript."""
    if len(variable.subscripts) not in (1, 2) or len(values) < 2:
        return
    cells = {v.elements: plain_number(v.value) for v in values}
    rows = dict.fromkeys(v.elements[0] for v in values)
    columns = list(dict.fromkeys(v.elements[1:] for v in values))
    for start in range(0, len(columns), MOST_COLUMNS):
        part = columns[start : start + MOST_COLUMNS]
        unit = _shown_unit(variable.unit) or "value"
        heads = ["".join(column) or unit for column in part]
        body = []
        for row in rows:
            known = registers.regions.get(row, {})
            name = f"{row} {known.get('short_zh', '')}".strip()
            body.append((name, *(cells.get((row, *c), "") for c in part)))
        title = "values" if len(columns) <= MOST_COLUMNS else f"values, {heads[0]} …"
        yield FactTable(title, (variable.subscripts[0], *heads), body)


def _source_table(sources: Sequence[str], registers: Registers) -> FactTable:
    """Return sources with what the register says of each."""
    rows = [
        (each, *(registers.sources.get(each, {}).get(c, "") for c in SOURCE_COLUMNS))
        for each in sources
    ]
    return FactTable("sources", ("id", *SOURCE_COLUMNS), rows)


# An entry of a register.


def _lever(name: str, model: Model, registers: Registers) -> Description:
    entry = registers.entries["lever"][name]
    unit, today = str(entry.get("unit", "")), entry.get("today")
    named = lever_constants(entry)
    facts = _nonempty(
        chinese=_title(entry, "zh"),
        summary=_text(entry.get("summary")),
        moves=", ".join(named),
        scope=_text(entry.get("scope")),
        today=_amount(today, unit),
        floor=_amount(entry.get("floor"), unit),
        ceiling=_amount(entry.get("ceiling"), unit),
        why_this_ceiling=_text(entry.get("ceiling_reason")),
        earliest_start=_text(entry.get("earliest_start")),
        ramp=_amount(entry.get("ramp"), "years"),
        effort=_effort(entry.get("effort")),
        clauses=_text(entry.get("clauses")),
        indicators_moved=_text(entry.get("moves")),
    )
    by_place = today.items() if isinstance(today, dict) else ()
    constants = [found for n in named if (found := model.variable(n)) is not None]
    columns = ("id", "location", "quote")
    clauses = {row["id"]: row for row in registers.rows("plan_clauses.csv", *columns)}
    cited = [clauses[c] for c in entry.get("clauses", ()) if c in clauses]
    simplified = registers.simplified
    tables = _filled(
        FactTable(
            "constants",
            ("name", "unit", "meaning"),
            [(v.title, v.unit, v.documentation) for v in constants],
        ),
        FactTable(
            "today",
            ("where", "value"),
            [(str(place), _amount(value, unit)) for place, value in by_place],
        ),
        FactTable(
            "clauses of the plan",
            columns,
            [tuple(simplified(r[c]) for c in columns) for r in cited],
        ),
        _source_table(sorted(sources_in(entry)), registers),
    )
    return Description("lever", name, _title(entry, "en"), facts, tables)


def _target(name: str, registers: Registers) -> Description:
    entry = registers.entries["target"][name]
    unit = str(entry.get("unit", ""))
    indicator = registers.entries["indicator"].get(str(entry.get("indicator", "")), {})
    own = _text(entry.get("own_scope"))
    facts = _nonempty(
        chinese=_title(entry, "zh"),
        class_=_text(entry.get("class")),
        clause=_joined(entry.get("clause"), entry.get("location")),
        quote=registers.simplified(_text(entry.get("quote"))),
        wording=_text(entry.get("wording")),
        year=_text(entry.get("year")),
        required=f"{entry.get('operator', '')} {_amount(entry.get('value'), unit)}",
        scope=_text(entry.get("scope")),
        scope_of_the_document=own if own != entry.get("scope") else "",
        indicator=_joined(entry.get("indicator"), _title(indicator, "en")),
        model_variables=", ".join(_deep_variables(entry, registers)),
        starts_from=_base(entry.get("base"), unit),
        reasoning=_text(entry.get("reasoning")),
    )
    readings = [
        (
            str(each.get("id", "")),
            _amount(each.get("threshold"), unit),
            _title(each, "zh", "text"),
            _title(each, "en", "text"),
        )
        for each in entry.get("readings", ())
    ]
    others = [
        (
            str(each.get("id", "")),
            *(_title(each, word, "text") for word in ("zh", "en")),
        )
        for each in entry.get("alternatives", ())
    ]
    languages = ("chinese", "english")
    tables = _filled(
        FactTable("readings", ("reading", "threshold", *languages), readings),
        FactTable("alternatives", ("alternative", *languages), others),
        _source_table(sorted(sources_in(entry)), registers),
    )
    return Description("target", name, _title(entry, "en"), facts, tables)


def _indicator(name: str, registers: Registers) -> Description:
    entry = registers.entries["indicator"][name]
    targets = registers.entries["target"].items()
    facts = _nonempty(
        chinese=_title(entry, "zh"),
        computed_as=_text(entry.get("kind")),
        of=_text(entry.get("of")),
        unit=_text(entry.get("unit")),
        model_variables=", ".join(variables_in(entry)),
        targets=", ".join(k for k, t in targets if t.get("indicator") == name),
        note=_text(entry.get("note")),
    )
    tables = _filled(_source_table(sorted(sources_in(entry)), registers))
    return Description("indicator", name, _title(entry, "en"), facts, tables)


def _title(entry: Entry, language: str, key: str = "title") -> str:
    """Return a text of an entry in one language."""
    value = entry.get(key, "")
    return str(value.get(language, "")) if isinstance(value, dict) else str(value)


def _text(value: Any) -> str:
    """Return a value of an entry as text; words of two languages under each other."""
    if isinstance(value, dict):
        return "\n".join(str(v) for v in value.values())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _joined(*parts: Any) -> str:
    return " · ".join(str(part) for part in parts if part)


def _amount(value: Any, unit: str) -> str:
    if isinstance(value, int | float):
        return f"{plain_number(value)} {_shown_unit(unit)}".strip()
    return "" if value is None or isinstance(value, dict) else str(value)


def _effort(effort: Any) -> str:
    if not isinstance(effort, dict):
        return _text(effort)
    each = _amount(effort.get("per_unit"), str(effort.get("unit", "")))
    return _joined(_text(effort.get("proxy")), f"{each} per unit" if each else "")


def _base(base: Any, unit: str) -> str:
    if not isinstance(base, dict):
        return ""
    start = f"{_amount(base.get('value'), unit)} in {base.get('year')}"
    return f"{start}\n{_text(base.get('text'))}"


def _deep_variables(target: Entry, registers: Registers) -> list[str]:
    """Return the variables under a target's indicator, however it is derived."""
    indicators = registers.entries["indicator"]
    found: dict[str, list[str]] = {}
    name = target.get("indicator")
    while isinstance(name, str) and name in indicators and name not in found:
        found[name] = variables_in(indicators[name])
        name = indicators[name].get("of")
    return [variable for variables in found.values() for variable in variables]


# A region or a source.


def _region(name: str, registers: Registers) -> Description:
    row = registers.regions[name]
    rows = [r for r in _observed(registers) if r.get("region") == name]
    facts = _nonempty(
        chinese=row.get("name_zh", ""),
        ring=row.get("ring", ""),
        area=f"{row['area_km2']} km2" if row.get("area_km2") else "",
        source_of_the_area=row.get("area_source", ""),
        place_on_the_map=f"row {row.get('row')}, column {row.get('column')}",
        neighbours=", ".join(_neighbours(name, registers)),
        observations=f"{len(rows)} rows; --json has all",
    )
    vectors = _vectors(name, registers)
    return Description(
        kind="region",
        name=name,
        title=row.get("name_en", ""),
        facts=facts,
        tables=_filled(_vector_table(vectors), _newest(rows)),
        extra={"observed": [dict(r) for r in rows], "vectors": vectors},
    )


def _neighbours(name: str, registers: Registers) -> list[str]:
    """Return the regions that share a border, the longest border first."""
    pairs = registers.rows(ADJACENCY, "region_a", "region_b", "shared_border_km")
    found = []
    for pair in pairs:
        ends = [pair["region_a"], pair["region_b"]]
        if name in ends:
            ends.remove(name)
            found.append((float(pair["shared_border_km"] or 0), ends[0]))
    return [f"{other} {km:g} km" for km, other in sorted(found, reverse=True)]


def _observed(registers: Registers) -> Iterator[Row]:
    """Yield the rows of the ledger, with the file that each stands in."""
    for path in sorted((registers.folder / "observed").glob("*.csv")):
        for row in registers.rows(f"observed/{path.name}"):
            yield {"file": path.name, **row}


def _newest(rows: list[Row]) -> FactTable:
    """Return the newest observation of each variable; ages are left to JSON."""
    newest: dict[str, Row] = {}
    for row in rows:
        known = newest.get(row.get("variable", ""), {})
        is_newer = row.get("year", "") >= known.get("year", "")
        if is_newer and "age" not in row and row["file"] != "rejected.csv":
            newest[row.get("variable", "")] = row
    columns = ("variable", "year", "value", "unit", "source", "grade")
    body = [
        (name.replace("_", " "), *(row.get(c, "") for c in columns[1:]))
        for name, row in newest.items()
    ]
    return FactTable("newest observations", columns, body)


def _vectors(name: str, registers: Registers) -> dict[str, dict[str, str]]:
    """Return what the model's vectors hold for a region: by file, then column."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted((registers.folder / "initial").glob("*.csv")):
        for row in registers.rows(f"initial/{path.name}"):
            label, *columns = row
            if row[label] == name:
                found[path.name] = {column: row[column] for column in columns}
    return found


def _vector_table(vectors: dict[str, dict[str, str]]) -> FactTable:
    """Return the vectors as rows; of a wide file only between what its numbers lie."""
    rows: list[tuple[str, ...]] = []
    for file, cells in vectors.items():
        if len(cells) <= MOST_CELLS:
            rows += [(file, column, _rounded(text)) for column, text in cells.items()]
        else:
            numbers = sorted(cells.values(), key=float)
            ends = f"{_rounded(numbers[0])} to {_rounded(numbers[-1])}"
            rows.append((file, f"{len(cells)} columns", ends))
    columns = ("file", "column", "value")
    return FactTable("vectors that the model reads", columns, rows)


def _rounded(text: str) -> str:
    try:
        return plain_number(float(text))
    except ValueError:
        return text


def _source(name: str, model: Model, registers: Registers) -> Description:
    row = registers.sources[name]
    constants = [
        (v.title, v.evidence, v.documentation)
        for v in model.variables.values()
        if name in v.sources
    ]
    entries = [
        (kind, key)
        for kind in ENTRY_KINDS
        for key, entry in registers.entries[kind].items()
        if name in sources_in(entry)
    ]
    columns = ("file", "rows", "years", "variables")
    tables = _filled(
        FactTable("constants", ("name", "class", "meaning"), constants),
        FactTable("registers", ("kind", "id"), entries),
        FactTable("ledger", columns, list(_ledger(name, registers))),
    )
    facts = _nonempty(**{c: row.get(c, "") for c in (*SOURCE_COLUMNS, "address")})
    return Description("source", name, row.get("title", ""), facts, tables)


def _ledger(name: str, registers: Registers) -> Iterator[tuple[str, ...]]:
    """Yield in which files of the ledger a source stands, and how often."""
    files: dict[str, list[Row]] = {}
    for row in _observed(registers):
        if name in row.get("source", "").split(";"):
            files.setdefault(row["file"], []).append(row)
    for file, rows in files.items():
        years = sorted({row.get("year", "") for row in rows} - {""})
        variables = sorted({row.get("variable", "") for row in rows} - {""})
        span = "-".join(dict.fromkeys((years[0], years[-1]))) if years else ""
        yield file, str(len(rows)), span, ", ".join(variables)
