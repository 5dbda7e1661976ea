"""The glossary: the model's names in Chinese and English."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cqsim.errors import FaultsError, InputFileError

COLUMNS = ("name", "zh", "en", "unit")


@dataclass(frozen=True, slots=True)
class Term:
    """A name of the model with its Chinese and English words and its unit."""

    name: str
    zh: str
    en: str
    unit: str


def read_glossary(path: Path) -> Mapping[str, Term]:
    """Return the terms by name in lower case with blanks, in the file's order.

    Raises
    ------
    InputFileError
        The file cannot be read, is not UTF-8, or lacks a column.
    FaultsError
        Rows that are short, that name a thing twice or leave a word empty.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.reader(lines))
    except OSError as error:
        what = f"the glossary cannot be read: {error.strerror}"
        raise InputFileError(path, 0, what, "Write the file.") from None
    except UnicodeDecodeError:
        remedy = f"Convert it: iconv -f GB18030 -t UTF-8 {path.name}"
        raise InputFileError(path, 0, "the text is not UTF-8", remedy) from None
    if not rows or tuple(rows[0]) != COLUMNS:
        remedy = f"Write {','.join(COLUMNS)}."
        raise InputFileError(path, 1, "the first line is not the columns", remedy)
    terms: dict[str, Term] = {}
    faults = []
    for line, row in enumerate(rows[1:], start=2):
        fault = _fault(row, terms)
        if fault:
            faults.append(f"{path}:{line}: {fault}")
        else:
            term = Term(*row)
            terms[_key(term.name)] = term
    if faults:
        raise FaultsError(faults)
    return terms


def _key(name: str) -> str:
    return " ".join(name.replace("_", " ").split()).casefold()


def _fault(row: list[str], terms: Mapping[str, Term]) -> str:
    """Return what is wrong with a row, or an empty text."""
    if len(row) != len(COLUMNS):
        return f"{len(row)} cells instead of {len(COLUMNS)}. Quote a cell with a comma."
    empty = [c for c, cell in zip(COLUMNS, row, strict=True) if not cell.strip()]
    if empty:
        return f"'{row[0]}' has no {empty[0]}. Fill the cell."
    if _key(row[0]) in terms:
        return f"'{row[0]}' is there twice. Delete one row."
    return ""
