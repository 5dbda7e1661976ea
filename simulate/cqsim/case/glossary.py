"""The glossary: the model's names in Chinese and English."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from cqsim.resources import LANGUAGES, languages_of
from cqsim.tables import (
    CsvLine,
    Filled,
    TableLine,
    TableRecord,
    gather,
    read_lines,
    record_of,
    refuse_repeats,
)


class Term(TableRecord):
    """A name of the model with its Chinese and English words and its unit.

    Where the case speaks one language, its word stands for both.
    """

    name: Filled
    zh: Filled
    en: Filled
    unit: Filled

    @property
    def key(self) -> str:
        """The name in lower case with single blanks."""
        return " ".join(self.name.replace("_", " ").split()).casefold()


def read_glossary(path: Path) -> Mapping[str, Term]:
    """Return the terms by name in lower case with blanks, in the file's order.

    Raises
    ------
    InputFileError, FaultsError
        The file cannot be read or has other columns; rows that are short, that name a
        thing twice or leave a word empty.
    """
    languages = languages_of(path)

    def term(line: CsvLine) -> TableLine[Term]:
        words = dict.fromkeys(LANGUAGES, line.cells[languages[0]])
        cells = {**words, **line.cells}
        record = record_of(replace(line, cells=cells), Term)
        return TableLine(line.file, line.number, cells, record)

    lines = gather(term, read_lines(path, ["name", *languages, "unit"], []))
    refuse_repeats(lines, "name", lambda term: term.key)
    return {line.record.key: line.record for line in lines}
