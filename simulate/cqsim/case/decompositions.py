"""Decompositions: which variables of the model tell a change apart into parts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from cqsim.case.indicators import Term, as_term
from cqsim.tomlfile import load, read_document
from cqsim.tomlschema import Frozen, Name, Number, Text

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
    """A share of people whose change is told apart by flows.

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

    `attribution` names the indicators whose difference between two runs is told apart
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
    if not path.is_file():
        return Decompositions()
    return load(read_document(path), Decompositions)
