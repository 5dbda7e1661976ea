"""What stands in a report: blocks in order, each with its words in both languages."""

from dataclasses import dataclass, field
from typing import Any

from cqsim.report.numbers import Numbers
from cqsim.report.punctuation import chinese_marks, english_marks
from cqsim.report.words import Both

Record = dict[str, Any]
Cell = Both | str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, its width in Typst's words, its alignment."""

    head: Both
    width: str = "auto"
    align: str = "left"


def words(text: Cell) -> Record:
    """Return a text as the template reads it; a plain string serves both languages."""
    if isinstance(text, str):
        return {"zh": text, "en": text}
    return {"zh": chinese_marks(text.zh), "en": english_marks(text.en)}


@dataclass(slots=True)
class Content:
    """A report being composed: its numbers, its blocks, the figures it shows."""

    numbers: Numbers = field(default_factory=Numbers)
    blocks: list[Record] = field(default_factory=list)

    def heading(self, text: Both, level: int = 1) -> None:
        """Begin a section; level 3 is a plain heading below level 1."""
        self.blocks.append({"kind": "heading", "level": level, "text": words(text)})

    def appendices(self) -> None:
        """Count the sections that follow with letters."""
        self.blocks.append({"kind": "appendices"})

    def page_break(self) -> None:
        """Let what follows begin on a new page."""
        self.blocks.append({"kind": "page_break"})

    def paragraph(self, *sentences: Both, lead: bool = False) -> None:
        """Say sentences in one paragraph."""
        said = [s for s in sentences if s.zh]
        if said:
            text = Both("".join(s.zh for s in said), " ".join(s.en for s in said))
            kind = "lead" if lead else "paragraph"
            self.blocks.append({"kind": kind, "text": words(text)})

    def points(self, items: list[Both], *, numbered: bool = False) -> None:
        """Say sentences one under the other."""
        if items:
            self.blocks.append(
                {
                    "kind": "points",
                    "numbered": numbered,
                    "items": [words(item) for item in items],
                }
            )

    def table(
        self,
        caption: Both,
        columns: list[Column],
        rows: list[list[Cell]],
        *,
        note: Both | None = None,
        size: float = 8.0,
        halves: bool = False,
    ) -> None:
        """Show a table; a row of one cell is a heading across all columns.

        With `halves` it runs in two columns down the page.
        """
        if not any(len(row) > 1 for row in rows):
            return
        self.blocks.append(
            {
                "kind": "table",
                "caption": words(caption),
                "columns": [
                    {"head": words(c.head), "width": c.width, "align": c.align}
                    for c in columns
                ],
                "rows": [[words(cell) for cell in row] for row in rows],
                "note": words(note) if note else None,
                "size": size,
                "halves": halves,
            }
        )

    def figure(
        self, name: str, caption: Both, alternative: Both, width: str = "100%"
    ) -> None:
        """Show a figure by the name of its file."""
        self.blocks.append(
            {
                "kind": "figure",
                "name": name,
                "caption": words(caption),
                "alt": words(alternative),
                "width": width,
            }
        )

    def equation(self, source: str, alternative: Both) -> None:
        """Show a formula, written in Typst's notation by us, never by a user."""
        self.blocks.append(
            {"kind": "equation", "source": source, "alt": words(alternative)}
        )

    def listing(self, groups: list[tuple[Both, list[tuple[Cell, Cell, str]]]]) -> None:
        """Show equations as the model has them by group: name, meaning, text."""
        self.blocks.append(
            {
                "kind": "listing",
                "groups": [
                    {
                        "title": words(title),
                        "entries": [
                            {"name": words(name), "note": words(note), "text": text}
                            for name, note, text in entries
                        ],
                    }
                    for title, entries in groups
                ],
            }
        )
