"""The content of a report: blocks of claims and tables as data, in order."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cqsim.report.phrases import LANGUAGES, Catalogue, with_marks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Record = dict[str, Any]
Draw = Callable[[str], "Figure"]
"""A function that draws a figure in a language."""


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """A part of a report: its kind, the id of its words, and what is filled in.

    Attributes
    ----------
    content
        Of a paragraph or points the claims, of a table the rows, of a listing the
        groups; a row of one cell is a heading across all columns.
    options
        What else the template reads.
    draw
        Of a figure: what draws it in a language.
    """

    kind: str
    id: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    content: Sequence[Any] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    draw: Draw | None = None


APPENDICES = ReportBlock("appendices")
"""Counts the sections that follow with letters."""

PAGE_BREAK = ReportBlock("page_break")
"""Lets what follows begin on a new page."""


def heading(words: Any, level: int = 1) -> ReportBlock:
    """Return the heading of a section; level 3 is a plain one below level 1."""
    return ReportBlock("heading", content=(words,), options={"level": level})


def paragraph(*sentences: Any, lead: bool = False) -> ReportBlock:
    """Return sentences in one paragraph; what is None is not said."""
    said = [sentence for sentence in sentences if sentence is not None]
    return ReportBlock("lead" if lead else "paragraph", content=said)


def points(items: Iterable[Any], *, numbered: bool = False) -> ReportBlock:
    """Return sentences one under the other; what is None is not said."""
    said = [item for item in items if item is not None]
    return ReportBlock("points", content=said, options={"numbered": numbered})


def table(
    id_: str, rows: Sequence[Sequence[Any]], /, *, note: Any = None, **values: Any
) -> ReportBlock:
    """Return a table; `note` stands in place of the catalogue's own."""
    return ReportBlock("table", id_, values, rows, {"note": note})


def figure(id_: str, draw: Draw, /, *, name: str = "", **values: Any) -> ReportBlock:
    """Return a figure; `name` is that of its file where one id has several."""
    return ReportBlock("figure", id_, values, options={"name": name or id_}, draw=draw)


def equation(source: str, alternative: Any) -> ReportBlock:
    """Return a formula in Typst's notation, written by us or by the case's author."""
    return ReportBlock("equation", content=(alternative,), options={"source": source})


def listing(
    groups: Sequence[tuple[Any, Sequence[tuple[Any, Any, str]]]],
) -> ReportBlock:
    """Return equations by group: of each its name, its meaning and its text."""
    return ReportBlock("listing", content=groups)


def records(blocks: Iterable[ReportBlock], catalogue: Catalogue) -> Iterator[Record]:
    """Yield blocks as the template reads them; those that say nothing are left out."""
    for block in blocks:
        record = _record(block, catalogue)
        if record is not None:
            yield {"kind": block.kind, **record}


def words_of(words: Any, catalogue: Catalogue) -> Record:
    """Return words as the template reads them, by language.

    A plain string stands as it is: it is a name, a number or a file's own text.
    """
    if isinstance(words, str):
        return dict.fromkeys(LANGUAGES, words)
    return {
        language: with_marks(catalogue.text(words, language), language)
        for language in LANGUAGES
    }


def _record(block: ReportBlock, catalogue: Catalogue) -> Record | None:
    """Return the data of a block besides its kind; None where it is empty."""
    if block.kind == "table":
        return _table(block, catalogue)
    if block.kind == "figure":
        own = catalogue.figure[block.id]
        texts = {"caption": own.caption, "alt": own.alt}
        filled = {key: _filled(text, block, catalogue) for key, text in texts.items()}
        return {"width": own.width, **block.options, **filled}
    if block.kind == "listing":
        return {"groups": [_group(group, catalogue) for group in block.content]}
    if block.kind in ("appendices", "page_break"):
        return {}
    if not block.content:
        return None
    if block.kind == "points":
        items = [words_of(item, catalogue) for item in block.content]
        return {**block.options, "items": items}
    key = "alt" if block.kind == "equation" else "text"
    return {**block.options, key: words_of(block.content, catalogue)}


def _filled(template: Any, block: ReportBlock, catalogue: Catalogue) -> Record:
    """Return words of the catalogue with the values of a block filled in."""
    texts = {
        language: catalogue.fill(template, block.values, language, block.id)
        for language in LANGUAGES
    }
    return {language: with_marks(text, language) for language, text in texts.items()}


def _group(group: tuple[Any, Sequence[Any]], catalogue: Catalogue) -> Record:
    title, entries = group
    return {
        "title": words_of(title, catalogue),
        "entries": [
            {
                "name": words_of(name, catalogue),
                "note": words_of(note, catalogue),
                "text": text,
            }
            for name, note, text in entries
        ],
    }


def _table(block: ReportBlock, catalogue: Catalogue) -> Record | None:
    """Return a table's record; None where it has headings only."""
    if not any(len(row) > 1 for row in block.content):
        return None
    own = catalogue.table[block.id]
    columns: list[Record] = []
    for column in own.columns:
        heads = [_filled(column, block, catalogue)]
        if column.each:
            items = block.values[column.each]
            heads = [words_of(item, catalogue) for item in items]
        look = {"width": column.width, "align": column.align}
        columns += [{"head": head, **look} for head in heads]
    note = block.options["note"]
    if note is not None:
        note = words_of(note, catalogue)
    elif own.note is not None:
        note = _filled(own.note, block, catalogue)
    return {
        "caption": _filled(own.caption, block, catalogue),
        "columns": columns * 2 if own.twice else columns,
        "rows": [[words_of(c, catalogue) for c in row] for row in block.content],
        "note": note,
        "size": own.size,
        "halves": own.halves,
    }
