"""What an explanation is made of, whatever it explains."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table under a heading."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Twig:
    """A line of a tree with what hangs on it."""

    text: str
    twigs: tuple["Twig", ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known of a name: facts in order, tables and trees.

    `extra` is shown only in JSON: rows that are too many to print.
    """

    kind: str
    name: str
    title: str
    facts: tuple[tuple[str, str], ...]
    sheets: tuple[Sheet, ...] = ()
    trees: tuple[Twig, ...] = ()
    extra: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the explanation as plain values."""
        tables = {
            sheet.title: [
                dict(zip(sheet.columns, row, strict=True)) for row in sheet.rows
            ]
            for sheet in self.sheets
        }
        return {
            "kind": self.kind,
            "name": self.name,
            "title": self.title,
            **{label.replace(" ", "_"): text for label, text in self.facts},
            "tables": tables,
            "trees": {twig.text: _plain(twig)["twigs"] for twig in self.trees},
            **(self.extra or {}),
        }


def _plain(twig: Twig) -> dict[str, Any]:
    return {"text": twig.text, "twigs": [_plain(below) for below in twig.twigs]}


def said(*facts: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the facts that say something."""
    return tuple((label, text) for label, text in facts if text)


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
    return f"{ends[0]} to {ends[1]} {shown_unit(unit)}".strip()


def shown_unit(unit: str) -> str:
    """Return a unit as it stands after a number: none where it is 1."""
    return "" if unit == "1" else unit
