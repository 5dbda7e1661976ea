"""The pages of tables: constants by class, sources, boundary."""

import re
import tomllib
from collections.abc import Iterable
from typing import Any

from cqsim.compile.order import reached
from cqsim.documentation.book import Book
from cqsim.documentation.describe import plain_range
from cqsim.documentation.markdown import link, links, page, source_links, table
from cqsim.documentation.sector_page import spread
from cqsim.errors import FaultsError, InputFileError, did_you_mean
from cqsim.model.model import EVIDENCE_CLASSES, Variable

_MEANINGS = {
    "plan": "The number stands in a clause of the plan.",
    "statistic": "The number stands in a published table.",
    "literature": "The number stands in a paper or report.",
    "derived": "The number is computed from others, in a stated way.",
    "calibrated": "The number is fitted to observations, by a stated fit.",
    "assumption": "The number is a judgement, with its reason and range.",
    "": "The number has no class yet.",
}


def constants_page(book: Book) -> str:
    """Return the table of constants, one section a class."""
    found = book.model.of_kind("constant", "lookup")
    others = {v.evidence for v in found} - set(EVIDENCE_CLASSES)
    parts = []
    for evidence in (*EVIDENCE_CLASSES, *sorted(others)):
        members = [v for v in found if v.evidence == evidence]
        if members:
            parts += [
                f"## {evidence.capitalize() or 'No class'} ({len(members)})",
                _MEANINGS.get(evidence, "This is not a known class."),
                _constants(book, members),
            ]
    return page("Constants", *parts)


def _constants(book: Book, members: Iterable[Variable]) -> str:
    columns = ("constant", "中文", "value", "range and unit", "source", "meaning")
    return table(
        columns,
        (
            (
                link(book.model, v.key),
                book.chinese(v.key),
                spread(book, v),
                plain_range(v.low, v.high, v.unit) or v.unit,
                source_links(v.sources),
                v.documentation,
            )
            for v in members
        ),
    )


def sources_page(book: Book) -> str:
    """Return the sources that the model cites, each with what rests on it."""
    cited: dict[str, list[str]] = {}
    for key, variable in book.model.variables.items():
        for source in variable.sources:
            cited.setdefault(source, []).append(key)
    columns = ("title", "publisher", "date", "kind", "address")
    parts = []
    for source in sorted(cited):
        row = book.registers.sources.get(source, {})
        facts = [(column, row[column]) for column in columns if row.get(column)]
        facts += [("constants", links(book.model, cited[source]))]
        parts += [f"## {source}", table(("", ""), facts)]
    return page(
        "Sources of the constants",
        "Observations cite more sources; `model/sources.csv` has all of them.",
        *parts,
    )


def boundary_page(book: Book) -> str:
    """Return the boundary of the model: what it explains, is given, and leaves out."""
    inner, timed, fixed = _by_origin(book)
    return page(
        "Boundary",
        "What the model explains, what it is given, and what it leaves out.",
        "## Endogenous",
        "These depend on a stock, and so on the past of the simulation.",
        _by_sector(book, inner),
        "## Exogenous: given over time",
        "These follow time or a policy's schedule; no stock acts on them.",
        _by_sector(book, timed),
        "## Exogenous: given once",
        "These follow from constants alone. The constants have [their own table]"
        "(constants.md).",
        _by_sector(book, fixed),
        "## Excluded",
        _excluded(book),
    )


def _by_origin(book: Book) -> tuple[list[str], list[str], list[str]]:
    """Return what depends on stocks, what else depends on time, and the rest."""
    variables = book.model.variables
    moved_by = book.graph.moved_by
    inner = reached(book.graph.states, moved_by)
    timed = reached({"time"}, moved_by) - inner
    shown = [
        key
        for key, v in variables.items()
        if v.kind not in ("constant", "lookup", "time")
    ]
    data = {key for key, v in variables.items() if v.kind == "data"}
    return (
        [k for k in shown if k in inner],
        [k for k in shown if k in timed | data and k not in inner],
        [k for k in shown if k not in inner | timed | data],
    )


def _by_sector(book: Book, keys: list[str]) -> str:
    """Return the names in a table, one row a sector."""
    rows = []
    for group, members in book.groups.items():
        own = {v.key for v in members}
        inside = [key for key in keys if key in own]
        if inside:
            rows.append((group, str(len(inside)), links(book.model, inside)))
    return table(("sector", "number", "variables"), rows) or "None."


def _excluded(book: Book) -> str:
    """Return what `boundary.toml` says is left out, and why."""
    entries = read_excluded(book)
    columns = ("left out", "中文", "reason", "clauses of the plan")
    rows = [
        (
            entry["title"]["en"],
            entry["title"]["zh"],
            entry["reason"],
            ", ".join(entry.get("clauses", [])),
        )
        for entry in entries
    ]
    return table(columns, rows) or "Nothing is stated."


def read_excluded(book: Book) -> list[dict[str, Any]]:
    """Return the entries of `boundary.toml` beside the model; none without the file.

    Raises
    ------
    InputFileError, FaultsError
        The file is not TOML, or an entry lacks its title or reason.
    """
    path = book.model.path.parent / "boundary.toml"
    if not path.is_file():
        return []
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        found = re.search(r"line (\d+)", str(error))
        remedy = "Correct the file; it is TOML in UTF-8."
        line = int(found[1]) if found else 0
        raise InputFileError(path, line, str(error), remedy) from None
    faults = [
        f"{path}: there is no key '{key}' here. {did_you_mean(key, ['excluded'])}"
        for key in tables
        if key != "excluded"
    ]
    entries = tables.get("excluded", [])
    faults += [
        f"{path}: excluded entry {number}: {key} is missing. Write it."
        for number, entry in enumerate(entries, start=1)
        for key in ("id", "title", "reason")
        if not entry.get(key)
    ]
    if faults:
        raise FaultsError(faults)
    return list(entries)
