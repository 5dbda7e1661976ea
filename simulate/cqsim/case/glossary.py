"""The glossary: the model's names in Chinese and English."""

from collections.abc import Mapping
from pathlib import Path

from cqsim.tables import Filled, read_table, refuse_repeats
from cqsim.tomlschema import Frozen


class Term(Frozen):
    """A name of the model with its Chinese and English words and its unit."""

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
    lines = read_table(path, Term)
    refuse_repeats(lines, "name", lambda term: term.key)
    return {line.record.key: line.record for line in lines}
