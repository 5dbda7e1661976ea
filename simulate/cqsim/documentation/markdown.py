"""Markdown of the model's documentation: tables, anchors, links between pages."""

import re
from collections.abc import Iterable, Sequence

from cqsim.model.model import Model, Variable

MARK = "<!-- Written by `cqsim docs` from the model. Edit the model, not this page. -->"


def page(title: str, *parts: str) -> str:
    """Return a page with its heading and the mark of generated pages."""
    body = "\n\n".join(part.strip("\n") for part in parts if part)
    return f"{MARK}\n\n# {title}\n\n{body}\n"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; an empty text where there is no row."""
    body = [f"| {' | '.join(map(_cell, row))} |" for row in rows]
    if not body:
        return ""
    head = f"| {' | '.join(columns)} |\n|{' --- |' * len(columns)}"
    return "\n".join([head, *body])


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def sector_file(group: str) -> str:
    """Return the name, without ending, of a sector's page and picture."""
    return f"sector-{slug(group or 'model')}"


def slug(heading: str) -> str:
    """Return the anchor that a heading gets on the web."""
    return re.sub(r"[^\w\- ]", "", heading.casefold()).replace(" ", "-")


def heading_of(variable: Variable) -> str:
    """Return the heading of a variable: its name without subscripts."""
    return variable.name.strip('"')


def link(model: Model, key: str) -> str:
    """Return a link to where a variable is described."""
    variable = model.variables.get(key)
    if variable is None:
        return key.capitalize()
    name = heading_of(variable)
    return f"[{name}]({sector_file(variable.group)}.md#{slug(name)})"


def links(model: Model, keys: Iterable[str]) -> str:
    """Return links with commas between them."""
    return ", ".join(link(model, key) for key in keys)


def source_links(sources: Iterable[str]) -> str:
    """Return links into the page of sources."""
    return ", ".join(f"[{source}](sources.md#{slug(source)})" for source in sources)


def code(text: str) -> str:
    """Return a block of code."""
    return f"```text\n{text}\n```"
