"""Explain a region or a source: what the evidence holds of it."""

from collections.abc import Iterator

from cqsim.documentation.explanation import Explanation, Sheet, plain_number, said
from cqsim.documentation.registers import Registers, Row, sources_in
from cqsim.model.model import Model

_ADJACENCY = "observed/raw/geo/adjacency.csv"
# A vector with more columns is shown by its lowest and highest number.
_COLUMNS_SHOWN = 7


def explain_region(name: str, registers: Registers) -> Explanation:
    """Return what a region is, what it borders, and what was observed in it."""
    row = registers.regions[name]
    rows = [r for r in _observed(registers) if r.get("region") == name]
    facts = said(
        ("chinese", row.get("name_zh", "")),
        ("ring", row.get("ring", "")),
        ("area", f"{row['area_km2']} km2" if row.get("area_km2") else ""),
        ("source of the area", row.get("area_source", "")),
        ("place on the map", f"row {row.get('row')}, column {row.get('column')}"),
        ("neighbours", ", ".join(_neighbours(name, registers))),
        ("observations", f"{len(rows)} rows; --json has all"),
    )
    vectors = _vectors(name, registers)
    sheets = (_vector_sheet(vectors), _latest_sheet(rows))
    return Explanation(
        kind="region",
        name=name,
        title=row.get("name_en", ""),
        facts=facts,
        sheets=tuple(sheet for sheet in sheets if sheet.rows),
        extra={"observed": [dict(r) for r in rows], "vectors": vectors},
    )


def _neighbours(name: str, registers: Registers) -> list[str]:
    """Return the regions that share a border, the longest border first."""
    pairs = registers.rows(_ADJACENCY, "region_a", "region_b", "shared_border_km")
    found = [
        (float(p["shared_border_km"] or 0), b)
        for p in pairs
        for a, b in (
            (p["region_a"], p["region_b"]),
            (p["region_b"], p["region_a"]),
        )
        if a == name
    ]
    return [f"{other} {km:g} km" for km, other in sorted(found, reverse=True)]


def _observed(registers: Registers) -> Iterator[Row]:
    """Yield the rows of the ledger, with the file that each stands in."""
    for path in sorted((registers.folder / "observed").glob("*.csv")):
        for row in registers.rows(f"observed/{path.name}"):
            yield {"file": path.name, **row}


def _latest_sheet(rows: list[Row]) -> Sheet:
    """Return the newest observation of each variable; ages are left to JSON."""
    latest: dict[str, Row] = {}
    for row in rows:
        is_newer = row.get("year", "") >= latest.get(row.get("variable", ""), {}).get(
            "year", ""
        )
        if is_newer and "age" not in row and row["file"] != "rejected.csv":
            latest[row.get("variable", "")] = row
    columns = ("variable", "year", "value", "unit", "source", "grade")
    rest = columns[1:]
    body = tuple(
        (row.get("variable", "").replace("_", " "), *(row.get(c, "") for c in rest))
        for row in latest.values()
    )
    return Sheet("newest observations", columns, body)


def _vectors(name: str, registers: Registers) -> dict[str, dict[str, str]]:
    """Return what the model's vectors hold for a region: by file, then column."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted((registers.folder / "initial").glob("*.csv")):
        for row in registers.rows(f"initial/{path.name}"):
            label, *columns = row
            if row[label] == name:
                found[path.name] = {column: row[column] for column in columns}
    return found


def _vector_sheet(vectors: dict[str, dict[str, str]]) -> Sheet:
    """Return the vectors as rows; of a wide file only between what its numbers lie."""
    rows = []
    for file, cells in vectors.items():
        if len(cells) <= _COLUMNS_SHOWN:
            rows += [(file, column, _rounded(text)) for column, text in cells.items()]
        else:
            numbers = sorted(cells.values(), key=float)
            ends = f"{_rounded(numbers[0])} to {_rounded(numbers[-1])}"
            rows.append((file, f"{len(cells)} columns", ends))
    return Sheet(
        "vectors that the model reads", ("file", "column", "value"), tuple(rows)
    )


def _rounded(text: str) -> str:
    try:
        return plain_number(float(text))
    except ValueError:
        return text


def explain_source(name: str, model: Model, registers: Registers) -> Explanation:
    """Return what a source is and all that rests on it."""
    row = registers.sources[name]
    columns = ("title", "publisher", "date", "kind", "address")
    constants = tuple(
        (v.title, v.evidence, v.documentation)
        for v in model.variables.values()
        if name in v.sources
    )
    entries = tuple(
        (kind, key)
        for kind, table in (
            ("target", registers.targets),
            ("lever", registers.levers),
            ("indicator", registers.indicators),
        )
        for key, entry in table.items()
        if name in sources_in(entry)
    )
    sheets = (
        Sheet("constants", ("name", "class", "meaning"), constants),
        Sheet("registers", ("kind", "id"), entries),
        Sheet(
            "ledger", ("file", "rows", "years", "variables"), _ledger(name, registers)
        ),
    )
    facts = said(*((c, row.get(c, "")) for c in columns))
    used = tuple(sheet for sheet in sheets if sheet.rows)
    return Explanation("source", name, row.get("title", ""), facts, used)


def _ledger(name: str, registers: Registers) -> tuple[tuple[str, ...], ...]:
    """Return in which files of the ledger a source stands, and how often."""
    files: dict[str, list[Row]] = {}
    for row in _observed(registers):
        if name in row.get("source", "").split(";"):
            files.setdefault(row["file"], []).append(row)
    return tuple(
        (
            file,
            str(len(rows)),
            _span([r.get("year", "") for r in rows]),
            ", ".join(sorted({r.get("variable", "") for r in rows} - {""})),
        )
        for file, rows in files.items()
    )


def _span(years: list[str]) -> str:
    known = sorted(y for y in years if y)
    if not known:
        return ""
    return known[0] if known[0] == known[-1] else f"{known[0]}-{known[-1]}"
