"""The page of a sector: its picture, its variables, its constants."""

from cqsim.documentation.book import Book
from cqsim.documentation.describe import plain_number, plain_range
from cqsim.documentation.markdown import (
    code,
    heading_of,
    links,
    page,
    sector_file,
    source_links,
    table,
)
from cqsim.model.kinds import flows_of
from cqsim.model.model import Variable

_NUMBERS = ("constant", "lookup", "time")


def sector_page(book: Book, group: str) -> str:
    """Return the page of one sector."""
    members = book.groups[group]
    named = [g for g in book.model.groups if g.name == group]
    moving = [v for v in members if v.kind not in _NUMBERS]
    numbers = [v for v in members if v.kind in _NUMBERS]
    picture = sector_file(group)
    return page(
        group or "Model",
        named[0].documentation if named else "",
        f"![Stocks and flows of {group}]({picture}.svg)" if moving else "",
        "## Variables" if moving else "",
        *(_variable(book, v) for v in moving),
        "## Constants" if numbers else "",
        *(_variable(book, v) for v in numbers),
    )


def _variable(book: Book, variable: Variable) -> str:
    """Return what is said of one variable."""
    key, model = variable.key, book.model
    flows = flows_of(variable, model.variables) if variable.kind == "stock" else {}
    rows = [
        ("kind", _kind(variable)),
        ("unit", variable.unit),
        ("range", plain_range(variable.low, variable.high, variable.unit)),
        ("value", spread(book, variable)),
        ("source", source_links(variable.sources)),
        ("flows", ", ".join(f"{s} {links(model, [k])}" for k, s in flows.items())),
        ("causes", links(model, book.graph.causes[key])),
        ("uses", links(model, book.graph.uses[key])),
    ]
    chinese = book.chinese(key)
    return "\n\n".join(
        part
        for part in (
            f"### {heading_of(variable)}",
            f"**{chinese}**" if chinese else "",
            variable.documentation,
            code("\n".join(e.text for e in variable.equations)),
            table(("", ""), [row for row in rows if row[1]]),
        )
        if part
    )


def _kind(variable: Variable) -> str:
    over = f" by {', '.join(variable.subscripts)}" if variable.subscripts else ""
    evidence = f", {variable.evidence}" if variable.evidence else ""
    return f"{variable.kind}{over}{evidence}"


def spread(book: Book, variable: Variable) -> str:
    """Return the number of a constant, or what its numbers lie between."""
    numbers = [v.value for v in book.values(variable)]
    if not numbers:
        return ""
    low, high = plain_number(min(numbers)), plain_number(max(numbers))
    if len(numbers) == 1 or low == high:
        return low
    return f"{low} to {high}"
