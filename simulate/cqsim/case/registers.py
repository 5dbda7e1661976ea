"""Small registers: the glossary, the clauses of the plan, and decompositions."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import BeforeValidator, Field, model_validator

from cqsim.case.indicators import Term, as_term
from cqsim.resources import LANGUAGES, languages_of
from cqsim.tables import (
    CsvLine,
    Filled,
    InvalidCell,
    TableLine,
    TableRecord,
    gather,
    one_of,
    read_lines,
    read_table,
    record_of,
    refuse_repeats,
)
from cqsim.tomlfile import load, read_document
from cqsim.tomlschema import Frozen, Name, Number, Text


class GlossaryTerm(TableRecord):
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


def read_glossary(path: Path) -> Mapping[str, GlossaryTerm]:
    """Return the terms by name in lower case with blanks, in the file's order.

    Raises
    ------
    InputFileError, FaultsError
        The file cannot be read or has other columns; rows that are short, that name a
        thing twice or leave a word empty.
    """
    languages = languages_of(path)

    def term(line: CsvLine) -> TableLine[GlossaryTerm]:
        words = dict.fromkeys(LANGUAGES, line.cells[languages[0]])
        cells = {**words, **line.cells}
        record = record_of(replace(line, cells=cells), GlossaryTerm)
        return TableLine(line.file, line.number, cells, record)

    lines = gather(term, read_lines(path, ["name", *languages, "unit"], []))
    refuse_repeats(lines, "name", lambda term: term.key)
    return {line.record.key: line.record for line in lines}


class Spelling(TableRecord):
    """A character or word in traditional characters, and in simplified ones."""

    traditional: Filled
    simplified: Filled


@dataclass(frozen=True, slots=True)
class Simplifier:
    """Writes a quote from a copy in traditional characters in simplified ones."""

    spellings: Mapping[str, str]

    def __call__(self, text: str) -> str:
        """Return a text in simplified characters, the longest words first."""
        if not self.spellings:
            return text
        words = sorted(self.spellings, key=len, reverse=True)
        pattern = "|".join(map(re.escape, words))
        return re.sub(pattern, lambda found: self.spellings[found[0]], text)


def read_simplifier(path: Path) -> Simplifier:
    """Return how a case simplifies characters; not at all where there is no file.

    Raises
    ------
    InputFileError, FaultsError
        The file has other columns, an empty cell, or a spelling that stands twice.
    """
    if not path.is_file():
        return Simplifier({})
    lines = read_table(path, Spelling)
    refuse_repeats(lines, "spelling", lambda spelling: spelling.traditional)
    records = (line.record for line in lines)
    return Simplifier({each.traditional: each.simplified for each in records})


Status = Literal["modelled", "proxy", "out of scope"]


class Clause(TableRecord):
    """A clause: its words, and whether and how the model represents it.

    `indicator` names the indicators, separated by spaces; `reason` says how they stand
    for the clause, which part of the model does, or why none does.
    """

    id: Filled
    location: str
    quote: str
    status: Annotated[str, one_of(*get_args(Status))]
    indicator: str
    reason: Filled

    @model_validator(mode="after")
    def _proxy_has_an_indicator(self) -> Self:
        if self.status == "proxy" and not self.indicator:
            what = "a proxy needs an indicator"
            raise InvalidCell(what, "Name one, or choose another status.")
        return self


def read_clauses(path: Path) -> tuple[Clause, ...]:
    """Return the clauses in the file's order.

    Raises
    ------
    InputFileError, FaultsError
        The file cannot be read or has other columns; every row that is short, doubled,
        without reason or has an unknown status.
    """
    lines = read_table(path, Clause)
    refuse_repeats(lines, "clause", lambda clause: clause.id)
    return tuple(line.record for line in lines)


TermList = tuple[Annotated[Term, BeforeValidator(as_term)], ...]


class Factor(Frozen):
    """A factor of an identity: one variable, or one over another, by region."""

    id: Name
    title: Text
    numerator: Name
    denominator: Name | None = None


class Identity(Frozen):
    """A total by region that is the product of factors."""

    title: Text
    total: Name
    unit: Name
    factor: tuple[Factor, ...] = Field(min_length=1)

    @property
    def variables(self) -> Iterator[str]:
        """The variables of the model that it needs."""
        yield self.total
        for factor in self.factor:
            yield factor.numerator
            if factor.denominator is not None:
                yield factor.denominator


class Component(Frozen):
    """Flows that change a share: what they add to the part, and to the whole."""

    id: Name
    title: Text
    part: TermList
    whole: TermList


class ShareFlows(Frozen):
    """A share of people whose change is decomposed into flows.

    The flows of all components together are all that changes part and whole.
    """

    title: Text
    part: Name
    whole: Name
    scale: Number = 1.0
    unit: Name
    component: tuple[Component, ...] = Field(min_length=1)

    @property
    def variables(self) -> Iterator[str]:
        """The variables of the model that it needs."""
        yield from (self.part, self.whole)
        for component in self.component:
            yield from (term.variable for term in (*component.part, *component.whole))


class Decompositions(Frozen):
    """The decompositions of a model; None where it has not named one.

    `attribution` names the indicators whose difference between two runs is attributed
    by levers where nobody asks for others.
    """

    attribution: tuple[Name, ...] = ()
    emissions: Identity | None = None
    urban_share: ShareFlows | None = None


def read_decompositions(path: Path) -> Decompositions:
    """Return the decompositions of a file; none where there is no such file.

    Raises
    ------
    FaultsError
        It is not TOML, or keys are unknown, missing or wrong; each with its place.
    """
    if not path.exists():
        return Decompositions()
    return load(read_document(path), Decompositions)
